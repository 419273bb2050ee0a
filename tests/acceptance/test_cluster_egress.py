# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How the traffic of a cluster's nodes leaves, against the network rules of the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.cluster_egress import (
    ADDRESS,
    PREFIX,
    allow,
    drop,
    leave_by_appliance,
    leave_by_nat_gateway,
    leave_by_nothing,
    leave_by_service_endpoint,
    leave_by_several,
    patch_cluster,
    patch_network,
    patch_subnet,
    put_address,
    put_firewall,
    put_nat_gateway,
    put_routes,
    put_security_group,
)
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

ROW = 'cluster-egress'
FORBIDDEN, NETWORK = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CLUSTER_NETWORK_ERROR'
ARGUMENTS = f'--resource-group rg-aks --name aks1 --subscription {cloud.SUBSCRIPTION}'
CONTOSO = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
PROXY = 'http://proxy.example.test:3128'
LOGIN = 'contoso.azurecr.test'
OPEN = {'properties': {'networkRuleSet': {'defaultAction': 'Allow'}}}
CLOSED = {'properties': {'publicNetworkAccess': 'Disabled'}}
# Subnets of a network of the customer, which node pools name.
OWN_NETWORK = cloud.resource_id('rg-network', 'Microsoft.Network/virtualNetworks', 'hub')


def check_egress(sandbox: Sandbox, registry: str = 'contoso') -> Run:
    """Check how the traffic of a cluster's nodes leaves."""
    return check(sandbox, '-n', registry, '--cluster', 'aks1', '--only', ROW)


def solutions(row: dict[str, Any]) -> str:
    return '\n'.join(row['solutions'])


def can_pull(run: Run) -> str:
    return str(run.report['registries'][0]['clusters'][0]['canPull'])


def test_the_address_of_the_load_balancer(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    run = check_egress(sandbox)
    row = run.has(ROW, 'Passed')
    assert row['detail'] == (
        'traffic leaves by 198.51.100.20 (load balancer, rule 198.51.100.20/32); all allowed'
    )
    (address,) = row['facts']['addresses']
    assert address['resourceId'] == made['address'] and address['path'] == 'LoadBalancer'
    assert row['facts']['paths'][0]['nodePools'] == ['nodepool1']
    assert can_pull(run) == 'unknown'


OWN_REQUESTS = ('arm-cluster', 'arm-identity', 'arm-scale-sets', 'arm-role-assignments')


@pytest.mark.parametrize(
    'set_up, stages',
    [
        (lambda *_: None, ('arm-public-address',)),
        (leave_by_nat_gateway, ('arm-nat-gateway', 'arm-public-address')),
        (leave_by_appliance, ('arm-route-table', 'arm-graph')),
    ],
    ids=['load balancer', 'NAT gateway', 'appliance'],
)
def test_what_outbound_traffic_costs(
    sandbox: Sandbox, set_up: Callable[..., Any], stages: tuple[str, ...]
) -> None:
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], 'AcrPull')
    set_up(sandbox, made)
    names = ('kubelet-identity', 'pull-role', ROW)
    check(sandbox, '-n', 'contoso', '--cluster', made['id'], '--only', *names)
    asked = [entry['stage'] for entry in sandbox.requests('arm')]
    assert sorted(asked) == sorted(['arm-list', 'arm-network', *OWN_REQUESTS, *stages])


def test_what_a_cluster_costs(sandbox: Sandbox) -> None:
    """The rows of a cluster with a load balancer cost at most 8 requests, none of them twice."""
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], 'AcrPull')
    check(sandbox, '-n', 'contoso', '--cluster', made['id'], '--only', 'cluster')
    asked = [entry['stage'] for entry in sandbox.requests('arm') if entry['stage'] != 'arm-list']
    assert len(asked) <= 8 and len(set(asked)) == len(asked), asked


def test_an_address_that_no_rule_allows(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    allow(sandbox, '192.0.2.0/24')
    run = check_egress(sandbox)
    row = run.has(ROW, 'Failed', FORBIDDEN, 'NodeAddressNotAllowed')
    assert row['detail'] == (
        'no IP rule allows 198.51.100.20, by which traffic of the nodes leaves (load balancer)'
    )
    assert '`az acr network-rule add --name contoso --ip-address 198.51.100.20`' in solutions(row)
    assert can_pull(run) == 'no' and run.finished.code == 1
    allow(sandbox, cloud.OUTBOUND_ADDRESS)
    check_egress(sandbox).has(ROW, 'Passed')


def test_a_nat_gateway_precedes_the_load_balancer(sandbox: Sandbox) -> None:
    leave_by_nat_gateway(sandbox, sandbox.put_cluster())
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'NodeAddressNotAllowed')
    shown = f'allows {ADDRESS}, by which traffic of the nodes leaves (NAT gateway)'
    assert shown in row['detail']
    assert row['facts']['outboundType'] == 'loadBalancer'
    assert row['facts']['paths'][0]['via'].endswith('/natGateways/nat')
    assert f'--ip-address {ADDRESS}`' in solutions(row)
    allow(sandbox, ADDRESS)
    check_egress(sandbox).has(ROW, 'Passed')


