# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Role assignments at a registry, as `az role assignment create` makes them.

Documented: the roles and their permissions in both modes (Learn, "Azure Container Registry roles
directory reference"), the requests and conditions (Learn, "Azure role assignment conditions").
Inferred: an assignment takes effect at once.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import errors
from tests.sandbox.services.grants import Grants
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.role_based_access import BUILT_IN

Resource = dict[str, Any]
_READ, _WRITE, _DELETE = ('read', 'metadata/read'), ('write', 'metadata/write'), ('delete',)
# The permissions of the roles that a registry without ABAC respects.
LEGACY_ROLES = {'AcrPull': _READ, 'AcrPush': (*_READ, *_WRITE), 'AcrDelete': _DELETE}
_PULL, _PUSH = ('pull', 'metadata_read'), ('push', 'metadata_write')
# The actions of the roles that a registry with ABAC respects.
ABAC_ROLES = {
    'Container Registry Repository Reader': _PULL,
    'Container Registry Repository Writer': (*_PULL, *_PUSH),
    'Container Registry Repository Contributor': (*_PULL, *_PUSH, 'delete'),
    'Container Registry Repository Catalog Lister': (),
}
# Shell quoting that went wrong leaves a text that isn't such a condition.
_ACTION = (
    r"(?:NOT |!)\(ActionMatches\{'Microsoft\.ContainerRegistry/registries/repositories/[\w/]+'\}\)"
)
_CONDITION = re.compile(
    rf'\(\({_ACTION}(?: AND {_ACTION})*\) OR '
    r'\(@Request\[Microsoft\.ContainerRegistry/registries/repositories:name\] '
    r"StringEqualsIgnoreCase '([^']+)'\)\)"
)
_FILTER = re.compile(r"roleName eq '([^']+)'")


def respond(state: State, registry: Resource, path: list[str], request: Request) -> Response:
    """Respond to a list of role definitions by name or of assignments, or to a new assignment."""
    scope = f'{registry["id"]}/providers/Microsoft.Authorization'
    if path == ['roledefinitions'] and request.method == 'GET':
        match = _FILTER.fullmatch(request.query.get('$filter', [''])[0])
        known = match is not None and match[1] in {*LEGACY_ROLES, *ABAC_ROLES}
        return json_response(
            200, {'value': [_definition(registry, match[1])] if match and known else []}
        )
    if path[:1] == ['roledefinitions'] and len(path) == 2 and request.method == 'GET':
        definition = state.access.definition(path[1], registry['id'].split('/')[2])
        if definition:
            return json_response(200, definition)
        text = f"The specified role definition with ID '{path[1]}' does not exist."
        return errors.arm(404, 'RoleDefinitionDoesNotExist', text)
    if path == ['roleassignments'] and request.method == 'GET':
        try:
            listed = state.access.listed(registry['id'], request.query.get('$filter', [''])[0])
        except ValueError as error:
            return errors.arm(400, 'InvalidFilter', str(error))
        return json_response(200, {'value': listed, 'nextLink': None})
    if path[:1] == ['roleassignments'] and len(path) == 2 and request.method == 'PUT':
        return _assign(state, registry, f'{scope}/roleAssignments/{path[1]}', request)
    return errors.arm(404, 'InvalidResourceType', 'The resource type could not be found.')


def _definition(registry: Resource, role: str) -> Resource:
    subscription = '/'.join(registry['id'].split('/')[:3])
    name = BUILT_IN[role][0]
    return {
        'id': f'{subscription}/providers/Microsoft.Authorization/roleDefinitions/{name}',
        'name': name,
        'type': 'Microsoft.Authorization/roleDefinitions',
        'properties': {'roleName': role, 'type': 'BuiltInRole', 'permissions': []},
    }


def _assign(state: State, registry: Resource, identifier: str, request: Request) -> Response:
    properties = json.loads(request.body)['properties']
    role = next(
        role
        for role in (*LEGACY_ROLES, *ABAC_ROLES)
        if _definition(registry, role)['id'] == properties['roleDefinitionId']
    )
    application = next(
        (
            principal.application
            for principal in state.principals.known.values()
            if principal.principal == properties['principalId']
        ),
        None,
    )
    if application is None:
        text = f'Principal {properties["principalId"]} does not exist in the directory.'
        return errors.arm(400, 'PrincipalNotFound', text)
    condition = properties.get('condition')
    match = _CONDITION.fullmatch(condition) if condition else None
    if condition and (match is None or properties.get('conditionVersion') != '2.0'):
        return errors.arm(400, 'InvalidRoleAssignmentCondition', 'The condition is invalid.')
    _grant(state, registry, application, role, match and match[1])
    state.access.assign(
        properties['principalId'],
        role,
        registry['id'],
        properties.get('principalType') or 'ServicePrincipal',
        condition,
        datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ'),
        registry['id'].split('/')[2],
    )
    return json_response(201, {'id': identifier, 'properties': properties})


def _grant(
    state: State, registry: Resource, application: str, role: str, repository: Optional[str]
) -> None:
    """Add what a role grants in the mode of the registry to the grants of an application."""
    old = state.grants(registry, application)
    permissions = [*(old.permissions or ())]
    repositories = {name: [*actions] for name, actions in (old.repositories or {}).items()}
    catalog = old.catalog or role == 'Container Registry Repository Catalog Lister'
    if old.abac:
        repositories.setdefault(repository or '*', []).extend(ABAC_ROLES.get(role, ()))
    else:
        permissions += LEGACY_ROLES.get(role, ())
    grants = Grants(permissions, repositories, catalog or None)
    state.set_grants(registry['name'], grants, application)
