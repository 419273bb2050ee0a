# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Remove what loggers and pipelines put before each line, and join lines that were wrapped."""

from __future__ import annotations

from azext_acrhealth.lazy_patterns import lazy_pattern

_TIME = r'\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?'
# Timestamps of GitHub Actions and Azure Pipelines, `#12 0.345` of BuildKit, `> ` of a quotation,
# `app_1  | ` of Compose, `##[error]` of Azure Pipelines, `|` of rustc-like boxes of Terraform.
_PREFIX = lazy_pattern(
    rf'^(?:\[?{_TIME}\]?:? |#\d{{1,4}} \d{{1,5}}\.\d{{1,4}} |> ?|[|\u2502\u2575\u2577] ?'
    r'|##\[\w{1,12}\]|[\w.-]{1,40} {1,20}\| )'
)
_SPACES = lazy_pattern(r' {2,}')
_LONGEST_LINE = 8192


def clean_lines(text: str) -> str:
    """Return a text whose lines have no prefix, no indentation and single spaces."""
    lines = []
    for line in text.split('\n'):
        line = line.strip()
        for _ in range(3):
            shorter = _PREFIX.sub('', line, count=1).lstrip()
            if shorter == line:
                break
            line = shorter
        if line:
            lines += [line[at : at + _LONGEST_LINE] for at in range(0, len(line), _LONGEST_LINE)]
    return _SPACES.sub(' ', '\n'.join(lines))


def join_wrapped(text: str) -> str:
    """Return a text without its line breaks, as a terminal that wraps words needs it read."""
    return text.replace('\n', '')
