# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Azure CLI accepts every `az` command that a user is told to paste.

`make test` runs this on the CLI under .venv, `make test-oldest` on the oldest supported one.
"""

from __future__ import annotations

import pathlib
import zipfile

import pytest

from azext_acrhealth.advice import Variant
from tests.az_parser import Parsed, parse
from tests.build import PROJECT, build
from tests.pasted_commands import Pasted, Text, az_arguments, fill, pasted, split
from tests.sandbox.control.sandbox import az_command

COMMANDS = [command for command in pasted() if az_arguments(command.line)]
# Names of commands and groups in sentences, which nobody pastes.
MENTIONED = {'az config', 'az acrhealth', 'az acr login'}
# A wrong command of each kind, and a part of the parser's message.
WRONG = {
    'unknown option': ('acr show --name r --registry-group g', 'unrecognized arguments'),
    'removed option': (
        'acr update --name r --no-such-option-any-longer true',
        'unrecognized arguments',
    ),
    'option of another command': ('acr show-usage --registry r', 'required: --name'),
    'missing required argument': ('acr replication show --registry r', 'required: --name'),
    'missing value': ('acr show --name', 'expected one argument'),
    'wrong value': ('acr update --name r --sku Extra', 'not one of'),
    'not a boolean': ('acr update --name r --data-endpoint-enabled maybe', 'not one of'),
    'wrong group': ('acr registry show --name r', 'not one of'),
    'wrong command': ('acr repository purge --name r', 'not one of'),
    'no such module': ('containerregistry show --name r', 'not one of'),
    'short form': ('acr show --nam r', 'no such option'),
    'positional argument': ('acr show r', 'required: --name'),
    'more words': ('acr show --name r then push', 'unrecognized arguments'),
    'option of ours': ('acrhealth check --registry r', 'unrecognized arguments'),
    'value of ours': ('acrhealth check --need read', 'not one of'),
}
# Commands whose form changed: accepted by the oldest CLI, or by later ones only.
ONLY_BEFORE = ('2.87.0', 'acr replication update -r r -n n --region-endpoint-enabled false')
ONLY_SINCE = ('2.87.0', 'acr replication update -r r -n n --global-endpoint-routing false')


def number(version: str) -> list[int]:
    return [int(part) for part in version.split('.')]


@pytest.fixture(name='parsed', scope='module')
def fixture_parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """Return what the CLI says of all commands, filled in each way, and of the wrong ones."""
    folder = tmp_path_factory.mktemp('cli')
    extension = folder / 'extensions' / 'acrhealth'
    with zipfile.ZipFile(build(folder)) as wheel:
        wheel.extractall(extension)
    python = az_command()[0]
    return parse(all_arguments(), python, str(extension.parent))


def all_arguments() -> list[list[str]]:
    found = [arguments for command in COMMANDS for arguments in az_arguments(command.line)]
    changed = [ONLY_BEFORE[1].split(), ONLY_SINCE[1].split()]
    return [*found, *(line.split() for line, _ in WRONG.values()), *changed]


def refusal(parsed: Parsed, arguments: list[str]) -> str | None:
    return parsed.refusals[all_arguments().index(arguments)]


def test_the_cli_accepts_every_command(parsed: Parsed) -> None:
    refusals = {
        tuple(arguments): why for arguments, why in zip(all_arguments(), parsed.refusals) if why
    }
    refused = [
        f'{command.source.where}: az {" ".join(arguments)}: {refusals[tuple(arguments)]}'
        for command in COMMANDS
        if command.line not in MENTIONED and command.shown_by(parsed.version)
        for arguments in az_arguments(command.line)
        if tuple(arguments) in refusals
    ]
    assert refused == []


@pytest.mark.parametrize('kind', WRONG)
def test_a_wrong_command_is_refused(parsed: Parsed, kind: str) -> None:
    line, message = WRONG[kind]
    assert message in (refusal(parsed, line.split()) or 'accepted')


def test_the_form_of_another_version_is_refused(parsed: Parsed) -> None:
    """An option that was removed, and one that isn't there yet, are found on both versions."""
    for (version, line), accepted in (
        (ONLY_BEFORE, number(parsed.version) < number(ONLY_BEFORE[0])),
        (ONLY_SINCE, number(parsed.version) >= number(ONLY_SINCE[0])),
    ):
        assert (refusal(parsed, line.split()) is None) == accepted, (version, line)


def test_every_source_has_commands() -> None:
    where = {command.source.where for command in COMMANDS}
    assert {
        'README.md',
        'tests/recipes/README.md',
        'tests/sandbox/README.md',
        '_validators.py',
        'arguments/identity.py',
        'github-actions.yml',
        'kubernetes-job.yaml',
        'help of acrhealth check',
        'REGISTRY_STATE_ERROR Deleting',
    } - where == set()
    assert len(COMMANDS) > 250
    assert {command.line for command in COMMANDS} >= MENTIONED


@pytest.mark.parametrize(
    'line, commands',
    [
        ('az acr show --name r', ['az acr show --name r']),
        ('az a b | az c d; az e && az f', ['az a b', 'az c d', 'az e', 'az f']),
        ('az a b > file.json 2> errors || status=$?', ['az a b', 'status=$?']),
        ('openssl s_client </dev/null', ['openssl s_client']),
        ('az a --scope $(az b c --query id) --x', ['az b c --query id', 'az a --scope value --x']),
        ('az a --query "[?x > 1 | y]"   # a comment', ['az a --query "[?x > 1 | y]"']),
        ("it isn't a command", []),
    ],
)
def test_a_line_is_split_into_its_commands(line: str, commands: list[str]) -> None:
    assert list(split(line)) == commands


def test_placeholders_are_filled_in_three_ways() -> None:
    line = 'az acr show --name {registry} --x GROUP/{role} --y "$HOME/NAME"'
    assert len(fill(line)) == 3 and not any('GROUP' in filled for filled in fill(line))
    arguments = [arguments[3] for arguments in az_arguments(line)]
    assert arguments == ['myregistry', 'myregistry', 'myregistry']
    assert az_arguments(line)[2][4:6] == ['--subscription', 'Pay-As-You-Go (EMEA) "1"']
    assert az_arguments(line)[2][7] == "O'Neil - my value/O'Neil - my value"
    assert az_arguments('DOCKER_COMMAND=podman .venv/bin/az login') == [['login']]
    assert az_arguments('docker login') == []


def test_a_command_is_held_against_the_versions_that_show_it() -> None:
    old = Pasted('az x', Text('x', 'x', Variant('x', before='2.91')))
    assert old.shown_by('2.75.0') and not old.shown_by('2.91.0')
    always = Pasted('az x', Text('x', 'x', 'x'))
    assert always.shown_by('2.75.0') and always.shown_by('2.91.0')


def test_the_oldest_cli_is_tried_too() -> None:
    makefile = (PROJECT / 'Makefile').read_text(encoding='utf-8')
    contract = makefile.partition('CONTRACT := ')[2].partition('\n\n')[0]
    assert f'tests/{pathlib.Path(__file__).name}' in contract
