# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The search for cyclic garbage pauses in a process that ends after our command, in no other."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from azext_acrhealth import garbage_collection

# What `python -m azure.cli` and other programs run here: the module alone, without the CLI.
PROGRAM = f"""
import gc, importlib.util
before = gc.get_freeze_count()  # not 0 since Python 3.12
spec = importlib.util.spec_from_file_location('it', {garbage_collection.__file__!r})
it = importlib.util.module_from_spec(spec)
spec.loader.exec_module(it)
it.pause()
print(gc.isenabled(), end=' ')
it.resume()
print(gc.isenabled(), end=' ')
import atexit
atexit._run_exitfuncs()
print(gc.get_freeze_count() > before)
"""


@pytest.mark.parametrize(
    'module, arguments, printed',
    [
        ('azure.cli', ['acrhealth', 'check'], 'False True True'),
        ('azure.cli', ['acrhealth'], 'False True True'),
        ('azure.cli', ['interactive'], 'True True False'),
        ('azure.cli', ['vm', 'list', '-n', 'acrhealth'], 'True True False'),
        ('azure.cli', [], 'True True False'),
        ('other.program', ['acrhealth', 'check'], 'True True False'),
    ],
)
def test_pause(tmp_path: pathlib.Path, module: str, arguments: list[str], printed: str) -> None:
    folder = tmp_path.joinpath(*module.split('.'))
    folder.mkdir(parents=True)
    for package in (folder, *folder.relative_to(tmp_path).parents):
        (tmp_path / package / '__init__.py').touch()
    (folder / '__main__.py').write_text(PROGRAM, encoding='utf-8')
    (tmp_path / '__init__.py').unlink()
    finished = subprocess.run(
        [sys.executable, '-m', module, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == printed


def test_a_program_that_imports_the_extension_keeps_its_garbage_collection() -> None:
    lines = ('import gc, sys', 'sys.argv[1:] = ["acrhealth"]', 'import azext_acrhealth')
    code = '; '.join((*lines, 'print(gc.isenabled())'))
    finished = subprocess.run(
        [sys.executable, '-c', code],
        cwd=pathlib.Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == 'True'
