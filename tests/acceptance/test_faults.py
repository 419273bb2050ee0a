# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every fault of the sandbox at every stage: with the table of test_codes.py, none is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import pytest

from tests.acceptance.runs import check
from tests.acceptance.test_codes import (
    ACCESS,
    ARM_READ,
    CASES,
    CHALLENGE,
    DNS,
    EVIL,
    FORBIDDEN,
    HOST,
    LOGIN_SERVER,
    REFRESH,
    RESET,
    SSL,
    THROTTLED,
)
from tests.sandbox import world
from tests.sandbox.client import Sandbox
from tests.sandbox.faults import ARM, STAGES, specs_for

# What a run needs besides its timeout: the CLI's start, and slack for a busy
# machine.
SLACK, MEBIBYTES = 6.0, 150
# Faults that make the run wait end at its timeout; ARM gets half of it.
SECONDS = 3.0
WAITED_FOR = (
    'hang',
    'drip',
    'silent',
    'slow',
    'endless',
    'huge',
    'gzip',
    'raw',
    'throttled',
    'frontdoor',
)
PROXY = {'HTTPS_PROXY': f'http://{world.PROXY_HOST}:3128'}
# The first three aren't HTTP/1.1; the others have a wrong Content-Length.
HTTP_09, HTTP_2 = (
    'raw:hello, there is no status line here\n',
    'raw:HTTP/2.0 401 Unauthorized\nContent-Length: 0\n\n',
)
BAD_STATUS = 'raw:HTTP/1.1 two hundred\nContent-Length: 0\n\n'
TOO_SHORT = 'raw:HTTP/1.1 200 OK\nContent-Length: 2\n\n[{"refresh_token":"a","access_token":"b"}]'
NEGATIVE = 'raw:HTTP/1.1 200 OK\nContent-Length: -5\n\n[]'
NOT_HTTP = ('garbage', HTTP_09, HTTP_2, BAD_STATUS, 'headers:4000', 'longheader:65536')
NO_SENSE = (
    'notjson',
    'empty',
    'null',
    'list',
    'binary',
    'deep',
    'body:200:text/plain:hello',
    TOO_SHORT,
    NEGATIVE,
)
WITHOUT_END = ('huge', 'gzip', 'endless')
CUT = ('reset', 'close', 'truncated')
UNAUTHORIZED = ('challenge:Basic realm="x"', 'nochallenge', 'foreignrealm', 'httprealm')
SERVER_ERROR = ('status:500', 'status:503', 'echo:500', 'escape:500')
ODD_STATUS = (
    'status:400',
    'aadsts:50076',
    'echo:400',
    f'redirect:https://{EVIL}/x',
    'redirect:again',
)
# Specs that change a token, or nothing that matters at endpoints without tokens.
HARMLESS = (
    'slow:0.3',
    'header:Server: x',
    'opaque',
    'expired',
    'lowercase',
    'capitals',
    'grant:pull',
    'noaccess',
)
DENIED = ('denied', 'forbidden', 'policy', 'escape:403')
TOO_MANY = ('throttled:17', 'frontdoor')
# The arguments of a run that reaches a stage, and the order of the stages of a login.
LOGIN = ('challenge', 'signin', 'exchange', 'token')
VNET = (
    '-n',
    'privreg',
    '-g',
    'rg-network',
    '--vnet',
    'vnet1',
    '--only',
    'private-dns',
    'login-server',
)
RUNS: Mapping[str, tuple[str, ...]] = {
    'arm-get': ('-n', 'contoso', '-g', 'rg-apps'),
    'arm-private-endpoint': VNET,
    'arm-nic': VNET,
    'arm-identity': ('-n', 'cmkuser', '--only', 'encryption'),
    'arm-usages': ('-n', 'contoso', '--only', 'usage'),
    'arm-replications': ('-n', 'contoso', '--only', 'replicas'),
}
# Specs that exist at the stages of a pull only; see test_data_faults.py.
OF_AN_IMAGE = ('corrupt', 'wrongdigest', 'location', 'direct', 'quarantined', 'storage', 'kept')
NOT_ASKED = tuple(
    {*STAGES, *ARM} - {'proxy', 'dns', 'tcp', 'tls', 'discovery', 'arm-list', *RUNS, *LOGIN}
)


