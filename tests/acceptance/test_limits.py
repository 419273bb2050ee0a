# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Everything ends: a hang and a drip at every stage, answers without an end, a user who has waited long enough."""

from __future__ import annotations

import pathlib
import sys
import time
from typing import Optional

import pytest

from tests.acceptance.interrupts import interrupted
from tests.acceptance.programs import ANSWERING, HANGS, cases, left_behind, measuring, program, says
from tests.acceptance.rows import HEALTHY
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

CHALLENGE, SSL, DNS = (
    'CONNECTIVITY_CHALLENGE_ERROR',
    'CONNECTIVITY_SSL_ERROR',
    'CONNECTIVITY_DNS_ERROR',
)
REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
ARM_READ, LOGIN_SERVER = 'ARM_READ_ERROR', 'LOGIN_SERVER_ERROR'
# The rows that each registry has, whatever befalls it.
ROWS = {*HEALTHY}
# What a run needs besides its limits: the CLI's start, and slack for a busy machine.
SLACK = 4.0
# Where the fault is, what it is, and the row that must tell of it, with the limit (in seconds) that
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
    """Put a registry for each of STAGES into the world, switch its fault on, and return the resource ids."""
    named, template = [], sandbox.patch_registry('cmkuser', {})
    for number, (place, spec, *_) in enumerate(STAGES):
        name = f'stage{number:02}'
        identifier = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, name)
        resource = cloud.registry(name, 'rg-apps')
        if place == 'arm-identity':
            sandbox.delete_resource(*identity(name))
            resource['identity'] = {
                'type': 'UserAssigned',
                'userAssignedIdentities': {
                    identity(name)[0]: {'principalId': '', 'clientId': cloud.guid(name)}
                },
            }
            resource['properties']['encryption'] = {
                **template['properties']['encryption'],
                'keyVaultProperties': {
                    **template['properties']['encryption']['keyVaultProperties'],
                    'identity': cloud.guid(name),
                },
            }
        sandbox.put_resource(identifier, resource)
        if place == 'dns':
            sandbox.set_dns(f'{name}.azurecr.test', answer=spec)
        else:
            sandbox.set_fault(f'{place}@{name}', spec)
        named.append(identifier)
    return named


def identity(name: str) -> tuple[str, dict[str, object]]:
    """Return the managed identity of a registry of that name."""
    kind = 'Microsoft.ManagedIdentity/userAssignedIdentities'
    identifier = cloud.resource_id('rg-apps', kind, name)
    return identifier, {
        'id': identifier,
        'name': name,
        'type': kind,
        'location': cloud.REGION,
        'properties': {
            'tenantId': cloud.TENANT,
            'principalId': cloud.guid(name + '/principal'),
            'clientId': cloud.guid(name),
        },
    }


def judge(run: Run, timeout: Optional[float]) -> None:
    """Assert that every registry's row tells of its own fault, in its own time, and that no row is missing."""
    for number, (place, spec, row, code, reason, limit) in enumerate(STAGES):
        name, ends = f'stage{number:02}', min(limit, timeout or limit)
        told = run.row(row, name)
        status = 'Warning' if row in WARNS else 'Failed'
        assert (told['status'], told['code'], told['reason']) == (status, code, reason), (
            place,
            spec,
            told,
        )
        # Phases are gone through together: an earlier row may have used some of the time.
        assert ends - 2 < told['durationMs'] / 1000 < ends + 1.5, (place, spec, told)
        statuses = run.statuses(name)
        assert set(statuses) == ROWS
        before = list(statuses)[: list(statuses).index(row)]
        assert {statuses[one] for one in before} <= {'Passed', 'Skipped'}, (place, spec, statuses)


