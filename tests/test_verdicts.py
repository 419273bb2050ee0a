# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The verdicts on registries and clusters."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from azext_acrhealth.model import Result, failed, not_applicable, passed, warned
from azext_acrhealth.verdicts import CLUSTER_VERDICT, VERDICTS, VerdictRule, judge
from tests.made import PROBLEM, result

LOGIN = ('login-server', 'dns', 'connection', 'tls', 'challenge', 'refresh-token')


def verdicts_of(results: Sequence[Result]) -> list[str]:
    return [judge(results, verdict) for verdict in VERDICTS.values()]


def bad(id: str) -> Result:
    return result(id, failed(PROBLEM, ''))


@pytest.mark.parametrize('failing', LOGIN)
def test_nothing_works_without_what_a_login_needs(failing: str) -> None:
    results = [result(id, passed('')) for id in (*LOGIN, 'access-token') if id != failing]
    assert verdicts_of([*results, bad(failing)]) == ['no', 'no', 'no']


def access_token(missing: Sequence[str] | None) -> Result:
    facts = {} if missing is None else {'missing': list(missing)}
    return result('access-token', failed(PROBLEM, '', **facts))


@pytest.mark.parametrize(
    'last, verdicts',
    [
        (result('access-token', passed('')), ['yes', 'unknown', 'unknown']),
        (result('access-token', warned(PROBLEM, '')), ['yes', 'unknown', 'unknown']),
        (result('access-token', not_applicable('')), ['yes', 'unknown', 'unknown']),
        (access_token(None), ['yes', 'no', 'no']),
        (access_token([]), ['yes', 'no', 'no']),
        (access_token(['push']), ['yes', 'unknown', 'no']),
        (access_token(['pull', 'push', 'delete']), ['yes', 'no', 'no']),
        (access_token(['pull']), ['yes', 'no', 'unknown']),
        (access_token(['delete', 'metadata_read']), ['yes', 'unknown', 'unknown']),
        (bad('encryption'), ['yes', 'unknown', 'unknown']),
        (bad('private-dns'), ['yes', 'unknown', 'unknown']),
        (bad('engine-daemon'), ['yes', 'unknown', 'unknown']),
        (result('blob', passed('')), ['yes', 'yes', 'unknown']),
        (result('blob', warned(PROBLEM, '')), ['yes', 'unknown', 'unknown']),
        (result('push', passed('')), ['yes', 'unknown', 'yes']),
        (result('push', warned(PROBLEM, '', True)), ['yes', 'unknown', 'yes']),
        (result('push', not_applicable('')), ['yes', 'unknown', 'unknown']),
        (bad('push'), ['yes', 'unknown', 'no']),
        (bad('registry-state'), ['yes', 'no', 'no']),
        *((bad(id), ['yes', 'no', 'unknown']) for id in ('data-endpoints', 'manifest', 'blob')),
    ],
)
def test_verdicts_after_a_login(last: Result, verdicts: list[str]) -> None:
    assert verdicts_of([*(result(id, passed('')) for id in LOGIN), last]) == verdicts


@pytest.mark.parametrize('failing', ['refresh-token', 'access-token', 'data-endpoints'])
def test_what_was_pulled_can_be_pulled(failing: str) -> None:
    assert judge([bad(failing), result('blob', passed(''))], VERDICTS['canPull']) == 'yes'


def test_a_verdict_without_a_proof() -> None:
    verdict = VerdictRule(('role',), '', 'pull')
    assert judge([result('role', passed(''))], verdict) == 'unknown'
    assert judge([result('role', warned(PROBLEM, ''))], verdict) == 'unknown'
    assert judge([bad('role')], verdict) == 'no'
    assert judge([], CLUSTER_VERDICT) == 'unknown'
