# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files of --report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from azext_acrhealth.arguments.errors import file_error, invalid_value, reject_empty

_OPTION = '--report'
# Where a shell redirects to, in the spellings of the systems.
_STREAMS = ('-', '/dev/stdout', '/dev/stderr', '/dev/tty', 'con', 'conout$')
_STREAM_FOLDERS = ('/dev/fd/', '/proc/self/fd/')


def parse_report_files(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Return the files to write. Raises one of the CLI's errors if one can't be written."""
    expanded = [_parse(path) for path in paths or ()]
    _reject_repeated(expanded)
    for path in expanded:
        _check_place(path)
    return tuple(expanded)


def _parse(path: str) -> str:
    from azext_acrhealth.report_writers.files import ending
    from azext_acrhealth.report_writers.writers import WRITERS

    reject_empty(_OPTION, path)
    if path.lower() in _STREAMS or path.startswith(_STREAM_FOLDERS):
        raise invalid_value(
            f'{_OPTION} requires a file, because stdout has the result already.',
            'For JSON on stdout, use `-o json`. Otherwise, specify a file, such as report.html.',
        )
    expanded = os.path.expanduser(path)
    if os.path.isdir(expanded) or not os.path.basename(expanded):
        raise invalid_value(
            f"'{path}' is a folder, but {_OPTION} requires a file.",
            f'Specify a file in the folder, such as {os.path.join(path, "report.html")}.',
        )
    if ending(expanded) not in WRITERS:
        *others, last = WRITERS
        raise invalid_value(
            f"The ending of '{path}' isn't one that {_OPTION} knows.",
            f'Specify a file that ends with {", ".join(others)}, or {last}: the ending selects the '
            'format.',
        )
    try:
        os.path.realpath(expanded)
    except OSError as error:
        raise file_error(
            f"'{path}' can't be written, because the current folder doesn't exist any more.",
            'Change to another folder, or specify the full path of the file.',
        ) from error
    return expanded


def _reject_repeated(paths: Iterable[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        file = os.path.normcase(os.path.realpath(path))
        # The file systems of macOS usually ignore case; on Windows, normcase does.
        file = file.casefold() if sys.platform == 'darwin' else file
        if file in seen:
            raise invalid_value(
                f"{_OPTION} names the file '{path}' twice.", 'Specify each file once.'
            )
        seen.add(file)


def _check_place(path: str) -> None:
    from azext_acrhealth.report_writers.files import check_writable

    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise file_error(
            f"'{path}' can't be written, because there is no folder '{folder}'.",
            'Create the folder, or specify a file in another one.',
        )
    try:
        check_writable(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise file_error(
            f"'{path}' can't be written: {reason}.",
            'Check the permissions of the file and of its folder, or specify a file in another '
            'folder.',
        ) from error
