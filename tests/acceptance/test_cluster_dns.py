# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the nodes of a cluster resolve the registry's names to: zones, links, records, peerings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.acceptance.cluster_egress import allow
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud, cluster_networks, private_dns_zones

ROW, DNS, NETWORK = 'cluster-dns', 'CONNECTIVITY_DNS_ERROR', 'CLUSTER_NETWORK_ERROR'
ZONE, RECORDS = (
    private_dns_zones.ZONE,
    {'privreg': ['10.1.0.5'], 'privreg.eastus.data': ['10.1.0.4']},
)
VNET1 = cloud.resource_id('rg-network', cluster_networks.NETWORKS, 'vnet1')
ENDPOINT = cloud.resource_id('rg-network', 'Microsoft.Network/privateEndpoints', 'privreg-vnet1')
ARGUMENTS = f'--resource-group rg-dns --subscription {cloud.SUBSCRIPTION} --zone-name {ZONE}'
ADD = f'az network private-dns record-set a add-record {ARGUMENTS} --record-set-name'
Made = dict[str, str]


class Case(NamedTuple):
    """A set-up of a cluster that pulls from privreg, and the row that it must lead to."""

    name: str
    set_up: Callable[[Sandbox, Made], Any]
    status: str
    code: str
    reason: str
    detail: str
    solution: str
    # Whether the nodes are in the network of the private endpoint, or in one that AKS made.
    near: bool = True


def check_dns(sandbox: Sandbox, registry: str, made: Made, *arguments: str, **more: Any) -> Run:
    """Check what a cluster resolves the names of a registry to."""
    return check(
        sandbox, '-n', registry, '--cluster', made['id'], '--only', ROW, *arguments, **more
    )


def put_near_cluster(sandbox: Sandbox) -> Made:
    """Put a cluster into the network of a private endpoint of privreg."""
    subnet = f'{VNET1}/subnets/nodes'
    sandbox.put_resource(VNET1.lstrip('/'), cluster_networks.network(subnet))
    made = sandbox.put_cluster(pools=[{'name': 'nodepool1', 'vnetSubnetID': subnet}])
    return {**made, 'network': VNET1}


def linked(records: Any, properties: Any = None, **more: Any) -> Callable[[Sandbox, Made], Any]:
    """Return a set-up of a zone that is linked to the nodes' network."""

    def set_up(sandbox: Sandbox, made: Made) -> None:
        sandbox.put_dns_zone({made['network']: properties or {}}, records, **more)

    return set_up


def peered(*states: Any) -> Callable[[Sandbox, Made], Any]:
    """Return a set-up of a zone with all records, and of a peering with the endpoint's network."""

    def set_up(sandbox: Sandbox, made: Made) -> None:
        sandbox.put_dns_zone({made['network']: {}}, RECORDS)
        sandbox.peer_networks(made['network'], VNET1, *states)

    return set_up


def in_a_hub(sandbox: Sandbox, made: Made) -> None:
    """Peer the nodes' network with a hub, but not with the endpoint's network."""
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    hub = cloud.resource_id('rg-hub', cluster_networks.NETWORKS, 'hub')
    sandbox.put_resource(hub.lstrip('/'), cluster_networks.network(f'{hub}/subnets/firewall'))
    sandbox.peer_networks(made['network'], hub)


def with_an_unread_hub(sandbox: Sandbox, made: Made) -> None:
    """Peer the nodes' network with a hub in a subscription that the account can't read."""
    hub = cloud.resource_id('rg-hub', cluster_networks.NETWORKS, 'hub', cloud.SECOND_SUBSCRIPTION)
    sandbox.put_resource(hub.lstrip('/'), cluster_networks.network(f'{hub}/subnets/firewall'))
    sandbox.peer_networks(made['network'], hub)
    sandbox.update_settings(unreadableSubscriptions=[cloud.SECOND_SUBSCRIPTION])


