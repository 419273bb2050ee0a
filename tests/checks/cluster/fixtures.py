# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A cluster as Azure Resource Manager returns it, for the tables of its checks."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.role_permissions import BUILT_IN
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Cluster, Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection
from tests.checks.table import MYREGISTRY

SUBSCRIPTION = '0b1f6471-1bf0-4dda-aec3-cb9272f09501'
AKS = Cluster('aks1', 'rg-aks', SUBSCRIPTION)
TARGET = MYREGISTRY._replace(cluster=AKS)
OPTIONS = Options(targets=(MYREGISTRY,), clusters=(AKS,))
CLUSTER_ID = AKS.full_name
KUBELET = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e71'
CLIENT = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e72'
CONTROL_PLANE = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e73'
TENANT = '7a1c0f6e-52d4-4c1b-9d0e-3f1b2a4c5d01'
NODES = f'/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_rg-aks_aks1_eastus'
IDENTITY_ID = (
    f'{NODES}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks1-agentpool'
).replace('resourceGroups', 'resourcegroups')
NETWORK_ID = f'{NODES}/providers/Microsoft.Network/virtualNetworks/aks-vnet-12345678'
SUBNET_ID = f'{NETWORK_ID}/subnets/aks-subnet'


def pool(name: str = 'nodepool1', **properties: Any) -> dict[str, Any]:
    return {
        'name': name,
        'count': 3,
        'vmSize': 'Standard_D4ds_v5',
        'osType': 'Linux',
        'type': 'VirtualMachineScaleSets',
        'powerState': {'code': 'Running'},
        **properties,
    }


def resource(identity: Any = None, **properties: Any) -> dict[str, Any]:
    """Return a cluster's resource with these properties."""
    return {
        'id': CLUSTER_ID.replace('resourceGroups', 'resourcegroups'),
        'location': 'eastus',
        'identity': identity
        or {'type': 'SystemAssigned', 'principalId': CONTROL_PLANE, 'tenantId': TENANT},
        'properties': {
            'provisioningState': 'Succeeded',
            'powerState': {'code': 'Running'},
            'currentKubernetesVersion': '1.33.5',
            'nodeResourceGroup': 'MC_rg-aks_aks1_eastus',
            'servicePrincipalProfile': {'clientId': 'msi'},
            'identityProfile': {
                'kubeletidentity': {
                    'resourceId': IDENTITY_ID,
                    'clientId': CLIENT,
                    'objectId': KUBELET,
                }
            },
            'agentPoolProfiles': [pool()],
            'networkProfile': {'outboundType': 'loadBalancer'},
            'bootstrapProfile': {'artifactSource': 'Direct'},
            **properties,
        },
    }


def cluster_resource(identity: Any = None, **properties: Any) -> ClusterResource:
    """Return the value of the `cluster` check."""
    return ClusterResource(AKS, resource(identity, **properties), TENANT)


def failure(kind: str, text: str = 'the request failed', status: int | None = None) -> ArmResult:
    return ArmResult(failure=Failure(kind, text), status=status)


def identity_resource(principal: Any = KUBELET) -> ArmResult:
    """Return the kubelet identity's resource with a principal ID."""
    return ArmResult({'properties': {'principalId': principal, 'clientId': CLIENT}}, status=200)


def scale_set(
    pool_name: str | None = 'nodepool1',
    identity: str | None = IDENTITY_ID,
    number: int = 0,
    subnet: str = '',
) -> dict[str, Any]:
    """Return a scale set; its key of the identity is spelled otherwise than the cluster's."""
    assigned = {identity.upper(): {'principalId': KUBELET}} if identity else None
    configuration = {'properties': {'subnet': {'id': subnet or SUBNET_ID}}}
    interface = {'properties': {'ipConfigurations': [configuration, configuration]}}
    network = {'networkInterfaceConfigurations': [interface, {}]}
    return {
        'name': f'aks-{pool_name}-1234567{number}-vmss',
        'tags': {'aks-managed-poolName': pool_name} if pool_name else None,
        'identity': {'type': 'UserAssigned', 'userAssignedIdentities': assigned},
        'properties': {'virtualMachineProfile': {'networkProfile': network}},
    }


def network(*subnets: str, subnet: Any = None, **properties: Any) -> ArmResult:
    """Return a virtual network with subnets (their IDs), each of these properties."""
    listed_subnets = [
        {'id': identifier, 'properties': {'addressPrefix': '10.224.0.0/16', **(subnet or {})}}
        for identifier in subnets or (SUBNET_ID,)
    ]
    return ArmResult({'properties': {'subnets': listed_subnets, **properties}}, status=200)


def public_address(address: Any = '198.51.100.20', **properties: Any) -> ArmResult:
    """Return a public IP address, or, with `ipPrefix`, a prefix of several."""
    return ArmResult({'properties': {'ipAddress': address, **properties}}, status=200)


def rule_set(*allowed: str, subnets: Any = ()) -> dict[str, Any]:
    """Return network rules that deny all but addresses and subnets; None for no such property."""
    rules = [{'action': 'Allow', 'value': value} for value in allowed]
    listed_subnets = {} if subnets is None else {'virtualNetworkRules': list(subnets)}
    return {'defaultAction': 'Deny', 'ipRules': rules, **listed_subnets}


