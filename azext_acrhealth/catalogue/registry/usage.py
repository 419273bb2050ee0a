# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the limits of the registry's tier: counts and included storage."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry import arm_read
from azext_acrhealth.model import Family

_CHECK_USAGE = (
    'Check which limit it is, and remove items that you no longer need: '
    '`az acr show-usage --name {registry} --output table`.'
)


def list_untagged(repository: str) -> tuple[Variant, Variant]:
    """Return the solutions that list untagged images, for each kind of registry permissions."""
    return _purge(
        'List the untagged images that a purge would delete, without deleting them',
        repository,
        ' --dry-run',
    )


def delete_untagged(repository: str) -> tuple[Variant, Variant]:
    """Return the solutions that delete untagged images, for each kind of registry permissions."""
    return _purge(
        'Delete these images permanently if no client pulls them by digest', repository, ''
    )


def _purge(text: str, repository: str, last: str) -> tuple[Variant, Variant]:
    # With ABAC repository permissions, a task has no access of its own to the repositories.
    purge = f"acr purge --filter '{repository}:.*' --untagged-only --ago 30d{last}"
    command = f'az acr run --registry {{registry}} --cmd "{purge}"'
    return (
        Variant(f'{text}: `{command} /dev/null`.', unfilled='abac'),
        Variant(
            f'{text}, with your own permissions, because of ABAC repository permissions: '
            f'`{command} --source-acr-auth-id "[caller]" /dev/null`.',
            filled='abac',
        ),
    )


QUOTA = Family(
    'REGISTRY_QUOTA_ERROR',
    'The registry has reached, or nearly reached, a limit of its service tier.',
    ('Check the usage: `az acr show-usage --name {registry} --output table`.',),
    links.TIERS,
)

FULL = QUOTA.problem(
    'LimitReached',
    'The registry has reached a count limit of its tier. Pulls and pushes continue to work, but '
    'no more items of that kind (such as webhooks, rules, private endpoints, or tokens) can be '
    'added.',
    _CHECK_USAGE,
    'Move to a higher tier, which costs more: `az acr update --name {registry} --sku Premium`.',
    'Ask Microsoft support to raise the limit if the registry is in the Premium tier. Some limits '
    'can be raised.',
)
NEARLY_FULL = QUOTA.problem(
    'LimitNear',
    "The usage of a count limit of the registry's tier is at least 80%.",
    _CHECK_USAGE,
)
STORAGE = QUOTA.problem(
    'IncludedStorageExceeded',
    'The registry stores more than its tier includes. Nothing stops working, but the additional '
    'storage is charged per GiB per day. The storage limit is much higher.',
    'Check what is stored: `az acr manifest list-metadata --registry {registry} --name REPOSITORY '
    '--query "[].[digest, imageSize, lastUpdateTime]"`.',
    *list_untagged('REPOSITORY'),
    *delete_untagged('REPOSITORY'),
)
FORBIDDEN = arm_read.ARM_READ.problem(
    'UsageForbidden',
    "Your account doesn't have permission to read the registry's usage.",
    *arm_read.READ_REGISTRY.general,
    'Verify that you can read the usage: `az acr show-usage --name {registry}`.',
)
UNAVAILABLE = arm_read.ARM_READ.problem(
    'UsageUnavailable',
    "Azure Resource Manager didn't return the registry's usage.",
    'Try again later: `az acr show-usage --name {registry}`.',
    transient=True,
)

FAMILIES = (QUOTA,)
PROBLEMS = (
    FULL,
    NEARLY_FULL,
    STORAGE,
    FORBIDDEN,
    UNAVAILABLE,
)
