# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--push: an upload to the sandbox and to a real registry leaves nothing; failures have rows."""

from __future__ import annotations

import json
import pathlib
import signal
import time
from typing import NamedTuple, Optional

import pytest

from tests.acceptance.codes import LIMIT, SLACK
from tests.acceptance.components import need
from tests.acceptance.folders import file_hashes
from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

PUSH, FORBIDDEN, THROTTLED = (
    'IMAGE_PUSH_ERROR',
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'CONNECTIVITY_TOOMANYREQUESTS_ERROR',
)
TRY = ('-n', 'contoso', '--repository', 'hello', '--push')


class Case(NamedTuple):
    """A fault, the row's reason (None: Passed), and the number of upload sessions that are left."""

    stage: str
    spec: str
    reason: Optional[str]
    remaining: int = 0
    code: str = PUSH
    status: str = 'Failed'


def remaining_case(
    stage: str, spec: str, reason: str = 'UploadRemains', remaining: int = 1
) -> Case:
    return Case(stage, spec, reason, remaining, status='Warning')


CASES = (
    Case('upload-begin', 'status:401', 'GrantRejected'),
    Case('upload-begin', 'forbidden', 'BlockedByIntermediary'),
    Case('upload-begin', 'escape:403', 'Denied'),
    Case('upload-begin', 'denied', 'ClientIpNotAllowed', code=FORBIDDEN),
    Case('upload-begin', 'status:429', 'TooManyRequests', code=THROTTLED),
    Case('upload-begin', 'status:404', 'UnknownErrorCode'),
    Case('upload-begin', 'status:405', 'ReadOnly'),
    Case('upload-begin', 'status:500', 'ServerError'),
    Case('upload-begin', 'notjson', 'UnexpectedStatus'),
    Case('upload-begin', 'redirect:https://evil.example.test/x', 'UnexpectedStatus'),
    Case('upload-begin', 'close', 'ResponseIncomplete'),
    Case('upload-begin', 'garbage', 'UnreadableResponse'),
    Case('upload-begin', 'hang', 'ResponseTimeout'),
    # The row names the session's id, so that it can be found.
    Case('upload-begin', 'location:https://evil.example.test/x', 'UnusableLocation'),
    Case('upload-begin', 'location:http://contoso.azurecr.test/x', 'UnusableLocation'),
    Case('upload-append', 'status:404', 'UploadSessionLost'),
    Case('upload-append', 'status:416', 'UploadSessionLost'),
    Case('upload-append', 'status:500', 'ServerError'),
    Case('upload-append', 'close', 'ResponseIncomplete'),
    Case('upload-append', 'location:', 'UnusableLocation'),
    Case('upload-append', 'location:https://evil.example.test/x', 'UnusableLocation'),
    # After the deadline there is time for the cleanup.
    Case('upload-append', 'hang', 'ResponseTimeout'),
    # The token grants it, so another role doesn't help.
    remaining_case('upload-cancel', 'status:401'),
    remaining_case('upload-cancel', 'status:403'),
    remaining_case('upload-cancel', 'status:500'),
    remaining_case('upload-cancel', 'kept'),
    remaining_case('upload-cancel', 'close'),
    remaining_case('upload-cancel', 'hang'),
    remaining_case('upload-verify', 'status:500', remaining=0),
    remaining_case('upload-verify', 'hang', remaining=0),
)


def pushed(run: Run) -> str:
    return str(run.report['registries'][0]['canPush'])


