# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of how the traffic of a cluster's nodes leaves, against the rules of the registry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.cluster_egress import cluster_egress
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    NETWORK_ID,
    NODES,
    OPTIONS,
    SUBNET_ID,
    SUBSCRIPTION,
    TARGET,
    cluster_resource,
    endpoint_connection,
    failure,
    listed,
    login_server,
    network,
    pool,
    public_address,
    rule_set,
    scale_set,
)
from tests.checks.fake_probes import ACCOUNT, REGISTRY_ID, USER_CLAIMS, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

ADDRESS, OTHER, RANGE = '198.51.100.20', '203.0.113.9', '203.0.113.16/28'
ARM = f'/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.Network'
ADDRESS_ID = f'{NODES}/providers/Microsoft.Network/publicIPAddresses/5d2f'
OTHER_ID, PREFIX_ID = f'{ARM}/publicIPAddresses/other', f'{ARM}/publicIPPrefixes/p'
NAT_ID, TABLE_ID, GROUP_ID = (
    f'{ARM}/natGateways/n',
    f'{ARM}/routeTables/r',
    f'{ARM}/networkSecurityGroups/g',
)
OWN_GROUP_ID = GROUP_ID.replace('resourceGroups/rg-net', 'resourcegroups/mc_RG-aks_aks1_eastus')
FIREWALL_ID = f'{ARM}/azureFirewalls/fw'
NOTHING = ArmResult({'value': []})
OWN_NETWORK = f'{ARM}/virtualNetworks/v'
ONE, TWO = f'{OWN_NETWORK}/subnets/one', f'{OWN_NETWORK}/subnets/two'
FORBIDDEN = failure('Forbidden', '(AuthorizationFailed) no', 403)._replace(claims=USER_CLAIMS)
CLOSED = {'publicNetworkAccess': 'Disabled'}
ENDPOINT = {'privateEndpointConnections': [endpoint_connection()]}
SERVICE = {'serviceEndpoints': [{'service': 'Microsoft.ContainerRegistry'}]}
APPLIANCE = {'nextHopType': 'VirtualAppliance', 'nextHopIpAddress': '10.1.0.4'}
ISOLATED = {
    'bootstrapProfile': {
        'artifactSource': 'Cache',
        'containerRegistryId': REGISTRY_ID.upper(),
    }
}
PROXY = {'httpsProxy': 'http://proxy.example:3128'}
LOGIN, DATA = 'myregistry.azurecr.io', 'myregistry.eastus.data.azurecr.io'
FORBIDDEN_CODE, NETWORK_CODE = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CLUSTER_NETWORK_ERROR'


def by_load_balancer(*identifiers: str) -> dict[str, Any]:
    """Return the network profile of a cluster with a load balancer that has these addresses."""
    addresses = [{'id': identifier} for identifier in identifiers]
    return {
        'outboundType': 'loadBalancer',
        'loadBalancerProfile': {'effectiveOutboundIPs': addresses},
    }


def route_table(**properties: Any) -> ArmResult:
    """Return a route table with a default route, and those that AKS adds for kubenet."""
    pods = {'addressPrefix': '10.244.0.0/24', **APPLIANCE}
    routes = [{'properties': pods}, {'properties': {'addressPrefix': '0.0.0.0/0', **properties}}]
    return ArmResult({'properties': {'routes': routes if properties else routes[:1]}}, status=200)


def nat_gateway(*addresses: str, prefixes: tuple[str, ...] = ()) -> ArmResult:
    return ArmResult(
        {
            'properties': {
                'publicIpAddresses': [{'id': identifier} for identifier in addresses],
                'publicIpPrefixes': [{'id': identifier} for identifier in prefixes],
            }
        },
        status=200,
    )


def security_group(access: str) -> ArmResult:
    properties = {
        'direction': 'Outbound',
        'access': access,
        'protocol': 'Tcp',
        'priority': 100,
        'sourceAddressPrefix': '*',
        'destinationAddressPrefix': 'Internet',
        'destinationPortRange': '443',
    }
    return ArmResult({'properties': {'securityRules': [{'name': 'no', 'properties': properties}]}})