def endpoint_connection(status: str = 'Approved') -> dict[str, Any]:
    """Return a private endpoint connection of a registry."""
    return {'properties': {'privateLinkServiceConnectionState': {'status': status}}}


def listed(*items: Any, more: bool = False) -> ArmResult:
    return ArmResult({'value': list(items), 'more': more}, status=200)


ZONE_ID = (
    f'/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dns/providers/Microsoft.Network/'
    'privateDnsZones/privatelink.azurecr.io'
)
ENDPOINT_ID = ZONE_ID.replace('privateDnsZones/privatelink.azurecr.io', 'privateEndpoints/pe1')
INTERFACE_ID = ENDPOINT_ID.replace('privateEndpoints/pe1', 'networkInterfaces/nic1')
DATA_HOST = HOST.replace('.', '.eastus.data.', 1)


def zone_link(network_id: str = NETWORK_ID, **properties: Any) -> dict[str, Any]:
    """Return the link of a zone to a network, completed by default."""
    shown = {
        'virtualNetwork': {'id': network_id},
        'virtualNetworkLinkState': 'Completed',
        'provisioningState': 'Succeeded',
        'resolutionPolicy': 'Default',
        **properties,
    }
    return {'name': 'link1', 'properties': shown}


def zone_record(name: str, *addresses: str) -> dict[str, Any]:
    """Return an A record of a zone."""
    listed_addresses = [{'ipv4Address': address} for address in addresses]
    return {'name': name, 'properties': {'aRecords': listed_addresses}}


def peering(remote_id: str, state: str = 'Connected', access: Any = True) -> dict[str, Any]:
    """Return the peering of a network with another one."""
    remote = {'id': remote_id}
    properties = {
        'remoteVirtualNetwork': remote,
        'peeringState': state,
        'allowVirtualNetworkAccess': access,
    }
    return {'properties': properties}


def endpoint_resources(network_id: str = NETWORK_ID, addresses: Any = None) -> dict[str, ArmResult]:
    """Return a private endpoint in a network and its interface, with addresses by host."""
    by_host = addresses or {HOST: '10.224.0.7', DATA_HOST: '10.224.0.6'}
    configurations = [
        {
            'properties': {
                'privateIPAddress': address,
                'privateLinkConnectionProperties': {'fqdns': [host]},
            }
        }
        for host, address in by_host.items()
    ]
    subnet = {'id': f'{network_id}/subnets/endpoints'}
    endpoint = {'subnet': subnet, 'networkInterfaces': [{'id': INTERFACE_ID}]}
    return {
        ENDPOINT_ID: ArmResult({'properties': endpoint}, status=200),
        INTERFACE_ID: ArmResult({'properties': {'ipConfigurations': configurations}}, status=200),
    }


def private_registry(
    status: str = 'Approved', endpoint: str | None = ENDPOINT_ID, **properties: Any
) -> LoginServer:
    """Return the value of the `login-server` check for a registry with a private endpoint."""
    connection = {
        'privateEndpoint': {'id': endpoint},
        'privateLinkServiceConnectionState': {'status': status},
    }
    shown = {
        'publicNetworkAccess': 'Disabled',
        'dataEndpointHostNames': [DATA_HOST],
        'privateEndpointConnections': [{'name': 'pe1', 'properties': connection}],
        **properties,
    }
    return login_server(**shown)


ROLES = {role.name: role_id for role_id, role in BUILT_IN.items()}
READER = 'Container Registry Repository Reader'
LONG_AGO = '2025-02-03T09:12:44.1234567Z'


def assignment(
    role: str = 'AcrPull',
    principal: Any = KUBELET,
    scope: str = REGISTRY_ID,
    condition: str | None = None,
    created: Any = LONG_AGO,
    kind: str = 'ServicePrincipal',
) -> dict[str, Any]:
    """Return a role assignment as ARM lists it; the role is a name or an ID."""
    role_id = ROLES.get(role, role)
    return {
        'name': '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e99',
        'properties': {
            'roleDefinitionId': '/subscriptions/x/providers/Microsoft.Authorization/'
            f'roleDefinitions/{role_id}',
            'principalId': principal,
            'principalType': kind,
            'scope': scope,
            'condition': condition,
            'createdOn': created,
        },
    }


def for_repositories(*names: str) -> str:
    """Return a condition that limits reading to repositories."""
    base = 'Microsoft.ContainerRegistry/registries/repositories'
    terms = ' OR '.join(f"@Request[{base}:name] StringEqualsIgnoreCase '{name}'" for name in names)
    actions = ' AND '.join(
        f"!(ActionMatches{{'{base}/{action}'}})" for action in ('content/read', 'metadata/read')
    )
    return f'(({actions}) OR ({terms}))'


def login_server(abac: bool = False, tenant: str = TENANT, **properties: Any) -> LoginServer:
    """Return the value of the `login-server` check for a registry in this permissions mode."""
    mode = 'AbacRepositoryPermissions' if abac else 'LegacyRegistryPermissions'
    resource = {'id': REGISTRY_ID, 'properties': {'roleAssignmentMode': mode, **properties}}
    read = ArmResult(resource, claims={'tid': tenant})
    return LoginServer(HOST, FakeConnection(), True, resource, read, '.azurecr.io')