def zone_in_an_unread_subscription(sandbox: Sandbox, made: Made) -> None:
    """Let the endpoint have its records in a zone that the account can't read."""
    links: dict[str, Any] = {made['network']: {}}
    zone = sandbox.put_dns_zone(links, RECORDS, subscription=cloud.SECOND_SUBSCRIPTION)
    sandbox.put_zone_group(ENDPOINT, zone)
    sandbox.update_settings(unreadableSubscriptions=[cloud.SECOND_SUBSCRIPTION])


def without_endpoints(sandbox: Sandbox, made: Made) -> None:
    """Take the private endpoints from the registry."""
    patch: dict[str, Any] = {'properties': {'privateEndpointConnections': []}}
    sandbox.patch_registry('privreg', patch)


def with_dns_servers(sandbox: Sandbox, made: Made) -> None:
    """Link a zone with all records, and let the network use a DNS server of its own."""
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    patch = {'properties': {'dhcpOptions': {'dnsServers': ['10.9.0.4']}}}
    sandbox.patch_resource(made['network'], patch)


def with_a_proxy(sandbox: Sandbox, made: Made) -> None:
    """Link a zone with all records, and let the nodes use a proxy."""
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    proxy = {'httpsProxy': 'http://10.9.0.8:3128', 'noProxy': ['10.0.0.0/8']}
    sandbox.patch_resource(made['id'], {'properties': {'httpProxyConfig': proxy}})


OTHERS = {'fabrikam': ['10.1.0.9']}
LOGIN = {'privreg': ['10.1.0.5']}
FAILS, WARNS = 'Failed', 'Warning'
CASES = (
    Case(
        'a zone without the registry',
        linked(OTHERS),
        *(FAILS, DNS, 'RegistryNotInZoneOfNodes'),
        f"privreg.azurecr.test doesn't resolve: {ZONE}, linked to vnet1, has no record privreg",
        f'{ADD} privreg --ipv4-address 10.1.0.5',
    ),
    Case(
        'a zone without the data endpoint',
        linked(LOGIN),
        *(FAILS, DNS, 'DataRecordMissingForNodes'),
        "privreg.eastus.data.azurecr.test doesn't resolve, but privreg.azurecr.test resolves to "
        '10.1.0.5',
        f'{ADD} privreg.eastus.data --ipv4-address 10.1.0.4',
    ),
    Case(
        'an outdated address',
        linked({**RECORDS, 'privreg': ['10.1.0.77']}),
        *(FAILS, DNS, 'StaleRecordForNodes'),
        'privreg.azurecr.test resolves to 10.1.0.77, not 10.1.0.5',
        f'remove-record {ARGUMENTS} --record-set-name privreg --ipv4-address 10.1.0.77',
    ),
    Case(
        'a fallback to a public address that is closed',
        linked(LOGIN, {'resolutionPolicy': 'NxDomainRedirect'}),
        *(FAILS, DNS, 'FallsBackToPublicAddress'),
        'privreg.eastus.data.azurecr.test falls back to a public address',
        f'{ADD} privreg.eastus.data',
    ),
    Case(
        'a zone that is not linked',
        lambda sandbox, made: sandbox.put_dns_zone({}, RECORDS),
        *(FAILS, DNS, 'ZoneNotLinkedToNodes'),
        'is linked to vnet1; public network access is disabled',
        f'link vnet create {ARGUMENTS} --name LINK --virtual-network {VNET1}',
    ),
    Case(
        'no private endpoint',
        without_endpoints,
        *(FAILS, NETWORK, 'NoEndpointForNodes'),
        'public network access is disabled, and no private endpoint is approved',
        'az network private-endpoint create',
    ),
    Case(
        'networks that are not peered',
        linked(RECORDS),
        *(FAILS, NETWORK, 'EndpointNotReachable'),
        "but aks-vnet-12345678 isn't peered with vnet1",
        f'--remote-vnet {VNET1} --allow-vnet-access',
        near=False,
    ),
    Case(
        'a peering that is initiated',
        peered('Initiated', None),
        *(FAILS, NETWORK, 'EndpointNotReachable'),
        'the peering of aks-vnet-12345678 with vnet1 is Initiated',
        f'--remote-vnet {VNET1} --allow-vnet-access',
        near=False,
    ),
    Case(
        'a peering that is disconnected on the other side',
        peered('Connected', 'Disconnected'),
        *(FAILS, NETWORK, 'EndpointNotReachable'),
        'the peering of vnet1 with aks-vnet-12345678 is Disconnected',
        'az network vnet peering delete',
        near=False,
    ),
    Case(
        'a hub',
        in_a_hub,
        *(WARNS, NETWORK, 'EndpointPathUnknown'),
        "aks-vnet-12345678 isn't peered with vnet1",
        'Ask your network administrator',
        near=False,
    ),
    Case(
        'a link in progress',
        linked(RECORDS, {'virtualNetworkLinkState': 'InProgress'}),
        *(WARNS, DNS, 'ZoneLinkNotCompleted'),
        'is in state InProgress',
        f'link vnet show {ARGUMENTS} --name link',
    ),
    Case(
        'DNS servers of the network',
        with_dns_servers,
        *(WARNS, DNS, 'CustomDnsServers'),
        'could not be determined: vnet1 uses the DNS servers 10.9.0.4',
        'forward the zone `azurecr.test`',
    ),
    Case(
        'a proxy',
        with_a_proxy,
        *(WARNS, DNS, 'ProxyResolvesNames'),
        'could not be determined: the proxy http://10.9.0.8:3128 resolves privreg.azurecr.test',
        'noProxy',
    ),
    Case(
        'a hub that is not readable',
        with_an_unread_hub,
        *(WARNS, DNS, 'ZoneNotVisible'),
        'a zone there requires Microsoft.Network/privateDnsZones/read',
        'Run the check with an account',
    ),
    Case(
        'a zone that is not readable',
        zone_in_an_unread_subscription,
        *(WARNS, 'ARM_READ_ERROR', 'ZoneForbidden'),
        'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read is required',
        f'--scope /subscriptions/{cloud.SECOND_SUBSCRIPTION}/resourceGroups/rg-dns/',
    ),
)


