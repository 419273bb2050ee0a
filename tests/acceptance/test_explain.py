# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""`error explain` by the real CLI: every form of input, output, exit status, and no network."""

from __future__ import annotations

import json
import pathlib

import pytest
import yaml

from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

IMAGE = 'contoso.azurecr.io/app:v1'
DENIED = (
    f'Failed to pull image "{IMAGE}": denied: client with IP \'203.0.113.7\' is not allowed access.'
)
RESULT = ['schemaVersion', 'verdict', 'registry', 'image', 'tool', 'matches', 'next']
MATCH = {'code', 'reason', 'confidence', 'evidence', 'cause', 'solutions', 'documentation'}
SECRET = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'


def explain(sandbox: Sandbox, *arguments: str) -> Finished:
    """Run the command without a sign-in, and assert that it sent nothing."""
    finished = sandbox.az('acrhealth', 'error', 'explain', *arguments, login=False)
    assert_clean(sandbox, finished)
    assert sandbox.requests() == [] and sandbox.connections()['accepted'] == {}
    return finished


def piped(sandbox: Sandbox, tmp_path: pathlib.Path, redirection: bytes, *options: str) -> Finished:
    """Run the command in a shell that sets its standard input."""
    script = tmp_path / 'script'
    script.write_bytes(b'"$@" ' + redirection + b'\n')
    environment = sandbox.cli_environment(sandbox.config_dir(tmp_path / 'config'))
    command = az_command('acrhealth', 'error', 'explain', *options)
    return sandbox.run(['sh', str(script), *command], env=environment)


def test_a_match(sandbox: Sandbox) -> None:
    finished = explain(sandbox, '--message', DENIED, '-o', 'json')
    assert (finished.code, finished.stderr) == (0, '')
    result = finished.json
    assert sorted(result) == sorted(RESULT) and set(result['matches'][0]) == MATCH
    assert (result['verdict'], result['registry'], result['image'], result['tool']) == (
        'Match',
        'contoso.azurecr.io',
        IMAGE,
        'kubelet',
    )
    best = result['matches'][0]
    assert (best['code'], best['reason'], best['confidence']) == (
        'CONNECTIVITY_FORBIDDEN_ERROR',
        'ClientIpNotAllowed',
        'certain',
    )
    assert '--name contoso --ip-address 203.0.113.7' in best['solutions'][0]
    assert result['next'] == [f'az acrhealth check --image {IMAGE}']


@pytest.mark.parametrize(
    'text, verdict, code',
    [
        (f'Back-off pulling image "{IMAGE}"', 'SymptomOnly', 0),
        ('Failed to pull image "ghcr.io/contoso/app:v1": denied', 'OtherRegistry', 0),
        ('Last State: Terminated. Reason: OOMKilled', 'NoMatch', 1),
    ],
)
def test_other_verdicts(sandbox: Sandbox, text: str, verdict: str, code: int) -> None:
    finished = explain(sandbox, '-m', text, '-o', 'json')
    assert (finished.code, finished.json['verdict'], finished.json['matches']) == (
        code,
        verdict,
        [],
    )
    assert ('ERROR' in finished.stderr) is (code == 1)


def test_a_table_and_what_follows_it(sandbox: Sandbox) -> None:
    finished = explain(sandbox, '-m', DENIED, '-o', 'table')
    header, _, first, *_ = finished.stdout.splitlines()
    assert header.split() == ['Code', 'Reason', 'Confidence', 'Evidence']
    assert first.split()[:3] == ['CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed', 'certain']
    assert max(map(len, finished.stdout.splitlines())) <= 120
    assert 'CONNECTIVITY_FORBIDDEN_ERROR ClientIpNotAllowed: ' in finished.stderr
    assert '1. Allow the address' in finished.stderr
    assert f'Next: `az acrhealth check --image {IMAGE}`' in finished.stderr


@pytest.mark.parametrize('output', ['json', 'jsonc', 'yaml', 'yamlc', 'tsv', 'none'])
def test_formats(sandbox: Sandbox, output: str) -> None:
    finished = explain(sandbox, '-m', DENIED, '-o', output)
    assert (finished.code, finished.stderr) == (0, '')
    assert bool(finished.stdout) == (output != 'none')
    if output == 'yaml':
        assert yaml.safe_load(finished.stdout)['verdict'] == 'Match'


def test_a_query(sandbox: Sandbox) -> None:
    query = 'matches[0].[code,reason]'
    finished = explain(sandbox, '-m', DENIED, '--query', query, '-o', 'tsv')
    assert finished.stdout.split() == ['CONNECTIVITY_FORBIDDEN_ERROR', 'ClientIpNotAllowed']


