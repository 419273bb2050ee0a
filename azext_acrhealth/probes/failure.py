# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What went wrong at the edge of the world, as a kind that a check can map to a problem, and the words it came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """A failure of a probe. `kind` is one of those that the probe documents.

    `text` tells what happened.

    `said` holds a library's own words, where they are not for everybody.
    """

    kind: str
    text: str
    said: str = ''


# What requests and urllib3 raise for a proxy setting; their words repeat its login.
PROXY_SETTINGS = ('InvalidProxyURL', 'LocationParseError', 'InvalidURL')
UNREADABLE_PROXY = 'the proxy setting cannot be read'
Table = Sequence[tuple[type[BaseException], str]]


def translate(error: BaseException, table: Table) -> Failure:
    """Translate an exception by an ordered table, most specific first.

    The table's last row must take the rest.
    """
    for kind_of_error, kind in table:
        if isinstance(error, kind_of_error):
            return Failure(kind, f'{error}' or type(error).__name__)
    raise error


def innermost(error: BaseException) -> str:
    """Return what the system said at the bottom of an exception that libraries have wrapped, in its own words."""
    from http.client import IncompleteRead

    seen: list[BaseException] = []
    below: BaseException | None = error
    while below is not None and below not in seen:
        if type(below).__name__ in PROXY_SETTINGS:
            return UNREADABLE_PROXY
        seen.append(below)
        inner = (
            getattr(below, 'inner_exception', None),
            getattr(below, 'reason', None),
            *below.args,
            below.__cause__,
        )
        below = next((one for one in inner if isinstance(one, BaseException)), None)
    last = seen[-1]
    if isinstance(last, IncompleteRead):
        return 'the answer broke off'
    return str(getattr(last, 'strerror', None) or last).strip() or type(last).__name__
