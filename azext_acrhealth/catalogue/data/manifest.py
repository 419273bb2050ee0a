# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of an image's manifest."""

from azext_acrhealth.catalogue.data.pull import PULL

_WHICH_TAGS = (
    'List what there is: `az acr repository show-tags --name {registry} --repository {repository}`.'
)
_WHICH_REPOSITORIES = 'List what there is: `az acr repository list --name {registry}`.'

NO_SUCH_REPOSITORY = PULL.problem(
    'NoSuchRepository',
    'The registry has no repository of that name, or shows this account none.',
    'Check the spelling: names of repositories are lower case, and hold their folders '
    '(`team/app`). ' + _WHICH_REPOSITORIES,
    transient=True,
)

NO_SUCH_TAG = PULL.problem(
    'NoSuchTag',
    'The repository is there, but has no such tag: it is misspelt, was not pushed yet, or was '
    'deleted (a retention'
    ' policy or a purge task does that, too).',
    _WHICH_TAGS,
    transient=True,
)

NOT_SERVED = PULL.problem(
    'ManifestNotServed',
    "The tag is in the repository's list, but its manifest is not handed out: the replica that "
    'serves this machine may'
    ' not have it yet, or the registry keeps it in quarantine.',
    'Try again in some minutes; compare with the home region, where it was pushed.',
    'Look at the replicas and the policy: `az acr replication list --registry {registry}`, `az acr '
    'show --name'
    ' {registry} --query policies.quarantinePolicy`.',
    transient=True,
)

NO_SUCH_MANIFEST = PULL.problem(
    'NoSuchManifest',
    'The repository is there, but holds no manifest of that digest: it was deleted, or lies in '
    'another repository.',
    'List what there is: `az acr manifest list-metadata --registry {registry} --name '
    '{repository}`.',
    'What is untagged is deleted where a retention policy says so: pull by a tag, or keep one on '
    'it.',
)

NOT_FOUND = PULL.problem(
    'ImageNotFound',
    'The registry has no such image; whether the repository or the tag is missing cannot be told, '
    'since this account'
    ' may not list the tags.',
    _WHICH_TAGS,
    transient=True,
)

NO_MATCHING_PLATFORM = PULL.problem(
    'NoMatchingPlatform',
    'The image is there, but not for this platform: a client that wants it fails.',
    'Build and push it for that platform, too: `docker buildx build --platform {platform},… --push '
    '…`.',
    'Or check the platform that will run it: `--platform`, one of those in the row.',
)

UNREADABLE_MANIFEST = PULL.problem(
    'UnreadableManifest',
    'What came for the manifest is none that a client of today takes.',
    'Push the image anew with a current client; if the answer was a page of a proxy, ask whoever '
    'runs it.',
)

MANIFEST_MISMATCH = PULL.problem(
    'ManifestDigestMismatch',
    'The manifest that came is not the one that its digest stands for: a client refuses it. '
    'Something on the way'
    " changes or caches answers, or the registry's copy is damaged.",
    'Compare from another network; a proxy or cache between this machine and `{host}` must not '
    'change answers.',
    "Push the image anew; if it persists, hand the row to Microsoft's support (`-o json`).",
)

PROBLEMS = (
    NO_SUCH_REPOSITORY,
    NO_SUCH_TAG,
    NOT_SERVED,
    NO_SUCH_MANIFEST,
    NOT_FOUND,
    NO_MATCHING_PLATFORM,
    UNREADABLE_MANIFEST,
    MANIFEST_MISMATCH,
)
