# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The client of the container engine on this machine, and its version."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Mapping

from azext_acrhealth.catalogue import engine as problems
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.limits import half
from azext_acrhealth.probes.process import Ran

ENGINES = ('docker', 'podman', 'nerdctl')
# Old docker clients print the word `json` when asked for `--format json`; this template works with all.
_DESCRIBE = ('version', '--format', '{{json .}}')
_HALF = 1000     # of a line; engines put the kind of a trouble first and its cause last
_VERSION = re.compile(r'\bv?(\d+\.\d+[\w.+~-]*)')


@dataclass(frozen=True)
class Engine:
    """The client in use, and how it described itself and the engine behind it."""

    name: str
    path: str
    described: Ran

    @property
    def client(self) -> Mapping[str, Any]:
        """Give the client's half of the description."""
        return self._half('Client')

    @property
    def server(self) -> Mapping[str, Any]:
        """Give the engine's half of the description."""
        return self._half('Server')

    def _half(self, name: str) -> Mapping[str, Any]:
        try:
            described = json.loads(self.described.stdout)
        except (ValueError, RecursionError):
            return {}
        found = described.get(name) if isinstance(described, dict) else None
        return found if isinstance(found, dict) else {}


@check('engine-client', 'Container engine client', 'environment', per='machine',
       verifies='A client of a container engine is installed and starts: docker, podman or nerdctl, or DOCKER_COMMAND.',
       problems=(problems.NOT_FOUND, problems.NOT_EXECUTABLE))
def engine_client(ctx: Context) -> Outcome:
    named = ctx.world.engine_command()
    started: list[Engine] = []
    refused: list[tuple[str, str]] = []
    for name in (named,) if named else ENGINES:
        path = ctx.world.find(name)
        # Of a short run half is left for the rows that tell what a client that hangs means.
        described = ctx.world.run((path, *_DESCRIBE), half(ctx.deadline)) if path else None
        if described and (described.trouble is None or described.trouble.kind == 'Timeout'):
            started.append(Engine(name, path, described))
            if described.status == 0:
                break
        elif described:
            refused.append((path, described.trouble.text))
        elif there := ctx.world.unexecutable(name):
            refused.append((there, 'not executable'))
    if started:
        engine = next((engine for engine in started if engine.described.status == 0), started[0])
        return passed(f'{engine.name} at {engine.path}', engine, client=engine.name, path=engine.path)
    if refused:
        path, why = refused[0]
        return failed(problems.NOT_EXECUTABLE, f'{path}: {why}', fill={'path': path}, path=path)
    detail = f'DOCKER_COMMAND names {named}, which is not there' if named else 'no docker, podman or nerdctl on PATH'
    # Whoever asks about a registry may well do without an engine.
    return (warned if ctx.options.with_registry else failed)(problems.NOT_FOUND, detail)


@check('engine-version', 'Container engine version', 'environment', per='machine', needs=(engine_client,),
       verifies='The client tells its version.',
       problems=(problems.NO_VERSION, problems.VERSION_FAILED, problems.VERSION_HUNG))
def engine_version(ctx: Context, engine: Engine) -> Outcome:
    version, fill = engine.client.get('Version'), {'engine': engine.name}
    if isinstance(version, str) and version:
        parts = '/'.join(word(engine.client, key) or '?' for key in ('Os', 'Arch'))
        platform = word(engine.client, 'OsArch') or parts
        return passed(f'{engine.name} {version}, {platform}', version=version, platform=platform)
    # The description needs the engine; the plain version does not.
    plain = ctx.world.run((engine.path, '--version'), ctx.deadline)
    if plain.trouble:
        return failed(problems.VERSION_HUNG, f'`{engine.name} --version`: {plain.trouble.text}', fill=fill)
    if plain.status != 0:
        ended = f'`{engine.name} --version` ended with {plain.status}'
        return failed(problems.VERSION_FAILED, f'{ended}: {plain.said or "it said nothing"}', fill=fill,
                      status=plain.status)
    found = _VERSION.search(plain.stdout)
    if not found:
        return failed(problems.NO_VERSION, f'`{engine.name} --version` printed {plain.stdout.strip()[:80]!r}',
                      fill=fill)
    return passed(f'{engine.name} {found[1]}', version=found[1])


def word(half_of_it: Mapping[str, Any], key: str) -> str:
    """Give a text of a description; whatever else stands there is no text."""
    value = half_of_it.get(key)
    return value if isinstance(value, str) else ''


def readable(text: str) -> str:
    """Shorten the lines of what a client said, so that no pattern searches an endless one for minutes."""
    return '\n'.join(line if len(line) <= 2 * _HALF else f'{line[:_HALF]} … {line[-_HALF:]}'
                     for line in text.splitlines())


def words(ran: Ran) -> str:
    """Say how a client ended that did not end well."""
    return ran.said or f'exit status {ran.status}, without a word'
