# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Endless responses: they end in time, and fill no memory."""

from __future__ import annotations

import os
import pathlib
import sys

import pytest

from tests.acceptance.codes import LIMIT, SHORT, SLACK, SSL
from tests.acceptance.programs import (
    record_peak,
)
from tests.acceptance.runs import check
from tests.acceptance.test_limits import ACCESS, CHALLENGE, LOGIN_SERVER, REFRESH, ROWS
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud


def test_endless_responses_fill_no_memory(
    sandbox: Sandbox, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peak = record_peak(tmp_path, sys.executable, monkeypatch)
    table = [
        ('challenge', 'huge', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
        ('exchange', 'huge', 'refresh-token', REFRESH, 'UnreadableResponse'),
        ('exchange', 'endless', 'refresh-token', REFRESH, 'UnreadableResponse'),
        ('token', 'huge', 'access-token', ACCESS, 'UnreadableResponse'),
        ('token', 'endless', 'access-token', ACCESS, 'UnreadableResponse'),
    ]
    names = [f'stage{number:02}' for number in range(len(table))]
    for name in names:
        sandbox.put_resource(
            cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, name), cloud.registry(name, 'rg-apps')
        )
    check(sandbox, '-n', *names)
    usual_peak = int(peak.read_text('ascii'))
    for name, (place, spec, *_) in zip(names, table):
        sandbox.set_fault(f'{place}@{name}', spec)
    sandbox.set_fault('challenge@contoso', 'endless')
    run = check(sandbox, '-n', *names, 'contoso')
    for name, (_, _, row, code, reason) in zip(names, table):
        run.has(row, 'Failed', code, reason, name)
    # The challenge is a header; the size of the body doesn't matter.
    assert run.statuses('contoso')['refresh-token'] == 'Passed'
    assert int(peak.read_text('ascii')) < usual_peak + 40
    assert run.finished.seconds < SLACK


@pytest.mark.parametrize(
    'place, spec', [('arm-list', 'huge'), ('arm-list', 'endless'), ('signin', 'huge')]
)
def test_services_of_the_cli_without_an_end(sandbox: Sandbox, place: str, spec: str) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', *SHORT, tokens=False)
    assert run.row('login-server')['code'] == LOGIN_SERVER
    assert set(run.statuses()) == ROWS and run.finished.seconds < LIMIT + SLACK


@pytest.fixture(name='endless', params=['pipe', 'zero'])
def fixture_endless(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> str:
    """Return the path of a file that never ends."""
    if request.param == 'zero':
        return '/dev/zero'
    os.mkfifo(tmp_path / 'pipe')
    return str(tmp_path / 'pipe')


def test_a_bundle_without_an_end(sandbox: Sandbox, endless: str) -> None:
    run = check(sandbox, '-n', 'contoso', env={'REQUESTS_CA_BUNDLE': endless})
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')
    row = run.has('tls', 'Failed', SSL, 'CaBundleUnreadable')
    assert f'{endless}: not a regular file' in row['detail']
    assert run.finished.seconds < SLACK


def test_a_key_log_that_is_a_pipe(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    run = check(sandbox, '-n', 'contoso', env={'SSLKEYLOGFILE': str(tmp_path / 'pipe')})
    row = run.row('tls')
    assert (row['status'], row['code']) == ('Failed', SSL) and 'not a regular file' in row['detail']
    assert run.finished.seconds < SLACK


def test_a_token_file_without_an_end(sandbox: Sandbox, endless: str) -> None:
    variables = {'AZURE_CLIENT_ID': 'x', 'AZURE_TENANT_ID': 'x'}
    finished = sandbox.az(
        *('acrhealth', 'check', '-n', 'contoso', '--identity', 'workload', '--timeout', '5'),
        env={**variables, 'AZURE_FEDERATED_TOKEN_FILE': endless},
        login=False,
    )
    assert (finished.code, finished.stdout) == (1, '') and finished.seconds < SLACK
    assert "AZURE_FEDERATED_TOKEN_FILE can't be read: not a regular file" in finished.stderr


def test_a_netrc_without_an_end(sandbox: Sandbox, endless: str) -> None:
    run = check(sandbox, '-n', 'contoso', env={'NETRC': endless}, tokens=False)
    assert run.finished.code == 0 and run.finished.seconds < SLACK


@pytest.mark.parametrize('kind', ['pipe', 'loop'])
@pytest.mark.parametrize(
    'name', ['msal_token_cache.json', 'service_principal_entries.json', 'msal_http_cache.bin']
)
def test_a_store_of_sign_ins_that_is_no_file(
    sandbox: Sandbox, tmp_path: pathlib.Path, name: str, kind: str
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    (config / name).unlink(missing_ok=True)
    if kind == 'pipe':
        os.mkfifo(config / name)
    else:
        (config / name).symlink_to(name)
    run = check(sandbox, '-n', 'contoso', config=config, tokens=False)
    row = run.has('refresh-token', 'Failed', REFRESH, 'LoginStoreUnusable')
    assert f'{name}: ' in row['detail'] and run.finished.seconds < SLACK


def test_a_folder_of_certificates_with_a_pipe(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / '5ed36f99.0')
    run = check(sandbox, '-n', 'contoso', env={'REQUESTS_CA_BUNDLE': str(tmp_path)})
    row = run.has('tls', 'Failed', SSL, 'CaBundleUnreadable')
    assert 'not a regular file' in row['detail'] and run.finished.seconds < SLACK
