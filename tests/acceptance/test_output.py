# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the command prints: all formats, queries, the table, progress, and what goes to standard error."""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any, Optional

import pytest
import yaml

from tests.acceptance.rows import DISPLAY_ORDER, PASSING
from tests.acceptance.runs import REPORT, check, clean, well_formed
from tests.sandbox.control.sandbox import Finished, Sandbox

BASE = ('acrhealth', 'check', '-n', 'contoso', '--skip', 'environment')
# The rows that a run without the environment prints, and those that ran although the challenge
# failed.
ROWS = len(DISPLAY_ORDER)
RAN = tuple(name for name in PASSING if name not in ('refresh-token', 'access-token'))
HEADLINE = (
    f'ERROR: 1 of {len(RAN)} checks failed: challenge (CONNECTIVITY_FORBIDDEN_ERROR, '
    'ClientIpNotAllowed).'
)
OVERVIEW, PROGRESS = 'run the command with `-o table`', 'checks done'


def az(sandbox: Sandbox, *arguments: str, **options: Any) -> Finished:
    """Run the command as it is typed, and assert what holds for every output."""
    done = sandbox.az(*BASE, *arguments, **options)
    clean(sandbox, done)
    return done


@pytest.fixture(params=[True, False], ids=['healthy', 'failing'])
def healthy(request: pytest.FixtureRequest, sandbox: Sandbox) -> bool:
    """Return whether contoso is healthy; if not, its firewall denies this machine."""
    if not request.param:
        sandbox.set_fault('challenge@contoso', 'denied')
    return bool(request.param)


def holds(done: Finished, healthy: bool) -> None:
    """Assert the exit status, and that standard error holds the verdict only when there is trouble."""
    assert done.code == (0 if healthy else 1)
    if healthy:
        assert done.stderr == ''
    else:
        lines = done.stderr.splitlines()
        assert (
            lines[0] == HEADLINE
            and len(lines) == 2
            and 'az acr network-rule add --name contoso' in lines[1]
        )


def without_colours(text: str) -> str:
    """Return JSON or YAML as it is without the colours of the jsonc and yamlc formats."""
    return re.sub(r'\x1b\[[0-9;]*m', '', text)