@pytest.mark.parametrize('case', CASES, ids=lambda case: case.name)
def test_causes(sandbox: Sandbox, case: Case) -> None:
    made = put_near_cluster(sandbox) if case.near else sandbox.put_cluster()
    case.set_up(sandbox, made)
    run = check_dns(sandbox, 'privreg', made)
    row = run.has(ROW, case.status, case.code, case.reason)
    assert case.detail in row['detail'], row['detail']
    assert any(case.solution in text for text in row['solutions']), row['solutions']
    (verdict,) = run.report['registries'][0]['clusters']
    assert verdict['canPull'] == ('no' if case.status == FAILS else 'unknown')


@pytest.mark.parametrize('near', [True, False])
def test_a_private_endpoint(sandbox: Sandbox, near: bool) -> None:
    made = put_near_cluster(sandbox) if near else sandbox.put_cluster()
    # Another zone of the name is linked to another network.
    sandbox.put_dns_zone({f'{VNET1}0': {}}, OTHERS, group='rg-another')
    sandbox.put_dns_zone({made['network'].upper(): {}}, RECORDS)
    if not near:
        sandbox.peer_networks(made['network'], VNET1)
    row = check_dns(sandbox, 'privreg', made).has(ROW, 'Passed')
    assert row['detail'] == (
        'privreg.azurecr.test and 1 data endpoint resolve to private endpoint privreg-vnet1'
    )
    (network,) = row['facts']['networks']
    assert network['network'] == made['network'] and '/rg-dns/' in network['zoneId']
    assert network['dnsServers'] == ['168.63.129.16'] and network['state'] == 'Completed'
    # The registry has another private endpoint, in the network vnet10.
    assert network['names'] == [
        {
            'name': f'{record}.azurecr.test',
            'record': record,
            'expected': [address, address.replace('10.1.', '10.10.')],
            'found': [address],
        }
        for record, (address,) in RECORDS.items()
    ]


