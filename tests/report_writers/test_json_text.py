# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The JSON file."""

from __future__ import annotations

import json

from azext_acrhealth.report_writers.json_text import render
from tests.report_writers.sample import CONTOSO, bad, build, results


def test_it_is_the_report_as_the_cli_prints_it() -> None:
    report = build(results(dns=bad('é')), CONTOSO)
    printed = render(report, False)
    assert json.loads(printed) == report
    assert printed.startswith('{\n  "checks": [\n    {') and 'é' in printed
