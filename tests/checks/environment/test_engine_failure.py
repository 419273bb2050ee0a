# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why an engine doesn't work. The error messages are those of real clients and engines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.engine_failure import explain
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand

FAILED = CompletedCommand(1)
FROM_DAEMON = 'Error response from daemon: '
PODMAN = 'Error: unable to connect to Podman socket: '
# docker/for-win#13834, #13909, docker/for-mac#7775, docker/desktop-feedback#477: Docker Desktop
# answers with an empty body, and newer clients name the status code, too.
DESKTOP_URL = 'http://%2F%2F.%2Fpipe%2FdockerDesktopLinuxEngine/v1.51/version'
CHECK_VERSION = 'check if the server supports the requested API version'


def reason_of(message: str) -> tuple[str, str]:
    failure = explain(EngineAddress(message=message), FAILED)
    return failure.problem.reason, failure.older


@pytest.mark.parametrize(
    'message, older',
    [
        (
            f'{FROM_DAEMON}client version 1.24 is too old. Minimum supported API version is 1.40, '
            'please upgrade your client to a newer version',
            'client',
        ),
        (
            f'{FROM_DAEMON}client version 1.52 is too new. Maximum supported API version is 1.41',
            'engine',
        ),
        (
            '{"message":"client version 1.43 is too old. Minimum supported API version is 1.44"}',
            'client',
        ),
        (
            f'{FROM_DAEMON}client is newer than server (client API version: 1.24, server API '
            'version: 1.19)',
            'engine',
        ),
        (
            f"{FROM_DAEMON}client and server don't have same version (client : 1.13, server: 1.12)",
            'client or the engine',
        ),
        (
            '"docker version" requires API version 1.44, but the Docker daemon API version is 1.41',
            'engine',
        ),
        # podman-container-tools/podman#12192
        (
            'Cannot connect to Podman. Please verify your connection to the Linux system using '
            f'`podman system connection list`\n{PODMAN}server API version is too old. Client '
            '"3.1.0" server "3.0.0"',
            'engine',
        ),
        (
            'time="2026-01-01T00:00:00Z" level=fatal msg="rpc error: code = Unimplemented desc = '
            'unknown service containerd.services.introspection.v1.Introspection"',
            'engine',
        ),
    ],
)
def test_an_api_version_that_is_not_supported(message: str, older: str) -> None:
    assert reason_of(message) == ('ApiVersionUnsupported', older)


@pytest.mark.parametrize(
    'message, reason',
    [
        (
            f'{FROM_DAEMON}Sign-in enforcement is enabled. Open Docker Desktop to sign in and '
            'continue.',
            'DesktopSignInRequired',
        ),
        (f'{FROM_DAEMON}Sign in required by your organization', 'DesktopSignInRequired'),
        (f'{FROM_DAEMON}Docker Desktop is manually paused. Unpause it', 'DockerDesktopStopped'),
        (f'{FROM_DAEMON}Client sent an HTTP request to an HTTPS server.', 'DaemonTls'),
        (
            f'request returned 500 Internal Server Error for API route and version {DESKTOP_URL}, '
            f'{CHECK_VERSION}',
            'DaemonError',
        ),
        (
            f'request returned Internal Server Error for API route and version {DESKTOP_URL}, '
            f'{CHECK_VERSION}',
            'DaemonError',
        ),
        (f'request returned Bad Gateway for API route and version {DESKTOP_URL}', 'DaemonError'),
        (f'{FROM_DAEMON}authorization denied by plugin opa: permission denied', 'DaemonError'),
        (f'{FROM_DAEMON}dial tcp: lookup proxy.example: no such host', 'DaemonError'),
        (f'{FROM_DAEMON}x509: certificate has expired', 'DaemonError'),
        (f'{FROM_DAEMON}context deadline exceeded', 'DaemonError'),
        (f'{FROM_DAEMON}', 'DaemonError'),
        ("Error reading JSON: invalid character '<' looking for beginning of value", 'DaemonError'),
        ('{"message":"page not found"}', 'DaemonError'),
        ('{"cause":"x","message":"no such thing","response":500}', 'DaemonError'),
        # podman-container-tools/podman#10963
        (f'{PODMAN}ping response was 404', 'DaemonError'),
        ('level=fatal msg="rpc error: code = Internal desc = disk failed"', 'DaemonError'),
        # What the client says by itself is no response.
        (
            'level=fatal msg="rpc error: code = Unavailable desc = connection error: desc = \\"'
            'transport: error while dialing: dial unix /run/containerd/containerd.sock: connect: '
            'permission denied\\""',
            'PermissionDenied',
        ),
        # runfinch/finch#1339
        (
            'level=fatal msg="the instance \\"finch\\" does not exist, run `finch vm init`"',
            'DaemonUnreachable',
        ),
        (
            'Error: unable to create connection. "bogus" is not a supported schema',
            'InvalidEngineAddress',
        ),
    ],
)
def test_what_the_engine_says(message: str, reason: str) -> None:
    assert reason_of(message) == (reason, '')


def test_the_message_is_that_of_the_engine() -> None:
    text = f'WARNING: old\nERROR: {FROM_DAEMON}first\nsecond\nerrors pretty printing info'
    failure = explain(EngineAddress(message=text), FAILED)
    assert failure.message == f'ERROR: {FROM_DAEMON}first second errors pretty printing info'


@pytest.mark.parametrize(
    'reason', ['ApiVersionUnsupported', 'DesktopSignInRequired', 'DaemonError']
)
def test_a_response_is_not_transient(reason: str) -> None:
    from azext_acrhealth.catalogue.environment import engine_daemon

    assert [
        problem.transient for problem in engine_daemon.PROBLEMS if problem.reason == reason
    ] == [False]


@given(st.text(), st.sampled_from(['', FROM_DAEMON, 'rpc error: code = ', '{"message":']))
def test_any_message_has_a_reason(text: str, prefix: str) -> None:
    failure = explain(EngineAddress(message=prefix + text), FAILED)
    assert failure.problem.reason and failure.lead
