# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Everything ends: hangs and drips at every stage, and interrupts by the user."""

from __future__ import annotations

import json
import pathlib
import signal
import time
from typing import Optional

import pytest

from tests.acceptance import fault_registries
from tests.acceptance.codes import LIMIT, SHORT, SLACK
from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.programs import (
    ANSWERING,
    HANGS,
    printing,
    script_of,
    surviving_processes,
    write_program,
)
from tests.acceptance.rows import HEALTHY
from tests.acceptance.runs import Run, assert_well_formed, check
from tests.sandbox.control.sandbox import Sandbox

CHALLENGE, SSL, DNS = (
    'CONNECTIVITY_CHALLENGE_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_DNS_ERROR',
)
REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
ARM_READ, LOGIN_SERVER = 'ARM_READ_ERROR', 'LOGIN_SERVER_ERROR'
# The rows that each registry has, whatever its fault.
ROWS = {*HEALTHY}
# Where the fault is, what it is, and the row that must report it, with the limit (in seconds) that
# ends it. Each has a registry of its own, and all of them are checked side by side in one run.
STAGES = [
    ('dns', 'silent', 'dns', DNS, 'ResolverTimeout', 10),
    ('tcp', 'silent', 'connection', CHALLENGE, 'ConnectTimeout', 5),
    ('tcp', 'hang', 'tls', SSL, 'HandshakeTimeout', 5),
    ('tls', 'hang', 'tls', SSL, 'HandshakeTimeout', 5),
    ('tls', 'slow:12', 'tls', SSL, 'HandshakeTimeout', 5),
    ('challenge', 'hang', 'challenge', CHALLENGE, 'ResponseTimeout', 10),
    ('challenge', 'drip', 'challenge', CHALLENGE, 'ResponseTimeout', 10),
    ('challenge', 'slow:12', 'challenge', CHALLENGE, 'ResponseTimeout', 10),
    ('exchange', 'hang', 'refresh-token', REFRESH, 'ResponseTimeout', 10),
    ('exchange', 'drip', 'refresh-token', REFRESH, 'ResponseTimeout', 10),
    ('exchange', 'drip:body', 'refresh-token', REFRESH, 'ResponseTimeout', 10),
    ('token', 'hang', 'access-token', ACCESS, 'ResponseTimeout', 10),
    ('token', 'drip', 'access-token', ACCESS, 'ResponseTimeout', 10),
    ('arm-get', 'hang', 'login-server', LOGIN_SERVER, 'ArmUnavailable', 10),
    ('arm-get', 'drip', 'login-server', LOGIN_SERVER, 'ArmUnavailable', 10),
    ('arm-get', 'drip:body', 'login-server', LOGIN_SERVER, 'ArmUnavailable', 10),
    ('arm-identity', 'hang', 'encryption', ARM_READ, 'IdentityUnavailable', 10),
    ('arm-identity', 'drip', 'encryption', ARM_READ, 'IdentityUnavailable', 10),
]
# Rows that warn, since the registry can be checked without what they could not read.
WARNS = ('login-server', 'encryption')


def hanging_registries(sandbox: Sandbox) -> list[str]:
    """Create a registry for each of STAGES, switch its fault on, and return the resource ids."""
    resource_ids = []
    for number, (stage, spec, *_) in enumerate(STAGES):
        name = f'stage{number:02}'
        resource_ids.append(fault_registries.put_registry(sandbox, stage, name))
        if stage == 'dns':
            sandbox.set_dns(f'{name}.azurecr.test', answer=spec)
        else:
            sandbox.set_fault(f'{stage}@{name}', spec)
    return resource_ids


def assert_all_reported(run: Run, timeout: Optional[float]) -> None:
    """Assert that each registry's row reports its own fault in time, and that no row is missing."""
    for number, (place, spec, check_id, code, reason, limit) in enumerate(STAGES):
        name, expected_end = f'stage{number:02}', min(limit, timeout or limit)
        row = run.row(check_id, name)
        status = 'Warning' if check_id in WARNS else 'Failed'
        assert (row['status'], row['code'], row['reason']) == (status, code, reason), (
            place,
            spec,
            row,
        )
        # Phases are gone through together: an earlier row may have used some of the time.
        assert expected_end / 3 < row['durationMs'] / 1000 < expected_end + SLACK, (
            place,
            spec,
            row,
        )
        statuses = run.statuses(name)
        assert set(statuses) == ROWS
        before = list(statuses)[: list(statuses).index(check_id)]
        assert {statuses[check_id] for check_id in before} <= {'Passed', 'Skipped'}, (
            place,
            spec,
            statuses,
        )