class Fault(NamedTuple):
    """A fault at a stage and the row that reports it; without a reason the row passes."""

    stage: str
    spec: str
    row: str
    code: Optional[str] = None
    reason: Optional[str] = None
    status: str = 'Failed'


def faults(
    stage: str,
    row: str,
    code: str,
    reasons: Mapping[Optional[str], tuple[str, ...]],
    status: str = 'Failed',
) -> tuple[Fault, ...]:
    """Return the faults of a stage by their reasons; those under None pass."""
    return tuple(
        Fault(stage, spec, row, code, reason, status)
        if reason
        else Fault(stage, spec, row, status='Passed')
        for reason, specs in reasons.items()
        for spec in specs
    )


def token_service_faults(stage: str, row: str, code: str) -> tuple[Fault, ...]:
    """Return the faults that both endpoints of the token service have in common."""
    return (
        *faults(
            stage,
            row,
            code,
            {
                'UnreadableResponse': (*NOT_HTTP, *NO_SENSE, *WITHOUT_END, '{}'),
                'ResponseIncomplete': CUT[1:],
                RESET: CUT[:1],
                'ResponseTimeout': ('hang', 'drip'),
                'ServerError': SERVER_ERROR,
                'UnexpectedStatus': ODD_STATUS,
                'BlockedByIntermediary': ('forbidden', 'policy'),
                'Unauthorized': (*UNAUTHORIZED, 'escape:403'),
                'TokenNotValidNow': ('expired',),
                None: tuple(spec for spec in HARMLESS if spec != 'expired'),
            },
        ),
        Fault(stage, 'denied', row, FORBIDDEN, 'ClientIpNotAllowed'),
        *faults(stage, row, THROTTLED, {'TooManyRequests': TOO_MANY}),
    )


def arm_faults(
    stage: str, row: str, code: str, status: str, unavailable: str, forbidden: str
) -> tuple[Fault, ...]:
    """Return the faults that all requests to Resource Manager have in common."""
    return faults(
        stage,
        row,
        code,
        {
            unavailable: (
                *NOT_HTTP,
                *NO_SENSE,
                '{}',
                *WITHOUT_END,
                *CUT,
                'hang',
                'drip',
                *SERVER_ERROR,
                *ODD_STATUS,
                *TOO_MANY,
                *DENIED[:3],
                *UNAUTHORIZED,
            ),
            forbidden: DENIED[3:],
            None: HARMLESS,
        },
        status,
    )


