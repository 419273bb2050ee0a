# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What fills a command to paste stays text, in POSIX shells and in PowerShell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth import report as reports
from azext_acrhealth.advice import _FRAGMENTS, Client, fill_command, fits
from azext_acrhealth.model import failed
from tests.made import FAMILY, ONE, result
from tests.pasted_commands import catalogue

# Whole commands whose words a shell must keep apart, whatever fills them.
SHELL_TEMPLATES = (
    "printf '%s\\n' {name} end",
    "printf '%s\\n' before/{name}/{name} end",
    "printf '%s\\n' {name}; printf '%s\\n' end",
    "printf '%s\\n' $(printf %s ok; true {name}) end",
    "printf '%s\\n' --name={name} end",
    'printf \'%s\\n\' "{name}" end',
    "printf '%s\\n' '{name}:.*' end",
    "printf '%s\\n' \"it's {name}\" end",
)
HOSTILE = (
    "'; touch pwned; '",
    "'x' $(touch pwned)",
    '"x" $(touch pwned)',
    '$(touch pwned)',
    '`touch pwned`',
    '"`touch pwned`',
    '\n touch pwned\n',
    'rg(prod)',
    '(touch pwned)',
    "\\'; touch pwned #",
    '${IFS}touch',
    '~root',
    '*',
    '[a-z]*',
    '!!',
    '=ls',
    '$HOME',
    'a\tb',
    '#',
    "''",
    '"',
    "'",
    '\\',
    'x > pwned',
    '{a,b}',
    '\u2019; touch pwned; \u2019',
)


@pytest.mark.skipif(shutil.which('sh') is None, reason='no POSIX shell')
@pytest.mark.parametrize('template', SHELL_TEMPLATES)
def test_a_shell_takes_a_value_for_text_and_nothing_else(template: str, tmp_path: Path) -> None:
    (tmp_path / 'a-file').touch()
    for value in HOSTILE:
        command = fill_command(template, lambda _, value=value: value, 'linux')
        ran = subprocess.run(
            ['sh', '-c', command], cwd=tmp_path, capture_output=True, text=True, timeout=30
        )
        assert (ran.returncode, ran.stderr) == (0, ''), command
        assert ran.stdout.endswith('end\n')
        assert [path.name for path in tmp_path.iterdir()] == ['a-file']
        # Outside of quotes the value arrives as it is.
        if '"' not in template and "'{" not in template and 'ok' not in template:
            assert value in ran.stdout, command


def catalogue_commands() -> list[str]:
    """Return every command of the catalogue with a placeholder that a POSIX shell runs."""
    commands = set[str]()
    for entry in catalogue():
        if fits(entry.solution, Client(platform='linux')):
            commands.update(span for span in entry.text.split('`')[1::2] if ' ' in span)
    return sorted(command for command in commands if '{' in command)


def shell_words(command: str) -> list[str]:
    """Return the words and the operators of a command."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ''
    return list(lexer)


@pytest.mark.parametrize('value', HOSTILE)
def test_no_value_changes_the_words_of_a_command(value: str) -> None:
    for command in catalogue_commands():
        filled = fill_command(command, lambda _, value=value: value, 'linux')
        usual = fill_command(command, lambda _: 'value', 'linux')
        # A fragment is made by the product, of several words.
        if not any(f'{{{name}}}' in command for name in _FRAGMENTS):
            assert len(shell_words(filled)) == len(shell_words(usual)), filled


def powershell_words(command: str) -> list[str]:
    """Return the words of a command as PowerShell's tokenizer reads them.

    Raises where it would run, expand or join something (about_Quoting_Rules, CharTraits.cs).
    """
    words, place, word = list[str](), 0, ''
    while place < len(command):
        character = command[place]
        if character in "'\u2018\u2019\u201a\u201b":
            place += 1
            while True:
                if command[place] in "'\u2018\u2019\u201a\u201b":
                    if command[place + 1 : place + 2] not in tuple("'\u2018\u2019\u201a\u201b"):
                        break
                    place += 1
                word += command[place]
                place += 1
        elif character.isspace():
            words, word = [*words, word], ''
        else:
            assert character not in '"\u201c\u201d\u201e$`;|&(){}<>,#', command
            assert word or character not in '@', command
            word += character
        place += 1
    return [*words, word]


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_powershell_takes_a_value_for_text_and_nothing_else(value: str) -> None:
    command = fill_command('az x --name a/{name}', lambda _: value, 'windows')
    assert powershell_words(command) == ['az', 'x', '--name', 'a/' + value.replace('"', '')] or (
        '"' not in value and "'" not in command
    )
    command = fill_command('az x --name {name}', lambda _: value or 'X', 'windows')
    words = powershell_words(command)
    assert len(words) == 4 and not words[3].startswith(('-', '@'))


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_a_posix_shell_reads_each_value_as_one_word(value: str) -> None:
    command = fill_command('az x --name {name} "{name}" end', lambda _: value or 'X', None)
    words = shlex.split(command)
    assert len(words) == 6 and words[:3] == ['az', 'x', '--name'] and words[5] == 'end'
    assert words[3] == ('NAME' if value[:1] in ('-', '@') else value or 'X')


@pytest.mark.parametrize(
    'template, expected',
    [
        ('{engine} info', "& 'C:\\Program Files\\docker.exe' info"),
        ('x | {engine} login', "x | & 'C:\\Program Files\\docker.exe' login"),
        ('x {engine}', "x 'C:\\Program Files\\docker.exe'"),
    ],
)
def test_powershell_runs_a_path_with_blanks(template: str, expected: str) -> None:
    assert fill_command(template, lambda _: 'C:\\Program Files\\docker.exe', 'windows') == expected


@pytest.mark.parametrize(
    'platform, shown',
    [
        ('Linux-6', """ 'O'"'"'Neil (dev)' """.strip()),
        ('Windows-11', "'O''Neil (dev)'"),
    ],
)
def test_a_subscription_is_quoted_for_the_shell(platform: str, shown: str) -> None:
    problem = FAMILY.problem('Reason', 'Because.', 'Run `az acr show --name {registry}`.')
    target = ONE._replace(subscription="O'Neil (dev)")
    made = result('dns', failed(problem, 'x'), target)
    report = reports.build(
        [made],
        [made.check],
        [target],
        client={'platform': platform},
        started=datetime.now(timezone.utc),
        duration=0.0,
    )
    expected = f'Run `az acr show --name {target.name} --subscription {shown}`.'
    assert report['checks'][0]['solutions'] == [expected]
