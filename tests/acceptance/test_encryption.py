# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""CMK_ERROR, and encryption settings that aren't an error."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.codes import ARM_READ, CMK
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud


class TestEncryption:
    """CMK_ERROR, and encryption settings that aren't an error."""

    IDENTITY = cloud.resource_id(
        'rg-apps', 'Microsoft.ManagedIdentity/userAssignedIdentities', 'cmkidentity'
    )

    def run(self, sandbox: Sandbox, registry: str) -> Run:
        return check(sandbox, '-n', registry, '--only', 'encryption', 'login-server')

    def test_works(self, sandbox: Sandbox) -> None:
        for registry in ('cmkuser', 'cmksystem'):
            self.run(sandbox, registry).has('encryption', 'Passed')
        assert len(sandbox.requests('arm-identity')) == 1

    @pytest.mark.parametrize(
        'registry, patch, reason',
        [
            ('cmkuser', {'identity': None}, 'IdentityNotAttached'),
            (
                'cmkuser',
                {
                    'identity': {
                        'type': 'SystemAssigned',
                        'principalId': 'a',
                        'userAssignedIdentities': None,
                    }
                },
                'IdentityNotAttached',
            ),
            ('cmksystem', {'identity': None}, 'SystemIdentityMissing'),
            (
                'cmkuser',
                {'properties': {'encryption': {'keyVaultProperties': {'identity': None}}}},
                'IdentityNotAttached',
            ),
        ],
    )
    def test_not_attached(
        self, sandbox: Sandbox, registry: str, patch: dict[str, Any], reason: str
    ) -> None:
        sandbox.patch_registry(registry, patch)
        run = self.run(sandbox, registry)
        row = run.has('encryption', 'Failed', CMK, reason)
        assert f'--name {registry}' in row['solutions'][0] and run.finished.code == 1

    @pytest.mark.parametrize(
        'spec, status, code, reason',
        [
            ('status:404', 'Failed', CMK, 'IdentityDeleted'),
            ('status:403', 'Warning', ARM_READ, 'IdentityForbidden'),
            ('status:500', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('notjson', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('list', 'Warning', ARM_READ, 'IdentityUnavailable'),
            ('reset', 'Warning', ARM_READ, 'IdentityUnavailable'),
        ],
    )
    def test_identity_unread(
        self, sandbox: Sandbox, spec: str, status: str, code: str, reason: str
    ) -> None:
        sandbox.set_fault('arm-identity', spec)
        run = self.run(sandbox, 'cmkuser')
        run.has('encryption', status, code, reason)
        assert run.finished.code == (1 if status == 'Failed' else 0)

    def test_deleted_or_replaced(self, sandbox: Sandbox) -> None:
        sandbox.put_resource(self.IDENTITY, {'properties': {'clientId': cloud.guid('another')}})
        self.run(sandbox, 'cmkuser').has('encryption', 'Failed', CMK, 'IdentityReplaced')
        sandbox.delete_resource(self.IDENTITY)
        self.run(sandbox, 'cmkuser').has('encryption', 'Failed', CMK, 'IdentityDeleted')
