# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the file, or standard input, that an option names, and reject what can't be read."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.arguments.errors import file_error, invalid_value
from azext_acrhealth.redaction import sanitize

# By the kind of a failure: a message with `{source}` and `{text}`, and a recommendation.
Failures = Mapping[str, tuple[str, str]]
MEBIBYTE = 1024 * 1024
STANDARD_INPUT = '-'


def read_source(path: str, longest: int, seconds: float, failures: Failures) -> tuple[str, bytes]:
    """Return what a source is called in messages, and its content: `longest` bytes at most.

    `seconds` are for a pipe, whose writer may never end. Raises one of the CLI's errors for what
    can't be read.
    """
    from azext_acrhealth.probes.local.text_source import read_file_or_pipe, read_standard_input

    if path == STANDARD_INPUT:
        source, read = 'Standard input', read_standard_input(longest, seconds)
    else:
        source, read = f"'{sanitize(path)}'", read_file_or_pipe(path, longest, seconds)
    if read.failure:
        raise source_error(failures, read.failure, source, read.text)
    return source, read.content


def source_error(failures: Failures, kind: str, source: str, text: str = '') -> Exception:
    """Return the error for a kind of failure."""
    message, recommendation = failures[kind]
    filled = message.replace('{source}', source).replace('{text}', text)
    if kind in ('NotFound', 'Unreadable'):
        return file_error(filled, recommendation)
    return invalid_value(filled, recommendation)
