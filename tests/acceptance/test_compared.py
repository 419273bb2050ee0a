# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Bugs of `az acr check-health`: where it stops, misleads or leaks, this command has a row.

Each case is a bug that users reported: its cause, the predecessor's output in the same sandbox,
and the row of `az acrhealth check`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

HOST, EVIL = 'contoso.azurecr.test', 'evil.example.test'
REALM = f'realm="https://{HOST}/oauth2/token"'
CHALLENGE, REFRESH = 'CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
ACCESS, FORBIDDEN = 'CONNECTIVITY_ACCESS_TOKEN_ERROR', 'CONNECTIVITY_FORBIDDEN_ERROR'
THROTTLED, LOGIN_SERVER, DNS = (
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
    'LOGIN_SERVER_ERROR',
    'CONNECTIVITY_DNS_ERROR',
)
TRACEBACK = 'The command failed with an unexpected error'


class Bug(NamedTuple):
    """Faults and arguments, the predecessor's output, and the row that must replace it."""

    faults: tuple[tuple[str, str], ...]
    arguments: tuple[str, ...]
    predecessor: str
    check: str
    status: str
    code: Any = None
    reason: Any = None
    options: dict[str, Any] = {}


def challenge_fault(value: str) -> tuple[tuple[str, str], ...]:
    """Return a fault that replaces the challenge."""
    return (('challenge@contoso', f'challenge:{value}'),)


BUGS = {
    'space after the comma': Bug(
        challenge_fault(f'Bearer {REALM}, service="{HOST}"'),
        (),
        TRACEBACK,
        'refresh-token',
        'Passed',
    ),
    'two spaces after Bearer': Bug(
        challenge_fault(f'Bearer  {REALM},service="{HOST}"'),
        (),
        TRACEBACK,
        'refresh-token',
        'Passed',
    ),
    'a comma in quotes': Bug(
        challenge_fault(f'Bearer {REALM},service="{HOST}",scope="repository:x:pull,push"'),
        (),
        TRACEBACK,
        'refresh-token',
        'Passed',
    ),
    'two challenges': Bug(
        challenge_fault(f'Basic realm="x", Bearer {REALM},service="{HOST}"'),
        (),
        'CONNECTIVITY_AAD_LOGIN_ERROR',
        'refresh-token',
        'Passed',
    ),
    'a page of a hotel instead of a token': Bug(
        (('exchange@contoso', 'notjson'),),
        (),
        TRACEBACK,
        'refresh-token',
        'Failed',
        REFRESH,
        'UnreadableResponse',
    ),
    'an empty object instead of a token': Bug(
        (('exchange@contoso', '{}'),),
        (),
        TRACEBACK,
        'refresh-token',
        'Failed',
        REFRESH,
        'UnreadableResponse',
    ),
    'the firewall at the exchange': Bug(
        (('exchange@contoso', 'denied'),),
        (),
        REFRESH,
        'refresh-token',
        'Failed',
        FORBIDDEN,
        'ClientIpNotAllowed',
    ),
    'throttled at the token': Bug(
        (('token@contoso', 'throttled'),),
        (),
        ACCESS,
        'access-token',
        'Failed',
        THROTTLED,
        'TooManyRequests',
    ),
    'throttled at the challenge': Bug(
        (('challenge@contoso', 'throttled'),),
        (),
        CHALLENGE,
        'challenge',
        'Failed',
        THROTTLED,
        'TooManyRequests',
    ),
    'a page of a proxy': Bug(
        (('challenge@contoso', 'forbidden'),),
        (),
        FORBIDDEN,
        'challenge',
        'Failed',
        CHALLENGE,
        'BlockedByIntermediary',
    ),
    'capitals in the claims': Bug(
        (('token@contoso', 'capitals'),), ('--repository', 'hello'), '', 'access-token', 'Passed'
    ),
    'an opaque token': Bug(
        (('token@contoso', 'opaque'),),
        ('--repository', 'hello'),
        '',
        'access-token',
        'Failed',
        ACCESS,
        'UnreadableToken',
    ),
    'ARM says 403': Bug(
        (('arm', 'status:403'),), (), '', 'login-server', 'Warning', LOGIN_SERVER, 'ArmForbidden'
    ),
    'ARM cannot be reached': Bug(
        ((f'tcp@{cloud.ARM_HOST}', 'refuse'),),
        (),
        '',
        'login-server',
        'Warning',
        LOGIN_SERVER,
        'ArmUnavailable',
    ),
    'an expired secret': Bug(
        (('signin', 'aadsts:7000222'),),
        (),
        'AADSTS7000222',
        'refresh-token',
        'Failed',
        REFRESH,
        'ApplicationSecretExpired',
    ),
    'nobody is logged in': Bug(
        (), (), 'az login', 'refresh-token', 'Failed', REFRESH, 'NotLoggedIn', {'login': False}
    ),
}


