# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of what the registry's message says about a service principal."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.authentication.service_principal import problem_of_message
from tests.checks.fake_probes import ACCOUNT

SECRET, UNKNOWN = 'Invalid clientid or client secret.', 'Application not registered with AAD.'


@pytest.mark.parametrize(
    'username, message, reason',
    [
        (ACCOUNT, SECRET, 'ServicePrincipalSecretRefused'),
        (ACCOUNT.upper(), SECRET.upper(), 'ServicePrincipalSecretRefused'),
        (
            ACCOUNT,
            'AADSTS7000215: Invalid client secret provided.',
            'ServicePrincipalSecretRefused',
        ),
        (ACCOUNT, UNKNOWN, 'ServicePrincipalUnknown'),
        (ACCOUNT, 'AADSTS700016: Not found.', 'ServicePrincipalUnknown'),
        (ACCOUNT, 'AADSTS7000116: Disabled.', 'ServicePrincipalDisabled'),
        (ACCOUNT, 'AADSTS53003: Blocked. ' + SECRET, None),
        (ACCOUNT, 'AADSTS12345678: New.', None),
        (ACCOUNT, 'authentication required', None),
        (ACCOUNT, None, None),
        (ACCOUNT, '', None),
        ('bob', SECRET, None),
        ('bob', UNKNOWN, None),
        ('00000000-0000-0000-0000-000000000000', UNKNOWN, None),
    ],
)
def test_problems(username: str, message: str | None, reason: str | None) -> None:
    problem = problem_of_message(username, message)
    assert (problem.reason if problem else None) == reason
