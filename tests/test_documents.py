# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The documents: their commands are valid, their links lead somewhere, their options exist."""

from __future__ import annotations

import contextlib
import io
import pathlib
import re
import runpy
import shlex
from collections.abc import Iterator

import pytest
import setuptools

from azext_acrhealth.arguments import identity, image_and_login
from tests.build import PROJECT
from tests.our_cli import az, fixture_settings, parsed, validated  # noqa: F401
from tests.reference import REFERENCE

README = PROJECT / 'README.md'
DOCUMENTS = (
    README,
    PROJECT / '.github' / 'CONTRIBUTING.md',
    PROJECT / '.github' / 'SECURITY.md',
    PROJECT / 'tests' / 'recipes' / 'README.md',
    PROJECT / 'tests' / 'benchmarks' / 'README.md',
    PROJECT / 'tests' / 'sandbox' / 'README.md',
    REFERENCE,
)
FENCED = re.compile(r'^ *```\w*\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)
SPAN = re.compile(r'`([^`\n]+)`')
LINK = re.compile(r'\[[^\]\n]+\]\(([^)\s]+)\)')
OURS = 'az acrhealth '
# What the error reference leaves to the reader.
PLACEHOLDERS = {
    'REPOSITORY': 'team/app',
    'CLIENT_ID': '00000000-0000-0000-0000-000000000000',
}


def text_of(document: pathlib.Path) -> str:
    return document.read_text(encoding='utf-8')


def name_of(document: pathlib.Path) -> str:
    return str(document.relative_to(PROJECT))


def commands_of(text: str) -> Iterator[list[str]]:
    """Return the arguments of each of our commands, in blocks and in inline code."""
    lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
    for line in (*lines, *SPAN.findall(FENCED.sub('', text))):
        _, found, command = line.partition(OURS)
        if found:
            lexer = shlex.shlex(command, posix=True, punctuation_chars='|>&;')
            lexer.whitespace_split = True
            words = list(lexer)
            end = next((at for at, word in enumerate(words) if word[0] in '|>&;'), len(words))
            yield ['acrhealth', *(PLACEHOLDERS.get(word, word) for word in words[:end])]


COMMANDS = [
    pytest.param(command, id=f'{name_of(document)}: {" ".join(command[1:])}')
    for document in DOCUMENTS
    for command in commands_of(text_of(document))
]


@pytest.fixture(name='surroundings')
def fixture_surroundings(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide what examples assume: a password that is piped in, and the variables of a pod."""
    token = tmp_path / 'token'
    token.write_text('header.payload.signature', encoding='ascii')
    monkeypatch.setenv('AZURE_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
    monkeypatch.setenv('AZURE_TENANT_ID', '00000000-0000-0000-0000-000000000000')
    monkeypatch.setenv('AZURE_FEDERATED_TOKEN_FILE', str(token))
    monkeypatch.setattr(image_and_login, '_read_stdin', lambda _: 'password')
    monkeypatch.setattr(identity, '_require_library', lambda: None)


@pytest.mark.usefixtures('settings', 'surroundings')
@pytest.mark.parametrize('command', COMMANDS)
def test_the_product_accepts_a_command(command: list[str]) -> None:
    if command[1] != 'check':
        assert parsed(*command)
    elif '--help' not in command:
        assert validated(*command[2:])


def test_the_readme_has_commands() -> None:
    found = list(commands_of(text_of(README)))
    assert len(found) > 20 and ['acrhealth', 'list-checks'] in found
    assert any('--password-stdin' in command for command in found)


@pytest.mark.usefixtures('settings')
def test_the_options_in_its_tables_exist() -> None:
    options = {
        span.split()[0]
        for line in text_of(README).splitlines()
        if line.startswith('| `-')
        for span in SPAN.findall(line.split(' | ')[0])
    }
    assert options and options <= help_options()


def help_options() -> set[str]:
    """Return the options that the help of `check` lists."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert az('acrhealth', 'check', '--help').status == 0
    return set(re.findall(r'(?<![\w-])--?[a-z][a-z-]*', out.getvalue()))


@pytest.mark.parametrize('document', DOCUMENTS, ids=name_of)
def test_its_links_lead_somewhere(document: pathlib.Path) -> None:
    text = text_of(document)
    for link in LINK.findall(FENCED.sub('', text)):
        path, _, anchor = link.partition('#')
        if link.startswith('https://'):
            continue
        target = (document.parent / path) if path else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(text_of(target)), link


def anchors_of(text: str) -> set[str]:
    """Return the anchors of the headings, as GitHub spells them."""
    headings = re.findall(r'^#+ (.+)$', FENCED.sub('', text), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


def test_wheels_are_named_by_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = setup_arguments(monkeypatch)
    for document in (*DOCUMENTS, *(PROJECT / 'tests' / 'recipes').glob('*.y*ml')):
        for version in re.findall(r'acrhealth-([^-*\s]+)-py3-none-any\.whl', text_of(document)):
            assert version == metadata['version'], name_of(document)


def test_the_summary_follows_the_rules_of_extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = str(setup_arguments(monkeypatch)['description'])
    assert len(summary) <= 120 and summary.endswith('.')
    assert not re.search('extension|azure cli|command-line', summary, re.IGNORECASE)


def test_the_long_description_fits_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = str(setup_arguments(monkeypatch)['long_description']).splitlines()
    assert sum(max(1, -(-len(line) // 80)) for line in lines) <= 24


@pytest.mark.usefixtures('settings')
def test_the_long_description_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = setup_arguments(monkeypatch)
    description = str(declared['long_description'])
    commands = list(commands_of(description))
    assert len(commands) > 2
    for command in commands:
        assert parsed(*command)
    files = re.findall(r'/blob/main/([\w./-]+)', f'{description} {declared["project_urls"]}')
    assert files and all((PROJECT / name).is_file() for name in files)
    assert all(link.startswith(f'{declared["url"]}') for link in LINK.findall(description))


def setup_arguments(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what setup.py declares."""
    declared: dict[str, object] = {}
    with monkeypatch.context() as patched:
        patched.chdir(PROJECT)
        patched.setattr(setuptools, 'setup', declared.update)
        runpy.run_path(str(PROJECT / 'setup.py'))
    return declared