def test_several_addresses(sandbox: Sandbox) -> None:
    leave_by_several(sandbox, sandbox.put_cluster())
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'SomeNodeAddressesNotAllowed')
    assert f'allows {ADDRESS}, {PREFIX}, 2 of 3 addresses' in row['detail']
    assert PREFIX in solutions(row)
    # A prefix has to be inside one rule.
    allow(sandbox, cloud.OUTBOUND_ADDRESS, ADDRESS, '203.0.113.16/29', '203.0.113.24/29')
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'SomeNodeAddressesNotAllowed')
    assert f'allows {PREFIX}, 1 of 3' in row['detail']
    allow(sandbox, cloud.OUTBOUND_ADDRESS, '203.0.113.0/24')
    check_egress(sandbox).has(ROW, 'Passed')


@pytest.mark.parametrize('kind', ['managedNATGateway', 'userAssignedNATGateway'])
def test_outbound_types_of_nat_gateways(sandbox: Sandbox, kind: str) -> None:
    made = sandbox.put_cluster()
    profile = {'effectiveOutboundIPs': [{'id': put_address(sandbox)}]}
    patch_network(sandbox, made, kind, natGatewayProfile=profile)
    if kind == 'userAssignedNATGateway':
        check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'NodeAddressesUnknown')
        patch_subnet(sandbox, made, natGateway={'id': put_nat_gateway(sandbox, ADDRESS, PREFIX)})
    check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'NodeAddressNotAllowed')
    allow(sandbox, '203.0.113.0/24')
    row = check_egress(sandbox).has(ROW, 'Passed')
    assert f'{ADDRESS} (NAT gateway' in row['detail']


def test_an_appliance(sandbox: Sandbox) -> None:
    leave_by_appliance(sandbox, sandbox.put_cluster())
    sandbox.patch_registry('contoso', OPEN)
    run = check_egress(sandbox)
    row = run.has(ROW, 'Warning', NETWORK, 'BehindAppliance')
    assert '10.1.0.4' in row['detail'] and 'could not be determined' in row['detail']
    assert f'allows HTTPS to {LOGIN}' in solutions(row) and can_pull(run) == 'unknown'
    assert row['facts']['paths'][0]['via'] == '10.1.0.4'


def test_an_azure_firewall(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    leave_by_appliance(sandbox, made)
    firewall = put_firewall(sandbox, made, ADDRESS)
    row = check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'BehindAppliance')
    assert f'behind Azure Firewall fw ({ADDRESS}, not allowed)' in row['detail']
    assert row['facts']['paths'][0]['via'] == firewall
    assert f'--ip-address {ADDRESS}`' in solutions(row)
    allow(sandbox, ADDRESS)
    row = check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'BehindAppliance')
    assert f'({ADDRESS})' in row['detail'] and '--ip-address' not in solutions(row)


def test_routes_that_do_not_lead_to_an_appliance(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    appliance = {'nextHopType': 'VirtualAppliance', 'nextHopIpAddress': '10.224.0.4'}
    routes = put_routes(sandbox, {'10.244.0.0/24': appliance})
    patch_subnet(sandbox, made, routeTable={'id': routes})
    check_egress(sandbox).has(ROW, 'Passed')
    patch_network(sandbox, made, 'userDefinedRouting')
    row = check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'NodeAddressesUnknown')
    assert 'no path for outbound type userDefinedRouting is reported' in row['detail']


def test_a_route_that_drops_traffic(sandbox: Sandbox) -> None:
    drop(sandbox, sandbox.put_cluster())
    row = check_egress(sandbox).has(ROW, 'Failed', NETWORK, 'NoOutboundPath')
    assert 'a route of subnet aks-subnet drops the traffic' in row['detail']


def test_nodes_with_addresses_of_their_own(sandbox: Sandbox) -> None:
    pool = {'name': 'one', 'enableNodePublicIP': True}
    sandbox.put_cluster(pools=[pool])
    row = check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'NodeAddressesUnknown')
    assert 'each node has an address of its own' in row['detail']
    assert '--node-public-ip-prefix-id' in solutions(row)
    sandbox.put_cluster(pools=[{**pool, 'nodePublicIPPrefixID': put_address(sandbox, PREFIX)}])
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'NodeAddressNotAllowed')
    assert f'{PREFIX}, by which' in row['detail']


