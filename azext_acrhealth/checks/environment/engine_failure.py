# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why an engine doesn't work, by the error message of its client and the state of its socket."""

from __future__ import annotations

import re
from typing import NamedTuple

from azext_acrhealth.catalogue.environment import engine_daemon as problems
from azext_acrhealth.checks.environment.engine_output import error_text
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand


class EngineFailure(NamedTuple):
    """A problem, what it is about, and the client's message.

    `older` is the side with the older API version, if the message says so.
    """

    problem: Problem
    lead: str
    message: str
    older: str = ''


# In these patterns of error messages, in any case, the most specific one comes first. They are
# texts, which `re` compiles once they are used: most runs need none of them.
Patterns = tuple[tuple[str, Problem, str], ...]

# Whatever the engine says in a response, it runs, and the client reached it. docker prints its
# message after "Error response from daemon", or, for a response without a body, only the status
# (moby: client/request.go); podman prints the status of its ping; nerdctl prints the gRPC status.
# Unavailable, DeadlineExceeded and Canceled are those that the client makes by itself.
_RESPONDED = (
    r'error response from daemon|request returned [^\n]* for api route|error reading json'
    r'|ping response was \d|unexpected status code [^\n]* from daemon|\{"(?:message|cause)"\s*:'
    r'|rpc error: code = (?!unavailable|deadlineexceeded|canceled)\w'
)
_API_VERSION: Patterns = (
    # "Error response from daemon: client version 1.43 is too old. Minimum supported API version is
    # 1.44", "… is too new. Maximum …" (moby: daemon/server/middleware/version.go), and the forms
    # of older engines, of the client itself, of podman, and of containerd for nerdctl.
    (
        r'\bclient (?:api )?version \S+ is too (?:old|new)'
        r'|\bclient is newer than server|\bclient and server don.t have same version'
        r'|\bserver api version is too (?:old|new)'
        r'|\brequires api version [^\n]* daemon api version'
        r'|\bapi version\b[^\n]*\b(?:not supported|unsupported|too old|too new)\b'
        r'|\bcode = unimplemented\b',
        problems.API_VERSION,
        'API version not supported',
    ),
)
_OLDER = (
    (r'client (?:api )?version \S+ is too old', 'client'),
    (
        r'client (?:api )?version \S+ is too new|client is newer|server api version is too old'
        r'|but the docker daemon api version|code = unimplemented',
        'engine',
    ),
    (r'server api version is too new', 'client'),
)
# What the engine, or Docker Desktop in front of it, says about itself.
_RESPONSES: Patterns = (
    (
        r'sign-?in enforcement|sign(?:ing)?[ -]in (?:is )?required|must (?:be signed|sign) in',
        problems.DESKTOP_SIGN_IN,
        'Docker Desktop requires a sign-in',
    ),
    (r'docker desktop is ', problems.DESKTOP_STOPPED, "Docker Desktop isn't running"),
    (r'http request to an https server', problems.DAEMON_TLS, 'TLS failed at {at}'),
)
# English error messages of clients that got no response. Any other message, also in another
# language, gets the general reason. `{at}` is the address that the client used.
_NO_RESPONSE: Patterns = (
    (
        r'could not be found in this WSL',
        problems.WSL_INTEGRATION_OFF,
        'no Docker Desktop integration in this WSL distribution',
    ),
    (
        r'context "[^"\n]*"[^\n]*(?:not exist|not found)|context not found',
        problems.CONTEXT_MISSING,
        'Docker context not found',
    ),
    (
        r'unable to resolve docker endpoint: open [^\n]*\.pem',
        problems.DAEMON_TLS,
        'TLS file not found',
    ),
    (
        r'invalid bind address|unable to (?:resolve docker endpoint|parse docker host)|ssh host '
        r'connection is not valid|is not a supported schema',
        problems.ENGINE_ADDRESS_INVALID,
        'invalid engine address',
    ),
    (
        r'no such host|server misbehaving|could not resolve hostname|no route to host|network is '
        r'unreachable|host key verification failed|permission denied '
        r'\((?:publickey|password|keyboard)|ssh: (?:connect|handshake)|dial tcp[^\n]*i/o timeout',
        problems.HOST_UNREACHABLE,
        "can't connect to {at}",
    ),
    (
        r'permission denied|access is denied',
        problems.DAEMON_DENIED,
        'permission denied for {at}',
    ),
    (
        r'docker desktop is|dockerDesktop\w*Engine|docker_engine_\w+|/\.docker/(?:run|desktop)/'
        r'docker\.sock',
        problems.DESKTOP_STOPPED,
        "Docker Desktop isn't running",
    ),
    (
        r'cannot connect to podman',
        problems.PODMAN_STOPPED,
        "the Podman machine or service isn't running",
    ),
    (
        # Lima's message, which finch passes on.
        r'instance "[^"\n]*" (?:is stopped|does not exist)',
        problems.NO_DAEMON,
        "the virtual machine of the engine isn't running",
    ),
    (
        r'x509:|\btls: |http request to an https server|http response to https client'
        r'|malformed http response',
        problems.DAEMON_TLS,
        'TLS failed at {at}',
    ),
    (
        r'rootless containerd not running|connect: no such file or directory|cannot find the file '
        r'specified|containerd socket [^\n]*no such file',
        problems.SOCKET_MISSING,
        "{at} doesn't exist",
    ),
)
# These messages are the same for a missing, a dead and a remote socket: its state decides.
_NOT_CONNECTED = (
    r'cannot connect to the docker daemon|failed to connect|error during connect|connection refused'
    r'|actively refused|cannot access containerd'
)
_SOCKET_MISSING = (problems.SOCKET_MISSING, "{at} doesn't exist")
_BY_SOCKET_STATE = {
    'Missing': _SOCKET_MISSING,
    'Refused': (problems.DAEMON_REFUSED, 'nothing listens at {at}'),
    'Denied': (problems.DAEMON_DENIED, 'permission denied for {at}'),
}


