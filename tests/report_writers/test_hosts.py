# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The hosts and ports that a firewall must allow."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.model import Outcome, not_applicable, passed
from azext_acrhealth.report_writers.hosts import Host, hosts
from azext_acrhealth.report_writers.sections import registries_of
from tests.report_writers.sample import CONTOSO, FABRIKAM, bad, build, doubtful, results

LOGIN = 'contoso.azurecr.io'
KNOWN = passed('known', loginServer=LOGIN)
PATTERN = '*.blob.core.windows.net'
WITHOUT_ENDPOINTS = not_applicable('no data endpoints', allow=[PATTERN])
DATA = 'contoso.westeurope.data.azurecr.io'


def addresses(*values: str) -> list[dict[str, Any]]:
    return [{'address': value, 'private': False} for value in values]


def found(**outcomes: Outcome) -> dict[str, Host]:
    report = build(results(login_server=KNOWN, **outcomes), CONTOSO)
    listed = hosts(registries_of(report))
    assert {host.port for host in listed} <= {443}
    return {host.name: host for host in listed}


def test_the_login_server() -> None:
    resolved = passed('resolves', addresses=addresses('20.1.2.3', '20.1.2.4'))
    connected = passed('connected', proxy='http://proxy.test:3128')
    host = found(dns=resolved, connection=connected)[LOGIN]
    assert host == Host(
        LOGIN,
        'Login and manifests',
        ('20.1.2.3', '20.1.2.4'),
        'http://proxy.test:3128',
        'Reached',
    )


def test_whether_it_was_reached() -> None:
    skipped = not_applicable('requires another check')
    assert found(dns=bad(), connection=skipped, tls=skipped)[LOGIN].result == 'Failed'
    assert found(connection=bad(), tls=skipped)[LOGIN].result == 'Failed'
    assert found(tls=bad())[LOGIN].result == 'Failed'
    assert found(tls=doubtful())[LOGIN].result == 'Reached'
    assert found(dns=skipped, connection=skipped, tls=skipped)[LOGIN].result == 'Not checked'
    # The registry's own answer isn't the network's.
    assert found(refresh_token=bad())[LOGIN].result == 'Reached'


def test_the_hosts_of_layers() -> None:
    facts = {'hosts': [{'host': DATA, 'addresses': addresses('20.1.2.5')}, {'host': 'b.test'}]}
    listed = found(data_endpoints=passed('reached', **facts, failed=[]))
    assert listed[DATA] == Host(DATA, 'Layers', ('20.1.2.5',), '', 'Reached')
    listed = found(data_endpoints=bad(**facts, failed=[DATA]))
    assert (listed[DATA].result, listed['b.test'].result) == ('Failed', 'Reached')


def test_storage_without_data_endpoints() -> None:
    hop = {'host': 'x.blob.core.windows.net', 'addresses': addresses('20.1.2.6')}
    blob = passed('downloaded', hops=[{**hop, 'status': 200}])
    listed = found(data_endpoints=WITHOUT_ENDPOINTS, blob=blob)
    assert (listed[PATTERN].result, listed[hop['host']].result) == ('Not checked', 'Reached')
    listed = found(data_endpoints=WITHOUT_ENDPOINTS, blob=bad(hops=[hop]))
    assert listed[hop['host']].result == 'Failed'
    listed = found(blob=bad(hops=[{**hop, 'status': 403}]))
    assert listed[hop['host']].result == 'Reached'


def test_facts_of_another_shape() -> None:
    odd = passed('odd', hosts='x', failed=None, allow=[''], addresses='y', hops=7, proxy=[])
    listed = found(dns=odd, connection=odd, data_endpoints=odd, blob=odd)
    assert listed[LOGIN] == Host(LOGIN, 'Login and manifests', (), '', 'Reached')


def test_several_registries_share_a_table() -> None:
    other = passed('known', loginServer='fabrikam.azurecr.io')
    skip = not_applicable('skipped')
    report = build(
        [
            *results(
                login_server=KNOWN, blob=passed('x', hops=[{'host': 'b.test', 'status': 200}])
            ),
            *results(FABRIKAM, login_server=other, blob=bad(hops=[{'host': 'b.test'}]), dns=skip),
        ],
        CONTOSO,
        FABRIKAM,
    )
    listed = hosts(registries_of(report))
    assert [host.name for host in listed] == [LOGIN, 'b.test', 'fabrikam.azurecr.io']
    assert listed[1].result == 'Failed'


def test_an_unknown_login_server() -> None:
    report = build(results(), CONTOSO)
    assert hosts(registries_of(report)) == []
