# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the script of a pull as Azure does: by a shell, in a folder with the files of the archive."""

from __future__ import annotations

import base64
import io
import os
import pathlib
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from typing import Optional

import pytest

from azext_acrhealth.probes.cluster.pull_command import PullCommand


def shell_folder(shell: str, folder: pathlib.Path) -> pathlib.Path:
    """Return a folder in which `sh` is a shell, or skip the test."""
    path = shutil.which(shell)
    if not path:
        pytest.skip(f'no {shell}')
    folder.mkdir()
    (folder / 'sh').symlink_to(path)
    return folder


def unpack(command: PullCommand, folder: pathlib.Path) -> None:
    """Unpack the files of a command."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(command.files))) as archive:
        archive.extractall(folder)


def run_script(
    command: PullCommand,
    folder: pathlib.Path,
    shell: str = 'dash',
    ready: Optional[Callable[[], bool]] = None,
) -> tuple[int, str]:
    """Run a command to its end, and return its exit code and its output.

    With `ready`, it gets SIGTERM once that is true, as when its pod is deleted.
    """
    unpack(command, folder)
    shells = shell_folder(shell, folder / 'shells')
    with subprocess.Popen(
        [str(shells / 'sh'), '-c', f'exec {command.line}'],
        cwd=folder,
        env={**os.environ, 'PATH': f'{shells}{os.pathsep}{os.environ["PATH"]}'},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        if ready:
            until = time.monotonic() + 30
            while not ready() and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=120)
    return process.returncode, output
