# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of an image: its manifest at the registry, and its parts wherever the registry keeps them."""

from azext_acrhealth.catalogue import links, login
from azext_acrhealth.model import Family

PULL = Family(
    'IMAGE_PULL_ERROR',
    'The login works, but the image cannot be pulled.',
    (
        'Pull it by hand, with all that a client says: `docker --debug pull {host}/{image}`.',
        'Hand the row to Microsoft\'s support (`-o json`): it holds the times and correlation ids.',
    ),
    links.TROUBLESHOOT_ACCESS,
)
_WHICH_TAGS = 'List what there is: `az acr repository show-tags --name {registry} --repository {repository}`.'
_WHICH_REPOSITORIES = 'List what there is: `az acr repository list --name {registry}`.'
_LATER = 'Try again in a moment; if it persists, hand the row to Microsoft\'s support (`-o json`).'

NO_SUCH_REPOSITORY = PULL.problem(
    'NoSuchRepository',
    'The registry has no repository of that name, or shows this account none.',
    'Check the spelling: names of repositories are lower case, and hold their folders (`team/app`). '
    + _WHICH_REPOSITORIES,
    heals=True,
)
NO_SUCH_TAG = PULL.problem(
    'NoSuchTag',
    'The repository is there, but has no such tag: it is misspelt, was not pushed yet, or was deleted (a retention'
    ' policy or a purge task does that, too).',
    _WHICH_TAGS,
    heals=True,
)
NOT_SERVED = PULL.problem(
    'ManifestNotServed',
    'The tag is in the repository\'s list, but its manifest is not handed out: the replica that serves this machine may'
    ' not have it yet, or the registry keeps it in quarantine.',
    'Try again in some minutes; compare with the home region, where it was pushed.',
    'Look at the replicas and the policy: `az acr replication list --registry {registry}`, `az acr show --name'
    ' {registry} --query policies.quarantinePolicy`.',
    heals=True,
)
NO_SUCH_MANIFEST = PULL.problem(
    'NoSuchManifest',
    'The repository is there, but holds no manifest of that digest: it was deleted, or lies in another repository.',
    'List what there is: `az acr manifest list-metadata --registry {registry} --name {repository}`.',
    'What is untagged is deleted where a retention policy says so: pull by a tag, or keep one on it.',
)
NOT_FOUND = PULL.problem(
    'ImageNotFound',
    'The registry has no such image; whether the repository or the tag is missing cannot be told, since this account'
    ' may not list the tags.',
    _WHICH_TAGS,
    heals=True,
)
QUARANTINED = PULL.problem(
    'Quarantined',
    'The image is in quarantine: the registry\'s policy hides what is pushed until a scanner has let it pass.',
    'Let the scanner that feeds this registry pass the image, or ask somebody with the role AcrQuarantineWriter to.',
    'Without such a scanner switch the quarantine off: `az resource update --ids {registry_id} --set'
    ' properties.policies.quarantinePolicy.status=disabled`.',
    heals=True,
)
NO_RIGHTS = PULL.problem(
    'Unauthorized',
    'The registry gave a token, but does not let it read this repository.',
    login.ASSIGN,
    'Check the name of the repository.',
    heals=True,
)
DENIED = PULL.problem(
    'Denied',
    'The registry refuses to hand out this image: it is locked against reading, or a policy forbids it.',
    'Look whether it is locked: `az acr repository show --name {registry} --image {image} --query'
    ' changeableAttributes`; unlock it with `az acr repository update --name {registry} --image {image} --read-enabled'
    ' true`.',
)
DENIED_ON_THE_WAY = PULL.problem(
    'DeniedOnTheWay',
    'Something on the way refuses the request: the answer was not written by the registry or its storage.',
    'Ask whoever runs the proxy or firewall that the row names to let requests to `{host}` pass.',
)
NO_MATCHING_PLATFORM = PULL.problem(
    'NoMatchingPlatform',
    'The image is there, but not for this platform: a client that wants it fails.',
    'Build and push it for that platform, too: `docker buildx build --platform {platform},… --push …`.',
    'Or check the platform that will run it: `--platform`, one of those in the row.',
)
FOREIGN_PLATFORM = PULL.problem(
    'ForeignPlatform',
    'The image can be pulled, but it was built for another platform than the one that is wanted: its containers will'
    ' not start ("exec format error").',
    'Build and push it for both platforms: `docker buildx build --platform linux/amd64,linux/arm64 --push …`.',
    'If another platform runs it, say so: `--platform {found}`.',
)
UNREADABLE_MANIFEST = PULL.problem(
    'UnreadableManifest',
    'What came for the manifest is none that a client of today takes.',
    'Push the image anew with a current client; if the answer was a page of a proxy, ask whoever runs it.',
)
MANIFEST_MISMATCH = PULL.problem(
    'ManifestDigestMismatch',
    'The manifest that came is not the one that its digest stands for: a client refuses it. Something on the way'
    ' changes or caches answers, or the registry\'s copy is damaged.',
    'Compare from another network; a proxy or cache between this machine and `{host}` must not change answers.',
    'Push the image anew; if it persists, hand the row to Microsoft\'s support (`-o json`).',
)
CONTENT_MISMATCH = PULL.problem(
    'ContentDigestMismatch',
    'A part of the image came that is not what its digest or size stands for: a client refuses it. Something on the way'
    ' changes or caches answers, or the stored copy is damaged.',
    'Compare from another network; a proxy or cache between this machine and `{host}` must not change answers.',
    'Push the image anew; if it persists, hand the row to Microsoft\'s support.',
)
BLOB_MISSING = PULL.problem(
    'BlobMissing',
    'The manifest is there, but a part that it names is not: the image is damaged.',
    'Push the image anew.',
    'If it persists, hand the row to Microsoft\'s support.',
)
BAD_REDIRECT = PULL.problem(
    'UnusableRedirect',
    'The registry sends clients on for the image\'s parts, but not to an address that one could follow in safety.',
    'Find out what stands between this machine and `{host}`: a registry gives https addresses of Azure storage or of'
    ' its data endpoints.',
)
SIGNATURE_EXPIRED = PULL.problem(
    'SignatureExpired',
    'Storage says that the signed address, which the registry made a moment ago, is out of date: a clock is wrong, or'
    ' something on the way keeps old redirects.',
    'Look at the row `clock`, and at proxies or caches between this machine and `{login_server}`: a redirect of the'
    ' registry must not be kept.',
    heals=True,
)
STORAGE_DENIED = PULL.problem(
    'StorageDenied',
    'Azure storage itself refuses to hand out the image\'s parts: usually a service endpoint policy of this machine\'s'
    ' subnet allows only certain storage accounts, or the network comes by a way that storage does not let in.',
    'Look at the subnet: `az network vnet subnet show --ids SUBNET_ID --query "[serviceEndpoints,'
    ' serviceEndpointPolicies]"`; registries\' storage needs `/services/Azure/ManagedResources` in such a policy, or no'
    ' policy for Microsoft.Storage.',
    'Or use dedicated data endpoints (tier Premium), which do not go to storage directly: `az acr update --name'
    ' {registry} --data-endpoint-enabled true`.',
)
SERVER_ERROR = PULL.problem('ServerError', 'The registry, or its storage, answers with an error of its own.', _LATER,
                            heals=True)
