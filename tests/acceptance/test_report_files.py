# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files of --report, with the real az: what they hold, and when they are written."""

from __future__ import annotations

import json
import os
import pathlib
import signal
from xml.etree import ElementTree

import pytest

from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.leaks import EVIL, leaking_lines, recognizable_parts, run_with_logs
from tests.acceptance.outputs import BASE, assert_verdict, run_az
from tests.acceptance.runs import assert_clean, assert_well_formed
from tests.report_writers.junit_schema import validate
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

ENDINGS = ('html', 'xml', 'md', 'json')
HOST = 'contoso.azurecr.test'


def files_in(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Return a path for each format."""
    return {ending: folder / f'report.{ending}' for ending in ENDINGS}


def options_of(files: dict[str, pathlib.Path]) -> list[str]:
    return [text for path in files.values() for text in ('--report', str(path))]


@pytest.mark.parametrize('healthy', [True, False])
def test_all_formats(sandbox: Sandbox, tmp_path: pathlib.Path, healthy: bool) -> None:
    if not healthy:
        sandbox.set_fault('challenge@contoso', 'denied')
    files = files_in(tmp_path)
    finished = run_az(sandbox, *options_of(files), '-o', 'json')
    assert_verdict(finished, healthy)
    assert sorted(os.listdir(tmp_path)) == sorted(path.name for path in files.values())
    texts = {ending: path.read_text(encoding='utf-8') for ending, path in files.items()}
    assert texts['json'] == finished.stdout
    assert_well_formed(json.loads(texts['json']))
    validate(texts['xml'])
    suites = ElementTree.fromstring(texts['xml'])
    assert [suite.get('name') for suite in suites] == ['This machine', 'contoso']
    assert suites.get('failures') == ('0' if healthy else '1')
    title = f'contoso: {"healthy" if healthy else "not healthy"}'
    assert f'<title>{title}</title>' in texts['html'] and title in texts['md'].splitlines()[0]
    for row in finished.json['checks']:
        # A summary leaves out what was skipped as a whole.
        shown = ENDINGS if row['registry'] else ('html', 'xml', 'json')
        assert all(row['check'] in texts[ending] for ending in shown)
    for text in texts.values():
        assert ('az acr network-rule add --name contoso' in text) is not healthy
        assert not [secret for secret in sandbox.secrets() if secret in text]


def test_clusters(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    files = files_in(tmp_path)
    finished = sandbox.az(*BASE, '--cluster', 'aks1', *options_of(files), '-o', 'json')
    assert files['json'].read_text(encoding='utf-8') == finished.stdout
    assert 'resourceGroup' in finished.json['registries'][0]['clusters'][0]
    xml = files['xml'].read_text(encoding='utf-8')
    validate(xml)
    assert 'name="cluster of aks1"' in xml and 'canPull.aks1' in xml
    assert 'Nodes of aks1' in files['html'].read_text(encoding='utf-8')


@pytest.mark.parametrize('form', ['table', 'tsv', 'none'])
def test_the_output_stays_the_same(sandbox: Sandbox, tmp_path: pathlib.Path, form: str) -> None:
    sandbox.set_fault('challenge@contoso', 'denied')
    arguments = ('--only', 'challenge', '--query', '[healthy, checks[?status==`Failed`].check]')
    arguments = arguments if form == 'tsv' else arguments[:2]
    plain = run_az(sandbox, *arguments, '-o', form)
    file = tmp_path / 'a.json'
    reported = run_az(sandbox, *arguments, '-o', form, '--report', str(file))
    assert reported.code == plain.code == 1
    assert without_times(reported.stdout) == without_times(plain.stdout)
    assert without_times(reported.stderr) == without_times(plain.stderr)
    assert json.loads(file.read_text(encoding='utf-8'))['summary']['failed'] == 1


def without_times(text: str) -> str:
    return ' '.join('' if word.isdigit() else word for word in text.split())


def test_strict_and_ignore_errors(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    file = tmp_path / 'a.xml'
    # ABAC permissions without a repository are a warning.
    arguments = ('acrhealth', 'check', '-n', 'fabrikam', '--skip', 'environment')
    finished = sandbox.az(*arguments, '--report', str(file))
    suites = ElementTree.parse(file).getroot()
    assert (finished.code, suites.get('failures')) == (0, '0')
    assert [item.get('name') for item in suites.iter('property') if 'warning' in str(item.attrib)]
    finished = sandbox.az(*arguments, '--strict', '--report', str(file))
    suites = ElementTree.parse(file).getroot()
    assert (finished.code, suites.get('failures')) == (1, '1')
    sandbox.set_fault('challenge@fabrikam', 'denied')
    finished = sandbox.az(*arguments, '--ignore-errors', '--report', str(file))
    assert (finished.code, ElementTree.parse(file).getroot().get('failures')) == (0, '1')


REJECTED = (
    (('report.txt',), "The ending of 'report.txt' isn't one that --report knows"),
    (('report',), "The ending of 'report'"),
    (('',), 'The value of --report is empty'),
    (('-',), '--report requires a file'),
    (('/dev/stdout',), '--report requires a file'),
    (('.',), "'.' is a folder"),
    (('missing/report.html',), "there is no folder '"),
    (('a.html', './a.html'), "--report names the file './a.html' twice"),
    (('/proc/report.html',), "'/proc/report.html' can't be written"),
    (('/sys/report.html',), "'/sys/report.html' can't be written"),
)


@pytest.mark.parametrize('paths, message', REJECTED)
def test_what_is_rejected_before_any_check_runs(
    sandbox: Sandbox, paths: tuple[str, ...], message: str
) -> None:
    before = len(sandbox.requests())
    finished = run_az(sandbox, '--report', *paths)
    assert (finished.code, finished.stdout) == (1, '')
    error, advice = finished.stderr.splitlines()
    assert message in error and advice
    assert len(sandbox.requests()) == before


def run_on_a_small_disk(
    sandbox: Sandbox, tmp_path: pathlib.Path, options: str, *arguments: str
) -> tuple[Finished, str]:
    """Run the checks with a file system of its own at `disk`; return what it holds at the end."""
    (tmp_path / 'disk').mkdir()
    script = (
        f'mount -t tmpfs -o {options} none disk || exit 99\n'
        '"$@"\nstatus=$?\nls -A disk >listing\nexit $status'
    )
    config = sandbox.config_dir(tmp_path / 'config')
    finished = sandbox.run(
        ['unshare', '--mount', 'sh', '-c', script, 'sh', *az_command(*BASE, *arguments)],
        env=sandbox.cli_environment(config),
        cwd=tmp_path,
    )
    assert finished.code != 99, finished.stderr
    assert_clean(sandbox, finished)
    return finished, (tmp_path / 'listing').read_text(encoding='utf-8')


@pytest.mark.parametrize('healthy', [True, False])
def test_a_disk_that_is_full_at_the_end(
    sandbox: Sandbox, tmp_path: pathlib.Path, healthy: bool
) -> None:
    if not healthy:
        sandbox.set_fault('challenge@contoso', 'denied')
    finished, listing = run_on_a_small_disk(
        sandbox, tmp_path, 'size=8k', '--report', 'disk/a.html', 'b.json'
    )
    assert finished.code == 1 and finished.json['healthy'] is healthy
    expected = "ERROR: The result wasn't written to 'disk/a.html': No space left on device."
    assert expected in finished.stderr.splitlines()
    assert listing == ''
    assert (tmp_path / 'b.json').read_text(encoding='utf-8') == finished.stdout


def test_a_disk_that_is_read_only(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    finished, _ = run_on_a_small_disk(sandbox, tmp_path, 'ro', '--report', 'disk/a.html')
    assert (finished.code, finished.stdout) == (1, '')
    assert "'disk/a.html' can't be written: Read-only file system." in finished.stderr
    assert sandbox.requests('challenge') == []


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=lambda item: item.name)
def test_an_interrupted_run(
    sandbox: Sandbox, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    sandbox.set_fault('exchange', 'hang')
    files = files_in(tmp_path)
    _, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        ['-n', 'contoso', '--skip', 'environment', '-o', 'json', *options_of(files)],
        lambda: bool(sandbox.requests('exchange')),
        number=number,
    )
    assert code == (1 if number == signal.SIGINT else 128 + number), stderr
    assert files['json'].read_text(encoding='utf-8') == stdout
    rows = {row['check']: row for row in json.loads(stdout)['checks']}
    assert rows['tls']['status'] == 'Passed'
    assert rows['refresh-token']['detail'] == 'interrupted'
    validate(files['xml'].read_text(encoding='utf-8'))
    for ending in ('html', 'md'):
        assert 'The run was interrupted.' in files[ending].read_text(encoding='utf-8')
    assert not list(tmp_path.glob('.acrhealth-*'))


ECHOES = (
    ('challenge', 'echo:500'),
    ('exchange', 'echo:401'),
    ('exchange', 'echo:429'),
    ('token', 'echo:403'),
    ('token', f'redirect:https://{EVIL}/oauth2/token'),
    ('arm-get', 'echo:500'),
)


def test_no_file_holds_a_secret(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    names = ('contoso', 'fabrikam', 'basicreg', 'cmkuser', 'cmksystem', 'dnlreg')
    for name, (place, spec) in zip(names, ECHOES):
        sandbox.set_fault(f'{place}@{name}', spec)
    files = files_in(tmp_path)
    finished, config = run_with_logs(
        sandbox,
        tmp_path,
        *('--debug', '-o', 'none', '-n', *names, *options_of(files)),
        env={'HTTPS_PROXY': None},
        tokens=False,
    )
    assert finished.code == 1
    assert leaking_lines(sandbox, finished, config) == []
    known = list(recognizable_parts(sandbox.secrets()))
    for path in files.values():
        text = path.read_text(encoding='utf-8')
        assert 'contoso' in text and not [part for part in known if part in text]
    validate(files['xml'].read_text(encoding='utf-8'))
