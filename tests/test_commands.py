# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of commands, and what the loader registers."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from azext_acrhealth import COMMAND_LOADER_CLS, AcrHealthCommandsLoader, _compare_format, _format
from azext_acrhealth._validators import (
    validate_check,
    validate_compare,
    validate_explain,
    validate_show,
)
from tests.our_cli import az, fixture_settings, our_cli  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')


def table() -> dict[str, Any]:
    return AcrHealthCommandsLoader(our_cli()).load_command_table([])


def test_the_commands() -> None:
    assert list(table()) == [
        'acrhealth check',
        'acrhealth list-checks',
        'acrhealth compare',
        'acrhealth error list',
        'acrhealth error show',
        'acrhealth error explain',
    ]


@pytest.mark.parametrize(
    'command, transformer',
    [
        ('acrhealth check', _format.check_table),
        ('acrhealth list-checks', _format.checks_table),
        ('acrhealth compare', _compare_format.comparison_table),
        ('acrhealth error list', _format.errors_table),
        ('acrhealth error show', _format.error_table),
        ('acrhealth error explain', _format.explanation_table),
    ],
)
def test_each_has_its_table(command: str, transformer: Any) -> None:
    assert table()[command].table_transformer is transformer


def test_what_is_validated() -> None:
    validators = {name: one.validator for name, one in table().items() if one.validator}
    assert validators == {
        'acrhealth check': validate_check,
        'acrhealth compare': validate_compare,
        'acrhealth error show': validate_show,
        'acrhealth error explain': validate_explain,
    }


def test_the_cli_finds_the_loader() -> None:
    assert COMMAND_LOADER_CLS is AcrHealthCommandsLoader


@pytest.mark.parametrize(
    'args',
    [
        ('list-checks',),
        ('error', 'list'),
        ('error', 'show', '--code', 'CMK_ERROR'),
        ('error', 'show', '--reason', 'NameNotFound', '--code', 'CONNECTIVITY_DNS_ERROR'),
        ('error', 'explain', '-m', 'contoso.azurecr.io: manifest unknown'),
        ('error', 'explain', '-m', 'Back-off pulling image "contoso.azurecr.io/app:v1"'),
    ],
)
@pytest.mark.parametrize('output', ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'])
def test_the_reference_in_every_format(args: tuple[str, ...], output: str) -> None:
    ended = az('acrhealth', *args, '-o', output)
    assert (ended.status, ended.error) == (0, None)
    assert bool(ended.stdout.strip()) == (output != 'none')


def test_the_reference_needs_no_network_and_loads_no_client() -> None:
    before = {name for name in sys.modules if name.startswith('azure.mgmt')}
    az('acrhealth', 'error', 'list')
    assert {name for name in sys.modules if name.startswith('azure.mgmt')} == before
