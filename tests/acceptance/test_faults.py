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
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.faults.fault_matrix import ARM, STAGES, specs_for
from tests.sandbox.services import cloud

# What a run needs besides the time that it was given: the CLI's start, and slack for a busy
# machine.
SLACK, MEBIBYTES = 6.0, 150
# Faults that are waited for end with the run; ARM gets half of it.
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
PROXY = {'HTTPS_PROXY': f'http://{cloud.PROXY_HOST}:3128'}
# The first three are no HTTP of this century; the body of the others is not as long as they say.
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
# What changes a token, or nothing that matters, where no token is given.
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
# Where each stage is met: the arguments of a run, and the stages that follow in it.
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
# What only an image's way has is in test_data_faults.py.
OF_AN_IMAGE = ('corrupt', 'wrongdigest', 'location', 'direct', 'quarantined', 'storage', 'kept')
NOT_ASKED = tuple(
    {*STAGES, *ARM} - {'proxy', 'dns', 'tcp', 'tls', 'discovery', 'arm-list', *RUNS, *LOGIN}
)


class Fault(NamedTuple):
    """A fault at a stage and the row that tells of it; without a reason the row passes."""

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


def of_token_service(stage: str, row: str, code: str) -> tuple[Fault, ...]:
    """Return what both endpoints of the token service have in common."""
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


def of_arm(
    stage: str, row: str, code: str, status: str, unavailable: str, forbidden: str
) -> tuple[Fault, ...]:
    """Return what all reads through Resource Manager have in common."""
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
        *of_token_service('exchange', 'refresh-token', REFRESH),
        *of_token_service('token', 'access-token', ACCESS),
        *of_arm(
            'arm-list', 'login-server', LOGIN_SERVER, 'Warning', 'ArmUnavailable', 'ArmForbidden'
        ),
        *of_arm(
            'arm-get', 'login-server', LOGIN_SERVER, 'Warning', 'ArmUnavailable', 'ArmForbidden'
        ),
        *of_arm(
            'arm-private-endpoint',
            'private-dns',
            ARM_READ,
            'Failed',
            'EndpointUnavailable',
            'EndpointForbidden',
        ),
        *of_arm(
            'arm-nic', 'private-dns', ARM_READ, 'Failed', 'EndpointUnavailable', 'EndpointForbidden'
        ),
        *of_arm(
            'arm-identity',
            'encryption',
            ARM_READ,
            'Warning',
            'IdentityUnavailable',
            'IdentityForbidden',
        ),
        *of_arm('arm-usages', 'usage', ARM_READ, 'Warning', 'UsageUnavailable', 'UsageForbidden'),
        *of_arm(
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
def usual(sandbox_process: Sandbox, extension_dir: Any) -> int:
    """Return how many MiB a healthy run takes."""
    sandbox_process.extension_dir = extension_dir
    sandbox_process.reset()
    return check(sandbox_process, '-n', 'contoso').done.peak


def named(fault: Fault) -> str:
    """Return a fault's name in the list of tests."""
    return f'{fault.stage} {fault.spec[:30].encode("unicode_escape").decode()}'


@pytest.mark.parametrize('fault', FAULTS, ids=map(named, FAULTS))
def test_fault(sandbox: Sandbox, usual: int, fault: Fault) -> None:
    place = fault.stage + (f'@{HOST}' if fault.stage in ('dns', 'tcp', 'tls', 'proxy') else '')
    host = {'discovery': cloud.LOGIN_HOST, 'signin': cloud.LOGIN_HOST}.get(fault.stage, HOST)
    again = f'https://{cloud.ARM_HOST if fault.stage in ARM else host}/v2/'
    word = fault.spec.partition(':')[0]
    sandbox.set_fault(
        place, fault.spec.replace('again', again) if fault.spec == 'redirect:again' else fault.spec
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
    assert run.done.code == (1 if fault.status == 'Failed' else 0)
    assert run.done.seconds < (SECONDS if word in WAITED_FOR else 0) + SLACK
    assert run.done.peak < usual + MEBIBYTES
    assert not [
        row
        for row in run.report['checks']
        if row['code'] in ('UNEXPECTED_ERROR', 'CHECK_TIMEOUT_ERROR')
    ]
    asked(sandbox, fault)


def asked(sandbox: Sandbox, fault: Fault) -> None:
    """Assert which requests were made: none is repeated often, none follows a failure, no token goes astray."""
    requests = sandbox.requests()
    ours = (HOST, cloud.ARM_HOST, cloud.LOGIN_HOST)
    assert not [
        one
        for one in requests
        if (one['tokenReceived'] or one['authorization']) and one['host'] not in ours
    ]
    count = {stage: len([one for one in requests if one['stage'] == stage]) for stage in STAGES}
    if fault.stage in count and fault.stage not in ('dns', 'tcp', 'tls', 'discovery'):
        # Through the proxy goes the sign-in too; a login that is refused is tried with another
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
        # A token that is out of date here may be so by this machine's clock alone: it is used all
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
        sandbox.set_fault(stage, 'reset')
    for arguments in (('-n', 'contoso', '--repository', 'hello'), VNET):
        assert check(sandbox, *arguments).done.code == 0
    assert not [one for one in sandbox.requests() if one['stage'] in NOT_ASKED]


def test_no_fault_is_left_out() -> None:
    cases = {(case.stage, case.spec.partition(':')[0]) for case in (*CASES, *FAULTS)}
    asked_for = {stage for stage in STAGES if stage not in NOT_ASKED}
    words = {
        (stage, word) for stage in asked_for for word in specs_for(stage) if word not in OF_AN_IMAGE
    }
    assert words - cases == set()
    assert len(CASES) + len(FAULTS) > 150
