# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the registry can use the managed identity that opens its customer-managed key, and how old the key is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from azext_acrhealth.catalogue.registry import encryption as problems
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import UNREAD
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import name_of, object_of, text_of

_IDENTITY_API = '2023-01-31'
# Azure Key Vault's own recommendation: keys are rotated at least every two years.
_OLD = timedelta(days=731)
_TIME = re.compile(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)?', re.ASCII)
_KEY = re.compile(
    r'(https://[a-z0-9.-]{1,200}/keys/[a-z0-9-]{1,127})(/[a-z0-9]{1,64})?/?',
    re.IGNORECASE | re.ASCII,
)


@check(
    'encryption',
    'Encryption key identity',
    'registry',
    needs=(login_server,),
    verifies='The managed identity of a customer-managed key exists and is attached to the '
    'registry, and the key is'
    ' not older than two years.',
    problems=(
        problems.SYSTEM_IDENTITY_OFF,
        problems.KEY_IDENTITY_DETACHED,
        problems.KEY_IDENTITY_GONE,
        problems.KEY_IDENTITY_CHANGED,
        problems.KEY_IDENTITY_UNREADABLE,
        problems.KEY_IDENTITY_UNAVAILABLE,
        problems.KEY_STALE,
        problems.VERSIONED_KEY_STALE,
    ),
)
def encryption(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(UNREAD)
    encrypted = object_of(login.properties.get('encryption'))
    key = object_of(encrypted.get('keyVaultProperties'))
    if not key:
        return not_applicable('the registry is encrypted with a key that Microsoft manages')
    found = _identity(ctx, login, key)
    rotation = {
        'encryption': text_of(encrypted.get('status')),
        'keyIdentifier': text_of(key.get('keyIdentifier')),
        'keyRotation': _rotates(key),
        'lastRotation': text_of(key.get('lastKeyRotationTimestamp')),
    }
    found = replace(found, facts={**found.facts, **rotation})
    return found if found.problem else _aged(ctx, found, rotation)


def _aged(ctx: Context, found: Outcome, rotation: Mapping[str, Any]) -> Outcome:
    """Judge the key of an identity that works: one of a fixed version is no trouble before it is old."""
    rotates, rotated = rotation['keyRotation'], _instant(rotation['lastRotation'])
    how = 'it follows the vault' if rotates else 'it is fixed to one version, which nothing rotates'
    if rotated is None or ctx.probes.now() - rotated < _OLD:
        return (
            found if rotates is None else replace(found, detail=f'{found.detail}; the key: {how}')
        )
    key = _KEY.fullmatch(rotation['keyIdentifier'] or '')
    return warned(
        problems.KEY_STALE if rotates else problems.VERSIONED_KEY_STALE,
        f'the key was last rotated on {rotated:%Y-%m-%d}; {how}',
        placeholders={'key_id': key[1]} if key else {},
        **found.facts,
    )


def _rotates(key: Mapping[str, Any]) -> bool | None:
    """Tell whether the registry takes new versions of its key by itself: it does where none is named."""
    told, named = (
        key.get('keyRotationEnabled'),
        _KEY.fullmatch(text_of(key.get('keyIdentifier')) or ''),
    )
    if isinstance(told, bool):
        return told
    return named[2] is None if named else None


def _instant(text: str | None) -> datetime | None:
    match = _TIME.fullmatch(text or '')
    try:
        return (
            datetime.strptime(match[1], '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc)
            if match
            else None
        )
    except ValueError:
        return None


def _identity(ctx: Context, login: LoginServer, key: Mapping[str, Any]) -> Outcome:
    wanted = str(key.get('identity') or '')
    attached = object_of(object_of(login.resource).get('identity'))
    if wanted == 'system':
        if attached.get('principalId'):
            return passed('the system-assigned identity is attached', identity='system')
        return failed(
            problems.SYSTEM_IDENTITY_OFF,
            'the system-assigned identity is not attached',
            identity='system',
        )
    identities = object_of(attached.get('userAssignedIdentities'))
    resource_id = next(
        (str(name) for name, entry in identities.items() if _is(object_of(entry), wanted)), None
    )
    if resource_id is None:
        return failed(
            problems.KEY_IDENTITY_DETACHED,
            f'the identity {wanted or "(none named)"} is not attached',
            identity=wanted,
        )
    facts: dict[str, Any] = {'identity': wanted, 'resourceId': resource_id}
    read = ctx.probes.read_resource(resource_id, _IDENTITY_API, ctx.deadline)
    facts.update(at=read.at or None, status=read.status, correlationId=read.correlation_id)
    if read.failure is None:
        properties = object_of((read.resource or {}).get('properties'))
        if _is(properties, wanted):
            return passed('the user-assigned identity is attached and exists', **facts)
        if 'clientId' not in properties:
            return warned(
                problems.KEY_IDENTITY_UNAVAILABLE,
                f'{name_of(resource_id)} does not tell its client id',
                **facts,
            )
        return failed(
            problems.KEY_IDENTITY_CHANGED, f'{name_of(resource_id)} has another client id', **facts
        )
    if read.failure.kind == 'NotFound':
        return failed(problems.KEY_IDENTITY_GONE, f'{name_of(resource_id)} does not exist', **facts)
    unseen = (
        problems.KEY_IDENTITY_UNREADABLE
        if read.failure.kind == 'Forbidden'
        else problems.KEY_IDENTITY_UNAVAILABLE
    )
    return warned(unseen, f'{name_of(resource_id)}: {read.failure.text}', **facts)


def _is(identity: Mapping[str, Any], client_id: str) -> bool:
    return bool(client_id) and str(identity.get('clientId', '')).lower() == client_id.lower()
