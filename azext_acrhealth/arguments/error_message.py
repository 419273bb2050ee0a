# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of `error explain`: where the text comes from."""

from __future__ import annotations

from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
)
from azext_acrhealth.arguments.text_sources import (
    MEBIBYTE,
    STANDARD_INPUT,
    Failures,
    read_source,
    source_error,
)

LONGEST = 4 * MEBIBYTE
# For a pipe, whose writer may never end.
_SECONDS = 30.0
_EXPLAIN_PART = 'Explain only the part of the text that has the error, or its last lines.'
_HOW = (
    'Specify the message with --message, its file with --file, or pipe it: `kubectl describe pod '
    'POD | az acrhealth error explain`.'
)
_FAILURES: Failures = {
    'Nothing': ('{source} is a terminal or closed, so there is no message to read.', _HOW),
    'NotFound': ("{source} doesn't exist.", 'Check the path of --file.'),
    'Unreadable': ("{source} can't be read: {text}.", 'Check the path and its permissions.'),
    'TooLong': (
        f'{{source}} is longer than {LONGEST // MEBIBYTE} MiB.',
        _EXPLAIN_PART,
    ),
    'Timeout': (
        f"{{source}} didn't end within {_SECONDS:.0f} seconds.",
        'Pipe a command that ends: kubectl logs without --follow, for example.',
    ),
}


def parse_error_text(message: str | None, path: str | None) -> str:
    """Return the text to explain. Raises one of the CLI's errors without one."""
    if message is not None and path is not None:
        raise conflicting_arguments(
            "--message and --file can't be used together.", 'Remove one of them.'
        )
    if message is not None:
        text = message
        if len(text) > LONGEST:
            raise source_error(_FAILURES, 'TooLong', 'The value of --message')
    else:
        text = _read_source(path)
    if not text.strip('\0 \t\r\n\ufeff'):
        raise invalid_value(
            'The message is empty. A variable might be unset, or a command printed nothing.', _HOW
        )
    return text


def looks_like_message(text: str) -> bool:
    """Return whether a text that should be a name is an error message: several words."""
    return len(text.split()) > 2


def _read_source(path: str | None) -> str:
    from azext_acrhealth.explain.readers.encoding import decode
    from azext_acrhealth.probes.local.text_source import standard_input

    if path is None and standard_input() is None:
        raise missing_argument('No message is specified.', _HOW)
    path = STANDARD_INPUT if path is None else path
    _, content = read_source(path, LONGEST, _SECONDS, _FAILURES)
    return decode(content)
