# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of an image's manifest."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.data.pull import PULL
from azext_acrhealth.catalogue.shared_problems import SUPPORT

_LIST_TAGS = (
    'List the tags: `az acr repository show-tags --name {registry} --repository {repository}`.'
)

NO_SUCH_REPOSITORY = PULL.problem(
    'NoSuchRepository',
    "The registry has no repository with that name, or this account isn't allowed to see it.",
    'Check the spelling: repository names are lowercase and include their path (`team/app`).',
    'List the repositories: `az acr repository list --name {registry}`.',
    transient=True,
)

NO_SUCH_TAG = PULL.problem(
    'NoSuchTag',
    "The registry has no such tag in the repository: the tag is misspelled, wasn't pushed yet, or "
    'was deleted, for example by a purge task.',
    Variant(
        'Did you mean {meant}? If not, list the tags: `az acr repository show-tags --name '
        '{registry} --repository {repository}`.',
        filled='meant',
    ),
    Variant(_LIST_TAGS, unfilled='meant'),
    Variant(
        'Check the name of the repository, too, because the message is the same for a repository '
        "that doesn't exist: `az acr repository list --name {registry}`.",
        filled='ambiguous',
    ),
    transient=True,
    link=links.MISSING_TAG,
)

NOT_SERVED = PULL.problem(
    'ManifestNotServed',
    "The repository lists the tag, but the registry doesn't return its manifest. A replica that "
    'serves this machine might not have a new image yet, a quarantine policy hides images that '
    "aren't released, and a tag that was just pushed can take a moment.",
    'Run the check again in a few minutes: replication of a new image can take several minutes.',
    'Check the replicas: `az acr replication list --registry {registry}`.',
    'Check the quarantine policy: `az acr show --name {registry} --query '
    'policies.quarantinePolicy`.',
    transient=True,
)

DANGLING_TAG = PULL.problem(
    'DanglingTag',
    "The tag exists, but the manifest that it names doesn't. The manifest was deleted, or the tag "
    'was imported while it was being pushed again, so that the import copied another manifest.',
    'Push the image again, which replaces the tag: `docker push {login_server}/{image}`.',
    'Import the image again by its digest, which replaces the tag: `az acr import --name '
    '{registry} --source SOURCE_REGISTRY/{repository}@DIGEST --image {image} --force`.',
    'Delete the tag if the image is no longer needed: `az acr repository untag --name {registry} '
    '--image {image}`.',
)

CHILD_MISSING = PULL.problem(
    'ChildManifestMissing',
    'The image has an index, which lists a manifest for each platform, but the manifest for this '
    'platform was deleted. Such manifests have no tag of their own, so cleanups of untagged '
    'manifests can delete them: a script, or acr purge --untagged of a version before 0.11.',
    'Build and push the image for all its platforms again, which replaces the tag: `docker buildx '
    'build --platform {platform},OTHER_PLATFORMS --tag {login_server}/{repository}:{tag} --push '
    '.`.',
    'Find the cleanup task, to stop it before it deletes more: `az acr task list --registry '
    '{registry} --query "[].[name, status]"`.',
    'Check whether a retention policy deletes untagged manifests: `az acr config retention show '
    '--registry {registry}`.',
    'Use a current version of acr purge, which keeps what a tagged index lists, with '
    '--untagged-only instead of --untagged, which also deletes tags; --dry-run shows what it '
    'deletes.',
)

SOFT_DELETED = PULL.problem(
    'SoftDeleted',
    "The image was deleted. The registry's soft delete policy keeps it for some days, in which it "
    "can be restored, but clients can't pull it.",
    'Restore the image, which makes it available to all accounts with pull permissions again and '
    'requires the permission to restore deleted artifacts, as the Contributor role has it: '
    '`az acr manifest restore --registry {registry} --name {target} --digest {digest}`.',
    'List everything that was deleted from the repository: `az acr manifest list-deleted '
    '--registry {registry} --name {repository}`.',
    'Push the image again if it was deleted on purpose, and a new one is needed.',
    transient=True,
)

NO_SUCH_MANIFEST = PULL.problem(
    'NoSuchManifest',
    'The repository exists, but has no manifest with that digest: the manifest was deleted, or is '
    'in another repository.',
    'List the manifests: `az acr manifest list-metadata --registry {registry} --name '
    '{repository}`.',
    'Pull by tag, or keep a tag on the manifest: a retention policy deletes untagged manifests.',
)

NOT_FOUND = PULL.problem(
    'ImageNotFound',
    'The registry has no such image. Whether the repository or the tag is missing is unknown '
    "because this account can't list the tags.",
    _LIST_TAGS,
    transient=True,
)

NO_MATCHING_PLATFORM = PULL.problem(
    'NoMatchingPlatform',
    'The image exists, but not for this platform, so clients on this platform fail to pull it.',
    'Build and push the image for this platform together with its other platforms, which replaces '
    'the tag: `docker buildx build --platform {platform},{other_platforms} --tag '
    '{login_server}/{repository}:{tag} --push .`.',
    Variant(
        'Specify another platform of the image if you can run it: `--platform {found}`.',
        filled='found',
    ),
)

# containers/image, copy/single.go: "Unexpectedly received a manifest list instead of a manifest for
# a single image"; moby, distribution/pull_v2.go: "unsupported manifest format"; containerd,
# core/images/image.go: children of an index are followed to any depth.
NESTED_INDEX = PULL.problem(
    'NestedIndex',
    "The image's index lists another index for this platform. containerd, which AKS nodes use, "
    'can pull such an image. Podman, CRI-O, Skopeo, and Docker without its containerd image store '
    "can't.",
    'Build and push the image for all its platforms at once, which replaces the tag: `docker '
    'buildx build --platform {platform},OTHER_PLATFORMS --tag {login_server}/{repository}:{tag} '
    '--push .`.',
    'Pull the inner index by its digest until then: `docker pull '
    '{login_server}/{repository}@{digest}`.',
)

UNREADABLE_MANIFEST = PULL.problem(
    'UnreadableManifest',
    "The response for the manifest isn't a manifest that current clients accept: its JSON or its "
    'Content-Type is invalid, or the two contradict each other. An image of schema version 1 was '
    'pushed by a client older than Docker 1.10.',
    'Push the image again with a current client.',
    'Ask your network administrator to allow requests to `{host}` if the response is a page of a '
    'proxy.',
)

MANIFEST_MISMATCH = PULL.problem(
    'ManifestDigestMismatch',
    "The manifest doesn't match its digest, so clients reject it. An intermediary changes or "
    "caches responses, or the registry's copy is damaged.",
    'Run the check from another network: a proxy or cache between this machine and `{host}` must '
    'not change responses.',
    'Push the image again.',
    SUPPORT,
)

PROBLEMS = (
    NO_SUCH_REPOSITORY,
    NO_SUCH_TAG,
    NOT_SERVED,
    NO_SUCH_MANIFEST,
    DANGLING_TAG,
    CHILD_MISSING,
    SOFT_DELETED,
    NOT_FOUND,
    NO_MATCHING_PLATFORM,
    NESTED_INDEX,
    UNREADABLE_MANIFEST,
    MANIFEST_MISMATCH,
)
