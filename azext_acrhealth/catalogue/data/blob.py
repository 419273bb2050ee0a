# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of an image's layers and config."""

from azext_acrhealth.catalogue.data.pull import PULL

PLATFORM_MISMATCH = PULL.problem(
    'PlatformMismatch',
    'The image can be pulled, but it was built for another platform than the one that is wanted: '
    'its containers will'
    ' not start ("exec format error").',
    'Build and push it for both platforms: `docker buildx build --platform linux/amd64,linux/arm64 '
    '--push …`.',
    'If another platform runs it, say so: `--platform {found}`.',
)

CONTENT_MISMATCH = PULL.problem(
    'ContentDigestMismatch',
    'A part of the image came that is not what its digest or size stands for: a client refuses it. '
    'Something on the way'
    ' changes or caches answers, or the stored copy is damaged.',
    'Compare from another network; a proxy or cache between this machine and `{host}` must not '
    'change answers.',
    "Push the image anew; if it persists, hand the row to Microsoft's support.",
)

BLOB_MISSING = PULL.problem(
    'BlobMissing',
    'The manifest is there, but a part that it names is not: the image is damaged.',
    'Push the image anew.',
    "If it persists, hand the row to Microsoft's support.",
)

BAD_REDIRECT = PULL.problem(
    'UnusableRedirect',
    "The registry sends clients on for the image's parts, but not to an address that one could "
    'follow in safety.',
    'Find out what stands between this machine and `{host}`: a registry gives https addresses of '
    'Azure storage or of'
    ' its data endpoints.',
)

SIGNATURE_EXPIRED = PULL.problem(
    'SignatureExpired',
    'Storage says that the signed address, which the registry made a moment ago, is out of date: a '
    'clock is wrong, or'
    ' something on the way keeps old redirects.',
    'Look at the row `clock`, and at proxies or caches between this machine and `{login_server}`: '
    'a redirect of the'
    ' registry must not be kept.',
    transient=True,
)

STORAGE_DENIED = PULL.problem(
    'StorageDenied',
    "Azure storage itself refuses to hand out the image's parts: usually a service endpoint policy "
    "of this machine's"
    ' subnet allows only certain storage accounts, or the network comes by a way that storage does '
    'not let in.',
    'Look at the subnet: `az network vnet subnet show --ids SUBNET_ID --query "[serviceEndpoints,'
    ' serviceEndpointPolicies]"`; registries\' storage needs `/services/Azure/ManagedResources` in '
    'such a policy, or no'
    ' policy for Microsoft.Storage.',
    'Or use dedicated data endpoints (tier Premium), which do not go to storage directly: `az acr '
    'update --name'
    ' {registry} --data-endpoint-enabled true`.',
)

PROBLEMS = (
    PLATFORM_MISMATCH,
    CONTENT_MISMATCH,
    BLOB_MISSING,
    BAD_REDIRECT,
    SIGNATURE_EXPIRED,
    STORAGE_DENIED,
)