def test_every_stage_at_its_own_limit(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    hanging = [program(tmp_path, name, HANGS) for name in ('docker', 'helm', 'notary')]
    run = check(
        sandbox,
        '-n',
        *hanging_registries(sandbox),
        'contoso',
        environment=True,
        env={'RES_OPTIONS': 'timeout:30 attempts:2', 'PATH': str(tmp_path)},
    )
    judge(run, None)
    for row in run.statuses('contoso').values():
        assert row in ('Passed', 'Skipped')
    run.has('engine-version', 'Failed', 'DOCKER_VERSION_ERROR', 'VersionCommandHung')
    run.has('engine-daemon', 'Failed', 'DOCKER_DAEMON_ERROR', 'DaemonHung')
    run.has('helm-version', 'Failed', 'HELM_VERSION_ERROR', 'VersionCommandHung')
    run.has('notary-version', 'Failed', 'NOTARY_VERSION_ERROR', 'VersionCommandHung')
    # The engine's client and then its version: 10 s each. Whatever hangs elsewhere hangs beside it.
    assert run.done.seconds < 20 + SLACK
    assert left_behind(*hanging) == []


def test_every_stage_within_the_time_that_is_given(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    hanging = [program(tmp_path, name, HANGS) for name in ('docker', 'helm', 'notary')]
    run = check(
        sandbox,
        '-n',
        *hanging_registries(sandbox),
        '--timeout',
        '3',
        environment=True,
        env={'RES_OPTIONS': 'timeout:30 attempts:2', 'PATH': str(tmp_path)},
    )
    judge(run, 3)
    assert run.done.seconds < 3 + SLACK
    assert left_behind(*hanging) == []


@pytest.mark.parametrize('spec', ['hang', 'drip'])
def test_list_of_registries(sandbox: Sandbox, spec: str) -> None:
    sandbox.set_fault('arm-list', spec)
    run = check(sandbox, '-n', 'contoso', 'basicreg')
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        assert run.statuses(name)['access-token'] == 'Passed'
    assert 9.9 < run.done.seconds < 10 + SLACK
    run = check(sandbox, '-n', 'contoso', '--timeout', '3')
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')
    assert set(run.statuses()) == ROWS and run.done.seconds < 3 + SLACK


def test_sign_in_at_its_own_limit(sandbox: Sandbox) -> None:
    sandbox.set_fault('signin', 'hang')
    run = check(sandbox, '-n', 'contoso', 'basicreg', tokens=False)
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        run.has('refresh-token', 'Failed', REFRESH, 'SignInTimeout', name)
        assert run.statuses(name)['challenge'] == 'Passed'
    # Once for ARM and once for the registry, both registries side by side.
    assert 29.9 < run.done.seconds < 30 + SLACK


@pytest.mark.parametrize(
    'place, spec',
    [('signin', 'drip'), ('signin', 'slow:20'), ('discovery', 'hang'), ('discovery', 'drip')],
)
def test_sign_in_within_the_time_that_is_given(sandbox: Sandbox, place: str, spec: str) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', 'basicreg', '--timeout', '3', tokens=False)
    for name in ('contoso', 'basicreg'):
        run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable', name)
        assert set(run.statuses(name)) == ROWS
    assert run.done.seconds < 3 + SLACK


@pytest.mark.parametrize(
    'place, spec, timeout',
    [
        ('arm-private-endpoint@privreg-vnet1', 'hang', 3),
        ('arm-private-endpoint@privreg-vnet1', 'drip', 3),
        ('arm-nic@privreg-vnet1-nic', 'drip', 3),
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
    assert run.done.seconds < min(10, timeout) + SLACK


def test_answers_without_an_end_fill_no_memory(
    sandbox: Sandbox, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peak = measuring(tmp_path, sys.executable, monkeypatch)
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
    usual = int(peak.read_text('ascii'))
    for name, (place, spec, *_) in zip(names, table):
        sandbox.set_fault(f'{place}@{name}', spec)
    sandbox.set_fault('challenge@contoso', 'endless')
    run = check(sandbox, '-n', *names, 'contoso')
    for name, (_, _, row, code, reason) in zip(names, table):
        run.has(row, 'Failed', code, reason, name)
    # A challenge stands in the header; how much follows it is no concern.
    assert run.statuses('contoso')['refresh-token'] == 'Passed'
    assert int(peak.read_text('ascii')) < usual + 40
    assert run.done.seconds < SLACK


@pytest.mark.parametrize(
    'place, spec', [('arm-list', 'huge'), ('arm-list', 'endless'), ('signin', 'huge')]
)
def test_services_of_the_cli_without_an_end(sandbox: Sandbox, place: str, spec: str) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', '--timeout', '3', tokens=False)
    assert run.row('login-server')['code'] == LOGIN_SERVER
    assert set(run.statuses()) == ROWS and run.done.seconds < 3 + SLACK


@pytest.mark.parametrize('hanging', ['pull', 'version'])
def test_interrupted(sandbox: Sandbox, tmp_path: pathlib.Path, hanging: str) -> None:
    bins, names = tmp_path / 'bin', ('docker', 'podman', 'nerdctl')
    text = cases(version=says(ANSWERING), pull=HANGS) if hanging == 'pull' else HANGS
    programs = [program(bins, name, text) for name in names]
    config = sandbox.config_dir(tmp_path / 'config')
    pids = programs[0].with_name(programs[0].name + '.pids')
    begun, code, stdout, stderr = interrupted(
        sandbox,
        config,
        ['-y', '--only', 'engine-pull'],
        lambda: pids.exists() and len(pids.read_text('ascii').split()) == 2,
        bins,
    )
    assert time.monotonic() - begun < 3
    assert code not in (0, None) and 'Traceback' not in stdout + stderr and not stdout
    started = [one for one in programs if one.with_name(one.name + '.pids').exists()]
    assert left_behind(*started) == []
    assert started == programs[:1]
