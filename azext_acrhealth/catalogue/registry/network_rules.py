# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's network rules."""

from azext_acrhealth.catalogue.connectivity import error_responses

NO_INBOUND_ACCESS = error_responses.FORBIDDEN.problem(
    'NoInboundAccess',
    'Public access to the registry is switched off, and it has no approved private endpoint: '
    'nobody can reach it,'
    ' except Azure services that its rules let past.',
    'Approve an endpoint that waits: `az acr private-endpoint-connection list --registry-name '
    '{registry}`, then `az acr'
    ' private-endpoint-connection approve --registry-name {registry} --name CONNECTION`.',
    'Or create one: `az network private-endpoint create --name NAME --connection-name NAME '
    '--resource-group GROUP'
    ' --vnet-name VNET --subnet SUBNET --group-id registry --private-connection-resource-id '
    '{registry_id}`.',
    'Or switch public access on: `az acr update --name {registry} --public-network-enabled true`.',
)

DENY_WITHOUT_RULES = error_responses.FORBIDDEN.problem(
    'DenyWithoutRules',
    "The default action of the registry's network rules is Deny, there is no rule that lets "
    'anybody in, and no private'
    ' endpoint is approved: nobody can reach it, except Azure services that its rules let past.',
    'Let an address or a range in: `az acr network-rule add --name {registry} --ip-address '
    'ADDRESS`.',
    'Or let everybody in: `az acr update --name {registry} --default-action Allow`.',
)

INVALID_IP_RULE = error_responses.FORBIDDEN.problem(
    'InvalidIpRule',
    'A network rule of the registry is neither an address nor a range in CIDR notation, so that it '
    'lets nobody in.',
    'Find the rule (`az acr network-rule list --name {registry}`), and write it anew: `az acr '
    'network-rule add --name'
    ' {registry} --ip-address ADDRESS`.',
)

PROBLEMS = (
    NO_INBOUND_ACCESS,
    DENY_WITHOUT_RULES,
    INVALID_IP_RULE,
)
