# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the nodes resolve the registry's names to: a row for every cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.cluster_dns import cluster_dns
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.egress_verdict import PRIVATE_ENDPOINT_ONLY
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.http.dns_query import DnsServer, DnsServers
from tests.checks.cluster.fixtures import (
    AKS,
    DATA_HOST,
    ENDPOINT_ID,
    INTERFACE_ID,
    NETWORK_ID,
    NODES,
    OPTIONS,
    SUBNET_ID,
    TARGET,
    ZONE_ID,
    cluster_resource,
    endpoint_resources,
    failure,
    listed,
    login_server,
    network,
    peering,
    pool,
    private_registry,
    scale_set,
    zone_link,
    zone_record,
)
from tests.checks.fake_probes import ACCOUNT, HOST, REGISTRY_ID, USER_CLAIMS, FakeProbes
from tests.checks.table import Row, run, shown, verify

SCALE_SETS = 'providers/Microsoft.Compute/virtualMachineScaleSets'
DNS, NETWORK, ARM = 'CONNECTIVITY_DNS_ERROR', 'CLUSTER_NETWORK_ERROR', 'ARM_READ_ERROR'
OTHER_ZONE = ZONE_ID.replace('rg-dns', 'rg-more')
OTHER_NETWORK = NETWORK_ID.replace('aks-vnet-12345678', 'vnet2')
HUB = f'{OTHER_NETWORK}-2'
RECORDS = {'myregistry': ['10.224.0.7'], 'myregistry.eastus.data': ['10.224.0.6']}
PRIVATE = private_registry()
OPEN = private_registry(publicNetworkAccess='Enabled')
GROUPS = f'{ENDPOINT_ID}/privateDnsZoneGroups'
FORBIDDEN = failure('Forbidden', '(AuthorizationFailed) no', 403)._replace(claims=USER_CLAIMS)
UNAVAILABLE = failure('Unavailable', 'throttled')
GONE = failure('NotFound', '(ResourceNotFound) gone', 404)
FAR = endpoint_resources(network_id=OTHER_NETWORK)
LINKED = (zone_link(),)
FALL_BACK = zone_link(resolutionPolicy='NxDomainRedirect')
UNKNOWN_ENDPOINT = [f'private_endpoint{part}' for part in ('_group', '_subscription', '')]
COMMAND = (
    f'--resource-group rg-dns --subscription {NODES.split("/")[2]} --zone-name '
    'privatelink.azurecr.io'
)


def aliases(*chain: str) -> DnsServers:
    """Return the response of a DNS server about the login server."""
    return DnsServers((DnsServer('192.0.2.53', 'NOERROR', chain, resolved=True),))


def row(
    name: str,
    status: str,
    problem: str = '',
    login: Any = PRIVATE,
    zones: ArmResult | Sequence[str] = (ZONE_ID,),
    links: ArmResult | Sequence[Any] = LINKED,
    records: ArmResult | Mapping[str, Sequence[str]] | None = None,
    resources: Mapping[str, Any] | None = None,
    lists: Mapping[str, Any] | None = None,
    properties: Any = (),
    aliased: DnsServers | None = None,
    egress: str | None = None,
    **more: Any,
) -> Row:
    """Return a row for a registry, and for the zone that is linked to the nodes' network."""
    found = RECORDS if records is None else records
    if not isinstance(found, ArmResult):
        found = listed(*(zone_record(record, *found[record]) for record in found))
    probes = FakeProbes(
        resources={
            NETWORK_ID: network(),
            OTHER_NETWORK: network(f'{OTHER_NETWORK}/subnets/default'),
            HUB: network(f'{HUB}/subnets/default'),
            **endpoint_resources(),
            **(resources or {}),
        },
        lists={
            SCALE_SETS: listed(scale_set()),
            f'{ZONE_ID}/virtualNetworkLinks': links
            if isinstance(links, ArmResult)
            else listed(*links),
            f'{ZONE_ID}/A': found,
            GROUPS: listed(),
            **(lists or {}),
        },
        graph=zones
        if isinstance(zones, ArmResult)
        else listed(*({'id': identifier} for identifier in zones)),
        dns_responses=aliased or DnsServers(),
    )
    return Row(
        name,
        cluster_dns,
        status,
        problem,
        probes=probes,
        needs=(cluster_resource(**dict(properties)), login, egress),
        options=OPTIONS,
        target=TARGET,
        **more,
    )


