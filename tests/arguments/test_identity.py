# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The argument that names another identity."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from azure.cli.core.azclierror import (
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from azext_acrhealth.arguments import identity as identity_module
from azext_acrhealth.options import Identity
from tests.our_cli import fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
BAD, MISSING = InvalidArgumentValueError, RequiredArgumentMissingError
CLIENT = '0A000000-0000-0000-0000-00000000000b'
RESOURCE = (
    '/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/'
    'Microsoft.ManagedIdentity'
    '/userAssignedIdentities/kubelet'
)
ACCOUNT = {'AZURE_CLIENT_ID': CLIENT, 'AZURE_TENANT_ID': CLIENT}
NAMED = ('-n', 'myregistry', '--identity')


@pytest.fixture(name='library')
def fixture_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let azure-identity be there."""
    monkeypatch.setattr(identity_module, '_require_library', lambda: None)


@pytest.mark.parametrize(
    'text, identity',
    [
        ('system', Identity('system')),
        ('[system]', Identity('system')),
        ('System', Identity('system')),
        (CLIENT, Identity('client', CLIENT.lower())),
        (RESOURCE, Identity('resource', RESOURCE)),
        (RESOURCE.upper(), Identity('resource', RESOURCE.upper())),
    ],
)
def test_identities_of_a_machine(text: str, identity: Identity, library: None) -> None:
    assert validated(*NAMED, text).identity == identity
    assert validated('-n', 'myregistry').identity is None


@pytest.mark.parametrize(
    'text',
    [
        'kubelet',
        '[user]',
        RESOURCE + '/x',
        RESOURCE.replace('g/', "g'/"),
        CLIENT[:-1],
        '/subscriptions/x',
    ],
)
def test_what_is_none(text: str, library: None) -> None:
    error: Any = refusal(*NAMED, text)
    assert (
        isinstance(error, BAD)
        and "isn't an identity" in str(error)
        and 'az identity list' in str(error.recommendations)
    )


def test_an_empty_value_and_two_logins(library: None) -> None:
    assert '--identity is empty' in str(refusal(*NAMED, ''))
    error = refusal(*NAMED, 'system', '-u', 'bob', '-p', 'secret')
    assert isinstance(error, MutuallyExclusiveArgumentError) and '--username' in str(error)


def test_a_pod(library: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def told() -> str:
        return str(refusal(*NAMED, 'workload'))

    assert told() == (
        '--identity workload requires AZURE_CLIENT_ID, AZURE_TENANT_ID and '
        'AZURE_FEDERATED_TOKEN_FILE, but none of them is set.'
    )
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    assert "but AZURE_FEDERATED_TOKEN_FILE isn't set" in told()
    place = tmp_path / 'token'
    monkeypatch.setenv('AZURE_FEDERATED_TOKEN_FILE', str(place))
    assert "can't be read: No such file" in told()
    place.write_text(' ')
    assert 'is empty' in told()
    place.write_text('e.y.J')
    assert validated(*NAMED, 'WORKLOAD').identity == Identity('workload')


@pytest.mark.parametrize(
    'more', [{'AZURE_CLIENT_SECRET': 'x'}, {'AZURE_CLIENT_CERTIFICATE_PATH': 'x'}]
)
def test_the_environment(
    more: dict[str, str], library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'none of them is set' in str(refusal(*NAMED, 'environment'))
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    assert 'neither AZURE_CLIENT_SECRET nor' in str(refusal(*NAMED, 'environment'))
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    assert validated(*NAMED, 'environment').identity == Identity('environment')


def test_without_the_library_the_line_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    error: Any = refusal(*NAMED, 'system')
    assert isinstance(error, MISSING)
    folder = Path(identity_module.__file__).resolve().parents[2]
    assert error.recommendations[0].endswith(
        f': `{shlex.quote(sys.executable)} -m pip install --no-deps --target '
        f'{shlex.quote(str(folder))} azure-identity`'
    )


@pytest.mark.parametrize(
    'system, word, quoted',
    [
        ('posix', '/a b/python', "'/a b/python'"),
        ('posix', '/a', '/a'),
        ('nt', 'C:\\a b\\python.exe', '"C:\\a b\\python.exe"'),
        ('nt', 'C:\\a', 'C:\\a'),
    ],
)
def test_paths_are_quoted_for_the_shell(
    system: str, word: str, quoted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_module.os, 'name', system)
    assert identity_module._quote(word) == quoted
