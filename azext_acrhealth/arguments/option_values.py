# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The settings of options whose values are listed, or are times."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from typing import Any

_NUMBER = r'\d+(?:\.\d+)?'
_TIME = re.compile(rf'(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m)?(?:(?P<s>{_NUMBER})s)?', re.ASCII)
_UNITS = {'h': 3600, 'm': 60, 's': 1}


def any_of(values: Iterable[str]) -> dict[str, Any]:
    """Return the settings of an option that takes several of these values, in any case."""
    spellings = {value.lower(): value for value in values}
    return {
        'nargs': '+',
        'action': 'extend',
        'choices': list(spellings.values()),
        'type': lambda text: spellings.get(text.lower(), text),
    }


class _Unlisted(list[str]):
    """Values that the parser knows, and that the help leaves out because they count as none."""

    def __bool__(self) -> bool:
        return False


def any_unlisted(values: Iterable[str]) -> dict[str, Any]:
    """Return the settings of an option whose values are too many for its help."""
    settings = any_of(values)
    choices = settings['choices']
    return {**settings, 'choices': _Unlisted(choices), 'completer': completer_of(choices)}


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
            f"'{text}' isn't a time. Use a number of seconds, or units of h, m, and s, such as "
            '90, 90s, or 1m30s.'
        ) from None
