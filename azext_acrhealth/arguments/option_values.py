# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The settings of options whose values are listed, or are times."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern

_NUMBER = r'\d+(?:\.\d+)?'
_TIME = lazy_pattern(
    rf'(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m)?(?:(?P<s>{_NUMBER})s)?', re.ASCII
)
_UNITS = {'h': 3600, 'm': 60, 's': 1}


def any_of(values: Iterable[str]) -> dict[str, Any]:
    """Return the settings of an option that takes several of these values, in any case."""
    spellings = {value.lower(): value for value in values}
    return {
        'nargs': '+',
        'action': 'extend',
        'choices': list(spellings.values()),
        'type': lambda text: spellings.get(text.lower()) or _shown(text),
    }


class _Unlisted:
    """The values of an option, looked up when it is used.

    They are false as a Boolean, so that the help doesn't list them.
    """

    def __init__(self, values: Callable[[], Iterable[str]]) -> None:
        self._values = values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __contains__(self, value: object) -> bool:
        return value in list(self._values())

    def __bool__(self) -> bool:
        return False

    def spell(self, text: str) -> str:
        """Return the value that a text spells in any case, or the text, fit to be shown."""
        spelled = next((value for value in self if value.lower() == text.lower()), None)
        return spelled or _shown(text)

    def complete(self, **_: Any) -> list[str]:
        """Return the values, of which the shell picks those that fit."""
        return list(self)


def any_unlisted(values: Callable[[], Iterable[str]], metavar: str) -> dict[str, Any]:
    """Return the settings of an option whose values are too many for its help.

    `values` returns them. The parser would look them up for a `metavar` of its own.
    """
    choices = _Unlisted(values)
    return {
        'nargs': '+',
        'action': 'extend',
        'choices': choices,
        'type': choices.spell,
        'completer': choices.complete,
        'metavar': metavar,
    }


def completer_of(values: Iterable[str]) -> Callable[..., Any]:
    """Return what completes an option's value to one of these."""
    from argcomplete.completers import ChoicesCompleter

    completer: Callable[..., Any] = ChoicesCompleter(list(values))  # type: ignore[no-untyped-call]
    return completer


def parse_seconds(text: str) -> float:
    """Return the seconds that a text such as 90, 90s, 1.5m or 1h30m states.

    Raises ArgumentTypeError for what states none. The validator rejects numbers out of range.
    """
    match = _TIME.fullmatch(text.strip().lower())
    if match and match[0]:
        return sum(float(number) * _UNITS[unit] for unit, number in match.groupdict('0').items())
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(
            f"'{_shown(text)}' isn't a time. Use a number of seconds, or units of h, m, and s, "
            'such as 90, 90s, or 1m30s.'
        ) from None


def _shown(text: str) -> str:
    """Return a text that the parser's error message shows, which a stream may not encode."""
    from azext_acrhealth.redaction import sanitize

    return str(sanitize(text))
