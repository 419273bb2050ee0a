# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's clusters, and who has which role: inheritance, groups, filters, versions."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from email.message import Message
from typing import Any

import pytest

from azext_acrhealth.options import Cluster
from azext_acrhealth.probes.azure import cluster_search
from tests.sandbox.services import cloud, tokens
from tests.sandbox.services.arm import Arm
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox_tests.local_control import LocalControlClient

CONTOSO = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
ROLES = f'{CONTOSO}/providers/Microsoft.Authorization'
SUBSCRIPTION = f'/subscriptions/{cloud.SUBSCRIPTION}'
NODES = f'{SUBSCRIPTION}/resourceGroups/MC_rg-aks_aks1_eastus'
MANAGEMENT_GROUP = '/providers/Microsoft.Management/managementGroups/mg1'


class ArmCaller(LocalControlClient):
    """Sends requests to ARM as the server would."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self._arm = Arm(self.state)

    def send(
        self, path: str, version: str, condition: str = '', method: str = 'GET', body: Any = None
    ) -> Response:
        """Return ARM's response for a path."""
        message = Message()
        claims = tokens.entra_claims(f'https://{cloud.ARM_HOST}', cloud.TENANT, cloud.APP, 'me')
        message['Authorization'] = f'Bearer {self.state.entra.issue(claims)}'
        selected = f'&$filter={urllib.parse.quote(condition)}' if condition else ''
        target = f'{path}?api-version={version}{selected}'
        data = json.dumps(body).encode() if body else b''
        request = Request(method, target, message, data, cloud.ARM_HOST)
        return self._arm.route(request).handler(request)

    def read(self, path: str, version: str, condition: str = '') -> Any:
        """Return the JSON that ARM returns for a path."""
        response = self.send(path, version, condition)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def assignments(self, condition: str = '') -> list[tuple[str, str]]:
        """Return the roles and scopes that ARM lists at contoso."""
        listed = self.read(f'{ROLES}/roleAssignments', '2022-04-01', condition)['value']
        properties = [entry['properties'] for entry in listed]
        return [(item['roleDefinitionId'].split('/')[-1], item['scope']) for item in properties]


@pytest.fixture
def arm(tmp_path: pathlib.Path) -> ArmCaller:
    return ArmCaller(tmp_path)


def error(response: Response) -> tuple[int, str, str]:
    found = json.loads(response.body)['error']
    return response.status, found['code'], found['message']


def test_a_cluster_and_what_its_nodes_pull_as(arm: ArmCaller) -> None:
    made = arm.put_cluster(pools=[{'name': 'one'}, {'name': 'two', 'osType': 'Windows'}])
    assert '/resourcegroups/rg-aks/' in made['id']
    cluster = arm.read(made['id'], '2025-05-01')
    profile = cluster['properties']['identityProfile']['kubeletidentity']
    assert '/resourcegroups/' in profile['resourceId']
    assert profile['objectId'] == made['objectId'] != cluster['identity']['principalId']
    identity = arm.read(profile['resourceId'], '2023-01-31')
    assert identity['properties']['principalId'] == made['objectId']
    sets = arm.read(f'{NODES}/providers/Microsoft.Compute/virtualMachineScaleSets', '2022-03-01')
    assert [entry['tags']['aks-managed-poolName'] for entry in sets['value']] == ['one', 'two']
    for entry in sets['value']:
        (key,) = entry['identity']['userAssignedIdentities']
        assert key != profile['resourceId'] and key.lower() == profile['resourceId'].lower()
    assert [pool['osType'] for pool in cluster['properties']['agentPoolProfiles']] == [
        'Linux',
        'Windows',
    ]


def test_a_classic_cluster(arm: ArmCaller) -> None:
    made = arm.put_cluster(service_principal=cloud.APP)
    properties = arm.read(made['id'], '2025-05-01')['properties']
    assert properties['servicePrincipalProfile'] == {'clientId': cloud.APP}
    assert 'identityProfile' not in properties


def test_a_cluster_is_found_by_its_name(arm: ArmCaller) -> None:
    made = arm.put_cluster()
    arm.put_cluster('aks2')
    for cluster, count in (
        (Cluster('AKS1'), 1),
        (Cluster('aks1', 'RG-aks'), 1),
        (Cluster('aks1', 'rg-apps'), 0),
    ):
        response = arm.send(
            '/providers/Microsoft.ResourceGraph/resources',
            '2021-03-01',
            method='POST',
            body={'query': cluster_search.query(cluster)},
        )
        assert json.loads(response.body)['data'] == [{'id': made['id']}] * count