def test_node_pools_in_subnets_of_the_customer(sandbox: Sandbox) -> None:
    subnets = [f'{OWN_NETWORK}/subnets/{name}' for name in ('one', 'two')]
    pools = [
        {'name': 'one', 'vnetSubnetID': subnets[0]},
        {'name': 'two', 'vnetSubnetID': subnets[1].replace('resourceGroups', 'resourcegroups')},
    ]
    sandbox.put_cluster(pools=pools)
    nat = put_nat_gateway(sandbox, ADDRESS)
    listed = [
        {'id': subnets[0], 'name': 'one', 'properties': {}},
        {'id': subnets[1], 'name': 'two', 'properties': {'natGateway': {'id': nat}}},
    ]
    sandbox.put_resource(OWN_NETWORK, {'properties': {'subnets': listed}})
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'SomeNodeAddressesNotAllowed')
    assert f'allows {ADDRESS}, 1 of 2 addresses' in row['detail']
    assert [path['nodePools'] for path in row['facts']['paths']] == [['one'], ['two']]


def test_a_service_endpoint(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    leave_by_service_endpoint(sandbox, made)
    row = check_egress(sandbox).has(ROW, 'Failed', FORBIDDEN, 'NodeSubnetNotAllowed')
    subnet = f'{made["network"]}/subnets/aks-subnet'
    assert f'`az acr network-rule add --name contoso --subnet {subnet}`' in solutions(row)
    allow(sandbox, virtualNetworkRules=[{'action': 'Allow', 'id': subnet.lower()}])
    assert 'subnet aks-subnet' in check_egress(sandbox).has(ROW, 'Passed')['detail']
    allow(sandbox, virtualNetworkRules=None)
    check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'RegistryRulesNotEvaluated')


def test_a_network_security_group(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    group = put_security_group(
        sandbox, [{'access': 'Deny', 'destinationAddressPrefix': 'Internet'}]
    )
    patch_subnet(sandbox, made, networkSecurityGroup={'id': group})
    row = check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'DeniedBySecurityGroup')
    assert row['detail'] == 'rule rule0 of network security group nsg denies HTTPS of the nodes'
    assert 'az network nsg rule create' in solutions(row)


