# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The wheel, the folder that it is installed in, and a sandbox for each worker."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from collections.abc import Iterator

import filelock
import pytest

from tests.acceptance import azfork
from tests.acceptance.components import lacks, need
from tests.acceptance.runs import check
from tests.build import build
from tests.sandbox.control.sandbox import Sandbox, Unavailable

FORK = 'ACRHEALTH_TEST_FORK'
# Modules that wait for limits; the other workers compute meanwhile.
LONG = (
    'test_limits',
    'test_engines',
    'test_engine_programs',
    'test_endless',
    'test_wait',
    'test_azfork',
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the long modules first, so that no worker is left alone with one at the end."""
    order = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope='session')
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> pathlib.Path:
    """Return a folder that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == 'master' else base.parent


@pytest.fixture(scope='session')
def wheel(shared: pathlib.Path) -> pathlib.Path:
    """Build the wheel once for all workers."""
    folder = shared / 'wheel'
    with filelock.FileLock(str(folder) + '.lock'):
        if not list(folder.glob('*.whl')):
            shutil.rmtree(folder, ignore_errors=True)
            build(folder)
    return next(folder.glob('*.whl'))


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
    folder = shared / 'extensions'
    with filelock.FileLock(str(folder) + '.lock'):
        if not folder.exists():
            finished = sandbox_process.az(
                'extension',
                'add',
                '--source',
                str(wheel),
                '-y',
                login=False,
                env={'AZURE_EXTENSION_DIR': str(folder)},
            )
            assert finished.code == 0, finished.stderr
    return folder


@pytest.fixture(scope='session')
def loaded_modules(
    shared: pathlib.Path, sandbox_process: Sandbox, extension_dir: pathlib.Path
) -> list[str]:
    """Return the libraries that a run of `az` loads; all workers share the list."""
    path = shared / 'loaded-modules.json'
    with filelock.FileLock(f'{path}.lock'):
        if not path.exists():
            sandbox_process.extension_dir = extension_dir
            sandbox_process.reset()
            path.write_text(json.dumps(azfork.loaded_modules(sandbox_process)), encoding='utf-8')
    return list(json.loads(path.read_text(encoding='utf-8')))


@pytest.fixture(scope='session')
def fork_server(sandbox_process: Sandbox, request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `az` fork from a server that has loaded its libraries, if ACRHEALTH_TEST_FORK is set."""
    if not os.environ.get(FORK) or not azfork.is_supported():
        yield
        return
    modules = request.getfixturevalue('loaded_modules')
    with azfork.ForkServer.start(sandbox_process, modules) as server:
        azfork.install(sandbox_process, server)
        yield


@pytest.fixture
def stock(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """Return the worker's sandbox in its default state, with the CLI but without the extension.

    The peers prove that the sandbox is honest, so each of their runs has a new interpreter.
    """
    with azfork.suspended(sandbox_process):
        sandbox_process.extension_dir = None
        sandbox_process.reset()
        sandbox_process.prepare()
        yield sandbox_process


@pytest.fixture
def sandbox(sandbox_process: Sandbox, extension_dir: pathlib.Path, fork_server: None) -> Sandbox:
    """Return the worker's sandbox in its default state, with the extension installed."""
    sandbox_process.extension_dir = extension_dir
    sandbox_process.reset()
    sandbox_process.prepare()
    return sandbox_process


@pytest.fixture(scope='session')
def usual_peak(sandbox_process: Sandbox, extension_dir: pathlib.Path, fork_server: None) -> int:
    """Return the peak memory of a healthy run, in MiB."""
    sandbox_process.extension_dir = extension_dir
    sandbox_process.reset()
    return check(sandbox_process, '-n', 'contoso').finished.peak


@pytest.fixture
def storage(stock: Sandbox) -> Iterator[pathlib.Path]:
    """Put a real registry behind contoso and return its storage folder."""
    need('docker-registry')
    with stock.real_registry('contoso') as folder:
        yield folder
