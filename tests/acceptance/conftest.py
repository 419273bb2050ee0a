# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The wheel, the folder it is installed in, and a sandbox for each worker."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator

import filelock
import pytest

from tests.acceptance.components import lacks
from tests.build import build
from tests.sandbox.control.sandbox import Sandbox, Unavailable


@pytest.fixture(scope='session')
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> pathlib.Path:
    """Return a folder that all workers of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == 'master' else base.parent


@pytest.fixture(scope='session')
def wheel(shared: pathlib.Path) -> pathlib.Path:
    """Build the wheel once, from a copy of the tree."""
    place = shared / 'wheel'
    with filelock.FileLock(str(place) + '.lock'):
        if not list(place.glob('*.whl')):
            shutil.rmtree(place, ignore_errors=True)
            build(place)
    return next(place.glob('*.whl'))


@pytest.fixture(scope='session')
def sandbox_process() -> Iterator[Sandbox]:
    """Run one sandbox for all tests of a worker."""
    try:
        with Sandbox.start() as running:
            yield running
    except Unavailable as reason:
        lacks(str(reason))


@pytest.fixture(scope='session')
def extension_dir(
    shared: pathlib.Path, wheel: pathlib.Path, sandbox_process: Sandbox
) -> pathlib.Path:
    """Install the wheel once, by the CLI itself, where there is no network."""
    place = shared / 'extensions'
    with filelock.FileLock(str(place) + '.lock'):
        if not place.exists():
            done = sandbox_process.az(
                'extension',
                'add',
                '--source',
                str(wheel),
                '-y',
                login=False,
                env={'AZURE_EXTENSION_DIR': str(place)},
            )
            assert done.code == 0, done.stderr
    return place


@pytest.fixture
def stock(sandbox_process: Sandbox) -> Sandbox:
    """Return the worker's sandbox in its default world, with the CLI as it is, without the extension."""
    sandbox_process.extension_dir = None
    sandbox_process.reset()
    sandbox_process.prepare()
    return sandbox_process


@pytest.fixture
def sandbox(sandbox_process: Sandbox, extension_dir: pathlib.Path) -> Sandbox:
    """Return the worker's sandbox in its default world, with the extension installed."""
    sandbox_process.extension_dir = extension_dir
    sandbox_process.reset()
    sandbox_process.prepare()
    return sandbox_process
