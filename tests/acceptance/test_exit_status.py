# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Exit status and verdict, as the options set them."""

from __future__ import annotations

import json
import pathlib
import tempfile

import pytest

from tests.acceptance.outputs import BASE, HEADLINE, RAN, run_az
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

# What doesn't differ between two runs.
QUERY = 'checks[].[registry, check, status, reason]'


class TestEnd:
    """Exit status and verdict, as the options set them."""

    def test_only_show_errors(self, sandbox: Sandbox) -> None:
        finished = run_az(sandbox, '--only-show-errors', '-o', 'json')
        assert (finished.code, finished.stderr) == (0, '')
        sandbox.set_fault('challenge@contoso', 'denied')
        finished = run_az(sandbox, '--only-show-errors', '-o', 'json')
        assert finished.code == 1 and finished.stderr.startswith(HEADLINE)
        ignored = run_az(sandbox, '--only-show-errors', '--ignore-errors', '-o', 'json')
        assert (ignored.code, ignored.stderr) == (0, finished.stderr)
        assert ignored.json['healthy'] is False

    def test_ignore_errors(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        run, ignored = (
            check(sandbox, '-n', 'contoso'),
            check(sandbox, '-n', 'contoso', '--ignore-errors'),
        )
        assert (run.finished.code, ignored.finished.code) == (1, 0)
        assert ignored.finished.stderr == run.finished.stderr
        assert run.finished.stderr.startswith(HEADLINE)
        assert run.statuses() == ignored.statuses() and ignored.report['healthy'] is False
        assert {name for name, status in run.statuses().items() if status != 'Skipped'} == set(RAN)
        healthy = check(sandbox, '-n', 'basicreg', '--ignore-errors')
        assert healthy.report['healthy'] is True

    @pytest.mark.parametrize('form', ['json', 'table', 'tsv', 'none'])
    def test_ignore_errors_changes_no_output(self, sandbox: Sandbox, form: str) -> None:
        sandbox.set_fault('challenge', 'denied')
        arguments = ('-n', 'contoso', 'basicreg', '--query', QUERY, '-o', form)
        run = run_az(sandbox, *arguments)
        ignored = run_az(sandbox, *arguments, '--ignore-errors')
        assert (run.code, ignored.code) == (1, 0)
        assert ignored.stdout == run.stdout
        # Before the error block is the progress, in the order in which registries end.
        block, same = (finished.stderr.partition('ERROR: ') for finished in (run, ignored))
        assert block[1:] == same[1:] and block[1]

    def test_strict(self, sandbox: Sandbox) -> None:
        lax, strict = check(sandbox, '-n', 'fabrikam'), check(sandbox, '-n', 'fabrikam', '--strict')
        assert lax.statuses() == strict.statuses() and (
            lax.finished.code,
            strict.finished.code,
        ) == (0, 1)
        assert strict.report['registries'][0]['healthy'] is False
        ran = [*RAN, 'refresh-token', 'access-token']
        assert (
            f'1 of {len(ran)} checks failed or returned a warning (--strict treats warnings as '
            f'failures): access-token '
            '(CONNECTIVITY_ACCESS_TOKEN_ERROR, RepositoryNeeded).'
        ) in strict.finished.stderr
        assert check(sandbox, '-n', 'contoso', '--strict').finished.code == 0

    def test_many_failures(self, sandbox: Sandbox) -> None:
        names = ('contoso', 'basicreg', 'fabrikam', 'dnlreg', 'cmkuser', 'cmksystem', 'privreg')
        sandbox.set_fault('challenge', 'status:500')
        run = check(sandbox, '-n', *names)
        progress = [
            line for line in run.finished.stderr.splitlines() if ' failed: challenge (' in line
        ]
        assert sorted(line.split()[1] for line in progress) == sorted(names)
        other_lines = [line for line in run.finished.stderr.splitlines() if line not in progress]
        assert other_lines[0].endswith(
            'challenge of cmkuser (CONNECTIVITY_CHALLENGE_ERROR, ServerError), and 2 more.'
        )
        # Seven times the same solution is one.
        assert len(other_lines) == 3 and ', and 4 more: ' in other_lines[1]

    def test_reader_goes_away(self, sandbox: Sandbox) -> None:
        command = (
            'python=$1; shift; "$python" -m azure.cli "$@" | head -c 20; echo '
            '"${PIPESTATUS[0]}" >&2'
        )
        for arguments in (('-o', 'json'), ('-o', 'table')):
            finished = run_in_shell(sandbox, command, *BASE, *arguments)
            assert (
                len(finished.stdout) <= 20
                and 'Traceback' not in finished.stderr
                and 'BrokenPipe' not in finished.stderr
            )

    @pytest.mark.parametrize('redirection', ['2>&-', '2>/dev/full', '>&- 2>&-'])
    def test_no_standard_error(self, sandbox: Sandbox, redirection: str) -> None:
        command = f'python=$1; shift; "$python" -m azure.cli "$@" {redirection}; echo "exit $?"'
        finished = run_in_shell(sandbox, command, *BASE, '-o', 'table')
        assert finished.stdout.endswith('exit 0\n') and finished.stderr == ''

    def test_standard_output_to_a_file(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        path = tmp_path / 'out.json'
        finished = run_in_shell(
            sandbox, f'python=$1; shift; "$python" -m azure.cli "$@" > {path}', *BASE, '-o', 'json'
        )
        assert finished.code == 1 and finished.stderr.startswith(HEADLINE)
        assert json.loads(path.read_text(encoding='utf-8'))['healthy'] is False

    def test_narrow_encoding(self, sandbox: Sandbox) -> None:
        sandbox.set_fault(
            'challenge@contoso',
            'body:429:text/plain:zu viele Anfragen – später \u4e2d\u6587 ' + 'x' * 200,
        )
        for form in ('table', 'json'):
            finished = run_az(
                sandbox,
                '-o',
                form,
                env={'PYTHONIOENCODING': 'ascii:backslashreplace', 'LC_ALL': 'C'},
            )
            assert finished.code == 1 and 'CONNECTIVITY_TOOMANYREQUESTS_ERROR' in finished.stdout


def run_in_shell(sandbox: Sandbox, script: str, *arguments: str) -> Finished:
    """Run a script of bash in which `$1` is the CLI's Python and the rest the arguments of `az`."""
    with tempfile.TemporaryDirectory() as folder:
        config = sandbox.config_dir(pathlib.Path(folder) / 'config')
        python = az_command()[0]
        return sandbox.run(
            ['bash', '-c', script, 'bash', python, *arguments],
            env=sandbox.cli_environment(config),
        )
