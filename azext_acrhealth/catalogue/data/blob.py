# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of an image's layers and config."""

from azext_acrhealth.catalogue.data.pull import PULL
from azext_acrhealth.catalogue.shared_problems import SUPPORT
from azext_acrhealth.catalogue.shell import CLOCK_FIRST

PLATFORM_MISMATCH = PULL.problem(
    'PlatformMismatch',
    'The image can be pulled, but it was built for a different platform than requested, so its '
    'containers fail to start ("exec format error").',
    'Build and push the image for both platforms, which replaces the tag: `docker buildx build '
    '--platform {found},{platform} --tag {login_server}/{repository}:{tag} --push .`.',
    'Specify the platform that the image was built for, if it runs on that platform: `--platform '
    '{found}`.',
)

PLATFORM_UNVERIFIED = PULL.problem(
    'PlatformUnverified',
    "The image can be downloaded, but whether it's for the requested platform is unknown: the "
    "image's config, which names the platform, is too large to be read, or names none. Clients "
    'pull such an image, and its containers fail to start on another platform.',
    'Show the platform that clients read: `docker manifest inspect --verbose '
    '{login_server}/{image}`.',
    'Push the image with a tool that writes the platform to its config, or with an index that '
    'states it, which replaces the tag: `docker buildx build --platform {platform} --tag '
    '{login_server}/{repository}:{tag} --push .`.',
)

CONTENT_MISMATCH = PULL.problem(
    'ContentDigestMismatch',
    "The content of a layer doesn't match its digest or size, so clients reject it. An "
    'intermediary changes or caches responses, or the stored copy is damaged.',
    'Run the check from another network: a proxy or cache between this machine and `{host}` must '
    'not change responses.',
    'Push the image again.',
    SUPPORT,
)

BLOB_MISSING = PULL.problem(
    'BlobMissing',
    'The manifest exists, but a layer that it lists is missing, so the image is damaged.',
    'Push the image again.',
    SUPPORT,
)

BAD_REDIRECT = PULL.problem(
    'UnusableRedirect',
    "The redirect for the image's layers isn't safe to follow: a registry redirects to HTTPS URLs "
    'of Azure Storage or of its data endpoints.',
    'Ask your network administrator which device between this machine and `{host}` changes '
    'redirects.',
)

SIGNATURE_EXPIRED = PULL.problem(
    'SignatureExpired',
    'Azure Storage reports that the signed URL has expired, although the registry just created it: '
    'a clock is wrong, or an intermediary caches redirects.',
    *CLOCK_FIRST,
    'Ask your network administrator to exclude `{login_server}` from caching on proxies: redirects '
    'of a registry must not be cached.',
    transient=True,
)

AUTHORIZATION_FORWARDED = PULL.problem(
    'AuthorizationForwarded',
    'The registry redirects the requests for layers to Azure Storage, and the client sent the '
    "registry's token there, too. Storage rejects a request that has both a signed URL and a "
    'token.',
    'Upgrade the client to a release that drops the header Authorization when it follows a '
    'redirect to another host.',
    'Send the request without the header if you wrote the client: follow the redirect yourself, '
    'with the URL alone.',
)
STORAGE_DENIED = PULL.problem(
    'StorageDenied',
    "Azure Storage denies access to the image's layers: usually, a service endpoint policy of this "
    "machine's subnet allows only certain storage accounts, or the request comes from a network "
    'that the storage account denies.',
    'Check the service endpoints and policies of the subnet: `az network vnet subnet show --ids '
    'SUBNET_ID --query "[serviceEndpoints, serviceEndpointPolicies]"`.',
    'Ask your network administrator to remove the service endpoint policy for Microsoft.Storage '
    'from the subnet, which allows the subnet to '
    'reach all storage accounts.',
    'Allow the dedicated data endpoints in every firewall, and then enable them (Premium tier), '
    'which redirects the pulls of all clients from storage to them: `az acr update --name '
    '{registry} --data-endpoint-enabled true`.',
)

PROBLEMS = (
    PLATFORM_MISMATCH,
    PLATFORM_UNVERIFIED,
    CONTENT_MISMATCH,
    BLOB_MISSING,
    BAD_REDIRECT,
    SIGNATURE_EXPIRED,
    AUTHORIZATION_FORWARDED,
    STORAGE_DENIED,
)