def firewalls(network_id: str, address: str = '10.1.0.4') -> ArmResult:
    """Return an Azure Firewall as Azure Resource Graph lists it."""
    properties = {
        'privateIPAddress': address,
        'subnet': {'id': f'{network_id}/subnets/AzureFirewallSubnet'},
        'publicIPAddress': {'id': OTHER_ID},
    }
    record = {'id': FIREWALL_ID, 'properties_ipConfigurations': [{'properties': properties}, {}]}
    return ArmResult({'value': [{}, record], 'more': False}, status=200)


def row(
    name: str,
    status: str,
    problem: str = '',
    allowed: Any = (ADDRESS,),
    subnet: Any = (),
    properties: Any = (),
    registry: Any = (),
    resources: Any = (),
    lists: Any = (),
    connection: Any = None,
    graph: ArmResult = NOTHING,
    sku: str = 'Premium',
    **more: Any,
) -> Row:
    """Return a row for a cluster, its subnet, and a registry.

    `allowed` are the registry's IP rules, None for an open registry.
    """
    rules = {} if allowed is None else {'networkRuleSet': rule_set(*allowed)}
    login = login_server(**{**rules, **dict(registry)})
    login = login._replace(resource={**dict(login.resource or {}), 'sku': {'name': sku}})
    if connection:
        login = login._replace(connection=connection)
    known = {
        NETWORK_ID: network(subnet=dict(subnet)),
        OWN_NETWORK: network(ONE, TWO),
        ADDRESS_ID: public_address(),
        OTHER_ID: public_address(OTHER),
        PREFIX_ID: public_address(None, ipPrefix=RANGE),
        NAT_ID: nat_gateway(OTHER_ID),
        **dict(resources),
    }
    sets = {'providers/Microsoft.Compute/virtualMachineScaleSets': listed(scale_set())}
    settings = {'networkProfile': by_load_balancer(ADDRESS_ID), **dict(properties)}
    code = FORBIDDEN_CODE if 'NotAllowed' in problem else NETWORK_CODE
    return Row(
        name,
        cluster_egress,
        status,
        problem and (problem if ' ' in problem else f'{code} {problem}'),
        **{
            'probes': FakeProbes(resources=known, lists={**sets, **dict(lists)}, graph=graph),
            'needs': (cluster_resource(**settings), login),
            'options': OPTIONS,
            'target': TARGET,
            **more,
        },
    )


def outbound(kind: str, **profile: Any) -> dict[str, Any]:
    return {'networkProfile': {'outboundType': kind, **profile}}


