# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's names, how they resolve here, and which records the private zone lacks."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.private_link.missing_records import (
    RegistryName,
    find_missing_records,
    resolve_names,
)
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.private_link.test_private_endpoints import EAST, ONE_ENDPOINT, WEST, resolving
from tests.checks.registry.test_endpoint_connections import told


def context(**hosts: Any) -> Context:
    resources = {key: ArmResult(value) for key, value in ONE_ENDPOINT.items()}
    probes = FakeProbes(hosts=hosts, resources=resources)
    return Context(None, Options(), probes, 1e9, probes.host_connections())


@pytest.mark.parametrize(
    'addresses, private',
    [
        (('10.0.0.4',), True),
        (('10.0.0.4', 'fd00::4'), True),
        (('10.0.0.4', '203.0.113.7'), False),
        ((), False),
    ],
)
def test_a_name_is_private_if_all_its_addresses_are(
    addresses: tuple[str, ...], private: bool
) -> None:
    assert RegistryName(HOST, addresses).private is private


def test_each_name_is_resolved_once() -> None:
    login = LoginServer(
        HOST.upper(),
        resolving(HOST, ['10.0.0.5']),
        True,
        {
            'properties': {
                'loginServer': HOST,
                'dataEndpointHostNames': [EAST, EAST.upper(), 'x y', None, 7],
                'regionalEndpointHostNames': HOST,
            }
        },
    )
    assert resolve_names(context(**{EAST: resolving(EAST, ['10.0.0.4'])}), login) == [
        RegistryName(HOST, ('10.0.0.5',)),
        RegistryName(EAST, ('10.0.0.4',)),
    ]


@pytest.mark.parametrize('odd', [None, 7, 'x', {}, [None]])
def test_lists_of_another_type_name_no_host(odd: Any) -> None:
    login = LoginServer(
        HOST,
        FakeConnection(),
        True,
        {'properties': {'dataEndpointHostNames': odd, 'loginServer': odd}},
    )
    assert [name.host for name in resolve_names(context(), login)] == [HOST]


def test_endpoints_that_are_not_approved_are_not_read() -> None:
    ctx, login = context(), LoginServer(HOST, FakeConnection(), True, {'properties': {}})
    listed = [told('Pending', '/x/pe2'), told(), told('Approved', None)]
    connections = connections_of({'privateEndpointConnections': listed})
    found = find_missing_records(
        ctx,
        login,
        connections,
        [
            RegistryName(HOST, ('10.0.0.5',)),
            RegistryName(EAST, ('203.0.113.7',)),
            RegistryName(WEST, ()),
        ],
    )
    assert ctx.probes.requests == ['/x/pe1', 'nic1', 'nic2'] and found.suffix == '.azurecr.io'
    assert [(missing.record, missing.address) for missing in found.records] == [
        ('myregistry.westeurope.data', '10.0.0.6'),
        ('myregistry.eastus.data', '10.0.0.4'),
    ]
    assert found.address_source() == 'the network interfaces nic1, nic2'
