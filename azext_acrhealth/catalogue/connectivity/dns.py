# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of name resolution."""

from azext_acrhealth.advice import PLATFORMS, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.shared_problems import DID_YOU_MEAN
from azext_acrhealth.model import Family

_SPELLING = 'Check the spelling, and that the registry exists: `az acr show --name {registry}`.'
_QUERY = "Query this machine's DNS servers: `nslookup {host}`."
_LIST_RECORDS = (
    'List the records in the private DNS zone that is linked to this network: `az network '
    'private-dns record-set a list --zone-name privatelink{suffix} --resource-group GROUP`.'
)

# DNS servers forward the public zone, which has the alias into the private zone. Learn, "Azure
# Private Endpoint private DNS zone values", lists the zones.
FORWARD_IN_AZURE = (
    'Configure custom DNS servers in an Azure virtual network to forward the zone '
    '`{public_zone}`, which includes the data endpoints, to Azure DNS (168.63.129.16).'
)
FORWARD_ON_PREMISES = (
    'Configure on-premises DNS servers to forward the zone `{public_zone}` to a DNS server in a '
    'virtual network that the private DNS zone is linked to, such as an inbound endpoint of Azure '
    "DNS Private Resolver: they can't reach 168.63.129.16 themselves."
)
FORWARD = (FORWARD_IN_AZURE, FORWARD_ON_PREMISES)
_TELL_APART = (
    'Tell the causes apart on a machine outside this network: `nslookup {host}`. If the name '
    'resolves there through an alias that contains `privatelink`, the registry exists and has a '
    'private endpoint, and a private DNS zone of this network hides it.'
)
_FALL_BACK = (
    'Enable the fallback to the internet if a private DNS zone hides the registry, and the '
    'registry is to be reached at its public address. This affects all names of the zone in the '
    'linked network: `az network private-dns link vnet update --resource-group GROUP --zone-name '
    'privatelink{suffix} --name LINK --resolution-policy NxDomainRedirect`.'
)
_SHOW_DNS_SERVERS = tuple(
    Variant(
        "Show this machine's DNS servers, and check that they are the ones of this network: "
        f'`{command}`.',
        platforms=(platform,),
    )
    for platform, command in zip(
        PLATFORMS, ('cat /etc/resolv.conf', 'scutil --dns', 'ipconfig /all'), strict=True
    )
)
_LINK_ZONE = (
    'Link the private DNS zone `privatelink{suffix}` to the network of this machine: `az network '
    'private-dns link vnet create --zone-name privatelink{suffix} --resource-group GROUP --name '
    'LINK --virtual-network VNET --registration-enabled false`.'
)

DNS = Family(
    'CONNECTIVITY_DNS_ERROR',
    "The login server's name doesn't resolve correctly on this machine.",
    (_SPELLING, _QUERY),
    links.documented('CONNECTIVITY_DNS_ERROR'),
)

NAME_NOT_FOUND = DNS.problem(
    'NameNotFound',
    "This machine's DNS servers report that the name doesn't exist: no registry has it, or a "
    'private DNS zone that this network uses hides the registry.',
    Variant(DID_YOU_MEAN, filled='meant'),
    _SPELLING,
    _TELL_APART,
    _FALL_BACK,
    'Switch the Azure CLI to the cloud of the registry if it is in another one, and sign in there: '
    '`az cloud set --name CLOUD`.',
    'Ask your network administrator to correct the DNS servers of this network if the registry '
    'exists.',
    transient=True,
)

NOT_IN_LOCAL_DNS = DNS.problem(
    'NotInLocalDns',
    "Azure Resource Manager reports that the registry exists, but this machine's DNS servers "
    "don't resolve its name: they don't forward it to Azure or to the public DNS, or a private DNS "
    'zone that this network uses hides it.',
    "Query this machine's DNS servers, and ask your network administrator to correct them if they "
    'return no address: `nslookup {host}`.',
    _TELL_APART,
    _FALL_BACK,
    'Link the private DNS zone `privatelink{suffix}` to the network of this machine if the '
    'registry has a private endpoint, and make sure that the zone has a record for the registry.',
    *FORWARD,
    transient=True,
)

