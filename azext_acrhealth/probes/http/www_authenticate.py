# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the challenges of an answer (RFC 9110, sections 5.6 and 11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A registry's challenge has some 200 characters; headers may hold megabytes.
LONGEST = 32 * 1024

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = re.compile(r'[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))')
_SPACE = re.compile(r'[ \t]*')
_COMMAS = re.compile(r'[ \t]*(?:,[ \t]*)*')
_EQUALS = re.compile(r'[ \t]*=[ \t]*')
_QUOTED = re.compile(r'"((?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*)"')


class UnreadableChallenge(ValueError):
    """A header that does not follow the grammar."""


@dataclass(frozen=True)
class Challenge:
    """One challenge: its scheme in lower case, and its parameters, names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse(values: Sequence[str]) -> tuple[Challenge, ...]:
    """Parse all WWW-Authenticate lines of an answer. Raises UnreadableChallenge."""
    if sum(map(len, values)) > LONGEST:
        raise UnreadableChallenge(f'longer than {LONGEST} characters')
    return tuple(challenge for value in values for challenge in _line(value))


def _line(value: str) -> list[Challenge]:
    challenges: list[Challenge] = []
    at = _end(_COMMAS, value, 0)
    while at < len(value):
        scheme = _TOKEN.match(value, at)
        if not scheme:
            raise UnreadableChallenge(f'no scheme at character {at + 1}')
        at = scheme.end()
        parameters: dict[str, str] = {}
        if at < len(value) and value[at] in ' \t':
            at = _end(_SPACE, value, at)
            whole = _TOKEN68.match(value, at)
            if whole:  # an opaque token, or a lone word: either way no parameters
                at = whole.end()
            else:
                at = _parameters(value, at, parameters)
        challenges.append(Challenge(scheme[0].lower(), parameters))
        at = _separator(value, at)
    return challenges


def _parameters(value: str, at: int, parameters: dict[str, str]) -> int:
    while at < len(value):
        name = _TOKEN.match(value, at)
        equals = _EQUALS.match(value, name.end()) if name else None
        if not name or not equals:
            return at  # the next challenge's scheme begins here, or nonsense that _line refuses
        at, text = _value(value, equals.end())
        key = name[0].lower()
        if parameters.setdefault(key, text) != text:
            raise UnreadableChallenge(f'two values for {key}')
        after = _separator(value, at)
        if after == len(value) or not _EQUALS.match(value, _end(_TOKEN, value, after)):
            return at
        at = after
    return at


def _value(value: str, at: int) -> tuple[int, str]:
    quoted = _QUOTED.match(value, at)
    if quoted:
        return quoted.end(), re.sub(r'\\(.)', r'\1', quoted[1])
    token = _TOKEN.match(value, at)
    if not token:
        raise UnreadableChallenge(f'no value at character {at + 1}')
    return token.end(), token[0]


def _separator(value: str, at: int) -> int:
    """Step over the comma that must stand between two elements of a list."""
    after = _end(_COMMAS, value, at)
    if after < len(value) and ',' not in value[at:after]:
        raise UnreadableChallenge(f'no comma at character {at + 1}')
    return after


def _end(pattern: re.Pattern[str], value: str, at: int) -> int:
    match = pattern.match(value, at)
    return match.end() if match else at
