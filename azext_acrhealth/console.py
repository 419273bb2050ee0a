# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Act once the CLI has printed the result, such as to write styled text to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from azext_acrhealth.advice import code_parts
from azext_acrhealth.interruption import restore_handlers

# A list of pairs: the name of one of the CLI's styles, and a text.
StyledLine = list[tuple[str, str]]
_MARKS = '✗✓'


def after_output(
    cli_ctx: Any,
    action: Callable[[], None] | None = None,
    error: BaseException | None = None,
) -> None:
    """Call a function, and raise an error, once the CLI has printed the result.

    Only an error changes the exit status.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    def act(_: Any, **__: Any) -> None:
        # Another command of this process must not fail for this one.
        cli_ctx.unregister_event(EVENT_CLI_SUCCESSFUL_EXECUTE, act)
        restore_handlers()
        with suppress(OSError):  # either can be full, or closed
            if sys.stdout:
                sys.stdout.flush()
            if action:
                action()
        if error:
            raise error

    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, act)


def has_color(cli_ctx: Any) -> bool:
    """Return whether text on stderr has color: the CLI allows it, and NO_COLOR isn't set."""
    return bool(cli_ctx.enable_color) and not os.environ.get('NO_COLOR')


def can_show_marks() -> bool:
    """Return whether the encoding of stderr has the marks."""
    return _encodable(_MARKS) == _MARKS


def with_commands(text: str) -> StyledLine:
    """Return a text whose commands, between backticks, have a style of their own."""
    return [
        ('action', f'`{part}`') if is_code else ('primary', part)
        for is_code, part in code_parts(text)
    ]


def write(lines: Iterable[StyledLine], color: bool) -> None:
    """Write lines to stderr; without one, as after `2>&-`, do nothing."""
    if sys.stderr is None:
        return
    from azure.cli.core.style import Style, format_styled_text

    for line in lines:
        styled = [(Style(style), text) for style, text in line]
        text = format_styled_text(styled) if color else ''.join(text for _, text in line)
        sys.stderr.write(_encodable(text) + '\n')
    sys.stderr.flush()


def _encodable(text: str) -> str:
    """Return a text with what the encoding of stderr lacks escaped."""
    encoding = getattr(sys.stderr, 'encoding', None) or 'utf-8'
    return text.encode(encoding, 'backslashreplace').decode(encoding)
