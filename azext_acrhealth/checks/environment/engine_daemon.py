# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the engine behind the client responds and, by the client's error text, why it doesn't."""

from __future__ import annotations

import re
from typing import Any

from azext_acrhealth.catalogue.environment import engine_daemon as problems
from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.checks.environment.engine_output import error_text, shorten_lines, text_at
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand

# English error messages of clients, the most specific pattern first. Any other message, also in
# another language, gets the general reason. `{at}` is the address that the client used.
_ERROR_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), problem, lead)
    for pattern, problem, lead in (
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
            r'invalid bind address|unable to (?:resolve docker endpoint|parse docker host)|ssh '
            r'host connection is not valid',
            problems.ENGINE_ADDRESS_INVALID,
            'invalid engine address',
        ),
        (
            r'no such host|server misbehaving|could not resolve hostname|no route to host|network '
            r'is unreachable'
            r'|host key verification failed|permission denied '
            r'\((?:publickey|password|keyboard)|ssh: (?:connect|handshake)'
            r'|dial tcp[^\n]*i/o timeout',
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
            r'x509:|\btls: |http request to an https server|http response to https '
            r'client|malformed http response',
            problems.DAEMON_TLS,
            'TLS failed at {at}',
        ),
        (
            r'rootless containerd not running|connect: no such file or directory|cannot find the '
            r'file specified'
            r'|containerd socket [^\n]*no such file',
            problems.SOCKET_MISSING,
            "{at} doesn't exist",
        ),
    )
)
# These messages are the same for a missing, a dead and a remote socket: its state decides.
_NOT_CONNECTED = re.compile(
    r'cannot connect to the docker daemon|failed to connect|error during connect|connection refused'
    r'|actively refused|cannot access containerd',
    re.IGNORECASE,
)
_SOCKET_MISSING = (problems.SOCKET_MISSING, "{at} doesn't exist")
_BY_SOCKET_STATE = {
    'Missing': _SOCKET_MISSING,
    'Refused': (problems.DAEMON_REFUSED, 'nothing listens at {at}'),
    'Denied': (problems.DAEMON_DENIED, 'permission denied for {at}'),
}


@check(
    'engine-daemon',
    'Container engine',
    'environment',
    per='machine',
    needs=(engine_client,),
    verifies='The engine behind the client responds.',
    problems=problems.PROBLEMS,
)
def engine_daemon(ctx: Context, engine: Engine) -> Outcome:
    completed = engine.version_command
    if completed.failure is None and completed.status == 0 and engine.server:
        version = text_at(engine.server, 'Version') or 'of unknown version'
        return passed(f'{engine.name} engine {version} responds', engine, version=version)
    # podman has no daemon and reports no server, and a client may print nothing useful: `info`
    # decides.
    if completed.failure is None and (completed.status == 0 or not engine.client):
        completed = ctx.probes.run((engine.path, 'info'), ctx.deadline)
    if completed.failure is None and completed.status == 0:
        return passed(f'{engine.name} responds', engine)
    address = ctx.probes.engine_address(
        _client_kind(engine.path), shorten_lines(completed.stderr.strip() or completed.stdout)
    )
    placeholders = {'engine': engine.name, 'start': _start_command(engine, address.path)}
    facts = _facts(engine, address, completed)
    if completed.failure:
        return failed(
            problems.DAEMON_HUNG,
            f"{engine.name} didn't respond: {completed.failure.text}",
            placeholders=placeholders,
            **facts,
        )
    problem, lead = _classify(address)
    message = CompletedCommand(completed.status, stderr=address.message).last_line or error_text(
        completed
    )
    lead = lead.format(at=address.address or f'the engine of {engine.name}')
    return failed(
        problem, f'{lead}: {message}', placeholders=placeholders, status=completed.status, **facts
    )


def _classify(address: EngineAddress) -> tuple[Problem, str]:
    for pattern, problem, lead in _ERROR_PATTERNS:
        if pattern.search(address.message):
            return problem, lead
    if _NOT_CONNECTED.search(address.message):
        if address.state in _BY_SOCKET_STATE:
            return _BY_SOCKET_STATE[address.state]
        if address.scheme == 'npipe':
            return _SOCKET_MISSING
        if address.scheme in ('tcp', 'http', 'https', 'ssh'):
            return problems.HOST_UNREACHABLE, "can't connect to {at}"
    return problems.NO_DAEMON, "can't connect to the engine"


def _facts(engine: Engine, address: EngineAddress, completed: CompletedCommand) -> dict[str, Any]:
    facts = {
        'endpoint': address.address,
        'namedBy': address.named_by,
        'context': text_at(engine.client, 'Context'),
        'socket': address.path,
        'socketState': address.state,
        'said': CompletedCommand(completed.status, stderr=address.message).last_line,
    }
    return {name: value for name, value in facts.items() if value}


def _client_kind(path: str) -> str:
    return next(
        (name for name in ('podman', 'nerdctl') if name in re.split(r'[\\/]', path)[-1]), 'docker'
    )


def _start_command(engine: Engine, socket: str) -> str:
    for folder, command in problems.STARTS_BY_PATH:
        if folder in socket:
            return command
    system = text_at(engine.client, 'Os') or text_at(engine.client, 'OsArch').partition('/')[0]
    kind = _client_kind(engine.path)
    return problems.STARTS.get((kind, system), problems.STARTS[kind, 'linux'])
