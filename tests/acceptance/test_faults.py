# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every fault of the sandbox at every stage: with the table of test_codes.py, none is left out."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.codes import (
    ACCESS,
    ARM_READ,
    CHALLENGE,
    CMK,
    DNS,
    HOST,
    LOGIN_SERVER,
    REFRESH,
    RESET,
    SSL,
)
from tests.acceptance.fault_runs import (
    FaultRun,
    is_alone,
    longest,
    run_alone,
    run_side_by_side,
    spec_for,
)
from tests.acceptance.fault_specs import (
    CUT,
    DENIED,
    HARMLESS,
    LOGIN,
    MEBIBYTES,
    NO_KEY,
    NO_SENSE,
    NOT_ASKED,
    NOT_HTTP,
    OF_AN_IMAGE,
    OTHER_STATUS,
    PROXY,
    RUNS,
    SERVER_ERROR,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHORIZED,
    UNKNOWN_CODE,
    VNET,
    WITHOUT_END,
    WITHOUT_NAMES,
    Fault,
    arm_faults,
    fault_id,
    faults,
    token_service_faults,
)
from tests.acceptance.runs import check
from tests.acceptance.test_codes import CASES
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.faults.fault_matrix import STAGES, specs_for
from tests.sandbox.services import cloud

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
                'UnexpectedStatus': OTHER_STATUS[:1],
                'UnknownErrorCode': UNKNOWN_CODE,
                'RequestTooLarge': (TOO_LARGE,),
                'Redirected': OTHER_STATUS[1:],
                'ResponseTimeout': ('hang', 'drip'),
                'ResponseIncomplete': CUT[1:],
                RESET: CUT[:1],
                'BlockedByIntermediary': ('policy',),
                None: (*HARMLESS, 'endless'),
            },
        ),
        Fault('challenge', NO_KEY, 'challenge', CMK, 'KeyAccessForbidden'),
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
                    *OTHER_STATUS[1:],
                    '{}',
                ),
                'InteractionRequired': ('aadsts:50076',),
                'SignInTimeout': ('hang', 'drip'),
                None: HARMLESS,
            },
        ),
        # Without a known reason, the other audience is tried, whose token is in the cache.
        *faults(
            'signin',
            'refresh-token',
            REFRESH,
            {'OtherAudienceWorks': ('status:400', 'echo:400', 'escape:403')},
            'Warning',
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
                    *OTHER_STATUS[1:],
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


@pytest.mark.parametrize('fault', FAULTS, ids=map(fault_id, FAULTS))
def test_fault(sandbox: Sandbox, shared: pathlib.Path, usual_peak: int, fault: Fault) -> None:
    if is_alone(fault):
        place = fault.stage + (f'@{HOST}' if fault.stage in ('dns', 'tcp', 'tls', 'proxy') else '')
        host = cloud.LOGIN_HOST if fault.stage in ('discovery', 'signin') else HOST
        sandbox.set_fault(place, spec_for(fault, host))
        result = run_alone(
            sandbox,
            fault,
            RUNS.get(fault.stage, ('-n', 'contoso')),
            tokens=fault.stage != 'discovery',
            env=PROXY if fault.stage == 'proxy' else {},
        )
    else:
        arguments = WITHOUT_NAMES.get(fault.stage, ())
        result = run_side_by_side(sandbox, shared, 'faults', FAULTS, fault, arguments)
    result.run.has(fault.row, fault.status, fault.code, fault.reason, result.registry)
    assert result.verdicts['healthy'] is (fault.status != 'Failed')
    assert result.run.finished.seconds < longest(fault)
    assert result.run.finished.peak < usual_peak + MEBIBYTES
    assert result.unexpected_rows() == []
    assert_requests(result, fault)


def assert_requests(result: FaultRun, fault: Fault) -> None:
    """Assert that no request is repeated or follows a failure, and no token leaked."""
    assert result.leaks() == []
    count = result.count
    if fault.stage not in ('dns', 'tcp', 'tls', 'discovery'):
        # The sign-in uses the proxy, too; a refused login is retried with another audience; what
        # a server closes may have been an idle connection, so a new one is tried.
        again = fault.spec in UNAUTHORIZED or fault.word in ('reset', 'close')
        assert 1 <= count(fault.stage) <= (6 if fault.stage == 'proxy' else 3 if again else 2)
    failed = fault.status == 'Failed'
    if fault.stage in LOGIN:
        later = LOGIN[LOGIN.index('token' if fault.row == 'access-token' else fault.stage) + 1 :]
        # A sign-in may begin during the request for the challenge: it uses the cloud's own host.
        # A token may be expired only by the clock of this machine: it is used all
        # the same.
        failed = failed and (fault.stage, fault.spec) != ('exchange', 'expired')
        assert not [stage for stage in later if failed and stage != 'signin' and count(stage)]
        assert failed or count('token') == 1
    elif failed and fault.stage in ('dns', 'tcp', 'tls', 'proxy', 'discovery'):
        assert count('exchange') == count('token') == 0
    elif fault.row == 'login-server':
        assert count('challenge') == count('exchange') == count('token') == 1


def test_stages_that_no_check_needs(sandbox: Sandbox) -> None:
    for stage in NOT_ASKED:
        sandbox.set_fault(stage, 'reset')
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
