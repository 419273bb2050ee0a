# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The managed identity of the registry's customer-managed key, and the age of that key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azext_acrhealth.catalogue.registry import encryption as problems
from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, read_problem
from azext_acrhealth.grammar import IDENTITY_ID, RESOURCE_ID
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import (
    Context,
    Outcome,
    Problem,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.probes.json_access import name_of, object_of, text_of, time_of

_IDENTITY_API = '2023-01-31'
# Azure Key Vault recommends to rotate keys at least every two years.
_MAX_KEY_AGE = timedelta(days=731)
_KEY_ID = lazy_pattern(
    r'(https://[a-z0-9.-]{1,200}/keys/[a-z0-9-]{1,127})(/[a-z0-9]{1,64})?/?',
    re.IGNORECASE | re.ASCII,
)


@check(
    'encryption',
    'Customer-managed key',
    'registry',
    needs=(login_server,),
    verifies='The managed identity of a customer-managed key exists and is attached to the '
    'registry, and the key was rotated in the last two years.',
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
        return not_applicable(RESOURCE_NOT_READ)
    settings = object_of(login.properties.get('encryption'))
    key = object_of(settings.get('keyVaultProperties'))
    if not key:
        return not_applicable('the registry is encrypted with a Microsoft-managed key')
    outcome = _check_identity(ctx, login, key)
    rotation = {
        'encryption': text_of(settings.get('status')),
        'keyIdentifier': text_of(key.get('keyIdentifier')),
        'keyRotation': _rotates_automatically(key),
        'lastRotation': text_of(key.get('lastKeyRotationTimestamp')),
    }
    outcome = outcome._replace(facts={**outcome.facts, **rotation})
    return outcome if outcome.problem else _check_key_age(ctx, outcome, rotation)


def _check_key_age(ctx: Context, outcome: Outcome, rotation: Mapping[str, Any]) -> Outcome:
    """Return a warning for a key that was last rotated two years ago or earlier, else the outcome.

    A key that is pinned to one version is reported only when it is that old.
    """
    rotates, rotated = rotation['keyRotation'], time_of(rotation['lastRotation'])
    mode = (
        'new key versions are used automatically' if rotates else 'the key is pinned to one version'
    )
    if rotated is None or ctx.probes.now() - rotated < _MAX_KEY_AGE:
        return outcome if rotates is None else outcome._replace(detail=f'{outcome.detail}; {mode}')
    key_id = _KEY_ID.fullmatch(rotation['keyIdentifier'] or '')
    return warned(
        problems.KEY_STALE if rotates else problems.VERSIONED_KEY_STALE,
        f'key last rotated on {rotated:%Y-%m-%d}; {mode}',
        placeholders={'key_id': key_id[1]} if key_id else {},
        **outcome.facts,
    )


def _rotates_automatically(key: Mapping[str, Any]) -> bool | None:
    """Return whether the registry uses new versions of its key automatically; None if unknown.

    Without `keyRotationEnabled`, it does if the key identifier has no version.
    """
    enabled = key.get('keyRotationEnabled')
    if isinstance(enabled, bool):
        return enabled
    key_id = _KEY_ID.fullmatch(text_of(key.get('keyIdentifier')) or '')
    return key_id[2] is None if key_id else None


def _check_identity(ctx: Context, login: LoginServer, key: Mapping[str, Any]) -> Outcome:
    client_id = str(key.get('identity') or '')
    attached = object_of(object_of(login.resource).get('identity'))
    if client_id == 'system':
        if attached.get('principalId'):
            return passed(
                'the system-assigned identity is attached to the registry', identity='system'
            )
        return failed(
            problems.SYSTEM_IDENTITY_OFF,
            "the system-assigned identity isn't attached to the registry",
            identity='system',
        )
    resource_id = _attached_identity(login, client_id)
    if resource_id is None:
        return failed(
            problems.KEY_IDENTITY_DETACHED,
            f"identity {client_id or '(none specified)'} isn't attached to the registry",
            identity=client_id,
        )
    facts: dict[str, Any] = {'identity': client_id, 'resourceId': resource_id}
    result = ctx.probes.read_resource(resource_id, _IDENTITY_API, ctx.deadline)
    facts.update(at=result.at or None, status=result.status, correlationId=result.correlation_id)
    if result.failure is None:
        properties = object_of((result.resource or {}).get('properties'))
        if _has_client_id(properties, client_id):
            return passed(
                'the user-assigned identity exists and is attached to the registry', **facts
            )
        if 'clientId' not in properties:
            return warned(
                problems.KEY_IDENTITY_UNAVAILABLE,
                f'{name_of(resource_id)} has no client ID',
                **facts,
            )
        return failed(
            problems.KEY_IDENTITY_CHANGED,
            f'{name_of(resource_id)} has a different client ID',
            **facts,
        )
    if result.is_gone:
        return failed(problems.KEY_IDENTITY_GONE, f"{name_of(resource_id)} doesn't exist", **facts)
    problem = read_problem(
        result.failure, problems.KEY_IDENTITY_UNREADABLE, problems.KEY_IDENTITY_UNAVAILABLE
    )
    identity_id = resource_id if RESOURCE_ID.fullmatch(resource_id) else ''
    return warned(
        problem,
        f'{name_of(resource_id)}: {result.failure.text}',
        placeholders=reader_placeholders(
            result.claims, ctx.options.identity, identity_id=identity_id
        ),
        **facts,
    )


def key_denial(
    problem: Problem, login: LoginServer
) -> tuple[Problem, dict[str, str], dict[str, Any]]:
    """Return the problem of a registry that can't use its key, its placeholders, and its facts.

    For an inactive identity, the kind of identity in the key settings decides the problem.
    """
    key = object_of(object_of(login.properties.get('encryption')).get('keyVaultProperties'))
    client_id, placeholders = text_of(key.get('identity')) or '', dict[str, str]()
    key_id = _KEY_ID.fullmatch(text_of(key.get('keyIdentifier')) or '')
    if key_id:
        host, _, name = key_id[1].removeprefix('https://').partition('/keys/')
        placeholders.update(key_id=key_id[1], key=name, vault=host.partition('.')[0])
    if problem is problems.KEY_IDENTITY_INACTIVE and client_id:
        is_system = client_id == 'system'
        problem = (
            problems.SYSTEM_IDENTITY_INACTIVE if is_system else problems.USER_IDENTITY_INACTIVE
        )
        resource_id = _attached_identity(login, client_id)
        if resource_id and IDENTITY_ID.fullmatch(resource_id):
            placeholders['identity'] = resource_id
    facts = {'identity': client_id, 'keyIdentifier': text_of(key.get('keyIdentifier'))}
    return problem, placeholders, facts if key else {}


def _attached_identity(login: LoginServer, client_id: str) -> str | None:
    """Return the resource ID of the attached identity with a client ID, None if there is none."""
    attached = object_of(object_of(login.resource).get('identity'))
    identities = object_of(attached.get('userAssignedIdentities'))
    return next(
        (
            str(name)
            for name, entry in identities.items()
            if _has_client_id(object_of(entry), client_id)
        ),
        None,
    )


def _has_client_id(identity: Mapping[str, Any], client_id: str) -> bool:
    return bool(client_id) and str(identity.get('clientId', '')).lower() == client_id.lower()
