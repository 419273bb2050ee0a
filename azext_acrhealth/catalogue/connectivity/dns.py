# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of name resolution."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

DNS = Family(
    'CONNECTIVITY_DNS_ERROR',
    'The name of the login server does not resolve here as it should.',
    (
        'Check the spelling of the registry, and that it exists: `az acr show --name {registry}`.',
        "Check this machine's name servers: `nslookup {host}`.",
    ),
    links.documented('CONNECTIVITY_DNS_ERROR'),
)

NAME_NOT_FOUND = DNS.problem(
    'NameNotFound',
    'The name servers of this machine say that there is no such name.',
    'Check the spelling, and that the registry exists: `az acr show --name {registry}` (if row '
    '`login-server` names '
    'another cloud, switch to that one first). If it does, the name servers of this network are at '
    'fault.',
    'If the registry has a private endpoint, link its private DNS zone to this network, and make '
    'sure that the zone has'
    ' a record for `{host}`.',
    transient=True,
)

NOT_IN_LOCAL_DNS = DNS.problem(
    'NotInLocalDns',
    'The registry exists, as Resource Manager says, but the name servers of this machine do not '
    'know its name.',
    'Ask the name servers of this machine by hand: `nslookup {host}`; if they do not know it, ask '
    'whoever runs them.',
    'If the registry has a private endpoint, link its private DNS zone (`privatelink{suffix}`) to '
    'the network that this'
    ' machine is in, and make sure that the zone has a record for the registry.',
    'Behind name servers of your own, let them forward `{host}` to Azure DNS (168.63.129.16) or to '
    'a public name'
    ' server.',
    transient=True,
)

NO_ADDRESS = DNS.problem(
    'NoAddress',
    'The name exists, but has no address of either family.',
    'If the registry has a private endpoint, add the missing record for `{host}` to its private '
    'DNS zone.',
    transient=True,
)

RESOLVER_FAILED = DNS.problem(
    'ResolverFailed',
    'No name server of this machine gave an answer, for this name or at all.',
    "Check the name servers of this machine (`/etc/resolv.conf`, or the adapter's settings) and "
    'that they can be'
    ' reached.',
    'Ask one by hand: `nslookup {host}`.',
    transient=True,
)

RESOLVER_SILENT = DNS.problem(
    'ResolverTimeout',
    'The name servers of this machine did not answer in time.',
    'Check that the name servers of this machine can be reached: a firewall or a lost VPN swallows '
    'such questions.',
    transient=True,
)

THROUGH_PROXY = DNS.problem(
    'ResolvedByProxy',
    'The name does not resolve on this machine, but a proxy is configured, and the proxy resolves '
    'names '
    'itself. The checks go on through the proxy.',
    'Nothing has to be done if the checks below pass; tools that ignore the proxy (a container '
    'engine with settings of'
    ' its own) cannot reach the registry.',
)

LIKELY_TYPO = DNS.problem(
    'LikelyTypo',
    'There is no such name, and it looks like another one misspelt: `{meant}` was probably meant.',
    'Run the check again with that name: `az acrhealth check --name {meant}`.',
    "If the name is right, check this machine's name servers: `nslookup {host}`.",
)

PRIVATE_LINK_NAME = DNS.problem(
    'PrivateLinkName',
    "The host is the name of a private DNS zone's record, not the login server's: no certificate "
    'covers it, and no '
    "client can log in to it. The login server's own name leads to the private endpoint too.",
    "Use the login server's own name, here and in the names of images: `az acrhealth check --name "
    '{meant}`.',
)

UPPER_CASE_HOST = DNS.problem(
    'UpperCaseHost',
    'The host was typed with capitals. Names resolve in any case, but container clients keep a '
    'login under the host as '
    'it was typed, letter by letter, and an image that is named otherwise finds no login.',
    'Write the host in lower case everywhere, in `docker login` and in the names of images: '
    '`{meant}`.',
)

PRIVATE_WITHOUT_ENDPOINT = DNS.problem(
    'PrivateAddressWithoutEndpoint',
    'The name resolves here to private addresses only, but Resource Manager says that the registry '
    'has no private '
    'endpoint: a private DNS zone or a hosts file holds a record that is stale, or belongs to '
    'another endpoint.',
    'Look for the record in the private DNS zone that is linked to this network: `az network '
    'private-dns record-set a '
    'list --zone-name privatelink{suffix} --resource-group GROUP`.',
    'Delete it, or create the endpoint that it stands for; a hosts file on this machine can hold '
    'such a record too.',
)

PUBLIC_DESPITE_ENDPOINT = DNS.problem(
    'PublicAddressDespiteEndpoint',
    'The registry has a private endpoint, and public access to it is off, but its name resolves '
    'here to public '
    'addresses, where requests will be denied.',
    'Link the private DNS zone `privatelink{suffix}` to the network that this machine is in: `az '
    'network private-dns '
    'link vnet create --zone-name privatelink{suffix} --resource-group GROUP --name LINK '
    '--virtual-network VNET '
    '--registration-enabled false`.',
    'If this machine uses name servers of its own, let them forward `{host}` to Azure DNS '
    '(168.63.129.16) in that'
    ' network.',
    transient=True,
)

MIXED_ADDRESSES = DNS.problem(
    'MixedAddresses',
    'The name resolves here to private and to public addresses at once, so that a request goes now '
    'to the private '
    'endpoint and now over the internet, where other rules hold.',
    'Let one answer only: compare `nslookup {host}` with what the private DNS zone holds (`az '
    'network private-dns '
    'record-set a list --zone-name privatelink{suffix} --resource-group GROUP`); a hosts file, or '
    'a name server that '
    'knows both, adds the other.',
)

FAMILIES = (DNS,)
PROBLEMS = (
    NAME_NOT_FOUND,
    NOT_IN_LOCAL_DNS,
    NO_ADDRESS,
    RESOLVER_FAILED,
    RESOLVER_SILENT,
    THROUGH_PROXY,
    LIKELY_TYPO,
    PRIVATE_LINK_NAME,
    UPPER_CASE_HOST,
    PRIVATE_WITHOUT_ENDPOINT,
    PUBLIC_DESPITE_ENDPOINT,
    MIXED_ADDRESSES,
)
