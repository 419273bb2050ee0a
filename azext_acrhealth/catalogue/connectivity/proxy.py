# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the proxy settings for the registry's hosts."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

PROXY = Family(
    'CONNECTIVITY_PROXY_ERROR',
    "The proxy settings of this machine do not fit the registry's hosts.",
    (
        'Look at the settings and at what they say for each host under `facts` (see `-o json`), '
        'and correct them.',
    ),
    links.FIREWALL,
)

PRIVATE_THROUGH_PROXY = PROXY.problem(
    'PrivateAddressThroughProxy',
    'A name of the registry resolves here to a private address, but requests go through the proxy, '
    'which does not use '
    "the private endpoint from here: the registry sees the proxy's address, or the proxy cannot "
    'reach it.',
    'Go to these hosts without the proxy: `export {variable}={bypass}` (PowerShell: '
    '`$env:{variable} = "$env:{variable},{hosts}"`).',
    "Where the proxy comes from the system's settings, add these hosts to the exceptions there: "
    '`{hosts}`.',
    'A container engine has settings of its own: give its service the same exceptions.',
)
UNREADABLE = PROXY.problem(
    'ProxyUnreadable',
    'A proxy is configured for the registry, but its setting cannot be read, so that the Azure CLI '
    'cannot use it.',
    'Write the setting so: `export {variable}=http://PROXY:PORT`, with a login '
    '`http://USER:PASSWORD@PROXY:PORT` '
    '(special characters of the login percent-encoded: `%40` for @, `%3A` for :, `%23` for #, '
    '`%2F` for /, '
    '`%3F` for ?).',
    'To go without a proxy, unset it: `unset {variable}` (PowerShell: `Remove-Item '
    'Env:{variable}`).',
)
PARTLY_BYPASSED = PROXY.problem(
    'PartlyBypassed',
    "Some of the registry's hosts are reached through the proxy and some without it, so that a "
    'login may work and the '
    'layers of an image still fail.',
    'To reach all of them directly: `export {variable}={bypass}` (PowerShell: '
    '`$env:{variable} = "$env:{variable},{hosts}"`).',
    'To reach all of them through the proxy, take the entries that match them out of NO_PROXY '
    '(`facts` names them).',
)
CONFLICTING_SETTINGS = PROXY.problem(
    'ConflictingSettings',
    'A variable is set in small and in capital letters, and differently: the Azure CLI takes the '
    'one that `detail` '
    'names first, other tools (container engines among them) the other one.',
    'Let both say the same: `export {other}="${variable}"`, or the reverse.',
)

FAMILIES = (PROXY,)
PROBLEMS = (PRIVATE_THROUGH_PROXY, UNREADABLE, PARTLY_BYPASSED, CONFLICTING_SETTINGS)
