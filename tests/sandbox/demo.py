# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Show the product, `python -m tests.sandbox.demo WHEEL`: three runs of `az acrhealth check`."""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from tests.sandbox.control.sandbox import Finished, Sandbox, Unavailable

# The machine's own engine and Helm are left out, so that the demo prints the same everywhere.
COMMAND = (
    'acrhealth',
    'check',
    '--name',
    'contoso',
    '--only',
    'registry',
    'connectivity',
    'authentication',
)
# A check, its status and its code, as they must be reported.
Row = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """One run: what is wrong, what to look at, and what must be reported."""

    title: str
    look_at: str
    exit_status: int
    rows: tuple[Row, ...]
    faults: tuple[tuple[str, str], ...] = ()
    signed_in: bool = True

    def differences(self, done: Finished) -> list[str]:
        """Return how a run's report differs from what it must say."""
        found = (
            []
            if done.code == self.exit_status
            else [f'exit status {done.code} instead of {self.exit_status}']
        )
        try:
            report: dict[str, Any] = done.json
            reported = {
                (row['check'], row['status'], row['code'] or '') for row in report['checks']
            }
            healthy = report['healthy']
        except (ValueError, KeyError, TypeError) as error:
            return [*found, f'no report on standard output: {error!r}', done.stderr]
        if healthy is not (self.exit_status == 0):
            found.append(f'healthy is {healthy}')
        return found + [f'no row {row}' for row in self.rows if row not in reported]


SCENES = (
    Scene(
        'A healthy registry',
        'every check of the registry passed; exit status 0',
        0,
        (
            ('login-server', 'Passed', ''),
            ('dns', 'Passed', ''),
            ('connection', 'Passed', ''),
            ('tls', 'Passed', ''),
            ('challenge', 'Passed', ''),
            ('refresh-token', 'Passed', ''),
            ('access-token', 'Passed', ''),
        ),
    ),
    Scene(
        "The registry's firewall refuses this address",
        'the challenge is fine, the token service says 403, '
        'and the row names the address to let in',
        1,
        (('challenge', 'Passed', ''), ('refresh-token', 'Failed', 'CONNECTIVITY_FORBIDDEN_ERROR')),
        faults=(('auth@contoso', 'denied'),),
    ),
    Scene(
        'Nobody is signed in',
        'the network is checked all the same, with the host taken from the name',
        1,
        (
            ('login-server', 'Warning', 'LOGIN_SERVER_ERROR'),
            ('challenge', 'Passed', ''),
            ('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR'),
        ),
        signed_in=False,
    ),
)


def play(sandbox: Sandbox, number: int, scene: Scene) -> list[str]:
    """Run a scene as a user would, show it, and return how the same run's JSON differs."""
    sandbox.reset()
    for place, spec in scene.faults:
        sandbox.set_fault(place, spec)
    shown = sandbox.az(*COMMAND, '-o', 'table', login=scene.signed_in)
    compared = sandbox.az(*COMMAND, '-o', 'json', login=scene.signed_in)
    print(
        f'\n=== {number}. {scene.title}\n    Look at: {scene.look_at}.\n\n$ az {" ".join(COMMAND)} '
        '-o table'
    )
    print(
        ''.join(text.rstrip() + '\n' for text in (shown.stdout, shown.stderr) if text.strip()),
        end='',
    )
    print(f'(exit status {shown.code}, {shown.seconds:.1f} s)', flush=True)
    different = scene.differences(compared)
    if shown.code != compared.code or not shown.stdout.strip():
        different.append('the table and the JSON do not agree')
    return different


def main(argv: Sequence[str]) -> int:
    """Play all scenes with the wheel on the command line; return 0 when all reports are right."""
    if len(argv) != 1 or not pathlib.Path(argv[0]).is_file():
        print('usage: python -m tests.sandbox.demo WHEEL', file=sys.stderr)
        return 1
    try:
        with Sandbox.start() as sandbox:
            sandbox.extension_dir = sandbox.directory / 'extensions'
            added = sandbox.az(
                'extension',
                'add',
                '--source',
                str(pathlib.Path(argv[0]).resolve()),
                '-y',
                login=False,
            )
            if added.code != 0:
                print(added.stderr, file=sys.stderr)
                return 1
            different = [
                f'scene {number}: {text}'
                for number, scene in enumerate(SCENES, 1)
                for text in play(sandbox, number, scene)
            ]
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    print(
        '\n'
        + (
            '\n'.join(different)
            if different
            else f'All {len(SCENES)} runs reported what they should.'
        )
    )
    return 1 if different else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
