# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Solutions, and which of their forms fit the client that runs the command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import PureWindowsPath
from typing import Literal, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern

Platform = Literal['linux', 'macos', 'windows']
# A client of a container engine, or Helm, whose logins are stored in the same way.
Engine = Literal['docker', 'podman', 'nerdctl', 'finch', 'helm']
# What a check found: it passed, it warned or failed, or it has no result in this output.
State = Literal['passed', 'unhealthy', 'unknown']

PLATFORMS: tuple[Platform, ...] = ('linux', 'macos', 'windows')
ENGINES: tuple[Engine, ...] = ('docker', 'podman', 'nerdctl', 'finch', 'helm')
STATES: tuple[State, ...] = ('passed', 'unhealthy', 'unknown')
_PLACEHOLDER = lazy_pattern(r'\{(\w+)\}')
# A word of a command with its quotes, or what separates words.
_WORD = lazy_pattern(r"""(?:"[^"]*"|'[^']*'|[^\s"';|&()<>])+|\s+|[^\s]""")
# No character of such a word means anything to a shell. zsh replaces a word that begins with `=`;
# PowerShell, one that begins with `@` or has a comma.
_SAFE = lazy_pattern(r'(?![=@])[\w@%+=:./-]*', re.ASCII)
# A command takes such a word for an option, and the Azure CLI for the name of a file to read.
_NO_VALUE = ('-', '@')
# PowerShell takes typographic quotes for plain ones.
_SINGLE_QUOTES, _DOUBLE_QUOTES = "'\u2018\u2019\u201a\u201b", '"\u201c\u201d\u201e'
_IN_QUOTES = {
    "'": lazy_pattern(f'[{_SINGLE_QUOTES}]'),
    '"': lazy_pattern(rf'[{_DOUBLE_QUOTES}$`!\\]'),
}
# Placeholders whose values are several words of a command, quoted where they are made.
_FRAGMENTS = ('registry', 'start', 'restart', 'scope_actions', 'bypass')
POSIX: tuple[Platform, ...] = ('linux', 'macos')
WINDOWS: tuple[Platform, ...] = ('windows',)


class Variant(NamedTuple):
    """A solution that is shown only where all of its conditions hold.

    `since` and `before` are versions of the Azure CLI: the first that has the command, and the
    first that doesn't. An empty tuple means every platform or engine. `check` is the ID of a
    check whose result must be one of `states`. `filled` is a placeholder that the row must fill,
    and `unfilled` one that it must not.
    """

    text: str
    since: str | None = None
    before: str | None = None
    platforms: tuple[Platform, ...] = ()
    engines: tuple[Engine, ...] = ()
    check: str | None = None
    states: tuple[State, ...] = ('unhealthy',)
    filled: str | None = None
    unfilled: str | None = None


Solution = str | Variant


class Client(NamedTuple):
    """What decides which solutions fit; None where it's unknown, so that every form is shown.

    `cli` is the version of the Azure CLI. `states` has the state of each check of the output by
    its ID; a check that isn't there is `unknown`. `filled` are the placeholders that the row fills.
    """

    cli: str | None = None
    platform: Platform | None = None
    engine: Engine | None = None
    states: Mapping[str, State] | None = None
    filled: frozenset[str] | None = None


def text_of(solution: Solution) -> str:
    """Return the text of a solution, whatever its conditions."""
    return solution.text if isinstance(solution, Variant) else solution


def select(solutions: Iterable[Solution], client: Client) -> list[str]:
    """Return the texts of the solutions that fit a client, in their order."""
    return [text_of(solution) for solution in solutions if fits(solution, client)]


def fits(solution: Solution, client: Client) -> bool:
    """Return whether all conditions of a solution hold for a client, as far as it is known."""
    if isinstance(solution, str):
        return True
    return (
        _in_range(client.cli, solution.since, solution.before)
        and (client.platform is None or client.platform in (solution.platforms or PLATFORMS))
        and (client.engine is None or client.engine in (solution.engines or ENGINES))
        and (solution.filled is None or client.filled is None or solution.filled in client.filled)
        and (client.filled is None or solution.unfilled not in client.filled)
        and (
            solution.check is None
            or client.states is None
            or client.states.get(solution.check, 'unknown') in solution.states
        )
    )


