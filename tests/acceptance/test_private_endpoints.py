# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private endpoints: connections and DNS records that ARM reports."""

from __future__ import annotations

import pytest

from tests.acceptance.registry_checks import check_only
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

REPLICATION, ENDPOINT, ARM_READ, CMK = (
    'REPLICATION_ERROR',
    'PRIVATE_ENDPOINT_ERROR',
    'ARM_READ_ERROR',
    'CMK_ERROR',
)
PRIVREG, EAST, WEST = (
    f'privreg{infix}.azurecr.test' for infix in ('', '.eastus.data', '.westus.data')
)


@pytest.mark.parametrize('state', ['Pending', 'Rejected', 'Disconnected'])
def test_connections(sandbox: Sandbox, state: str) -> None:
    sandbox.put_private_endpoint('privreg', 'third', {PRIVREG: '10.1.0.5'}, state=state)
    row = check_only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Warning', ENDPOINT, f'Connection{state}'
    )  # noqa: E128
    assert (
        f'connection third is {state}' in row['detail']
        and '--name third' in row['solutions'][-1 if state == 'Rejected' else 0]
    )  # noqa: E128
    only_one = [
        connection
        for connection in sandbox.patch_registry('privreg', {})['properties'][
            'privateEndpointConnections'
        ]
        if connection['name'] == 'third'
    ]
    sandbox.patch_registry('privreg', {'properties': {'privateEndpointConnections': only_one}})
    row = check_only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, f'Connection{state}'
    )  # noqa: E128
    assert 'none is approved, and public network access is disabled' in row['detail']


def test_endpoints_that_are_right(sandbox: Sandbox) -> None:
    row = check_only(sandbox, 'privreg', 'private-endpoints').has('private-endpoints', 'Passed')
    assert {record['name']: record['private'] for record in row['facts']['names']} == {
        PRIVREG: True,
        EAST: True,
    }
    assert sandbox.requests('arm-private-endpoint') == []
    check_only(sandbox, 'contoso', 'private-endpoints').has('private-endpoints', 'Skipped')


def test_names_are_asked_for_once(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'privreg', '--only', 'private-endpoints', 'data-endpoints')
    assert run.statuses()['private-endpoints'] == run.statuses()['data-endpoints'] == 'Passed'
    names = [query['name'] for query in sandbox.dns_queries()]
    assert names.count(PRIVREG) == names.count(EAST) == 2  # A and AAAA


def test_a_replica_without_a_record(sandbox: Sandbox) -> None:
    sandbox.put_replication('privreg', 'westus')
    sandbox.set_dns(WEST, answer='nxdomain')
    # Two endpoints in two networks, and one of two interfaces: this machine is in the network of
    # the second.
    sandbox.put_private_endpoint(
        'privreg', 'far', {PRIVREG: '10.7.0.5', EAST: '10.7.0.4', WEST: '10.7.0.6'}, vnet='vnet7'
    )
    sandbox.put_private_endpoint(
        'privreg', 'near', {PRIVREG: '10.1.0.5', EAST: '10.1.0.4', WEST: '10.1.0.6'}, interfaces=2
    )
    connections = [
        connection
        for connection in sandbox.patch_registry('privreg', {})['properties'][
            'privateEndpointConnections'
        ]
        if connection['name'] in ('far', 'near')
    ]
    sandbox.patch_registry('privreg', {'properties': {'privateEndpointConnections': connections}})
    row = check_only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, 'RecordMissing'
    )
    assert [
        (record['name'], record['record'], record['address']) for record in row['facts']['missing']
    ] == [(WEST, 'privreg.westus.data', '10.1.0.6')]
    assert (
        '--zone-name privatelink.azurecr.test --record-set-name privreg.westus.data --ipv4-address '
        '10.1.0.6' in row['solutions'][0]
    )
    assert (
        len(sandbox.requests('arm-nic')) == 3 and len(sandbox.requests('arm-private-endpoint')) == 2
    )
    sandbox.set_dns(WEST, a=['10.1.0.6'])
    check_only(sandbox, 'privreg', 'private-endpoints').has('private-endpoints', 'Passed')


@pytest.mark.parametrize('public, status', [('Disabled', 'Failed'), ('Enabled', 'Warning')])
def test_a_name_that_is_public(sandbox: Sandbox, public: str, status: str) -> None:
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': public}})
    sandbox.set_dns(EAST, a=['127.0.0.1'])
    row = check_only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', status, ENDPOINT, 'NameResolvesPublicly'
    )
    assert f'{EAST} resolves to 127.0.0.1' in row['detail'] and '10.1.0.4' in row['solutions'][0]


def test_no_request_is_made_twice(sandbox: Sandbox) -> None:
    sandbox.set_dns(EAST, answer='nxdomain')
    run = check(sandbox, '-n', 'privreg', '--vnet', 'vnet1', '--only', 'private-link')
    run.has('private-endpoints', 'Failed', ENDPOINT, 'RecordMissing')
    run.has('private-dns', 'Failed', 'CONNECTIVITY_DNS_ERROR', 'NotPrivateEndpointAddress')
    paths = [request['path'] for request in sandbox.requests(host=cloud.ARM_HOST)]
    assert len(set(paths)) == len(paths) == 5  # the registries, two endpoints, two interfaces


@pytest.mark.parametrize('stage, read', [('arm-private-endpoint', False), ('arm-nic', True)])
def test_a_record_whose_address_cannot_be_read(sandbox: Sandbox, stage: str, read: bool) -> None:
    sandbox.set_fault(stage, 'status:403')
    sandbox.set_dns(EAST, answer='nxdomain')
    row = check_only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, 'RecordMissing'
    )
    assert ('privreg-vnet1-nic' in row['detail']) is read and 'network interface' in row['detail']
    assert (
        '--ipv4-address ADDRESS' in row['solutions'][0]
        and row['facts']['missing'][0]['address'] is None
    )
