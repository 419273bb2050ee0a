# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The identity of a customer-managed key, and the key's age."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.registry.encryption import encryption
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, verify

ID = (
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/'
    'userAssignedIdentities/key-opener'
)
CLIENT = 'AAAAAAAA-0000-0000-0000-000000000001'
KEYED = {'encryption': {'keyVaultProperties': {'identity': CLIENT}}}
SYSTEM = {'encryption': {'keyVaultProperties': {'identity': 'system'}}}
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

    `read` is ARM's answer on the key's.
    """
    login = LoginServer(
        HOST, FakeConnection(), True, {'properties': properties, 'identity': identity}
    )
    probes = FakeProbes(resources={ID: read} if read else {})
    return Row(name, encryption, status, problem, **{'needs': (login,), 'probes': probes, **more})


def says(client_id: Any) -> ArmResult:
    return ArmResult({'properties': {'clientId': client_id}})


def failure(kind: str, status: int) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'it said so'), status=status, correlation_id='c0ffee')


def keyed(
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


def aged(
    name: str, status: str, problem: str, last: Any, rotates: Any, key: Any = None, **more: Any
) -> Row:
    """Return a row for a key that was last rotated then; it is 2026-01-02."""
    return row(name, status, problem, keyed(last, rotates, key), ATTACHED, says(CLIENT), **more)


KEY = 'https://contosokeys.vault.azure.net/keys/acr'
PINNED = f'{KEY}/0123456789abcdef0123456789abcdef'
NONE = 'a key that Microsoft manages'
FACTS = {'identity': CLIENT, 'resourceId': ID}
TABLE = (
    row(
        'the resource is unknown',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='row login-server',
    ),
    *(
        row(f'no key of its own: {properties!r}', 'Skipped', '', properties, detail=NONE)
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
        SYSTEM,
        {'type': 'SystemAssigned', 'principalId': 'p'},
        facts={'identity': 'system'},
    ),
    *(
        row(
            f'system, not attached: {identity!r}',
            'Failed',
            'CMK_ERROR SystemIdentityMissing',
            SYSTEM,
            identity,
            solution='az acr identity assign --name myregistry',
        )
        for identity in (None, {}, 'text', [], {'principalId': None}, {'principalId': ''})
    ),
    row('user, attached, exists', 'Passed', '', KEYED, ATTACHED, says(CLIENT), facts=FACTS),
    *(
        row(
            f'user, not attached: {identity!r}',
            'Failed',
            'CMK_ERROR IdentityNotAttached',
            KEYED,
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
            f'the key names {named!r}',
            'Failed',
            'CMK_ERROR IdentityNotAttached',
            {'encryption': {'keyVaultProperties': {'identity': named, 'keyIdentifier': 'k'}}},
            {'userAssignedIdentities': {ID: {}}},
            detail='(none named)',
        )
        for named in (None, '')
    ),
    row(
        'user, deleted',
        'Failed',
        'CMK_ERROR IdentityDeleted',
        KEYED,
        ATTACHED,
        failure('NotFound', 404),
        facts={**FACTS, 'status': 404},
        detail='key-opener does not exist',
        solution='az acr encryption rotate-key --name myregistry',
    ),
    *(
        row(
            f'user, replaced: {other!r}',
            'Failed',
            'CMK_ERROR IdentityReplaced',
            KEYED,
            ATTACHED,
            says(other),
        )
        for other in ('x', None, '', ['x'])
    ),
    row(
        'user, answer without properties',
        'Warning',
        'ARM_READ_ERROR IdentityUnavailable',
        KEYED,
        ATTACHED,
        ArmResult({'properties': 'x'}),
    ),
    row(
        'user, forbidden',
        'Warning',
        'ARM_READ_ERROR IdentityForbidden',
        KEYED,
        ATTACHED,
        failure('Forbidden', 403),
        facts={**FACTS, 'status': 403, 'correlationId': 'c0ffee'},
    ),
    *(
        row(
            f'user, {kind}',
            'Warning',
            'ARM_READ_ERROR IdentityUnavailable',
            KEYED,
            ATTACHED,
            failure(kind, 500),
        )
        for kind in ('Unavailable', 'NotLoggedIn')
    ),
    aged(
        'rotated lately',
        'Passed',
        '',
        '2025-06-01T01:02:03.4567Z',
        True,
        KEY,
        detail='exists; the key: it follows',
        facts={
            **FACTS,
            'encryption': 'enabled',
            'keyIdentifier': KEY,
            'keyRotation': True,
            'lastRotation': '2025-06-01T01:02:03.4567Z',
        },
    ),
    aged('rotated just within two years', 'Passed', '', '2024-01-03T03:04:05Z', True),
    aged(
        'a key of a fixed version',
        'Passed',
        '',
        None,
        None,
        PINNED,
        detail='fixed to one version',
        facts={'keyRotation': False},
    ),
    aged(
        'a key of a fixed version, told',
        'Passed',
        '',
        '2025-06-01T01:02:03Z',
        False,
        KEY,
        detail='fixed to one',
    ),
    aged('a key without a version', 'Passed', '', None, None, KEY, facts={'keyRotation': True}),
    *(
        aged(f'a time that is none: {odd!r}', 'Passed', '', odd, True)
        for odd in (
            'yesterday',
            '',
            7,
            None,
            '2020-13-45T00:00:00Z',
            '2020-01-01',
            '9999-12-31T23:59:59Z',
        )
    ),
    aged(
        'stale',
        'Warning',
        'CMK_ERROR KeyRotationStale',
        '2024-01-01T00:00:00Z',
        True,
        KEY,
        detail='the key was last rotated on 2024-01-01',
        solution=f'az keyvault key rotate --id {KEY}',
        facts=FACTS,
    ),
    aged(
        'stale, a key that is none',
        'Warning',
        'CMK_ERROR KeyRotationStale',
        '2020-01-01T00:00:00+00:00',
        True,
        'https://x/keys/a; reboot',
        unfilled=['key_id', 'key_id', 'key_id'],
    ),
    aged(
        'stale, and fixed',
        'Warning',
        'CMK_ERROR VersionedKeyStale',
        '2020-01-01T00:00:00Z',
        False,
        PINNED,
        solution=f'--key-encryption-key {KEY}`',
    ),
    row(
        'stale, of the system',
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
        'an identity that is gone comes first',
        'Failed',
        'CMK_ERROR IdentityDeleted',
        keyed('2020-01-01T00:00:00Z', True),
        ATTACHED,
        failure('NotFound', 404),
        facts={'status': 404, 'lastRotation': '2020-01-01T00:00:00Z'},
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)