@pytest.mark.parametrize('registry', ['contoso', 'fabrikam'])
def test_a_public_registry(sandbox: Sandbox, registry: str) -> None:
    made = sandbox.put_cluster()
    run = check_dns(sandbox, registry, made)
    row = run.has(ROW, 'Passed')
    assert row['detail'] == (
        f'{registry}.azurecr.test resolves publicly: no zone {ZONE} that this account can read is '
        'linked to aks-vnet-12345678'
    )
    stages = ('arm-cluster', 'arm-scale-sets', 'arm-network', 'arm-graph')
    assert [len(sandbox.requests(stage)) for stage in stages] == [1, 1, 1, 1]
    assert run.report['registries'][0]['clusters'][0]['canPull'] == 'unknown'


def test_a_public_registry_with_the_zone_of_others(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.put_dns_zone({made['network']: {}}, OTHERS)
    row = check_dns(sandbox, 'contoso', made).has(ROW, 'Passed')
    assert row['detail'] == (
        f"contoso.azurecr.test resolves publicly: it isn't an alias in a zone {ZONE}"
    )


def test_a_registry_of_others_with_a_private_endpoint_elsewhere(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    host = 'contoso.azurecr.test'
    sandbox.set_dns(host, cname=[f'contoso.{ZONE}', 'eus.fe.azcr.test'], a=['127.0.0.1'])
    sandbox.update_settings(unreadable=['contoso'])
    row = check_dns(sandbox, 'contoso', made).has(ROW, FAILS, DNS, 'RegistryNotInZoneOfNodes')
    assert row['detail'].startswith(f"{host} doesn't resolve")
    assert f'{ADD} contoso --ipv4-address ADDRESS' in row['solutions'][0]
    assert 'NxDomainRedirect' in ' '.join(row['solutions'])


def test_a_zone_without_the_registry_falls_back(sandbox: Sandbox) -> None:
    made = put_near_cluster(sandbox)
    sandbox.put_dns_zone({VNET1: {'resolutionPolicy': 'NxDomainRedirect'}}, OTHERS)
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': 'Enabled'}})
    row = check_dns(sandbox, 'privreg', made).has(ROW, 'Passed')
    assert row['detail'].startswith('privreg.azurecr.test resolves publicly, because the link')


def test_a_public_registry_with_an_unused_private_endpoint(sandbox: Sandbox) -> None:
    made = put_near_cluster(sandbox)
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': 'Enabled'}})
    row = check_dns(sandbox, 'privreg', made).has(ROW, WARNS, DNS, 'ZoneNotLinkedToNodes')
    assert 'vnet1, which has private endpoint privreg-vnet1' in row['detail']
    far = check_dns(sandbox, 'privreg', sandbox.put_cluster('aks2')).has(ROW, 'Passed')
    assert 'privreg.azurecr.test resolves publicly' in far['detail']


def test_a_new_replica_without_a_record(sandbox: Sandbox) -> None:
    made = put_near_cluster(sandbox)
    sandbox.put_dns_zone({VNET1: {}}, RECORDS)
    sandbox.put_replication('privreg', 'westus')
    row = check_dns(sandbox, 'privreg', made).has(ROW, FAILS, DNS, 'DataRecordMissingForNodes')
    assert 'has no record privreg.westus.data' in row['detail']


def test_a_regional_endpoint_without_a_record(sandbox: Sandbox) -> None:
    made = put_near_cluster(sandbox)
    sandbox.put_dns_zone({VNET1: {}}, RECORDS)
    properties = {
        'regionalEndpoints': 'Enabled',
        'regionalEndpointHostNames': ['privreg.eastus.geo.azurecr.test'],
    }
    sandbox.patch_registry('privreg', {'properties': properties})
    row = check_dns(sandbox, 'privreg', made).has(ROW, WARNS, DNS, 'RegionalRecordMissingForNodes')
    assert row['detail'] == "privreg.eastus.geo.azurecr.test doesn't resolve on the nodes"
    run = check_dns(sandbox, 'privreg.eastus.geo.azurecr.test', made)
    assert run.row(ROW)['reason'] == 'RegistryNotInZoneOfNodes'


@pytest.mark.parametrize(
    'action, reason',
    [
        ('Microsoft.Network/privateDnsZones/virtualNetworkLinks/read', 'ZoneForbidden'),
        ('Microsoft.Network/privateDnsZones/A/read', 'ZoneForbidden'),
        ('Microsoft.Network/virtualNetworks/read', 'ClusterNetworkForbidden'),
        ('Microsoft.Compute/virtualMachineScaleSets/read', 'ClusterNetworkForbidden'),
        ('Microsoft.Network/privateEndpoints/read', 'EndpointForbidden'),
        ('Microsoft.Network/networkInterfaces/read', 'EndpointForbidden'),
    ],
)
def test_a_missing_permission_is_a_warning_with_the_action(
    sandbox: Sandbox, action: str, reason: str
) -> None:
    made = sandbox.put_cluster()
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    sandbox.peer_networks(made['network'], VNET1)
    sandbox.update_settings(deniedActions=[action])
    run = check_dns(sandbox, 'privreg', made)
    row = run.has(ROW, WARNS, 'ARM_READ_ERROR', reason)
    assert row['facts']['requiredPermission'] == action and action in row['detail']
    assert '--role Reader --scope /subscriptions/' in row['solutions'][0]
    assert run.finished.code == 0


@pytest.mark.parametrize(
    'stage, reason',
    [
        ('arm-graph', 'ZoneUnavailable'),
        ('arm-dns-links', 'ZoneUnavailable'),
        ('arm-dns-records', 'ZoneUnavailable'),
        ('arm-network', 'ClusterNetworkUnavailable'),
        ('arm-private-endpoint', 'EndpointUnavailable'),
        ('arm-nic', 'EndpointUnavailable'),
    ],
)
def test_what_arm_does_not_return(sandbox: Sandbox, stage: str, reason: str) -> None:
    made = put_near_cluster(sandbox)
    sandbox.put_dns_zone({VNET1: {}}, RECORDS)
    sandbox.set_fault(stage, 'status:503')
    check_dns(sandbox, 'privreg', made).has(ROW, WARNS, 'ARM_READ_ERROR', reason)


def test_a_registry_that_could_not_be_read(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.update_settings(unreadable=['contoso'])
    run = check_dns(sandbox, 'contoso', made)
    run.has(ROW, WARNS, 'ARM_READ_ERROR', 'ClusterNetworkRegistryUnread')


def test_a_zone_in_another_subscription_that_resource_graph_does_not_list_yet(
    sandbox: Sandbox,
) -> None:
    made = put_near_cluster(sandbox)
    zone = sandbox.put_dns_zone({VNET1: {}}, RECORDS, subscription=cloud.SECOND_SUBSCRIPTION)
    sandbox.put_zone_group(ENDPOINT, zone)
    run = check_dns(sandbox, 'privreg', made)
    assert run.has(ROW, 'Passed')['facts']['networks'][0]['zoneId'] == zone
    assert len(sandbox.requests('arm-dns-zone-groups')) == 0, 'the zone is listed'


@pytest.mark.parametrize('with_zone', [False, True])
def test_nodes_that_need_the_private_endpoint(sandbox: Sandbox, with_zone: bool) -> None:
    made = put_near_cluster(sandbox)
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': 'Enabled'}})
    allow(sandbox, registry='privreg')
    if with_zone:
        sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    run = check_dns(sandbox, 'privreg', made, 'cluster-egress')
    run.has('cluster-egress', 'Skipped')
    (verdict,) = run.report['registries'][0]['clusters']
    if with_zone:
        run.has(ROW, 'Passed')
        assert verdict['canPull'] == 'unknown'
    else:
        row = run.has(ROW, 'Failed', DNS, 'ZoneNotLinkedToNodes')
        assert row['detail'].endswith("the nodes can't use that address, see `cluster-egress`")
        assert verdict['canPull'] == 'no'
