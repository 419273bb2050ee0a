# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Show the product, `python -m tests.sandbox.demo WHEEL`: six runs of `az acrhealth check`."""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.sandbox.control.sandbox import Finished, Sandbox, Unavailable
from tests.sandbox.services import cloud

# A check, its status and its code, as they must be reported.
Row = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """One run: what is wrong, what to look at, and what must be reported."""

    title: str
    look_at: str
    # The machine's own engine and Helm are left out, so that the demo prints the same everywhere.
    arguments: str
    rows: tuple[Row, ...]
    set_up: Callable[[Sandbox], object] = lambda _: None
    signed_in: bool = True

    @property
    def healthy(self) -> bool:
        """Return whether no check has to fail."""
        return all(status != 'Failed' for _, status, _ in self.rows)

    @property
    def command(self) -> tuple[str, ...]:
        """Return the arguments of az."""
        return ('acrhealth', 'check', *self.arguments.split())

    def differences(self, done: Finished) -> list[str]:
        """Return how a run's report differs from what it must say."""
        found = (
            []
            if done.code == (0 if self.healthy else 1)
            else [f'exit status {done.code} with healthy: {self.healthy}']
        )
        try:
            report: dict[str, Any] = done.json
            reported = {
                (row['check'], row['status'], row['code'] or '') for row in report['checks']
            }
            healthy = report['healthy']
        except (ValueError, KeyError, TypeError) as error:
            return [*found, f'no report on standard output: {error!r}', done.stderr]
        if healthy is not self.healthy:
            found.append(f'healthy is {healthy}')
        return found + [f'no row {row}' for row in self.rows if row not in reported]


def deny(sandbox: Sandbox) -> None:
    """Let the firewall of contoso deny this machine."""
    sandbox.set_fault(
        'exchange@contoso',
        'body:403:application/json:{"errors":[{"code":"DENIED","message":"client with IP '
        "'203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
        'access."}]}',
    )


def block_storage(sandbox: Sandbox) -> None:
    """Let a firewall drop packets to the storage of layers."""
    sandbox.set_fault(f'tcp@{cloud.BLOB_HOST}', 'silent')


def _grant_another_repository(sandbox: Sandbox) -> None:
    sandbox.set_grants('fabrikam', repositories={'hello': ['pull', 'metadata_read']})


def _remove_private_record(sandbox: Sandbox) -> None:
    sandbox.set_dns(f'privreg.{cloud.REGION}.data{cloud.SUFFIX}', answer='nxdomain')


NETWORK_AND_LOGIN = '--only registry connectivity authentication'
SCENES = (
    Scene(
        'A healthy registry',
        'every check of the registry passed; the exit status is 0',
        f'--name contoso {NETWORK_AND_LOGIN}',
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
        "The registry's firewall denies this machine",
        'challenge passes, the token service returns 403, and the solution names the address to '
        'allow',
        f'--name contoso {NETWORK_AND_LOGIN}',
        (('challenge', 'Passed', ''), ('refresh-token', 'Failed', 'CONNECTIVITY_FORBIDDEN_ERROR')),
        deny,
    ),
    Scene(
        'A firewall blocks the storage of layers',
        'the login and the manifest pass; only the layer, which another host serves, fails',
        '--image contoso.azurecr.test/hello:v1 --only authentication data',
        (
            ('access-token', 'Passed', ''),
            ('manifest', 'Passed', ''),
            ('blob', 'Failed', 'DATA_ENDPOINT_ERROR'),
        ),
        block_storage,
    ),
    Scene(
        'A registry with ABAC repository permissions lacks a role assignment',
        'the login passes, but the token has no permission on the repository; the solution assigns '
        'the role',
        '--name fabrikam --repository samples/multi --need pull --only authentication',
        (
            ('refresh-token', 'Passed', ''),
            ('access-token', 'Failed', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'),
        ),
        _grant_another_repository,
    ),
    Scene(
        'A private endpoint lacks a DNS record',
        'the login server resolves; the data endpoint has no record, and the solution adds it',
        '--name privreg --only private-link',
        (('private-endpoints', 'Failed', 'PRIVATE_ENDPOINT_ERROR'),),
        _remove_private_record,
    ),
    Scene(
        'The Azure CLI is not signed in',
        "the network is checked nevertheless, with the login server derived from the registry's "
        'name',
        f'--name contoso {NETWORK_AND_LOGIN}',
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
    scene.set_up(sandbox)
    print(
        f'\n=== {number}. {scene.title}\n    Note: {scene.look_at}.\n\n'
        f'$ az {" ".join(scene.command)} -o table',
        flush=True,
    )
    shown = sandbox.az(*scene.command, '-o', 'table', login=scene.signed_in)
    print(
        ''.join(text.rstrip() + '\n' for text in (shown.stdout, shown.stderr) if text.strip()),
        end='',
    )
    print(f'(exit status {shown.code}, {shown.seconds:.1f} s)', flush=True)
    compared = sandbox.az(*scene.command, '-o', 'json', login=scene.signed_in)
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
    if different:
        print('\n' + '\n'.join(different))
        return 1
    print(
        f'\nAll {len(SCENES)} runs reported what they should. The wheel is {argv[0]}. '
        'To check a registry of your own:\n'
        f'  az extension add --yes --source {argv[0]}\n'
        '  az acrhealth check --name myregistry --output table'
    )
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
