# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the identity that is checked."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.identity import identity_facts
from azext_acrhealth.options import Identity
from tests.checks.fake_probes import ACCOUNT

NO_CLAIMS = {'clientId': None, 'objectId': None, 'tenant': None}


@pytest.mark.parametrize(
    'kind, fact',
    [
        ('system', 'system'),
        ('client', 'user-assigned'),
        ('resource', 'user-assigned'),
        ('workload', 'workload'),
        ('environment', 'environment'),
    ],
)
def test_kinds(kind: str, fact: str) -> None:
    assert identity_facts(Identity(kind), None) == {'kind': fact, **NO_CLAIMS}


@pytest.mark.parametrize(
    'claims, expected',
    [
        ({'appid': ACCOUNT, 'oid': ACCOUNT, 'tid': ACCOUNT}, dict.fromkeys(NO_CLAIMS, ACCOUNT)),
        ({'azp': ACCOUNT}, {'clientId': ACCOUNT}),  # tokens of version 2.0
        ({'appid': 'x; rm -rf', 'oid': 7, 'tid': [ACCOUNT]}, {}),
        ({}, {}),
        ([], {}),
        ('opaque', {}),
    ],
)
def test_only_claims_that_are_ids(claims: Any, expected: dict[str, str]) -> None:
    assert identity_facts(Identity('system'), claims) == {'kind': 'system', **NO_CLAIMS, **expected}
