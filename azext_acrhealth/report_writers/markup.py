# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Build HTML in which every text is escaped, unless it was built here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = ('br', 'col')


class Markup(str):
    """HTML that needs no more escaping."""


# None is left out, so that a part can be optional.
Content: TypeAlias = Iterable['Content'] | str | None


def element(tag: str, *content: Content, **attributes: str | None) -> Markup:
    """Return an element.

    An attribute of None is left out; `_` in its name is `-`, and one at the end is removed.
    """
    given = ''.join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f'<{tag}{given}>' + ('' if tag in _VOID else f'{join(content)}</{tag}>'))


def join(content: Content) -> Markup:
    """Return content as HTML."""
    if content is None:
        return Markup('')
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(escape(content))
    return Markup(''.join(join(part) for part in content))
