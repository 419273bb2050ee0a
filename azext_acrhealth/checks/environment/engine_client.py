# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The container engine's client on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.environment import engine_client as problems
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import half
from azext_acrhealth.probes.local.process import CompletedCommand

ENGINES = ('docker', 'podman', 'nerdctl')
# Old docker clients print the word `json` for `--format json`; this template works with all.
_VERSION_ARGUMENTS = ('version', '--format', '{{json .}}')


class Engine(NamedTuple):
    """A container engine client, and the result of its `version` command.

    `version_command.stdout` is JSON about the client and the engine, if the client supports that.
    `replaced` are the clients before it whose engines don't respond.
    """

    name: str
    path: str
    version_command: CompletedCommand
    replaced: tuple[Engine, ...] = ()

    @property
    def kind(self) -> str:
        """Return the engine whose client this is, also behind another name: docker, podman, …."""
        file = re.split(r'[\\/]', self.path)[-1].lower()
        named = next((name for name in ('podman', 'nerdctl', 'finch') if name in file), None)
        # Only podman reports this; the package podman-docker installs it as docker.
        return named or ('podman' if 'OsArch' in self.client else 'docker')

    @property
    def command(self) -> str:
        """Return the command for advice: podman also where the user calls it by docker's name."""
        return 'podman' if (self.name, self.kind) == ('docker', 'podman') else self.name

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
    broken: list[tuple[str, str]] = []
    for name in (configured,) if configured else ENGINES:
        path = ctx.probes.find(name)
        # A hung client may use half of a short run; the rest is for the checks that explain it.
        if path:
            version = ctx.probes.run((path, *_VERSION_ARGUMENTS), half(ctx.deadline))
            if version.failure and version.failure.kind != 'Timeout':
                broken.append((path, version.failure.text))
            elif version.status == 0:
                return _use(Engine(name, path, version, tuple(started)), broken)
            else:
                started.append(Engine(name, path, version))
        elif file := ctx.probes.find_unexecutable(name):
            broken.append((file, 'not executable'))
    if started:
        return _use(started[0], [])
    if broken:
        path, error = broken[0]
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


def _use(engine: Engine, broken: Sequence[tuple[str, str]]) -> Outcome:
    """Return the outcome for the client that is used in place of those that can't start."""
    detail, facts = f'{engine.name} at {engine.path}', {'client': engine.name, 'path': engine.path}
    if not broken:
        return passed(detail, engine, **facts)
    path, error = broken[0]
    return warned(
        problems.NOT_EXECUTABLE,
        f'{path}: {error}, {detail} is used in its place',
        engine,
        {'path': path},
        **facts,
    )