HIDDEN_BY_PRIVATE_ZONE = DNS.problem(
    'HiddenByPrivateZone',
    'The public DNS has the name as an alias of `{alias}`, because the registry has a private '
    'endpoint. This network uses a private DNS zone `{zone}`, which has no record for that '
    "registry, and hides the registry's public address.",
    'Enable the fallback to the internet for names that the zone lacks, if the registry is to be '
    'reached at its public address, which its network rules must allow. This affects all names of '
    'the zone in the linked network: `az network private-dns link vnet update --resource-group '
    'GROUP --zone-name {zone} --name LINK --resolution-policy NxDomainRedirect`.',
    'List the links of the zone to find the name of the link: `az network private-dns link vnet '
    'list --resource-group GROUP --zone-name {zone} --output table`.',
    "Add a record instead if this network has a route to the registry's private endpoint: `az "
    'network private-dns record-set a add-record --resource-group GROUP --zone-name {zone} '
    '--record-set-name {record} --ipv4-address ADDRESS`.',
    'Ask your network administrator for the record or for forwarding to the public DNS if the zone '
    "isn't an Azure private DNS zone but is on a DNS server of this network.",
    transient=True,
)

PUBLIC_ZONE_REPLACED = DNS.problem(
    'PublicZoneReplaced',
    'An Azure private DNS zone has the name `{zone}` of a public zone, so it hides all names of '
    'the public zone for which it has no record. The zone for private endpoints is '
    '`privatelink{suffix}`.',
    'Create the zone with the right name: `az network private-dns zone create --resource-group '
    'GROUP --name privatelink{suffix}`.',
    _LINK_ZONE,
    "Let Azure add the private endpoint's records to the zone: `az network private-endpoint "
    'dns-zone-group create --name default --resource-group GROUP '
    '--endpoint-name ENDPOINT --private-dns-zone privatelink{suffix} --zone-name registry`.',
    'Remove the link of the zone `{zone}`, after which its records no longer apply in that '
    'network: `az network private-dns link vnet delete --resource-group GROUP --zone-name {zone} '
    '--name LINK`.',
    transient=True,
)

ALIAS_NOT_FOUND = DNS.problem(
    'AliasNotFound',
    "The name is an alias of `{alias}`, which this machine's DNS servers don't resolve. A DNS "
    "filter can block that name, or a zone on this network's DNS servers can hide it.",
    'Ask your network administrator to allow the DNS servers to resolve `{alias}`.',
    "Query this machine's DNS servers for the alias: `nslookup {alias}`.",
    transient=True,
)

SEARCH_DOMAIN = DNS.problem(
    'ResolvedBySearchDomain',
    "The name doesn't exist as it is, but with a DNS search domain of this machine added it "
    'does, for example because that domain has a wildcard record. The address is not that of '
    'the registry.',
    'Ask your network administrator to remove the wildcard record, or remove the search domain '
    'from the DNS settings of this machine.',
    "Query this machine's DNS servers for the registry's own name, without search domains: "
    '`nslookup {host}.`.',
    transient=True,
)

NO_NAME_RESOLVES = DNS.problem(
    'NoNameResolves',
    'This machine resolves no public name: neither this one nor that of the registry of public '
    "images. Its DNS servers can't be reached, return errors, or know only the names of a private "
    'network.',
    *_SHOW_DNS_SERVERS,
    'Connect the VPN if the DNS servers are behind one, and check that the firewall allows DNS '
    'queries (port 53, UDP and TCP) to them.',
    'Ask your network administrator to enable the DNS servers to resolve public names if they know '
    'only those of a private network. A proxy that resolves names itself is an alternative.',
    transient=True,
)

NO_ADDRESS = DNS.problem(
    'NoAddress',
    'The name exists but has no IPv4 or IPv6 address.',
    'Add an address record for `{host}` to the private DNS zone if the registry has a private '
    'endpoint: `az network private-dns record-set a add-record --resource-group GROUP --zone-name '
    'privatelink{suffix} --record-set-name {record} --ipv4-address ADDRESS`.',
    "Query this machine's DNS servers for both kinds of addresses: `nslookup {host}`.",
    transient=True,
)

RESOLVER_FAILED = DNS.problem(
    'ResolverFailed',
    "This machine's DNS servers returned an error for this name, such as SERVFAIL, or no "
    'response: often, the DNS server that they forward the name to fails.',
    _QUERY,
    'Ask your network administrator to check where the DNS servers forward `{public_zone}` and '
    '`privatelink{suffix}`.',
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
    _LINK_ZONE,
    *FORWARD,
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
    HIDDEN_BY_PRIVATE_ZONE,
    PUBLIC_ZONE_REPLACED,
    ALIAS_NOT_FOUND,
    NO_ADDRESS,
    RESOLVER_FAILED,
    RESOLVER_TIMEOUT,
    NO_NAME_RESOLVES,
    SEARCH_DOMAIN,
    THROUGH_PROXY,
    LIKELY_TYPO,
    PRIVATE_LINK_NAME,
    UPPER_CASE_HOST,
    PRIVATE_WITHOUT_ENDPOINT,
    PUBLIC_DESPITE_ENDPOINT,
    MIXED_ADDRESSES,
)
