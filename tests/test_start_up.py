# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Modules that the CLI loads at start: for another command, and for our help and arguments."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Modules that are slow to load, and that only a running check needs.
HEAVY = {
    'requests',
    'urllib3',
    'jwt',
    'ssl',
    'cryptography',
    'msal',
    'http',
    'asyncio',
    'azure.core',
    'azure.mgmt',
    'azure.identity',
    'multiprocessing',
    'socket',
    'subprocess',
    'concurrent.futures.process',
}
SCRIPT = """
import importlib, json, sys
import azure.cli.core, azure.cli.core.commands, azure.cli.core.commands.parameters, knack.help_files
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded(*modules: str) -> list[str]:
    """Return the modules that these import beyond the CLI's core, in a new process."""
    finished = subprocess.run(
        [sys.executable, '-c', SCRIPT, *modules], capture_output=True, text=True, check=True
    )
    return list(json.loads(finished.stdout))


@pytest.mark.parametrize(
    'modules',
    [
        ('azext_acrhealth', 'azext_acrhealth.commands'),
        (
            'azext_acrhealth',
            'azext_acrhealth.commands',
            'azext_acrhealth._params',
            'azext_acrhealth._help',
            'azext_acrhealth._validators',
            'azext_acrhealth._format',
        ),
    ],
)
def test_nothing_heavy_is_loaded(modules: tuple[str, ...]) -> None:
    found = loaded(*modules)
    assert set(modules) <= set(found), 'what was to be measured was loaded before'
    assert [
        name
        for name in found
        if name in HEAVY
        or name.partition('.')[0] in HEAVY
        or '.'.join(name.split('.')[:2]) in HEAVY
    ] == []


def test_another_command_loads_no_check() -> None:
    assert [
        name
        for name in loaded('azext_acrhealth', 'azext_acrhealth.commands')
        if name.startswith(
            ('azext_acrhealth.checks', 'azext_acrhealth.probes', 'azext_acrhealth.catalogue')
        )
    ] == []


def test_a_check_loads_no_rules_for_messages() -> None:
    found = loaded('azext_acrhealth.custom', 'azext_acrhealth.checks.all_checks')
    assert 'azext_acrhealth.checks.cluster.pull_failures' in found
    assert [name for name in found if name.startswith('azext_acrhealth.explain')] == [
        'azext_acrhealth.explain',
        'azext_acrhealth.explain.kinds',
    ]