@pytest.mark.parametrize('name', BUGS)
def test_bug(sandbox: Sandbox, name: str) -> None:
    bug = BUGS[name]
    for place, spec in bug.faults:
        sandbox.set_fault(place, spec)
    predecessor = sandbox.az(
        'acr',
        'check-health',
        '--ignore-errors',
        '-y',
        '-n',
        'contoso',
        *bug.arguments,
        env={'DOCKER_HOST': 'unix:///nowhere'},
        **bug.options,
    )
    assert predecessor.stdout.strip() == '' and bug.predecessor in predecessor.stderr
    run = check(sandbox, '-n', 'contoso', *bug.arguments, **bug.options)
    run.has(bug.check, bug.status, bug.code, bug.reason)


def test_still_being_made(sandbox: Sandbox) -> None:
    sandbox.patch_registry(
        'contoso', {'properties': {'loginServer': None, 'provisioningState': 'Creating'}}
    )
    run = check(sandbox, '-n', 'contoso')
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')


def test_upper_case_without_arm(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm', 'status:403')
    run = check(sandbox, '-n', 'CONTOSO')
    assert run.report['registries'][0]['loginServer'] == HOST and run.finished.code == 0


def test_tokens_for_a_foreign_realm(sandbox: Sandbox) -> None:
    for spec in ('foreignrealm', 'httprealm'):
        sandbox.set_fault('challenge@contoso', spec)
        run = check(sandbox, '-n', 'contoso')
        assert run.row('challenge')['status'] == 'Failed'
    # The sign-in begins during the request to Resource Manager; its token stays on this machine.
    assert {
        request['host']
        for request in sandbox.requests()
        if request['tokenReceived'] or request['authorization']
    } == {cloud.ARM_HOST, cloud.LOGIN_HOST}
    assert {request['stage'] for request in sandbox.requests(host=HOST)} == {'challenge'}
    assert not sandbox.requests(host=EVIL) and EVIL not in sandbox.connections()['accepted']
    assert EVIL not in {query['name'] for query in sandbox.dns_queries()}


def test_the_label_is_kept_without_arm(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm', 'status:403')
    run = check(sandbox, '-n', 'dnlreg-abc123def456.azurecr.test')
    assert run.report['registries'][0]['loginServer'] == 'dnlreg-abc123def456.azurecr.test'
    assert not [query for query in sandbox.dns_queries() if query['name'].startswith('dnlreg.')]


def test_only_ipv6(sandbox: Sandbox) -> None:
    sandbox.set_address('::1')
    sandbox.set_dns(HOST, aaaa=['::1'])
    check(sandbox, '-n', 'contoso', '--only', 'challenge').has('challenge', 'Passed')


def test_the_challenge_is_fetched_once(sandbox: Sandbox) -> None:
    sandbox.set_fault('challenge@contoso', 'nochallenge', times=1)
    check(sandbox, '-n', 'contoso').has('challenge', 'Failed', CHALLENGE, 'NoChallenge')
    assert len(sandbox.requests('challenge')) == 1


def test_a_refused_identity_is_not_a_missing_identity(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-identity', 'status:403')
    run = check(sandbox, '-n', 'cmkuser', '--only', 'encryption')
    run.has('encryption', 'Warning', 'ARM_READ_ERROR', 'IdentityForbidden')


def test_vnet10_for_vnet1(sandbox: Sandbox) -> None:
    # Only an endpoint in vnet10: the predecessor takes it for one in vnet1.
    owner = sandbox.patch_registry('privreg', {})
    second = owner['properties']['privateEndpointConnections'][1:]
    sandbox.patch_registry('privreg', {'properties': {'privateEndpointConnections': second}})
    run = check(sandbox, '-n', 'privreg', '--vnet', 'vnet1', '--only', 'private-dns')
    run.has('private-dns', 'Failed', DNS, 'NoEndpointInNetwork')


def test_no_scope_of_nothing(sandbox: Sandbox) -> None:
    check(sandbox, '-n', 'contoso')
    assert [request['form']['scope'] for request in sandbox.requests('token')] == [
        'registry:catalog:*'
    ]


def test_nothing_stops_at_the_first_error(sandbox: Sandbox) -> None:
    # No engine at all (the predecessor stops here), and the registry is checked all the same,
    # without a question.
    run = check(
        sandbox,
        '-n',
        'contoso',
        '--skip',
        'helm-client',
        'notary-version',
        environment=True,
        env={'DOCKER_COMMAND': '/nowhere/docker'},
    )
    row = run.row('engine-client')
    assert (row['status'], row['code']) == ('Warning', 'DOCKER_COMMAND_ERROR')
    assert run.statuses()['access-token'] == 'Passed' and run.finished.code == 0