def test_no_path(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    leave_by_nothing(sandbox, made)
    row = check_egress(sandbox).has(ROW, 'Failed', NETWORK, 'NoOutboundPath')
    assert 'no path to the registry for the nodes: outbound type none' in row['detail']
    assert f'az aks update {ARGUMENTS} --outbound-type managedNATGateway' in solutions(row)
    assert f'--private-connection-resource-id {CONTOSO}' in solutions(row)
    patch_subnet(sandbox, made, defaultOutboundAccess=None)
    check_egress(sandbox).has(ROW, 'Warning', NETWORK, 'NodeAddressesUnknown')
    patch_network(sandbox, made, 'block')
    check_egress(sandbox).has(ROW, 'Failed', NETWORK, 'NoOutboundPath')


def test_a_registry_without_public_access(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.patch_registry('contoso', CLOSED)
    run = check_egress(sandbox)
    row = run.has(ROW, 'Failed', FORBIDDEN, 'NoInboundAccess')
    assert 'no private endpoint is approved' in row['detail'] and can_pull(run) == 'no'


def test_a_private_endpoint_leaves_it_to_dns(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.patch_registry('privreg', CLOSED)
    row = check_egress(sandbox, 'privreg').has(ROW, 'Skipped')
    assert 'the DNS servers of the nodes decide, see `cluster-dns`' in row['detail']
    assert sandbox.requests('arm-network') == sandbox.requests('arm-public-address') == []
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': 'Enabled'}})
    allow(sandbox, registry='privreg')
    run = check_egress(sandbox, 'privreg')
    row = run.has(ROW, 'Skipped')
    assert 'allows 198.51.100.20, by which' in row['detail'] and can_pull(run) == 'unknown'
    leave_by_nothing(sandbox, made)
    check_egress(sandbox, 'privreg').has(ROW, 'Skipped')


def test_a_proxy(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    secret = 'http://user:hunter2@proxy.example.test:3128/'
    patch_cluster(sandbox, made, httpProxyConfig={'httpsProxy': secret, 'noProxy': ['10.0.0.0/8']})
    run = check_egress(sandbox)
    row = run.has(ROW, 'Warning', NETWORK, 'BehindProxy')
    assert row['facts']['proxy']['address'] == PROXY and PROXY in row['detail']
    assert LOGIN in solutions(row) and 'hunter2' not in run.finished.stdout + run.finished.stderr
    storage = ['.blob.core.windows.net', LOGIN]
    patch_cluster(sandbox, made, httpProxyConfig={'httpsProxy': PROXY, 'noProxy': storage})
    check_egress(sandbox).has(ROW, 'Passed')


def test_a_proxy_and_a_private_endpoint(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.patch_registry('privreg', CLOSED)
    config: dict[str, Any] = {'httpProxy': PROXY, 'noProxy': ['privreg.azurecr.test', '10.0.0.0/8']}
    patch_cluster(sandbox, made, httpProxyConfig=config)
    row = check_egress(sandbox, 'privreg').has(ROW, 'Warning', NETWORK, 'ProxyNotBypassed')
    assert 'privreg.eastus.data.azurecr.test' in row['detail']
    assert f'az aks update {ARGUMENTS} --http-proxy-config FILE' in solutions(row)
    config['noProxy'] = ['.azurecr.test']
    patch_cluster(sandbox, made, httpProxyConfig=config)
    check_egress(sandbox, 'privreg').has(ROW, 'Skipped')


def test_a_network_isolated_cluster(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    leave_by_nothing(sandbox, made)
    other = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'bootstrap')
    profile = {'artifactSource': 'Cache', 'containerRegistryId': other}
    patch_cluster(sandbox, made, bootstrapProfile=profile)
    row = check_egress(sandbox).has(ROW, 'Failed', NETWORK, 'NoOutboundPath')
    assert 'from bootstrap, not from this registry' in row['detail']
    privreg = sandbox.patch_registry('privreg', CLOSED)
    profile['containerRegistryId'] = privreg['id'].upper()
    patch_cluster(sandbox, made, bootstrapProfile=profile)
    row = check_egress(sandbox, 'privreg').has(
        ROW, 'Warning', NETWORK, 'BootstrapRegistryIncomplete'
    )
    assert 'lacks the cache rule aks-managed-mcr' in row['detail']
    assert 'az acr cache create --name aks-managed-mcr --registry privreg' in solutions(row)
    rule = ('aks-managed-mcr', 'mcr.microsoft.com/*', 'aks-managed-repository/*')
    sandbox.put_cache_rule('privreg', *rule)
    check_egress(sandbox, 'privreg').has(ROW, 'Skipped')


@pytest.mark.parametrize(
    'action',
    [
        f'Microsoft.Network/{kind}/read'
        for kind in (
            *('virtualNetworks', 'publicIPAddresses', 'publicIPPrefixes', 'natGateways'),
            *('routeTables', 'networkSecurityGroups'),
        )
    ],
)
def test_a_missing_permission_is_a_warning_with_the_action(sandbox: Sandbox, action: str) -> None:
    made = sandbox.put_cluster()
    attached = {
        'natGateway': put_nat_gateway(sandbox, ADDRESS, PREFIX),
        'routeTable': put_routes(sandbox, {'0.0.0.0/0': {'nextHopType': 'Internet'}}),
        'networkSecurityGroup': put_security_group(sandbox, [{'access': 'Allow'}]),
    }
    patch_subnet(sandbox, made, **{kind: {'id': value} for kind, value in attached.items()})
    sandbox.patch_registry('contoso', OPEN)
    check_egress(sandbox).has(ROW, 'Passed')
    sandbox.update_settings(deniedActions=[action])
    run = check_egress(sandbox)
    row = run.has(ROW, 'Warning', 'ARM_READ_ERROR', 'ClusterNetworkForbidden')
    assert row['facts']['requiredPermission'] == action and action in row['detail']
    assert f'--role Reader --scope {row["facts"]["resourceId"]}`' in row['solutions'][0]
    assert can_pull(run) == 'unknown' and run.finished.code == 0


@pytest.mark.parametrize('stage', ['arm-network', 'arm-public-address', 'arm-scale-sets'])
def test_what_arm_does_not_return(sandbox: Sandbox, stage: str) -> None:
    sandbox.put_cluster()
    sandbox.set_fault(stage, 'status:503')
    check_egress(sandbox).has(ROW, 'Warning', 'ARM_READ_ERROR', 'ClusterNetworkUnavailable')


def test_a_registry_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.update_settings(unreadable=['contoso'])
    check_egress(sandbox).has(ROW, 'Warning', 'ARM_READ_ERROR', 'ClusterNetworkRegistryUnread')
