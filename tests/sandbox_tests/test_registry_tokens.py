# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens of a registry with their scope maps, the admin user, and role assignments."""

from __future__ import annotations

import json
import pathlib
from email.message import Message
from typing import Any, Optional

import pytest

from tests.sandbox.services import arm_registry_children, cloud, role_assignments
from tests.sandbox.services.grants import Grants
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox_tests.local_control import LocalControlClient

PRINCIPAL = cloud.guid(cloud.APP + '/principal')
NAME = 'Microsoft.ContainerRegistry/registries/repositories'
LIMITED = (
    f"((NOT (ActionMatches{{'{NAME}/content/read'}}) AND NOT (ActionMatches{{'{NAME}/metadata/"
    f"read'}})) OR (@Request[{NAME}:name] StringEqualsIgnoreCase 'hello'))"
)


@pytest.fixture
def control(tmp_path: pathlib.Path) -> LocalControlClient:
    return LocalControlClient(tmp_path)


def grants(control: LocalControlClient, registry: str, application: str) -> Grants:
    return control.state.grants(control.state.known[registry], application)


def send(
    control: LocalControlClient,
    registry: str,
    method: str,
    *path: str,
    body: Optional[dict[str, Any]] = None,
    query: str = '',
) -> Response:
    content = json.dumps({'properties': body}).encode() if body else b''
    request = Request(method, f'/x?{query}', Message(), content)
    return role_assignments.respond(
        control.state, control.state.known[registry], list(path), request
    )


def assign(control: LocalControlClient, registry: str, role: str, **properties: str) -> Response:
    query = f'$filter=roleName%20eq%20%27{role.replace(" ", "%20")}%27'
    definition = json.loads(send(control, registry, 'GET', 'roledefinitions', query=query).body)
    body = {
        'roleDefinitionId': definition['value'][0]['id'],
        'principalId': PRINCIPAL,
        **properties,
    }
    return send(control, registry, 'PUT', 'roleassignments', 'id', body=body)


def test_a_token_has_what_its_scope_map_grants(control: LocalControlClient) -> None:
    control.put_token('fabrikam', 'ci', 'p', {'hello': ['content/read', 'metadata/read']})
    found = grants(control, 'fabrikam', 'ci')
    assert found.actions_in('hello') == {'pull', 'metadata_read'}
    assert found.actions_in('other') == set() and not found.may_list()
    scope_map = control.state.resources[
        f'{control.state.known["fabrikam"]["id"]}/scopeMaps/pullers'.lower()
    ]
    actions = [*scope_map['properties']['actions'], 'repositories/*/metadata/read']
    body = json.dumps({'properties': {'actions': actions, 'description': None}}).encode()
    arm_registry_children.update(control.state, scope_map, body)
    found = grants(control, 'fabrikam', 'ci')
    assert found.actions_in('other') == {'metadata_read'} and found.may_list()


@pytest.mark.parametrize('registry', ['contoso', 'fabrikam'])
def test_the_admin_user_has_all_permissions(control: LocalControlClient, registry: str) -> None:
    control.set_grants(registry, permissions=[], repositories={})
    assert 'delete' in grants(control, registry, registry).actions_in('hello')
    assert grants(control, registry, 'someone').actions_in('hello') == set()


def test_roles_by_the_mode_of_the_registry(control: LocalControlClient) -> None:
    reader = 'Container Registry Repository Reader'
    for registry, role, ineffective in (
        ('contoso', 'AcrPull', reader),
        ('fabrikam', reader, 'AcrPull'),
    ):
        control.set_grants(registry, permissions=[], repositories={})
        assert assign(control, registry, ineffective).status == 201
        assert grants(control, registry, cloud.APP).actions_in('hello') == set()
        assert assign(control, registry, role).status == 201
        assert grants(control, registry, cloud.APP).actions_in('x') == {'pull', 'metadata_read'}


def test_a_condition_limits_a_role_to_a_repository(control: LocalControlClient) -> None:
    control.set_grants('fabrikam', repositories={})
    role = 'Container Registry Repository Reader'
    for condition, version, status in (
        (LIMITED.replace('NOT ', ''), '2.0', 400),
        (LIMITED, '1.0', 400),
        (LIMITED, '2.0', 201),
        (LIMITED.replace('NOT (', '!('), '2.0', 201),
    ):
        result = assign(control, 'fabrikam', role, condition=condition, conditionVersion=version)
        assert result.status == status
    found = grants(control, 'fabrikam', cloud.APP)
    assert found.actions_in('hello') and not found.actions_in('other') and not found.may_list()
    assert assign(control, 'fabrikam', 'Container Registry Repository Catalog Lister').status == 201
    assert grants(control, 'fabrikam', cloud.APP).may_list()


def test_what_does_not_exist(control: LocalControlClient) -> None:
    assert assign(control, 'contoso', 'AcrPull', principalId='x').status == 400
    query = '$filter=roleName%20eq%20%27Nothing%27'
    listed = send(control, 'contoso', 'GET', 'roledefinitions', query=query)
    assert json.loads(listed.body) == {'value': []}
    assert send(control, 'contoso', 'GET', 'denyassignments').status == 404
