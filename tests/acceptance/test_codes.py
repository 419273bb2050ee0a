# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Each documented code by its real cause: a fault of the sandbox, and the resulting row."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

import pytest

from tests.acceptance.codes import (
    AAD_LOGIN,
    ACCESS,
    CHALLENGE,
    DNS,
    EVIL,
    FORBIDDEN,
    HOST,
    REALM,
    REFRESH,
    RESET,
    SERVICE,
    SHORT,
    SLACK,
    SSL,
    THROTTLED,
)
from tests.acceptance.fault_runs import FaultRun, is_alone, run_side_by_side
from tests.acceptance.fault_specs import Fault
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

PASSING = (
    'login-server',
    'dns',
    'proxy',
    'connection',
    'tls',
    'challenge',
    'refresh-token',
    'access-token',
    'clock',
)


class Case(NamedTuple):
    """A fault at a stage of contoso, and the row that must report it."""

    stage: str
    spec: str
    check: str
    code: str
    reason: str
    arguments: tuple[str, ...] = ()


def token_service_cases(stage: str, row: str, code: str) -> tuple[Case, ...]:
    """Return the cases that both endpoints of the token service have in common."""
    shared = {
        'status:400': 'UnknownErrorCode',
        'status:401': 'Unauthorized',
        'status:403': 'Unauthorized',
        'status:404': 'UnknownErrorCode',
        'body:404:text/plain:404 page not found': 'UnexpectedStatus',
        'status:500': 'ServerError',
        'status:503': 'ServerError',
        'forbidden': 'BlockedByIntermediary',
        'notjson': 'UnreadableResponse',
        'empty': 'UnreadableResponse',
        'null': 'UnreadableResponse',
        '{}': 'UnreadableResponse',
        'list': 'UnreadableResponse',
        'huge': 'UnreadableResponse',
        'binary': 'UnreadableResponse',
        'deep': 'UnreadableResponse',
        'garbage': 'UnreadableResponse',
        'truncated': 'ResponseIncomplete',
        'reset': RESET,
        'close': 'ResponseIncomplete',
        'escape:401': 'Unauthorized',
        f'redirect:https://{EVIL}/oauth2/token': 'UnexpectedStatus',
    }
    return (
        *(Case(stage, spec, row, code, reason) for spec, reason in shared.items()),
        Case(stage, 'hang', row, code, 'ResponseTimeout', SHORT),
    )


