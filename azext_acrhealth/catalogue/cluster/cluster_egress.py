# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the traffic from a cluster's nodes to a registry: its path and its address."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.cluster.cluster_network import CLUSTER_NETWORK, PROVE, SHOW_NETWORK
from azext_acrhealth.catalogue.connectivity.error_responses import FORBIDDEN
from azext_acrhealth.catalogue.registry.network_rules import ENDPOINT_COMMAND
from azext_acrhealth.model import Problem

_ALLOW_ADDRESS = (
    'Allow the address, and with it every machine that shares it: `az acr network-rule add --name '
    '{registry} --ip-address {address}`. The change can take several minutes to take effect.'
)
_ALLOW = (
    _ALLOW_ADDRESS,
    Variant('Allow the other addresses in the same way: {addresses}.', filled='addresses'),
)
_PRIVATE = (
    'Create a private endpoint in the network of the nodes, which costs money and requires the '
    f'Premium tier: {ENDPOINT_COMMAND}.'
)
# Only where an address is known that no rule allows.
_ALLOW_KNOWN = Variant(_ALLOW_ADDRESS, filled='address')
_LIST_RULES = 'Show the rules of the registry: `az acr network-rule list --name {registry}`.'
_SHOW_ROUTES = Variant(
    'Correct the route with the next hop None if the nodes are meant to have a path to the '
    'internet. Show the route table of the subnet: `az network vnet subnet show --ids {subnet_id} '
    '--query routeTable.id`.',
    filled='subnet_id',
)
_CHANGE_TYPE = Variant(
    'Give the nodes a path to the internet if they are meant to have one, which costs money and '
    f'opens the internet to all their traffic: `az aks update {ARGUMENTS} --outbound-type '
    "managedNATGateway`. In a virtual network that AKS doesn't manage, the type is "
    'userAssignedNATGateway.',
    unfilled='subnet_id',
)
_SHOW_PROXY = f'Show the proxy of the cluster: `az aks show {ARGUMENTS} --query httpProxyConfig`.'
_EXEMPT = (
    'Exempt {hosts} from the proxy: add these names to `noProxy` in a file with the proxy settings '
    'of the cluster, and apply it, which creates all nodes again: `az aks update '
    f'{ARGUMENTS} --http-proxy-config FILE`.'
)

