# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the command prints: all formats, queries, and the table."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
import yaml

from tests.acceptance.outputs import (
    BASE,
    BLOCK,
    HEADLINE,
    RAN,
    ROWS,
    assert_outline,
    assert_verdict,
    run_az,
)
from tests.acceptance.rows import PASSING
from tests.acceptance.runs import REPORT, assert_clean, assert_well_formed
from tests.sandbox.control.sandbox import Sandbox


@pytest.fixture(params=[True, False], ids=['healthy', 'failing'])
def healthy(request: pytest.FixtureRequest, sandbox: Sandbox) -> bool:
    """Return whether contoso is healthy; if not, its firewall denies this machine."""
    if not request.param:
        sandbox.set_fault('challenge@contoso', 'denied')
    return bool(request.param)


def strip_colors(text: str) -> str:
    """Return JSON or YAML without the colors of the jsonc and yamlc formats."""
    return re.sub(r'\x1b\[[0-9;]*m', '', text)


class TestFormats:
    """Each format of the CLI."""

    @pytest.mark.parametrize('form', ['json', 'jsonc', 'yaml', 'yamlc'])
    def test_whole(self, sandbox: Sandbox, healthy: bool, form: str) -> None:
        finished = sandbox.az(*BASE, '-o', form)
        assert_verdict(finished, healthy)
        text = strip_colors(finished.stdout)
        report = json.loads(text) if form.startswith('json') else yaml.safe_load(text)
        assert_well_formed(report)
        assert report['healthy'] is healthy and len(report['checks']) == ROWS

    def test_json_is_the_default(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox)
        assert_verdict(finished, healthy)
        assert set(finished.json) == REPORT

    def test_none(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '-o', 'none')
        assert_verdict(finished, healthy)
        assert finished.stdout == ''

    def test_tsv(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '--query', 'checks[].[check, status, code, reason]', '-o', 'tsv')
        assert_verdict(finished, healthy)
        rows = list(
            csv.reader(io.StringIO(finished.stdout), delimiter='\t', quoting=csv.QUOTE_NONE)
        )
        assert len(rows) == ROWS and {len(row) for row in rows} == {4}
        assert (
            ['challenge', 'Passed', 'None', 'None'] in rows
        ) is healthy  # the CLI's word for null in a list
        assert (
            ['challenge', 'Failed', 'CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed'] in rows
        ) is not healthy

    def test_tsv_of_the_whole(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '-o', 'tsv')
        assert_verdict(finished, healthy)
        assert finished.stdout.strip()

    def test_query(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(
            sandbox,
            '--query',
            "{healthy: healthy, failed: checks[?status=='Failed'].check}",
            '-o',
            'json',
        )
        assert_verdict(finished, healthy)
        assert finished.json == {'healthy': healthy, 'failed': [] if healthy else ['challenge']}

    @pytest.mark.parametrize('form', ['json', 'tsv', 'table'])
    def test_query_without_a_match(self, sandbox: Sandbox, healthy: bool, form: str) -> None:
        finished = run_az(sandbox, '--query', "checks[?code=='NO_SUCH_CODE'].code", '-o', form)
        assert_verdict(finished, healthy)
        assert finished.stdout.strip() == ('[]' if form == 'json' else '')

    def test_query_that_gives_null(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '--query', 'nosuchkey', '-o', 'json')
        assert_verdict(finished, healthy)
        assert finished.stdout.strip() in ('', 'null')

    def test_bad_query_runs_nothing(self, sandbox: Sandbox) -> None:
        finished = run_az(sandbox, '--query', 'checks[?')
        assert finished.code not in (0, None) and finished.stdout == '' and sandbox.requests() == []


class TestTable:
    """The overview."""

    def test_one_registry(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '-o', 'table')
        assert_outline(finished, healthy)
        header, rule, *lines = finished.stdout.rstrip('\n').splitlines()
        assert header.split() == ['Check', 'Status', 'Code', 'Detail']
        assert set(rule) == {'-', ' '} and len(lines) == len(PASSING if healthy else RAN)
        assert max(map(len, (header, rule, *lines))) <= 120
        assert (
            'None' not in finished.stdout
            and 'null' not in finished.stdout
            and '{' not in finished.stdout
        )
        shown = [line.split()[:2] for line in lines]
        assert ['dns', 'Passed'] in shown and 'encryption' not in finished.stdout
        assert (['challenge', 'Failed'] in shown) is not healthy

    def test_long_details_are_cut(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'body:429:text/plain:' + 'too many requests ' * 40)
        finished = run_az(sandbox, '-o', 'table')
        line = next(line for line in finished.stdout.splitlines() if line.startswith('challenge'))
        assert len(line) <= 120 and line.endswith('…')

    def test_several_registries(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('dns@basicreg.azurecr.test', 'nxdomain')
        finished = sandbox.az(
            'acrhealth',
            'check',
            '-n',
            'contoso',
            'basicreg',
            'fabrikam',
            '--skip',
            'environment',
            '-o',
            'table',
        )
        assert_clean(sandbox, finished)
        header, rule, *lines = finished.stdout.rstrip('\n').splitlines()
        assert header.split() == [
            *('Registry', 'Location', 'Status', 'Login', 'Pull', 'Push', 'Code', 'Detail')
        ]
        assert [line.split()[:6] for line in lines] == [
            ['basicreg', 'eastus', 'Failed', 'no', 'no', 'no'],
            ['fabrikam', 'eastus', 'Warning', 'yes', '-', '-'],
            ['contoso', 'eastus', 'Passed', 'yes', '-', '-'],
        ], 'the worst first'
        assert (
            'CONNECTIVITY_DNS_ERROR' in lines[0] and 'CONNECTIVITY_ACCESS_TOKEN_ERROR' in lines[1]
        )
        assert max(map(len, (header, rule, *lines))) <= 120 and finished.code == 1
        assert ' in 1 of 3 registries: dns of basicreg (' in finished.stderr
        *_, basicreg, contoso, fabrikam, last = finished.stderr.splitlines()
        assert basicreg.startswith('basicreg: not healthy.') and contoso.startswith(
            'contoso: healthy.'
        )
        assert fabrikam.startswith('fabrikam: healthy.') and ', 1 warning, ' in fabrikam
        assert last.startswith('1 of 3 registries: not healthy. ')

    @pytest.mark.parametrize('columns, width', [('80', 80), ('200', 200), ('1', 80), ('900', 200)])
    def test_width(self, sandbox: Sandbox, columns: str, width: int) -> None:
        sandbox.set_fault('challenge@contoso', 'body:429:text/plain:' + 'too many requests ' * 40)
        finished = run_az(sandbox, '-o', 'table', env={'COLUMNS': columns})
        assert max(map(len, finished.stdout.splitlines())) == width

    def test_a_console_without_an_ellipsis(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'body:429:text/plain:' + 'too many requests ' * 40)
        finished = run_az(sandbox, '-o', 'table', env={'PYTHONIOENCODING': 'ascii'})
        line = next(line for line in finished.stdout.splitlines() if line.startswith('challenge'))
        assert len(line) <= 120 and line.endswith('...')

    def test_only_errors(self, sandbox: Sandbox, healthy: bool) -> None:
        finished = run_az(sandbox, '-o', 'table', '--only-show-errors')
        assert finished.code == (0 if healthy else 1)
        lines = finished.stderr.splitlines()
        if healthy:
            assert lines == []
        else:
            assert lines[0] == HEADLINE and lines[2].startswith(BLOCK)
            assert lines[-1].startswith('  Learn more: ')

    def test_a_misspelled_name(self, sandbox: Sandbox) -> None:
        finished = sandbox.az(
            *('acrhealth', 'check', '-n', 'contosoo', '--skip', 'environment', '-o', 'table')
        )
        assert_clean(sandbox, finished)
        assert 'did you mean contoso? ' in finished.stdout
        advice = [line for line in finished.stderr.splitlines() if line.startswith('  1. ')]
        assert len(advice) == 2, 'of the dns check and of the login-server check'
        assert {line.partition('?')[0] for line in advice} == {'  1. Did you mean contoso'}

    def test_verdicts_that_were_tried(self, sandbox: Sandbox) -> None:
        finished = run_az(sandbox, '-t', 'hello:v1', '--push', '-o', 'table')
        assert finished.stderr.splitlines()[-1].endswith(' Log in: yes. Pull: yes. Push: yes.')
        finished = run_az(sandbox, '-o', 'table')
        assert finished.stderr.splitlines()[-1].endswith(
            ' Log in: yes. Pull: not tried (add --image). Push: not tried (add --push).'
        )
        assert '--image, --push, and --vnet not specified; ' in finished.stderr
        assert 'left out by --skip: environment; ' in finished.stderr

    def test_with_query(self, sandbox: Sandbox) -> None:
        finished = run_az(
            sandbox, '--query', 'checks[].{Check: check, Milliseconds: durationMs}', '-o', 'table'
        )
        assert (
            finished.stdout.split()[:2] == ['Check', 'Milliseconds']
            and len(finished.stdout.splitlines()) == ROWS + 2
        )
