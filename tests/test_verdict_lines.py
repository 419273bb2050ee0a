# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The last lines on stderr."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.verdict_lines import verdict_lines
from tests.made_reports import NO_IMAGE, NO_PUSH, registry, report, row

UNTRIED = (
    row('manifest', 'Skipped', detail=NO_IMAGE),
    row('push', 'Skipped', detail=NO_PUSH),
)
HINTS = 'Log in: yes. Pull: not tried (add --image). Push: not tried (add --push).'


def texts(made: dict[str, Any], strict: bool = False) -> list[str]:
    return [''.join(text for _, text in line) for line in verdict_lines(made, strict)]


def test_a_healthy_registry() -> None:
    made = report(row('helm', registry=None), row('dns'), *UNTRIED)
    assert texts(made) == [f'one: healthy. 2 passed, 2 skipped. {HINTS}']


def test_an_unhealthy_registry() -> None:
    made = report(
        row('dns', 'Failed'),
        row('tls', 'Warning'),
        row('blob', 'Failed'),
        registries=[registry(canLogin='no', canPull='no', canPush='yes')],
    )
    assert texts(made) == [
        'one: not healthy. 0 passed, 1 warning, 2 failed. Log in: no. Pull: no. Push: yes.'
    ]


def test_what_was_left_out_has_no_hint() -> None:
    made = report(registries=[registry(canLogin='unknown')])
    assert texts(made) == [
        'one: healthy. 0 passed. Log in: not tried. Pull: not tried. Push: not tried.'
    ]


@pytest.mark.parametrize(
    'status, strict, state',
    [
        ('Failed', False, ' This machine: not healthy.'),
        ('Warning', False, ''),
        ('Warning', True, ' This machine: not healthy.'),
    ],
)
def test_the_only_registry_and_this_machine(status: str, strict: bool, state: str) -> None:
    made = report(row('helm', status, registry=None), row('dns'), *UNTRIED)
    word = {'Failed': 'failed', 'Warning': 'warning'}[status]
    assert texts(made, strict) == [f'one: healthy.{state} 1 passed, 1 {word}, 2 skipped. {HINTS}']


@pytest.mark.parametrize('status, state', [('Failed', 'not healthy'), ('Warning', 'healthy')])
def test_among_several_registries_this_machine_has_a_line(status: str, state: str) -> None:
    rows = [row('helm', status, registry=None), row('dns')]
    shown = texts(report(*rows, registries=[registry(), registry('two')]))
    word = {'Failed': 'failed', 'Warning': 'warning'}[status]
    assert shown[2:] == [
        f'This machine: {state}. 0 passed, 1 {word}.',
        f'2 registries: healthy. 1 passed, 1 {word}.',
    ]


def test_this_machine_alone() -> None:
    made = report(row('helm', registry=None), registries=[])
    assert texts(made) == ['This machine: healthy. 1 passed.']


def test_a_selection_without_registries() -> None:
    machine = row('helm', 'Skipped', registry=None)
    made = report(row('registries', 'Failed', registry=None), machine, registries=[])
    assert texts(made) == ['Selection: not healthy. 0 passed, 1 failed.']


def test_an_interrupted_run_is_not_healthy() -> None:
    made = {**report(row('dns'), *UNTRIED), 'healthy': False}
    assert texts(made) == [f'one: interrupted. 1 passed, 2 skipped. {HINTS}']


def test_a_cluster_that_is_not_found() -> None:
    needed = 'requires the `cluster` check, which returned no usable result'
    made = report(
        row('cluster', 'Warning', cluster='aksx'),
        row('pull-role', 'Skipped', detail=needed, cluster='aksx'),
        row('cluster-pull', 'Skipped', detail="--cluster-pull wasn't specified", cluster='aksx'),
        registries=[registry(clusters=[{'name': 'aksx', 'id': None, 'canPull': 'unknown'}])],
    )
    assert texts(made)[0].endswith(' Pull by aksx: not tried.')


def test_clusters() -> None:
    clusters = [
        {'name': 'aks1', 'id': None, 'canPull': 'no'},
        {'name': 'aks2', 'id': None, 'canPull': 'unknown'},
    ]
    option = "--cluster-pull wasn't specified"
    made = report(
        row('blob'),
        row('push'),
        row('pull-role', 'Failed', cluster='aks1'),
        row('cluster-pull', 'Skipped', detail=option, cluster='aks2'),
        registries=[registry(canPull='yes', canPush='yes', clusters=clusters)],
    )
    assert texts(made) == [
        'one: not healthy. 2 passed, 1 failed, 1 skipped. Log in: yes. Pull: yes. Push: yes. '
        'Pull by aks1: no. Pull by aks2: not tried (add --cluster-pull).'
    ]


def test_several_registries_are_counted() -> None:
    names = [f'r{number}' for number in range(8)]
    made = report(
        *(
            row('dns', 'Failed' if name in ('r6', 'r7') else 'Passed', registry=name)
            for name in names
        ),
        registries=[registry(name) for name in names],
    )
    shown = texts(made)
    assert [text.partition('.')[0] for text in shown] == [
        'r6: not healthy',
        'r7: not healthy',
        'r0: healthy',
        'r1: healthy',
        'r2: healthy',
        '2 of 8 registries: not healthy',
    ]
    assert shown[-1] == '2 of 8 registries: not healthy. 6 passed, 2 failed.'


def test_several_healthy_registries() -> None:
    made = report(row('dns'), registries=[registry(), registry('two')])
    assert texts(made)[-1] == '2 registries: healthy. 1 passed.'


@pytest.mark.parametrize(
    'status, mark, style',
    [('Passed', '✓', 'success'), ('Warning', '!', 'warning'), ('Failed', '✗', 'error')],
)
def test_marks_and_styles(status: str, mark: str, style: str) -> None:
    (line,) = verdict_lines(report(row('dns', status)), False, marks=True)
    assert line[0][0] == style and line[0][1].startswith(f'{mark} one: ')
