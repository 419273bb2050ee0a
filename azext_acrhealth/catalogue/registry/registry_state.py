# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's state and settings, as Azure Resource Manager reports them."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

STATE = Family(
    'REGISTRY_STATE_ERROR',
    "The registry's resource is in a state, or has a setting, in which it does not serve as one "
    'would expect.',
    (
        'Look at the resource: `az acr show --name {registry} --query "[provisioningState, '
        'status]"`.',
    ),
    links.FAQ,
)

CREATING = STATE.problem(
    'Creating',
    'The registry is still being created. Until that is done it may have no login server, and '
    'logins may fail.',
    'Wait until it is there: `az acr show --name {registry} --query provisioningState`.',
    transient=True,
)

UPDATING = STATE.problem(
    'Updating',
    'A change of the registry is under way. It goes on serving, but the new settings may not work '
    'everywhere yet.',
    'Wait until the change is done: `az acr show --name {registry} --query provisioningState`.',
    transient=True,
)

UNKNOWN_STATE = STATE.problem(
    'UnknownState',
    'Resource Manager names a state of the registry that this check does not know.',
    transient=True,
)

DELETING = STATE.problem(
    'Deleting',
    'The registry is being deleted, with all its images. It cannot be brought back.',
    'See who deletes it: `az monitor activity-log list --resource-id {registry_id} --offset 1d`.',
    'Create it anew when it is gone, and push the images again: `az acr create --name NAME '
    '--resource-group GROUP --sku'
    ' SKU`. A registry of the same name is another registry.',
)

PROVISIONING_FAILED = STATE.problem(
    'ProvisioningFailed',
    "The last operation on the registry's resource failed. The registry may serve with its old "
    'settings, or not at'
    ' all.',
    'See what failed, and why: `az monitor activity-log list --resource-id {registry_id} --status '
    'Failed --offset 7d`.',
    'Repeat the operation. If the registry has a key of its own, see the row `encryption` first.',
)

PROVISIONING_CANCELED = STATE.problem(
    'ProvisioningCanceled',
    "The last operation on the registry's resource was broken off, so that the resource may be "
    'half changed.',
    'See what was broken off: `az monitor activity-log list --resource-id {registry_id} --offset '
    '7d`.',
    'Repeat the operation; an update without a change will do: `az acr update --name {registry}`.',
)

DISABLED = STATE.problem(
    'RegistryDisabled',
    'The registry is switched off: its subscription may be disabled, or a key of its own can no '
    'longer be used.',
    'See whether the subscription is enabled: `az account show --query state`.',
    'If the registry has a key of its own, see the row `encryption`, and the key in its vault.',
    "Otherwise ask Microsoft's support, and attach this report (`-o json`).",
)

FAMILIES = (STATE,)
PROBLEMS = (
    CREATING,
    UPDATING,
    UNKNOWN_STATE,
    DELETING,
    PROVISIONING_FAILED,
    PROVISIONING_CANCELED,
    DISABLED,
)
