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
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.http.response import Answer
from azext_acrhealth.probes.registry.upload import Step
from tests.checks.authentication.test_token_response import AT, denials
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeUpload,
    FakeWorld,
    answer,
)
from tests.checks.table import Row, verify

PUSH = 'IMAGE_PUSH_ERROR'
OPTIONS = Options(repository='team/app', need=('pull', 'push'), push=True)
TAKEN = answer(202)
GONE = (Step('cancel', answer(204)), Step('look', answer(404)))
KEPT = (Step('cancel', answer(204)), Step('look', answer(204)))
ASTRAY = 'it leads to evil.test, and a token goes to the login server alone'
CUT = Trouble('Cut', 'closed without an answer')


def error(status: int, code: str, message: str = 'so it is') -> Answer:
    return answer(status, f'{{"errors":[{{"code":"{code}","message":"{message}"}}]}}'.encode())


def tried(
    name: str,
    status: str,
    problem: str = '',
    begun: Answer = TAKEN,
    appended: Answer = TAKEN,
    cancelled: tuple[Step, ...] = GONE,
    remains: bool | None = False,
    astray: str = '',
    at: Any = AT,
    **more: Any,
) -> Row:
    """Give a row of push; `astray` is what is wrong with the last place that was named."""
    first = Step('begin', begun, astray if appended is TAKEN else '')
    world = FakeWorld(trial=FakeUpload(first, Step('append', appended, astray), cancelled, remains))
    return Row(
        name,
        push,
        status,
        problem,
        world=world,
        options=OPTIONS,
        needs=(
            at,
            SimpleNamespace(connection=AT.connection),
            Access('s3cret', 'team/app', None, ACCOUNT),
        ),
        **more,
    )


def refused(name: str, status: str, problem: str, given: Answer, **more: Any) -> Row:
    return tried(f'begun: {name}', status, problem, given, cancelled=(), **more)


def begun(name: str, reason: str, given: Answer, **more: Any) -> Row:
    return refused(name, 'Failed', f'{PUSH} {reason}', given, **more)


def appended(name: str, reason: str, given: Answer, **more: Any) -> Row:
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
        answer(401, UNAUTHORIZED),
        detail='401 came for the beginning of an upload to',
        solution='--assignee ' + ACCOUNT + ' --role "AcrPush" --scope ' + REGISTRY_ID,
    ),
    begun(
        'locked',
        'Denied',
        answer(403, DENIED),
        solution='--name myregistry --repository team/app --query',
    ),
    begun(
        'a page of a proxy',
        'DeniedOnTheWay',
        answer(403, b'<title>No</title>', Server='CorpProxy'),
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
    begun('an error of its own', 'ServerError', answer(503)),
    begun('a page', 'UnexpectedStatus', answer(200, b'<html>')),
    begun('sent elsewhere', 'UnexpectedStatus', answer(307, b'', Location='https://evil.test/')),
    begun('unknown', 'UnexpectedStatus', answer(404)),
    begun(
        'nothing in time',
        'AnswerTimeout',
        answer(trouble=Trouble('Timeout', 'no whole answer within 10 s')),
        remains=None,
        detail='no whole answer within 10 s; an upload session may remain',
        facts={'remains': None},
    ),
    begun('cut', 'AnswerCut', answer(trouble=CUT), remains=None),
    begun('reset', 'AnswerReset', answer(trouble=Trouble('Reset', 'reset'))),
    begun('no HTTP', 'UnreadableAnswer', answer(trouble=Trouble('NotHttp', 'not HTTP'))),
    begun(
        'a second connection that fails', 'AnswerCut', answer(trouble=Trouble('Refused', 'refused'))
    ),
    tried(
        'a place elsewhere',
        'Failed',
        f'{PUSH} UnusableLocation',
        astray=ASTRAY,
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
    appended('another offset', 'UploadSessionLost', answer(416)),
    appended(
        'refused',
        'Unauthorized',
        answer(401, UNAUTHORIZED),
        cancelled=KEPT,
        remains=True,
        detail='; an upload session remains',
    ),
    appended(
        'cut', 'AnswerCut', answer(trouble=CUT), detail='the bytes of an upload to team/app: closed'
    ),
    appended('an error of its own', 'ServerError', answer(500)),
    tried(
        'cancel refused',
        'Warning',
        f'{PUSH} CancelRefused',
        leaves=True,
        remains=True,
        cancelled=(Step('cancel', answer(401, UNAUTHORIZED)), Step('look', answer(204))),
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
        cancelled=(Step('cancel', answer(204)), Step('look', answer(trouble=CUT))),
        detail='its cancel (answered with 204) was not seen to end it: an upload session may '
        'remain in team/app',
    ),
    tried(
        'a cancel without an answer',
        'Warning',
        f'{PUSH} UploadRemains',
        remains=True,
        leaves=True,
        cancelled=(Step('cancel', answer(trouble=CUT)), Step('look', answer(204))),
        detail='its cancel (closed without an answer) did not end it',
    ),
    *denials(refused),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_push(row: Row) -> None:
    verify(row)


def test_whoever_did_not_ask_for_it_pushes_nothing() -> None:
    assert push.idle(Options(repository='team/app', need=('push',))) == '--push was not given'
    assert push.idle(OPTIONS) is None


def test_the_runner_leaves_it_the_time_to_put_its_trial_away() -> None:
    assert push.grace > 5
