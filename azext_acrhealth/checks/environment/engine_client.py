# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The container engine's client on this machine."""

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
# Old docker clients print the word `json` for `--format json`; this template works with all.
_VERSION_ARGUMENTS = ('version', '--format', '{{json .}}')


@dataclass(frozen=True)
class Engine:
    """A container engine client, and the result of its `version` command.

    `version_command.stdout` is JSON about the client and the engine, if the client supports that.
    """

    name: str
    path: str
    version_command: CompletedCommand

    @property
    def client(self) -> Mapping[str, Any]:
        """Return the `Client` object of the version output; empty if there is none."""
        return self._section('Client')

    @property
    def server(self) -> Mapping[str, Any]:
        """Return the `Server` object of the version output; empty if there is none."""
        return self._section('Server')

    def _section(self, name: str) -> Mapping[str, Any]:
        try:
            output = json.loads(self.version_command.stdout)
        except (ValueError, RecursionError):
            return {}
        section = output.get(name) if isinstance(output, dict) else None
        return section if isinstance(section, dict) else {}


@check(
    'engine-client',
    'Container engine client',
    'environment',
    per='machine',
    verifies='A container engine client is installed and starts: docker, podman, nerdctl, or the '
    'command in DOCKER_COMMAND.',
    problems=(problems.NOT_FOUND, problems.NOT_EXECUTABLE),
)
def engine_client(ctx: Context) -> Outcome:
    configured = ctx.probes.engine_command()
    started: list[Engine] = []
    not_started: list[tuple[str, str]] = []
    for name in (configured,) if configured else ENGINES:
        path = ctx.probes.find(name)
        # A hung client may use half of a short run; the rest is for the checks that explain it.
        if path:
            version = ctx.probes.run((path, *_VERSION_ARGUMENTS), half(ctx.deadline))
            if version.failure and version.failure.kind != 'Timeout':
                not_started.append((path, version.failure.text))
                continue
            started.append(Engine(name, path, version))
            if version.status == 0:
                break
        elif file := ctx.probes.find_unexecutable(name):
            not_started.append((file, 'not executable'))
    if started:
        engine = next(
            (engine for engine in started if engine.version_command.status == 0), started[0]
        )
        return passed(
            f'{engine.name} at {engine.path}', engine, client=engine.name, path=engine.path
        )
    if not_started:
        path, error = not_started[0]
        return failed(
            problems.NOT_EXECUTABLE, f'{path}: {error}', placeholders={'path': path}, path=path
        )
    detail = (
        f'{configured} (DOCKER_COMMAND) not found'
        if configured
        else 'docker, podman, and nerdctl not found on PATH'
    )
    # Checks of a registry work without an engine.
    return (warned if ctx.options.with_registry else failed)(problems.NOT_FOUND, detail)
