# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names that don't resolve, or resolve wrongly: why, by what the DNS servers themselves respond."""

from __future__ import annotations

import pytest

from tests.acceptance.codes import DNS, HOST
from tests.acceptance.components import lacks, need
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import network_programs
from tests.sandbox.host.addresses import SILENT
from tests.sandbox.services import cloud

DATA, DATA_ERROR = 'contoso.eastus.data.azurecr.test', 'DATA_ENDPOINT_ERROR'
ALIAS, ZONE = 'contoso.privatelink.azurecr.test', 'privatelink.azurecr.test'
SEARCH_DOMAIN = 'corp.sandbox.test'


@pytest.fixture
def namespaced(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox whose machine has DNS settings of its own."""
    if sandbox.info['kind'] == 'wrapper':
        lacks('no private network namespace is to be had here')
    return sandbox


def assert_hidden(run: Run) -> None:
    """Assert that the zone is named as the cause, and both cures as commands."""
    row = run.has('dns', 'Failed', DNS, 'HiddenByPrivateZone')
    assert row['detail'] == f"{HOST} is an alias of {ALIAS}, which doesn't exist in the zone {ZONE}"
    solutions = ' '.join(row['solutions'])
    assert f'--zone-name {ZONE} --name LINK --resolution-policy NxDomainRedirect' in solutions
    assert f'--zone-name {ZONE} --record-set-name contoso --ipv4-address' in solutions
    assert not [name for name in ('spelling', 'az acr show') if name in solutions]
    assert run.finished.code == 1 and run.report['registries'][0]['canLogin'] == 'no'


@pytest.mark.parametrize('bare', [False, True])
def test_a_linked_zone_hides_another_registry(namespaced: Sandbox, bare: bool) -> None:
    namespaced.hide_names(HOST, bare=bare)
    run = check(namespaced, '-n', 'contoso')
    assert_hidden(run)
    (server,) = run.row('dns')['facts']['dnsServers']
    assert (server['server'], server['result']) == ('127.0.0.1', 'NXDOMAIN')
    assert (server['aliases'], server['zone']) == ([ALIAS], ZONE)


def test_a_linked_zone_hides_a_registry_that_arm_does_not_show(namespaced: Sandbox) -> None:
    namespaced.hide_names(HOST)
    namespaced.set_fault('arm-list', 'status:403')
    assert_hidden(check(namespaced, '-n', 'contoso'))


@pytest.mark.parametrize('late', ['A', 'AAAA'])
def test_dnsmasq_passes_the_alias_on(namespaced: Sandbox, late: str) -> None:
    """It answers the query for these addresses as if the alias existed: their response is late."""
    need('dnsmasq')
    namespaced.hide_names(HOST, slow=0.5, slow_type=late)
    with network_programs.dnsmasq(namespaced):
        assert_hidden(check(namespaced, '-n', 'contoso'))


def test_the_alias_is_visible_at_one_of_two_servers(namespaced: Sandbox) -> None:
    namespaced.hide_names(HOST)
    with network_programs.dns_settings(namespaced, ('127.0.0.99', '127.0.0.1')):
        run = check(namespaced, '-n', 'contoso')
    assert_hidden(run)
    servers = run.row('dns')['facts']['dnsServers']
    assert [server['result'] for server in servers] == ['unreachable', 'NXDOMAIN']


def test_a_linked_zone_hides_a_data_endpoint(namespaced: Sandbox) -> None:
    properties = {'dataEndpointEnabled': True, 'dataEndpointHostNames': [DATA]}
    namespaced.patch_registry('contoso', {'properties': properties})
    namespaced.hide_names(DATA)
    row = check(namespaced, '-n', 'contoso').has(
        'data-endpoints', 'Failed', DATA_ERROR, 'HiddenByPrivateZone'
    )
    assert f'--zone-name {ZONE} --record-set-name contoso.eastus.data' in ' '.join(row['solutions'])


def test_the_zone_has_the_name_without_an_address(namespaced: Sandbox) -> None:
    namespaced.hide_names(HOST, answer='nodata')
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'NoAddress')
    assert f'{ALIAS}, which has no address in the zone {ZONE}' in row['detail']


def test_the_servers_of_the_private_zone_fail(namespaced: Sandbox) -> None:
    namespaced.hide_names(HOST, answer='servfail')
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'ResolverFailed')
    assert f'{HOST} is an alias of {ALIAS}' in row['detail'] and 'SERVFAIL' in row['detail']
    assert f'`{ZONE}`' in ' '.join(row['solutions'])


def test_an_alias_that_a_filter_blocks(namespaced: Sandbox) -> None:
    namespaced.set_dns(HOST, cname=['eus-acr-reg.trafficmanager.test'], answer='nxdomain')
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'AliasNotFound')
    assert 'eus-acr-reg.trafficmanager.test' in row['solutions'][0]


def test_a_private_zone_with_the_name_of_the_public_zone(namespaced: Sandbox) -> None:
    namespaced.set_dns(HOST, answer='nxdomain', primary='azureprivatedns.net')
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'PublicZoneReplaced')
    assert f'--name {ZONE}' in row['solutions'][0]


def test_both_causes_where_the_alias_is_not_visible(namespaced: Sandbox) -> None:
    namespaced.set_dns(HOST, answer='nxdomain')
    namespaced.set_fault('arm-list', 'status:403')
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'NameNotFound')
    assert 'no registry has it' in row['cause'] and 'hides' in row['cause']
    assert any('Tell the causes apart' in solution for solution in row['solutions'])


@pytest.mark.parametrize('answer', ['servfail', 'refused', 'nxdomain', 'silent'])
def test_no_name_resolves(namespaced: Sandbox, answer: str) -> None:
    namespaced.set_fault('dns', answer)
    row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'NoNameResolves')
    assert row['detail'].startswith('no name resolves: ') and cloud.SAMPLE_HOST in row['detail']
    assert '`cat /etc/resolv.conf`' in row['solutions'][0]
    assert [server['server'] for server in row['facts']['dnsServers']] == ['127.0.0.1']
    assert 'spelling' not in ' '.join(row['solutions'])


def test_the_dns_servers_cannot_be_reached(namespaced: Sandbox) -> None:
    with network_programs.dns_settings(namespaced, ('127.0.0.98', '127.0.0.99')):
        row = check(namespaced, '-n', 'contoso').has('dns', 'Failed', DNS, 'NoNameResolves')
    assert '127.0.0.98: unreachable, 127.0.0.99: unreachable' in row['detail']


def test_a_search_domain_resolves_the_name(namespaced: Sandbox) -> None:
    namespaced.set_dns(HOST, answer='nxdomain')
    namespaced.set_dns(f'{HOST}.{SEARCH_DOMAIN}', a=['127.0.0.1'])
    with network_programs.dns_settings(namespaced, ('127.0.0.1',), f'search {SEARCH_DOMAIN}'):
        row = check(namespaced, '-n', 'contoso').has(
            'dns', 'Warning', DNS, 'ResolvedBySearchDomain'
        )
    assert f'{HOST}.{SEARCH_DOMAIN}' in row['detail']


class TestDeadAddresses:
    """One address of several doesn't accept connections."""

    @pytest.mark.parametrize(
        'addresses, detail',
        [
            ([SILENT, '127.0.0.1'], f'{SILENT} timed out after '),
            (['127.0.0.1', SILENT], f'{SILENT} timed out after '),
            (['127.0.0.66', '127.0.0.1'], '127.0.0.66 refused the connection (IPv4, '),
            (['192.0.2.1', '127.0.0.1'], 'no route to 192.0.2.1 (IPv4'),
        ],
    )
    def test_of_the_login_server(
        self, namespaced: Sandbox, addresses: list[str], detail: str
    ) -> None:
        namespaced.set_dns(HOST, a=addresses)
        run = check(namespaced, '-n', 'contoso', '--strict')
        row = run.has('connection', 'Warning', 'CONNECTIVITY_CHALLENGE_ERROR', 'AddressUnreachable')
        assert detail in row['detail'] and ' s lost)' in row['detail']
        assert {tried['address'] for tried in row['facts']['tried']} == {*addresses}
        assert run.finished.code == 1 and run.statuses()['access-token'] == 'Passed'

    def test_of_the_other_family(self, namespaced: Sandbox) -> None:
        need('ip')
        address = '2001:db8::77'
        namespaced.set_address(address, 'silent')
        try:
            namespaced.set_dns(HOST, a=['127.0.0.1'], aaaa=[address])
            run = check(namespaced, '-n', 'contoso')
        finally:
            namespaced.run(['ip', 'addr', 'del', f'{address}/128', 'dev', 'lo'])
        row = run.has('connection', 'Warning', 'CONNECTIVITY_CHALLENGE_ERROR', 'AddressUnreachable')
        assert f'{address} timed out after ' in row['detail'] and '(IPv6, ' in row['detail']

    def test_of_a_data_endpoint(self, namespaced: Sandbox) -> None:
        properties = {'dataEndpointEnabled': True, 'dataEndpointHostNames': [DATA]}
        namespaced.patch_registry('contoso', {'properties': properties})
        namespaced.set_dns(DATA, a=[SILENT, '127.0.0.1'])
        run = check(namespaced, '-n', 'contoso')
        row = run.has('data-endpoints', 'Warning', DATA_ERROR, 'AddressUnreachable')
        assert SILENT in row['detail'] and '(IPv4, ' in row['detail'] and run.finished.code == 0

    def test_of_storage(self, namespaced: Sandbox) -> None:
        namespaced.set_dns(cloud.BLOB_HOST, a=[SILENT, '127.0.0.1'])
        run = check(namespaced, '-n', 'contoso', '--image', 'hello:v1')
        row = run.has('blob', 'Warning', DATA_ERROR, 'AddressUnreachable')
        assert SILENT in row['detail'] and run.report['registries'][0]['canPull'] == 'yes'

    def test_a_family_without_a_route_costs_nothing(self, namespaced: Sandbox) -> None:
        namespaced.set_dns(HOST, a=['127.0.0.1'], aaaa=['2001:db8::7'])
        run = check(namespaced, '-n', 'contoso', '--strict')
        assert run.has('connection', 'Passed') and run.finished.code == 0
