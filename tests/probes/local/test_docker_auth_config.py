# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the logins in the variable DOCKER_AUTH_CONFIG."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.docker_auth_config import environment_config
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.probes.clock import soon

LOGIN = {'auths': {'contoso.azurecr.io': {'auth': 'dTpw'}}}


def config_of(monkeypatch: pytest.MonkeyPatch, value: str | None, version: str | None) -> Any:
    """Return what docker of a version reads from a value; None: without docker."""
    monkeypatch.delenv('DOCKER_AUTH_CONFIG', raising=False)
    if value is not None:
        monkeypatch.setenv('DOCKER_AUTH_CONFIG', value)
    monkeypatch.setattr(process, 'find', lambda _: version and '/bin/docker')
    return environment_config(soon(), lambda *_: CompletedCommand(0, version or ''))


@pytest.mark.parametrize(
    'version, is_read',
    [
        ('Docker version 28.3.0, build 38b7060', True),
        ('Docker version 29.1.3, build x', True),
        ('Docker version 28.2.2, build e6534b4', False),
        ('Docker version 20.10.24+dfsg1, build 297e128', False),
        ('no version', True),
        (None, False),
    ],
)
def test_the_version_decides(
    monkeypatch: pytest.MonkeyPatch, version: str | None, is_read: bool
) -> None:
    expected = LOGIN if is_read else None
    assert config_of(monkeypatch, json.dumps(LOGIN), version) == expected


@pytest.mark.parametrize(
    'value, expected',
    [
        (None, None),
        ('', None),
        ('{', "the value isn't valid JSON"),
        ('[]', "the JSON isn't an object"),
        ('null', {'auths': None}),
        ('{"auths": {"o.test": {}}}', 'the entry for o.test has no "auth"'),
        ('{"auths": {"o.test": {"identitytoken": "x"}}}', 'the entry for o.test has no "auth"'),
        ('{"auths": {}, "credsStore": "x"}', {'auths': {}}),
    ],
)
def test_the_value(monkeypatch: pytest.MonkeyPatch, value: str | None, expected: Any) -> None:
    found = config_of(monkeypatch, value, 'Docker version 29.0.0')
    assert found == (Failure('Unreadable', expected) if isinstance(expected, str) else expected)
