# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real container engines inside a sandbox, with their own storage: dockerd, rootful podman."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

from tests.sandbox.control.sandbox import Sandbox

START_SECONDS = 30.0
DAEMON_ARGUMENTS = (
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--storage-driver=vfs',
)


@contextlib.contextmanager
def dockerd(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """Run a Docker daemon that resolves and trusts what the sandbox has; yield its variables."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='dockerd-'))
    address = f'unix://{folder}/docker.sock'
    command = [
        'dockerd',
        *DAEMON_ARGUMENTS,
        f'--data-root={folder}/data',
        f'--exec-root={folder}/exec',
        f'--pidfile={folder}/pid',
        '-H',
        address,
    ]
    with open(folder / 'log', 'w', encoding='utf-8') as log:
        process = subprocess.Popen(
            [*sandbox.info['enter'], *command],
            stdout=log,
            stderr=log,
            env=sandbox.variables(),
        )
    variables = {'DOCKER_HOST': address}
    try:
        until = time.monotonic() + START_SECONDS
        while sandbox.run(['docker', 'version'], env=variables, timeout=10).code != 0:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / 'log').read_text(encoding='utf-8')[-2000:])
            time.sleep(0.1)
        yield variables
    finally:
        # Killed, it would leave its containerd running.
        process.terminate()
        process.wait(START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def podman(_sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """Yield the variables with which podman keeps everything in a folder of its own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='podman-'))
    (folder / 'storage.conf').write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/data"\nrunroot = "{folder}/run"\n',
        encoding='ascii',
    )
    (folder / 'containers.conf').write_text(
        '[engine]\nevents_logger = "file"\ncgroup_manager = "cgroupfs"\n', encoding='ascii'
    )
    try:
        # The machine's own logins must not be used.
        (folder / 'auth.json').write_text('{}', encoding='ascii')
        yield {
            'DOCKER_COMMAND': 'podman',
            'REGISTRY_AUTH_FILE': f'{folder}/auth.json',
            'CONTAINERS_STORAGE_CONF': f'{folder}/storage.conf',
            'CONTAINERS_CONF': f'{folder}/containers.conf',
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
