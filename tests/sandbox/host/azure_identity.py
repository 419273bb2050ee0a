# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The unmodified azure-identity library, in its own folder (tests/requirements-identity.txt)."""

from __future__ import annotations

import pathlib
import sys

FOLDER = pathlib.Path(sys.prefix) / 'identity'
MISSING = f'azure-identity is not in {FOLDER.name}: make {FOLDER.parent.name}/identity/ready'


def is_installed() -> bool:
    """Return whether it is installed."""
    return (FOLDER / 'azure' / 'identity').is_dir()


def environment() -> dict[str, str]:
    """Return the variables with which a Python, the CLI's too, finds it."""
    return {'PYTHONPATH': str(FOLDER)}