def test_every_stage_at_its_own_limit(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    hanging = [write_program(tmp_path, name, HANGS) for name in ('docker', 'helm', 'notary')]
    run = check(
        sandbox,
        '-n',
        *hanging_registries(sandbox),
        'contoso',
        environment=True,
        env={'RES_OPTIONS': 'timeout:30 attempts:2', 'PATH': str(tmp_path)},
    )
    assert_all_reported(run, None)
    for row in run.statuses('contoso').values():
        assert row in ('Passed', 'Skipped')
    run.has('engine-version', 'Failed', 'DOCKER_VERSION_ERROR', 'VersionCommandTimeout')
    run.has('engine-daemon', 'Failed', 'DOCKER_DAEMON_ERROR', 'DaemonTimeout')
    run.has('helm-version', 'Failed', 'HELM_VERSION_ERROR', 'VersionCommandTimeout')
    run.has('notary-version', 'Warning', 'NOTARY_VERSION_ERROR', 'VersionCommandTimeout')
    # The engine's client and then its version: 10 s each. Whatever hangs elsewhere hangs beside it.
    assert run.finished.seconds < 20 + SLACK
    assert surviving_processes(*hanging) == []


def test_every_stage_within_the_time_that_is_given(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    hanging = [write_program(tmp_path, name, HANGS) for name in ('docker', 'helm', 'notary')]
    run = check(
        sandbox,
        '-n',
        *hanging_registries(sandbox),
        *SHORT,
        environment=True,
        env={'RES_OPTIONS': 'timeout:30 attempts:2', 'PATH': str(tmp_path)},
    )
    assert_all_reported(run, LIMIT)
    assert run.finished.seconds < LIMIT + SLACK
    assert surviving_processes(*hanging) == []


@pytest.mark.parametrize('spec', ['hang', 'drip'])
def test_list_of_registries(sandbox: Sandbox, spec: str) -> None:
    sandbox.set_fault('arm-list', spec)
    run = check(sandbox, '-n', 'contoso', 'basicreg')
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        assert run.statuses(name)['access-token'] == 'Passed'
    assert 9.9 < run.finished.seconds < 10 + SLACK
    run = check(sandbox, '-n', 'contoso', *SHORT)
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')
    assert set(run.statuses()) == ROWS and run.finished.seconds < LIMIT + SLACK


def test_sign_in_at_its_own_limit(sandbox: Sandbox) -> None:
    sandbox.set_fault('signin', 'hang')
    run = check(sandbox, '-n', 'contoso', 'basicreg', tokens=False)
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        run.has('refresh-token', 'Failed', REFRESH, 'SignInTimeout', name)
        assert run.statuses(name)['challenge'] == 'Passed'
    # Once for ARM and once for the registry, both registries side by side.
    assert 29.9 < run.finished.seconds < 30 + SLACK


@pytest.mark.parametrize(
    'place, spec',
    [('signin', 'drip'), ('signin', 'slow:20'), ('discovery', 'hang'), ('discovery', 'drip')],
)
def test_sign_in_within_the_time_that_is_given(sandbox: Sandbox, place: str, spec: str) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', 'basicreg', *SHORT, tokens=False)
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        assert set(run.statuses(name)) == ROWS
    assert run.finished.seconds < LIMIT + SLACK


@pytest.mark.parametrize(
    'place, spec, timeout',
    [
        ('arm-private-endpoint@privreg-vnet1', 'hang', LIMIT),
        ('arm-private-endpoint@privreg-vnet1', 'drip', LIMIT),
        ('arm-nic@privreg-vnet1-nic', 'drip', LIMIT),
        ('arm-nic@privreg-vnet1-nic', 'hang', 60),
    ],
)
def test_private_endpoint(sandbox: Sandbox, place: str, spec: str, timeout: int) -> None:
    sandbox.set_fault(place, spec)
    run = check(
        sandbox,
        '-n',
        'privreg',
        '-g',
        'rg-network',
        '--vnet',
        'vnet1',
        '--only',
        'private-dns',
        '--timeout',
        str(timeout),
    )
    run.has('private-dns', 'Failed', ARM_READ, 'EndpointUnavailable')
    assert run.finished.seconds < min(10, timeout) + SLACK


@pytest.mark.parametrize(
    'hanging, number, status',
    [
        ('pull', signal.SIGINT, 1),
        ('version', signal.SIGINT, 1),
        ('pull', signal.SIGTERM, 143),
        ('version', signal.SIGHUP, 129),
    ],
)
def test_interrupted(
    sandbox: Sandbox, tmp_path: pathlib.Path, hanging: str, number: int, status: int
) -> None:
    bins, names = tmp_path / 'bin', ('docker', 'podman', 'nerdctl')
    text = script_of(version=printing(ANSWERING), pull=HANGS) if hanging == 'pull' else HANGS
    programs = [write_program(bins, name, text) for name in names]
    config = sandbox.config_dir(tmp_path / 'config')
    pids = programs[0].with_name(programs[0].name + '.pids')
    interrupted_at, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        ['-y', '--only', 'engine-pull'],
        lambda: pids.exists() and len(pids.read_text('ascii').split()) == 2,
        bins,
        number,
    )
    assert time.monotonic() - interrupted_at < SLACK
    assert code == status and 'Traceback' not in stderr
    assert 'ERROR: The run was interrupted before' in stderr
    report = json.loads(stdout)
    assert_well_formed(report)
    assert report['healthy'] is False
    rows = {row['check']: row for row in report['checks']}
    assert (rows['engine-pull']['status'], rows['engine-pull']['detail']) == (
        'Skipped',
        'interrupted',
    )
    # What had ended is there.
    assert (rows['engine-client']['status'] == 'Passed') is (hanging == 'pull')
    started = [path for path in programs if path.with_name(path.name + '.pids').exists()]
    assert surviving_processes(*started) == []
    assert started == programs[:1]
