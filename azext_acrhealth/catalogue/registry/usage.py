# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the limits of the registry's tier: counts and included storage."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry import arm_read
from azext_acrhealth.model import Family

QUOTA = Family(
    'REGISTRY_QUOTA_ERROR',
    'The registry has used up, or nearly, what its service tier allows.',
    ('See what is used: `az acr show-usage --name {registry} --output table`.',),
    links.TIERS,
)

FULL = QUOTA.problem(
    'LimitReached',
    "A count limit of the registry's tier is used up: pulls and pushes go on, but nothing more of "
    'that kind (webhooks,'
    ' rules, private endpoints, tokens, …) can be added.',
    'See which one it is, and take away what nobody needs: `az acr show-usage --name {registry} '
    '--output table`.',
    'Or move to a higher tier: `az acr update --name {registry} --sku Premium`. Some limits of '
    'Premium can be raised by'
    " Microsoft's support.",
)
NEARLY_FULL = QUOTA.problem(
    'LimitNear',
    "At least 80 % of a count limit of the registry's tier are used.",
    'See which one it is, and take away what nobody needs: `az acr show-usage --name {registry} '
    '--output table`.',
)
STORAGE = QUOTA.problem(
    'StorageOverIncluded',
    'More is stored than the tier includes. Nothing stops working: the rest is charged by the GiB '
    'and day, and the'
    ' limit itself is far above.',
    'See what is stored: `az acr manifest list-metadata --registry {registry} --name REPOSITORY '
    '--query "[].[digest,'
    ' imageSize, lastUpdateTime]"`.',
    'Try what old, untagged images would free: `az acr run --registry {registry} --cmd "acr purge '
    '--filter'
    " 'REPOSITORY:.*' --untagged --ago 30d --dry-run\" /dev/null`, then without `--dry-run`.",
)
FORBIDDEN = arm_read.ARM_READ.problem(
    'UsageForbidden',
    "This login may not read what the registry has used of its tier's limits.",
    'Ask for the role Reader on the registry: `az acr show-usage --name {registry}` must work.',
)
UNAVAILABLE = arm_read.ARM_READ.problem(
    'UsageUnavailable',
    "What the registry has used of its tier's limits could not be read.",
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
