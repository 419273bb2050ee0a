# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who is checked."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.identity import SIGN_IN, who
from azext_acrhealth.checks.authentication.refresh_token import _SIGN_IN
from azext_acrhealth.options import Identity
from tests.checks.fake_probes import ACCOUNT

NOBODY = {'clientId': None, 'objectId': None, 'tenant': None}


@pytest.mark.parametrize(
    'kind, told',
    [
        ('system', 'system'),
        ('client', 'user-assigned'),
        ('resource', 'user-assigned'),
        ('workload', 'workload'),
        ('environment', 'environment'),
    ],
)
def test_kinds(kind: str, told: str) -> None:
    assert who(Identity(kind), None) == {'kind': told, **NOBODY}


@pytest.mark.parametrize(
    'claims, known',
    [
        ({'appid': ACCOUNT, 'oid': ACCOUNT, 'tid': ACCOUNT}, dict.fromkeys(NOBODY, ACCOUNT)),
        ({'azp': ACCOUNT}, {'clientId': ACCOUNT}),  # tokens of version 2.0
        ({'appid': 'x; rm -rf', 'oid': 7, 'tid': [ACCOUNT]}, {}),
        ({}, {}),
        ([], {}),
        ('opaque', {}),
    ],
)
def test_only_what_the_token_tells_and_what_is_an_id(claims: Any, known: dict[str, str]) -> None:
    assert who(Identity('system'), claims) == {'kind': 'system', **NOBODY, **known}


def test_whatever_a_sign_in_may_amount_to_has_a_problem() -> None:
    assert set(SIGN_IN) >= set(_SIGN_IN)
