# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The real Azure CLI with only our commands, in this process."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from azure.cli.core import MainCommandsLoader
from azure.cli.core.azclierror import AzCLIError
from azure.cli.core.mock import DummyCli
from azure.cli.core.parser import AzCliCommandParser

from azext_acrhealth import AcrHealthCommandsLoader
from azext_acrhealth._validators import validate_check


class OnlyOurs(MainCommandsLoader):
    """Loader of our commands as of an extension's, without the CLI's own commands."""

    def load_command_table(self, args: list[str]) -> dict[str, Any]:
        loader = AcrHealthCommandsLoader(cli_ctx=self.cli_ctx)
        self.loaders = [loader]
        self.command_table = loader.load_command_table(args)
        self.command_group_table = loader.command_group_table
        self.cmd_to_loader_map = {name: [loader] for name in self.command_table}
        return self.command_table


@pytest.fixture(name='settings')
def fixture_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the file of the CLI's settings, empty."""
    use_settings_of(tmp_path, monkeypatch)
    yield tmp_path / 'config'


def use_settings_of(folder: Path, patched: pytest.MonkeyPatch) -> None:
    """Let the CLI read its settings from a folder.

    No setting of the machine configures the CLI, and the CLI stays offline.
    """
    for name in [name for name in os.environ if name.startswith(('AZURE_', 'ACC_'))]:
        patched.delenv(name)
    patched.setenv('AZURE_CONFIG_DIR', str(folder))
    patched.setenv('AZURE_CORE_COLLECT_TELEMETRY', 'no')
    # The CLI looks for a newer version of itself whenever it starts.
    patched.setattr('azure.cli.core.util.handle_version_update', lambda: None)


@dataclass(frozen=True)
class Ended:
    """A finished command: its exit status, its stdout, and the error that the CLI would print."""

    status: int
    stdout: str
    error: Any = None


def az(*args: str, cli: DummyCli | None = None) -> Ended:
    """Run `az`. The test must use `settings`."""
    cli, out = cli or our_cli(), io.StringIO()
    try:
        status = cli.invoke(list(args), out_file=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return Ended(status, out.getvalue(), cli.result.error)


def our_cli() -> DummyCli:
    return DummyCli(commands_loader_cls=OnlyOurs)


def parsed(*args: str) -> Any:
    """Parse a command's arguments as the CLI does, without validation.

    The test must use `settings`.
    """
    return command_parser(*(args[:3] if args[1] == 'error' else args[:2])).parse_args(list(args))


def settings_of(*command: str) -> dict[str, Any]:
    """Return the settings of a command's own arguments, by their names in Python.

    The test must use `settings`.
    """
    arguments = parsed(*command)._cmd.arguments.items()
    return {name: argument.type.settings for name, argument in arguments}


def validated(*args: str) -> Any:
    """Return the options that the handler of `check` gets."""
    namespace = parsed('acrhealth', 'check', *args)
    validate_check(SimpleNamespace(cli_ctx=our_cli()), namespace)
    return namespace.options


def refusal(*args: str) -> Any:
    """Return the error with which arguments of `check` are rejected."""
    with pytest.raises(AzCLIError) as caught:
        validated(*args)
    return caught.value


@lru_cache(maxsize=None)
def command_parser(*command: str) -> Any:
    """Return the parser that the CLI makes for a command."""
    cli = our_cli()

    class Enough(BaseException):
        pass

    with patch.object(AzCliCommandParser, 'parse_args', side_effect=Enough):
        try:
            cli.invoke([*command], out_file=io.StringIO())
        except Enough:
            pass
    return cli.invocation.parser
