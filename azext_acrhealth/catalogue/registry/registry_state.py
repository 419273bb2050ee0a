# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's state and settings, as Azure Resource Manager reports them."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

STATE = Family(
    'REGISTRY_STATE_ERROR',
    "The registry's resource has a state or a setting that can prevent pulls and pushes.",
    (
        'Check the state of the resource: `az acr show --name {registry} --query '
        '"[provisioningState, status]"`.',
    ),
    links.FAQ,
)

CREATING = STATE.problem(
    'Creating',
    'The registry is being created. Until that finishes, it might have no login server, and '
    'logins can fail.',
    'Wait until the state is Succeeded: `az acr show --name {registry} --query provisioningState`.',
    transient=True,
)

UPDATING = STATE.problem(
    'Updating',
    'The registry is being updated. It continues to serve requests, but the new settings can take '
    'several minutes to take effect.',
    'Wait until the state is Succeeded: `az acr show --name {registry} --query provisioningState`.',
    transient=True,
)

UNKNOWN_STATE = STATE.problem(
    'UnknownState',
    "Azure Resource Manager reports a state of the registry that this check doesn't recognize.",
    transient=True,
)

DELETING = STATE.problem(
    'Deleting',
    "The registry is being deleted with all its images, which can't be undone.",
    'Find out who started the deletion: `az monitor activity-log list --resource-id {registry_id} '
    '--offset 1d`.',
    'Create a new, empty registry after the deletion, and push the images again: `az acr create '
    '--name NAME --resource-group GROUP --sku SKU`.',
)

PROVISIONING_FAILED = STATE.problem(
    'ProvisioningFailed',
    "The last operation on the registry's resource failed. The registry might serve requests with "
    'its previous settings, or not at all.',
    'Find the operation that failed, and its error: `az monitor activity-log list --resource-id '
    '{registry_id} --status Failed --offset 7d`.',
    Variant(
        'Correct what the `encryption` check found, and then repeat the operation.',
        check='encryption',
    ),
    Variant('Repeat the operation.', check='encryption', states=('passed', 'unknown')),
)

PROVISIONING_CANCELED = STATE.problem(
    'ProvisioningCanceled',
    "The last operation on the registry's resource was canceled, so the resource might be only "
    'partly updated.',
    'Find the operation that was canceled: `az monitor activity-log list --resource-id '
    '{registry_id} --offset 7d`.',
    'Repeat the operation, or update the registry without changing it: `az acr update --name '
    '{registry}`.',
)

DISABLED = STATE.problem(
    'RegistryDisabled',
    'The registry is disabled. Its subscription might be disabled, or its customer-managed key '
    'might be unavailable.',
    'Check whether the subscription is enabled: `az account list --refresh --query "[].[name, '
    'state]" --output table`.',
    Variant(
        "Correct the access to the registry's customer-managed key, as the `encryption` check "
        'suggests.',
        check='encryption',
    ),
    Variant(
        'Check the customer-managed key in its vault if the registry uses one: `az acr encryption '
        'show --name {registry}`.',
        check='encryption',
        states=('passed', 'unknown'),
    ),
    'Open a support request otherwise, and attach the output of `az acrhealth check --name '
    '{registry} -o json`.',
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
