# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems that every endpoint of the registry shares: network rules and throttling."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

FORBIDDEN = Family(
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'The registry answers, but its network rules do not let this machine in. A new login does not '
    'change that.',
    (
        (
            'Look at the rules: `az acr show --name {registry} --query "[publicNetworkAccess, '
            'networkRuleSet]"`.'
        ),
        "Let this machine's public address in, or reach the registry by its private endpoint.",
    ),
    links.documented('CONNECTIVITY_FORBIDDEN_ERROR'),
)

THROTTLED = Family(
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
    'The registry, or the service in front of it, turns requests away because there were too many '
    'in a short time.',
    (
        'Wait a moment and try again.',
        (
            'If it keeps happening, spread the pulls over time, or move to a higher service tier: '
            '`az acr show-usage'
            ' --name {registry}`.'
        ),
    ),
    links.documented('CONNECTIVITY_TOOMANYREQUESTS_ERROR'),
)

CLIENT_IP = FORBIDDEN.problem(
    'ClientIpNotAllowed',
    "The registry's firewall does not list the public address that this machine's requests come "
    'from.',
    'Let the address in: `az acr network-rule add --name {registry} --ip-address {client_ip}` '
    '(takes some minutes to'
    ' work).',
    'If public access is off, switch it on (`az acr update --name {registry} '
    '--public-network-enabled true`), or reach'
    ' the registry by its private endpoint: its names must then resolve to private addresses here.',
    transient=True,
)
PUBLIC_ACCESS_OFF = FORBIDDEN.problem(
    'PublicAccessDisabled',
    "Public access to the registry is switched off, and this machine's requests do not come "
    'through a private'
    ' endpoint of it. No rule for an address helps.',
    "Come through the private endpoint: the registry's names must resolve to private addresses "
    'here (row `dns`).',
    'Or switch public access on: `az acr update --name {registry} --public-network-enabled true`.',
    transient=True,
)
ROUTED_OUTSIDE_PRIVATE_LINK = FORBIDDEN.problem(
    'RoutedOutsidePrivateLink',
    "The login server's name gives a private address here, but the registry saw a public one: the "
    'requests do not take'
    ' the way to the private endpoint. A proxy, a VPN, or an engine in a virtual machine with name '
    'servers of its own'
    ' does that.',
    'If the row `proxy` names a proxy, go round it: `export NO_PROXY="$NO_PROXY,{host}"`. If the '
    'row `dns` says that'
    ' the registry has no private endpoint, remove the stale record.',
    'Where the engine or the network has name servers of its own, let them resolve `{host}` to the '
    'private endpoint,'
    ' too.',
    'Or, where public access is on, let the address in: `az acr network-rule add --name {registry} '
    '--ip-address'
    ' {client_ip}`.',
    transient=True,
)
ENDPOINT_NOT_USED = FORBIDDEN.problem(
    'PrivateEndpointNotUsed',
    'The registry has a private endpoint, but its name gives a public address here: the requests '
    'come over the'
    ' internet, where no rule lets this machine in.',
    'If this machine is in a network that the endpoint serves, let the name lead to it: link the '
    'private DNS zone'
    ' `privatelink{suffix}` to that network, or let its name servers forward `{host}` to Azure DNS '
    '(168.63.129.16)'
    ' there.',
    'See which private endpoints there are: `az acr private-endpoint-connection list '
    '--registry-name {registry}`.',
    'If it is meant to come over the internet, let the address in: `az acr network-rule add --name '
    '{registry}'
    ' --ip-address {client_ip}` (takes some minutes to work).',
    transient=True,
)
PRIVATE_CLIENT = FORBIDDEN.problem(
    'PrivateClientIp',
    'The registry saw a private address: the requests come over a service endpoint, or over a '
    'private endpoint that'
    " is not this registry's. Rules for addresses take public ones only.",
    'See which private endpoints the registry has (`az acr private-endpoint-connection list '
    '--registry-name'
    ' {registry}`): this network needs one, or a way to one.',
    'Remove the service endpoint `Microsoft.ContainerRegistry` from the subnet, if the registry '
    'should be reached over'
    ' its public address.',
    transient=True,
)
RULE_NOT_YET_EFFECTIVE = FORBIDDEN.problem(
    'RuleNotYetEffective',
    "The registry's rules, as Resource Manager tells them, let this address in, but the registry "
    'still turns it away:'
    ' a change of the rules takes some minutes to work.',
    'Wait some minutes and try again.',
    'If it persists, write the rule anew: `az acr network-rule remove --name {registry} '
    '--ip-address {rule}`, then `az'
    ' acr network-rule add --name {registry} --ip-address {rule}`.',
    transient=True,
)
DENIED = FORBIDDEN.problem(
    'AccessDenied',
    'The registry refuses to answer this machine, and does not say for which address.',
)
THROTTLED_BY_FRONT_DOOR = THROTTLED.problem(
    'ThrottledByFrontDoor',
    'Something in front of the registry answered with 429, not the registry itself: Azure Front '
    'Door, or a gateway of'
    ' this network. A higher service tier does not change that.',
    'Wait a moment and try again; spread the requests of machines that share an address.',
    transient=True,
)
TOO_MANY_REQUESTS = THROTTLED.problem(
    'TooManyRequests',
    'The registry answered with 429: its limit for this tier or this client is used up for the '
    'moment.',
    transient=True,
)

FAMILIES = (FORBIDDEN, THROTTLED)
PROBLEMS = (
    CLIENT_IP,
    PUBLIC_ACCESS_OFF,
    ROUTED_OUTSIDE_PRIVATE_LINK,
    ENDPOINT_NOT_USED,
    PRIVATE_CLIENT,
    RULE_NOT_YET_EFFECTIVE,
    DENIED,
    TOO_MANY_REQUESTS,
    THROTTLED_BY_FRONT_DOOR,
)
