# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The content of folders."""

from __future__ import annotations

import hashlib
import pathlib


def file_hashes(folder: pathlib.Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, by its relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob('*')
        if path.is_file()
    }
