# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The help: complete, and its examples parse."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import yaml
from knack.help_files import helps

from azext_acrhealth import _help  # noqa: F401  # fills knack's help
from tests.our_cli import az, fixture_settings, parsed  # noqa: F401

OURS = {
    name: yaml.safe_load(text) for name, text in helps.items() if name.split()[0] == 'acrhealth'
}
COMMANDS = (
    'acrhealth check',
    'acrhealth list-checks',
    'acrhealth compare',
    'acrhealth error list',
    'acrhealth error show',
    'acrhealth error explain',
)
EXAMPLES = [example['text'] for entry in OURS.values() for example in entry.get('examples', ())]


def test_every_command_and_group_has_help() -> None:
    assert set(OURS) == {'acrhealth', 'acrhealth error', *COMMANDS}


@pytest.mark.parametrize('name', OURS)
def test_an_entry_says_what_it_is_and_shows_it(name: str) -> None:
    entry: Any = OURS[name]
    assert entry['type'] == ('command' if name in COMMANDS else 'group')
    assert entry['short-summary'].endswith('.')
    assert bool(entry.get('examples')) == (name in COMMANDS)
    assert all(example['name'].endswith('.') for example in entry.get('examples', ()))


@pytest.mark.usefixtures('settings')
@pytest.mark.parametrize('text', EXAMPLES)
def test_examples_parse(text: str) -> None:
    # A password, a message, or a result is piped in.
    line = text[text.rindex('az acrhealth') :].replace('\\\n', '')
    program, *args = shlex.split(line)
    assert program == 'az'
    command = next(name for name in COMMANDS if line.startswith(f'az {name}'))
    assert parsed(*args).command == command


@pytest.mark.usefixtures('settings')
@pytest.mark.parametrize('name', OURS)
def test_help_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert az(*name.split(), '--help').status == 0
    assert OURS[name]['short-summary'].split()[0] in capsys.readouterr().out


@pytest.mark.usefixtures('settings')
@pytest.mark.parametrize('name', OURS)
@pytest.mark.parametrize('columns, widest', [('80', 80), ('200', 100), ('1', 80)])
def test_help_fits_the_terminal(
    name: str,
    columns: str,
    widest: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('COLUMNS', columns)
    az(*name.split(), '--help')
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= widest
