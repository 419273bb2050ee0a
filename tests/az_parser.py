# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse commands with the parser of a real Azure CLI; no handler and no validator runs.

A program of the CLI's own Python: reads lists of arguments as JSON from stdin, and writes the
CLI's version and, for each command, why it is refused or null.
"""

from __future__ import annotations

import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple, Optional


class Parsed(NamedTuple):
    """The version of a CLI, and for each command why it refuses it (None: accepted)."""

    version: str
    refusals: list[Optional[str]]


def parse(commands: list[list[str]], python: str, extensions: str) -> Parsed:
    """Parse commands (without `az`) with the CLI of a Python, with the extensions in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if name[:6] != 'AZURE_'},
            'AZURE_CONFIG_DIR': folder,
            'AZURE_EXTENSION_DIR': extensions,
            'AZURE_CORE_COLLECT_TELEMETRY': 'no',
            'AZURE_EXTENSION_USE_DYNAMIC_INSTALL': 'no',
        }
        # The parser reads the files that some arguments name.
        for word in {word.lstrip('@') for words in commands for word in words}:
            if re.fullmatch(r'[\w-]+\.(json|pem)', word):
                (pathlib.Path(folder) / word).write_text('{}', encoding='utf-8')
        ran = subprocess.run(
            [python, __file__],
            input=json.dumps(commands),
            capture_output=True,
            env=environment,
            # In the root of the repository, the CLI would load the extension from the tree.
            cwd=folder,
            text=True,
        )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    version, refusals = json.loads(ran.stdout)
    return Parsed(version, refusals)


class _Stopped(BaseException):
    """The CLI's parser, as soon as it is complete."""


class _Refused(BaseException):
    """The message with which the parser would end the CLI."""


def _refuse(_: Any, message: str) -> None:
    raise _Refused(message)


def _check_value(parser: Any, action: Any, value: Any) -> None:
    # The CLI's own method would look for an extension that has the command, on the network.
    if action.choices is not None and value not in action.choices:
        raise _Refused(f'{parser.prog}: {value!r} is not one of {sorted(map(str, action.choices))}')


def _stop(parser: Any, *_: Any, **__: Any) -> None:
    raise _Stopped(parser)


class _Parsers:
    """The parsers that the CLI makes, by the words of a command before its first option."""

    def __init__(self) -> None:
        from azure.cli.core import get_default_cli, util
        from azure.cli.core.commands import parameters
        from azure.cli.core.parser import AzCliCommandParser as Parser

        self._parse = Parser.parse_args
        self._parsers: dict[tuple[str, ...], Any] = {}
        Parser.error = Parser.validation_error = _refuse
        Parser._check_value = _check_value
        Parser.parse_args = _stop
        # A location with a blank is looked up in the subscription.
        parameters.get_subscription_locations = lambda *_: []
        # The CLI looks for a newer version of itself.
        util.handle_version_update = lambda: None
        self._cli = get_default_cli()

    def refusal(self, arguments: list[str]) -> Optional[str]:
        try:
            namespace = self._parse(self._parser(arguments), arguments)
        except _Refused as error:
            return str(error)
        except SystemExit as end:  # --help
            return f'ends with status {end.code}' if end.code else None
        except Exception as error:  # of the type of an argument
            return f'{type(error).__name__}: {error}'
        known = namespace._parser._option_string_actions
        # The parser accepts the start of an option, which a later option can make ambiguous.
        cut = [
            word
            for word in arguments
            if word[:1] == '-' and word != '-' and word.partition('=')[0] not in known
        ]
        return f'no such option: {" ".join(cut)}' if cut else None

    def _parser(self, arguments: list[str]) -> Any:
        first_option = next(
            (at for at, word in enumerate(arguments) if word[:1] == '-'), len(arguments)
        )
        key = tuple(arguments[:first_option])
        if key not in self._parsers:
            try:
                self._cli.invoke(list(arguments), out_file=io.StringIO())
            except _Stopped as stopped:
                self._parsers[key] = stopped.args[0]
        return self._parsers[key]


def main() -> None:
    """Write the version, and the refusal of each command on stdin."""
    from azure.cli.core import __version__ as version

    # The CLI prints help and a welcome, even to the stdout that it was started with.
    output = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    parsers = _Parsers()
    refusals = [parsers.refusal(arguments) for arguments in json.load(sys.stdin)]
    with output:
        json.dump([version, refusals], output)


if __name__ == '__main__':
    main()
