# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The formats of --report."""

from __future__ import annotations

import pytest

from azext_acrhealth.report_writers.writers import WRITERS
from tests.report_writers.sample import CONTOSO, build, results


def test_the_formats() -> None:
    assert list(WRITERS) == ['.html', '.xml', '.md', '.json']


@pytest.mark.parametrize('ending', WRITERS)
def test_each_ends_with_a_line_break(ending: str) -> None:
    text = WRITERS[ending](build(results(), CONTOSO), False)
    assert text.endswith('\n') and 'contoso' in text
