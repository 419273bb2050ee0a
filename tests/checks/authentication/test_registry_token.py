# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A token of the registry as Azure Resource Manager reports it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.authentication.registry_token import (
    RegistryToken,
    read_registry_token,
    with_scope_map,
)
from azext_acrhealth.model import Context, failed, passed
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import REGISTRY_ID, USER, FakeProbes
from tests.checks.table import MYREGISTRY

LOGIN = AT._replace(resource={'id': REGISTRY_ID})
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
CI = Account('token', name='ci-pull')


def context(result: ArmResult) -> tuple[Context, FakeProbes]:
    probes = FakeProbes(resources={f'{REGISTRY_ID}/tokens/ci-pull': result})
    return Context(MYREGISTRY, Options(), probes, 1e9), probes


def described(**properties: Any) -> ArmResult:
    return ArmResult({'properties': properties})


@pytest.mark.parametrize(
    'result, token',
    [
        (
            described(
                status='enabled',
                scopeMapId=f'{REGISTRY_ID}/scopeMaps/pullers',
                credentials={
                    'passwords': [
                        {'name': 'password1', 'expiry': '2025-01-02T03:04:05.1234567Z'},
                        {},
                    ]
                },
            ),
            RegistryToken(
                True,
                True,
                'pullers',
                (datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc), None),
                ('password1', None),
            ),
        ),
        (described(status='Disabled', scopeMapId=None), RegistryToken(True, False)),
        (described(status=7, scopeMapId='/x/$(reboot)', credentials=[]), RegistryToken(True)),
        (described(credentials={'passwords': 'x'}), RegistryToken(True)),
        (ArmResult({}), RegistryToken(True)),
        (ArmResult(failure=Failure('NotFound', 'no')), RegistryToken(False)),
        (ArmResult(failure=Failure('Forbidden', 'no')), RegistryToken()),
        (ArmResult(failure=Failure('Unavailable', 'no')), RegistryToken()),
    ],
)
def test_reading(result: ArmResult, token: RegistryToken) -> None:
    assert read_registry_token(context(result)[0], LOGIN, 'ci-pull') == token


@pytest.mark.parametrize('name', ['', '../x', 'a b'])
def test_a_name_that_no_token_has_is_not_requested(name: str) -> None:
    ctx, probes = context(ArmResult())
    assert read_registry_token(ctx, LOGIN, name) == RegistryToken() and probes.requests == []
    assert read_registry_token(ctx, AT._replace(resource=None), 'ci-pull') == RegistryToken()
    assert probes.requests == []


@pytest.mark.parametrize(
    'ends, expired',
    [
        ((), None),
        ((None,), None),
        ((datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),), True),
        ((datetime(2026, 1, 2, 3, 4, 6, tzinfo=timezone.utc),), None),
        ((datetime(2025, 1, 1, tzinfo=timezone.utc), None), None),
    ],
)
def test_expired_passwords(ends: tuple[datetime | None, ...], expired: bool | None) -> None:
    found = RegistryToken(True, passwords=ends).expired(NOW)
    assert found == (ends[0] if expired else None)


@pytest.mark.parametrize(
    'passwords, free',
    [
        ({}, False),
        ({'password1': None}, False),
        ({'password2': None}, True),
        ({'password1': None, 'password2': None}, False),
        ({'password1': NOW, 'password2': None}, True),
        ({'password1': NOW, 'password2': NOW}, False),
    ],
)
def test_a_first_password_that_can_be_replaced(
    passwords: dict[str, datetime | None], free: bool
) -> None:
    token = RegistryToken(True, passwords=(*passwords.values(),), names=(*passwords,))
    assert token.first_password_free(NOW) is free


def test_only_a_failure_of_a_token_is_explained() -> None:
    ctx, probes = context(described(scopeMapId=f'{REGISTRY_ID}/scopeMaps/pullers'))
    missing, unrelated = (
        failed(problem, 'no') for problem in (problems.NO_PERMISSIONS, problems.TOKEN_OPAQUE)
    )
    for account, outcome in ((USER, missing), (CI, passed('yes')), (CI, unrelated)):
        assert with_scope_map(ctx, LOGIN, account, outcome) is outcome
    assert probes.requests == []
    explained = with_scope_map(ctx, LOGIN, CI, missing)
    assert explained.placeholders == {'scope_map': 'pullers'}
    assert explained.facts['token']['scopeMap'] == 'pullers'
