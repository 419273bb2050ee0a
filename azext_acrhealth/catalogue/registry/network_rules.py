# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's network rules."""

from azext_acrhealth.catalogue.connectivity import error_responses

_ALLOW_ADDRESS = (
    'Allow an IP address or a range, and with it every machine that shares it: '
    '`az acr network-rule add --name {registry} --ip-address ADDRESS`.'
)
ENDPOINT_COMMAND = (
    '`az network private-endpoint create --name NAME --connection-name NAME --resource-group GROUP '
    '--vnet-name VNET --subnet SUBNET --group-id registry --private-connection-resource-id '
    '{registry_id}`'
)

NO_INBOUND_ACCESS = error_responses.FORBIDDEN.problem(
    'NoInboundAccess',
    'Public network access to the registry is disabled, and it has no approved private endpoint. '
    'No client can reach the registry, except trusted Azure services if its rules allow them.',
    'List the private endpoint connections that wait for approval: `az acr '
    'private-endpoint-connection list --registry-name {registry}`.',
    'Approve a private endpoint connection, which gives its virtual network access to the '
    'registry: `az acr private-endpoint-connection approve '
    '--registry-name {registry} --name CONNECTION`.',
    f'Create a private endpoint: {ENDPOINT_COMMAND}.',
    'Enable public network access for allowed addresses only: `az acr update --name {registry} '
    '--public-network-enabled true --default-action Deny`.',
    _ALLOW_ADDRESS,
)

DENY_WITHOUT_RULES = error_responses.FORBIDDEN.problem(
    'DenyWithoutRules',
    "The default action of the registry's network rules is Deny, no rule allows an address, and "
    'no private endpoint is approved. No client can reach the registry, except trusted Azure '
    'services if its rules allow them.',
    _ALLOW_ADDRESS,
    'Change the default action, which opens the registry to all networks: `az acr update --name '
    '{registry} --default-action Allow`.',
)

INVALID_IP_RULE = error_responses.FORBIDDEN.problem(
    'InvalidIpRule',
    'A network rule of the registry is neither an IP address nor a range in CIDR notation, so it '
    'allows no client.',
    'List the rules to find the invalid one: `az acr network-rule list --name {registry}`.',
    'Remove the invalid rule: `az acr network-rule remove --name {registry} --ip-address RULE`.',
    _ALLOW_ADDRESS,
)

PROBLEMS = (
    NO_INBOUND_ACCESS,
    DENY_WITHOUT_RULES,
    INVALID_IP_RULE,
)
