# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The identity of a customer-managed key."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.encryption import encryption
from azext_acrhealth.checks.login_server import LoginServer
from azext_acrhealth.probes.arm import Read
from azext_acrhealth.probes.trouble import Trouble
from tests.checks.fake_world import HOST, FakeConnection, FakeWorld
from tests.checks.table import Row, verify

ID = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/key-opener'
CLIENT = 'AAAAAAAA-0000-0000-0000-000000000001'
KEYED = {'encryption': {'keyVaultProperties': {'identity': CLIENT}}}
SYSTEM = {'encryption': {'keyVaultProperties': {'identity': 'system'}}}
ATTACHED = {'userAssignedIdentities': {f'{ID}-other': {'clientId': 'x'}, ID: {'clientId': CLIENT.lower()}}}


def row(name: str, status: str, problem: str = '', properties: Any = None, identity: Any = None,
        read: Read | None = None,
        **more: Any) -> Row:
    """Give a row for a registry with these properties and identity; `read` is ARM's answer on the key's."""
    login = LoginServer(HOST, FakeConnection(), True, {'properties': properties, 'identity': identity})
    world = FakeWorld(resources={ID: read} if read else {})
    return Row(name, encryption, status, problem, **{'needs': (login,), 'world': world, **more})


def says(client_id: Any) -> Read:
    return Read({'properties': {'clientId': client_id}})


def trouble(kind: str, status: int) -> Read:
    return Read(trouble=Trouble(kind, 'it said so'), status=status, correlation_id='c0ffee')


NONE = 'a key that Microsoft manages'
FACTS = {'identity': CLIENT, 'resourceId': ID}
TABLE = (
    row('the resource is unknown', 'Skipped', needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='row login-server'),
    *(row(f'no key of its own: {properties!r}', 'Skipped', '', properties, detail=NONE) for properties in (
        None, {}, 'text', [], {'encryption': None}, {'encryption': 'on'}, {'encryption': {'status': 'disabled'}},
        {'encryption': {'keyVaultProperties': None}}, {'encryption': {'keyVaultProperties': ['x']}})),
    row('system, attached', 'Passed', '', SYSTEM, {'type': 'SystemAssigned', 'principalId': 'p'},
        facts={'identity': 'system'}),
    *(row(f'system, not attached: {identity!r}', 'Failed', 'CMK_ERROR SystemIdentityMissing', SYSTEM, identity,
          solution='az acr identity assign --name myregistry')
      for identity in (None, {}, 'text', [], {'principalId': None}, {'principalId': ''})),
    row('user, attached, exists', 'Passed', '', KEYED, ATTACHED, says(CLIENT), facts=FACTS),
    *(row(f'user, not attached: {identity!r}', 'Failed', 'CMK_ERROR IdentityNotAttached', KEYED, identity,
          facts={'identity': CLIENT}, solution='az acr identity assign --name myregistry')
      for identity in (None, {}, 'text', {'userAssignedIdentities': None}, {'userAssignedIdentities': [ID]},
                       {'userAssignedIdentities': {ID: None}}, {'userAssignedIdentities': {ID: {'clientId': 'x'}}})),
    *(row(f'the key names {named!r}', 'Failed', 'CMK_ERROR IdentityNotAttached', {'encryption': {'keyVaultProperties': {
        'identity': named, 'keyIdentifier': 'k'}}}, {'userAssignedIdentities': {ID: {}}}, detail='(none named)')
      for named in (None, '')),
    row('user, deleted', 'Failed', 'CMK_ERROR IdentityDeleted', KEYED, ATTACHED, trouble('NotFound', 404),
        facts={**FACTS, 'status': 404},
        detail='key-opener does not exist', solution='az acr encryption rotate-key --name myregistry'),
    *(row(f'user, replaced: {other!r}', 'Failed', 'CMK_ERROR IdentityReplaced', KEYED, ATTACHED, says(other))
      for other in ('x', None, '', ['x'])),
    row('user, answer without properties', 'Warning', 'ARM_READ_ERROR IdentityUnavailable', KEYED, ATTACHED,
        Read({'properties': 'x'})),
    row('user, forbidden', 'Warning', 'ARM_READ_ERROR IdentityForbidden', KEYED, ATTACHED, trouble('Forbidden', 403),
        facts={**FACTS, 'status': 403, 'correlationId': 'c0ffee'}),
    *(row(f'user, {kind}', 'Warning', 'ARM_READ_ERROR IdentityUnavailable', KEYED, ATTACHED, trouble(kind, 500))
      for kind in ('Unavailable', 'NotLoggedIn')),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)
