# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The commands of other tools that the product tells a user to paste are valid."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from azext_acrhealth.advice import ENGINES, Client, fits
from tests.pasted_commands import (
    VALUES,
    Pasted,
    az_arguments,
    catalogue,
    code,
    fill,
    pasted,
    program,
)
from tests.tool_usage import USAGES, refusal, words_of

TEXTS = [*catalogue(), *code()]
WHERE = {text.where for text in TEXTS}
# Between backticks, with a blank, and no command: options, settings, contents of files.
NO_COMMANDS = re.compile(r'--?\w|"dns": \[|\{value\} ')
OTHERS = [
    command
    for command in pasted()
    if command.source.where in WHERE
    and ' ' in command.line
    and not az_arguments(command.line)
    and not NO_COMMANDS.match(command.line)
]


def engines_of(command: Pasted) -> Iterator[str]:
    """Yield the engines for which the product shows a command."""
    for engine in ENGINES:
        shown = fits(command.source.solution, Client(engine=engine))
        if engine in VALUES['engine'] and shown:
            yield engine


def filled(command: Pasted) -> list[str]:
    if '{engine}' not in command.line and '{client}' not in command.line:
        return fill(command.line)
    return list(
        itertools.chain.from_iterable(
            fill(re.sub(r'\{(engine|client)\}', engine, command.line))
            for engine in engines_of(command)
        )
    )


@pytest.mark.parametrize(
    'command', OTHERS, ids=lambda command: f'{command.source.where}: {command.line}'
)
def test_a_tool_accepts_its_command(command: Pasted) -> None:
    for line in filled(command):
        assert refusal(program_of(line)) is None, line


def program_of(line: str) -> list[str]:
    return words_of(' '.join(program(line)))


@pytest.mark.parametrize(
    'line, reason',
    [
        ('nerdctl system df', 'no such command: df'),
        ('podman context ls', 'no such command: context'),
        ('docker purge', 'no such command: purge'),
        ('docker system', 'a command is missing'),
        ('docker pull', '0 operands'),
        ('docker pull a b', '2 operands'),
        ('docker pull --plattform linux/amd64 a', 'no such option: --plattform'),
        ('docker pull a --platform', '--platform needs a value'),
        ('docker pull --quiet=x a', '--quiet takes no value'),
        ('docker context use', '0 operands'),
        ('curl -sSQ https://a', 'no such option: -sSQ'),
        ('usermod -aX docker me', 'no such option: -aX'),
        ('usermod -aG docker', '0 operands'),
        ('w32tm /sync', 'no such command: /sync'),
        ('openssl s_client -host a', 'no such option: -host'),
        ('Remove-Items Env:X', 'no usage of Remove-Items is known'),
        ('$env:X "y"', 'no assignment'),
        ('docker-credential-osx read', 'no such action'),
        ('frobnicate --now', 'no usage of frobnicate is known'),
    ],
)
def test_a_wrong_command_is_refused(line: str, reason: str) -> None:
    assert reason in (refusal(words_of(line)) or 'accepted')


@pytest.mark.parametrize(
    'line',
    [
        'docker --debug pull --platform=linux/amd64 a',
        'podman system connection list',
        'nerdctl system prune --all',
        'curl -sSI https://a',
        'sudo usermod -aG docker me',
        '$env:NO_PROXY = "a,b"',
        'docker-credential-osxkeychain get',
    ],
)
def test_a_right_command_is_accepted(line: str) -> None:
    assert refusal(program_of(line)) is None


def test_the_tools_are_found() -> None:
    programs = {program(line)[0] for command in OTHERS for line in filled(command)}
    assert {'docker', 'podman', 'nerdctl', 'openssl', 'nslookup', 'curl', 'w32tm'} <= programs
    assert programs & set(USAGES)
