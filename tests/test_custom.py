# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handlers, run by the real CLI with fixed probes: result, exit status, stderr."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

from azext_acrhealth import attempts, custom
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull
from azext_acrhealth.checks.connectivity.dns import dns
from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.model import Result, not_applicable, passed
from azext_acrhealth.options import Target
from azext_acrhealth.probes.azure.resource_graph import RegistrySearch
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeProbes, signed, token_response
from tests.our_cli import Ended, az, fixture_settings, our_cli  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')

ALIVE = CompletedCommand(
    0, json.dumps({'Client': {'Version': '29.1'}, 'Server': {'Version': '29.1'}})
)
CLIENT = {
    'azureCli': '2.91.0',
    'python': '3.11.0',
    'platform': 'Tests',
    'cloud': 'AzureCloud',
    'cloudShell': False,
}


@dataclass
class AzureProbes(FakeProbes):
    """A healthy machine and registry, with the CLI around them."""

    files: tuple[str, ...] = ('docker', 'helm')
    tools: Any = field(
        default_factory=lambda: {
            'docker version --format {{json .}}': ALIVE,
            'helm version --short': CompletedCommand(0, 'v3.17.3+g1'),
            'docker pull mcr.test/hello:latest': CompletedCommand(0),
        }
    )
    registry: ArmResult = ArmResult(
        {
            'id': REGISTRY_ID,
            'location': 'eastus',
            'properties': {'loginServer': HOST, 'provisioningState': 'Succeeded'},
        }
    )
    lists: Any = field(
        default_factory=lambda: {
            'cacheRules': ArmResult({'value': []}),
            'listUsages': ArmResult(
                {'value': [{'name': 'Webhooks', 'limit': 10, 'currentValue': 1, 'unit': 'Count'}]}
            ),
        }
    )
    exchanged: Any = field(
        default_factory=lambda: token_response(signed(permissions={'actions': ['read']}))
    )
    access: Any = field(default_factory=lambda: token_response(signed(access=[])))
    proxy: Route = Route()

    def route(self, host: str) -> Route:
        return self.proxy


@pytest.fixture(name='probes')
def fixture_probes(monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureProbes]:
    """Return the probes that the command will find; a test may change it before."""
    probes = AzureProbes()
    monkeypatch.setattr(
        'azext_acrhealth.probes.probes.AzureProbes', lambda cli_ctx, identity: probes
    )
    yield probes
    assert probes.closed == 1 or not probes.connections, 'what was started is ended'


def check(*args: str) -> tuple[Ended, dict[str, Any]]:
    ended = az('acrhealth', 'check', *args)
    return ended, json.loads(ended.stdout) if ended.stdout else {}


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {row['check']: row['status'] for row in report['checks']}


FAILED = (
    '1 of 12 checks failed: refresh-token (CONNECTIVITY_REFRESH_TOKEN_ERROR, UnreadableResponse).'
)


def deny(probes: AzureProbes) -> None:
    probes.registry = ArmResult(
        failure=Failure('Forbidden', 'no')
    )  # a warning, and then a failure:
    probes.exchanged = token_response()


def test_a_healthy_registry(probes: AzureProbes) -> None:
    ended, report = check('-n', 'MyRegistry')
    assert (ended.status, ended.error, report['healthy']) == (0, None, True)
    assert [row['check'] for row in report['checks']] == [
        one.id for one in CHECKS if one is not registries and one.per != 'cluster'
    ]
    assert {name: status for name, status in statuses(report).items() if status != 'Passed'} == {
        'engine-pull': 'Skipped',
        'notary-version': 'Skipped',
        'encryption': 'Skipped',
        'clock': 'Skipped',
        'private-dns': 'Skipped',
        'anonymous-pull': 'Skipped',
        'data-endpoints': 'Skipped',
        'manifest': 'Skipped',
        'blob': 'Skipped',
        'push': 'Skipped',
        'stored-credentials': 'Skipped',
        'replicas': 'Skipped',
        'cache-rules': 'Skipped',
        'private-endpoints': 'Skipped',
    }
    assert report['registries'] == [
        {
            'name': 'myregistry',
            'loginServer': HOST,
            'region': 'eastus',
            'healthy': True,
            'canLogin': 'yes',
            'canPull': 'unknown',
            'canPush': 'unknown',
            'clusters': [],
        }
    ]
    assert {**CLIENT, 'proxy': None}.items() <= report['client'].items()
    assert set(report['client']) == {
        'azureCli',
        'extension',
        'python',
        'platform',
        'cloud',
        'cloudShell',
        'proxy',
    }
    assert probes.closed == 1


