# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Declare the arguments of `check` that write the result to files."""

from __future__ import annotations

from typing import Any


def declare_output_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
    from argcomplete.completers import FilesCompleter

    c.extra(
        'reports',
        options_list=['--report'],
        nargs='+',
        action='extend',
        metavar='FILE',
        completer=FilesCompleter(),  # type: ignore[no-untyped-call]  # it has no types
        help='Files to write the result to, whether it is healthy or not. The ending selects the '
        'format: .html for a page to read and print, .xml for JUnit, .md for a summary in a '
        'pipeline or pull request, and .json for the result itself. The output stays the same.',
    )
