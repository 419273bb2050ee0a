# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The engine behind the client: whether it answers, and by the client's words why it does not."""

from __future__ import annotations

import re
from typing import Any

from azext_acrhealth.catalogue.environment import engine_daemon as problems
from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.checks.environment.engine_output import readable, word, words
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand

# What clients say in English when they end with an error, the most particular words first. Other
# words, and those of other languages, make the general reason. `{at}` is where the client looked.
_SAID = tuple(
    (re.compile(pattern, re.IGNORECASE), problem, lead)
    for pattern, problem, lead in (
        (
            r'could not be found in this WSL',
            problems.WSL_INTEGRATION_OFF,
            'no Docker in this WSL distribution',
        ),
        (
            r'context "[^"\n]*"[^\n]*(?:not exist|not found)|context not found',
            problems.CONTEXT_MISSING,
            'no such docker context',
        ),
        (
            r'unable to resolve docker endpoint: open [^\n]*\.pem',
            problems.DAEMON_TLS,
            'a file for TLS is not there',
        ),
        (
            r'invalid bind address|unable to (?:resolve docker endpoint|parse docker host)|ssh '
            r'host connection is not valid',
            problems.ENGINE_ADDRESS_INVALID,
            'the address of the engine is not understood',
        ),
        (
            r'no such host|server misbehaving|could not resolve hostname|no route to host|network '
            r'is unreachable'
            r'|host key verification failed|permission denied '
            r'\((?:publickey|password|keyboard)|ssh: (?:connect|handshake)'
            r'|dial tcp[^\n]*i/o timeout',
            problems.HOST_UNREACHABLE,
            'no way to {at}',
        ),
        (
            r'permission denied|access is denied',
            problems.DAEMON_DENIED,
            'this user may not use {at}',
        ),
        (
            r'docker desktop is|dockerDesktop\w*Engine|docker_engine_\w+|/\.docker/(?:run|desktop)/'
            r'docker\.sock',
            problems.DESKTOP_STOPPED,
            'Docker Desktop does not run',
        ),
        (
            r'cannot connect to podman',
            problems.PODMAN_STOPPED,
            'the machine or service of Podman does not run',
        ),
        (
            r'x509:|\btls: |http request to an https server|http response to https '
            r'client|malformed http response',
            problems.DAEMON_TLS,
            'TLS fails at {at}',
        ),
        (
            r'rootless containerd not running|connect: no such file or directory|cannot find the '
            r'file specified'
            r'|containerd socket [^\n]*no such file',
            problems.SOCKET_MISSING,
            '{at} is not there',
        ),
    )
)
# These words are the same whether the socket is missing, dead or far away: the place itself tells.
_NOBODY = re.compile(
    r'cannot connect to the docker daemon|failed to connect|error during connect|connection refused'
    r'|actively refused|cannot access containerd',
    re.IGNORECASE,
)
_MISSING = (problems.SOCKET_MISSING, '{at} is not there')
_AT_STATE = {
    'Missing': _MISSING,
    'Refused': (problems.DAEMON_REFUSED, 'nobody listens at {at}'),
    'Denied': (problems.DAEMON_DENIED, 'this user may not use {at}'),
}


@check(
    'engine-daemon',
    'Container engine',
    'environment',
    per='machine',
    needs=(engine_client,),
    verifies='The engine behind the client answers.',
    problems=problems.PROBLEMS,
)
def engine_daemon(ctx: Context, engine: Engine) -> Outcome:
    completed = engine.described
    if completed.failure is None and completed.status == 0 and engine.server:
        version = word(engine.server, 'Version') or 'of unknown version'
        return passed(f'{engine.name} engine {version} answers', engine, version=version)
    # An engine without a daemon (podman) describes no server, and an odd client says nothing of
    # use: ask it for more.
    if completed.failure is None and (completed.status == 0 or not engine.client):
        completed = ctx.probes.run((engine.path, 'info'), ctx.deadline)
    if completed.failure is None and completed.status == 0:
        return passed(f'{engine.name} answers', engine)
    place = ctx.probes.endpoint(
        _kind(engine.path), readable(completed.stderr.strip() or completed.stdout)
    )
    placeholders = {'engine': engine.name, 'start': _start(engine, place.path)}
    facts = _facts(engine, place, completed)
    if completed.failure:
        return failed(
            problems.DAEMON_HUNG,
            f'{engine.name} gave no answer: {completed.failure.text}',
            placeholders=placeholders,
            **facts,
        )
    problem, lead = _judged(place)
    said = CompletedCommand(completed.status, stderr=place.said).said or words(completed)
    lead = lead.format(at=place.address or f'the engine of {engine.name}')
    return failed(
        problem, f'{lead}: {said}', placeholders=placeholders, status=completed.status, **facts
    )


def _judged(place: EngineAddress) -> tuple[Problem, str]:
    for pattern, problem, lead in _SAID:
        if pattern.search(place.said):
            return problem, lead
    if _NOBODY.search(place.said):
        if place.state in _AT_STATE:
            return _AT_STATE[place.state]
        if place.scheme == 'npipe':
            return _MISSING
        if place.scheme in ('tcp', 'http', 'https', 'ssh'):
            return problems.HOST_UNREACHABLE, 'no way to {at}'
    return problems.NO_DAEMON, 'the engine was not reached'


def _facts(engine: Engine, place: EngineAddress, completed: CompletedCommand) -> dict[str, Any]:
    facts = {
        'endpoint': place.address,
        'namedBy': place.named_by,
        'context': word(engine.client, 'Context'),
        'socket': place.path,
        'socketState': place.state,
        'said': CompletedCommand(completed.status, stderr=place.said).said,
    }
    return {name: value for name, value in facts.items() if value}


def _kind(path: str) -> str:
    return next(
        (name for name in ('podman', 'nerdctl') if name in re.split(r'[\\/]', path)[-1]), 'docker'
    )


def _start(engine: Engine, socket: str) -> str:
    for part, command in problems.STARTS_BY_PATH:
        if part in socket:
            return command
    system = word(engine.client, 'Os') or word(engine.client, 'OsArch').partition('/')[0]
    kind = _kind(engine.path)
    return problems.STARTS.get((kind, system), problems.STARTS[kind, 'linux'])