def test_an_upload_is_tried_and_nothing_stays(sandbox: Sandbox) -> None:
    before = len(sandbox.uploads('contoso'))
    run = check(sandbox, *TRY)
    row = run.has('push', 'Passed')
    assert row['detail'] == (
        'uploaded 9 bytes to hello and canceled the upload; nothing remains; no write lock on the '
        'repository; tags not checked; large layers not tested (see --push-size)'
    )
    assert [(request['step'], request['status']) for request in row['facts']['requests']] == [
        ('begin', 202),
        ('append', 202),
        ('cancel', 204),
        ('verify', 404),
    ]
    assert pushed(run) == 'yes' and len(sandbox.uploads('contoso')) == before
    assert [request['stage'] for request in sandbox.requests('upload')] == [
        'upload-begin',
        'upload-append',
        'upload-cancel',
        'upload-verify',
    ]
    assert len(sandbox.requests('attributes')) == 1
    scope = run.row('access-token')['facts']['scope']
    assert scope == 'repository:hello:pull,push,delete,metadata_read'
    assert run.row('access-token')['facts']['asked'] == ['pull', 'push']


def test_without_push_nothing_is_written(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--need', 'pull', 'push')
    assert run.has('push', 'Skipped')['detail'] == "--push wasn't specified"
    assert pushed(run) == 'unknown' and not sandbox.requests('upload')


def test_an_image_names_the_repository(sandbox: Sandbox) -> None:
    run = check(sandbox, '--image', 'contoso.azurecr.test/hello:v1', '--push')
    assert (run.row('blob')['status'], run.row('push')['status']) == ('Passed', 'Passed')
    registry = run.report['registries'][0]
    assert (registry['canPull'], registry['canPush']) == ('yes', 'yes')
    assert len([request for request in sandbox.requests() if request['stage'] == 'token']) == 1


def test_a_user_with_pull_permission_only_gets_the_role(sandbox: Sandbox) -> None:
    sandbox.set_fault('token', 'grant:pull')
    run = check(sandbox, *TRY)
    row = run.has('push', 'Failed', PUSH, 'Unauthorized')
    assert 'AcrPush' in row['solutions'][0] and pushed(run) == 'no'
    assert run.row('access-token')['facts']['missing'] == ['push']


@pytest.mark.parametrize('case', CASES, ids=lambda case: f'{case.stage}-{case.spec}')
def test_what_breaks_it(sandbox: Sandbox, case: Case) -> None:
    before = len(sandbox.uploads('contoso'))
    sandbox.set_fault(case.stage, case.spec)
    run = check(sandbox, *TRY, '--timeout', str(LIMIT))
    run.has('push', case.status, case.code, case.reason)
    assert pushed(run) == ('no' if case.status == 'Failed' else 'yes')
    assert len(sandbox.uploads('contoso')) - before == case.remaining
    assert run.finished.seconds < LIMIT + 5 + SLACK
    requests = sandbox.requests()
    assert {request['host'] for request in requests if request['stage'].startswith('upload')} == {
        'contoso.azurecr.test'
    }
    assert not [request for request in requests if request['host'] == 'evil.example.test']
    if case.remaining:
        assert 'upload session remains' in run.row('push')['detail']


def test_the_real_registry_is_left_as_it_was(sandbox: Sandbox) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso') as storage:
        sandbox.put_image('contoso', 'team/app', 'v1')
        before = file_hashes(storage)
        run = check(sandbox, '-n', 'contoso', '--repository', 'team/app', '--push')
        run.has('push', 'Passed')
        after = file_hashes(storage)
        assert sandbox.uploads('contoso') == [] and pushed(run) == 'yes'
        assert {
            path: digest for path, digest in after.items() if '/hashstates/' not in path
        } == before
        assert any('/hashstates/' in path for path in after), 'an upload was there'


@pytest.mark.parametrize('stage', ['upload-begin', 'upload-append'])
@pytest.mark.parametrize(
    'location', ['/v2/team/app/manifests/v1', '/v2/team/app/blobs/uploads/../../manifests/v1']
)
def test_a_location_of_an_image_leaves_the_image_alone(
    sandbox: Sandbox, stage: str, location: str
) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso') as storage:
        sandbox.put_image('contoso', 'team/app', 'v1')
        before = file_hashes(storage)
        sandbox.set_fault(stage, f'location:{location}')
        run = check(sandbox, '-n', 'contoso', '--repository', 'team/app', '--push')
        row = run.has('push', 'Failed', PUSH, 'UnusableLocation')
        assert "Location isn't an upload session of team/app" in row['detail']
        after = file_hashes(storage)
        assert {path: after.get(path) for path in before} == before
        sent = [request for request in sandbox.requests() if request['method'] != 'GET']
        assert not any('manifests' in request['path'] for request in sent[-4:])


def test_the_real_registry_needs_more_permissions_for_the_cancel(sandbox: Sandbox) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso'):
        sandbox.put_image('contoso', 'team/app', 'v1')
        sandbox.set_fault('token', 'grant:pull,push')
        run = check(sandbox, '-n', 'contoso', '--repository', 'team/app', '--push')
        row = run.has('push', 'Warning', PUSH, 'CancelRefused')
        assert '"AcrDelete"' in ' '.join(row['solutions']) and pushed(run) == 'yes'
        assert len(sandbox.uploads('contoso')) == 1


@pytest.mark.parametrize(
    'stage, spec, number',
    [
        ('upload-append', 'hang', signal.SIGINT),
        ('upload-begin', 'slow:1', signal.SIGINT),
        ('upload-append', 'hang', signal.SIGTERM),
        ('upload-begin', 'slow:1', signal.SIGHUP),
    ],
)
def test_an_interrupt_leaves_no_session(
    sandbox: Sandbox, tmp_path: pathlib.Path, stage: str, spec: str, number: int
) -> None:
    before = len(sandbox.uploads('contoso'))
    config = sandbox.config_dir(tmp_path / 'config')
    sandbox.set_fault(stage, spec)
    interrupted_at, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        [*TRY, '--skip', 'environment'],
        lambda: any(request['stage'] == stage for request in sandbox.requests('upload')),
        number=number,
    )
    assert [request for request in sandbox.requests('upload') if request['stage'] == stage]
    assert time.monotonic() - interrupted_at < 5 + SLACK
    assert code == (1 if number == signal.SIGINT else 128 + number)
    assert 'Traceback' not in stderr
    rows = {row['check']: row for row in json.loads(stdout)['checks']}
    assert (rows['push']['status'], rows['push']['detail']) == ('Skipped', 'interrupted')
    assert rows['access-token']['status'] == 'Passed'
    assert len(sandbox.uploads('contoso')) == before and 'upload' not in stderr