def conditions(solution: Solution) -> str:
    """Return the conditions of a solution on version, platform and engine; '' without any."""
    if isinstance(solution, str):
        return ''
    names = {'linux': 'Linux', 'macos': 'macOS', 'windows': 'Windows', 'docker': 'Docker'}
    names.update(podman='Podman', nerdctl='nerdctl', finch='Finch', helm='Helm')
    parts = [f'Azure CLI {solution.since} or later'] if solution.since else []
    parts += [f'before Azure CLI {solution.before}'] if solution.before else []
    for values in (solution.platforms, solution.engines):
        parts += [' or '.join(names[value] for value in values)] if values else []
    return ', '.join(parts)


def platform_named(description: str | None) -> Platform | None:
    """Return the platform that `platform.platform()` describes; None without a description."""
    if not description:
        return None
    system = description.partition('-')[0].lower()
    if system in ('macos', 'darwin'):
        return 'macos'
    return 'windows' if system == 'windows' else 'linux'


def engine_named(command: str | None) -> Engine | None:
    """Return the engine whose client a command or path is; None for another program."""
    stem = PureWindowsPath(command or '').stem.lower()
    return next((engine for engine in ENGINES if engine == stem), None)


def _in_range(version: str | None, since: str | None, before: str | None) -> bool:
    if version is None:
        return True
    number = _number(version)
    return (since is None or number >= _number(since)) and (
        before is None or number < _number(before)
    )


def _number(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, such as (2, 91, 0); a missing patch is 0."""
    return tuple(map(int, [*re.findall(r'\d+', version), '0', '0'][:3]))


def fill_text(template: str, value_of: Callable[[str], str]) -> str:
    """Return a text with its `{names}` filled by what `value_of` returns for each, unquoted."""
    return _PLACEHOLDER.sub(lambda match: value_of(match[1]), template)


def fill_command(
    template: str, value_of: Callable[[str], str], platform: Platform | None = None
) -> str:
    """Return a text between backticks with its `{names}` filled, and quoted for the shell.

    `value_of` returns the value of a name. A text without a blank is a name or a file rather than
    a command, and isn't quoted. `platform` is None where it isn't known: POSIX shells.
    """
    if ' ' not in template:
        return fill_text(template, value_of)
    words = list[str]()
    for word in _WORD.findall(template):
        filled = _fill_word(word, value_of, platform)
        # PowerShell shows a quoted text that begins a command, instead of running it.
        begins = ''.join(words).rstrip()[-1:] in ('', '|', ';')
        called = begins and filled[:1] == "'" != word[:1] and platform == 'windows'
        words.append(f'& {filled}' if called else filled)
    return ''.join(words)


def quote_word(text: str, platform: Platform | None = None) -> str:
    """Return a text as one word of a command: for PowerShell on Windows, else for POSIX shells."""
    if _SAFE.fullmatch(text) and text:
        return text
    if platform == 'windows':
        # Versions of PowerShell before 7.3 don't pass a double quote on as it is.
        text = text.replace('"', '')
        return "'" + re.sub(f'([{_SINGLE_QUOTES}])', r'\1\1', text) + "'"
    return shlex.quote(text)


def _fill_word(word: str, value_of: Callable[[str], str], platform: Platform | None) -> str:
    unsafe = False

    def filled(match: re.Match[str]) -> str:
        nonlocal unsafe
        value, quote = value_of(match[1]), _open_quote(word[: match.start()])
        if match[1] in _FRAGMENTS and not quote:
            return value
        if value.startswith(_NO_VALUE) and match.start() == len(quote):
            return match[1].upper()
        if quote:  # the value must not end the quotes, nor be more than text in them
            return _IN_QUOTES[quote].sub('', value)
        unsafe = unsafe or not _SAFE.fullmatch(value)
        return value

    text = _PLACEHOLDER.sub(filled, word)
    return quote_word(text, platform) if unsafe else text


def _open_quote(text: str) -> str:
    """Return the quote that is open at the end of a text, '' outside of quotes."""
    quote = ''
    for character in text:
        if character in ('"', "'") and quote in ('', character):
            quote = '' if quote else character
    return quote


def code_parts(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a text; True stands with those between backticks, such as commands."""
    return [(number % 2 == 1, part) for number, part in enumerate(text.split('`')) if part]


def numbered(texts: Iterable[str]) -> list[str]:
    """Return solutions with their numbers, such as `1. Wait.`."""
    return [f'{number}. {text}' for number, text in enumerate(texts, 1)]
