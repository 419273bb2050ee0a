# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Build the wheel from a copy of the sources, without files of an earlier `build/`.

Usage: python tests/build.py FOLDER
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Optional

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ('azext_acrhealth', 'setup.py', 'LICENSE')
EPOCH = 'SOURCE_DATE_EPOCH'
# A wheel records the mode of each file.
UMASK = 0o022


def build(place: pathlib.Path, project: pathlib.Path = PROJECT) -> pathlib.Path:
    """Build the wheel of a project into a folder, without a network, and return its path.

    Of the same sources and commit, it has the same bytes: its times are the commit's, and its
    modes don't depend on the umask.
    """
    commit_time = source_date_epoch(project)
    with tempfile.TemporaryDirectory() as folder:
        copy, built = pathlib.Path(folder, 'sources'), pathlib.Path(folder, 'built')
        copy.mkdir()
        copy_sources(project, copy)
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
                str(built),
                str(copy),
            ],
            check=True,
            env={**os.environ, **({EPOCH: commit_time} if commit_time else {})},
            umask=UMASK,
        )
        wheel = next(built.glob('*.whl'))
        place.mkdir(parents=True, exist_ok=True)
        return pathlib.Path(shutil.copy(wheel, place))


def source_date_epoch(project: pathlib.Path) -> Optional[str]:
    """Return the time of the sources in seconds since 1970, or None outside of a repository.

    The variable of https://reproducible-builds.org/specs/source-date-epoch/ overrides the time of
    the commit.
    """
    if os.environ.get(EPOCH):
        return os.environ[EPOCH]
    try:
        shown = subprocess.run(
            ['git', '-C', str(project), 'log', '-1', '--format=%ct'], capture_output=True, text=True
        )
    except FileNotFoundError:
        return None
    return shown.stdout.strip() or None


def copy_sources(project: pathlib.Path, copy: pathlib.Path) -> None:
    """Copy what the wheel is built from, with modes that don't depend on the umask."""
    for name in SOURCES:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(source, copy / name)
    for path in copy.rglob('*'):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == '__main__':
    print(build(pathlib.Path(sys.argv[1]).resolve()))
