# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start the sandbox: `python -m tests.sandbox [--login] [-- command ...]`."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

from tests.sandbox.control.sandbox import az_command
from tests.sandbox.host import addresses, azure_cli, namespaces
from tests.sandbox.host.sandbox_server import PORT, SandboxServer

MISSING = (
    'the sandbox needs private namespaces (root, or unprivileged user namespaces), or '
    f'libnss_wrapper and the permission to listen on port {PORT}: neither is available here'
)


def _arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    own, command = list(argv), []
    if '--' in own:
        at = own.index('--')
        own, command = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(
        prog='python -m tests.sandbox',
        epilog='A command after -- runs inside; its exit status is returned.',
    )
    parser.add_argument(
        '--directory',
        type=pathlib.Path,
        help='folder for certificates and sockets; default: a new one',
    )
    parser.add_argument(
        '--login', action='store_true', help='sign the Azure CLI in before the command runs'
    )
    parser.add_argument(
        '--json', action='store_true', help='print one line of JSON, end with standard input'
    )
    parser.add_argument('--inside', choices=('root', 'user'), help=argparse.SUPPRESS)
    return parser.parse_args(own), command


def main(argv: Sequence[str]) -> int:
    """Run the sandbox, with a command or until it is stopped."""
    options, command = _arguments(argv)
    # SIGTERM ends the sandbox as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kind = options.inside
    if not kind:
        private = namespaces.private_command()
        if private:
            namespaces.re_execute(private, argv)
        kind = 'wrapper'
        if not namespaces.nss_wrapper() or not _may_listen():
            print(MISSING, file=sys.stderr)
            return 1
    own = options.directory is None
    directory = options.directory or pathlib.Path(tempfile.mkdtemp(prefix='acrhealth-sandbox-'))
    try:
        return _serve(directory.resolve(), kind, options, command)
    except KeyboardInterrupt:
        return 130
    finally:
        if own:
            shutil.rmtree(directory, ignore_errors=True)


def _may_listen() -> bool:
    with socket.socket() as endpoint:
        try:
            endpoint.bind(('127.0.0.1', PORT))
        except OSError:
            return False
    return True


def _serve(
    directory: pathlib.Path, kind: str, options: argparse.Namespace, command: list[str]
) -> int:
    if kind != 'wrapper':
        addresses.bring_up_loopback()
        namespaces.hide_resolver(directory)
    if options.json:
        namespaces.die_with_parent()
    server = SandboxServer(directory, kind)
    server.start()
    if options.json:
        print(json.dumps(server.info), flush=True)
        sys.stdin.read()
        return 0
    variables = {
        **azure_cli.without_unwanted(os.environ),
        **server.info['environment'],
        'AZURE_CONFIG_DIR': str(azure_cli.write_config(directory / 'azure')),
    }
    login = azure_cli.login_arguments(
        server.info['app'], server.info['secret'], server.info['tenant']
    )
    if options.login:
        with tempfile.TemporaryDirectory() as empty:
            subprocess.run(
                az_command(*login, '-o', 'none'),
                env=variables,
                cwd=empty,
                check=True,
            )
    if command:
        return subprocess.run(
            command,
            env=variables,
            check=False,  # pylint: disable=subprocess-popen-preexec-fn
            preexec_fn=namespaces.die_with_parent,
        ).returncode
    print(_instructions(server, variables, login), flush=True)
    threading.Event().wait()
    return 0


def _instructions(server: SandboxServer, variables: dict[str, str], login: list[str]) -> str:
    names: list[str] = [*server.info['environment'], 'AZURE_CONFIG_DIR']
    lines = ['The sandbox is up. In another terminal, in an empty folder:', '']
    if server.info['enter']:
        lines.append(f'  {" ".join(server.info["enter"])} sh')
    lines += [f'  export {name}={variables[name]}' for name in names]
    lines += [
        f'  az {" ".join(login)}',
        '  az acr check-health -n contoso --ignore-errors -y',
        '',
        f'Control: curl --unix-socket {server.info["socket"]} http://control.sandbox.test/requests',
        'Ctrl-C ends it.',
    ]
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
