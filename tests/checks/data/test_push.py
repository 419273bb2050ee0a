# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A push: an upload that is started, written to and canceled, and whose session is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.data.push import push
from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.upload import Step
from tests.checks.authentication.test_token_response import (
    AT,
    denial_rows,
    error_of,
    own_code_rows,
)
from tests.checks.data.test_pull_response import DIGEST, DISALLOWED, attributes, with_quarantine
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    HOST,
    REGISTRY_ID,
    TOO_MANY,
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


WRITE_LOCK = {'writeEnabled': False}
UNLOCKED = attributes()
WITH_IMAGE = OPTIONS._replace(image=Image('team/app', 'v1'))
BYTES_PER_TIB = 2**40


def error(status: int, code: str, message: str = 'so it is') -> Response:
    return error_of(status, code, message)


def size_of(used: int, limit: int = 500 * 2**30) -> ArmResult:
    """Return ARM's list of usages with this size in bytes."""
    usages = [{'name': 'Size', 'limit': limit, 'currentValue': used, 'unit': 'Bytes'}]
    return ArmResult({'value': usages})


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
    pages: Mapping[str, Response] = UNLOCKED,
    size: ArmResult | None = None,
    options: Options = OPTIONS,
    actions: tuple[str, ...] | None = None,
    **more: Any,
) -> Row:
    """Return a row of push. `redirect_error`: what is wrong with the last Location."""
    first = Step('begin', started, redirect_error if appended is ACCEPTED else '')
    probes = FakeProbes(
        trial_upload=FakeUpload(first, Step('append', appended, redirect_error), canceled, remains),
        pages=pages,
        lists={'listUsages': size or size_of(3 * 2**30)},
    )
    return Row(
        name,
        push,
        status,
        problem,
        probes=probes,
        options=options,
        needs=(
            at,
            TokenEndpoint(AT.connection, '/oauth2/token', HOST),
            Access('s3cret', 'team/app', actions, USER),
            ArtifactCache(),
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
        detail='uploaded 9 bytes to team/app and canceled the upload; nothing remains; no write '
        'lock on the repository; tags not checked; large layers not tested (see --push-size)',
        facts={'repository': 'team/app', 'remains': False, 'size': 9, 'locksUnread': None},
    ),
    uploaded(
        'an upload for an image',
        'Passed',
        options=WITH_IMAGE,
        detail='; no write lock; large layers not tested',
    ),
    uploaded(
        'an upload of a size',
        'Passed',
        options=OPTIONS._replace(push_size=200 * 2**20),
        detail='uploaded 200 MiB to team/app and canceled the upload; nothing remains; no write '
        'lock on the repository; tags not checked',
        facts={'size': 200 * 2**20},
    ),
    uploaded(
        'locks that the registry does not show',
        'Passed',
        pages={},
        detail="; locks couldn't be read (the token has no metadata_read permission); large layers",
        facts={'locksUnread': 'the token has no metadata_read permission'},
    ),
    uploaded(
        'locks that the token may not read',
        'Passed',
        actions=('pull', 'push'),
        detail="; locks couldn't be read (the token has no metadata_read permission)",
        facts={'lockRequests': []},
    ),
    uploaded(
        'a new repository',
        'Passed',
        pages={'attributes team/app': error(404, 'NAME_UNKNOWN')},
        options=WITH_IMAGE,
        detail='; no write lock',
    ),
    uploaded(
        'a locked repository',
        'Failed',
        f'{PUSH} RepositoryLocked',
        pages=attributes(repository=WRITE_LOCK),
        detail='repository team/app is locked against writes; a push fails at its end',
        solution='--repository team/app --write-enabled true',
        facts={'remains': False, 'locksUnread': None},
    ),
    uploaded(
        'a locked tag',
        'Failed',
        f'{PUSH} ImageLocked',
        pages=attributes(tag=WRITE_LOCK),
        options=WITH_IMAGE,
        detail='team/app:v1 is locked against writes; a push fails at its end',
        solution='--image team/app:v1 --write-enabled true',
    ),
    uploaded(
        "a tag's lock is not looked for without an image",
        'Passed',
        pages=attributes(tag=WRITE_LOCK),
        detail='tags not checked',
    ),
    uploaded(
        'a locked manifest',
        'Failed',
        f'{PUSH} ImageLocked',
        pages=attributes(manifest=WRITE_LOCK),
        options=WITH_IMAGE,
        solution=f'--image team/app@{DIGEST} --write-enabled true',
    ),
    start_fails(
        'disallowed by a lock',
        'RepositoryLocked',
        DISALLOWED,
        pages=attributes(repository=WRITE_LOCK),
        detail='is locked against writes; The operation is disallowed',
    ),
    append_fails(
        'disallowed by the storage limit',
        'QuotaExceeded',
        DISALLOWED,
        size=size_of(41 * BYTES_PER_TIB),
        detail='41.00 TiB stored, which is at the storage limit: The operation is disallowed',
        solution='show-usage',
        facts={'storedBytes': 41 * BYTES_PER_TIB},
    ),
    start_fails(
        'disallowed, and only the storage remains as a cause',
        'QuotaExceeded',
        DISALLOWED,
        size=size_of(BYTES_PER_TIB),
        at=with_quarantine('disabled'),
        detail='1.00 TiB stored, more than the tier includes, no write lock, and quarantine is '
        'off: The operation',
    ),
    start_fails(
        'disallowed, with storage beyond what is included, and unread locks',
        'OperationDisallowed',
        DISALLOWED,
        pages={},
        size=size_of(BYTES_PER_TIB),
        at=with_quarantine('disabled'),
        detail="; locks couldn't be read (the token has no metadata_read permission), 1.00 TiB "
        'stored, quarantine is off',
    ),
    start_fails(
        'disallowed by quarantine',
        'Quarantined',
        DISALLOWED,
        at=with_quarantine('enabled'),
        detail='no write lock, but quarantine is on: The operation',
    ),
    start_fails(
        'disallowed for an unknown cause',
        'OperationDisallowed',
        error(403, 'REGISTRY_DISALLOWED_OPERATION'),
        size=ArmResult(failure=Failure('Forbidden', 'no permission')),
        detail='so it is (403) when starting an upload to team/app; no write lock, the stored size '
        "couldn't be read, the quarantine policy couldn't be read",
        solution='--repository team/app --query changeableAttributes',
        facts={'errorCode': 'REGISTRY_DISALLOWED_OPERATION'},
    ),
    start_fails(
        'an image in quarantine', 'Quarantined', error(403, 'DENIED', 'The image is quarantined.')
    ),
    start_fails(
        'unauthorized, although the token grants push',
        'GrantRejected',
        response(401, UNAUTHORIZED),
        actions=('pull', 'push'),
        detail='denied although the token grants push: authentication required (401)',
    ),
    append_fails(
        'a length that something changed',
        'ContentLengthChanged',
        error(400, 'SIZE_INVALID'),
        detail='so it is (400) when uploading data to team/app',
    ),
    uploaded(
        'a size that takes too long',
        'Warning',
        f'{PUSH} SizeUnverified',
        appended=response(failure=Failure('Timeout', 'the request timed out after 50 s')),
        options=OPTIONS._replace(push_size=2**30),
        detail="1 GiB couldn't be uploaded in time: the request timed out after 50 s",
        has_value=False,
    ),
    start_fails(
        'no permission',
        'Unauthorized',
        response(401, UNAUTHORIZED),
        detail='authentication required (401) when starting an upload to team/app',
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
    start_fails(
        '405 from a proxy',
        'BlockedByIntermediary',
        response(405, b'<title>Not Allowed</title>', Server='nginx'),
        detail='405 when starting an upload to team/app from nginx: Not Allowed',
    ),
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
        'another offset, with a code of its own',
        'UploadSessionLost',
        error(416, 'BREW_FAILED'),
        detail='BREW_FAILED: so it is (416 ',
    ),
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
        'a cancel that is denied although the token grants it',
        'Warning',
        f'{PUSH} UploadRemains',
        has_value=True,
        remains=True,
        actions=('pull', 'push', 'delete', 'metadata_read'),
        canceled=(Step('cancel', response(401, UNAUTHORIZED)), Step('verify', response(204))),
        detail='canceling (returned 401: authentication required) did',
    ),
    uploaded(
        'a cancel that is denied by a page',
        'Warning',
        f'{PUSH} CancelRefused',
        has_value=True,
        remains=True,
        canceled=(Step('cancel', response(405, b'<html>')), Step('verify', response(204))),
    ),
    uploaded(
        'a cancel that the registry throttles',
        'Warning',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR TooManyRequests',
        has_value=True,
        remains=True,
        canceled=(Step('cancel', response(429, TOO_MANY)), Step('verify', response(204))),
        detail='uploads work, but canceling failed: the registry throttles requests (429): slow '
        'down; an upload session remains in team/app',
    ),
    uploaded(
        'a cancel with an unknown code',
        'Warning',
        f'{PUSH} UploadRemains',
        has_value=True,
        remains=True,
        canceled=(Step('cancel', error(405, 'BREW_FAILED')), Step('verify', response(204))),
        detail='canceling (returned 405: BREW_FAILED: so it is) did',
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
    *own_code_rows(not_started, PUSH),
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