CASES = (
    Case('dns', 'nxdomain', 'dns', DNS, 'NotInLocalDns'),
    Case('dns', 'nodata', 'dns', DNS, 'NoAddress'),
    Case('dns', 'servfail', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'refused', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'silent', 'dns', DNS, 'ResolverFailed'),
    Case('dns', 'silent', 'dns', DNS, 'ResolverTimeout', SHORT),
    Case('tcp', 'refuse', 'connection', CHALLENGE, 'ConnectionRefused'),
    Case('tcp', 'silent', 'connection', CHALLENGE, 'ConnectTimeout', SHORT),
    Case('tcp', 'unreachable', 'connection', CHALLENGE, 'Unreachable'),
    Case('tcp', 'reset', 'tls', SSL, 'HandshakeReset'),
    Case('tcp', 'close', 'tls', SSL, 'HandshakeInterrupted'),
    Case('tls', 'cert:expired', 'tls', SSL, 'CertificateExpired'),
    Case('tls', 'cert:notyet', 'tls', SSL, 'CertificateNotYetValid'),
    Case('tls', 'cert:wronghost', 'tls', SSL, 'CertificateNameMismatch'),
    Case('tls', 'cert:selfsigned', 'tls', SSL, 'CertificateSelfSigned'),
    Case('tls', 'cert:foreign', 'tls', SSL, 'TlsIntercepted'),
    Case('tls', 'cert:nochain', 'tls', SSL, 'CertificateUntrusted'),
    Case('tls', 'plain', 'tls', SSL, 'NotTls'),
    Case('tls', 'garbage', 'tls', SSL, 'NotTls'),
    Case('tls', 'old', 'tls', SSL, 'ProtocolTooOld'),
    Case('tls', 'alert', 'tls', SSL, 'HandshakeFailed'),
    Case('tls', 'reset', 'tls', SSL, 'HandshakeReset'),
    Case('tls', 'close', 'tls', SSL, 'HandshakeInterrupted'),
    Case('tls', 'hang', 'tls', SSL, 'HandshakeTimeout', SHORT),
    Case('challenge', 'hang', 'challenge', CHALLENGE, 'ResponseTimeout', SHORT),
    Case('challenge', 'reset', 'challenge', CHALLENGE, RESET),
    Case('challenge', 'close', 'challenge', CHALLENGE, 'ResponseIncomplete'),
    Case('challenge', 'truncated', 'challenge', CHALLENGE, 'ResponseIncomplete'),
    Case('challenge', 'garbage', 'challenge', CHALLENGE, 'NotHttp'),
    Case('challenge', 'status:400', 'challenge', CHALLENGE, 'UnknownErrorCode'),
    Case('challenge', 'status:404', 'challenge', CHALLENGE, 'UnknownErrorCode'),
    Case('challenge', 'body:404:text/plain:no', 'challenge', CHALLENGE, 'NotARegistry'),
    Case('challenge', 'body:400:text/plain:no', 'challenge', CHALLENGE, 'UnexpectedStatus'),
    Case('challenge', 'status:500', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'status:503', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'escape:500', 'challenge', CHALLENGE, 'ServerError'),
    Case('challenge', 'notjson', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', 'empty', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', 'huge', 'challenge', CHALLENGE, 'UnexpectedSuccess'),
    Case('challenge', f'redirect:https://{EVIL}/', 'challenge', CHALLENGE, 'Redirected'),
    Case('challenge', f'redirect:307:https://{EVIL}/v2/', 'challenge', CHALLENGE, 'Redirected'),
    Case('challenge', 'forbidden', 'challenge', CHALLENGE, 'BlockedByIntermediary'),
    Case('challenge', 'nochallenge', 'challenge', CHALLENGE, 'NoChallenge'),
    Case('challenge', 'challenge:"""', 'challenge', CHALLENGE, 'UnreadableChallenge'),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}/oauth2/token',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}@{EVIL}/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case(
        'challenge',
        f'challenge:Bearer {REALM},service="a&b"',
        'challenge',
        CHALLENGE,
        'UnreadableChallenge',
    ),
    Case('challenge', 'foreignrealm', 'challenge', CHALLENGE, 'RealmMismatch'),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}.{EVIL}/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'RealmMismatch',
    ),
    Case(
        'challenge',
        f'challenge:Bearer realm="https://{HOST}:8443/oauth2/token",{SERVICE}',
        'challenge',
        CHALLENGE,
        'RealmMismatch',
    ),
    Case('challenge', 'httprealm', 'challenge', CHALLENGE, 'InsecureRealm'),
    Case('challenge', 'challenge:Negotiate', 'challenge', AAD_LOGIN, 'NoBearerChallenge'),
    Case(
        'challenge',
        'challenge:Basic realm="a, Bearer b"',
        'challenge',
        AAD_LOGIN,
        'NoBearerChallenge',
    ),
    Case('challenge', 'challenge:Bearer', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    Case('challenge', f'challenge:Bearer {REALM}', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    Case('challenge', f'challenge:Bearer {SERVICE}', 'challenge', AAD_LOGIN, 'IncompleteChallenge'),
    *(
        Case(stage, 'denied', row, FORBIDDEN, 'ClientIpNotAllowed')
        for stage, row in (
            ('challenge', 'challenge'),
            ('exchange', 'refresh-token'),
            ('token', 'access-token'),
        )
    ),
    Case('challenge', 'status:403', 'challenge', FORBIDDEN, 'AccessDenied'),
    Case('challenge', 'escape:403', 'challenge', FORBIDDEN, 'AccessDenied'),
    *(
        Case(stage, spec, row, THROTTLED, reason)
        for stage, row in (
            ('challenge', 'challenge'),
            ('exchange', 'refresh-token'),
            ('token', 'access-token'),
        )
        for spec, reason in (
            ('throttled:17', 'TooManyRequests'),
            ('frontdoor', 'ThrottledByFrontDoor'),
        )
    ),
    *token_service_cases('exchange', 'refresh-token', REFRESH),
    *token_service_cases('token', 'access-token', ACCESS),
    Case('token', 'opaque', 'access-token', ACCESS, 'UnreadableToken', ('--repository', 'hello')),
    Case('token', 'noaccess', 'access-token', ACCESS, 'UnreadableToken', ('--repository', 'hello')),
    Case(
        'token', 'grant:pull', 'access-token', ACCESS, 'ActionsMissing', ('--repository', 'hello')
    ),
)
# The codes that this module raises by their real causes.
CODES = frozenset(case.code for case in CASES)
NAMES = [
    f'{case.stage} {case.spec[:40]}{" in a hurry" if case.arguments == SHORT else ""}'
    for case in CASES
]
SIDE_BY_SIDE = tuple(Fault(*case[:5]) for case in CASES if not case.arguments)
# The stages that must not have got a request when a row failed.
LATER = {
    **dict.fromkeys(('dns', 'connection'), ('challenge', 'exchange', 'token')),
    # A host with an expired certificate gets a request for its Date header, without credentials.
    **dict.fromkeys(('tls', 'challenge'), ('exchange', 'token')),
    'refresh-token': ('token',),
    'access-token': (),
}


def assert_nothing_leaked(result: FaultRun, case: Case) -> None:
    """Assert that no request follows a failure or is repeated, and no token leaked."""
    stages = {request['stage'] for request in result.requests}
    # A token that is expired by this machine's clock is used nevertheless.
    assert not stages & set(LATER[case.check] if case.reason != 'TokenNotValidNow' else ())
    assert max(map(result.count, ('challenge', 'exchange', 'token', 'arm-list'))) <= 3
    hosts = {request['host'] for request in result.requests}
    assert hosts <= {result.host, cloud.ARM_HOST, cloud.LOGIN_HOST, cloud.SAMPLE_HOST}
    assert result.leaks() == []


def run_case(sandbox: Sandbox, shared: pathlib.Path, case: Case) -> FaultRun:
    """Run a case alone, or beside the others of its stage."""
    fault = Fault(*case[:5])
    if not case.arguments and not is_alone(fault):
        return run_side_by_side(sandbox, shared, 'codes', SIDE_BY_SIDE, fault, ())
    place = HOST if case.stage in ('dns', 'tcp', 'tls') else 'contoso'
    sandbox.set_fault(f'{case.stage}@{place}', case.spec)
    # A resolver that gives up later than any --timeout here.
    env = {'RES_OPTIONS': 'timeout:30 attempts:2'} if case.arguments == SHORT else {}
    run = check(sandbox, '-n', 'contoso', *case.arguments, env=env)
    assert run.finished.seconds < 10 + SLACK
    requests = sandbox.requests()
    return FaultRun(run, 'contoso', HOST, requests, requests)


@pytest.mark.parametrize('case', CASES, ids=NAMES)
def test_code(sandbox: Sandbox, shared: pathlib.Path, case: Case) -> None:
    result = run_case(sandbox, shared, case)
    run, registry = result.run, result.registry
    run.has(case.check, 'Failed', case.code, case.reason, registry)
    assert run.finished.code == 1
    statuses = run.statuses(registry)
    assert [name for name, status in statuses.items() if status == 'Failed'] == [case.check]
    for before in PASSING[: PASSING.index(case.check)]:
        assert statuses[before] == 'Passed'
    for after in PASSING[PASSING.index(case.check) + 1 :]:
        row = run.row(after, registry)
        if after == 'clock' and '--timeout' in case.arguments and row['status'] != 'Passed':
            # It waits for the row that failed, and is skipped if no time was left.
            run.has(after, 'Skipped', registry=registry)
            elapsed = f'the {case.arguments[1]} s of --timeout had elapsed'
            assert row['detail'] == f'not started: {elapsed}'
        elif after in ('proxy', 'clock'):
            # The login server's name is enough, and Resource Manager's date.
            assert row['status'] == 'Passed'
        else:
            assert row['status'] == 'Skipped' and 'requires the `' in row['detail']
    assert_nothing_leaked(result, case)
    assert result.verdicts['healthy'] is False
    assert result.verdicts['canLogin'] == ('yes' if case.check == 'access-token' else 'no')
    assert (result.verdicts['canPull'], result.verdicts['canPush']) == (
        'unknown' if case.spec == 'grant:pull' else 'no',
        'no',
    )
