# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Compile and import the package in Pyodide, beside the Azure CLI, and run commands offline.

`run.mjs` runs it, with the project and the CLI in its file system. The last expression is what the
test gets, in JSON.
"""

from __future__ import annotations

import importlib
import json
import pathlib
import platform
import sys
import tempfile
import warnings
from typing import Any

PROJECT, SITE = pathlib.Path('/project'), '/site'
COMMANDS = (
    ('list-checks',),
    ('error', 'list'),
    ('error', 'explain', '--message', 'manifest unknown: myregistry.azurecr.io/team/app:v1'),
    ('check', '--name', 'not_a_registry'),
)


def compiled(paths: list[pathlib.Path]) -> dict[str, str]:
    """Return the errors of compiling each file, where a warning counts as an error."""
    errors = {}
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for path in paths:
            try:
                compile(path.read_text(encoding='utf-8'), str(path), 'exec')
            except (SyntaxError, Warning) as error:
                errors[str(path)] = repr(error)
    return errors


def imported(paths: list[pathlib.Path]) -> dict[str, str]:
    """Return the errors of importing each module, and the warnings that they cause.

    A warning is a module's own if its code is the last of ours before the warning.
    """
    errors = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for path in paths:
            name = '.'.join(path.relative_to(PROJECT).with_suffix('').parts)
            try:
                importlib.import_module(name.removesuffix('.__init__'))
            except Exception as error:
                errors[name] = repr(error)
    for warning in caught:
        if warning.filename.startswith(str(PROJECT)):
            errors[f'{warning.filename}:{warning.lineno}'] = str(warning.message)
    return errors


def run(arguments: tuple[str, ...]) -> dict[str, Any]:
    """Return how a command of the real CLI ends, in this process."""
    from tests.our_cli import az

    ended = az('acrhealth', *arguments, '-o', 'json')
    return {
        'arguments': arguments,
        'status': ended.status,
        'result': json.loads(ended.stdout or 'null'),
        'error': ended.error and str(ended.error),
    }


def report() -> str:
    """Return all of it."""
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(PROJECT), SITE]
    paths = sorted((PROJECT / 'azext_acrhealth').rglob('*.py'))
    found = {
        'python': platform.python_version(),
        'modules': [str(path.relative_to(PROJECT)) for path in paths],
        'compiling': compiled(paths),
        'importing': imported(paths),
    }
    import pytest

    from tests.our_cli import use_settings_of

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        use_settings_of(pathlib.Path(folder), patched)
        return json.dumps({**found, 'runs': [run(arguments) for arguments in COMMANDS]})


report()
