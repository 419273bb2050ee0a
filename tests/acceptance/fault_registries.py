# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Registries that are made for a fault, with the resources that its stage needs."""

from __future__ import annotations

from typing import Any

from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud


def put_registry(sandbox: Sandbox, stage: str, name: str) -> str:
    """Add a registry of which a run reaches a stage, and return its resource id."""
    resource = cloud.registry(name, 'rg-apps')
    if stage == 'arm-identity':
        _encrypt(sandbox, resource)
    sandbox.put_resource(resource['id'], resource)
    if stage == 'arm-cache-rules':
        sandbox.put_cache_rule(name, 'mcr', 'mcr.microsoft.com/*', 'mcr/*')
    return str(resource['id'])


def _encrypt(sandbox: Sandbox, resource: dict[str, Any]) -> None:
    """Encrypt a registry by a key that it reads with a managed identity of its own."""
    name = resource['name']
    identity = cloud.identity(name)
    client = identity['properties']['clientId']
    encryption = sandbox.patch_registry('cmkuser', {})['properties']['encryption']
    sandbox.put_resource(identity['id'], identity)
    resource['identity'] = {
        'type': 'UserAssigned',
        'userAssignedIdentities': {identity['id']: {'principalId': '', 'clientId': client}},
    }
    resource['properties']['encryption'] = {
        **encryption,
        'keyVaultProperties': {**encryption['keyVaultProperties'], 'identity': client},
    }
