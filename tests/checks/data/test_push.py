# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A push: an upload that is begun, written to, cancelled, and looked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.data.push import push
from azext_acrhealth.options import Options
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.upload import Step
from tests.checks.authentication.test_token_response import AT, denials
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    FakeUpload,
    response,
)
from tests.checks.table import Row, verify

PUSH = 'IMAGE_PUSH_ERROR'
OPTIONS = Options(repository='team/app', need=('pull', 'push'), push=True)
TAKEN = response(202)
GONE = (Step('cancel', response(204)), Step('look', response(404)))
KEPT = (Step('cancel', response(204)), Step('look', response(204)))
UNUSABLE_LOCATION = 'it leads to evil.test, and a token goes to the login server alone'
CUT = Failure('Cut', 'closed without an answer')


def error(status: int, code: str, message: str = 'so it is') -> Response:
    return response(status, f'{{"errors":[{{"code":"{code}","message":"{message}"}}]}}'.encode())


def tried(
    name: str,
    status: str,
    problem: str = '',
    begun: Response = TAKEN,
    appended: Response = TAKEN,
    cancelled: tuple[Step, ...] = GONE,
    remains: bool | None = False,
    redirect_error: str = '',
    at: Any = AT,
    **more: Any,
) -> Row:
    """Return a row of push; `redirect_error` is what is wrong with the last place that was named."""
    first = Step('begin', begun, redirect_error if appended is TAKEN else '')
    probes = FakeProbes(
        trial=FakeUpload(first, Step('append', appended, redirect_error), cancelled, remains)
    )
    return Row(
        name,
        push,
        status,
        problem,
        probes=probes,
        options=OPTIONS,
        needs=(
            at,
            SimpleNamespace(connection=AT.connection),
            Access('s3cret', 'team/app', None, ACCOUNT),
        ),
        **more,
    )


def refused(name: str, status: str, problem: str, given: Response, **more: Any) -> Row:
    return tried(f'begun: {name}', status, problem, given, cancelled=(), **more)


def begun(name: str, reason: str, given: Response, **more: Any) -> Row:
    return refused(name, 'Failed', f'{PUSH} {reason}', given, **more)


def appended(name: str, reason: str, given: Response, **more: Any) -> Row:
    return tried(f'written to: {name}', 'Failed', f'{PUSH} {reason}', appended=given, **more)


TABLE = (
    tried(
        'all goes well',
        'Passed',
        detail='took 9 bytes and was cancelled; nothing remains',
        facts={'repository': 'team/app', 'remains': False},
    ),
    begun(
        'no rights',
        'Unauthorized',
        response(401, UNAUTHORIZED),
        detail='401 came for the beginning of an upload to',
        solution='--assignee ' + ACCOUNT + ' --role "AcrPush" --scope ' + REGISTRY_ID,
    ),
    begun(
        'locked',
        'Denied',
        response(403, DENIED),
        solution='--name myregistry --repository team/app --query',
    ),
    begun(
        'a page of a proxy',
        'BlockedByIntermediary',
        response(403, b'<title>No</title>', Server='CorpProxy'),
        detail='CorpProxy',
        solution=HOST,
    ),
    begun(
        'a name that it does not take',
        'RepositoryNameRefused',
        error(400, 'NAME_INVALID'),
        detail='so it is',
    ),
    begun(
        'full',
        'QuotaExceeded',
        error(403, 'DENIED', 'Quota of 100 TiB exceeded'),
        detail='Quota of 100 TiB',
    ),
    begun('full, in other words', 'QuotaExceeded', error(507, 'UNKNOWN', 'storage limit reached')),
    begun('read-only', 'ReadOnly', error(405, 'UNSUPPORTED')),
    begun('an error of its own', 'ServerError', response(503)),
    begun('a page', 'UnexpectedStatus', response(200, b'<html>')),
    begun('sent elsewhere', 'UnexpectedStatus', response(307, b'', Location='https://evil.test/')),
    begun('unknown', 'UnexpectedStatus', response(404)),
    begun(
        'nothing in time',
        'ResponseTimeout',
        response(failure=Failure('Timeout', 'no whole answer within 10 s')),
        remains=None,
        detail='no whole answer within 10 s; an upload session may remain',
        facts={'remains': None},
    ),
    begun('cut', 'ResponseIncomplete', response(failure=CUT), remains=None),
    begun('reset', 'ResponseReset', response(failure=Failure('Reset', 'reset'))),
    begun('no HTTP', 'UnreadableResponse', response(failure=Failure('NotHttp', 'not HTTP'))),
    begun(
        'a second connection that fails',
        'ResponseIncomplete',
        response(failure=Failure('Refused', 'refused')),
    ),
    tried(
        'a place elsewhere',
        'Failed',
        f'{PUSH} UnusableLocation',
        redirect_error=UNUSABLE_LOCATION,
        cancelled=(),
        remains=True,
        detail='cannot be used: it leads to evil.test, and a token goes to the login server alone; '
        'an upload session '
        'remains',
    ),
    appended(
        'forgotten',
        'UploadSessionLost',
        error(404, 'BLOB_UPLOAD_UNKNOWN'),
        facts={'remains': False},
        solution='--registry myregistry',
    ),
    appended('another offset', 'UploadSessionLost', response(416)),
    appended(
        'refused',
        'Unauthorized',
        response(401, UNAUTHORIZED),
        cancelled=KEPT,
        remains=True,
        detail='; an upload session remains',
    ),
    appended(
        'cut',
        'ResponseIncomplete',
        response(failure=CUT),
        detail='the bytes of an upload to team/app: closed',
    ),
    appended('an error of its own', 'ServerError', response(500)),
    tried(
        'cancel refused',
        'Warning',
        f'{PUSH} CancelRefused',
        leaves=True,
        remains=True,
        cancelled=(Step('cancel', response(401, UNAUTHORIZED)), Step('look', response(204))),
        detail='an upload works, but its cancel was refused (401): an upload session remains in '
        'team/app',
        solution='--role "AcrDelete"',
        facts={'remains': True, 'roles': ['AcrDelete']},
    ),
    tried(
        'still there',
        'Warning',
        f'{PUSH} UploadRemains',
        cancelled=KEPT,
        remains=True,
        leaves=True,
        detail='its cancel (answered with 204) did not end it: an upload session remains in '
        'team/app',
    ),
    tried(
        'not seen to be gone',
        'Warning',
        f'{PUSH} UploadRemains',
        remains=None,
        leaves=True,
        cancelled=(Step('cancel', response(204)), Step('look', response(failure=CUT))),
        detail='its cancel (answered with 204) was not seen to end it: an upload session may '
        'remain in team/app',
    ),
    tried(
        'a cancel without an answer',
        'Warning',
        f'{PUSH} UploadRemains',
        remains=True,
        leaves=True,
        cancelled=(Step('cancel', response(failure=CUT)), Step('look', response(204))),
        detail='its cancel (closed without an answer) did not end it',
    ),
    *denials(refused),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_push(row: Row) -> None:
    verify(row)


def test_whoever_did_not_ask_for_it_pushes_nothing() -> None:
    assert (
        push.skip_reason(Options(repository='team/app', need=('push',))) == '--push was not given'
    )
    assert push.skip_reason(OPTIONS) is None


def test_the_runner_leaves_it_the_time_to_put_its_trial_away() -> None:
    assert push.grace > 5
