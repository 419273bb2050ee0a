# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of `compare`: two saved results, read within bounds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from azext_acrhealth.arguments.errors import invalid_value
from azext_acrhealth.arguments.text_sources import (
    MEBIBYTE,
    STANDARD_INPUT,
    Failures,
    read_source,
    source_error,
)
from azext_acrhealth.compare.difference import Pair
from azext_acrhealth.compare.saved_result import SavedResult
from azext_acrhealth.redaction import sanitize

LONGEST = 64 * MEBIBYTE
# For a pipe, whose writer may never end.
_SECONDS = 60.0
_SAVE = 'Save the result as JSON: `az acrhealth check --name REGISTRY --output json > result.json`.'
_HOW = f'Specify two files: `az acrhealth compare --files FILE1 FILE2`. {_SAVE}'
# Why a source can't be compared, and what to do.
_FAILURES: Failures = {
    'Nothing': ('{source} is a terminal or closed, so there is no result to read.', _HOW),
    'NotFound': ("{source} doesn't exist.", 'Check the path in --files.'),
    'Unreadable': ("{source} can't be read: {text}.", 'Check the path and its permissions.'),
    'TooLong': (
        f'{{source}} is larger than {LONGEST // MEBIBYTE} MiB.',
        'Compare the results of fewer registries.',
    ),
    'Timeout': (
        f"{{source}} didn't end within {_SECONDS:.0f} seconds.",
        'Save the result to a file, and specify the file.',
    ),
    'Empty': (
        '{source} is empty.',
        f'The command that wrote it printed no result; look at its error message. {_SAVE}',
    ),
    'NotJson': ("{source} isn't JSON: {text}.", f'{_SAVE} Other output formats lack details.'),
    'NotAResult': (
        "{source} is JSON, but isn't a result of `az acrhealth check`.",
        f'{_SAVE} With --query, the output has only a part of the result.',
    ),
    'OtherVersion': (
        "{source} is in version {text} of the result's format, which this version of acrhealth "
        "doesn't read.",
        'Save both results with the same version of acrhealth: `az extension update --name '
        'acrhealth`.',
    ),
}


def parse_files(paths: Sequence[str]) -> Pair:
    """Return the two results. Raises one of the CLI's errors for what can't be compared."""
    from azext_acrhealth.compare.comparison import has_common_checks
    from azext_acrhealth.compare.difference import pair_of

    _validate_paths(paths)
    first, second = (_read(path, label) for path, label in zip(paths, labels(paths)))
    pair = pair_of(first, second)
    if not has_common_checks(pair):
        raise invalid_value(
            f'The results have no check in common: {_content(first)}, and {_content(second)}.',
            'Compare two results of the same registry, or of two machines.',
        )
    return pair


def labels(paths: Sequence[str]) -> list[str]:
    """Return the names by which results are shown: those of the files, if they tell them apart."""
    for shorten in (os.path.basename, str):
        names = [
            'standard input' if path == STANDARD_INPUT else sanitize(shorten(path))
            for path in paths
        ]
        if all(names) and len(set(names)) == len(names):
            return names
    return ['first file', 'second file']


def _validate_paths(paths: Sequence[str]) -> None:
    if any(not path.strip() for path in paths):
        raise invalid_value('A value of --files is empty. A variable might be unset.', _HOW)
    if len(paths) != 2:
        raise invalid_value(
            f'--files requires exactly two files, but {len(paths)} '
            f'{"is" if len(paths) == 1 else "are"} specified.',
            _HOW,
        )
    if _is_same_file(*paths):
        name = 'Standard input' if paths[0] == STANDARD_INPUT else f"'{sanitize(paths[0])}'"
        raise invalid_value(f'{name} is specified twice.', _HOW)


def _is_same_file(first: str, second: str) -> bool:
    if first == second:
        return True
    try:
        return STANDARD_INPUT not in (first, second) and os.path.samefile(first, second)
    except (OSError, ValueError):
        return False


def _read(path: str, label: str) -> SavedResult:
    from azext_acrhealth.compare.saved_result import parse_result, result_error

    source, content = read_source(path, LONGEST, _SECONDS, _FAILURES)
    value = decode_json(content, source)
    error = result_error(value)
    if error:
        version = value.get('schemaVersion') if isinstance(value, dict) else None
        raise source_error(_FAILURES, error, source, str(sanitize(version)))
    return parse_result(value, label)


def decode_json(content: bytes, source: str) -> Any:
    """Return the value of a file in UTF-8 or UTF-16. Raises one of the CLI's errors without one."""
    import json

    from azext_acrhealth.explain.readers.encoding import decode

    text = decode(content).lstrip('\ufeff')
    if not text.strip('\0 \t\r\n'):
        raise source_error(_FAILURES, 'Empty', source)
    try:
        return json.loads(text)
    except RecursionError:
        raise source_error(_FAILURES, 'NotJson', source, 'it is nested too deeply') from None
    except ValueError as error:
        # Only what the decoder says about the position: the text itself can hold anything.
        line, column = getattr(error, 'lineno', None), getattr(error, 'colno', None)
        where = f'the error is in line {line}, column {column}' if line else 'a number is too long'
        raise source_error(_FAILURES, 'NotJson', source, where) from None


def _content(result: SavedResult) -> str:
    """Return what a result is about."""
    names = sorted(result.hosts)
    if not names:
        return f'{result.label} is about its machine only'
    more = f', and {len(names) - 3} more' if len(names) > 3 else ''
    return f'{result.label} is about {", ".join(names[:3])}{more}'
