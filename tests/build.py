# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Build the wheel from a copy of the sources, without files of an earlier `build/`.

Usage: python tests/build.py FOLDER
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ('azext_acrhealth', 'setup.py', 'README.md', 'HISTORY.rst', 'LICENSE')


def build(place: pathlib.Path) -> pathlib.Path:
    """Build the wheel into a folder, without a network, and return its path."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for name in SOURCES:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns('__pycache__'))
            else:
                shutil.copy(source, copy / name)
        subprocess.run(
            [
                sys.executable,
                '-m',
                'pip',
                'wheel',
                '--quiet',
                '--no-deps',
                '--no-build-isolation',
                '--no-index',
                '--wheel-dir',
                str(place),
                str(copy),
            ],
            check=True,
        )
    return next(place.glob('acrhealth-*.whl'))


if __name__ == '__main__':
    print(build(pathlib.Path(sys.argv[1]).resolve()))
