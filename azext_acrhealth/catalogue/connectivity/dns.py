# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of name resolution."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

_SPELLING = 'Check the spelling, and that the registry exists: `az acr show --name {registry}`.'
_QUERY = "Query this machine's DNS servers: `nslookup {host}`."
_LIST_RECORDS = (
    'List the records in the private DNS zone that is linked to this network: `az network '
    'private-dns record-set a list --zone-name privatelink{suffix} --resource-group GROUP`.'
)

DNS = Family(
    'CONNECTIVITY_DNS_ERROR',
    "The login server's name doesn't resolve correctly on this machine.",
    (_SPELLING, _QUERY),
    links.documented('CONNECTIVITY_DNS_ERROR'),
)

NAME_NOT_FOUND = DNS.problem(
    'NameNotFound',
    "This machine's DNS servers report that the name doesn't exist.",
    _SPELLING,
    'Switch the Azure CLI to the cloud of the registry if it is in another one, and sign in there: '
    '`az cloud set --name CLOUD`.',
    'Ask your network administrator to correct the DNS servers of this network if the registry '
    'exists.',
    'Link the private DNS zone to this network if the registry has a private endpoint, and make '
    'sure that the zone has a record for `{host}`.',
    transient=True,
)

NOT_IN_LOCAL_DNS = DNS.problem(
    'NotInLocalDns',
    "Azure Resource Manager reports that the registry exists, but this machine's DNS servers "
    "don't resolve its name.",
    "Query this machine's DNS servers, and ask your network administrator to correct them if they "
    'return no address: `nslookup {host}`.',
    'Link the private DNS zone `privatelink{suffix}` to the network of this machine if the '
    'registry has a private endpoint, and make sure that the zone has a record for the registry.',
    'Configure custom DNS servers to forward `{host}` to Azure DNS (168.63.129.16, reachable only '
    'from Azure) or to a public DNS server.',
    transient=True,
)

NO_ADDRESS = DNS.problem(
    'NoAddress',
    'The name exists but has no IPv4 or IPv6 address.',
    'Add the missing record for `{host}` to the private DNS zone if the registry has a private '
    'endpoint.',
    transient=True,
)

RESOLVER_FAILED = DNS.problem(
    'ResolverFailed',
    "None of this machine's DNS servers returned a usable response, for this name or for any name.",
    'Check the DNS servers in `/etc/resolv.conf` or in the settings of the network adapter, and '
    'that this machine can reach them.',
    _QUERY,
    transient=True,
)

RESOLVER_TIMEOUT = DNS.problem(
    'ResolverTimeout',
    "This machine's DNS servers didn't respond in time.",
    'Check that this machine can reach its DNS servers: a firewall or a disconnected VPN can drop '
    'DNS queries.',
    transient=True,
)

THROUGH_PROXY = DNS.problem(
    'ResolvedByProxy',
    "The name doesn't resolve on this machine, but the configured proxy resolves names itself. "
    'The checks continue through the proxy.',
    'Configure the same proxy in tools with settings of their own, such as a container engine, '
    "because they can't reach the registry without it.",
)

LIKELY_TYPO = DNS.problem(
    'LikelyTypo',
    "The name doesn't exist and is probably a misspelling of `{meant}`.",
    'Run the check again with the corrected name: `az acrhealth check --name {meant}`.',
    "Query this machine's DNS servers if the name is correct: `nslookup {host}`.",
)

PRIVATE_LINK_NAME = DNS.problem(
    'PrivateLinkName',
    'The host is a record in a private DNS zone, not a login server: no certificate covers it, '
    "and clients can't log in to it. The login server's own name resolves to the private "
    'endpoint, too.',
    "Use the login server's own name, also in image names: `az acrhealth check --name {meant}`.",
)

UPPER_CASE_HOST = DNS.problem(
    'UppercaseHost',
    'The host was typed with uppercase letters. DNS ignores case, but container clients store '
    'logins under the host exactly as typed, so an image name with different capitalization '
    "doesn't find the login.",
    'Use lowercase for the host everywhere, in `docker login` and in image names: `{meant}`.',
)

PRIVATE_WITHOUT_ENDPOINT = DNS.problem(
    'PrivateAddressWithoutEndpoint',
    'The name resolves to private addresses only, but Azure Resource Manager reports no private '
    'endpoint for the registry. A private DNS zone or a hosts file has a record that is stale or '
    'belongs to another endpoint.',
    _LIST_RECORDS,
    'Delete the record if it is stale, which affects every network that is linked to the zone. '
    'Otherwise, create the missing private endpoint.',
    'Check the hosts file on this machine for such a record.',
)

PUBLIC_DESPITE_ENDPOINT = DNS.problem(
    'PublicAddressDespiteEndpoint',
    'The registry has a private endpoint and its public access is disabled, but its name resolves '
    'to public addresses, where the registry denies requests.',
    'Link the private DNS zone `privatelink{suffix}` to the network of this machine: `az network '
    'private-dns link vnet create --zone-name privatelink{suffix} --resource-group GROUP --name '
    'LINK --virtual-network VNET --registration-enabled false`.',
    'Configure custom DNS servers of this machine to forward `{host}` to Azure DNS '
    '(168.63.129.16) in that network.',
    transient=True,
)

MIXED_ADDRESSES = DNS.problem(
    'MixedAddresses',
    'The name resolves to private and public addresses at once. Some requests use the private '
    'endpoint and others the internet, where different rules apply.',
    'Compare the addresses on this machine with the records in the private DNS zone: `nslookup '
    '{host}`.',
    _LIST_RECORDS,
    'Remove the other addresses from their source: a hosts file, or a DNS server that returns '
    'both.',
)

FAMILIES = (DNS,)
PROBLEMS = (
    NAME_NOT_FOUND,
    NOT_IN_LOCAL_DNS,
    NO_ADDRESS,
    RESOLVER_FAILED,
    RESOLVER_TIMEOUT,
    THROUGH_PROXY,
    LIKELY_TYPO,
    PRIVATE_LINK_NAME,
    UPPER_CASE_HOST,
    PRIVATE_WITHOUT_ENDPOINT,
    PUBLIC_DESPITE_ENDPOINT,
    MIXED_ADDRESSES,
)
