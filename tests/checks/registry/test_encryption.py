# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of a customer-managed key: its identity and its age."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.registry.encryption import encryption
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import ACCOUNT, HOST, USER_CLAIMS, FakeConnection, FakeProbes
from tests.checks.table import Row, verify

ID = (
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/'
    'userAssignedIdentities/key-opener'
)
CLIENT = 'AAAAAAAA-0000-0000-0000-000000000001'
USER_KEY = {'encryption': {'keyVaultProperties': {'identity': CLIENT}}}
SYSTEM_KEY = {'encryption': {'keyVaultProperties': {'identity': 'system'}}}
ATTACHED = {
    'userAssignedIdentities': {f'{ID}-other': {'clientId': 'x'}, ID: {'clientId': CLIENT.lower()}}
}


def row(
    name: str,
    status: str,
    problem: str = '',
    properties: Any = None,
    identity: Any = None,
    read: ArmResult | None = None,
    **more: Any,
) -> Row:
    """Return a row for a registry with these properties and identity.

    `read` is ARM's response for the key's identity.
    """
    login = LoginServer(
        HOST, FakeConnection(), True, {'properties': properties, 'identity': identity}
    )
    probes = FakeProbes(resources={ID: read} if read else {})
    return Row(name, encryption, status, problem, **{'needs': (login,), 'probes': probes, **more})


def identity_result(client_id: Any) -> ArmResult:
    return ArmResult({'properties': {'clientId': client_id}})


def failure(kind: str, status: int) -> ArmResult:
    return ArmResult(
        failure=Failure(kind, 'the request failed'), status=status, correlation_id='c0ffee'
    )


def key_properties(
    last: Any = None, rotates: Any = None, key: Any = None, status: Any = 'enabled'
) -> dict[str, Any]:
    return {
        'encryption': {
            'status': status,
            'keyVaultProperties': {
                'identity': CLIENT,
                'keyIdentifier': key,
                'keyRotationEnabled': rotates,
                'lastKeyRotationTimestamp': last,
            },
        }
    }


def rotated_row(
    name: str, status: str, problem: str, last: Any, rotates: Any, key: Any = None, **more: Any
) -> Row:
    """Return a row for a key that was last rotated at a time; the current date is 2026-01-02."""
    return row(
        name,
        status,
        problem,
        key_properties(last, rotates, key),
        ATTACHED,
        identity_result(CLIENT),
        **more,
    )


