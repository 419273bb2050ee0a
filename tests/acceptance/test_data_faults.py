# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every fault of the sandbox in a pull: manifest, list of tags, redirect and storage host."""

from __future__ import annotations

import pytest

from tests.acceptance.codes import CMK, EVIL, FORBIDDEN, RESET, THROTTLED
from tests.acceptance.fault_runs import longest, run_alone
from tests.acceptance.fault_specs import (
    CUT,
    HARMLESS,
    MEBIBYTES,
    NO_KEY,
    NO_SENSE,
    NOT_HTTP,
    SERVER_ERROR,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHORIZED,
    UNKNOWN_CODE,
    WITHOUT_END,
    Fault,
    fault_id,
    faults,
)
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.faults.fault_matrix import specs_for
from tests.sandbox.services import cloud

PULL = 'IMAGE_PULL_ERROR'
STAGES = ('manifest', 'tags', 'blob', 'data')
# Without a Location a redirect is an unexpected status; else its target has no image.
REDIRECTS = (
    f'redirect:http://{cloud.BLOB_HOST}/x',
    'location:http://x.test/',
    'location:https://u@x.test/',
)
AGAIN = f'redirect:https://{cloud.BLOB_HOST}/again'
LOST = {
    RESET: CUT[:1],
    'ResponseIncomplete': CUT[1:] if RESET == 'ResponseReset' else CUT,
    'ResponseTimeout': ('hang', 'drip'),
}
OTHER_CONTENT = (*NO_SENSE, *WITHOUT_END, '{}', 'corrupt', 'zeroes')
# Specs that a pull ignores.
IDLE = tuple(spec for spec in HARMLESS if spec != 'expired')