def peered(*peerings: Any, subnets: Sequence[str] = (SUBNET_ID,)) -> ArmResult:
    """Return the nodes' network with peerings."""
    return network(*subnets, virtualNetworkPeerings=list(peerings))


TABLE = (
    row(
        'private',
        'Passed',
        detail=f'{HOST} and 1 data endpoint resolve to private endpoint pe1',
        facts={
            'zone': 'privatelink.azurecr.io',
            'publicNetworkAccess': 'Disabled',
            'privateEndpoints': [ENDPOINT_ID],
            'networks': [
                {
                    'network': NETWORK_ID,
                    'nodePools': ['nodepool1'],
                    'dnsServers': ['168.63.129.16'],
                    'zoneId': ZONE_ID,
                    'link': 'link1',
                    'state': 'Completed',
                    'fallsBackToInternet': False,
                    'names': [
                        {
                            'name': HOST,
                            'record': 'myregistry',
                            'expected': ['10.224.0.7'],
                            'found': ['10.224.0.7'],
                        },
                        {
                            'name': DATA_HOST,
                            'record': 'myregistry.eastus.data',
                            'expected': ['10.224.0.6'],
                            'found': ['10.224.0.6'],
                        },
                    ],
                }
            ],
        },
    ),
    row(
        "Azure's resolver, spelled out",
        'Passed',
        resources={NETWORK_ID: network(dhcpOptions={'dnsServers': ['168.63.129.16']})},
    ),
    row('a wildcard record', 'Passed', records={'*': ['10.224.0.7'], '*.data': ['10.224.0.6']}),
    row(
        'of several zones, the one that is linked',
        'Passed',
        zones=(OTHER_ZONE, ZONE_ID.upper()),
        lists={
            f'{OTHER_ZONE}/virtualNetworkLinks': listed(zone_link(HUB)),
            f'{ZONE_ID.upper()}/virtualNetworkLinks': listed(zone_link(NETWORK_ID.upper())),
            f'{ZONE_ID.upper()}/A': listed(
                *(zone_record(record, *found) for record, found in RECORDS.items())
            ),
        },
    ),
    row(
        'linked, and another zone that is not read',
        'Passed',
        zones=(ZONE_ID, OTHER_ZONE),
        lists={f'{OTHER_ZONE}/virtualNetworkLinks': FORBIDDEN},
    ),
    row(
        'a zone that was deleted',
        'Passed',
        zones=(OTHER_ZONE, ZONE_ID),
        lists={f'{OTHER_ZONE}/virtualNetworkLinks': GONE},
    ),
    row(
        'a zone that only the endpoint names',
        'Passed',
        zones=(),
        lists={
            GROUPS: listed(
                {
                    'properties': {
                        'privateDnsZoneConfigs': [{'properties': {'privateDnsZoneId': ZONE_ID}}]
                    }
                }
            )
        },
    ),
    row(
        'in a peered network',
        'Passed',
        resources={
            **FAR,
            NETWORK_ID: peered(peering(HUB), peering(OTHER_NETWORK.upper())),
            OTHER_NETWORK: network(virtualNetworkPeerings=[peering(NETWORK_ID)]),
        },
        detail='resolve to private endpoint pe1',
    ),
    row(
        'a fallback to public addresses',
        'Passed',
        login=OPEN,
        links=(FALL_BACK,),
        records={},
        detail=f'{HOST} resolves publicly, because the link of privatelink.azurecr.io falls back',
    ),
    row(
        'a fallback for a data endpoint',
        'Passed',
        login=OPEN,
        links=(FALL_BACK,),
        records={'myregistry': ['10.224.0.7']},
        detail=f'{HOST} resolves to private endpoint pe1, {DATA_HOST} publicly',
    ),
    row(
        'public, no zone',
        'Passed',
        login=login_server(),
        zones=(),
        detail=f'{HOST} resolves publicly: no zone privatelink.azurecr.io that this account can '
        'read is linked to aks-vnet-12345678',
    ),
    row('public, a zone elsewhere', 'Passed', login=login_server(), links=(zone_link(HUB),)),
    row(
        'public, and no alias in the linked zone',
        'Passed',
        login=login_server(),
        records={'other': ['10.0.0.1']},
        aliased=aliases('eus.fe.azcr.io'),
        detail=f"{HOST} resolves publicly: it isn't an alias in a zone privatelink.azurecr.io",
    ),
    row(
        'public, no alias, and a zone that is not read',
        'Passed',
        login=login_server(),
        links=FORBIDDEN,
        aliased=aliases('eus.fe.azcr.io'),
    ),
    row(
        'public, with a private endpoint elsewhere',
        'Passed',
        login=OPEN,
        zones=(),
        resources={**FAR, NETWORK_ID: peered(peering(HUB))},
        detail='resolves publicly',
    ),
    row(
        'no record',
        'Failed',
        f'{DNS} RegistryNotInZoneOfNodes',
        records={'other': ['10.0.0.1'], 'sub.myregistry': ['10.0.0.2']},
        detail=f"{HOST} doesn't resolve: privatelink.azurecr.io, linked to aks-vnet-12345678, has "
        'no record myregistry (and 1 more)',
        solution=f'record-set a add-record {COMMAND} --record-set-name myregistry --ipv4-address '
        '10.224.0.7',
    ),
    row(
        'no record, with public access',
        'Failed',
        f'{DNS} RegistryNotInZoneOfNodes',
        login=OPEN,
        records={},
        solution=f'link vnet update {COMMAND} --name link1 --resolution-policy NxDomainRedirect',
    ),
    row(
        'no record, and the private endpoint is not read',
        'Failed',
        f'{DNS} RegistryNotInZoneOfNodes',
        records={},
        resources={ENDPOINT_ID: FORBIDDEN},
        solution='--record-set-name myregistry --ipv4-address ADDRESS',
        unfilled_placeholders=['address', *UNKNOWN_ENDPOINT],
    ),
    row(
        "no record of somebody else's registry",
        'Failed',
        f'{DNS} RegistryNotInZoneOfNodes',
        login=login_server()._replace(resource=None),
        records={'other': ['10.0.0.1']},
        aliased=aliases('myregistry.privatelink.azurecr.io', 'eus.fe.azcr.io'),
        unfilled_placeholders=['address', *UNKNOWN_ENDPOINT],
    ),
    row(
        'no record of a data endpoint',
        'Failed',
        f'{DNS} DataRecordMissingForNodes',
        records={'myregistry': ['10.224.0.7']},
        detail=f"{DATA_HOST} doesn't resolve, but {HOST} resolves to 10.224.0.7",
        solution='--record-set-name myregistry.eastus.data --ipv4-address 10.224.0.6',
    ),
    row(
        'no record of a data endpoint that only the private endpoint lists',
        'Failed',
        f'{DNS} DataRecordMissingForNodes',
        login=private_registry(dataEndpointHostNames=[]),
        records={'myregistry': ['10.224.0.7']},
    ),
    row(
        'no record of a regional endpoint',
        'Warning',
        f'{DNS} RegionalRecordMissingForNodes',
        login=private_registry(regionalEndpointHostNames=['myregistry.eastus.geo.azurecr.io']),
        detail="myregistry.eastus.geo.azurecr.io doesn't resolve on the nodes",
        unfilled_placeholders=['address'],
    ),
    row(
        'a wrong record of a regional endpoint',
        'Warning',
        f'{DNS} RegionalRecordMissingForNodes',
        login=private_registry(regionalEndpointHostNames=['myregistry.eastus.geo.azurecr.io']),
        records={**RECORDS, 'myregistry.eastus.geo': ['10.9.9.9']},
        detail='myregistry.eastus.geo.azurecr.io resolves to 10.9.9.9 on the nodes',
        unfilled_placeholders=['address'],
    ),
    row(
        'an outdated record',
        'Failed',
        f'{DNS} StaleRecordForNodes',
        records={**RECORDS, 'myregistry': ['10.224.0.7', '10.224.0.99']},
        detail=f'{HOST} resolves to 10.224.0.7, 10.224.0.99, not 10.224.0.7',
        solution=f'remove-record {COMMAND} --record-set-name myregistry --ipv4-address 10.224.0.99',
    ),
    row(
        'the address of another name',
        'Failed',
        f'{DNS} StaleRecordForNodes',
        records={**RECORDS, 'myregistry.eastus.data': ['10.224.0.7']},
        detail=f'{DATA_HOST} resolves to 10.224.0.7, not 10.224.0.6',
    ),
    row(
        'a record of a private endpoint that was deleted',
        'Failed',
        f'{DNS} StaleRecordForNodes',
        resources={ENDPOINT_ID: GONE},
        detail=f'{HOST} resolves to 10.224.0.7, not an address of a private endpoint (and 1 more)',
        unfilled_placeholders=['address', *UNKNOWN_ENDPOINT],
    ),
    row(
        'a fallback to public addresses that are closed',
        'Failed',
        f'{DNS} FallsBackToPublicAddress',
        links=(FALL_BACK,),
        records={},
        detail=f'{HOST} falls back to a public address, but public network access is disabled',
    ),
    row(
        'not linked',
        'Failed',
        f'{DNS} ZoneNotLinkedToNodes',
        zones=(OTHER_ZONE, ZONE_ID),
        links=(),
        lists={f'{OTHER_ZONE}/virtualNetworkLinks': listed(), f'{OTHER_ZONE}/A': listed()},
        detail='linked to aks-vnet-12345678; public network access is disabled',
        solution=f'link vnet create {COMMAND} --name LINK --virtual-network {NETWORK_ID}',
    ),
    row(
        'no zone at all',
        'Failed',
        f'{DNS} ZoneNotLinkedToNodes',
        zones=(),
        solution='zone create --resource-group GROUP --name privatelink.azurecr.io',
        unfilled_placeholders=['zone_group', 'zone_subscription'],
    ),
    row(
        'not linked, with public access, in the network of the private endpoint',
        'Warning',
        f'{DNS} ZoneNotLinkedToNodes',
        login=OPEN,
        links=(),
        detail='linked to aks-vnet-12345678, which has private endpoint pe1',
    ),
    row(
        'not linked, and the nodes may not use the public address',
        'Failed',
        f'{DNS} ZoneNotLinkedToNodes',
        login=OPEN,
        links=(),
        egress=PRIVATE_ENDPOINT_ONLY,
        detail="the nodes can't use that address, see `cluster-egress`",
    ),
    row(
        'a fallback to public addresses that the nodes may not use',
        'Failed',
        f'{DNS} FallsBackToPublicAddress',
        login=OPEN,
        links=(FALL_BACK,),
        records={},
        egress=PRIVATE_ENDPOINT_ONLY,
        detail="falls back to a public address, but the nodes can't use that address, see",
    ),
    row(
        'linked, and the nodes may not use the public address',
        'Passed',
        login=OPEN,
        egress=PRIVATE_ENDPOINT_ONLY,
        detail='resolve to private endpoint pe1',
    ),
    row(
        'not linked, and a hub is not read',
        'Warning',
        f'{DNS} ZoneNotVisible',
        zones=(),
        resources={NETWORK_ID: peered(peering(HUB)), HUB: FORBIDDEN},
        detail=f'could not be determined: aks-vnet-12345678 is peered with {HUB.split("/")[-1]}',
        facts={'requiredPermission': 'Microsoft.Network/privateDnsZones/read', 'resourceId': HUB},
    ),
    *(
        row(
            f'a link whose {key} is {state}',
            'Warning',
            f'{DNS} ZoneLinkNotCompleted',
            links=(zone_link(**{key: state}),),
            detail=f'is in state {state}',
            solution=f'link vnet show {COMMAND} --name link1',
        )
        for key, state in (
            ('virtualNetworkLinkState', 'InProgress'),
            ('provisioningState', 'Failed'),
        )
    ),
    *(
        row(
            f'the DNS servers {servers}',
            'Warning',
            f'{DNS} CustomDnsServers',
            login=login,
            resources={NETWORK_ID: network(dhcpOptions={'dnsServers': servers})},
            detail='could not be determined: aks-vnet-12345678 uses the DNS servers',
            solution='168.63.129.16',
        )
        for servers in (['10.9.0.4'], ['168.63.129.16', '10.9.0.4'], ['odd'])
        for login in (PRIVATE, login_server(), login_server(publicNetworkAccess='Disabled'))
    ),
    row(
        'a proxy',
        'Warning',
        f'{DNS} ProxyResolvesNames',
        properties={'httpProxyConfig': {'httpsProxy': 'http://10.9.0.8:3128'}},
        detail=f'could not be determined: the proxy http://10.9.0.8:3128 resolves {HOST}',
    ),
    row(
        'a proxy that is not for the registry',
        'Passed',
        properties={
            'httpProxyConfig': {'httpsProxy': 'http://10.9.0.8:3128', 'noProxy': ['.azurecr.io']}
        },
    ),
    row(
        'an alias that is not known',
        'Warning',
        f'{DNS} AliasOfRegistryUnknown',
        login=login_server(),
        detail='could not be determined: privatelink.azurecr.io is linked to aks-vnet-12345678',
    ),
    row(
        'a record of a registry whose private endpoint is not approved',
        'Failed',
        f'{DNS} StaleRecordForNodes',
        login=login_server(),
        aliased=aliases('myregistry.privatelink.azurecr.io'),
        unfilled_placeholders=['address', *UNKNOWN_ENDPOINT],
    ),
    row(
        'no private endpoint',
        'Failed',
        f'{NETWORK} NoEndpointForNodes',
        login=login_server(publicNetworkAccess='Disabled'),
        detail='public network access is disabled, and no private endpoint is approved',
        solution=f'--private-connection-resource-id {REGISTRY_ID}',
    ),
    row(
        'a private endpoint that is not approved',
        'Failed',
        f'{NETWORK} NoEndpointForNodes',
        login=private_registry(status='Pending'),
    ),
    row(
        'not peered',
        'Failed',
        f'{NETWORK} EndpointNotReachable',
        resources=FAR,
        detail=f"{HOST} resolves to 10.224.0.7, but aks-vnet-12345678 isn't peered with vnet2",
        solution=f'--vnet-name aks-vnet-12345678 --name PEERING --remote-vnet {OTHER_NETWORK}',
    ),
    row(
        'a peering that is not connected',
        'Failed',
        f'{NETWORK} EndpointNotReachable',
        resources={**FAR, NETWORK_ID: peered(peering(OTHER_NETWORK, 'Initiated'))},
        detail='is Initiated',
    ),
    row(
        'a peering that is disconnected',
        'Failed',
        f'{NETWORK} EndpointNotReachable',
        resources={**FAR, NETWORK_ID: peered(peering(OTHER_NETWORK, 'Disconnected'))},
        detail='is Disconnected',
        solution='peering delete --resource-group MC_rg-aks_aks1_eastus',
    ),
    row(
        'no peering back',
        'Failed',
        f'{NETWORK} EndpointNotReachable',
        resources={**FAR, NETWORK_ID: peered(peering(OTHER_NETWORK))},
        detail="but vnet2 isn't peered with aks-vnet-12345678",
    ),
    row(
        'a hub',
        'Warning',
        f'{NETWORK} EndpointPathUnknown',
        resources={**FAR, NETWORK_ID: peered(peering(HUB))},
        detail="isn't peered",
    ),
    row(
        'the network of the private endpoint is not read',
        'Warning',
        f'{ARM} ClusterNetworkForbidden',
        resources={**FAR, NETWORK_ID: peered(peering(OTHER_NETWORK)), OTHER_NETWORK: FORBIDDEN},
        facts={'requiredPermission': 'Microsoft.Network/virtualNetworks/read'},
    ),
    row(
        'the network of the private endpoint is not returned',
        'Warning',
        f'{ARM} ClusterNetworkUnavailable',
        resources={**FAR, NETWORK_ID: peered(peering(OTHER_NETWORK)), OTHER_NETWORK: UNAVAILABLE},
    ),
    row(
        "the nodes' network is not read",
        'Warning',
        f'{ARM} ClusterNetworkForbidden',
        resources={NETWORK_ID: FORBIDDEN},
        detail='Microsoft.Network/virtualNetworks/read is required',
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader '
        f'--scope {NETWORK_ID}',
    ),
    row(
        'a network that fails, and one that is not read',
        'Failed',
        f'{DNS} RegistryNotInZoneOfNodes',
        properties={
            'agentPoolProfiles': [
                pool('one', vnetSubnetID=f'{HUB}/subnets/x'),
                pool('two', vnetSubnetID=SUBNET_ID),
            ]
        },
        resources={HUB: FORBIDDEN},
        records={},
    ),
    row(
        'a registry that was not read',
        'Warning',
        f'{ARM} ClusterNetworkRegistryUnread',
        login=login_server()._replace(resource=None),
        zones=(),
    ),
    row(
        'a record of a registry that was not read',
        'Warning',
        f'{ARM} ClusterNetworkRegistryUnread',
        login=login_server()._replace(resource=None),
        aliased=aliases('myregistry.privatelink.azurecr.io'),
    ),
    row(
        'zones that are not listed',
        'Warning',
        f'{ARM} ZoneUnavailable',
        zones=UNAVAILABLE,
        lists={GROUPS: listed()},
        detail='throttled',
    ),
    row(
        'links that are not read',
        'Warning',
        f'{ARM} ZoneForbidden',
        links=FORBIDDEN,
        detail='Microsoft.Network/privateDnsZones/virtualNetworkLinks/read is required',
        solution=f'--role Reader --scope {ZONE_ID}',
    ),
    row(
        'more links than were read',
        'Warning',
        f'{ARM} ZoneUnavailable',
        links=listed(more=True),
        detail='privatelink.azurecr.io has more links than were read',
    ),
    row(
        'records that are not read',
        'Warning',
        f'{ARM} ZoneForbidden',
        records=FORBIDDEN,
        facts={'requiredPermission': 'Microsoft.Network/privateDnsZones/A/read'},
    ),
    row(
        'more records than were read',
        'Warning',
        f'{ARM} ZoneUnavailable',
        records=listed(more=True),
        detail='privatelink.azurecr.io has more records than were read',
    ),
    row(
        'private endpoints that are not read',
        'Warning',
        f'{ARM} EndpointForbidden',
        resources={ENDPOINT_ID: FORBIDDEN},
        detail='Microsoft.Network/privateEndpoints/read is required',
        solution=f'--role Reader --scope {ENDPOINT_ID.partition("/providers/")[0]}',
        unfilled_placeholders=['object_id'],
    ),
    row(
        'network interfaces that are not returned',
        'Warning',
        f'{ARM} EndpointUnavailable',
        resources={key: UNAVAILABLE for key in endpoint_resources() if key != ENDPOINT_ID},
        unfilled_placeholders=[],
    ),
    row(
        'zone groups that are not read',
        'Warning',
        f'{ARM} EndpointForbidden',
        zones=(),
        lists={GROUPS: FORBIDDEN},
        facts={
            'requiredPermission': 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
        },
    ),
    row(
        'private endpoints that are not named',
        'Warning',
        f'{ARM} EndpointUnavailable',
        login=private_registry(endpoint=None),
        detail="the registry's resource doesn't name its private endpoints",
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@dataclass
class RecordingProbes(FakeProbes):
    """Probes that keep what is read at the same time."""

    batches: list[list[ArmRead]] = field(default_factory=list)

    def read_all(self, reads: Sequence[ArmRead], deadline: float) -> list[ArmResult]:
        self.batches.append([*reads])
        return super().read_all(reads, deadline)


def test_zones_are_searched_while_the_nodes_are_read() -> None:
    probes = RecordingProbes(
        lists={SCALE_SETS: listed(scale_set())}, resources={NETWORK_ID: network()}
    )
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    assert cluster_dns.run(ctx, cluster_resource(), login_server()).status.value == 'Passed'
    first = probes.batches[0]
    assert [bool(read.query) for read in first] == [True, False] and first[1].part == SCALE_SETS
    distinct = {read for batch in probes.batches for read in batch}
    assert len(distinct) == 3, 'zones, scale sets, and the network: each is read once'


def test_private_endpoints_are_read_with_the_records() -> None:
    planned = row('reads', 'Passed').probes
    probes = RecordingProbes(resources=planned.resources, lists=planned.lists, graph=planned.graph)
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    assert cluster_dns.run(ctx, cluster_resource(), PRIVATE).status.value == 'Passed'
    together = [[(read.resource_id, read.part) for read in batch] for batch in probes.batches]
    assert [(ZONE_ID, 'A'), (ENDPOINT_ID, '')] in together


def test_no_interface_of_private_endpoints_elsewhere_is_read() -> None:
    probes = row('elsewhere', 'Passed', links=(), resources=FAR).probes
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    assert cluster_dns.run(ctx, cluster_resource(), OPEN).status.value == 'Passed'
    assert ENDPOINT_ID in probes.requests and INTERFACE_ID not in probes.requests


KEYS = ['properties', 'id', 'name', 'value', 'virtualNetwork', 'aRecords', 'ipv4Address']
KEYS += ['dhcpOptions', 'dnsServers', 'virtualNetworkPeerings', 'remoteVirtualNetwork', 'subnets']
KEYS += ['privateDnsZoneConfigs', 'privateDnsZoneId', 'peeringState', 'subnet']
TEXTS = st.sampled_from([NETWORK_ID, SUBNET_ID, ZONE_ID, ENDPOINT_ID, 'Connected', 'myregistry'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(JSON, JSON, JSON, JSON)
def test_any_json_makes_a_row(one: Any, two: Any, three: Any, four: Any) -> None:
    for resource in (cluster_resource(), ClusterResource(AKS, {'properties': one})):
        case = row(
            'any JSON',
            '',
            zones=ArmResult({'value': [{'id': ZONE_ID}, one]}),
            links=ArmResult({'value': [zone_link(), two]}),
            records=ArmResult({'value': [zone_record('myregistry', '10.224.0.7'), three]}),
            resources={NETWORK_ID: network(dhcpOptions=one, virtualNetworkPeerings=four)},
            lists={
                GROUPS: ArmResult({'value': four}),
                SCALE_SETS: ArmResult({'value': [scale_set(), two]}),
            },
        )
        entry = shown(cluster_dns, run(replace(case, needs=(resource, PRIVATE))), TARGET)
        assert entry['status'] in ('Passed', 'Warning', 'Failed')
