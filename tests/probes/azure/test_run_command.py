# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A command in a cluster through Azure Resource Manager, which is a local TLS server."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import run_command
from azext_acrhealth.probes.azure.run_command import CommandResult, RunCommand
from tests.probes import servers
from tests.probes.azure_cli import GROUP, SUBSCRIPTION
from tests.probes.clock import PROMPT, Watch, soon

CLUSTER = f'{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks1'
COMMAND = '0123456789abcdef0123456789abcdef'
SECRET = 'the-token-of-the-cluster-0123456789'
JSON = 'Content-Type: application/json'
ACCEPTED = object()  # a 202 with a Location on the own host
RUNNING = servers.http(
    json.dumps({'id': COMMAND, 'properties': {'provisioningState': 'Running'}}).encode(),
    '202 Accepted',
    JSON,
)


def ended(logs: str = 'out', code: Any = 0, **properties: Any) -> bytes:
    values = {'provisioningState': 'Succeeded', 'exitCode': code, 'logs': logs, **properties}
    body = json.dumps({'id': COMMAND, 'properties': values}).encode()
    return servers.http(body, '200 OK', JSON)


def error(status: str, code: str, message: str = 'why', *headers: str) -> bytes:
    body = json.dumps({'error': {'code': code, 'message': message}}).encode()
    return servers.http(body, status, JSON, *headers)


class Arm:
    """A server that answers the POST, and then each GET in turn; the last answer repeats."""

    def __init__(self, post: Any, *gets: bytes) -> None:
        self._post, self._gets = post, list(gets)
        self.port = 0

    def talk(self, sock: Any, server: servers.Server) -> None:
        self.port = server.port
        servers.routed(self._route)(sock, server)

    def _route(self, target: bytes, _: bytes) -> bytes:
        if target.startswith(b'POST'):
            return self._accepted() if self._post is ACCEPTED else self._post
        return self._gets.pop(0) if len(self._gets) > 1 else self._gets[0]

    def _accepted(self) -> bytes:
        path = CLUSTER.replace('resourceGroups', 'resourcegroups').lower()
        url = f'https://localhost:{self.port}{path}/commandResults/{COMMAND}?api-version=1'
        return servers.http(b'', '202 Accepted', f'Location: {url}')


@pytest.fixture
def run(
    arm: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[CommandResult, servers.Server]]:
    """Return a function that runs a command by these answers."""
    monkeypatch.setattr(run_command, '_FIRST_PAUSE', 0.05)

    def start(
        post: Any, *gets: bytes, seconds: float = 8.0, token: str | None = SECRET
    ) -> tuple[CommandResult, servers.Server]:
        client, server, _ = arm(Arm(post, *gets).talk)
        command = RunCommand(client, CLUSTER, token, threading.Event())
        result = command.run('sh pull.sh', 'UEs=', time.monotonic() + seconds)
        return result, server

    return start


def sent(server: servers.Server) -> list[str]:
    return [heard.split(b' HTTP')[0].decode() for heard in server.heard]


def body_of(server: servers.Server) -> Any:
    return json.loads(server.heard[0].partition(b'\r\n\r\n')[2])


def test_a_command_that_ends(run: Any) -> None:
    result, server = run(ACCEPTED, RUNNING, RUNNING, ended('@@x', 3))
    assert (result.logs, result.exit_code, result.failure) == ('@@x', 3, None)
    assert result.facts.keys() == {'commandId', 'status', 'at', 'date', 'correlationId'}
    assert result.facts['commandId'] == COMMAND and result.facts['status'] == 200
    assert body_of(server) == {'command': 'sh pull.sh', 'context': 'UEs=', 'clusterToken': SECRET}
    # The address of the result is of the documented API, on the own host.
    get = f'GET {CLUSTER}/commandResults/{COMMAND}?api-version=2025-05-01'
    assert sent(server) == [f'POST {CLUSTER}/runCommand?api-version=2025-05-01', *[get] * 3]
    assert all(b'\r\nAuthorization: Bearer e.y.J\r\n' in heard for heard in server.heard)
    assert [SECRET.encode() in heard for heard in server.heard] == [True, False, False, False]


def test_a_cluster_without_entra_gets_no_token(run: Any) -> None:
    _, server = run(ACCEPTED, ended(), token=None)
    assert body_of(server) == {'command': 'sh pull.sh', 'context': 'UEs='}


