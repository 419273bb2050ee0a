# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who logs in, by the claims of a token or by a user name."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.account import (
    Account,
    account_of,
    account_of_user_name,
    kind_of_token,
    reader_placeholders,
)
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.registry.tokens import NULL_GUID
from tests.checks.fake_probes import ACCOUNT, REGISTRY_ID, USER_CLAIMS

OTHER = '11111111-2222-4333-8444-555555555555'


@pytest.mark.parametrize(
    'claims, identity, kind',
    [
        ({'oid': ACCOUNT, 'scp': 'user_impersonation', 'sub': 'pairwise'}, None, 'user'),
        ({'oid': ACCOUNT, 'idtyp': 'user'}, None, 'user'),
        ({'oid': ACCOUNT, 'idtyp': 'app', 'sub': ACCOUNT}, None, 'service principal'),
        ({'oid': ACCOUNT, 'sub': ACCOUNT}, None, 'service principal'),
        ({'oid': ACCOUNT, 'sub': OTHER}, None, 'unknown'),
        ({'oid': ACCOUNT, 'idtyp': 'app', 'xms_mirid': '/x'}, None, 'managed identity'),
        ({'oid': ACCOUNT}, Identity('system'), 'managed identity'),
        ({'oid': ACCOUNT}, Identity('client', OTHER), 'managed identity'),
        ({'oid': ACCOUNT}, Identity('resource', '/x'), 'managed identity'),
        ({'oid': ACCOUNT}, Identity('workload'), 'service principal'),
        ({'oid': ACCOUNT, 'xms_mirid': '/x'}, Identity('workload'), 'managed identity'),
        ({'oid': ACCOUNT}, Identity('environment'), 'service principal'),
        ({'oid': ACCOUNT}, None, 'unknown'),
    ],
)
def test_by_claims(claims: Any, identity: Identity | None, kind: str) -> None:
    assert account_of(claims, identity) == Account(kind, ACCOUNT)


@pytest.mark.parametrize(
    'claims', [{'oid': f'{ACCOUNT} --role Owner'}, {'oid': 7, 'sub': 7}, {}, None, []]
)
def test_claims_without_a_valid_object_id(claims: Any) -> None:
    assert account_of(claims) == Account()
    assert account_of(claims).placeholders == {'account_kind': 'unknown'}


@pytest.mark.parametrize(
    'user, account, placeholders',
    [
        (ACCOUNT, Account('application', name=ACCOUNT), {'application': ACCOUNT}),
        (NULL_GUID, Account('refresh token'), {}),
        ('MyRegistry', Account('admin user'), {}),
        ('ci-pull', Account('token', name='ci-pull'), {'token': 'ci-pull'}),
        ('alice@contoso.com', Account('user'), {}),
        ('x; rm -rf ~', Account(), {}),
        ('', Account(), {}),
    ],
)
def test_by_user_name(user: str, account: Account, placeholders: dict[str, str]) -> None:
    assert account_of_user_name(user, 'myregistry') == account
    assert account.placeholders == {'account_kind': account.kind, **placeholders}


@pytest.mark.parametrize(
    'claims, kind',
    [
        (None, None),
        ({'grant_type': 'refresh_token'}, 'a refresh token of a registry'),
        ({'grant_type': 'access_token'}, 'an access token of a registry'),
        ({'access': []}, 'an access token of a registry'),
        ({'tid': ACCOUNT}, 'a token of Microsoft Entra ID'),
        ({}, 'a token'),
    ],
)
def test_the_kind_of_a_token(claims: Any, kind: str | None) -> None:
    assert kind_of_token(claims) == kind


def test_the_placeholders_of_a_reader() -> None:
    assert reader_placeholders(USER_CLAIMS, None, registry_id=REGISTRY_ID, endpoint_group='') == {
        'account_kind': 'user',
        'object_id': ACCOUNT,
        'registry_id': REGISTRY_ID,
        'endpoint_group': '',
    }
