# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The faults of the sandbox in groups, and the reasons that they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Optional

from tests.acceptance.codes import CMK, EVIL, FORBIDDEN, RESET, THROTTLED
from tests.sandbox.faults.fault_matrix import ARM, STAGES
from tests.sandbox.services import cloud

# What a fault may add to the memory of a usual run.
MEBIBYTES = 150
# Faults that make the run wait end at its timeout; ARM gets half of it.
WAITED_FOR = ('hang', 'drip', 'silent')
PROXY = {'HTTPS_PROXY': f'http://{cloud.PROXY_HOST}:3128'}
# The first two have no status; the others have a wrong Content-Length.
HTTP_09 = 'raw:hello, there is no status line here\n'
BAD_STATUS = 'raw:HTTP/1.1 two hundred\nContent-Length: 0\n\n'
TOO_SHORT = 'raw:HTTP/1.1 200 OK\nContent-Length: 2\n\n[{"refresh_token":"a","access_token":"b"}]'
NEGATIVE = 'raw:HTTP/1.1 200 OK\nContent-Length: -5\n\n[]'
NOT_HTTP = ('garbage', HTTP_09, BAD_STATUS, NEGATIVE)
NO_SENSE = (
    'notjson',
    'empty',
    'null',
    'list',
    'binary',
    'deep',
    'body:200:text/plain:hello',
    TOO_SHORT,
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
# Errors in the registry's format whose code means nothing to this command, the others of this
# status, and an error that means the same at every endpoint.
UNKNOWN_CODE = ('status:400', 'echo:400', 'error:405:SOME:text')
OTHER_STATUS = tuple(spec for spec in ODD_STATUS if spec not in UNKNOWN_CODE)
TOO_LARGE, NO_KEY = 'toolarge:-1', 'known:key-forbidden'
OTHER_AUDIENCE = 'audience:fabrikam.azurecr.test'
# Specs that change a token, or nothing that matters at endpoints without tokens.
HARMLESS = (
    'slow:0.3',
    'header:Server: x',
    'noheader:Server',
    'headers:4000',
    'longheader:1000000',
    'hints',
    'packed',
    'opaque',
    'expired',
    'lowercase',
    'capitals',
    'grant:pull',
    'noaccess',
    OTHER_AUDIENCE,
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
    'arm-cache-rules': ('-n', 'contoso', '--only', 'cache-rules'),
}
# The same arguments for resource ids in the place of names.
WITHOUT_NAMES = {
    stage: RUNS[stage][2:]
    for stage in ('arm-identity', 'arm-usages', 'arm-replications', 'arm-cache-rules')
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

    @property
    def word(self) -> str:
        """Return the spec without its parameters."""
        return self.spec.partition(':')[0]


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
                'UnexpectedStatus': OTHER_STATUS,
                'UnknownErrorCode': UNKNOWN_CODE,
                'RequestTooLarge': (TOO_LARGE,),
                'BlockedByIntermediary': ('forbidden', 'policy'),
                'Unauthorized': (*UNAUTHORIZED, 'escape:403'),
                'TokenNotValidNow': ('expired',),
                'TokenForAnotherRegistry': (OTHER_AUDIENCE,),
                None: tuple(spec for spec in HARMLESS if spec not in ('expired', OTHER_AUDIENCE)),
            },
        ),
        Fault(stage, 'denied', row, FORBIDDEN, 'ClientIpNotAllowed'),
        Fault(stage, NO_KEY, row, CMK, 'KeyAccessForbidden'),
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


def fault_id(fault: Fault) -> str:
    """Return a fault's name in the list of tests."""
    return f'{fault.stage} {fault.spec[:30].encode("unicode_escape").decode()}'
