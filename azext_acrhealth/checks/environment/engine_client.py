# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The client of the container engine on this machine, and its version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.catalogue.environment import engine_client as problems
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import half
from azext_acrhealth.probes.local.process import CompletedCommand

ENGINES = ('docker', 'podman', 'nerdctl')
# Old docker clients print the word `json` when asked for `--format json`; this template works with
# all.
_DESCRIBE = ('version', '--format', '{{json .}}')


@dataclass(frozen=True)
class Engine:
    """The client in use, and how it described itself and the engine behind it."""

    name: str
    path: str
    described: CompletedCommand

    @property
    def client(self) -> Mapping[str, Any]:
        """Return the client's half of the description."""
        return self._half('Client')

    @property
    def server(self) -> Mapping[str, Any]:
        """Return the engine's half of the description."""
        return self._half('Server')

    def _half(self, name: str) -> Mapping[str, Any]:
        try:
            described = json.loads(self.described.stdout)
        except (ValueError, RecursionError):
            return {}
        found = described.get(name) if isinstance(described, dict) else None
        return found if isinstance(found, dict) else {}


@check(
    'engine-client',
    'Container engine client',
    'environment',
    per='machine',
    verifies='A client of a container engine is installed and starts: docker, podman or nerdctl, '
    'or DOCKER_COMMAND.',
    problems=(problems.NOT_FOUND, problems.NOT_EXECUTABLE),
)
def engine_client(ctx: Context) -> Outcome:
    named = ctx.probes.engine_command()
    started: list[Engine] = []
    refused: list[tuple[str, str]] = []
    for name in (named,) if named else ENGINES:
        path = ctx.probes.find(name)
        # Of a short run half is left for the rows that tell what a client that hangs means.
        described = ctx.probes.run((path, *_DESCRIBE), half(ctx.deadline)) if path else None
        if described and (described.failure is None or described.failure.kind == 'Timeout'):
            started.append(Engine(name, path, described))
            if described.status == 0:
                break
        elif described:
            refused.append((path, described.failure.text))
        elif there := ctx.probes.unexecutable(name):
            refused.append((there, 'not executable'))
    if started:
        engine = next((engine for engine in started if engine.described.status == 0), started[0])
        return passed(
            f'{engine.name} at {engine.path}', engine, client=engine.name, path=engine.path
        )
    if refused:
        path, why = refused[0]
        return failed(
            problems.NOT_EXECUTABLE, f'{path}: {why}', placeholders={'path': path}, path=path
        )
    detail = (
        f'DOCKER_COMMAND names {named}, which is not there'
        if named
        else 'no docker, podman or nerdctl on PATH'
    )
    # Whoever asks about a registry may well do without an engine.
    return (warned if ctx.options.with_registry else failed)(problems.NOT_FOUND, detail)