UNEXPECTED_STATUS = PULL.problem(
    'UnexpectedStatus', 'The answer has a status that no pull expects; something else may have written it.')
TIMEOUT = PULL.problem(
    'AnswerTimeout',
    'The answer did not come, or did not come whole, in time.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of `{host}`.',
    heals=True,
)
CUT = PULL.problem(
    'AnswerCut',
    'The transfer broke off before all of it was there.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of `{host}`.',
    heals=True,
)
RESET = PULL.problem(
    'AnswerReset',
    'The connection was reset in the middle of the transfer.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of `{host}`.',
    heals=True,
)
NOT_HTTP = PULL.problem(
    'UnreadableAnswer',
    'What came back is not HTTP.',
    'Ask whoever runs the firewall or proxy what answers in the place of `{host}`.',
)

FAMILIES = (PULL,)
PROBLEMS = (
    NO_SUCH_REPOSITORY, NO_SUCH_TAG, NOT_SERVED, NO_SUCH_MANIFEST, NOT_FOUND, QUARANTINED, NO_RIGHTS, DENIED,
    DENIED_ON_THE_WAY, NO_MATCHING_PLATFORM, FOREIGN_PLATFORM, UNREADABLE_MANIFEST, MANIFEST_MISMATCH,
    CONTENT_MISMATCH, BLOB_MISSING, BAD_REDIRECT, SIGNATURE_EXPIRED, STORAGE_DENIED, SERVER_ERROR, UNEXPECTED_STATUS,
    TIMEOUT, CUT, RESET, NOT_HTTP,
)
