# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse the challenges of a response (RFC 9110, sections 5.6 and 11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern

# A registry's challenge has about 200 characters; a malicious header may have megabytes.
LONGEST = 32 * 1024

_TOKEN = lazy_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = lazy_pattern(r'[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))')
_SPACE = lazy_pattern(r'[ \t]*')
_COMMAS = lazy_pattern(r'[ \t]*(?:,[ \t]*)*')
_EQUALS = lazy_pattern(r'[ \t]*=[ \t]*')
_QUOTED = lazy_pattern(r'"((?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*)"')


class UnreadableChallenge(ValueError):
    """Raised for a header that does not follow the grammar."""


class Challenge(NamedTuple):
    """A challenge: its scheme and the names of its parameters are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = MappingProxyType({})


def parse(values: Sequence[str]) -> tuple[Challenge, ...]:
    """Parse all WWW-Authenticate lines of a response.

    Raises UnreadableChallenge when they don't follow the grammar or are longer than 32 KiB.
    """
    if sum(map(len, values)) > LONGEST:
        raise UnreadableChallenge(f'longer than {LONGEST} characters')
    return tuple(challenge for value in values for challenge in _parse_line(value))


def _parse_line(value: str) -> list[Challenge]:
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
            token68 = _TOKEN68.match(value, at)
            if token68:  # a token68 or a single word: no parameters in either case
                at = token68.end()
            else:
                at = _parse_parameters(value, at, parameters)
        challenges.append(Challenge(scheme[0].lower(), parameters))
        at = _skip_separator(value, at)
    return challenges


def _parse_parameters(value: str, at: int, parameters: dict[str, str]) -> int:
    while at < len(value):
        name = _TOKEN.match(value, at)
        equals = _EQUALS.match(value, name.end()) if name else None
        if not name or not equals:
            return at  # the next challenge's scheme, or an error that _parse_line raises
        at, text = _parse_value(value, equals.end())
        key = name[0].lower()
        if parameters.setdefault(key, text) != text:
            raise UnreadableChallenge(f'two values for {key}')
        after = _skip_separator(value, at)
        if after == len(value) or not _EQUALS.match(value, _end(_TOKEN, value, after)):
            return at
        at = after
    return at


def _parse_value(value: str, at: int) -> tuple[int, str]:
    quoted = _QUOTED.match(value, at)
    if quoted:
        return quoted.end(), re.sub(r'\\(.)', r'\1', quoted[1])
    token = _TOKEN.match(value, at)
    if not token:
        raise UnreadableChallenge(f'no value at character {at + 1}')
    return token.end(), token[0]


def _skip_separator(value: str, at: int) -> int:
    """Return the position after the comma that is required between two elements of a list."""
    after = _end(_COMMAS, value, at)
    if after < len(value) and ',' not in value[at:after]:
        raise UnreadableChallenge(f'no comma at character {at + 1}')
    return after


def _end(pattern: re.Pattern[str], value: str, at: int) -> int:
    match = pattern.match(value, at)
    return match.end() if match else at
