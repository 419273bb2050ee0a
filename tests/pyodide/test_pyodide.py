# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The package on CPython 3.14: it compiles, imports beside the CLI, and runs what is offline.

Pyodide has no processes, threads, or sockets, so it can't run the checks themselves.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sysconfig
from typing import Any

import pytest

from tests.acceptance.components import lacks, need
from tests.build import PROJECT
from tests.our_cli import az, fixture_settings  # noqa: F401

PYODIDE = PROJECT / '.venv' / 'pyodide' / 'node_modules' / 'pyodide'
RUN = pathlib.Path(__file__).with_name('run.mjs')
SECONDS = 900


def probe(project: pathlib.Path) -> dict[str, Any]:
    """Return what `probe.py` finds for a project."""
    node = need('node')
    if not PYODIDE.is_dir():
        lacks('Pyodide is not installed: run `make .venv/pyodide`')
    command = [node, str(RUN), str(PYODIDE), sysconfig.get_path('purelib'), str(project)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(name='found', scope='module')
def fixture_found() -> dict[str, Any]:
    return probe(PROJECT)


def test_its_python_is_the_embedded_one(found: dict[str, Any]) -> None:
    assert found['python'].startswith('3.14.')


def test_all_modules_compile_without_a_warning(found: dict[str, Any]) -> None:
    package = PROJECT / 'azext_acrhealth'
    modules = {path.relative_to(PROJECT).as_posix() for path in package.rglob('*.py')}
    assert set(found['modules']) == modules
    assert found['compiling'] == {}


def test_all_modules_import_without_a_warning(found: dict[str, Any]) -> None:
    assert found['importing'] == {}


@pytest.mark.usefixtures('settings')
def test_offline_commands_do_what_they_do_here(found: dict[str, Any]) -> None:
    assert len(found['runs']) == 4
    for run in found['runs']:
        here = az('acrhealth', *run['arguments'], '-o', 'json')
        expected = json.loads(here.stdout or 'null')
        # The solutions that fit depend on the platform.
        assert without_solutions(run['result']) == without_solutions(expected)
        assert run['status'] == here.status
        assert run['error'] == (here.error and str(here.error))


def without_solutions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_solutions(value[key]) for key in value if key != 'solutions'}
    return [without_solutions(part) for part in value] if isinstance(value, list) else value


def test_a_warning_and_an_error_are_noticed(tmp_path: pathlib.Path) -> None:
    for folder in ('azext_acrhealth', 'tests'):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=only_python)
    package = tmp_path / 'azext_acrhealth'
    # A SyntaxWarning since 3.14 (PEP 765).
    old = 'def f():\n    try:\n        pass\n    finally:\n        return 1\n'
    (package / 'old.py').write_text(old, encoding='ascii')
    (package / 'gone.py').write_text('from ast import Num\n', encoding='ascii')
    warned = 'import warnings\nwarnings.warn("soon", DeprecationWarning)\n'
    (package / 'warned.py').write_text(warned, encoding='ascii')
    found = probe(tmp_path)
    assert set(found['compiling']) == {'/project/azext_acrhealth/old.py'}
    assert "'return' in a 'finally' block" in found['compiling'].popitem()[1]
    assert 'Num' in found['importing']['azext_acrhealth.gone']
    assert found['importing']['/project/azext_acrhealth/warned.py:2'] == 'soon'


def only_python(folder: str, names: list[str]) -> set[str]:
    """Return the names in a folder that the probe doesn't need."""
    kept = ('.py', '.mjs', '.json')
    return {name for name in names if not name.endswith(kept) and '.' in name}