KEY = 'https://contosokeys.vault.azure.net/keys/acr'
PINNED = f'{KEY}/0123456789abcdef0123456789abcdef'
NO_KEY = 'a Microsoft-managed key'
FACTS = {'identity': CLIENT, 'resourceId': ID}
TABLE = (
    row(
        'the resource is unknown',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
    ),
    *(
        row(f'no key of its own: {properties!r}', 'Skipped', '', properties, detail=NO_KEY)
        for properties in (
            None,
            {},
            'text',
            [],
            {'encryption': None},
            {'encryption': 'on'},
            {'encryption': {'status': 'disabled'}},
            {'encryption': {'keyVaultProperties': None}},
            {'encryption': {'keyVaultProperties': ['x']}},
        )
    ),
    row(
        'system, attached',
        'Passed',
        '',
        SYSTEM_KEY,
        {'type': 'SystemAssigned', 'principalId': 'p'},
        facts={'identity': 'system'},
    ),
    *(
        row(
            f'system, not attached: {identity!r}',
            'Failed',
            'CMK_ERROR SystemIdentityMissing',
            SYSTEM_KEY,
            identity,
            solution='az acr identity assign --name myregistry',
        )
        for identity in (None, {}, 'text', [], {'principalId': None}, {'principalId': ''})
    ),
    row(
        'user, attached, exists',
        'Passed',
        '',
        USER_KEY,
        ATTACHED,
        identity_result(CLIENT),
        facts=FACTS,
    ),
    *(
        row(
            f'user, not attached: {identity!r}',
            'Failed',
            'CMK_ERROR IdentityNotAttached',
            USER_KEY,
            identity,
            facts={'identity': CLIENT},
            solution='az acr identity assign --name myregistry',
        )
        for identity in (
            None,
            {},
            'text',
            {'userAssignedIdentities': None},
            {'userAssignedIdentities': [ID]},
            {'userAssignedIdentities': {ID: None}},
            {'userAssignedIdentities': {ID: {'clientId': 'x'}}},
        )
    ),
    *(
        row(
            f'the key names {client_id!r}',
            'Failed',
            'CMK_ERROR IdentityNotAttached',
            {'encryption': {'keyVaultProperties': {'identity': client_id, 'keyIdentifier': 'k'}}},
            {'userAssignedIdentities': {ID: {}}},
            detail='(none specified)',
        )
        for client_id in (None, '')
    ),
    row(
        'user, deleted',
        'Failed',
        'CMK_ERROR IdentityDeleted',
        USER_KEY,
        ATTACHED,
        failure('NotFound', 404),
        facts={**FACTS, 'status': 404},
        detail="key-opener doesn't exist",
        solution='az acr encryption rotate-key --name myregistry',
    ),
    *(
        row(
            f'user, replaced: {other!r}',
            'Failed',
            'CMK_ERROR IdentityReplaced',
            USER_KEY,
            ATTACHED,
            identity_result(other),
        )
        for other in ('x', None, '', ['x'])
    ),
    row(
        'user, response without properties',
        'Warning',
        'ARM_READ_ERROR IdentityUnavailable',
        USER_KEY,
        ATTACHED,
        ArmResult({'properties': 'x'}),
    ),
    row(
        'user, forbidden',
        'Warning',
        'ARM_READ_ERROR IdentityForbidden',
        USER_KEY,
        ATTACHED,
        failure('Forbidden', 403)._replace(claims=USER_CLAIMS),
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader',
        facts={**FACTS, 'status': 403, 'correlationId': 'c0ffee'},
    ),
    *(
        row(
            f'user, {kind}',
            'Warning',
            'ARM_READ_ERROR IdentityUnavailable',
            USER_KEY,
            ATTACHED,
            failure(kind, 500),
        )
        for kind in ('Unavailable', 'NotLoggedIn')
    ),
    rotated_row(
        'rotated recently',
        'Passed',
        '',
        '2025-06-01T01:02:03.4567Z',
        True,
        KEY,
        detail='registry; new key versions are used automatically',
        facts={
            **FACTS,
            'encryption': 'enabled',
            'keyIdentifier': KEY,
            'keyRotation': True,
            'lastRotation': '2025-06-01T01:02:03.4567Z',
        },
    ),
    rotated_row('rotated just within two years', 'Passed', '', '2024-01-03T03:04:05Z', True),
    rotated_row(
        'a key of a fixed version',
        'Passed',
        '',
        None,
        None,
        PINNED,
        detail='pinned to one version',
        facts={'keyRotation': False},
    ),
    rotated_row(
        'a key of a fixed version, by its flag',
        'Passed',
        '',
        '2025-06-01T01:02:03Z',
        False,
        KEY,
        detail='pinned to one',
    ),
    rotated_row(
        'a key without a version', 'Passed', '', None, None, KEY, facts={'keyRotation': True}
    ),
    *(
        rotated_row(f'an invalid time: {timestamp!r}', 'Passed', '', timestamp, True)
        for timestamp in (
            'yesterday',
            '',
            7,
            None,
            '2020-13-45T00:00:00Z',
            '2020-01-01',
            '9999-12-31T23:59:59Z',
        )
    ),
    rotated_row(
        'stale',
        'Warning',
        'CMK_ERROR KeyRotationStale',
        '2024-01-01T00:00:00Z',
        True,
        KEY,
        detail='key last rotated on 2024-01-01',
        solution=f'az keyvault key rotate --id {KEY}',
        facts=FACTS,
    ),
    rotated_row(
        'stale, an invalid key ID',
        'Warning',
        'CMK_ERROR KeyRotationStale',
        '2020-01-01T00:00:00+00:00',
        True,
        'https://x/keys/a; reboot',
        unfilled_placeholders=['key_id', 'key_id', 'key_id'],
    ),
    rotated_row(
        'stale, and fixed',
        'Warning',
        'CMK_ERROR VersionedKeyStale',
        '2020-01-01T00:00:00Z',
        False,
        PINNED,
        solution=f'--key-encryption-key {KEY}`',
    ),
    row(
        'stale, system-assigned identity',
        'Warning',
        'CMK_ERROR VersionedKeyStale',
        {
            'encryption': {
                'keyVaultProperties': {
                    'identity': 'system',
                    'keyIdentifier': PINNED,
                    'lastKeyRotationTimestamp': '2020-01-01T00:00:00Z',
                }
            }
        },
        {'principalId': 'p'},
    ),
    row(
        'a deleted identity comes first',
        'Failed',
        'CMK_ERROR IdentityDeleted',
        key_properties('2020-01-01T00:00:00Z', True),
        ATTACHED,
        failure('NotFound', 404),
        facts={'status': 404, 'lastRotation': '2020-01-01T00:00:00Z'},
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)
