# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's names on the nodes: which are required, and what they should resolve to."""

from __future__ import annotations

from azext_acrhealth.checks.cluster.node_names import (
    NodeName,
    hosts_of,
    node_names,
    serving_endpoint,
)
from azext_acrhealth.checks.cluster.private_zones import ZoneRecords
from azext_acrhealth.checks.private_link.endpoint_records import (
    EndpointReading,
    EndpointRecord,
    PrivateEndpoint,
)
from tests.checks.cluster.fixtures import DATA_HOST, NETWORK_ID, private_registry
from tests.checks.fake_probes import HOST

WEST, GEO = 'myregistry.westus.data.azurecr.io', 'myregistry.eastus.geo.azurecr.io'


def endpoint(name: str, network: str, **addresses: str) -> PrivateEndpoint:
    """Return a private endpoint with an address for the login server, and for others."""
    hosts = {'login': HOST, 'data': DATA_HOST, 'west': WEST}
    records = (
        EndpointRecord(hosts[host], frozenset((address,))) for host, address in addresses.items()
    )
    return PrivateEndpoint(f'/{name}', (), tuple(records), f'{network}/subnets/one')


NEAR = endpoint('near', NETWORK_ID, login='10.0.0.5', data='10.0.0.4', west='10.0.0.3')
FAR = endpoint('far', f'{NETWORK_ID}0', login='10.9.0.5')
READING = EndpointReading((FAR, NEAR))


def test_names() -> None:
    login = private_registry(regionalEndpointHostNames=[GEO, 'other.example.com'])
    records = ZoneRecords({'myregistry': ('10.0.0.5',), 'myregistry.westus.data': ('10.0.0.9',)})
    names = node_names(login, '.azurecr.io', records, READING)
    assert names == [
        NodeName(HOST, 'myregistry', True, ('10.0.0.5',), ('10.0.0.5', '10.9.0.5')),
        NodeName(DATA_HOST, 'myregistry.eastus.data', True, (), ('10.0.0.4',)),
        NodeName(WEST, 'myregistry.westus.data', True, ('10.0.0.9',), ('10.0.0.3',)),
        NodeName(GEO, 'myregistry.eastus.geo', False),
    ]
    assert [name.matches(frozenset()) for name in names] == [True, True, False, True]
    assert hosts_of(login) == [HOST, DATA_HOST]


def test_a_name_that_no_endpoint_lists() -> None:
    name = NodeName(GEO, 'myregistry.eastus.geo', False, ('10.0.0.5',))
    assert name.matches(NEAR.addresses) and not name.matches(frozenset())
    assert name.resolves_to(NEAR) and not name.resolves_to(FAR)


def test_the_endpoint_that_the_nodes_use() -> None:
    used = NodeName(HOST, 'myregistry', True, ('10.9.0.5',))
    assert serving_endpoint(READING.endpoints, [used], NETWORK_ID) is FAR
    unused = NodeName(HOST, 'myregistry', True, ('10.0.0.99',))
    assert serving_endpoint(READING.endpoints, [unused], NETWORK_ID) is NEAR
    assert serving_endpoint(READING.endpoints, [unused], '/elsewhere') is FAR
    assert serving_endpoint((), [unused], NETWORK_ID) is None
