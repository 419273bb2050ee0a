# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the proxy settings for the registry's hosts."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.connectivity.connection import PROXY_SYNTAX
from azext_acrhealth.catalogue.shell import by_shell, unset_variable
from azext_acrhealth.model import Family

_BYPASS = by_shell(
    'Bypass the proxy for these hosts',
    'export {variable}={bypass}',
    '$env:{variable} = "$env:{variable},{hosts}"',
)

PROXY = Family(
    'CONNECTIVITY_PROXY_ERROR',
    "This machine's proxy settings don't fit the registry's hosts.",
    (
        (
            'Check which proxy setting applies to the registry, and correct it: `az acrhealth '
            'check --name {registry} --only proxy`.'
        ),
    ),
    links.PROXY,
)

PRIVATE_THROUGH_PROXY = PROXY.problem(
    'PrivateAddressThroughProxy',
    'A name of the registry resolves to a private address, but requests go through the proxy, '
    "which doesn't use the private endpoint from this machine. The registry receives the requests "
    "from the proxy's address, or the proxy can't reach the private address.",
    *_BYPASS,
    "Add these hosts to the exceptions in the system's proxy settings if the proxy is configured "
    'there: `{hosts}`.',
    'Configure the same exceptions for the container engine, which has its own proxy settings.',
)
UNREADABLE = PROXY.problem(
    'ProxyUnreadable',
    "A proxy is configured for the registry, but the Azure CLI can't use it because the setting "
    'is invalid.',
    *PROXY_SYNTAX,
    *unset_variable('Unset the variable to connect without a proxy'),
)
PARTLY_BYPASSED = PROXY.problem(
    'PartlyBypassed',
    "Some of the registry's hosts are reached through the proxy and others directly, so a login "
    'can succeed while pulling layers fails.',
    *_BYPASS,
    'Remove the entries that match these hosts from {variable} instead, to use the proxy for all '
    'hosts: `{direct}`.',
)
CONFLICTING_SETTINGS = PROXY.problem(
    'ConflictingSettings',
    'An environment variable is set in lowercase and in uppercase, with different values. The '
    'Azure CLI uses {variable}, and other tools, such as container engines, can use {other}.',
    *by_shell(
        'Set both variables to the same value, for example',
        'export {other}="${variable}"',
        '$env:{other} = $env:{variable}',
    ),
)

FAMILIES = (PROXY,)
PROBLEMS = (PRIVATE_THROUGH_PROXY, UNREADABLE, PARTLY_BYPASSED, CONFLICTING_SETTINGS)
