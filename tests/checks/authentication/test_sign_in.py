# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the problems of sign-ins."""

from __future__ import annotations

from typing import get_args

import pytest

from azext_acrhealth.advice import Client, select
from azext_acrhealth.catalogue import PROBLEMS
from azext_acrhealth.catalogue.authentication import audience
from azext_acrhealth.checks.authentication.identity import SIGN_IN_PROBLEMS as IDENTITY_PROBLEMS
from azext_acrhealth.checks.authentication.sign_in import (
    SIGN_IN_PROBLEMS,
    concerns_one_audience,
    sign_in_failure,
)
from azext_acrhealth.entra_errors import EntraKind
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure

ENTRA_KINDS = get_args(EntraKind)


def refused(kind: str) -> Token:
    return Token(failure=Failure(kind, 'it said so'))


def test_every_kind_of_sign_in_failure_has_a_problem() -> None:
    assert {*ENTRA_KINDS} <= set(SIGN_IN_PROBLEMS)
    assert set(IDENTITY_PROBLEMS) >= set(SIGN_IN_PROBLEMS)


@pytest.mark.parametrize('kind', (*ENTRA_KINDS, 'Refused', 'NotLoggedIn', 'Timeout'))
def test_refusals_that_are_about_one_audience(kind: str) -> None:
    assert concerns_one_audience(refused(kind)) is (kind in ('AudienceRefused', 'Refused'))


def test_a_token_is_no_failure() -> None:
    assert sign_in_failure(Token('value'), None, {}, {}) is None
    assert concerns_one_audience(Token('value')) is False


def test_the_credential_decides_the_problem() -> None:
    token = refused('SecretExpired')
    outcomes = [sign_in_failure(token, identity, {}, {}) for identity in (None, Identity('client'))]
    reasons = [outcome.problem.reason for outcome in outcomes if outcome and outcome.problem]
    assert reasons == ['ApplicationSecretExpired', 'EnvironmentSecretExpired']


@pytest.mark.parametrize('problem', PROBLEMS, ids=lambda problem: problem.reason)
def test_no_advice_costs_a_working_sign_in(problem) -> None:
    texts = select(problem.solutions, Client())
    assert not [text for text in texts if 'az logout' in text or 'account clear' in text]


@pytest.mark.parametrize(
    'version, shown, hidden',
    [
        ('2.91.0', 'az config set acr.audience_resource', 'az upgrade'),
        ('2.87.0', 'az config set acr.audience_resource', 'az upgrade'),
        ('2.86.0', 'az upgrade', 'az acr login'),
        ('2.82.0', 'az upgrade', 'az acr login'),
        ('2.81.0', 'az acr login', 'az upgrade'),
        ('2.75.0', 'az acr login', 'az upgrade'),
    ],
)
def test_what_each_version_can_do_about_the_audience(version: str, shown: str, hidden: str) -> None:
    client = Client(version, filled=frozenset({'audience'}))
    first, *rest = select(audience.OTHER_AUDIENCE_WORKS.solutions, client)
    assert shown in first and not [text for text in (first, *rest) if hidden in text]