TABLE = (
    row(
        'an allowed address of the load balancer',
        'Passed',
        detail='traffic leaves by 198.51.100.20 (load balancer, rule 198.51.100.20/32)',
        facts={
            'outboundType': 'loadBalancer',
            'publicNetworkAccess': None,
            'defaultAction': 'Deny',
            'approvedPrivateEndpoints': 0,
            'paths': [
                {
                    'subnet': SUBNET_ID,
                    'nodePools': ['nodepool1'],
                    'path': 'LoadBalancer',
                    'via': None,
                }
            ],
            'addresses': [
                {
                    'address': ADDRESS,
                    'resourceId': ADDRESS_ID,
                    'path': 'LoadBalancer',
                    'nodePools': ['nodepool1'],
                    'allowedBy': '198.51.100.20/32',
                }
            ],
            'proxy': None,
            'bootstrapRegistry': None,
        },
    ),
    row(
        'an address that no rule allows',
        'Failed',
        'NodeAddressNotAllowed',
        ('192.0.2.0/24',),
        detail='IP rule allows 198.51.100.20, by which traffic of the nodes leaves (load balancer)',
        solution='az acr network-rule add --name myregistry --ip-address 198.51.100.20`',
    ),
    row('no rule at all', 'Failed', 'NodeAddressNotAllowed', ()),
    row(
        'an open registry',
        'Passed',
        allowed=None,
        detail='traffic leaves by 198.51.100.20 (load balancer); the registry allows all networks',
    ),
    row(
        'a prefix inside a rule',
        'Passed',
        allowed=('203.0.113.0/24',),
        properties={'networkProfile': by_load_balancer(PREFIX_ID)},
        detail='203.0.113.16/28 (load balancer, rule 203.0.113.0/24)',
    ),
    row(
        'a prefix that rules cover only in part',
        'Failed',
        'NodeAddressNotAllowed',
        ('203.0.113.16', '203.0.113.24/29'),
        properties={'networkProfile': by_load_balancer(PREFIX_ID)},
        detail='203.0.113.16/28, by which traffic of the nodes leaves',
        solution='--ip-address 203.0.113.16/28`',
    ),
    row(
        'some addresses',
        'Failed',
        'SomeNodeAddressesNotAllowed',
        properties={'networkProfile': by_load_balancer(ADDRESS_ID, OTHER_ID, PREFIX_ID)},
        detail='203.0.113.9, 203.0.113.16/28, 2 of 3 addresses by which traffic of the nodes',
        solution='Allow the other addresses in the same way: 203.0.113.16/28.',
    ),
    row(
        'an IPv6 address beside',
        'Passed',
        properties={'networkProfile': by_load_balancer(ADDRESS_ID, OTHER_ID)},
        resources={OTHER_ID: public_address('2001:db8::1', publicIPAddressVersion='IPv6')},
    ),
    row(
        'IPv6 addresses alone',
        'Warning',
        'NodeAddressesUnknown',
        resources={ADDRESS_ID: public_address('2001:db8::1')},
        detail='no public IPv4 address of them is reported',
    ),
    row(
        'a load balancer without addresses',
        'Warning',
        'NodeAddressesUnknown',
        properties=outbound('loadBalancer'),
        detail='no path for outbound type loadBalancer is reported',
        solution='az aks show --resource-group rg-aks --name aks1',
    ),
    row(
        'a NAT gateway on the subnet of a cluster with a load balancer',
        'Failed',
        'NodeAddressNotAllowed',
        subnet={'natGateway': {'id': NAT_ID}},
        detail='no IP rule allows 203.0.113.9, by which traffic of the nodes leaves (NAT gateway)',
    ),
    row(
        'an allowed NAT gateway with an address and a prefix',
        'Passed',
        allowed=('203.0.113.0/24',),
        subnet={'natGateway': {'id': NAT_ID}},
        properties=outbound('userAssignedNATGateway'),
        resources={NAT_ID: nat_gateway(OTHER_ID, prefixes=(PREFIX_ID,))},
        detail='203.0.113.9 (NAT gateway, rule 203.0.113.0/24), 203.0.113.16/28 (NAT gateway',
    ),
    row(
        'a NAT gateway that AKS manages, of a network',
        'Passed',
        properties=outbound(
            'managedNATGatewayV2',
            natGatewayProfile={'effectiveOutboundIPs': [{'id': ADDRESS_ID}]},
        ),
        detail='198.51.100.20 (NAT gateway',
    ),
    row(
        'a missing NAT gateway',
        'Warning',
        'NodeAddressesUnknown',
        properties=outbound('userAssignedNATGateway'),
        detail='no path for outbound type userAssignedNATGateway is reported',
    ),
    row(
        'an appliance',
        'Warning',
        'BehindAppliance',
        allowed=None,
        subnet={'routeTable': {'id': TABLE_ID}},
        properties=outbound('userDefinedRouting'),
        resources={TABLE_ID: route_table(**APPLIANCE)},
        detail='not be determined behind appliance 10.1.0.4, to which a route sends traffic of the',
        solution='allows HTTPS to myregistry.azurecr.io',
    ),
    row(
        'an Azure Firewall whose address no rule allows',
        'Warning',
        'BehindAppliance',
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(**APPLIANCE)},
        graph=firewalls(NETWORK_ID),
        detail='could not be determined behind Azure Firewall fw (203.0.113.9, not allowed), to',
        solution='--ip-address 203.0.113.9`',
    ),
    row(
        'an Azure Firewall whose address a rule allows',
        'Warning',
        'BehindAppliance',
        (OTHER,),
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(**APPLIANCE)},
        graph=firewalls(NETWORK_ID),
        detail='behind Azure Firewall fw (203.0.113.9), to which a route',
    ),
    row(
        'a gateway to on-premises',
        'Warning',
        'BehindAppliance',
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(nextHopType='VirtualNetworkGateway')},
        detail='behind a virtual network gateway, to which',
    ),
    *(
        row(
            f'a route with the next hop {kind}',
            'Warning',
            'NodeAddressesUnknown',
            subnet={'routeTable': {'id': TABLE_ID}},
            resources={TABLE_ID: route_table(addressPrefix='0.0.0.0/0', nextHopType=kind)},
            detail=f'a route has the next hop {shown_kind}',
        )
        for kind, shown_kind in (('VnetLocal',) * 2, ('VirtualWan',) * 2, (None, '(unnamed)'))
    ),
    *(
        row(
            f'the default action {action}',
            'Warning',
            'RegistryRulesNotEvaluated',
            registry={'networkRuleSet': {'defaultAction': action}},
            detail=f"the firewall's default action is {action}, which could not be evaluated",
        )
        for action in ('deny', 5)
    ),
    row(
        'a route that drops traffic',
        'Failed',
        'NoOutboundPath',
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(nextHopType='None')},
        detail='a route of subnet aks-subnet drops the traffic',
        solution='/subnets/aks-subnet --query routeTable.id`',
    ),
    row(
        'the route table of kubenet, without a default route',
        'Passed',
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table()},
    ),
    row(
        'a route to the internet',
        'Passed',
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(nextHopType='Internet')},
    ),
    row(
        'a route for an address of the registry',
        'Warning',
        'BehindAppliance',
        connection=FakeConnection().resolving('20.1.2.3', '10.0.0.5'),
        subnet={'routeTable': {'id': TABLE_ID}},
        resources={TABLE_ID: route_table(**{**APPLIANCE, 'addressPrefix': '20.1.0.0/16'})},
        detail='behind appliance 10.1.0.4',
    ),
    row(
        'user-defined routing without a route',
        'Warning',
        'NodeAddressesUnknown',
        subnet={'routeTable': {'id': TABLE_ID}},
        properties=outbound('userDefinedRouting'),
        resources={TABLE_ID: route_table()},
    ),
    row(
        'nodes with addresses of a prefix',
        'Passed',
        allowed=('203.0.113.16/28',),
        properties={
            'agentPoolProfiles': [
                pool(enableNodePublicIP=True, nodePublicIPPrefixID=PREFIX_ID, vnetSubnetID=ONE)
            ]
        },
        detail="203.0.113.16/28 (the nodes' own addresses, rule 203.0.113.16/28)",
    ),
    row(
        'nodes with addresses of their own',
        'Warning',
        'NodeAddressesUnknown',
        properties={'agentPoolProfiles': [pool(enableNodePublicIP=True)]},
        detail='each node has an address of its own',
        solution='--node-public-ip-prefix-id',
    ),
    row(
        'nodes with addresses of their own, of an open registry',
        'Passed',
        allowed=None,
        properties={'agentPoolProfiles': [pool(enableNodePublicIP=True)]},
        detail='traffic leaves by their own addresses; the registry allows all networks',
    ),
    row(
        'a node pool with another path than the others',
        'Failed',
        'SomeNodeAddressesNotAllowed',
        properties={
            'agentPoolProfiles': [
                pool('one', vnetSubnetID=ONE),
                pool(
                    'two',
                    vnetSubnetID=TWO,
                    enableNodePublicIP=True,
                    nodePublicIPPrefixID=PREFIX_ID,
                ),
            ]
        },
        detail='203.0.113.16/28, 1 of 2 addresses',
    ),
    row(
        'outbound type none in a private subnet',
        'Failed',
        'NoOutboundPath',
        allowed=None,
        subnet={'defaultOutboundAccess': False},
        properties=outbound('none'),
        detail='no path to the registry for the nodes: outbound type none',
        solution='--outbound-type managedNATGateway',
    ),
    row(
        'outbound type none with default outbound access',
        'Warning',
        'NodeAddressesUnknown',
        properties=outbound('none'),
        detail='it is one of the default outbound access of Azure, if any',
    ),
    row(
        'outbound type none with a NAT gateway',
        'Failed',
        'NodeAddressNotAllowed',
        subnet={'natGateway': {'id': NAT_ID}},
        properties=outbound('none'),
    ),
    row(
        'outbound type block',
        'Failed',
        'NoOutboundPath',
        allowed=None,
        subnet={'natGateway': {'id': NAT_ID}, **SERVICE},
        properties=outbound('block'),
    ),
    row(
        'no path, but a private endpoint',
        'Skipped',
        subnet={'defaultOutboundAccess': False},
        properties=outbound('none'),
        registry=ENDPOINT,
        has_value=True,
        detail='see `cluster-dns` for whether they use the private endpoint',
    ),
    row(
        'no rule, but a private endpoint',
        'Skipped',
        '',
        ('192.0.2.0/24',),
        registry=ENDPOINT,
        has_value=True,
        detail='198.51.100.20, by which traffic of the nodes leaves',
    ),
    row(
        'an allowed service endpoint',
        'Passed',
        subnet=SERVICE,
        registry={'networkRuleSet': rule_set(subnets=[{'id': SUBNET_ID.upper()}])},
        detail='traffic leaves by subnet aks-subnet (service endpoint); all allowed',
    ),
    row(
        'a service endpoint without a rule',
        'Failed',
        'NodeSubnetNotAllowed',
        subnet=SERVICE,
        detail='no rule allows subnet aks-subnet, which has the service endpoint',
        solution=f'az acr network-rule add --name myregistry --subnet {SUBNET_ID}`',
    ),
    row(
        'a service endpoint, and no list of subnets',
        'Warning',
        'RegistryRulesNotEvaluated',
        subnet=SERVICE,
        registry={'networkRuleSet': rule_set(ADDRESS, subnets=None)},
        detail='whether the registry allows subnet aks-subnet',
    ),
    row('a service endpoint of an open registry', 'Passed', allowed=None, subnet=SERVICE),
    row(
        'another service endpoint',
        'Passed',
        subnet={
            'serviceEndpoints': [
                {'service': 'Microsoft.Storage'},
                {**SERVICE['serviceEndpoints'][0], 'provisioningState': 'Failed'},
            ]
        },
    ),
    row(
        'a network security perimeter',
        'Warning',
        'RegistryRulesNotEvaluated',
        registry={'publicNetworkAccess': 'SecuredByPerimeter'},
        detail='public network access is SecuredByPerimeter',
    ),
    row(
        'a security group that denies',
        'Warning',
        'DeniedBySecurityGroup',
        subnet={'networkSecurityGroup': {'id': GROUP_ID}},
        resources={GROUP_ID: security_group('Deny')},
        detail='rule no of network security group g denies HTTPS of the nodes',
        solution=f'az network nsg show --ids {GROUP_ID} --query securityRules`',
    ),
    row(
        'a security group that allows',
        'Passed',
        subnet={'networkSecurityGroup': {'id': GROUP_ID}},
        resources={GROUP_ID: security_group('Allow')},
    ),
    row(
        'the security group of AKS, which is not read',
        'Passed',
        subnet={'networkSecurityGroup': {'id': OWN_GROUP_ID}},
    ),
    row(
        'closed without an endpoint',
        'Failed',
        f'{FORBIDDEN_CODE} NoInboundAccess',
        registry={**CLOSED, 'privateEndpointConnections': [endpoint_connection('Pending')]},
        detail='public network access is disabled, and no private endpoint is approved',
        solution='az acr private-endpoint-connection list --registry-name myregistry`',
    ),
    row(
        'closed with an endpoint',
        'Skipped',
        registry={**CLOSED, **ENDPOINT},
        resources={NETWORK_ID: FORBIDDEN},
        detail='so the nodes must use the private endpoint: the DNS servers of the nodes decide',
    ),
    row(
        'closed with endpoints, behind a proxy',
        'Warning',
        'ProxyNotBypassed',
        registry={**CLOSED, **ENDPOINT, 'dataEndpointHostNames': [DATA]},
        properties={'httpProxyConfig': {**PROXY, 'noProxy': ['10.0.0.0/8', LOGIN]}},
        detail=f'behind proxy http://proxy.example:3128, through which the nodes request {DATA}',
        solution=f'Exempt {DATA} from the proxy',
    ),
    row(
        'closed with endpoints, and a proxy that is bypassed',
        'Skipped',
        registry={**CLOSED, **ENDPOINT, 'dataEndpointHostNames': [DATA]},
        properties={'httpProxyConfig': {**PROXY, 'noProxy': ['.azurecr.io']}},
    ),
    row(
        'a proxy',
        'Warning',
        'BehindProxy',
        allowed=None,
        properties={'httpProxyConfig': PROXY},
        detail=f'http://proxy.example:3128, through which the nodes request {LOGIN}, …',
        solution=f'whether the proxy allows {LOGIN}, *.blob.core.windows.net',
        facts={
            'proxy': {
                'address': 'http://proxy.example:3128',
                'noProxy': [],
                'proxiedHosts': [LOGIN, '*.blob.core.windows.net'],
            },
            'paths': [],
        },
    ),
    row(
        'a proxy for layers alone, and an address that no rule allows',
        'Failed',
        'NodeAddressNotAllowed',
        (),
        properties={'httpProxyConfig': {**PROXY, 'noProxy': [LOGIN]}},
    ),
    row(
        'a proxy for layers alone',
        'Warning',
        'BehindProxy',
        properties={'httpProxyConfig': {**PROXY, 'noProxy': [LOGIN]}},
        detail='the nodes request *.blob.core.windows.net',
    ),
    row(
        'a proxy for nothing',
        'Passed',
        properties={
            'httpProxyConfig': {**PROXY, 'noProxy': [f'{LOGIN}:443', '*.blob.core.windows.net']}
        },
    ),
    row(
        'a proxy that nodes with Windows do not use',
        'Failed',
        'NodeAddressNotAllowed',
        (),
        properties={
            'httpProxyConfig': PROXY,
            'agentPoolProfiles': [
                pool('linux', vnetSubnetID=ONE),
                pool('win', vnetSubnetID=TWO, osType='Windows'),
            ],
        },
        detail='198.51.100.20, by which traffic of node pool win leaves (load balancer)',
    ),
    row(
        'another bootstrap registry',
        'Failed',
        f'{FORBIDDEN_CODE} NoInboundAccess',
        registry=CLOSED,
        properties={
            **outbound('none'),
            'bootstrapProfile': {
                'artifactSource': 'Cache',
                'containerRegistryId': f'{REGISTRY_ID}2',
            },
        },
        detail='the cluster gets the images of AKS from myregistry2, not from this registry',
        facts={'bootstrapRegistry': {'resourceId': f'{REGISTRY_ID}2', 'isChecked': False}},
    ),
    row(
        'a bootstrap registry without its cache rule',
        'Warning',
        'BootstrapRegistryIncomplete',
        registry={**CLOSED, **ENDPOINT},
        properties=ISOLATED,
        lists={'cacheRules': listed()},
        detail='which lacks the cache rule aks-managed-mcr',
        solution='az acr cache create --name aks-managed-mcr --registry myregistry',
    ),
    row(
        'a registry that was not read',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkRegistryUnread',
        needs=(cluster_resource(), login_server()._replace(resource=None)),
        detail="couldn't be read; see the `login-server` check",
    ),
    *(
        row(
            f'a bootstrap registry whose cache rules are not read: {reason}',
            'Warning',
            f'ARM_READ_ERROR {reason}',
            registry={**CLOSED, **ENDPOINT},
            properties=ISOLATED,
            lists={'cacheRules': result},
        )
        for result, reason in (
            (FORBIDDEN, 'CacheRulesForbidden'),
            (failure('Unavailable'), 'CacheRulesUnavailable'),
        )
    ),
    row(
        'a virtual network that is forbidden',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkForbidden',
        resources={NETWORK_ID: FORBIDDEN},
        detail='Microsoft.Network/virtualNetworks/read is required: (Auth',
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader '
        f'--scope {NETWORK_ID}',
        facts={
            'requiredPermission': 'Microsoft.Network/virtualNetworks/read',
            'resourceId': NETWORK_ID,
            'outboundType': 'loadBalancer',
        },
    ),
    row(
        'an address that is forbidden, of an open registry',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkForbidden',
        allowed=None,
        resources={ADDRESS_ID: FORBIDDEN},
        detail='Microsoft.Network/publicIPAddresses/read is required',
    ),
    row(
        'a prefix that is forbidden',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkForbidden',
        properties={'networkProfile': by_load_balancer(PREFIX_ID)},
        resources={PREFIX_ID: FORBIDDEN},
        detail='Microsoft.Network/publicIPPrefixes/read is required',
    ),
    *(
        row(
            f'{kind} that is forbidden',
            'Warning',
            'ARM_READ_ERROR ClusterNetworkForbidden',
            subnet={kind: {'id': identifier}},
            resources={identifier: FORBIDDEN},
            detail=f'Microsoft.Network/{kind}s/read is required',
        )
        for kind, identifier in (
            ('natGateway', NAT_ID),
            ('routeTable', TABLE_ID),
            ('networkSecurityGroup', GROUP_ID),
        )
    ),
    row(
        'a denied address before one that is forbidden',
        'Failed',
        'NodeAddressNotAllowed',
        (),
        properties={'networkProfile': by_load_balancer(ADDRESS_ID, OTHER_ID)},
        resources={OTHER_ID: FORBIDDEN},
    ),
    row(
        'an address that is not returned',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkUnavailable',
        resources={ADDRESS_ID: failure('Unavailable', 'timed out')},
        detail='5d2f: timed out',
    ),
    row(
        'scale sets that are forbidden',
        'Warning',
        'ARM_READ_ERROR ClusterNetworkForbidden',
        lists={'providers/Microsoft.Compute/virtualMachineScaleSets': FORBIDDEN},
        detail='Microsoft.Compute/virtualMachineScaleSets/read is required',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=lambda case: case.name)
