# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the engine behind the client responds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.environment import engine_daemon as problems
from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.checks.environment.engine_failure import explain
from azext_acrhealth.checks.environment.engine_output import shorten_lines, text_at
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand


class _Diagnosis(NamedTuple):
    """Why an engine doesn't work: what its row shows."""

    problem: Problem
    detail: str
    placeholders: Mapping[str, str]
    facts: Mapping[str, Any]


@check(
    'engine-daemon',
    'Container engine',
    'environment',
    per='machine',
    needs=(engine_client,),
    verifies='The engine behind the client responds. A client that is tried first and whose engine '
    "doesn't respond is a warning.",
    problems=problems.PROBLEMS,
)
def engine_daemon(ctx: Context, engine: Engine) -> Outcome:
    completed = engine.version_command
    version = None
    if completed.failure is None and completed.status == 0 and engine.server:
        version = text_at(engine.server, 'Version') or 'of unknown version'
    # podman has no daemon and reports no server, and a client may print nothing useful: `info`
    # decides.
    elif completed.failure is None and (completed.status == 0 or not engine.client):
        completed = ctx.probes.run((engine.path, 'info'), ctx.deadline)
    if completed.failure or completed.status != 0:
        diagnosis = _diagnose(ctx, engine, completed)
        return failed(
            diagnosis.problem, diagnosis.detail, None, diagnosis.placeholders, **diagnosis.facts
        )
    responds = f'{engine.name} engine {version} responds' if version else f'{engine.name} responds'
    facts = {'version': version} if version else {}
    if engine.replaced:
        # The tools that use it by its name don't find out that another engine works.
        first = engine.replaced[0]
        diagnosis = _diagnose(ctx, first, first.version_command)
        return warned(
            diagnosis.problem,
            f"{responds}, but {first.name} doesn't work: {diagnosis.detail}",
            engine,
            diagnosis.placeholders,
            **facts,
            **diagnosis.facts,
            client=first.name,
        )
    return passed(responds, engine, **facts)


def _diagnose(ctx: Context, engine: Engine, completed: CompletedCommand) -> _Diagnosis:
    address = ctx.probes.engine_address(
        engine.kind, shorten_lines(completed.stderr.strip() or completed.stdout)
    )
    start = _start_command(engine, address.path)
    placeholders = {
        'engine': engine.command,
        'path': address.path,
        'variable': address.named_by,
        'api_version': address.api_version,
        'start': start,
        'restart': problems.RESTARTS.get(start, ''),
    }
    facts = _facts(engine, address, completed)
    if completed.failure:
        return _Diagnosis(
            problems.DAEMON_HUNG,
            f"{engine.name} didn't respond: {completed.failure.text}",
            placeholders,
            facts,
        )
    failure = explain(address, completed)
    lead = failure.lead.format(at=address.address or f'the engine of {engine.name}')
    return _Diagnosis(
        failure.problem,
        f'{lead}: {failure.message}',
        {**placeholders, 'older': failure.older},
        {**facts, 'status': completed.status},
    )


def _facts(engine: Engine, address: EngineAddress, completed: CompletedCommand) -> dict[str, Any]:
    facts = {
        'endpoint': address.address,
        'namedBy': address.named_by,
        'context': text_at(engine.client, 'Context'),
        'socket': address.path,
        'socketState': address.state,
        'apiVersion': address.api_version,
        'said': CompletedCommand(completed.status, stderr=address.message).last_line,
    }
    return {name: value for name, value in facts.items() if value}


def _start_command(engine: Engine, socket: str) -> str:
    for kind, folder, command in problems.STARTS_BY_PATH:
        if kind == engine.kind and (folder in socket or folder in engine.path):
            return command
    system = text_at(engine.client, 'Os') or text_at(engine.client, 'OsArch').partition('/')[0]
    return problems.STARTS.get((engine.kind, system), problems.STARTS[engine.kind, 'linux'])