def test_a_result_that_comes_at_once(run: Any) -> None:
    result, server = run(ended('done'))
    assert result.logs == 'done' and len(server.heard) == 1


@pytest.mark.parametrize(
    'post, kind',
    [
        (error('403 Forbidden', 'AuthorizationFailed'), 'RunForbidden'),
        (error('409 Conflict', 'MissingSubscriptionRegistration'), 'NotRegistered'),
        (error('409 Conflict', 'OperationNotAllowed'), 'Conflict'),
        (error('400 Bad Request', 'OperationNotAllowed'), 'Conflict'),
        (error('429 Too Many', 'Throttled', 'why', 'Retry-After: 17'), 'Throttled'),
        (error('400 Bad Request', 'KubernetesPerformanceError'), 'NotStarted'),
        (error('400 Bad Request', 'KubernetesOperationError'), 'NotStarted'),
        (
            error(
                *('400 Bad Request', 'KubernetesOperationError'),
                'admission webhook "validation.gatekeeper.sh" denied the request: no',
            ),
            'Blocked',
        ),
        (error('400 Bad Request', 'RunCommandBlockedByAzurePolicy'), 'Blocked'),
        (error('400 Bad Request', 'X', 'Run Command is disabled on this cluster'), 'Disabled'),
        (error('401 Unauthorized', 'InvalidAuthenticationToken'), 'NotSignedIn'),
        (error('500 Oops', 'InternalServerError'), 'Unavailable'),
        (error('404 Not Found', 'ResourceNotFound'), 'Unavailable'),
        (error('404 Not Found', 'NotFound', 'Not Found'), 'NotStarted'),
        (servers.http(b'{"code":"KubernetesPerformanceError"}', '400 Bad', JSON), 'NotStarted'),
        (servers.http(b'<html>', '403 Forbidden', 'Content-Type: text/html'), 'Unavailable'),
        (servers.http(b'<html>', '429 Slow', 'Content-Type: text/html'), 'Throttled'),
    ],
)
def test_refusals(run: Any, post: bytes, kind: str) -> None:
    result, server = run(post)
    assert result.failure.kind == kind and result.failure.text
    assert result.may_run is post.startswith(b'HTTP/1.1 5')
    assert len(server.heard) == 1, 'a command that may have been started is not sent again'


def test_the_words_of_a_refusal(run: Any) -> None:
    result, _ = run(error('429 Too Many', 'Throttled', 'slow\x1b[31m\ndown', 'Retry-After: 17'))
    assert result.failure.text == '(Throttled) slow[31m down, retry after 17 s'


@pytest.mark.parametrize(
    'post',
    [
        servers.http(b'', '202 Accepted'),
        servers.http(
            b'', '202 Accepted', f'Location: https://evil.example.com{CLUSTER}/commandResults/1'
        ),
        servers.http(b'', '202 Accepted', f'Location: {CLUSTER}/commandResults/../../x'),
        servers.http(b'', '202 Accepted', 'Location: /other'),
        servers.http(b'{}', '200 OK', JSON),
    ],
)
def test_no_address_of_its_own(run: Any, post: bytes) -> None:
    result, server = run(post, ended())
    assert result.failure.kind == 'NoResult' and result.may_run and len(server.heard) == 1


def test_a_redirect_is_not_followed(run: Any) -> None:
    redirect = servers.http(b'', '307 Moved', 'Location: https://evil.example.com/')
    result, server = run(redirect)
    assert result.failure.kind == 'Unavailable' and len(server.heard) == 1


@pytest.mark.parametrize(
    'get, kind, may_run',
    [
        (error('403 Forbidden', 'AuthorizationFailed'), 'ResultForbidden', True),
        (error('404 Not Found', 'NotFound'), 'NoResult', True),
        (ended(provisioningState='failed', reason='ImagePullBackoff'), 'NotStarted', False),
        (ended(provisioningState='Failed', reason='ErrImagePull'), 'NotStarted', False),
        (ended(provisioningState='failed', reason='Evicted'), 'Failed', True),
        (ended(provisioningState='Canceled'), 'Failed', True),
    ],
)
def test_results_that_are_none(run: Any, get: bytes, kind: str, may_run: bool) -> None:
    result, _ = run(ACCEPTED, get)
    assert (result.failure.kind, result.may_run) == (kind, may_run)
    if kind in ('NotStarted', 'Failed'):
        assert 'the pod of the command failed: ' in result.failure.text


