# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the connection to the login server, directly or through a proxy."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.connectivity.challenge import CHALLENGE
from azext_acrhealth.catalogue.shell import set_variable, unset_variable

_CHECK_NETWORK = Variant(
    "Check this machine's network, VPN, and firewall first, because {elsewhere} isn't reachable "
    'either.',
    filled='elsewhere',
)
_ALLOW_HOST = 'Ask your network administrator to allow this machine to reach `{host}` on port 443.'
_BYPASS = 'Add `{host}` to NO_PROXY to bypass the proxy for the registry.'
_ENCODE = (
    ' Percent-encode special characters: `%40` for @, `%3A` for :, `%23` for #, `%2F` for /, `%3F` '
    'for ?.'
)
# Two solutions, because each has a command of its own.
PROXY_SYNTAX = (
    *set_variable('Set the proxy in this form', '{variable}', 'http://{proxy}'),
    *set_variable(
        'Include the credentials if the proxy requires them, which makes them visible in the '
        'environment and the shell history',
        '{variable}',
        'http://USER:PASSWORD@{proxy}',
        _ENCODE,
    ),
)

CONNECT_TIMEOUT = CHALLENGE.problem(
    'ConnectTimeout',
    'No address of the login server accepted a connection in time. A firewall or a missing route '
    'can drop packets without a response.',
    _CHECK_NETWORK,
    _ALLOW_HOST,
    'Check the route and the network security group of the private endpoint if the registry has '
    'one.',
    transient=True,
)
REFUSED = CHALLENGE.problem(
    'ConnectionRefused',
    'No service listens on port 443 at the addresses that the name resolves to, or a firewall '
    'rejects the connection.',
    _CHECK_NETWORK,
    "Check that `{host}` resolves to the registry's addresses: `nslookup {host}`.",
    _ALLOW_HOST,
    transient=True,
)
RESET = CHALLENGE.problem(
    'ConnectionReset',
    'The connection was reset before it was established, usually by a firewall.',
    _CHECK_NETWORK,
    _ALLOW_HOST,
    transient=True,
)
UNREACHABLE = CHALLENGE.problem(
    'Unreachable',
    'This machine has no route to the addresses that the name resolves to.',
    "Check this machine's network, VPN, and routes.",
    'Check the peering between the virtual networks if the registry has a private endpoint.',
    transient=True,
)
ADDRESS_FAMILY_UNREACHABLE = CHALLENGE.problem(
    'AddressFamilyUnreachable',
    'The name resolves to {family} addresses only, and this machine has no {family} route.',
    'Enable {family} on this machine, or use a NAT64 gateway, a dual-stack network, or a proxy.',
    'Check whether the DNS servers also return addresses of the other family: `nslookup {host}`.',
    transient=True,
)
CONNECT_FAILED = CHALLENGE.problem(
    'ConnectFailed', "The connection couldn't be established.", transient=True
)
# Go (docker, podman, containerd, helm): RFC 6555 with 300 ms between families, and a share of the
# dial timeout (moby: 30 s) for each address of a family (net.Dialer). Python: one after the other.
ADDRESS_UNREACHABLE = CHALLENGE.problem(
    'AddressUnreachable',
    "An address of `{host}` doesn't accept connections, while another one does. Clients lose "
    'time or fail intermittently: the Azure CLI tries addresses one after the other, and container '
    'engines try the other address family after 0.3 s, but can wait 15 s for an address of the '
    'same family.',
    'Ask your network administrator to allow this machine to reach all addresses of `{host}` on '
    'port 443, over IPv4 and IPv6.',
    'Check whether the DNS servers return an address that is no longer valid: `nslookup {host}`.',
    'Correct the IPv6 route of this network, or disable IPv6 on this machine, which affects all '
    'its connections, if only the IPv6 addresses are affected.',
    transient=True,
)
PROXY_UNREACHABLE = CHALLENGE.problem(
    'ProxyUnreachable',
    "The configured proxy can't be reached.",
    'Check that the proxy address `{proxy}`, which comes from {source}, is correct and that this '
    'machine can reach it.',
    *unset_variable("Unset the variable if this machine doesn't need a proxy"),
    _BYPASS,
    transient=True,
)
PROXY_LOGIN = CHALLENGE.problem(
    'ProxyAuthenticationRequired',
    'The configured proxy requires credentials, and the setting has none or incorrect ones.',
    *set_variable(
        'Add the credentials to the setting, which makes them visible in the environment and the '
        'shell history',
        '{variable}',
        '{scheme}://USER:PASSWORD@{proxy}',
        _ENCODE,
    ),
)
PROXY_REFUSED = CHALLENGE.problem(
    'ProxyRefused',
    'The configured proxy refuses to connect to the login server.',
    'Ask your network administrator to allow CONNECT requests to `{host}:443` on the proxy.',
    _BYPASS,
)
INVALID_PROXY = CHALLENGE.problem(
    'InvalidProxy',
    "The configured proxy can't be used: its address is invalid, or the server at that address "
    "isn't a proxy.",
    *PROXY_SYNTAX,
)

PROBLEMS = (
    CONNECT_TIMEOUT,
    REFUSED,
    RESET,
    UNREACHABLE,
    ADDRESS_FAMILY_UNREACHABLE,
    CONNECT_FAILED,
    ADDRESS_UNREACHABLE,
    PROXY_UNREACHABLE,
    PROXY_LOGIN,
    PROXY_REFUSED,
    INVALID_PROXY,
)