def test_the_first_process_of_a_container_ends_with_sigterm(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    need('unshare')
    before = len(sandbox.uploads('contoso'))
    config = sandbox.config_dir(tmp_path / 'config')
    sandbox.set_fault('upload-append', 'hang')
    pids = tmp_path / 'pid'
    # In a PID namespace of its own `az` is process 1; a sibling sends it the signal.
    send = f'until [ -e {pids} ]; do sleep 0.05; done; kill -TERM 1'
    script = f'({send}) & exec "$@"'
    _, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        [*TRY, '--skip', 'environment'],
        lambda: (
            any(request['stage'] == 'upload-append' for request in sandbox.requests('upload'))
            and not pids.touch()
        ),
        number=0,
        enter=('unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', script, 'sh'),
    )
    assert code == 143, stderr
    assert json.loads(stdout)['healthy'] is False
    assert len(sandbox.uploads('contoso')) == before


def test_a_second_interrupt_reports_what_may_remain(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    sandbox.set_fault('upload-append', 'hang')
    sandbox.set_fault('upload-cancel', 'hang')

    def has_begun(stage: str) -> bool:
        return any(request['stage'] == stage for request in sandbox.requests('upload'))

    _, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        [*TRY, '--skip', 'environment'],
        lambda: has_begun('upload-append'),
        ready_again=lambda: has_begun('upload-cancel'),
    )
    assert code == 1 and 'Traceback' not in stderr
    assert 'An upload session might remain' in stderr
    assert json.loads(stdout)['healthy'] is False