def explain(address: EngineAddress, completed: CompletedCommand) -> EngineFailure:
    """Return why a client's command failed; `address` has the client's message."""
    text = address.message
    responded = _search(_RESPONDED, text)
    patterns = (*_API_VERSION, *(_RESPONSES if responded else _NO_RESPONSE))
    for pattern, problem, lead in patterns:
        match = _search(pattern, text)
        if match:
            # What follows the engine's message are the client's own words about it.
            message = _from_line_of(text, responded or match)
            return EngineFailure(problem, lead, message, _older_side(text, problem))
    if responded:
        return EngineFailure(
            problems.DAEMON_ERROR, 'the engine returned an error', _from_line_of(text, responded)
        )
    problem, lead = _by_socket(address)
    last_line = CompletedCommand(completed.status, stderr=text).last_line
    return EngineFailure(problem, lead, last_line or error_text(completed))


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE)


def _from_line_of(text: str, match: re.Match[str]) -> str:
    """Return the text from the line of a match on, as one line."""
    start = text.rfind('\n', 0, match.start()) + 1
    return ' '.join(text[start:].split())


def _older_side(text: str, problem: Problem) -> str:
    if problem is not problems.API_VERSION:
        return ''
    return next(
        (side for pattern, side in _OLDER if _search(pattern, text)), 'client or the engine'
    )


def _by_socket(address: EngineAddress) -> tuple[Problem, str]:
    if _search(_NOT_CONNECTED, address.message):
        if address.state in _BY_SOCKET_STATE:
            return _BY_SOCKET_STATE[address.state]
        if address.scheme == 'npipe':
            return _SOCKET_MISSING
        if address.scheme in ('tcp', 'http', 'https', 'ssh'):
            return problems.HOST_UNREACHABLE, "can't connect to {at}"
    return problems.NO_DAEMON, "can't connect to the engine"
