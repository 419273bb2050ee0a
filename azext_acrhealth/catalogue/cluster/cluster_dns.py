# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of what the nodes of a cluster resolve the registry's names to."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.cluster.cluster_network import CLUSTER_NETWORK, PROVE
from azext_acrhealth.catalogue.connectivity.dns import DNS, FORWARD_IN_AZURE
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_NETWORK
from azext_acrhealth.catalogue.registry.network_rules import ENDPOINT_COMMAND
from azext_acrhealth.model import Problem

_ZONE = (
    '--resource-group {zone_group} --subscription {zone_subscription} --zone-name '
    'privatelink{suffix}'
)
_ADD_RECORD = (
    f'Add the record: `az network private-dns record-set a add-record {_ZONE} --record-set-name '
    '{record} --ipv4-address {address}`.'
)
_OTHER_RECORDS = Variant('Add the other missing records, too: {records}.', filled='records')
_MANAGE_RECORDS = (
    "Let Azure manage the private endpoint's records instead, which can replace existing records "
    'in the zone: `az network private-endpoint dns-zone-group create --name default '
    '--resource-group {private_endpoint_group} --subscription {private_endpoint_subscription} '
    '--endpoint-name {private_endpoint} --private-dns-zone {zone_id} --zone-name registry`.'
)
_FALL_BACK = Variant(
    "Enable the fallback to the internet if the nodes should use the registry's public address, "
    'which its network rules must allow. This affects all names that the zone lacks: `az network '
    f'private-dns link vnet update {_ZONE} --name {{link}} --resolution-policy NxDomainRedirect`.',
    filled='open',
)
_UNLINK = Variant(
    'Remove the link if the nodes need none of the records in the zone, because none of them '
    f'applies in that network afterward: `az network private-dns link vnet delete {_ZONE} --name '
    '{link}`.',
    filled='open',
)
_LINK = (
    "Link the zone that has the registry's records to the nodes' network. From then on, every "
    'name of the zone resolves in that network by its records alone: `az network private-dns link '
    f'vnet create {_ZONE} --name LINK --virtual-network {{network_id}} --registration-enabled '
    'false`.'
)
_LIST_ZONES = (
    'List the zones that you can read: `az network private-dns zone list --query '
    '"[?name==\'privatelink{suffix}\'].id"`.'
)
NOT_IN_ZONE = DNS.problem(
    'RegistryNotInZoneOfNodes',
    'The registry has a private endpoint, so the public DNS has its name as an alias in the zone '
    "`privatelink{suffix}`. A private DNS zone of that name is linked to the nodes' virtual "
    "network. It has no record for this registry, so the registry's name doesn't resolve on the "
    'nodes, even if the registry allows public access.',
    _ADD_RECORD,
    _OTHER_RECORDS,
    _MANAGE_RECORDS,
    _FALL_BACK,
    _UNLINK,
)
DATA_RECORD_MISSING = DNS.problem(
    'DataRecordMissingForNodes',
    "The private DNS zone of the nodes' virtual network has a record for the login server, but "
    'none for a data endpoint, for example because a replica was added after the records were '
    "created. Nodes log in and get the manifest, but can't pull layers.",
    _ADD_RECORD,
    _OTHER_RECORDS,
    _MANAGE_RECORDS,
)
REGIONAL_RECORD_MISSING = DNS.problem(
    'RegionalRecordMissingForNodes',
    "The private DNS zone of the nodes' virtual network has no record for a regional endpoint of "
    "the registry, or one with another address than the private endpoint's. Images whose reference "
    'has that host name fail; images of the login server are not affected.',
    _ADD_RECORD,
    _OTHER_RECORDS,
)
STALE_RECORD = DNS.problem(
    'StaleRecordForNodes',
    "The record in the private DNS zone has an address that isn't one of the registry's private "
    'endpoints, for example because the private endpoint was created again. Requests of nodes go '
    'to that address and time out.',
    _ADD_RECORD,
    'Remove the outdated address afterward, which deletes it from the record: `az network '
    f'private-dns record-set a remove-record {_ZONE} --record-set-name {{record}} --ipv4-address '
    '{stale_address} --keep-empty-record-set`.',
    _MANAGE_RECORDS,
)
FALLS_BACK = DNS.problem(
    'FallsBackToPublicAddress',
    "The private DNS zone of the nodes' virtual network has no record for the name. Its link falls "
    "back to the internet, so nodes resolve the registry's public address, which the registry's "
    "network rules, or the nodes' own network, keep them from using.",
    _ADD_RECORD,
    _OTHER_RECORDS,
    _MANAGE_RECORDS,
)
NOT_LINKED = DNS.problem(
    'ZoneNotLinkedToNodes',
    "No private DNS zone `privatelink{suffix}` that your account can read is linked to the nodes' "
    "virtual network. Nodes resolve the registry's public address there, so their requests don't "
    'use the private endpoint, and fail if public network access is disabled, or if no IP rule '
    'allows the address by which they leave. Zones in '
    "subscriptions that your account can't read aren't seen.",
    Variant(
        'Create the zone if there is none: `az network private-dns zone create --resource-group '
        'GROUP --name privatelink{suffix}`.',
        unfilled='zone_id',
    ),
    _LINK,
    _LIST_ZONES,
)
LINK_NOT_COMPLETED = DNS.problem(
    'ZoneLinkNotCompleted',
    "The link of the private DNS zone to the nodes' virtual network is being created or changed, "
    'or its last change failed, so it could not be determined whether it is in effect.',
    f'Show the link: `az network private-dns link vnet show {_ZONE} --name {{link}}`.',
    transient=True,
)
CUSTOM_DNS_SERVERS = DNS.problem(
    'CustomDnsServers',
    "The nodes' virtual network uses DNS servers of its own. Which zones decide depends on where "
    "those servers are and what they forward, which Azure Resource Manager doesn't report, so "
    "it could not be determined what the nodes resolve the registry's names to.",
    FORWARD_IN_AZURE,
    'Check that the private DNS zone `privatelink{suffix}` is linked to the virtual network of '
    'those DNS servers, and that it has the records of the registry.',
    'Restart the nodes if the DNS servers of the network were changed, which interrupts their '
    'pods: nodes get the change only when they restart.',
    PROVE,
)
PROXY = DNS.problem(
    'ProxyResolvesNames',
    'The nodes of the cluster request the registry through an HTTP proxy, which resolves the '
    "registry's names itself. Azure Resource Manager doesn't report what it resolves them to.",
    "Add the registry's login server and data endpoints to `noProxy` of the cluster if the nodes "
    'should use a private endpoint, which creates all nodes of the cluster again: `az aks update '
    f'{ARGUMENTS} --http-proxy-config FILE`. A proxy outside of the network resolves the public '
    'addresses.',
    PROVE,
)
ALIAS_UNKNOWN = DNS.problem(
    'AliasOfRegistryUnknown',
    "A private DNS zone `privatelink{suffix}` is linked to the nodes' virtual network. It decides "
    "about the registry only if the public DNS has the registry's name as an alias in that zone, "
    'which it has if the registry has a private endpoint. This could not be determined.',
    'Query the public DNS on a machine outside of Azure: `nslookup {host}`. If the name is an '
    'alias that contains `privatelink`, nodes use the record in the zone, and find no address '
    'without one.',
    PROVE,
)
ZONE_NOT_VISIBLE = DNS.problem(
    'ZoneNotVisible',
    "No private DNS zone `privatelink{suffix}` that your account can read is linked to the nodes' "
    "virtual network. That network is peered with one that your account can't read, such as a hub, "
    'whose subscription can have the zone, so it could not be determined what the nodes resolve.',
    'Run the check with an account that can read the subscription of the private DNS zones.',
    _LIST_ZONES,
    PROVE,
)
NO_ENDPOINT = CLUSTER_NETWORK.problem(
    'NoEndpointForNodes',
    'Public network access to the registry is disabled, and no private endpoint of the registry is '
    'approved. No node can reach the registry, whatever its names resolve to.',
    'List the connections of private endpoints, one of which may be waiting for approval: `az acr '
    'private-endpoint-connection list --registry-name {registry} --output table`.',
    "Create a private endpoint in the nodes' network, in a subnet with free addresses: "
    f'{ENDPOINT_COMMAND}.',
    link=links.PRIVATE_LINK,
)
NO_PATH = CLUSTER_NETWORK.problem(
    'EndpointNotReachable',
    "The registry's names resolve to a private endpoint in another virtual network. That network "
    "isn't connected to the nodes' network: the peering is missing, or not connected on both "
    'sides, so requests of nodes time out.',
    Variant(
        "Delete the disconnected peering of the nodes' network first, because it can't be "
        'connected again: `az network vnet peering delete --resource-group {network_group} '
        '--subscription {network_subscription} --vnet-name {network} --name PEERING`.',
        filled='disconnected',
    ),
    'Delete the peering on the side of the private endpoint first if it is disconnected: `az '
    'network vnet peering delete --resource-group {endpoint_network_group} --subscription '
    '{endpoint_network_subscription} --vnet-name {endpoint_network} --name PEERING`.',
    "Peer the nodes' network with the network of the private endpoint, which lets all resources of "
    'the two networks reach each other: `az network vnet peering create --resource-group '
    '{network_group} --subscription {network_subscription} --vnet-name {network} --name PEERING '
    '--remote-vnet {endpoint_network_id} --allow-vnet-access`.',
    'Create the peering on the side of the private endpoint, too: `az network vnet peering create '
    '--resource-group {endpoint_network_group} --subscription {endpoint_network_subscription} '
    '--vnet-name {endpoint_network} --name PEERING --remote-vnet {network_id} '
    '--allow-vnet-access`.',
    "Create a private endpoint of the registry in the nodes' network instead.",
    link=links.PRIVATE_LINK,
)
PATH_UNKNOWN = CLUSTER_NETWORK.problem(
    'EndpointPathUnknown',
    "The registry's names resolve to a private endpoint in another virtual network, which the "
    "nodes' network isn't directly connected to. It could not be determined whether a hub, a "
    'gateway, or a firewall forwards the requests of nodes.',
    'Ask your network administrator whether the firewall and the routes between {network} and '
    '{endpoint_network} allow port 443 to {address}.',
    PROVE,
    link=links.PRIVATE_LINK,
)
ZONE_FORBIDDEN = ARM_READ.problem(
    'ZoneForbidden',
    "Your account doesn't have permission to read the private DNS zone `privatelink{suffix}`, its "
    "links, or its records, so the check can't determine what the nodes resolve the registry's "
    'names to.',
    *READ_NETWORK.general,
)
ZONE_UNAVAILABLE = ARM_READ.problem(
    'ZoneUnavailable',
    "Azure Resource Graph or Azure Resource Manager didn't return the private DNS zones "
    '`privatelink{suffix}`, their links, or their records, or not all of them.',
    _LIST_ZONES,
    'Try again later if it lists them.',
    transient=True,
)

PROBLEMS = tuple(value for value in list(vars().values()) if isinstance(value, Problem))
