# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the connection to the login server, directly or through a proxy."""

from azext_acrhealth.catalogue.connectivity.challenge import CHALLENGE

CONNECT_TIMEOUT = CHALLENGE.problem(
    'ConnectTimeout',
    'No address of the login server took a connection in time: packets are dropped on the way.',
    "If `detail` says that no registry is reachable, check this machine's own network and VPN "
    'first; else ask whoever '
    'runs the firewall to let this machine reach `{host}` on port 443.',
    'If the registry has a private endpoint, check the route and the network security group to it.',
    transient=True,
)
REFUSED = CHALLENGE.problem(
    'ConnectionRefused',
    'Nothing listens on port 443 at the addresses that the name resolves to, or a firewall rejects '
    'the connection.',
    "If `detail` says that no registry is reachable, check this machine's own network and its "
    'firewall first; else '
    "check that `{host}` resolves to the registry's addresses (row `dns`), and ask whoever runs "
    'the firewall.',
    transient=True,
)
RESET = CHALLENGE.problem(
    'ConnectionReset',
    'The connection was cut while it was being made.',
    "If `detail` says that no registry is reachable, check this machine's own network and its "
    'firewall first; else '
    'ask whoever runs the firewall to let this machine reach `{host}` on port 443.',
    transient=True,
)
UNREACHABLE = CHALLENGE.problem(
    'Unreachable',
    'This machine has no route to the addresses that the name resolves to.',
    "Check this machine's network, its VPN and its routes; for a private endpoint also the peering "
    'of the networks.',
    transient=True,
)
ADDRESS_FAMILY_UNREACHABLE = CHALLENGE.problem(
    'AddressFamilyUnreachable',
    'The name resolves here to {family} addresses only, and this machine has no route for {family} '
    'at all.',
    'Give this machine {family}, or a way to it (NAT64, a dual-stack network, a proxy).',
    'If the name should have addresses of the other family here, check the name servers: `nslookup '
    '{host}`.',
    transient=True,
)
CONNECT_FAILED = CHALLENGE.problem(
    'ConnectFailed', 'The connection could not be made.', transient=True
)
PROXY_UNREACHABLE = CHALLENGE.problem(
    'ProxyUnreachable',
    'The configured proxy could not be reached.',
    'Check the address `{proxy}`, which comes from {source}, and that this machine reaches it; '
    'without a need for a '
    'proxy, take the setting away (`unset {variable}`).',
    'Name the registry in NO_PROXY to go without the proxy: `{host}`.',
    transient=True,
)
PROXY_LOGIN = CHALLENGE.problem(
    'ProxyAuthenticationRequired',
    'The configured proxy wants a login that the setting does not hold, or refuses the one that it '
    'holds.',
    "Put the login into the setting: `export {variable}='{scheme}://USER:PASSWORD@{proxy}'` "
    '(special characters '
    'percent-encoded: `%40` for @, `%3A` for :, `%23` for #, `%2F` for /).',
)
PROXY_REFUSED = CHALLENGE.problem(
    'ProxyRefused',
    'The configured proxy refuses to connect to the login server.',
    'Ask whoever runs the proxy to allow CONNECT to `{host}:443`.',
    'Name the registry in NO_PROXY to go without the proxy: `{host}`.',
)
INVALID_PROXY = CHALLENGE.problem(
    'InvalidProxy',
    'The configured proxy cannot be used: its address is not one, or what answers there is no '
    'proxy.',
    'Write the setting so: `export {variable}=http://PROXY:PORT`, with a login '
    '`http://USER:PASSWORD@PROXY:PORT` '
    '(special characters of the login percent-encoded: `%40` for @, `%3A` for :, `%23` for #, '
    '`%2F` for /, '
    '`%3F` for ?).',
)

PROBLEMS = (
    CONNECT_TIMEOUT,
    REFUSED,
    RESET,
    UNREACHABLE,
    ADDRESS_FAMILY_UNREACHABLE,
    CONNECT_FAILED,
    PROXY_UNREACHABLE,
    PROXY_LOGIN,
    PROXY_REFUSED,
    INVALID_PROXY,
)
