# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The addresses by which traffic leaves."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.outbound_addresses import read_addresses
from azext_acrhealth.checks.cluster.outbound_paths import OutboundPath
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import OPTIONS, SUBNET_ID, TARGET, failure, public_address
from tests.checks.cluster.test_cluster_egress import ADDRESS_ID, OTHER_ID, PREFIX_ID
from tests.checks.fake_probes import FakeProbes


def path(*identifiers: str) -> OutboundPath:
    return OutboundPath('LoadBalancer', SUBNET_ID, ('one',), address_ids=identifiers)


def context(**resources: ArmResult) -> Context:
    return Context(TARGET, OPTIONS, FakeProbes(resources=resources), 1e9)


def test_addresses_and_prefixes() -> None:
    resources = {ADDRESS_ID: public_address(), PREFIX_ID: public_address(ipPrefix='192.0.2.0/28')}
    ctx = context(**resources)
    found, unread = read_addresses(ctx, [path(ADDRESS_ID, PREFIX_ID), path(ADDRESS_ID)])
    assert [entry.shown for entry in found] == ['198.51.100.20', '192.0.2.0/28', '198.51.100.20']
    assert not unread and found[0].facts('a')['allowedBy'] == 'a'
    assert read_addresses(ctx, []) == ([], [])


@pytest.mark.parametrize('address', [None, '', 7, '2001:db8::1', 'x', '1.2.3.4/99'])
def test_what_is_no_ipv4_address(address: Any) -> None:
    ctx = context(**{ADDRESS_ID: public_address(address)})
    assert read_addresses(ctx, [path(ADDRESS_ID)]) == ([], [])


def test_what_is_not_read() -> None:
    ctx = context(**{ADDRESS_ID: failure('Forbidden'), PREFIX_ID: failure('Forbidden')})
    _, unread = read_addresses(ctx, [path(ADDRESS_ID, PREFIX_ID, '/x')])
    assert [part.action.rpartition('/')[0] for part in unread] == [
        'Microsoft.Network/publicIPAddresses',
        'Microsoft.Network/publicIPPrefixes',
        'Microsoft.Network/publicIPAddresses',
    ]


def test_more_than_are_read() -> None:
    many = [f'{OTHER_ID}{number}' for number in range(150)]
    ctx = context(**dict.fromkeys(many, public_address()))
    found, unread = read_addresses(ctx, [path(*many)])
    assert len(found) == 100 and len(unread) == 1
    failed = unread[0].result.failure
    assert failed and failed.text == 'only the first 100 addresses were read'
