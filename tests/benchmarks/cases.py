# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The cases: the same work by `az acrhealth check` and its predecessor, and a bare `az`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.acceptance.programs import ANSWERING, printing, script_of

OURS, THEIRS = 'az acrhealth check', 'az acr check-health'
BARE = 'bare'
BLACK_HOLE_TIMEOUT, BLACK_HOLE_CUT = 20.0, 60.0
# What the protocol needs one after the other: the name, TCP, TLS 1.3, the challenge, the exchange,
# the access token. Resource Manager and Entra need four each (name, TCP, TLS, request), beside the
# first four of the registry.
ROUND_TRIPS_NEEDED = 6


class Case(NamedTuple):
    """A command line of either tool; `environment` says whether it checks this machine, too."""

    title: str
    tool: str
    arguments: tuple[str, ...]
    environment: bool = False


def _pair(title: str, ours: str, theirs: str, environment: bool = False) -> dict[str, Case]:
    return {
        f'{title} {tool}': Case(title, tool, (*tool.split()[1:], *arguments.split()), environment)
        for tool, arguments in ((OURS, ours), (THEIRS, theirs))
    }


EVERYTHING, REGISTRY, HELP, BLACK_HOLE = (
    'registry and machine',
    'registry only',
    '--help',
    'black hole',
)
EXPLAIN = 'error explain'
PAIRS: Mapping[str, Case] = {
    **_pair(EVERYTHING, '-n contoso --yes', '-n contoso --yes --ignore-errors', environment=True),
    **_pair(REGISTRY, '-n contoso', '-n contoso --yes --ignore-errors'),
    **_pair(HELP, '--help', '--help'),
}
# A command of the CLI's core, which reads its settings, prints, and loads no other command module.
_MESSAGE = "denied: client with IP '203.0.113.7' is not allowed access"
EXPLAIN_CASE = Case(
    EXPLAIN, OURS, ('acrhealth', 'error', 'explain', '--message', _MESSAGE, '-o', 'none')
)
BARE_CASE = Case(BARE, 'az cloud show', ('cloud', 'show', '-o', 'none'))
IN_THE_BLACK_HOLE: Mapping[str, Case] = _pair(
    BLACK_HOLE, f'-n contoso --timeout {BLACK_HOLE_TIMEOUT:g}', '-n contoso --yes --ignore-errors'
)

# Both tools run the same programs, which end at once, so that no real engine is measured. The
# predecessor runs `docker ps`, `version`, `pull`; this extension `version`, `pull`,
# `rmi` where the image is new.
HELM = (
    'version.BuildInfo{Version:"v3.16.4", GitCommit:"7877b45", GitTreeState:"clean", '
    'GoVersion:"go1.22.7"}'
)
PROGRAMS: Mapping[str, str] = {
    'docker': script_of(
        version=printing(ANSWERING), ps='exit 0', info='exit 0', pull='exit 0', other='exit 0'
    ),
    'helm': script_of(version=printing(HELM)),
    'notary': script_of(version=printing('notary\n Version:    0.6.0\n Git commit: 34f3cf9')),
}