class TestFormats:
    """Each format of the CLI."""

    @pytest.mark.parametrize('form', ['json', 'jsonc', 'yaml', 'yamlc'])
    def test_whole(self, sandbox: Sandbox, healthy: bool, form: str) -> None:
        done = sandbox.az(*BASE, '-o', form)
        holds(done, healthy)
        text = without_colours(done.stdout)
        report = json.loads(text) if form.startswith('json') else yaml.safe_load(text)
        well_formed(report)
        assert report['healthy'] is healthy and len(report['checks']) == ROWS

    def test_json_is_the_default(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox)
        holds(done, healthy)
        assert set(done.json) == REPORT

    def test_none(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox, '-o', 'none')
        holds(done, healthy)
        assert done.stdout == ''

    def test_tsv(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox, '--query', 'checks[].[check, status, code, reason]', '-o', 'tsv')
        holds(done, healthy)
        rows = list(csv.reader(io.StringIO(done.stdout), delimiter='\t', quoting=csv.QUOTE_NONE))
        assert len(rows) == ROWS and {len(row) for row in rows} == {4}
        assert (
            ['challenge', 'Passed', 'None', 'None'] in rows
        ) is healthy  # the CLI's word for null in a list
        assert (
            ['challenge', 'Failed', 'CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed'] in rows
        ) is not healthy

    def test_tsv_of_the_whole(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox, '-o', 'tsv')
        holds(done, healthy)
        assert done.stdout.strip()

    def test_query(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(
            sandbox,
            '--query',
            "{healthy: healthy, failed: checks[?status=='Failed'].check}",
            '-o',
            'json',
        )
        holds(done, healthy)
        assert done.json == {'healthy': healthy, 'failed': [] if healthy else ['challenge']}

    @pytest.mark.parametrize('form', ['json', 'tsv', 'table'])
    def test_query_without_a_match(self, sandbox: Sandbox, healthy: bool, form: str) -> None:
        done = az(sandbox, '--query', "checks[?code=='NO_SUCH_CODE'].code", '-o', form)
        holds(done, healthy)
        assert done.stdout.strip() == ('[]' if form == 'json' else '')

    def test_query_that_gives_null(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox, '--query', 'nosuchkey', '-o', 'json')
        holds(done, healthy)
        assert done.stdout.strip() in ('', 'null')

    def test_bad_query_runs_nothing(self, sandbox: Sandbox) -> None:
        done = az(sandbox, '--query', 'checks[?')
        assert done.code not in (0, None) and done.stdout == '' and sandbox.requests() == []


class TestTable:
    """The overview."""

    def test_one_registry(self, sandbox: Sandbox, healthy: bool) -> None:
        done = az(sandbox, '-o', 'table')
        holds(done, healthy)
        header, rule, *lines = done.stdout.rstrip('\n').splitlines()
        assert header.split() == ['Check', 'Status', 'Code', 'Detail']
        assert set(rule) == {'-', ' '} and len(lines) == ROWS
        assert max(map(len, (header, rule, *lines))) <= 120
        assert 'None' not in done.stdout and 'null' not in done.stdout and '{' not in done.stdout
        shown = [line.split()[:2] for line in lines]
        assert ['dns', 'Passed'] in shown and ['encryption', 'Skipped'] in shown
        assert (['challenge', 'Failed'] in shown) is not healthy

    def test_long_details_are_cut(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'body:429:text/plain:' + 'too many requests ' * 40)
        done = az(sandbox, '-o', 'table')
        line = next(line for line in done.stdout.splitlines() if line.startswith('challenge'))
        assert len(line) <= 120 and line.endswith('…')

    def test_several_registries(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('dns@basicreg.azurecr.test', 'nxdomain')
        done = sandbox.az(
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
        clean(sandbox, done)
        header, rule, *lines = done.stdout.rstrip('\n').splitlines()
        assert header.split() == ['Registry', 'Location', 'Login', 'Pull', 'Push', 'Code', 'Detail']
        assert [line.split()[:5] for line in lines] == [
            ['basicreg', 'eastus', 'no', 'no', 'no'],
            ['fabrikam', 'eastus', 'yes', 'unknown', 'unknown'],
            ['contoso', 'eastus', 'yes', 'unknown', 'unknown'],
        ], 'the worst first'
        assert (
            'CONNECTIVITY_DNS_ERROR' in lines[0] and 'CONNECTIVITY_ACCESS_TOKEN_ERROR' in lines[1]
        )
        assert max(map(len, (header, rule, *lines))) <= 120 and done.code == 1

    def test_with_query(self, sandbox: Sandbox) -> None:
        done = az(
            sandbox, '--query', 'checks[].{Check: check, Milliseconds: durationMs}', '-o', 'table'
        )
        assert (
            done.stdout.split()[:2] == ['Check', 'Milliseconds']
            and len(done.stdout.splitlines()) == ROWS + 2
        )


class TestEnd:
    """Exit status and verdict, as the options want them."""

    def test_only_show_errors(self, sandbox: Sandbox) -> None:
        done = az(sandbox, '--only-show-errors', '-o', 'json')
        assert (done.code, done.stderr) == (0, '')
        sandbox.set_fault('challenge@contoso', 'denied')
        done = az(sandbox, '--only-show-errors', '-o', 'json')
        assert done.code == 1 and done.stderr.startswith(HEADLINE)
        done = az(sandbox, '--only-show-errors', '--ignore-errors', '-o', 'json')
        assert (done.code, done.stderr) == (0, '') and done.json['healthy'] is False

    def test_ignore_errors(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        run, ignored = (
            check(sandbox, '-n', 'contoso'),
            check(sandbox, '-n', 'contoso', '--ignore-errors'),
        )
        assert (run.done.code, ignored.done.code) == (1, 0)
        assert ignored.done.stderr.splitlines() == [HEADLINE.replace('ERROR:', 'WARNING:')]
        assert 'ERROR' not in ignored.done.stderr.replace('_ERROR', '')
        assert run.statuses() == ignored.statuses() and ignored.report['healthy'] is False
        assert {name for name, status in run.statuses().items() if status != 'Skipped'} == set(RAN)
        healthy = check(sandbox, '-n', 'basicreg', '--ignore-errors')
        assert healthy.report['healthy'] is True

    def test_strict(self, sandbox: Sandbox) -> None:
        lax, strict = check(sandbox, '-n', 'fabrikam'), check(sandbox, '-n', 'fabrikam', '--strict')
        assert lax.statuses() == strict.statuses() and (lax.done.code, strict.done.code) == (0, 1)
        assert strict.report['registries'][0]['healthy'] is False
        ran = [*RAN, 'refresh-token', 'access-token']
        assert (
            f'1 of {len(ran)} checks failed or warned, and --strict counts warnings: access-token '
            '(CONNECTIVITY_ACCESS_TOKEN_ERROR, RepositoryNeeded).'
        ) in strict.done.stderr
        assert check(sandbox, '-n', 'contoso', '--strict').done.code == 0

    def test_many_failures(self, sandbox: Sandbox) -> None:
        names = ('contoso', 'basicreg', 'fabrikam', 'dnlreg', 'cmkuser', 'cmksystem', 'privreg')
        sandbox.set_fault('challenge', 'status:500')
        run = check(sandbox, '-n', *names)
        told = [line for line in run.done.stderr.splitlines() if ' fails: challenge (' in line]
        assert sorted(line.split()[1] for line in told) == sorted(names)
        rest = [line for line in run.done.stderr.splitlines() if line not in told]
        assert rest[0].endswith(
            'challenge of cmkuser (CONNECTIVITY_CHALLENGE_ERROR, ServerError), and 2 more.'
        )
        assert len(rest) == 2  # seven times the same solution is one

    def test_reader_goes_away(self, sandbox: Sandbox) -> None:
        command = (
            'python=$1; shift; "$python" -m azure.cli "$@" | head -c 20; echo '
            '"${PIPESTATUS[0]}" >&2'
        )
        for arguments in (('-o', 'json'), ('-o', 'table')):
            done = shell(sandbox, command, *BASE, *arguments)
            assert (
                len(done.stdout) <= 20
                and 'Traceback' not in done.stderr
                and 'BrokenPipe' not in done.stderr
            )

    def test_standard_output_to_a_file(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        place = tmp_path / 'out.json'
        done = shell(
            sandbox, f'python=$1; shift; "$python" -m azure.cli "$@" > {place}', *BASE, '-o', 'json'
        )
        assert done.code == 1 and done.stderr.startswith(HEADLINE)
        assert json.loads(place.read_text(encoding='utf-8'))['healthy'] is False

    def test_narrow_encoding(self, sandbox: Sandbox) -> None:
        sandbox.set_fault(
            'challenge@contoso',
            'body:429:text/plain:zu viele Anfragen – später \u4e2d\u6587 ' + 'x' * 200,
        )
        for form in ('table', 'json'):
            done = az(
                sandbox,
                '-o',
                form,
                env={'PYTHONIOENCODING': 'ascii:backslashreplace', 'LC_ALL': 'C'},
            )
            assert done.code == 1 and 'CONNECTIVITY_TOOMANYREQUESTS_ERROR' in done.stdout


def shell(sandbox: Sandbox, script: str, *arguments: str) -> Finished:
    """Run a script of bash in which `$1` is the CLI's Python and the rest the arguments of `az`."""
    with tempfile.TemporaryDirectory() as place:
        config = sandbox.config_dir(pathlib.Path(place) / 'config')
        python = os.environ.get('ACRHEALTH_TEST_CLI_PYTHON') or sys.executable
        return sandbox.run(
            ['bash', '-c', script, 'bash', python, *arguments],
            env={
                'AZURE_CONFIG_DIR': str(config),
                'AZURE_EXTENSION_DIR': str(sandbox.extension_dir),
            },
        )


def on_terminal(
    sandbox: Sandbox,
    *arguments: str,
    output_too: bool = True,
    env: Optional[Mapping[str, str]] = None,
) -> str:
    """Run the command with a terminal as standard error (and output), and return what the terminal got to see."""
    with tempfile.TemporaryDirectory() as place:
        config = sandbox.config_dir(pathlib.Path(place) / 'config')
        python = os.environ.get('ACRHEALTH_TEST_CLI_PYTHON') or sys.executable
        ours, theirs = pty.openpty()
        variables = {
            **os.environ,
            **sandbox.environment,
            **(env or {}),
            'AZURE_CONFIG_DIR': str(config),
            'AZURE_EXTENSION_DIR': str(sandbox.extension_dir),
            'TERM': 'xterm',
            'COLUMNS': '200',
        }
        process = subprocess.Popen(
            [*sandbox.info['enter'], python, '-m', 'azure.cli', *arguments],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=theirs if output_too else subprocess.DEVNULL,
            stderr=theirs,
            env=variables,
            start_new_session=True,
        )
        os.close(theirs)
        seen = b''
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: the other end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        process.wait(60)
    text = seen.decode('utf-8', 'replace')
    assert 'Traceback' not in text
    return text


class TestTerminal:
    """What a person at a terminal sees besides the result."""

    def test_overview_hint(self, sandbox: Sandbox) -> None:
        assert OVERVIEW in on_terminal(sandbox, *BASE)
        for arguments in (
            ('-o', 'table'),
            ('--query', 'healthy'),
            ('-o', 'yaml'),
            ('--only-show-errors',),
        ):
            assert OVERVIEW not in on_terminal(sandbox, *BASE, *arguments)
        assert OVERVIEW not in on_terminal(sandbox, *BASE, output_too=False)

    def test_progress(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'slow:0.5')
        assert PROGRESS in on_terminal(sandbox, *BASE, '-o', 'table')
        assert PROGRESS in on_terminal(sandbox, *BASE, '-o', 'json', output_too=False)
        assert PROGRESS not in on_terminal(sandbox, *BASE, '--only-show-errors')
        assert PROGRESS not in on_terminal(
            sandbox, *BASE, env={'AZURE_CORE_DISABLE_PROGRESS_BAR': 'true'}
        )
        done = az(sandbox, '-o', 'json')
        assert PROGRESS not in done.stdout + done.stderr
