# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems that every endpoint of the registry shares: network rules and throttling."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.connectivity.dns import FORWARD
from azext_acrhealth.catalogue.shell import BYPASS_PROXY
from azext_acrhealth.model import Family

_ALLOW_ADDRESS = (
    'Allow the address, and with it every machine that shares it: `az acr network-rule add --name '
    '{registry} --ip-address {client_ip}`. The change can take several minutes to take effect.'
)
_ENABLE_PUBLIC_ACCESS = (
    'Enable public access for allowed addresses only, which denies all others, if this machine is '
    'meant to use the internet: `az acr update --name {registry} --public-network-enabled true '
    '--default-action Deny`.'
)
_LIST_ENDPOINTS = (
    'List the private endpoints of the registry: `az acr private-endpoint-connection list '
    '--registry-name {registry}`.'
)

FORBIDDEN = Family(
    'CONNECTIVITY_FORBIDDEN_ERROR',
    "The registry responds, but its network rules deny this machine. Logging in again doesn't "
    'change that.',
    (
        (
            'Review the network rules: `az acr show --name {registry} --query '
            '"[publicNetworkAccess, networkRuleSet]"`.'
        ),
        (
            "Allow this machine's public IP address, or connect through the registry's private "
            'endpoint.'
        ),
    ),
    links.documented('CONNECTIVITY_FORBIDDEN_ERROR'),
)

THROTTLED = Family(
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
    'The registry, or the service in front of it, throttles requests because too many arrived in '
    'a short time.',
    (
        Variant('Wait {seconds} s before you try again, as the response asks.', filled='seconds'),
        'Run fewer pulls in parallel, and wait longer before each new attempt.',
    ),
    links.documented('CONNECTIVITY_TOOMANYREQUESTS_ERROR'),
)

CLIENT_IP = FORBIDDEN.problem(
    'ClientIpNotAllowed',
    "The registry's firewall has no rule that allows the public IP address of this machine's "
    'requests.',
    _ALLOW_ADDRESS,
    'Enable public access for allowed addresses only, which denies all others, if it is disabled: '
    '`az acr update --name {registry} --public-network-enabled true --default-action Deny`.',
    "Connect through the registry's private endpoint instead: the registry's names must resolve "
    'to private addresses on this machine.',
    transient=True,
)
PUBLIC_ACCESS_OFF = FORBIDDEN.problem(
    'PublicAccessDisabled',
    "Public access to the registry is disabled, and this machine's requests don't come through "
    'one of its private endpoints. IP rules have no effect.',
    "Connect through the private endpoint: the registry's names must resolve to private addresses "
    'on this machine (see the `dns` check).',
    _ENABLE_PUBLIC_ACCESS,
    _ALLOW_ADDRESS,
    transient=True,
)
ROUTED_OUTSIDE_PRIVATE_LINK = FORBIDDEN.problem(
    'RoutedOutsidePrivateLink',
    "The login server's name resolves to a private address, but the registry received the "
    "requests from a public address, so they don't use the private endpoint. A proxy, a VPN, or a "
    'container engine in a virtual machine with its own DNS servers can cause this.',
    *BYPASS_PROXY,
    Variant(
        'Remove the DNS record that the `dns` check found without a private endpoint.', check='dns'
    ),
    'Configure the DNS servers of the container engine or the network, if it has its own, to '
    'resolve `{host}` to the private endpoint.',
    'Allow the public address if public access is enabled, and with it every machine that shares '
    'the address: `az acr network-rule add --name {registry} --ip-address {client_ip}`.',
    transient=True,
)
ENDPOINT_NOT_USED = FORBIDDEN.problem(
    'PrivateEndpointNotUsed',
    'The registry has a private endpoint, but its name resolves to a public address on this '
    'machine. The requests use the internet, where no rule allows this machine.',
    'Link the private DNS zone `privatelink{suffix}` to the network of this machine if the '
    'private endpoint serves that network.',
    *FORWARD,
    _LIST_ENDPOINTS,
    'Allow the public address if this machine is meant to use the internet, and with it every '
    'machine that shares the address: `az acr network-rule add --name {registry} --ip-address '
    '{client_ip}`. The change can take several minutes to take effect.',
    transient=True,
)
PRIVATE_CLIENT = FORBIDDEN.problem(
    'PrivateClientIp',
    'The registry received the requests from a private address: they use a service endpoint, or a '
    'private endpoint of another registry. IP rules accept public addresses only.',
    'List the private endpoints of the registry, because this network needs one or a route to '
    'one: `az acr private-endpoint-connection list --registry-name {registry}`.',
    'Allow the subnet if it has the service endpoint `Microsoft.ContainerRegistry`, and with it '
    'every machine in the subnet: `az acr network-rule add --name {registry} --subnet SUBNET_ID`.',
    transient=True,
)
RULE_NOT_YET_EFFECTIVE = FORBIDDEN.problem(
    'RuleNotYetEffective',
    'Azure Resource Manager reports rules that allow this address, but the registry still denies '
    'it. A rule change can take several minutes to take effect.',
    'Wait several minutes and try again.',
    'Recreate the rule if the problem persists. First remove it, which denies its addresses until '
    'you add it again: `az acr network-rule remove --name {registry} --ip-address {rule}`.',
    'Add the removed rule again: `az acr network-rule add --name {registry} --ip-address {rule}`.',
    transient=True,
)
DENIED = FORBIDDEN.problem(
    'AccessDenied',
    "The registry denies this machine's requests and doesn't report the client IP address.",
)
THROTTLED_BY_FRONT_DOOR = THROTTLED.problem(
    'ThrottledByFrontDoor',
    'A service in front of the registry returned 429, not the registry itself. It might be an '
    "Azure service or a gateway in this network. A higher service tier doesn't prevent this.",
    *THROTTLED.solutions,
    'Spread the requests of machines that share a public IP address.',
    transient=True,
)
TOO_MANY_REQUESTS = THROTTLED.problem(
    'TooManyRequests',
    'The registry returned 429: the limit for its service tier or for this client is temporarily '
    'exceeded.',
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
