# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The formats of --report, by the ending of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azext_acrhealth.report_writers import json_text, junit, markdown, page

# Each returns the text of a file from a report and whether --strict was specified.
Writer = Callable[[Mapping[str, Any], bool], str]
WRITERS: Mapping[str, Writer] = {
    '.html': page.render,
    '.xml': junit.render,
    '.md': markdown.render,
    '.json': json_text.render,
}
