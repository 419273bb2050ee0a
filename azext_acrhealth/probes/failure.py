# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Failures of probes: a kind that a check maps to a problem, and a text for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Kind = TypeVar('Kind', bound=str)
K_co = TypeVar('K_co', bound=str, covariant=True)


@dataclass(frozen=True)
class Failure(Generic[K_co]):
    """A failure of a probe: a kind that the probe documents, and a text that says what happened.

    Each probe has a `Literal` of its kinds. The type is covariant: a failure of one phase is also a
    failure of the phases that depend on it. `library_message` is the library's own message,
    where it differs from `text`; empty otherwise.
    """

    kind: K_co
    text: str
    library_message: str = ''


# What requests and urllib3 raise for an invalid proxy setting; their messages repeat its login.
PROXY_ERRORS = ('InvalidProxyURL', 'LocationParseError', 'InvalidURL')
INVALID_PROXY_TEXT = 'the proxy setting is invalid'
Table = Sequence[tuple[type[BaseException], Kind]]


def translate(error: BaseException, table: Table[Kind]) -> Failure[Kind]:
    """Return the failure of the first row whose exception type matches.

    Raises the exception again when no row matches, so the last row should match all others.
    """
    for error_type, kind in table:
        if isinstance(error, error_type):
            return Failure(kind, f'{error}' or type(error).__name__)
    raise error


def innermost_message(error: BaseException) -> str:
    """Return the message of the innermost exception, usually the system's, without the wrappers."""
    from http.client import IncompleteRead

    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        if type(current).__name__ in PROXY_ERRORS:
            return INVALID_PROXY_TEXT
        chain.append(current)
        candidates = (
            getattr(current, 'inner_exception', None),
            getattr(current, 'reason', None),
            *current.args,
            current.__cause__,
        )
        current = next((value for value in candidates if isinstance(value, BaseException)), None)
    last = chain[-1]
    if isinstance(last, IncompleteRead):
        return 'the response was truncated'
    return str(getattr(last, 'strerror', None) or last).strip() or type(last).__name__