@pytest.mark.parametrize(
    'get',
    [
        RUNNING,
        error('429 Too Many', 'Throttled', 'why', 'Retry-After: 600'),
        error('500 Oops', 'InternalServerError'),
        servers.http(b'[]', '200 OK', JSON),
        servers.http(RUNNING.partition(b'\r\n\r\n')[2], '202 Accepted', 'Retry-After: 999'),
    ],
)
def test_a_command_that_never_ends(run: Any, get: bytes) -> None:
    with Watch() as watch:
        result, _ = run(ACCEPTED, get, seconds=1.5)
    assert result.failure.kind == 'Unfinished' and result.may_run
    assert watch.took < 1.5 + PROMPT


def test_what_fails_on_the_way_can_pass(run: Any) -> None:
    failing = error('503 Busy', 'ServerTimeout', 'why', 'Retry-After: 0')
    result, _ = run(ACCEPTED, failing, failing, ended('late'))
    assert result.logs == 'late' and result.failure is None


def test_a_result_that_may_be_asked_for_at_once_is_asked_for_in_turns(run: Any) -> None:
    at_once = servers.http(RUNNING.partition(b'\r\n\r\n')[2], '202 Accepted', 'Retry-After: 0')
    _, server = run(ACCEPTED, at_once, seconds=1.0)
    assert 3 < len(server.heard) < 25


def test_a_post_that_blocks(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, 'RUN_COMMAND', 0.5)
    with Watch() as watch:
        result, server = run(b'')
    assert result.failure.kind == 'Unavailable' and 'timed out after' in result.failure.text
    assert result.may_run and watch.took < 0.5 + PROMPT and len(server.heard) == 1


def test_a_request_that_was_never_sent(run: Any, arm: Any) -> None:
    client, server, _ = arm(Arm(b'').talk)
    server.__exit__()
    result = RunCommand(client, CLUSTER, SECRET, threading.Event()).run('x', '', soon())
    assert result.failure and result.failure.kind == 'Unavailable' and not result.may_run


def test_an_interruption_ends_the_wait(arm: Any) -> None:
    client, _, _ = arm(Arm(ACCEPTED, RUNNING).talk)
    interrupted = threading.Event()
    threading.Timer(0.3, interrupted.set).start()
    with Watch() as watch:
        result = RunCommand(client, CLUSTER, None, interrupted).run('x', '', soon())
    assert result.failure and result.failure.kind == 'Unfinished' and result.may_run
    assert watch.took < 0.3 + PROMPT


def test_not_signed_in(azure: Any) -> None:
    from azext_acrhealth.probes.azure.arm_client import ArmClient
    from azext_acrhealth.probes.azure.cli import Cli
    from azext_acrhealth.probes.azure.credentials import CliLogin

    cli = Cli(azure.cli())
    command = RunCommand(ArmClient(cli, CliLogin(cli)), CLUSTER, None, threading.Event())
    result = command.run('x', '', soon())
    assert result.failure and result.failure.kind == 'NotSignedIn' and not result.may_run


@pytest.mark.parametrize('cluster_id', ['', f'{CLUSTER}/x', f'/subscriptions/{SUBSCRIPTION}'])
def test_what_is_no_cluster(cluster_id: str) -> None:
    with pytest.raises(ValueError, match="isn't the resource ID of a cluster"):
        RunCommand(None, cluster_id, None, threading.Event())  # type: ignore[arg-type]


@pytest.mark.parametrize('echoed', [SECRET, 'e.y.J'])
def test_no_token_is_shown(run: Any, caplog: pytest.LogCaptureFixture, echoed: str) -> None:
    caplog.set_level(logging.DEBUG)
    header = f'x-ms-correlation-request-id: {echoed}'
    for given in (
        (error('400 Bad Request', 'Bad', f'cannot use {echoed} here', header),),
        (ACCEPTED, error('400 Bad Request', 'Bad', f'cannot use {echoed} here', header)),
        (ACCEPTED, ended(f'a line with {echoed} in it')),
        (ACCEPTED, ended(provisioningState='failed', reason=f'no {echoed}')),
    ):
        result, _ = run(*given)
        text = repr(result) + result.logs + json.dumps(dict(result.facts), default=str)
        assert echoed not in text
    assert SECRET not in caplog.text and 'e.y.J' not in caplog.text