def test_a_machine_alone(probes: AzureProbes) -> None:
    report = check()[1]
    assert {row['category'] for row in report['checks']} == {'environment'}
    assert (report['registries'], probes.connections) == ([], [])


def test_a_failed_run_prints_its_result_and_then_fails(probes: AzureProbes) -> None:
    deny(probes)
    ended, report = check('-n', 'myregistry')
    assert (ended.status, report['healthy']) == (1, False)
    assert str(ended.error) == FAILED
    solutions = next(row['solutions'] for row in report['checks'] if row['status'] == 'Failed')
    assert ended.error.recommendations == solutions[:1] and len(solutions) == 1


def test_ignore_errors_changes_only_the_exit_status(
    probes: AzureProbes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    deny(probes)
    printed = []
    for arguments, status in (((), 1), (('--ignore-errors',), 0)):
        caplog.clear()
        probes.closed = 0
        ended, report = check('-n', 'myregistry', *arguments)
        assert (ended.status, report['healthy']) == (status, False)
        assert bool(ended.error) is bool(status)
        logged = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
        printed.append((logged, capsys.readouterr().err))
    assert printed[0] == printed[1]
    assert printed[0][0][0] == FAILED and printed[0][1].startswith('Ask your network administrator')


@pytest.mark.parametrize('args, status', [((), 0), (('--strict',), 1)])
def test_warnings_count_under_strict(
    args: tuple[str, ...], status: int, probes: AzureProbes
) -> None:
    probes.registry = ArmResult(failure=Failure('Forbidden', 'no'))
    ended, report = check('-n', 'myregistry', *args)
    assert (ended.status, report['healthy']) == (status, not status)
    assert statuses(report)['login-server'] == 'Warning'


def test_the_next_command_of_the_process_does_not_fail_for_this_one(probes: AzureProbes) -> None:
    deny(probes)
    cli = our_cli()
    assert az('acrhealth', 'check', '-n', 'myregistry', cli=cli).status == 1
    assert az('acrhealth', 'list-checks', cli=cli).status == 0
    assert not cli._event_handlers[EVENT_CLI_SUCCESSFUL_EXECUTE]


def test_only_and_skip(probes: AzureProbes) -> None:
    assert statuses(check('-n', 'myregistry', '--only', 'dns')[1]) == {
        'login-server': 'Passed',
        'dns': 'Passed',
    }


def test_skip(probes: AzureProbes) -> None:
    report = check('-n', 'myregistry', '--skip', 'tls', 'environment')[1]
    details = {
        row['check']: row['detail'] for row in report['checks'] if row['status'] == 'Skipped'
    }
    ours = [one for one in CHECKS if one.per != 'cluster']
    assert len(report['checks']) == len(ours) - 1, 'nothing is selected'
    assert (details['tls'], details['helm-client']) == ('excluded by --skip',) * 2
    assert (details['challenge'], details['access-token']) == (
        'requires the `tls` check, which was skipped',
        'requires the `refresh-token` check, which was skipped',
    )


def test_the_sample_is_pulled_when_it_is_asked_for(probes: AzureProbes) -> None:
    assert statuses(check('--yes')[1])['engine-pull'] == 'Passed'


def test_in_cloud_shell_the_environment_is_left_out(probes: AzureProbes) -> None:
    probes.cloud_shell = True
    ended, report = check('-n', 'myregistry')
    details = {row['detail'] for row in report['checks'] if row['category'] == 'environment'}
    assert (ended.status, details) == (0, {'not supported in Azure Cloud Shell'})
    assert statuses(report)['access-token'] == 'Passed'
    assert report['client']['cloudShell'] is True
    assert 'helm version --short' not in probes.requests


def test_a_check_without_an_engine(probes: AzureProbes) -> None:
    probes.files = ()
    assert statuses(check('-n', 'myregistry')[1])['engine-client'] == 'Warning'


def test_a_machine_without_an_engine(probes: AzureProbes) -> None:
    probes.files = ()
    assert statuses(check()[1])['engine-client'] == 'Failed'


def test_a_crash_is_a_row(probes: AzureProbes) -> None:
    probes.tools = {}
    ended, report = check('--only', 'helm-client')
    assert (ended.status, report['checks'][-1]['code']) == (1, 'UNEXPECTED_ERROR')
    assert '--skip helm-client' in report['checks'][-1]['solutions'][1]


def test_several_registries(probes: AzureProbes) -> None:
    ended, report = check('-n', 'onereg', 'tworeg', '--skip', 'environment')
    assert [one['name'] for one in report['registries']] == ['onereg', 'tworeg']
    assert [row['registry'] for row in report['checks'] if row['check'] == 'dns'] == [
        'onereg',
        'tworeg',
    ]


FOUND = tuple(
    Target(name, None, 'g', '0b1f6471-1bf0-4dda-aec3-cb9272f09501', True)
    for name in ('onereg', 'tworeg')
)


@pytest.mark.parametrize(
    'args',
    [
        ('--all',),
        ('--all-subscriptions',),
        ('-g', 'g'),
        ('--all', '--skip', 'dns'),
        ('--all', '--only', 'registry-state'),
        ('--all', '--skip', 'registries'),
    ],
)
def test_selected_registries(args: tuple[str, ...], probes: AzureProbes) -> None:
    probes.found = RegistrySearch(FOUND)
    report = check(*args)[1]
    assert [one['name'] for one in report['registries']] == ['onereg', 'tworeg']
    rows = [row for row in report['checks'] if row['check'] in ('registries', 'login-server')]
    assert [(row['registry'], row['status']) for row in rows] == [
        (None, 'Passed'),
        ('onereg', 'Passed'),
        ('tworeg', 'Passed'),
    ]


def test_a_selection_that_could_not_be_made_is_a_row(probes: AzureProbes) -> None:
    probes.found = RegistrySearch(last=ArmResult(failure=Failure('Forbidden', 'no')))
    ended, report = check('--all')
    assert ended.status == 1 and report['registries'] == []
    (row,) = (row for row in report['checks'] if row['check'] == 'registries')
    assert (row['code'], row['reason']) == ('ARM_READ_ERROR', 'SelectionForbidden')
    assert 'login-server' not in statuses(report) and statuses(report)['helm-client'] == 'Passed'


def test_what_was_found_is_checked_although_more_may_be_missing(probes: AzureProbes) -> None:
    probes.found = RegistrySearch(
        FOUND[:1], ('a page',), ArmResult(failure=Failure('Unavailable', 'no'))
    )
    ended, report = check('--all')
    assert (
        ended.status == 1
        and report['healthy'] is False
        and report['registries'][0]['healthy'] is True
    )


@pytest.mark.parametrize(
    'then',
    [
        RegistrySearch(FOUND[:1]),
        RegistrySearch(last=ArmResult(failure=Failure('Unavailable', 'no'))),
    ],
)
def test_a_registry_that_a_later_attempt_finds_no_more_keeps_its_rows(
    probes: AzureProbes, monkeypatch: pytest.MonkeyPatch, then: RegistrySearch
) -> None:
    turns = [
        RegistrySearch(FOUND, ('a page',), ArmResult(failure=Failure('Unavailable', 'no'))),
        then,
    ]
    monkeypatch.setattr(
        probes, 'find_registries', lambda *_: turns.pop(0) if len(turns) > 1 else turns[0]
    )
    monkeypatch.setattr(attempts, 'sleep', lambda _: None)
    report = check('--all', '--wait', '0.5', '--skip', 'environment')[1]
    assert report['wait']['attempts'] >= 2
    assert [one['name'] for one in report['registries']] == ['onereg', 'tworeg']
    assert {row['registry'] for row in report['checks']} == {None, 'onereg', 'tworeg'}


def test_the_options_reach_the_checks(probes: AzureProbes) -> None:
    probes.access = token_response(
        signed(access=[{'type': 'repository', 'name': 'team/app', 'actions': ['pull']}])
    )
    report = check(
        '-n', 'myregistry', '--repository', 'team/app', '--need', 'pull', '--vnet', 'vnet1'
    )[1]
    rows = {row['check']: row for row in report['checks']}
    assert rows['access-token']['facts']['scope'] == 'repository:team/app:pull,metadata_read'
    assert rows['private-dns']['reason'] == 'NoPrivateEndpoint'


def test_the_time_limit_reaches_the_run(probes: AzureProbes) -> None:
    report = check('--timeout', '0.000001', '--ignore-errors')[1]
    assert {row['reason'] for row in report['checks'] if row['status'] == 'Failed'} == {
        'NoTimeLeft'
    }


def test_the_proxy_is_told_without_its_login(probes: AzureProbes) -> None:
    probes.proxy = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
    assert check()[1]['client']['proxy'] == 'http://proxy.test:8080'
    probes.proxy = Route(failure=Failure('InvalidProxy', 'no host in the setting'))
    assert check()[1]['client']['proxy'] == 'unreadable'


def test_an_interrupt_ends_what_was_started(
    probes: AzureProbes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(attempts, 'run', interrupted)
    ended = az('acrhealth', 'check')
    assert ended.status == 1 and probes.closed == 1
    report = json.loads(ended.stdout)
    assert report['healthy'] is False
    assert {row['detail'] for row in report['checks']} >= {'interrupted'}
    assert 'was interrupted before' in str(ended.error)


def test_an_upload_that_could_not_be_put_away_is_told(
    probes: AzureProbes, caplog: pytest.LogCaptureFixture
) -> None:
    probes.unfinished = ['team/app']
    check('-n', 'myregistry')
    assert 'might remain in the repository team/app' in caplog.text


def test_a_pod_that_might_remain_is_reported_with_the_command_that_deletes_it(
    probes: AzureProbes, caplog: pytest.LogCaptureFixture
) -> None:
    probes.unfinished_commands = ('kubectl delete pod a --namespace b --context c',)
    check('-n', 'myregistry')
    assert 'run `kubectl delete pod a --namespace b --context c`' in caplog.text


class TestReportFiles:
    """The files of --report."""

    @pytest.mark.parametrize('failing', [False, True])
    def test_they_are_written_and_the_output_stays_the_same(
        self, probes: AzureProbes, tmp_path: Path, failing: bool
    ) -> None:
        if failing:
            deny(probes)
        files = [tmp_path / f'a.{ending}' for ending in ('json', 'html', 'xml', 'md')]
        ended = az('acrhealth', 'check', '-n', 'myregistry', '--report', *map(str, files))
        assert ended.status == int(failing)
        assert files[0].read_text('utf-8') == ended.stdout
        assert all('myregistry' in file.read_text('utf-8') for file in files)

    def test_a_query_and_a_format_concern_the_output_only(
        self, probes: AzureProbes, tmp_path: Path
    ) -> None:
        file = tmp_path / 'a.json'
        given = ('-n', 'myregistry', '--report', str(file), '--query', 'healthy', '-o', 'tsv')
        assert az('acrhealth', 'check', *given).stdout == 'true\n'
        assert len(json.loads(file.read_text('utf-8'))['checks']) > 20

    def test_what_the_cli_adds_to_a_result_is_in_the_file(
        self, probes: AzureProbes, tmp_path: Path
    ) -> None:
        file = tmp_path / 'a.json'
        cluster = REGISTRY_ID.replace(
            'Microsoft.ContainerRegistry/registries/myregistry',
            'Microsoft.ContainerService/managedClusters/aks1',
        )
        given = ('-n', 'myregistry', '--cluster', cluster, '--only', 'dns', '--report', str(file))
        ended = az('acrhealth', 'check', *given)
        assert '"resourceGroup": ' in ended.stdout
        assert file.read_text('utf-8') == ended.stdout

    def test_an_interrupted_run_writes_what_finished(
        self, probes: AzureProbes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: Any) -> Any:
            raise KeyboardInterrupt

        monkeypatch.setattr(attempts, 'run', interrupted)
        file = tmp_path / 'a.json'
        ended = az('acrhealth', 'check', '--report', str(file))
        assert ended.status == 1 and file.read_text('utf-8') == ended.stdout

    @pytest.mark.parametrize('failing', [False, True])
    @pytest.mark.parametrize('args', [(), ('--ignore-errors',)])
    def test_a_file_that_cannot_be_written_at_the_end(
        self,
        probes: AzureProbes,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        failing: bool,
        args: tuple[str, ...],
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, 'No space left on device')

        if failing:
            deny(probes)
        monkeypatch.setattr('os.replace', full)
        file, cli = tmp_path / 'a.html', our_cli()
        given = ('-n', 'myregistry', '--report', str(file), *args)
        ended = az('acrhealth', 'check', *given, cli=cli)
        assert ended.status == 1 and json.loads(ended.stdout)['healthy'] is not failing
        expected = f"The result wasn't written to '{file}': No space left on device."
        assert expected in caplog.text + capsys.readouterr().err
        left = [name for name in os.listdir(tmp_path) if name.endswith(('.html', '.tmp'))]
        assert left == []
        assert az('acrhealth', 'list-checks', cli=cli).status == 0

    def test_a_signal_while_it_is_written_keeps_the_file(
        self, probes: AzureProbes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replaced, calls = os.replace, []

        def interrupt_first(*paths: Any) -> None:
            calls.append(paths)
            if len(calls) == 1:
                raise KeyboardInterrupt
            replaced(*paths)

        monkeypatch.setattr('os.replace', interrupt_first)
        file = tmp_path / 'a.json'
        ended = az('acrhealth', 'check', '-n', 'myregistry', '--report', str(file))
        assert (ended.status, len(calls)) == (0, 2)
        assert file.read_text('utf-8') == ended.stdout
        assert not [name for name in os.listdir(tmp_path) if name.endswith('.tmp')]

    def test_nothing_runs_if_a_file_cannot_be_written(
        self, probes: AzureProbes, tmp_path: Path
    ) -> None:
        ended = az('acrhealth', 'check', '--report', str(tmp_path / 'missing' / 'a.html'))
        assert (ended.status, ended.stdout, probes.closed) == (1, '', 0)


def test_the_row_of_an_interrupted_pull_has_the_command_that_deletes_the_rest() -> None:
    commands = ['kubectl delete pod a', 'az aks command invoke']
    interrupted = Result(cluster_pull, None, not_applicable('interrupted'))
    noted = custom._note_left(interrupted, commands)
    assert noted.outcome.detail == (
        'interrupted; to delete what might remain, run `kubectl delete pod a`, and '
        '`az aks command invoke`'
    )
    for result, left in (
        (interrupted, []),
        (Result(cluster_pull, None, passed('pulled')), commands),
        (Result(CHECKS[0], None, not_applicable('interrupted')), commands),
    ):
        assert custom._note_left(result, left) is result


@pytest.mark.parametrize('output', ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'])
@pytest.mark.parametrize('failing', [False, True])
def test_every_format(output: str, failing: bool, probes: AzureProbes) -> None:
    if failing:
        deny(probes)
    ended = az('acrhealth', 'check', '-n', 'myregistry', '-o', output)
    assert ended.status == (1 if failing else 0)
    assert bool(ended.stdout.strip()) == (output != 'none')


def test_query(probes: AzureProbes) -> None:
    ended = az(
        'acrhealth',
        'check',
        '-n',
        'myregistry',
        '--query',
        "checks[?check=='dns'].status",
        '-o',
        'tsv',
    )
    assert ended.stdout.strip() == 'Passed'


class Terminal:
    """A stream that says whether it is a terminal."""

    def __init__(self, there: bool = True) -> None:
        self.text = ''
        self.there = there

    def isatty(self) -> bool:
        return self.there

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(
    'args, out, err, outlined',
    [
        ((), True, True, True),
        (('-o', 'json'), True, True, True),
        (('-o', 'yaml'), True, True, True),
        (('-o', 'table'), True, True, True),
        (('-o', 'table'), False, False, True),
        ((), False, True, False),
        ((), True, False, False),
        (('-o', 'tsv'), True, True, False),
        (('-o', 'none'), True, True, False),
        (('--query', 'healthy'), True, True, False),
        (('--query', 'healthy', '-o', 'table'), True, True, False),
    ],
)
def test_what_is_shown_to_a_reader_has_an_outline(
    args: tuple[str, ...],
    out: bool,
    err: bool,
    outlined: bool,
    probes: AzureProbes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probes.files = ('docker',)  # a missing Helm is a warning
    stdout, stderr = Terminal(out), Terminal(err)
    monkeypatch.setattr(sys, 'stdout', stdout)
    monkeypatch.setattr(sys, 'stderr', stderr)
    az('acrhealth', 'check', '--only', 'helm-client', *args)
    assert ('Warning: helm-client (HELM_COMMAND_ERROR' in stderr.text) is outlined
    assert ('This machine: healthy. 0 passed, 1 warning.' in stderr.text) is outlined
    assert stdout.text == ''


@pytest.mark.parametrize('terminal', [True, False])
def test_only_a_log_needs_the_headline_of_an_outline(
    terminal: bool,
    probes: AzureProbes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deny(probes)
    stderr = Terminal(terminal)
    monkeypatch.setattr(sys, 'stdout', Terminal(terminal))
    monkeypatch.setattr(sys, 'stderr', stderr)
    assert az('acrhealth', 'check', '-n', 'myregistry', '-o', 'table').status == 1
    assert (FAILED in caplog.text) is not terminal
    assert stderr.text.count('Ask your network administrator') == 1
    assert 'myregistry: not healthy. ' in stderr.text


@dataclass
class Controller:
    """The CLI's progress controller, which keeps what it is told."""

    told: list[str] = field(default_factory=list)

    def begin(self, message: str) -> None:
        self.told.append(f'begin {message}')

    def add(self, message: str) -> None:
        self.told.append(message)

    def end(self) -> None:
        self.told.append('end')


@pytest.mark.parametrize(
    'config, terminal, shown',
    [
        ('', True, True),
        ('', False, False),
        ('[core]\nonly_show_errors = true\n', True, False),
        ('[core]\ndisable_progress_bar = true\n', True, False),
        ('[core]\ndisable_progress_bar = maybe\n', True, False),
    ],
)
def test_progress(
    config: str,
    terminal: bool,
    shown: bool,
    probes: AzureProbes,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.write_text(config)
    cli, controller = our_cli(), Controller()
    monkeypatch.setattr(cli, 'get_progress_controller', lambda *_, **__: controller)
    if terminal:
        monkeypatch.setattr(sys, 'stderr', Terminal())
    assert az('acrhealth', 'check', '--only', 'helm-version', cli=cli).status == 0
    # It is shown again from time to time.
    assert list(dict.fromkeys(controller.told)) == (
        [
            'begin Checking',
            '0 of 2 checks completed, running: helm-client',
            '1 of 2 checks completed, running: helm-version',
            '2 of 2 checks completed',
            'end',
        ]
        if shown
        else []
    )


def test_list_checks() -> None:
    listed = {one['check']: one for one in custom.list_checks(None)}
    assert list(listed) == [one.id for one in CHECKS]
    assert listed['dns'] == {
        'check': 'dns',
        'category': 'connectivity',
        'title': 'Name resolution',
        'verifies': dns.verifies,
        'needs': ['login-server'],
        'codes': ['CONNECTIVITY_DNS_ERROR'],
    }
    assert all(len(set(one['codes'])) == len(one['codes']) for one in listed.values())


def test_an_installed_extension_tells_its_version(
    probes: AzureProbes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its wheel's metadata lie beside the package."""
    monkeypatch.setattr(custom, '__file__', str(tmp_path / 'azext_acrhealth' / 'custom.py'))
    assert custom._client(replace(probes))['extension'] == 'unknown'
    for name, version in (('acrhealth', '1.2.3'), ('another', '4.5.6')):
        metadata = tmp_path / f'{name}-{version}.dist-info' / 'METADATA'
        metadata.parent.mkdir()
        metadata.write_text(f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n')
    assert custom._client(replace(probes))['extension'] == '1.2.3'
