# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The container engine on this machine: its client, its version, the engine behind it, a sample pull."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Mapping

from azext_acrhealth.catalogue import engine as problems
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.process import Ran

ENGINES = ('docker', 'podman', 'nerdctl')
# Old docker clients print the word `json` when asked for `--format json`; this template works with all.
_DESCRIBE = ('version', '--format', '{{json .}}')
_VERSION = re.compile(r'\bv?(\d+\.\d+[\w.+~-]*)')
_PLATFORM_IS_NOT_OURS = 'cannot be used on this platform'


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
        half = described.get(name) if isinstance(described, dict) else None
        return half if isinstance(half, dict) else {}


@check('engine-client', 'Container engine client', 'environment', per='machine',
       verifies='A client of a container engine is installed and starts: docker, podman or nerdctl, or DOCKER_COMMAND.',
       problems=(problems.NOT_FOUND, problems.NOT_EXECUTABLE))
def engine_client(ctx: Context) -> Outcome:
    named = ctx.world.engine_command()
    started: list[Engine] = []
    refused: list[tuple[str, str]] = []
    for name in (named,) if named else ENGINES:
        path = ctx.world.find(name)
        described = ctx.world.run((path, *_DESCRIBE), ctx.deadline) if path else None
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
        parts = '/'.join(_word(engine.client, key) or '?' for key in ('Os', 'Arch'))
        platform = _word(engine.client, 'OsArch') or parts
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


@check('engine-daemon', 'Container engine', 'environment', per='machine', needs=(engine_client,),
       verifies='The engine behind the client answers.',
       problems=(problems.NO_DAEMON, problems.DAEMON_HUNG, problems.DAEMON_DENIED))
def engine_daemon(ctx: Context, engine: Engine) -> Outcome:
    ran = engine.described
    if ran.trouble is None and ran.status == 0 and engine.server:
        version = _word(engine.server, 'Version') or 'of unknown version'
        return passed(f'{engine.name} engine {version} answers', engine, version=version)
    # An engine without a daemon (podman) describes no server, and an odd client says nothing of use: ask it for more.
    if ran.trouble is None and (ran.status == 0 or not engine.client):
        ran = ctx.world.run((engine.path, 'info'), ctx.deadline)
    fill = {'engine': engine.name}
    if ran.trouble:
        return failed(problems.DAEMON_HUNG, f'{engine.name} gave no answer: {ran.trouble.text}', fill=fill)
    if ran.status == 0:
        return passed(f'{engine.name} answers', engine)
    denied = 'permission denied' in f'{ran.stderr}{ran.stdout}'.lower()
    return failed(problems.DAEMON_DENIED if denied else problems.NO_DAEMON, _words(ran),
                  fill=fill, status=ran.status)


@check('engine-pull', 'Sample pull', 'environment', per='machine', needs=(engine_daemon,),
       verifies='The engine pulls a small public image. Runs with --yes only.',
       problems=(problems.PULL_FAILED, problems.PULL_HUNG))
def engine_pull(ctx: Context, engine: Engine) -> Outcome:
    if not ctx.options.pull_sample:
        return not_applicable('not run without --yes, since it leaves an image behind')
    image = ctx.world.sample_image()
    ran = ctx.world.pull((engine.path, 'pull', image), ctx.deadline)
    fill = {'engine': engine.name, 'image': image}
    if ran.trouble:
        return failed(problems.PULL_HUNG, f'{image}: {ran.trouble.text}', fill=fill, image=image)
    if ran.status == 0:
        return passed(f'{image} was pulled', image=image)
    if _PLATFORM_IS_NOT_OURS in ran.stderr + ran.stdout:
        return passed(f'{image} was pulled, though it is for another platform', image=image)
    return failed(problems.PULL_FAILED, f'{image}: {_words(ran)}', fill=fill, image=image, status=ran.status)


def _word(half: Mapping[str, Any], key: str) -> str:
    value = half.get(key)
    return value if isinstance(value, str) else ''


def _words(ran: Ran) -> str:
    return ran.said or f'exit status {ran.status}, without a word'
