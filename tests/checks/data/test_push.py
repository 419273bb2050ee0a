# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A push: an upload that is started, written to and canceled, and whose session is looked up."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.data.push import push
from azext_acrhealth.options import Options
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.upload import Step
from tests.checks.authentication.test_token_response import AT, denial_rows
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    USER,
    FakeProbes,
    FakeUpload,
    response,
)
from tests.checks.table import Row, verify

PUSH = 'IMAGE_PUSH_ERROR'
OPTIONS = Options(repository='team/app', need=('pull', 'push'), push=True)
ACCEPTED = response(202)
ENDED = (Step('cancel', response(204)), Step('verify', response(404)))
REMAINING = (Step('cancel', response(204)), Step('verify', response(204)))
UNUSABLE_LOCATION = 'the target is evil.test'
CUT = Failure('Cut', 'closed without a response')


def error(status: int, code: str, message: str = 'so it is') -> Response:
    return response(status, f'{{"errors":[{{"code":"{code}","message":"{message}"}}]}}'.encode())


def uploaded(
    name: str,
    status: str,
    problem: str = '',
    started: Response = ACCEPTED,
    appended: Response = ACCEPTED,
    canceled: tuple[Step, ...] = ENDED,
    remains: bool | None = False,
    redirect_error: str = '',
    at: Any = AT,
    **more: Any,
) -> Row:
    """Return a row of push. `redirect_error`: what is wrong with the last Location."""
    first = Step('begin', started, redirect_error if appended is ACCEPTED else '')
    probes = FakeProbes(
        trial_upload=FakeUpload(first, Step('append', appended, redirect_error), canceled, remains)
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
            TokenEndpoint(AT.connection, '/oauth2/token', HOST),
            Access('s3cret', 'team/app', None, USER),
        ),
        **more,
    )


def not_started(name: str, status: str, problem: str, started: Response, **more: Any) -> Row:
    return uploaded(f'start: {name}', status, problem, started, canceled=(), **more)


def start_fails(name: str, reason: str, started: Response, **more: Any) -> Row:
    return not_started(name, 'Failed', f'{PUSH} {reason}', started, **more)


def append_fails(name: str, reason: str, appended: Response, **more: Any) -> Row:
    return uploaded(f'append: {name}', 'Failed', f'{PUSH} {reason}', appended=appended, **more)


TABLE = (
    uploaded(
        'an upload',
        'Passed',
        detail='uploaded 9 bytes to team/app and canceled the upload; nothing remains',
        facts={'repository': 'team/app', 'remains': False},
    ),
    start_fails(
        'no permission',
        'Unauthorized',
        response(401, UNAUTHORIZED),
        detail='401 when starting an upload to team/app: ',
        solution=f'{ACCOUNT} --assignee-principal-type User --role "AcrPush" --scope {REGISTRY_ID}',
    ),
    start_fails(
        'locked',
        'Denied',
        response(403, DENIED),
        solution='--name myregistry --repository team/app --query',
    ),
    start_fails(
        'a page of a proxy',
        'BlockedByIntermediary',
        response(403, b'<title>No</title>', Server='CorpProxy'),
        detail='CorpProxy',
        solution=HOST,
    ),
    start_fails(
        'an invalid name',
        'InvalidRepositoryName',
        error(400, 'NAME_INVALID'),
        detail='so it is',
    ),
    start_fails(
        'a full registry',
        'QuotaExceeded',
        error(403, 'DENIED', 'Quota of 100 TiB exceeded'),
        detail='Quota of 100 TiB',
    ),
    start_fails(
        'a full registry, in other words',
        'QuotaExceeded',
        error(507, 'UNKNOWN', 'storage limit reached'),
    ),
    start_fails('read-only', 'ReadOnly', error(405, 'UNSUPPORTED')),
    start_fails('an error of its own', 'ServerError', response(503)),
    start_fails('a page', 'UnexpectedStatus', response(200, b'<html>')),
    start_fails(
        'a redirect', 'UnexpectedStatus', response(307, b'', Location='https://evil.test/')
    ),
    start_fails('unknown', 'UnexpectedStatus', response(404)),
    start_fails(
        'no response in time',
        'ResponseTimeout',
        response(failure=Failure('Timeout', 'no complete response within 10 s')),
        remains=None,
        detail='no complete response within 10 s; an upload session may remain',
        facts={'remains': None},
    ),
    start_fails('cut', 'ResponseIncomplete', response(failure=CUT), remains=None),
    start_fails('reset', 'ResponseReset', response(failure=Failure('Reset', 'reset'))),
    start_fails('not HTTP', 'UnreadableResponse', response(failure=Failure('NotHttp', 'not HTTP'))),
    start_fails(
        'a second connection that fails',
        'ResponseIncomplete',
        response(failure=Failure('Refused', 'refused')),
    ),
    uploaded(
        'a location at another host',
        'Failed',
        f'{PUSH} UnusableLocation',
        redirect_error=UNUSABLE_LOCATION,
        canceled=(),
        remains=True,
        detail='unusable Location when starting an upload to team/app: the target is evil.test; an '
        'upload session remains',
    ),
    append_fails(
        'an unknown session',
        'UploadSessionLost',
        error(404, 'BLOB_UPLOAD_UNKNOWN'),
        facts={'remains': False},
        solution='/replications/REGION --set',
    ),
    append_fails('another offset', 'UploadSessionLost', response(416)),
    append_fails(
        'unauthorized',
        'Unauthorized',
        response(401, UNAUTHORIZED),
        canceled=REMAINING,
        remains=True,
        detail='; an upload session remains',
    ),
    append_fails(
        'cut',
        'ResponseIncomplete',
        response(failure=CUT),
        detail='uploading data to team/app failed: closed',
    ),
    append_fails('an error of its own', 'ServerError', response(500)),
    uploaded(
        'a refused cancel',
        'Warning',
        f'{PUSH} CancelRefused',
        has_value=True,
        remains=True,
        canceled=(Step('cancel', response(401, UNAUTHORIZED)), Step('verify', response(204))),
        detail='uploads work, but canceling was denied (401): an upload session remains in '
        'team/app',
        solution='--role "AcrDelete"',
        facts={'remains': True, 'roles': ['AcrDelete']},
    ),
    uploaded(
        'a session that remains',
        'Warning',
        f'{PUSH} UploadRemains',
        canceled=REMAINING,
        remains=True,
        has_value=True,
        detail="canceling (returned 204) didn't end the upload: an upload session remains in "
        'team/app',
    ),
    uploaded(
        'a session that cannot be looked up',
        'Warning',
        f'{PUSH} UploadRemains',
        remains=None,
        has_value=True,
        canceled=(Step('cancel', response(204)), Step('verify', response(failure=CUT))),
        detail="canceling (returned 204) couldn't be verified: an upload session may "
        'remain in team/app',
    ),
    uploaded(
        'a cancel without a response',
        'Warning',
        f'{PUSH} UploadRemains',
        remains=True,
        has_value=True,
        canceled=(Step('cancel', response(failure=CUT)), Step('verify', response(204))),
        detail="canceling (closed without a response) didn't end the upload",
    ),
    *denial_rows(not_started),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_a_push_needs_the_argument() -> None:
    assert (
        push.skip_reason(Options(repository='team/app', need=('push',)))
        == "--push wasn't specified"
    )
    assert push.skip_reason(OPTIONS) is None


def test_the_scheduler_leaves_time_to_cancel_the_upload() -> None:
    assert push.grace > 5
