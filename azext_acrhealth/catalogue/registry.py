# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry itself, as Resource Manager tells them: its state and its settings."""

from azext_acrhealth.catalogue import denial, links
from azext_acrhealth.model import Family

STATE = Family(
    'REGISTRY_STATE_ERROR',
    'The registry\'s resource is in a state, or has a setting, in which it does not serve as one would expect.',
    (
        'Look at the resource: `az acr show --name {registry} --query "[provisioningState, status]"`.',
    ),
    links.FAQ,
)

CREATING = STATE.problem(
    'Creating',
    'The registry is still being created. Until that is done it may have no login server, and logins may fail.',
    'Wait until it is there: `az acr show --name {registry} --query provisioningState`.',
    heals=True,
)
UPDATING = STATE.problem(
    'Updating',
    'A change of the registry is under way. It goes on serving, but the new settings may not work everywhere yet.',
    'Wait until the change is done: `az acr show --name {registry} --query provisioningState`.',
    heals=True,
)
UNKNOWN_STATE = STATE.problem(
    'UnknownState', 'Resource Manager names a state of the registry that this check does not know.', heals=True
)
DELETING = STATE.problem(
    'Deleting',
    'The registry is being deleted, with all its images. It cannot be brought back.',
    'See who deletes it: `az monitor activity-log list --resource-id {registry_id} --offset 1d`.',
    'Create it anew when it is gone, and push the images again: `az acr create --name NAME --resource-group GROUP --sku'
    ' SKU`. A registry of the same name is another registry.',
)
PROVISIONING_FAILED = STATE.problem(
    'ProvisioningFailed',
    'The last operation on the registry\'s resource failed. The registry may serve with its old settings, or not at'
    ' all.',
    'See what failed, and why: `az monitor activity-log list --resource-id {registry_id} --status Failed --offset 7d`.',
    'Repeat the operation. If the registry has a key of its own, see the row `encryption` first.',
)
PROVISIONING_CANCELED = STATE.problem(
    'ProvisioningCanceled',
    'The last operation on the registry\'s resource was broken off, so that the resource may be half changed.',
    'See what was broken off: `az monitor activity-log list --resource-id {registry_id} --offset 7d`.',
    'Repeat the operation; an update without a change will do: `az acr update --name {registry}`.',
)
DISABLED = STATE.problem(
    'RegistryDisabled',
    'The registry is switched off: its subscription may be disabled, or a key of its own can no longer be used.',
    'See whether the subscription is enabled: `az account show --query state`.',
    'If the registry has a key of its own, see the row `encryption`, and the key in its vault.',
    'Otherwise ask Microsoft\'s support, and attach this report (`-o json`).',
)

CLOSED = denial.FORBIDDEN.problem(
    'ClosedToEverybody',
    'Public access to the registry is switched off, and it has no approved private endpoint: nobody can reach it,'
    ' except Azure services that its rules let past.',
    'Approve an endpoint that waits: `az acr private-endpoint-connection list --registry-name {registry}`, then `az acr'
    ' private-endpoint-connection approve --registry-name {registry} --name CONNECTION`.',
    'Or create one: `az network private-endpoint create --name NAME --connection-name NAME --resource-group GROUP'
    ' --vnet-name VNET --subnet SUBNET --group-id registry --private-connection-resource-id {registry_id}`.',
    'Or switch public access on: `az acr update --name {registry} --public-network-enabled true`.',
)
DENY_WITHOUT_RULES = denial.FORBIDDEN.problem(
    'DenyWithoutRules',
    'The default action of the registry\'s network rules is Deny, there is no rule that lets anybody in, and no private'
    ' endpoint is approved: nobody can reach it, except Azure services that its rules let past.',
    'Let an address or a range in: `az acr network-rule add --name {registry} --ip-address ADDRESS`.',
    'Or let everybody in: `az acr update --name {registry} --default-action Allow`.',
)
RULE_IS_NO_ADDRESS = denial.FORBIDDEN.problem(
    'RuleIsNoAddress',
    'A network rule of the registry is neither an address nor a range in CIDR notation, so that it lets nobody in.',
    'Find the rule (`az acr network-rule list --name {registry}`), and write it anew: `az acr network-rule add --name'
    ' {registry} --ip-address ADDRESS`.',
)

QUARANTINE = STATE.problem(
    'QuarantineOn',
    'The registry quarantines what is pushed: such an image cannot be pulled, and is not listed, before a scanner or a'
    ' person with the role AcrQuarantineWriter has released it.',
    'If a scanner is meant to release images, see whether it works: new tags that stay away are waiting for it.',
    'If nothing releases images, switch quarantine off: `az resource update --ids {registry_id} --set'
    ' properties.policies.quarantinePolicy.status=disabled`.',
)
EXPORT_CONTRADICTED = STATE.problem(
    'ExportOffButPublic',
    'Exporting images to other registries is switched off, which is meant for registries without public access, but'
    ' public access is on: anybody who may pull can carry images away, and changes of the registry can be refused.',
    'Switch public access off, too: `az acr update --name {registry} --public-network-enabled false` (clients then need'
    ' a private endpoint).',
    'Or allow exports: `az acr update --name {registry} --allow-exports true`.',
)
CONTENT_TRUST = STATE.problem(
    'ContentTrustRetiring',
    'Content trust (Docker Notary) is switched on. It is being retired: it cannot be switched on anew, and stops'
    ' working for all registries on 31 March 2028.',
    'Sign with Notary Project tools (`notation`) or another signer, then switch it off: `az acr config content-trust'
    ' update --registry {registry} --status disabled`.',
)

FAMILIES = (STATE,)
PROBLEMS = (
    CLOSED,
    DENY_WITHOUT_RULES,
    RULE_IS_NO_ADDRESS,
    QUARANTINE,
    EXPORT_CONTRADICTED,
    CONTENT_TRUST,
    CREATING,
    UPDATING,
    UNKNOWN_STATE,
    DELETING,
    PROVISIONING_FAILED,
    PROVISIONING_CANCELED,
    DISABLED,
)