FAULTS = tuple(
    fault
    for fault in (
        *faults('dns', 'dns', DNS, {None: ('slow:0.5',)}),
        *faults('tcp', 'tls', SSL, {'HandshakeTimeout': ('hang',), None: ('slow:0.5',)}),
        *faults('tls', 'tls', SSL, {None: ('slow:0.5',)}),
        *faults(
            'proxy',
            'connection',
            CHALLENGE,
            {
                'ProxyAuthenticationRequired': ('auth', 'auth:joe:secret'),
                'ProxyRefused': ('status:403', 'status:502'),
                'ProxyUnreachable': ('hang', 'reset', 'close'),
                'InvalidProxy': ('garbage',),
                None: ('slow:0.5',),
            },
        ),
        Fault('proxy', 'intercept', 'tls', SSL, 'TlsIntercepted'),
        *faults(
            'challenge',
            'challenge',
            CHALLENGE,
            {
                'NotHttp': NOT_HTTP,
                'UnexpectedSuccess': (*NO_SENSE, *WITHOUT_END[:2], '{}'),
                'ServerError': SERVER_ERROR,
                'UnexpectedStatus': ODD_STATUS[:3],
                'Redirected': ODD_STATUS[3:],
                'ResponseTimeout': ('hang', 'drip'),
                'ResponseIncomplete': CUT[1:],
                RESET: CUT[:1],
                'BlockedByIntermediary': ('policy',),
                None: (*HARMLESS, 'endless'),
            },
        ),
        *token_service_faults('exchange', 'refresh-token', REFRESH),
        *token_service_faults('token', 'access-token', ACCESS),
        *arm_faults(
            'arm-list', 'login-server', LOGIN_SERVER, 'Warning', 'ArmUnavailable', 'ArmForbidden'
        ),
        *arm_faults(
            'arm-get', 'login-server', LOGIN_SERVER, 'Warning', 'ArmUnavailable', 'ArmForbidden'
        ),
        *arm_faults(
            'arm-private-endpoint',
            'private-dns',
            ARM_READ,
            'Failed',
            'EndpointUnavailable',
            'EndpointForbidden',
        ),
        *arm_faults(
            'arm-nic', 'private-dns', ARM_READ, 'Failed', 'EndpointUnavailable', 'EndpointForbidden'
        ),
        *arm_faults(
            'arm-identity',
            'encryption',
            ARM_READ,
            'Warning',
            'IdentityUnavailable',
            'IdentityForbidden',
        ),
        *arm_faults(
            'arm-usages', 'usage', ARM_READ, 'Warning', 'UsageUnavailable', 'UsageForbidden'
        ),
        *arm_faults(
            'arm-replications',
            'replicas',
            ARM_READ,
            'Warning',
            'ReplicasUnavailable',
            'ReplicasForbidden',
        ),
        *faults(
            'signin',
            'refresh-token',
            REFRESH,
            {
                'SignInUnavailable': (
                    *NOT_HTTP,
                    *NO_SENSE,
                    *WITHOUT_END,
                    *CUT,
                    *SERVER_ERROR,
                    *UNAUTHORIZED,
                    *DENIED[:3],
                    *TOO_MANY,
                    *ODD_STATUS[3:],
                ),
                'SignInRefused': ('status:400', 'echo:400', 'escape:403', '{}'),
                'InteractionRequired': ('aadsts:50076',),
                'SignInTimeout': ('hang', 'drip'),
                None: HARMLESS,
            },
        ),
        *faults(
            'discovery',
            'refresh-token',
            REFRESH,
            {
                'SignInUnavailable': (
                    *NOT_HTTP,
                    *NO_SENSE,
                    *WITHOUT_END,
                    *CUT,
                    *SERVER_ERROR,
                    *UNAUTHORIZED,
                    *DENIED[:3],
                    *ODD_STATUS[3:],
                    '{}',
                    *TOO_MANY,
                ),
                'SignInRefused': ('status:400', 'echo:400', 'escape:403'),
                'InteractionRequired': ('aadsts:50076',),
                'SignInTimeout': ('hang', 'drip'),
                None: HARMLESS,
            },
        ),
    )
    if (fault.stage, fault.spec) not in {(case.stage, case.spec) for case in CASES}
)


@pytest.fixture(scope='session')
def usual_peak(sandbox_process: Sandbox, extension_dir: Any) -> int:
    """Return the peak memory of a healthy run, in MiB."""
    sandbox_process.extension_dir = extension_dir
    sandbox_process.reset()
    return check(sandbox_process, '-n', 'contoso').finished.peak


def fault_id(fault: Fault) -> str:
    """Return a fault's name in the list of tests."""
    return f'{fault.stage} {fault.spec[:30].encode("unicode_escape").decode()}'


