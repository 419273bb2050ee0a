# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the registry can use the managed identity that opens its customer-managed key."""

from __future__ import annotations

from typing import Any, Mapping

from azext_acrhealth.catalogue import resource as problems
from azext_acrhealth.checks.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.raw import name_of, object_of

_IDENTITY_API = '2023-01-31'


@check('encryption', 'Encryption key identity', 'registry', needs=(login_server,),
       verifies='The managed identity of a customer-managed key exists and is attached to the registry.',
       problems=(problems.SYSTEM_IDENTITY_OFF, problems.KEY_IDENTITY_DETACHED, problems.KEY_IDENTITY_GONE,
                 problems.KEY_IDENTITY_CHANGED, problems.KEY_IDENTITY_UNREADABLE, problems.KEY_IDENTITY_UNAVAILABLE))
def encryption(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable('the registry\'s resource could not be read (row login-server)')
    key = object_of(object_of(login.properties.get('encryption')).get('keyVaultProperties'))
    if not key:
        return not_applicable('the registry is encrypted with a key that Microsoft manages')
    wanted = str(key.get('identity') or '')
    attached = object_of(login.resource.get('identity'))
    if wanted == 'system':
        if attached.get('principalId'):
            return passed('the system-assigned identity is attached', identity='system')
        return failed(problems.SYSTEM_IDENTITY_OFF, 'the system-assigned identity is not attached', identity='system')
    identities = object_of(attached.get('userAssignedIdentities'))
    resource_id = next((str(name) for name, entry in identities.items() if _is(object_of(entry), wanted)), None)
    if resource_id is None:
        return failed(problems.KEY_IDENTITY_DETACHED, f'the identity {wanted or "(none named)"} is not attached',
                      identity=wanted)
    facts: dict[str, Any] = {'identity': wanted, 'resourceId': resource_id}
    read = ctx.world.read_resource(resource_id, _IDENTITY_API, ctx.deadline)
    facts.update(at=read.at or None, status=read.status, correlationId=read.correlation_id)
    if read.trouble is None:
        properties = object_of((read.resource or {}).get('properties'))
        if _is(properties, wanted):
            return passed('the user-assigned identity is attached and exists', **facts)
        if 'clientId' not in properties:
            return warned(problems.KEY_IDENTITY_UNAVAILABLE, f'{name_of(resource_id)} does not tell its client id',
                          **facts)
        return failed(problems.KEY_IDENTITY_CHANGED, f'{name_of(resource_id)} has another client id', **facts)
    if read.trouble.kind == 'NotFound':
        return failed(problems.KEY_IDENTITY_GONE, f'{name_of(resource_id)} does not exist', **facts)
    unseen = problems.KEY_IDENTITY_UNREADABLE if read.trouble.kind == 'Forbidden' else problems.KEY_IDENTITY_UNAVAILABLE
    return warned(unseen, f'{name_of(resource_id)}: {read.trouble.text}', **facts)


def _is(identity: Mapping[str, Any], client_id: str) -> bool:
    return bool(client_id) and str(identity.get('clientId', '')).lower() == client_id.lower()
