# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What private endpoints list: of which subnets, from which interfaces, and what was not read."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.private_link.endpoint_records import (
    MOST,
    Seen,
    address_of,
    resolve_records,
)
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, FakeProbes
from tests.checks.private_link.test_private_dns import endpoint, given_interfaces

RESOURCES = {
    'pe1': endpoint('/vnet1', 'nic1'),
    'pe2': endpoint('/vnet2', 'nic2'),
    **given_interfaces(nic1={HOST: '10.0.0.5'}, nic2={HOST: '10.9.0.5'}),
}


def seen(endpoints: Any, resources: Any = None, subnet: str = '') -> tuple[Seen, list[str]]:
    probes = FakeProbes(
        resources={
            key: value if isinstance(value, ArmResult) else ArmResult(value)
            for key, value in (resources or RESOURCES).items()
        }
    )
    return resolve_records(
        Context(None, Options(), probes, 1e9), endpoints, lambda text: subnet in text
    ), probes.asked


def test_all() -> None:
    found, asked = seen(['pe1', 'pe2'])
    assert (
        asked == ['pe1', 'nic1', 'pe2', 'nic2']
        and found.found == ['pe1', 'pe2']
        and found.read == 2
    )
    assert found.names.expected == {HOST: {'10.0.0.5', '10.9.0.5'}}
    assert {key: (one.expected, one.interfaces) for key, one in found.of.items()} == {
        'pe1': ({HOST: {'10.0.0.5'}}, ['nic1']),
        'pe2': ({HOST: {'10.9.0.5'}}, ['nic2']),
    }


def test_no_interface_of_another_subnet_is_read() -> None:
    found, asked = seen(['pe1', 'pe2'], subnet='vnet2')
    assert asked == ['pe1', 'pe2', 'nic2'] and found.found == ['pe2']


@pytest.mark.parametrize(
    'kind, unread, gone',
    [('Forbidden', ['pe1'], False), ('Unavailable', ['pe1'], False), ('NotFound', [], True)],
)
def test_an_endpoint_that_cannot_be_read_is_in_no_subnet(
    kind: str, unread: list[str], gone: bool
) -> None:
    found, _ = seen(['pe1', 'pe2'], {**RESOURCES, 'pe1': ArmResult(failure=Failure(kind, 'no'))})
    assert (
        found.found == ['pe2'] and found.facts()['notRead'] == unread and bool(found.gone) is gone
    )
    assert found.failure is None


def test_an_end_is_made() -> None:
    many = {f'pe{number}': endpoint('/vnet1') for number in range(MOST + 9)}
    found, asked = seen(list(many), many)
    assert len(asked) == MOST and len(found.unread) == 9


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
def test_an_address(text: Any, address: str | None) -> None:
    assert address_of(text) == address