@pytest.mark.parametrize('fault', FAULTS, ids=map(fault_id, FAULTS))
def test_fault(sandbox: Sandbox, usual_peak: int, fault: Fault) -> None:
    place = fault.stage + (f'@{HOST}' if fault.stage in ('dns', 'tcp', 'tls', 'proxy') else '')
    host = {'discovery': world.LOGIN_HOST, 'signin': world.LOGIN_HOST}.get(fault.stage, HOST)
    same_host_url = f'https://{world.ARM_HOST if fault.stage in ARM else host}/v2/'
    word = fault.spec.partition(':')[0]
    sandbox.fault(
        place,
        fault.spec.replace('again', same_host_url)
        if fault.spec == 'redirect:again'
        else fault.spec,
    )
    run = check(
        sandbox,
        *RUNS.get(fault.stage, ('-n', 'contoso')),
        '--timeout',
        str(SECONDS if word in WAITED_FOR else 60),
        tokens=fault.stage != 'discovery',
        env=PROXY if fault.stage == 'proxy' else {},
    )
    run.has(fault.row, fault.status, fault.code, fault.reason)
    assert run.finished.code == (1 if fault.status == 'Failed' else 0)
    assert run.finished.seconds < (SECONDS if word in WAITED_FOR else 0) + SLACK
    assert run.finished.peak < usual_peak + MEBIBYTES
    assert not [
        row
        for row in run.report['checks']
        if row['code'] in ('UNEXPECTED_ERROR', 'CHECK_TIMEOUT_ERROR')
    ]
    assert_requests(sandbox, fault)


def assert_requests(sandbox: Sandbox, fault: Fault) -> None:
    """Assert that no request is repeated or follows a failure, and no token leaked."""
    requests = sandbox.requests()
    trusted_hosts = (HOST, world.ARM_HOST, world.LOGIN_HOST)
    assert not [
        request
        for request in requests
        if (request['tokenReceived'] or request['authorization'])
        and request['host'] not in trusted_hosts
    ]
    count = {
        stage: len([request for request in requests if request['stage'] == stage])
        for stage in STAGES
    }
    if fault.stage in count and fault.stage not in ('dns', 'tcp', 'tls', 'discovery'):
        # The sign-in uses the proxy, too; a refused login is retried with another
        # audience.
        assert (
            1
            <= count[fault.stage]
            <= (6 if fault.stage == 'proxy' else 3 if fault.spec in UNAUTHORIZED else 2)
        )
    failed = fault.status == 'Failed'
    if fault.stage in LOGIN:
        later = LOGIN[LOGIN.index('token' if fault.row == 'access-token' else fault.stage) + 1 :]
        # A sign-in may begin while the challenge is asked for: it goes to the cloud's own host.
        # A token may be expired only by the clock of this machine: it is used all
        # the same.
        failed = failed and (fault.stage, fault.spec) != ('exchange', 'expired')
        assert not [stage for stage in later if failed and stage != 'signin' and count[stage]]
        assert failed or count['token'] == 1
    elif failed and fault.stage in ('dns', 'tcp', 'tls', 'proxy', 'discovery'):
        assert count['exchange'] == count['token'] == 0
    elif fault.row == 'login-server':
        assert count['challenge'] == count['exchange'] == count['token'] == 1


def test_stages_that_no_check_needs(sandbox: Sandbox) -> None:
    for stage in NOT_ASKED:
        sandbox.fault(stage, 'reset')
    for arguments in (('-n', 'contoso', '--repository', 'hello'), VNET):
        assert check(sandbox, *arguments).finished.code == 0
    assert not [request for request in sandbox.requests() if request['stage'] in NOT_ASKED]


def test_no_fault_is_left_out() -> None:
    covered = {(case.stage, case.spec.partition(':')[0]) for case in (*CASES, *FAULTS)}
    asked_for = {stage for stage in STAGES if stage not in NOT_ASKED}
    expected = {
        (stage, word) for stage in asked_for for word in specs_for(stage) if word not in OF_AN_IMAGE
    }
    assert expected - covered == set()
    assert len(CASES) + len(FAULTS) > 150
