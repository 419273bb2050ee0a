# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where `make` puts the stock azure-identity (tests/requirements-identity.txt): in no interpreter's way."""

from __future__ import annotations

import pathlib
import sys

FOLDER = pathlib.Path(sys.prefix) / 'identity'
MISSING = f'azure-identity is not in {FOLDER.name}: make {FOLDER.parent.name}/identity/ready'


def there() -> bool:
    """Say whether it is installed."""
    return (FOLDER / 'azure' / 'identity').is_dir()


def variables() -> dict[str, str]:
    """Return what lets a Python, the CLI's too, find it."""
    return {'PYTHONPATH': str(FOLDER)}
