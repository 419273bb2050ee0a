# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The records of private endpoints: of which subnets, from which interfaces, and what is unread."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.private_link.endpoint_records import (
    MAX_REQUESTS,
    EndpointReading,
    EndpointRecord,
    PrivateEndpoint,
    is_in_network,
    normalize_address,
    read_endpoint_records,
)
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, FakeProbes
from tests.checks.private_link.test_private_dns import endpoint, interface_resources

RESOURCES = {
    'pe1': endpoint('/vnet1', 'nic1'),
    'pe2': endpoint('/vnet2', 'nic2'),
    **interface_resources(nic1={HOST: '10.0.0.5'}, nic2={HOST: '10.9.0.5'}),
}


def read(
    endpoints: Any, resources: Any = None, subnet: str = ''
) -> tuple[EndpointReading, list[str]]:
    """Return what is read of the endpoints in a subnet, and the ids that were asked for."""
    probes = FakeProbes(
        resources={
            key: value if isinstance(value, ArmResult) else ArmResult(value)
            for key, value in (resources or RESOURCES).items()
        }
    )
    context = Context(None, Options(), probes, 1e9)
    reading = read_endpoint_records(context, endpoints, lambda subnet_id: subnet in subnet_id)
    return reading, probes.requests


def record(*addresses: str) -> tuple[EndpointRecord, ...]:
    return (EndpointRecord(HOST, frozenset(addresses)),)


def test_all_endpoints_are_read() -> None:
    reading, asked = read(['pe1', 'pe2'])
    assert asked == ['pe1', 'nic1', 'pe2', 'nic2']
    assert reading.endpoint_ids == ['pe1', 'pe2'] and reading.read_count == 2
    assert reading.records == record('10.0.0.5', '10.9.0.5')
    assert reading.endpoints == (
        PrivateEndpoint('pe1', ('nic1',), record('10.0.0.5'), '/vnet1/subnets/default'),
        PrivateEndpoint('pe2', ('nic2',), record('10.9.0.5'), '/vnet2/subnets/default'),
    )
    assert reading.endpoints[0].addresses == {'10.0.0.5'}


def test_an_endpoint_that_is_listed_twice_counts_once() -> None:
    reading, _ = read(['pe1', 'pe1'])
    assert reading.endpoint_ids == ['pe1'] and reading.interfaces == ['nic1']
    assert reading.records == record('10.0.0.5')


def test_no_interface_of_another_subnet_is_read() -> None:
    reading, asked = read(['pe1', 'pe2'], subnet='vnet2')
    assert asked == ['pe1', 'pe2', 'nic2'] and reading.endpoint_ids == ['pe2']


@pytest.mark.parametrize(
    'kind, unread, deleted',
    [('Forbidden', ['pe1'], False), ('Unavailable', ['pe1'], False), ('NotFound', [], True)],
)
def test_an_endpoint_that_cannot_be_read_is_in_no_subnet(
    kind: str, unread: list[str], deleted: bool
) -> None:
    reading, _ = read(['pe1', 'pe2'], {**RESOURCES, 'pe1': ArmResult(failure=Failure(kind, 'no'))})
    assert reading.endpoint_ids == ['pe2'] and reading.facts()['notRead'] == unread
    assert bool(reading.deleted) is deleted and reading.interface_failure is None


def test_the_number_of_requests_is_bounded() -> None:
    many = {f'pe{number}': endpoint('/vnet1') for number in range(MAX_REQUESTS + 9)}
    reading, asked = read(list(many), many)
    assert len(asked) == MAX_REQUESTS and len(reading.unread) == 9


@pytest.mark.parametrize(
    'text, address',
    [
        ('10.0.0.5', '10.0.0.5'),
        ('FD00:0::5', 'fd00::5'),
        ('', None),
        (None, None),
        (7, None),
        ('10.0.0.999', None),
    ],
)
def test_addresses_are_normalized(text: Any, address: str | None) -> None:
    assert normalize_address(text) == address


def test_networks_whose_names_begin_alike() -> None:
    assert is_in_network('/Group/VNET1/subnets/one', '/group/vnet1/')
    assert not is_in_network('/group/vnet10/subnets/one', '/group/vnet1')
    assert not is_in_network('/group/vnet1/subnets/one', '/group/vnet10')
