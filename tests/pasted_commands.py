# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every command that the product and its documents tell a user to paste, as data."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

from azext_acrhealth import _help
from azext_acrhealth import catalogue as catalogue_package
from azext_acrhealth.advice import Client, Solution, fits, text_of
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.report import fill_placeholders
from tests.build import PROJECT
from tests.package_modules import MODULES, PACKAGE, part
from tests.recipes import RECIPES, script

DOCUMENTS = (
    PROJECT / 'README.md',
    PROJECT / '.github' / 'CONTRIBUTING.md',
    PROJECT / 'tests' / 'recipes' / 'README.md',
    PROJECT / 'tests' / 'benchmarks' / 'README.md',
    PROJECT / 'tests' / 'sandbox' / 'README.md',
)
FENCED = re.compile(r'^ *```(\w*)\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)
SPAN = re.compile(r'`([^`\n]+)`')
# What ends a command in a line, and what it can begin with.
_OPERATOR = re.compile(r'[|;&]+')
_REDIRECTION = re.compile(r'\d?[<>]+')
_WORD = re.compile(r"""\d?[<>]+|[|;&]+|(?:"[^"]*"|'[^']*'|[^\s"'|;&<>])+""")
_SUBSTITUTION = re.compile(r'\$\(([^()]+)\)')
_ASSIGNMENT = re.compile(r'\w+=')
# A word in capitals, but no variable of a shell, no assignment, and no error code.
_CAPITALS = re.compile(r'(?<![$\w{])(?!\w+_ERROR\b)[A-Z][A-Z0-9_]+\b(?!=)')
_GUID = '00000000-0000-0000-0000-000000000000'
_RESOURCE = f'/subscriptions/{_GUID}/resourceGroups/my-group/providers/Contoso.Things/things/it'

# What the user or the product can put into a command in place of a word in capitals, or in braces:
# a plain name, an ID, and a text with blanks, dashes and quotes, which has to be quoted.
FILLS = ('myvalue', _RESOURCE, "O'Neil - my value")
# Placeholders of which only some values are possible.
VALUES: Mapping[str, tuple[str, ...]] = {
    'registry': (
        'myregistry',
        f'myregistry --subscription {_GUID}',
        'myregistry --subscription \'Pay-As-You-Go (EMEA) "1"\'',
    ),
    'start': ('systemctl start docker',),
    'restart': ('sudo systemctl restart docker',),
    'scope_actions': ('content/read', 'content/read metadata/read'),
    'engine': ('docker', 'podman', 'nerdctl', 'finch'),
    'client': ('docker', 'podman', 'nerdctl', 'finch'),
    'variable': ('NO_PROXY', 'https_proxy'),
    'other': ('no_proxy',),
    'bypass': ('"$NO_PROXY,myregistry.azurecr.io"',),
    'repository': ('app', 'team/my-app_2', 'a/b.c'),
    'image': ('app:v1', 'team/my-app@sha256:' + 64 * 'a'),
    'suffix': ('.azurecr.io', '.azurecr.cn'),
    'host': ('myregistry.azurecr.io', 'my-registry-d5f2.westeurope.geo.azurecr.us'),
    'address': ('10.0.0.4', 'fd00::4'),
    'client_ip': ('203.0.113.7', '2001:db8::7'),
    'platform': ('linux/arm64', 'windows/amd64'),
    'code': ('CONNECTIVITY_DNS_ERROR',),
    'reason': ('NameNotFound',),
    'SKU': ('Basic', 'Standard', 'Premium'),
    'REPOSITORY': ('team/app',),
    'CLIENT_ID': (_GUID,),
    'IDENTITY': ('[system]', _GUID, _RESOURCE),
    'SECONDS': ('600',),
}


class Text(NamedTuple):
    """A text that a user reads: where it is, and the solution that it is, if any."""

    where: str
    text: str
    solution: Solution = ''


class Pasted(NamedTuple):
    """A command to paste: its program with arguments, as it is written, and its text."""

    line: str
    source: Text

    def shown_by(self, version: str) -> bool:
        """Return whether the product shows it when it runs in a version of the Azure CLI."""
        return fits(self.source.solution, Client(cli=version))


def catalogue() -> Iterator[Text]:
    """Yield every cause and solution."""
    for entry in (*FAMILIES, *PROBLEMS):
        where = ' '.join((entry.code, getattr(entry, 'reason', '')))
        yield Text(where, entry.cause)
        for solution in entry.solutions:
            yield Text(where, text_of(solution), solution)
    # Solutions for a kind of account, in place of a problem's general ones.
    for block in getattr(catalogue_package, 'BY_ACCOUNT', ()):
        for kind, own in block.own.items():
            for solution in own:
                yield Text(f'by account: {kind}', solution.text, solution.text)


def code() -> Iterator[Text]:
    """Yield the strings of all other modules: details, refusals, descriptions of options.

    What an f-string fills in stays as {value}.
    """
    for module in MODULES:
        if part(module) == 'catalogue':
            continue
        tree = ast.parse((PACKAGE / module).read_text(encoding='utf-8'))
        for text in _strings(tree):
            if '`' in text:
                yield Text(module, text)


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings below a node, but no docstrings."""
    if isinstance(node, ast.JoinedStr):
        parts = (
            str(value.value) if isinstance(value, ast.Constant) else '{value}'
            for value in node.values
        )
        yield ''.join(parts)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _strings(child)


def documents() -> Iterator[Text]:
    """Yield the texts of the documents without their blocks of code."""
    for document in DOCUMENTS:
        text = FENCED.sub('', document.read_text(encoding='utf-8'))
        yield Text(str(document.relative_to(PROJECT)), text)


def lines() -> Iterator[tuple[str, str]]:
    """Yield where a line of a block, a recipe or an example of the help is, and the line."""
    for document in DOCUMENTS:
        for language, block in FENCED.findall(document.read_text(encoding='utf-8')):
            if language in ('', 'sh'):
                for line in block.splitlines():
                    yield str(document.relative_to(PROJECT)), line.strip()
    for name in RECIPES:
        for line in script(name).replace('\\\n', ' ').splitlines():
            yield name, line.strip()
    for command, text in _help.helps.items():
        if command.startswith('acrhealth'):
            for example in yaml.safe_load(text).get('examples', ()):
                text = example['text'].replace('\\\n', ' ')
                yield f'help of {command}', ' '.join(text.split())


def pasted() -> Iterator[Pasted]:
    """Yield every command of every text, once for each text."""
    for text in itertools.chain(catalogue(), code(), documents()):
        for span in SPAN.findall(text.text):
            yield from (Pasted(line, text) for line in split(span))
    for where, line in lines():
        yield from (Pasted(found, Text(where, line)) for found in split(line))


def split(line: str) -> Iterator[str]:
    """Yield the commands of a line: those of a pipe, of `;` and `&&`, and of `$(...)`."""
    for inner in _SUBSTITUTION.findall(line):
        yield from split(inner)
    words: list[str] = []
    is_file = False
    for word in _words(_SUBSTITUTION.sub('value', line)):
        if _REDIRECTION.fullmatch(word):
            is_file = True
        elif _OPERATOR.fullmatch(word):
            yield from filter(None, [' '.join(words)])
            words = []
        elif is_file:
            is_file = False
        else:
            words.append(word)
    yield from filter(None, [' '.join(words)])


def _words(line: str) -> list[str]:
    """Return the words of a line with their quotes, without its comment.

    Prose has none: a quote of it isn't closed.
    """
    line = re.sub(r'(^|\s)#.*', '', line)
    return _WORD.findall(line) if not _WORD.sub('', line).strip() else []


def program(line: str) -> list[str]:
    """Return a command's words without `sudo`, `exec`, its prompt, and its assignments."""
    words = line.split(' ')
    while words and (words[0] in ('sudo', 'exec', '$') or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words


def az_arguments(line: str) -> list[list[str]]:
    """Return the arguments of an `az` command, filled in each way; [] for another program."""
    words = program(line)
    if len(words) < 2 or re.sub(r'.*/', '', words[0]) != 'az':
        return []
    return [shlex.split(filled) for filled in fill(' '.join(words[1:]))]


def fill(line: str) -> list[str]:
    """Return a command with its placeholders filled in each way, as the product quotes values."""
    template = _CAPITALS.sub(r'{\g<0>}', line)
    names = re.findall(r'\{(\w+)\}', template)
    ways = max((len(VALUES.get(name, FILLS)) for name in names), default=1)
    return list(dict.fromkeys(_fill(template, names, way) for way in range(ways)))


def _fill(template: str, names: list[str], way: int) -> str:
    values = {name: VALUES.get(name, FILLS) for name in names}
    chosen = {name: these[way % len(these)] for name, these in values.items()}
    # The product fills and quotes commands between backticks.
    return fill_placeholders(f'`{template}`', chosen).strip('`')