@pytest.mark.parametrize(
    'path, version',
    [
        (f'{SUBSCRIPTION}/resourceGroups/rg-aks/providers/{{}}/aks1', '2013-01-01'),
        (f'{NODES}/providers/Microsoft.Compute/virtualMachineScaleSets', '2025-05-01'),
        (f'{ROLES}/roleAssignments', ''),
    ],
)
def test_versions(arm: ArmCaller, path: str, version: str) -> None:
    arm.put_cluster()
    path = path.format('Microsoft.ContainerService/managedClusters')
    status, code, message = error(arm.send(path, version))
    assert (status, code) == (400, 'NoRegisteredProviderFound')
    assert f"API version '{version}'" in message


@pytest.mark.parametrize(
    'action',
    [
        'Microsoft.ContainerService/managedClusters/read',
        'Microsoft.Compute/virtualMachineScaleSets/read',
        'Microsoft.Authorization/roleAssignments/read',
    ],
)
def test_permissions_can_be_denied_one_by_one(arm: ArmCaller, action: str) -> None:
    made = arm.put_cluster()
    arm.update_settings(deniedActions=[action])
    responses = [
        arm.send(made['id'], '2025-05-01'),
        arm.send(f'{NODES}/providers/Microsoft.Compute/virtualMachineScaleSets', '2022-03-01'),
        arm.send(f'{ROLES}/roleAssignments', '2022-04-01'),
    ]
    refused = [response for response in responses if response.status == 403]
    assert len(refused) == 1
    _, code, message = error(refused[0])
    assert code == 'AuthorizationFailed' and f"to perform action '{action}'" in message


PULL, PUSH = '7f951dda-4ed3-4680-a7ca-43fe172d538d', '8311e382-0749-4cb8-b61a-304f252e45ec'


def test_role_assignments_are_inherited(arm: ArmCaller) -> None:
    principal = arm.put_cluster()['objectId']
    for scope in (f'{CONTOSO}/below', CONTOSO, SUBSCRIPTION, MANAGEMENT_GROUP, '/'):
        arm.assign_role(principal, 'AcrPull', scope)
    other = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso2')
    arm.assign_role(principal, 'AcrPush', other)
    above = [(PULL, scope) for scope in (CONTOSO, SUBSCRIPTION, MANAGEMENT_GROUP, '/')]
    assert arm.assignments('atScope()') == above
    assert arm.assignments(f"atScope() and assignedTo('{principal}')") == above
    assert arm.assignments() == [(PULL, f'{CONTOSO}/below'), *above]


def test_role_assignments_of_groups(arm: ArmCaller) -> None:
    principal = arm.put_cluster()['objectId']
    nested = arm.put_group('nested', principal)
    arm.assign_role(arm.put_group('all', nested), 'AcrPull', kind='Group')
    assert arm.assignments(f"assignedTo('{principal}')") == [(PULL, CONTOSO)]
    assert arm.assignments(f"principalId eq '{principal}'") == []
    assert arm.assignments(f"assignedTo('{cloud.guid('another')}')") == []


@pytest.mark.parametrize(
    'condition',
    [
        "assignedTo('x')",
        f"atScope() and principalId eq '{cloud.APP}'",
        "name eq 'x'",
    ],
)
def test_filters_that_arm_does_not_take(arm: ArmCaller, condition: str) -> None:
    response = arm.send(f'{ROLES}/roleAssignments', '2022-04-01', condition)
    assert error(response)[:2] == (400, 'InvalidFilter')


def test_role_definitions(arm: ArmCaller) -> None:
    custom = arm.put_role_definition('Puller', actions=['Microsoft.ContainerRegistry/*/read'])
    for role, name in ((custom, 'Puller'), (PUSH, 'AcrPush')):
        properties = arm.read(f'{ROLES}/roleDefinitions/{role}', '2022-04-01')['properties']
        assert properties['roleName'] == name and properties['permissions'][0]['actions']
    unknown = arm.send(f'{ROLES}/roleDefinitions/{cloud.guid("x")}', '2022-04-01')
    assert error(unknown)[:2] == (404, 'RoleDefinitionDoesNotExist')


def test_an_assignment_that_is_made_is_listed(arm: ArmCaller) -> None:
    principal = arm.put_cluster()['objectId']
    definition = f'{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{PULL}'
    properties = {'roleDefinitionId': definition, 'principalId': principal}
    name = cloud.guid('made')
    response = arm.send(
        f'{ROLES}/roleAssignments/{name}',
        '2022-04-01',
        method='PUT',
        body={'properties': properties},
    )
    assert response.status == 201
    assert arm.assignments(f"atScope() and assignedTo('{principal}')") == [(PULL, CONTOSO)]


def test_resources_can_be_changed(arm: ArmCaller) -> None:
    made = arm.put_cluster()
    arm.patch_resource(made['id'], {'properties': {'powerState': {'code': 'Stopped'}}})
    properties = arm.read(made['id'], '2025-05-01')['properties']
    assert properties['powerState'] == {'code': 'Stopped'} and properties['kubernetesVersion']
