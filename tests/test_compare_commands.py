# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handler of `compare`: its exit status, and what follows its result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compare.results import result, row
from tests.our_cli import Ended, az, fixture_settings  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
LAPTOP = result(row('dns', addresses=[{'address': '20.1.2.3'}]))
DENIED = {
    **row('refresh-token', 'Failed', 'ClientIpNotAllowed'),
    'code': 'CONNECTIVITY_FORBIDDEN_ERROR',
}


def run(tmp_path: Path, first: Any, second: Any, *arguments: str) -> Ended:
    paths = [tmp_path / name for name in ('laptop.json', 'agent.json')]
    for path, value in zip(paths, (first, second)):
        path.write_text(json.dumps(value), encoding='utf-8')
    return az('acrhealth', 'compare', '--files', *map(str, paths), *arguments)


def test_the_same(tmp_path: Path) -> None:
    ended = run(tmp_path, LAPTOP, LAPTOP)
    assert (ended.status, ended.error) == (0, None)
    assert json.loads(ended.stdout)['differences'] == []


def test_a_difference(tmp_path: Path) -> None:
    agent = result(row('dns', addresses=[{'address': '10.1.0.5'}]))
    ended = run(tmp_path, LAPTOP, agent)
    assert ended.status == 1 and json.loads(ended.stdout)['same'] is False
    assert str(ended.error) == 'laptop.json and agent.json have 1 difference.'
    assert ended.error.recommendations == [
        'On laptop.json, the name resolves to 20.1.2.3; on agent.json, the name resolves to '
        '10.1.0.5.'
    ]


def test_advice_for_a_failure(tmp_path: Path) -> None:
    ended = run(tmp_path, result(row('refresh-token')), result(DENIED))
    assert str(ended.error) == 'laptop.json and agent.json have 2 differences.'
    assert ended.error.recommendations[-1] == (
        'For the cause and the solutions, run `az acrhealth error show --code '
        'CONNECTIVITY_FORBIDDEN_ERROR --reason ClientIpNotAllowed`.'
    )


def test_advice_for_a_failure_in_each_result(tmp_path: Path) -> None:
    missing = row('manifest', 'Failed', 'NoSuchTag')
    first = result(DENIED, row('manifest'))
    second = result(row('refresh-token'), {**missing, 'code': 'IMAGE_PULL_ERROR'})
    advice = run(tmp_path, first, second).error.recommendations[-2:]
    assert ['ClientIpNotAllowed`.' in advice[0], 'NoSuchTag`.' in advice[1]] == [True, True]


def test_a_code_of_a_file_enters_no_command(tmp_path: Path) -> None:
    hostile = {**DENIED, 'code': '$(reboot)'}
    ended = run(tmp_path, result(row('refresh-token')), result(hostile))
    assert not [line for line in ended.error.recommendations if 'error show' in line]


def test_verdicts_are_shown_if_nothing_else_differs(tmp_path: Path) -> None:
    values = [result(row('dns'), canPull=verdict) for verdict in ('yes', 'unknown')]
    ended = run(tmp_path, *values)
    assert 'a pull from contoso works' in ended.error.recommendations[0]


@pytest.mark.parametrize('output', ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'])
def test_every_format(tmp_path: Path, output: str) -> None:
    ended = run(tmp_path, result(row('refresh-token')), result(DENIED), '-o', output)
    assert ended.status == 1 and bool(ended.stdout.strip()) == (output != 'none')


def test_a_query(tmp_path: Path) -> None:
    query = 'differences[].[subject,first,second]'
    ended = run(
        tmp_path,
        result(row('tls')),
        result(row('tls', 'Failed', 'X')),
        '--query',
        query,
        '-o',
        'tsv',
    )
    assert ended.stdout.splitlines() == ['tls\tPassed\tFailed: X', 'Healthy\tyes\tno']