def test_table(case: Row) -> None:
    verify(case)


def requests_of(case: Row) -> list[Any]:
    """Return what a row's check reads."""
    context = Context(case.target, case.options, case.probes, 1e9)
    case.check.run(context, *case.needs)
    return case.probes.requests


def test_a_closed_registry_costs_no_request() -> None:
    assert requests_of(row('closed', 'Skipped', registry={**CLOSED, **ENDPOINT})) == []


def test_a_load_balancer_costs_a_network_and_an_address() -> None:
    scale_sets = 'providers/Microsoft.Compute/virtualMachineScaleSets'
    assert requests_of(row('default', 'Passed')) == [scale_sets, NETWORK_ID, ADDRESS_ID]


KEYS = ['properties', 'id', 'networkProfile', 'outboundType', 'loadBalancerProfile', 'routes']
KEYS += ['effectiveOutboundIPs', 'natGatewayProfile', 'httpProxyConfig', 'httpsProxy', 'noProxy']
KEYS += ['agentPoolProfiles', 'name', 'vnetSubnetID', 'enableNodePublicIP', 'securityRules']
KEYS += ['bootstrapProfile', 'artifactSource', 'ipAddress', 'ipPrefix', 'publicIpAddresses']
SUBNET_KEYS = ['serviceEndpoints', 'routeTable', 'natGateway', 'networkSecurityGroup']
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([ADDRESS_ID, ONE, NAT_ID, TABLE_ID, GROUP_ID, 'x', 'none', 'Cache', '*']),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=10,
)
ID = st.sampled_from([NAT_ID, TABLE_ID, GROUP_ID]).map(lambda identifier: {'id': identifier})


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5),
    st.dictionaries(st.sampled_from(SUBNET_KEYS), JSON | ID, max_size=4),
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4),
    st.dictionaries(st.sampled_from(['publicNetworkAccess', 'networkRuleSet']), JSON),
)
def test_any_json_makes_a_row(properties: Any, subnet: Any, found: Any, registry: Any) -> None:
    attached = ArmResult({'properties': found}, status=200)
    resources = dict.fromkeys((ADDRESS_ID, NAT_ID, TABLE_ID, GROUP_ID), attached)
    given_row = row(
        'any JSON',
        '',
        subnet=subnet,
        properties=properties,
        registry=registry,
        resources=resources,
        lists={'cacheRules': ArmResult({'value': [found]})},
        graph=ArmResult({'value': [found]}),
    )
    entry = shown(cluster_egress, run(given_row), TARGET)
    assert entry['status'] in ('Passed', 'Warning', 'Failed', 'Skipped') and entry['detail']
