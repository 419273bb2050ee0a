# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a healthy run imports: every module costs CPU time, which users wait for."""

from __future__ import annotations

import json
import pathlib

from tests.acceptance.azfork import run_with_imports
from tests.sandbox.control.sandbox import Sandbox

# Slow to load, and of no use for a healthy registry: the models of what a registry has, the
# asynchronous clients, and what verifies tokens, explains messages, writes reports, and checks
# clusters.
AVOIDED = ('azure.mgmt', 'asyncio', 'cryptography', 'jwt', 'azure.identity', 'multiprocessing')
OURS_AVOIDED = (
    'azext_acrhealth.explain.rules',
    'azext_acrhealth.compare',
    'azext_acrhealth.report_writers',
    'azext_acrhealth.checks.cluster',
    'azext_acrhealth.probes.cluster',
)


def imported_by(sandbox: Sandbox, folder: pathlib.Path, *arguments: str) -> set[str]:
    """Return the names of all modules that a healthy run of `az` imports."""
    config = sandbox.config_dir(folder / 'config')
    finished, names = run_with_imports(sandbox, config, *arguments, ACC_CLOUD='PROD')
    assert finished.code == 0 and json.loads(finished.stdout)['healthy'], finished.stderr[-2000:]
    return set(names)


def within(names: set[str], packages: tuple[str, ...]) -> set[str]:
    """Return the modules that are one of the packages, or in one."""
    return {name for name in names if any(f'{name}.'.startswith(f'{p}.') for p in packages)}


def test_a_healthy_run(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    names = imported_by(sandbox, tmp_path, 'acrhealth', 'check', '-n', 'contoso', '-o', 'json')
    assert {'azext_acrhealth.checks', 'requests', 'msal'} <= names, 'the run was seen'
    assert within(names, AVOIDED) == set() and within(names, OURS_AVOIDED) == set()
