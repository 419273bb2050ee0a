# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reading: all forms at once, in the right order."""

from __future__ import annotations

from azext_acrhealth.explain.readers import fold, read


def test_all_forms_at_once() -> None:
    text = (
        '2026-01-05T10:00:00Z \x1b[31m##[error]\\u0022Failed to pull image \\\\\\"x\\\\\\"\\u0022'
        '\\n  denied\x1b[0m'
    )
    assert read(text, ()) == '"Failed to pull image "x"\ndenied'


def test_folding_keeps_the_length() -> None:
    for text in ('ABC İ ẞ', 'Straße', 'ĲǅΣ'):
        assert len(fold(text)) == len(text)