ADDRESS_NOT_ALLOWED = FORBIDDEN.problem(
    'NodeAddressNotAllowed',
    "The registry's firewall has no rule that allows the public address by which traffic of the "
    "cluster's nodes leaves. A range of addresses must be inside one rule. Nodes aren't among the "
    'trusted services that bypass the rules.',
    *_ALLOW,
    _PRIVATE,
)
SOME_ADDRESSES_NOT_ALLOWED = FORBIDDEN.problem(
    'SomeNodeAddressesNotAllowed',
    "The registry's firewall allows only some of the public addresses by which traffic of the "
    "cluster's nodes leaves. Each connection uses one of them, so some pulls work and others fail.",
    *_ALLOW,
    _PRIVATE,
)
SUBNET_NOT_ALLOWED = FORBIDDEN.problem(
    'NodeSubnetNotAllowed',
    'The subnet of the nodes has the service endpoint Microsoft.ContainerRegistry. The registry '
    'sees the subnet and no public address, so IP rules have no effect, and no rule allows the '
    'subnet.',
    'Allow the subnet, and with it every machine in it: `az acr network-rule add --name {registry} '
    '--subnet {subnet_id}`.',
    'Remove the service endpoint from the subnet instead, which ends open connections: the '
    'registry then sees the public address of the nodes. Show the service endpoints: `az network '
    'vnet subnet show --ids {subnet_id} --query serviceEndpoints`.',
)
NO_PATH = CLUSTER_NETWORK.problem(
    'NoOutboundPath',
    'Traffic of the nodes has no path to the public address of the registry: the outbound type of '
    'the cluster provides none, or a route drops it. The registry has no approved private '
    'endpoint.',
    _PRIVATE,
    _SHOW_ROUTES,
    _CHANGE_TYPE,
    SHOW_NETWORK,
)
BEHIND_APPLIANCE = CLUSTER_NETWORK.problem(
    'BehindAppliance',
    'A route sends the traffic of the nodes to a firewall, another appliance, or a gateway. Azure '
    "Resource Manager doesn't report whether it allows the traffic, or by which public address it "
    'leaves.',
    'Ask your network administrator whether the appliance allows HTTPS to {hosts}, and by which '
    'public address the traffic leaves. An Azure Firewall leaves by its own addresses only if its '
    'subnet has no NAT gateway.',
    _ALLOW_KNOWN,
    _LIST_RULES,
    PROVE,
)
BEHIND_PROXY = CLUSTER_NETWORK.problem(
    'BehindProxy',
    'The nodes use an HTTP proxy, so the registry sees the address of the proxy. Azure Resource '
    "Manager doesn't report that address, or what the proxy allows.",
    'Ask your network administrator whether the proxy allows {hosts}, and by which public address '
    'it leaves.',
    _LIST_RULES,
    _SHOW_PROXY,
    PROVE,
    link=links.AKS_HTTP_PROXY,
)
PROXY_NOT_BYPASSED = CLUSTER_NETWORK.problem(
    'ProxyNotBypassed',
    'The registry has a private endpoint, but the nodes request names of the registry through an '
    'HTTP proxy, which resolves them by its own DNS servers. They use the private endpoint only if '
    'the proxy does. A range of addresses in `noProxy` exempts no name.',
    _EXEMPT,
    _SHOW_PROXY,
    PROVE,
    link=links.AKS_HTTP_PROXY,
)
ADDRESSES_UNKNOWN = CLUSTER_NETWORK.problem(
    'NodeAddressesUnknown',
    'It could not be determined by which public addresses traffic of the nodes leaves: each node '
    'has an address of its own that changes, they depend on the default outbound access of Azure, '
    'or Azure Resource Manager reports no path and no address.',
    SHOW_NETWORK,
    'Give the nodes fixed addresses: a NAT gateway, the load balancer of the cluster, or, for node '
    'pools whose nodes have public addresses, a prefix (`--node-public-ip-prefix-id`).',
    _LIST_RULES,
    PROVE,
)
RULES_NOT_EVALUATED = CLUSTER_NETWORK.problem(
    'RegistryRulesNotEvaluated',
    'It could not be determined whether the registry allows the nodes: its network rules are those '
    'of a network security perimeter, or Azure Resource Manager reports no rules for subnets, '
    'although the subnet of the nodes has the service endpoint Microsoft.ContainerRegistry.',
    'Show the network settings of the registry: `az acr show --name {registry} --query '
    '"[publicNetworkAccess, networkRuleSet]"`.',
    PROVE,
)
DENIED_BY_SECURITY_GROUP = CLUSTER_NETWORK.problem(
    'DeniedBySecurityGroup',
    'A rule of the network security group of the subnet denies HTTPS from the nodes to the '
    'registry, and no rule before it allows HTTPS.',
    'Ask your network administrator to allow HTTPS to the registry by a rule with a lower number, '
    'of which 100 is the lowest: `az network nsg rule create --resource-group GROUP --nsg-name NSG '
    '--name NAME --priority 100 --direction Outbound --access Allow --protocol Tcp '
    '--destination-port-ranges 443 --destination-address-prefixes AzureContainerRegistry`.',
    'Show the rules of the network security group: `az network nsg show --ids '
    '{network_resource_id} --query securityRules`.',
    PROVE,
)
BOOTSTRAP_INCOMPLETE = CLUSTER_NETWORK.problem(
    'BootstrapRegistryIncomplete',
    'The cluster is network isolated: new nodes get the images of AKS from this registry, which '
    'requires the Premium tier, a private endpoint, and the cache rule aks-managed-mcr. Without '
    "them, new nodes don't start; nodes that run can still pull.",
    Variant(
        'Create the cache rule: `az acr cache create --name aks-managed-mcr --registry {registry} '
        '--source-repo "mcr.microsoft.com/*" --target-repo "aks-managed-repository/*"`.',
        filled='cache_rule',
    ),
    f'Create a private endpoint: {ENDPOINT_COMMAND}.',
    f'Show the bootstrap registry of the cluster: `az aks show {ARGUMENTS} --query '
    'bootstrapProfile`.',
    link=links.AKS_ISOLATED,
)

PROBLEMS = tuple(value for value in list(vars().values()) if isinstance(value, Problem))