@pytest.mark.parametrize(
    'content',
    [
        DENIED.encode(),
        b'\xef\xbb\xbf' + DENIED.encode(),
        DENIED.encode('utf-16'),
        f'\x1b[31m{DENIED}\x1b[0m\r\n'.encode(),
        json.dumps({'message': json.dumps(DENIED)}).encode(),
        DENIED.replace("'", '\\u0027').encode(),
        DENIED.replace('a', 'a\0').encode(),
        b'compiling\n' * 200_000 + DENIED.encode(),
    ],
    ids=['UTF-8', 'BOM', 'UTF-16', 'ANSI', 'JSON', 'u0027', 'NULs', 'long'],
)
def test_a_file(sandbox: Sandbox, tmp_path: pathlib.Path, content: bytes) -> None:
    path = tmp_path / 'log'
    path.write_bytes(content)
    finished = explain(sandbox, '--file', str(path), '-o', 'json')
    assert finished.json['matches'][0]['reason'] == 'ClientIpNotAllowed'
    assert '\x1b' not in finished.stdout


@pytest.mark.parametrize('options', [(), ('--file', '-')])
def test_a_pipe(sandbox: Sandbox, tmp_path: pathlib.Path, options: tuple[str, ...]) -> None:
    here = b'<<.\n' + DENIED.encode() + b'\n.\n'
    finished = piped(sandbox, tmp_path, here, *options, '--query', 'verdict', '-o', 'tsv')
    assert (finished.code, finished.stdout) == (0, 'Match\n')


@pytest.mark.parametrize(
    'redirection, options, message, advice',
    [
        (b'<&-', (), 'No message is specified.', '--message'),
        (b'<&-', ('-f', '-'), 'Standard input is a terminal or closed', '--message'),
        (b'</dev/null', (), 'The message is empty', '--message'),
        (b'</dev/zero', ('-f', '-'), 'Standard input is longer than 4 MiB', 'last lines'),
        (b'', ('-f', '/nosuch'), "'/nosuch' doesn't exist", '--file'),
        (b'', ('-f', '/'), "'/' can't be read", 'permissions'),
        (b'', ('-f', '/dev/zero'), "can't be read", 'permissions'),
        (b'', ('-m', 'x', '-f', 'y'), "can't be used together", 'Remove one'),
    ],
)
def test_what_is_rejected(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    redirection: bytes,
    options: tuple[str, ...],
    message: str,
    advice: str,
) -> None:
    finished = piped(sandbox, tmp_path, redirection, *options)
    assert_clean(sandbox, finished)
    assert (finished.code, finished.stdout) == (1, '')
    assert message in finished.stderr and advice in finished.stderr


def test_no_secret_comes_back(sandbox: Sandbox) -> None:
    text = f'docker login contoso.azurecr.io -p {SECRET}: unauthorized: authentication required'
    for output in ('json', 'table'):
        finished = explain(sandbox, '-m', text, '-o', output)
        assert SECRET not in finished.stdout + finished.stderr


def test_an_image_that_is_an_error_message(sandbox: Sandbox) -> None:
    finished = sandbox.az('acrhealth', 'check', '-t', DENIED, login=False)
    assert (finished.code, finished.stdout) == (1, '')
    assert 'looks like an error message' in finished.stderr
    assert 'az acrhealth error explain --message' in finished.stderr


@pytest.mark.parametrize('reason', ['ClientIpNotAllowed', 'clientipnotallowed'])
def test_one_reason_is_shown(sandbox: Sandbox, reason: str) -> None:
    finished = sandbox.az('acrhealth', 'error', 'show', '--reason', reason, login=False)
    assert finished.json['code'] == 'CONNECTIVITY_FORBIDDEN_ERROR'
    assert [entry['reason'] for entry in finished.json['reasons']] == ['ClientIpNotAllowed']


@pytest.mark.parametrize(
    'reason, text',
    [
        ('ClientIpNotAllowd', 'Did you mean ClientIpNotAllowed?'),
        ('Unauthorized', '--code CONNECTIVITY_REFRESH_TOKEN_ERROR'),
    ],
)
def test_a_reason_that_is_not_clear(sandbox: Sandbox, reason: str, text: str) -> None:
    finished = sandbox.az('acrhealth', 'error', 'show', '--reason', reason, login=False)
    assert (finished.code, finished.stdout) == (1, '') and text in finished.stderr
