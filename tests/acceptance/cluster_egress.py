# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Ways in which the traffic of a cluster's nodes leaves, set up in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud, cluster_networks

Made = dict[str, str]
GROUP = 'rg-network'
APPLIANCE = {'nextHopType': 'VirtualAppliance', 'nextHopIpAddress': '10.1.0.4'}
SERVICE = 'Microsoft.ContainerRegistry'
# Of the blocks that documentation reserves (RFC 5737); the registry has no rule for them.
ADDRESS, PREFIX = '203.0.113.9', '203.0.113.16/28'


def patch_subnet(sandbox: Sandbox, made: Made, **properties: Any) -> str:
    """Change properties of the subnet of a cluster's nodes, and return its ID."""
    network = sandbox.call('GET', 'resources', made['network'].lstrip('/'))
    (subnet,) = network['properties']['subnets']
    subnet['properties'].update(properties)
    sandbox.patch_resource(made['network'], {'properties': {'subnets': [subnet]}})
    return str(subnet['id'])


def patch_cluster(sandbox: Sandbox, made: Made, **properties: Any) -> None:
    """Change properties of a cluster."""
    sandbox.patch_resource(made['id'], {'properties': properties})


def patch_network(sandbox: Sandbox, made: Made, outbound_type: str, **profile: Any) -> None:
    """Give a cluster another outbound type, without a load balancer's addresses."""
    profile = {'outboundType': outbound_type, 'loadBalancerProfile': None, **profile}
    patch_cluster(sandbox, made, networkProfile=profile)


def allow(sandbox: Sandbox, *addresses: str, registry: str = 'contoso', **properties: Any) -> None:
    """Let a registry allow this machine and some addresses."""
    values = ('127.0.0.0/8', *addresses)
    rules = [{'action': 'Allow', 'value': value} for value in values]
    rule_set = {'defaultAction': 'Deny', 'ipRules': rules, **properties}
    sandbox.patch_registry(registry, {'properties': {'networkRuleSet': rule_set}})


def put_address(sandbox: Sandbox, address: str = ADDRESS) -> str:
    """Put a public IP address, or a prefix, and return its ID."""
    kind = cluster_networks.PREFIXES if '/' in address else cluster_networks.ADDRESSES
    name = address.replace('.', '-').replace(':', '-').replace('/', '-')
    identifier = cloud.resource_id(GROUP, kind, name)
    make = cluster_networks.public_prefix if '/' in address else cluster_networks.public_address
    sandbox.put_resource(identifier, make(identifier, address))
    return identifier


def put_nat_gateway(sandbox: Sandbox, *addresses: str) -> str:
    """Put a NAT gateway that leaves by addresses and prefixes, and return its ID."""
    identifier = cloud.resource_id(GROUP, cluster_networks.NAT_GATEWAYS, 'nat')
    found = {address: put_address(sandbox, address) for address in addresses}
    single, ranges = (
        [entry for address, entry in found.items() if ('/' in address) is is_range]
        for is_range in (False, True)
    )
    sandbox.put_resource(identifier, cluster_networks.nat_gateway(identifier, single, ranges))
    return identifier


def put_routes(sandbox: Sandbox, routes: Mapping[str, Mapping[str, str]]) -> str:
    """Put a route table with next hops by prefix, and return its ID."""
    identifier = cloud.resource_id(GROUP, cluster_networks.ROUTE_TABLES, 'routes')
    sandbox.put_resource(identifier, cluster_networks.route_table(identifier, routes))
    return identifier


def put_security_group(sandbox: Sandbox, rules: Sequence[Mapping[str, Any]]) -> str:
    """Put a network security group with outbound rules, and return its ID."""
    identifier = cloud.resource_id(GROUP, cluster_networks.SECURITY_GROUPS, 'nsg')
    sandbox.put_resource(identifier, cluster_networks.security_group(identifier, rules))
    return identifier


def put_firewall(sandbox: Sandbox, made: Made, address: str) -> str:
    """Put an Azure Firewall in a network that is peered with that of the nodes, return its ID."""
    hub = cloud.resource_id(GROUP, cluster_networks.NETWORKS, 'hub')
    peering = {'name': 'hub', 'properties': {'remoteVirtualNetwork': {'id': hub}}}
    sandbox.patch_resource(made['network'], {'properties': {'virtualNetworkPeerings': [peering]}})
    identifier = cloud.resource_id(GROUP, cluster_networks.FIREWALLS, 'fw')
    private, public = APPLIANCE['nextHopIpAddress'], put_address(sandbox, address)
    sandbox.put_resource(identifier, cluster_networks.firewall(identifier, hub, private, public))
    return identifier


def leave_by_nat_gateway(sandbox: Sandbox, made: Made) -> None:
    """Attach a NAT gateway to the subnet, whose address precedes that of the load balancer."""
    patch_subnet(sandbox, made, natGateway={'id': put_nat_gateway(sandbox, ADDRESS)})


def leave_by_several(sandbox: Sandbox, made: Made) -> None:
    """Give the load balancer a further address and a prefix, which the registry doesn't allow."""
    identifiers = [made['address'], put_address(sandbox), put_address(sandbox, PREFIX)]
    profile = {'effectiveOutboundIPs': [{'id': identifier} for identifier in identifiers]}
    patch_cluster(sandbox, made, networkProfile={'loadBalancerProfile': profile})


def leave_by_service_endpoint(sandbox: Sandbox, made: Made) -> None:
    """Add the service endpoint of registries to the subnet, so that IP rules have no effect."""
    endpoints = [{'service': SERVICE, 'locations': ['*'], 'provisioningState': 'Succeeded'}]
    patch_subnet(sandbox, made, serviceEndpoints=endpoints)


def leave_by_nothing(sandbox: Sandbox, made: Made) -> None:
    """Make a cluster network isolated: outbound type none, in a private subnet."""
    patch_network(sandbox, made, 'none')
    patch_subnet(sandbox, made, defaultOutboundAccess=False)


def drop(sandbox: Sandbox, made: Made) -> None:
    """Drop all traffic to the internet by a route."""
    routes = put_routes(sandbox, {'0.0.0.0/0': {'nextHopType': 'None'}})
    patch_subnet(sandbox, made, routeTable={'id': routes})


def leave_by_appliance(sandbox: Sandbox, made: Made) -> None:
    """Route all traffic to an appliance."""
    patch_network(sandbox, made, 'userDefinedRouting')
    routes = put_routes(sandbox, {'10.244.0.0/24': APPLIANCE, '0.0.0.0/0': APPLIANCE})
    patch_subnet(sandbox, made, routeTable={'id': routes})