FAULTS = (
    *faults(
        'manifest',
        'manifest',
        PULL,
        {
            **LOST,
            'UnreadableResponse': NOT_HTTP,
            'UnreadableManifest': (*NO_SENSE, *WITHOUT_END, '{}'),
            'ServerError': SERVER_ERROR,
            'GrantRejected': UNAUTHORIZED,
            'Denied': ('escape:403',),
            'BlockedByIntermediary': ('forbidden', 'policy', 'storage:403:AuthorizationFailure'),
            'ManifestDigestMismatch': ('corrupt', 'wrongdigest'),
            'DanglingTag': ('status:404',),
            'Quarantined': ('quarantined', 'quarantined:always'),
            'UnexpectedStatus': ('aadsts:50076', f'redirect:https://{EVIL}/x', 'withstatus:203'),
            'UnknownErrorCode': UNKNOWN_CODE,
            'RequestTooLarge': (TOO_LARGE,),
            'UnreadableManifest ': ('manifest:bom',),
            None: (*IDLE, 'expired', 'kept', 'direct', 'location:/x'),
        },
    ),
    Fault('manifest', 'denied', 'manifest', FORBIDDEN, 'ClientIpNotAllowed'),
    Fault('manifest', NO_KEY, 'manifest', CMK, 'KeyAccessForbidden'),
    *faults(
        'manifest',
        'manifest',
        THROTTLED,
        {'TooManyRequests': TOO_MANY[:1], 'ThrottledByFrontDoor': TOO_MANY[1:]},
    ),
    *faults(
        'blob',
        'blob',
        PULL,
        {
            **LOST,
            'UnreadableResponse': NOT_HTTP,
            'ContentDigestMismatch': (*NO_SENSE, *WITHOUT_END[:2], '{}'),
            'ServerError': SERVER_ERROR,
            'GrantRejected': UNAUTHORIZED,
            'BlobMissing': ('status:404',),
            'Denied': ('escape:403',),
            'BlockedByIntermediary': ('forbidden', 'policy', 'storage:403:AuthorizationFailure'),
            'Quarantined': ('quarantined', 'quarantined:always'),
            'SignatureExpired': ('expired',),
            'UnexpectedStatus': ('aadsts:50076', 'location:', 'withstatus:304'),
            'UnknownErrorCode': UNKNOWN_CODE,
            'RequestTooLarge': (TOO_LARGE,),
            'UnusableRedirect': REDIRECTS,
            None: (*IDLE, 'kept', 'direct', 'wrongdigest', 'corrupt', 'endless', 'blanks'),
        },
    ),
    Fault('blob', 'denied', 'blob', FORBIDDEN, 'ClientIpNotAllowed'),
    Fault('blob', NO_KEY, 'blob', CMK, 'KeyAccessForbidden'),
    *faults(
        'blob',
        'blob',
        THROTTLED,
        {'TooManyRequests': TOO_MANY[:1], 'ThrottledByFrontDoor': TOO_MANY[1:]},
    ),
    *faults(
        'data',
        'blob',
        PULL,
        {
            **LOST,
            'UnreadableResponse': NOT_HTTP,
            'ContentDigestMismatch': OTHER_CONTENT,
            'ServerError': (*SERVER_ERROR, *TOO_MANY),
            'BlobMissing': ('status:404',),
            'SignatureExpired': ('expired',),
            'StorageDenied': (
                'policy',
                'status:400',
                'echo:400',
                'storage:409:PublicAccessNotPermitted',
                'escape:403',
                'rangeonly',
            ),
            'BlockedByIntermediary': (
                'forbidden',
                'denied',
                *UNAUTHORIZED,
                'quarantined',
                'quarantined:always',
            ),
            'UnexpectedStatus': ('aadsts:50076', 'withstatus:203'),
            'UnusableRedirect': (*REDIRECTS[:1], AGAIN),
            None: (*IDLE, 'kept', 'direct', 'wrongdigest', 'location:/x'),
        },
    ),
    # An unreadable list of tags leaves open whether the repository or the tag is missing; an empty
    # list has no tag.
    *faults(
        'tags',
        'manifest',
        PULL,
        {
            'ImageNotFound': (
                *NOT_HTTP,
                *CUT,
                'hang',
                'drip',
                *SERVER_ERROR,
                *UNAUTHORIZED,
                *UNKNOWN_CODE,
                TOO_LARGE,
                NO_KEY,
                'aadsts:50076',
                'denied',
                'forbidden',
                'policy',
                'escape:403',
                *TOO_MANY,
                'quarantined',
                'quarantined:always',
                'storage:403:AuthorizationFailure',
                f'redirect:https://{EVIL}/x',
            ),
            'NoSuchTag': (
                *NO_SENSE,
                *WITHOUT_END,
                '{}',
                *IDLE,
                'expired',
                'kept',
                'direct',
                'location:/x',
                'wrongdigest',
                'corrupt',
            ),
            'NoSuchRepository': ('status:404',),
        },
    ),
)


@pytest.mark.parametrize('fault', FAULTS, ids=map(fault_id, FAULTS))
def test_fault(sandbox: Sandbox, usual_peak: int, fault: Fault) -> None:
    sandbox.set_fault(fault.stage, fault.spec)
    image = 'hello:v9' if fault.stage == 'tags' else 'hello:v1'
    result = run_alone(sandbox, fault, ('-n', 'contoso', '--image', image))
    row = result.run.row(fault.row)
    reason = fault.reason and fault.reason.strip()
    assert (row['status'], row['code'], row['reason']) == (fault.status, fault.code, reason), row
    assert result.verdicts['canPull'] == ('no' if fault.reason else 'yes')
    assert result.run.finished.seconds < longest(fault)
    assert result.run.finished.peak < usual_peak + MEBIBYTES
    assert result.leaks() == []
    later = (
        STAGES[STAGES.index(fault.stage) + 1 :] if fault.stage != 'manifest' else ('blob', 'data')
    )
    if fault.reason and fault.stage != 'data' and fault.reason != 'SignatureExpired':
        assert not [stage for stage in later if result.count(stage)]
    assert result.count(fault.stage) <= (10 if fault.spec == AGAIN else 4)


def test_no_fault_is_left_out() -> None:
    covered = {(fault.stage, fault.spec.partition(':')[0]) for fault in FAULTS}
    assert {(stage, word) for stage in STAGES for word in specs_for(stage)} - covered == set()
