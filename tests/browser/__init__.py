# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Open pages in a real browser, without a screen."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Optional

# Where the Makefile installs the packages of package.json.
FOLDER = pathlib.Path(sys.prefix) / 'browser'
_SCRIPT = pathlib.Path(__file__).with_name('inspect.mjs')
_SECONDS = 300
_BROWSERS = ('chromium', 'google-chrome')


def missing() -> Optional[str]:
    """Return what the browser needs and this machine lacks; None if all is there."""
    if not shutil.which('node'):
        return 'node is not installed'
    if not _browser():
        return 'chromium is not installed'
    if not (FOLDER / 'node_modules').is_dir():
        return 'playwright-core and axe-core are not installed: run `make .venv/browser/ready`'
    return None


def inspect(pages: Sequence[pathlib.Path], screenshots: pathlib.Path) -> dict[str, Any]:
    """Open pages at three widths and in the dark, with a screenshot of each, and print them.

    Return for each, by its name and by light or dark, what inspect.mjs saw.
    """
    screenshots.mkdir(exist_ok=True)
    finished = subprocess.run(
        ['node', str(_SCRIPT), str(FOLDER), str(screenshots), *map(str, pages)],
        env={**os.environ, 'CHROMIUM': _browser() or ''},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


def _browser() -> Optional[str]:
    return next(filter(None, map(shutil.which, _BROWSERS)), None)
