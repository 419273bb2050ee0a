# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The way from this machine to the data of an image."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import not_applicable
from azext_acrhealth.report_writers.sections import machine_of, registries_of
from azext_acrhealth.report_writers.stages import Stage, stage_of, stages
from tests.made import result
from tests.report_writers.sample import AKS, CONTOSO, bad, broken_at, build, doubtful, results

NAMES = ['This machine', 'DNS', 'Proxy', 'Registry', 'Token', 'Storage']
NOT_REACHED = ('connection', 'tls', 'refresh-token', 'data-endpoints', 'blob')


def found(report: dict[str, Any]) -> list[Stage]:
    return stages(registries_of(report)[0], machine_of(report))


def states(report: dict[str, Any]) -> list[str]:
    return [stage.state for stage in found(report)]


def test_all_stages_pass() -> None:
    path = found(build(results(), CONTOSO))
    assert [stage.name for stage in path] == NAMES
    assert {stage.state for stage in path} == {'Passed'}
    assert [stage.detail for stage in path] == [
        f'{name} is fine'
        for name in ('engine-client', 'dns', 'proxy', 'connection', 'refresh-token', 'blob')
    ]


def test_the_path_ends_where_a_check_failed() -> None:
    path = found(broken_at('dns', 'login-server', *NOT_REACHED))
    assert [stage.state for stage in path] == [
        *('Passed', 'Failed', 'Passed'),
        *('Not reached', 'Not reached', 'Not reached'),
    ]
    assert [stage.detail for stage in path[1:4]] == ['is missing', 'proxy is fine', '']


def test_the_worst_row_decides() -> None:
    report = build(results(login_server=doubtful('is assumed'), tls=bad('expired')), CONTOSO)
    assert found(report)[3] == Stage('Registry', 'Failed', 'expired')
    report = build(results(login_server=doubtful('is assumed')), CONTOSO)
    assert found(report)[3] == Stage('Registry', 'Warning', 'is assumed')


def test_a_stage_is_reached_by_the_network_only() -> None:
    # Azure Resource Manager knows the registry, although this machine can't reach it.
    path = found(broken_at('dns', *NOT_REACHED))
    assert path[3] == Stage('Registry', 'Not reached', '')
    skipped = not_applicable('requires the `dns` check, which failed')
    outcomes = {name.replace('-', '_'): skipped for name in NOT_REACHED}
    report = build(results(dns=bad(), login_server=doubtful(), **outcomes), CONTOSO)
    assert found(report)[3] == Stage('Registry', 'Not reached', '')
    only = {**outcomes, 'dns': not_applicable('left out'), 'proxy': not_applicable('left out')}
    assert states(build(results(**only), CONTOSO)) == ['Passed', *['Not checked'] * 5]


def test_what_was_not_asked_for_says_why() -> None:
    skipped = not_applicable("--image wasn't specified")
    report = build(results(data_endpoints=skipped, blob=skipped), CONTOSO)
    assert found(report)[5] == Stage('Storage', 'Not checked', "--image wasn't specified")
    assert states(build(results()[1:], CONTOSO))[0] == 'Not checked'


def test_nodes_do_not_pull_through_this_machine() -> None:
    of_cluster = [
        result('pull-role', bad('no role'), CONTOSO._replace(cluster=AKS), category='cluster'),
    ]
    report = build([*results(dns=bad()), *of_cluster], CONTOSO, clusters=[AKS])
    assert found(report)[-1] == Stage('Nodes of aks1', 'Failed', 'no role', apart=True)
    skipped = [of_cluster[0]._replace(outcome=not_applicable('no reader'))]
    report = build([*results(dns=bad()), *skipped], CONTOSO, clusters=[AKS])
    assert found(report)[-1].state == 'Not checked'


@pytest.mark.parametrize('check', CHECKS, ids=lambda check: check.id)
def test_every_check_has_a_stage(check: Any) -> None:
    cluster = 'aks1' if check.per == 'cluster' else None
    name = stage_of({'check': check.id, 'category': check.category, 'cluster': cluster})
    assert name == 'Nodes of aks1' if cluster else name in NAMES


def test_the_stages_of_checks_that_decide() -> None:
    by_id = {check.id: check for check in CHECKS}
    expected = {
        'engine-daemon': 'This machine',
        'dns': 'DNS',
        'private-dns': 'DNS',
        'proxy': 'Proxy',
        'tls': 'Registry',
        'network-rules': 'Registry',
        'access-token': 'Token',
        'clock': 'This machine',
        'blob': 'Storage',
    }
    for name, stage in expected.items():
        row = {'check': name, 'category': by_id[name].category, 'cluster': None}
        assert stage_of(row) == stage
