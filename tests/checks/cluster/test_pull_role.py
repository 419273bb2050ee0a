# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the role by which nodes pull."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.pull_role import pull_role
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    CLIENT,
    CONTROL_PLANE,
    IDENTITY_ID,
    KUBELET,
    OPTIONS,
    READER,
    SUBSCRIPTION,
    TARGET,
    assignment,
    cluster_resource,
    failure,
    for_repositories,
    identity_resource,
    listed,
    login_server,
)
from tests.checks.fake_probes import (
    ACCOUNT,
    REGISTRY_ID,
    USER_CLAIMS,
    FakeProbes,
)
from tests.checks.table import Row, run, shown, verify

PART = 'providers/Microsoft.Authorization/roleAssignments'
OF_NODES, OF_CONTROL_PLANE = (
    f"{PART} atScope() and assignedTo('{principal}')" for principal in (KUBELET, CONTROL_PLANE)
)
AT_SCOPE = f'{PART} atScope()'
GROUP = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e74'
CUSTOM = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e75'
DEFINITION = f'{REGISTRY_ID}/providers/Microsoft.Authorization/roleDefinitions/{CUSTOM}'
PULL = 'Microsoft.ContainerRegistry/registries/pull/read'
LEGACY, ABAC = login_server(), login_server(abac=True)
WITH_APP = OPTIONS._replace(repository='team/app')
FORBIDDEN = failure('Forbidden', '(AuthorizationFailed) no', 403)._replace(claims=USER_CLAIMS)
HELLO = for_repositories('hello')
ODD = "@Principal[x] StringEquals 'y'"
CLASSIC = cluster_resource(servicePrincipalProfile={'clientId': CLIENT}, identityProfile=None)
GRANT = (
    f'az role assignment create --assignee-object-id {KUBELET} --assignee-principal-type '
    'ServicePrincipal --role '
)
# The fake clock shows 2026-01-02T03:04:05Z.
FIVE_MINUTES_AGO, AN_HOUR_AGO = '2026-01-02T02:59:05Z', '2026-01-02T02:04:05.12Z'


def custom(*actions: str, **more: Any) -> ArmResult:
    permissions = [{'actions': list(actions), **more}]
    return ArmResult({'properties': {'roleName': 'Puller', 'permissions': permissions}}, status=200)


def row(
    name: str,
    status: str,
    problem: str = '',
    *items: Any,
    read: ArmResult | None = None,
    login: LoginServer = LEGACY,
    control_plane: ArmResult | None = None,
    definition: ArmResult | None = None,
    identity: ArmResult | None = None,
    cluster: Any = None,
    **more: Any,
) -> Row:
    """Return a row for what nodes pull as with these role assignments.

    The control plane's must not be read, unless they are given.
    """
    lists = {OF_NODES: read or listed(*items), AT_SCOPE: read or listed(*items)}
    if control_plane is not None:
        lists[OF_CONTROL_PLANE] = control_plane
    resources = {IDENTITY_ID: identity or identity_resource()}
    if definition:
        resources[DEFINITION] = definition
    return Row(
        name,
        pull_role,
        status,
        problem and (problem if ' ' in problem else f'PULL_ROLE_ERROR {problem}'),
        **{
            'probes': FakeProbes(lists=lists, resources=resources),
            'needs': (cluster or cluster_resource(), login),
            'options': OPTIONS,
            'target': TARGET,
            **more,
        },
    )


NONE = listed()
TABLE = (
    row(
        'AcrPull',
        'Passed',
        '',
        assignment(),
        detail='the kubelet identity of aks1 has AcrPull at the registry, which allows pulls',
        facts={
            'principalId': KUBELET,
            'abacRepositoryPermissions': False,
            'assignmentCount': 1,
            'status': 200,
        },
    ),
    row(
        'inherited',
        'Passed',
        '',
        assignment('Reader', scope=f'/subscriptions/{SUBSCRIPTION}'),
        detail='has Reader at the subscription, which allows pulls',
    ),
    row(
        'through a group',
        'Passed',
        '',
        assignment(principal=GROUP, kind='Group'),
        detail=f'has AcrPull at the registry through group {GROUP}',
    ),
    row(
        'a role of repositories',
        'Passed',
        '',
        assignment('AcrPull'),
        assignment(READER),
        login=ABAC,
        options=WITH_APP,
        detail=f'has {READER} at the registry, which allows pulls of team/app',
    ),
    row(
        'a condition that includes the repository',
        'Passed',
        '',
        assignment(READER, condition=for_repositories('hello', 'Team/App')),
        login=ABAC,
        options=WITH_APP,
    ),
    row(
        'a custom role',
        'Passed',
        '',
        assignment(CUSTOM),
        definition=custom('Microsoft.ContainerRegistry/registries/*/read'),
        detail='has Puller at the registry',
    ),
    row(
        'an old role, and a young one',
        'Passed',
        '',
        assignment(created=FIVE_MINUTES_AGO),
        assignment(created=AN_HOUR_AGO),
    ),
    row('an unreadable identity', 'Passed', '', assignment(), identity=FORBIDDEN),
    row(
        'no role',
        'Failed',
        'NoPullRole',
        control_plane=NONE,
        detail='the kubelet identity of aks1 has no role that allows pulls',
        solution=f'{GRANT}"AcrPull" --scope {REGISTRY_ID}',
        facts={'assignments': [], 'assignmentCount': 0},
    ),
    row(
        'no role, and what AKS offers',
        'Failed',
        'NoPullRole',
        assignment('AcrDelete'),
        control_plane=FORBIDDEN,
        detail='has no role that allows pulls, only AcrDelete',
        solution=f'az aks update --resource-group rg-aks --name aks1 --subscription {SUBSCRIPTION}'
        f' --attach-acr {REGISTRY_ID}',
    ),
    row(
        'no role of repositories',
        'Failed',
        'NoPullRole',
        login=ABAC,
        control_plane=NONE,
        options=WITH_APP,
        solution=f'{GRANT}"{READER}" --scope {REGISTRY_ID} --condition',
    ),
    row(
        'a custom role that does not allow pulls',
        'Failed',
        'NoPullRole',
        assignment(CUSTOM),
        definition=custom('*', notActions=['Microsoft.ContainerRegistry/*']),
        control_plane=NONE,
        detail='only Puller',
    ),
    *(
        row(
            f'{role} on a registry with ABAC',
            'Failed',
            'RoleIgnoredByAbac',
            assignment(role),
            login=ABAC,
            detail=f'{role} has no effect with ABAC repository permissions; the kubelet identity',
            solution=f'{GRANT}"{READER}"',
        )
        for role in ('AcrPull', 'AcrPush', 'Owner')
    ),
    row(
        'a role of the control plane',
        'Failed',
        'RoleOnControlPlane',
        control_plane=listed(assignment(principal=CONTROL_PLANE)),
        detail="the control plane's identity has AcrPull, the kubelet identity none",
        solution=GRANT,
    ),
    row(
        'a condition that excludes the repository',
        'Failed',
        'ConditionExcludesRepository',
        assignment(READER, condition=HELLO),
        login=ABAC,
        options=WITH_APP,
        detail=f"the condition of {READER} doesn't include team/app",
        solution='Add team/app to the condition: save the role assignment of',
    ),
    row(
        'a condition that excludes everything',
        'Failed',
        'ConditionExcludesRepository',
        assignment(READER, condition="!(ActionMatches{'*'})"),
        login=ABAC,
        detail=f"the condition of {READER} doesn't include pulls",
        unfilled_placeholders=['repository'],
    ),
    row(
        'another tenant',
        'Failed',
        'IdentityInOtherTenant',
        login=login_server(tenant='7a1c0f6e-52d4-4c1b-9d0e-3f1b2a4c5d02'),
        control_plane=NONE,
        detail='the registry in 7a1c0f6e-52d4-4c1b-9d0e-3f1b2a4c5d02',
        solution='az acr token create --registry myregistry',
    ),
    row(
        'no role, but anonymous pulls',
        'Warning',
        'AnonymousPullOnly',
        login=login_server(anonymousPullEnabled=True),
        control_plane=NONE,
        detail='has no role that allows pulls; the registry allows anonymous pulls',
    ),
    row(
        'a young role',
        'Warning',
        'RoleNotYetEffective',
        assignment(created=FIVE_MINUTES_AGO),
        detail='has AcrPull at the registry, assigned a short time ago',
    ),
    row(
        'a young role of a group',
        'Warning',
        'RoleNotYetEffective',
        assignment(principal=GROUP, kind='Group', created=AN_HOUR_AGO),
        detail=f'through group {GROUP}, assigned a short time ago',
        solution='to the identity itself',
    ),
    row(
        'a condition without a repository',
        'Warning',
        'RepositoryNeeded',
        assignment(READER, condition=HELLO),
        login=ABAC,
        detail=f'has {READER} at the registry under a condition: ((!(ActionMatches',
        solution='`--image` or `--repository`',
    ),
    row(
        'a condition that is not understood',
        'Warning',
        'ConditionNotEvaluated',
        assignment(READER, condition=ODD),
        login=ABAC,
        options=WITH_APP,
        detail=ODD,
        solution='az role assignment list',
    ),
    row(
        'a role of repositories in legacy mode',
        'Warning',
        'RoleEffectUnknown',
        assignment(READER),
        detail=f'has {READER} at the registry, whose effect here is not known',
        solution=f'{GRANT}"AcrPull"',
    ),
    row(
        'a role whose conditions are not documented',
        'Warning',
        'RoleEffectUnknown',
        assignment('Container Registry Data Importer and Data Reader', condition=HELLO),
        login=ABAC,
        detail='whose effect here with its condition is not known',
    ),
    row(
        'a service principal that may have a role',
        'Warning',
        'ServicePrincipalUnverified',
        assignment(),
        assignment('Reader', ACCOUNT, kind='User'),
        assignment('AcrDelete', GROUP),
        assignment(CUSTOM, GROUP, kind='Group'),
        cluster=CLASSIC,
        detail=f'2 principals that are not users have a role that can allow pulls: {KUBELET}, '
        f'{GROUP}',
        facts={'assignmentCount': 2, 'clientId': CLIENT, 'principalId': None},
        solution=f'with {KUBELET}, {GROUP}: `az ad sp show --id {CLIENT}',
    ),
    row(
        'a service principal without a role',
        'Failed',
        'NoPullRole',
        assignment(kind='User'),
        cluster=CLASSIC,
        detail=f'service principal {CLIENT} has no role that allows pulls',
        solution=f'az role assignment create --assignee {CLIENT} --role "AcrPull"',
    ),
    row(
        'a service principal, and more assignments than were read',
        'Warning',
        'ARM_READ_ERROR RoleAssignmentsUnavailable',
        read=listed(more=True),
        cluster=CLASSIC,
        detail='more role assignments than were read',
    ),
    row(
        'a service principal whose assignments are forbidden',
        'Warning',
        'ARM_READ_ERROR RoleAssignmentsForbidden',
        read=FORBIDDEN,
        cluster=CLASSIC,
    ),
    row(
        'an unread registry',
        'Warning',
        'ARM_READ_ERROR PullRoleRegistryUnread',
        login=LEGACY._replace(resource=None),
        detail='`login-server` check',
    ),
    row(
        'forbidden',
        'Warning',
        'ARM_READ_ERROR RoleAssignmentsForbidden',
        read=FORBIDDEN,
        detail='Microsoft.Authorization/roleAssignments/read is required: (AuthorizationFailed)',
        facts={'requiredPermission': 'Microsoft.Authorization/roleAssignments/read', 'status': 403},
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader',
    ),
    *(
        row(
            f'assignments that are not returned: {kind}',
            'Warning',
            'ARM_READ_ERROR RoleAssignmentsUnavailable',
            read=failure(kind),
            solution=f'--scope {REGISTRY_ID}',
        )
        for kind in ('Unavailable', 'NotFound', 'NotLoggedIn')
    ),
    row(
        'more assignments than were read',
        'Warning',
        'ARM_READ_ERROR RoleAssignmentsUnavailable',
        read=listed(assignment('AcrDelete'), more=True),
        detail='there are more role assignments than were read',
    ),
    row(
        'a custom role that is forbidden',
        'Warning',
        'ARM_READ_ERROR RoleDefinitionForbidden',
        assignment(CUSTOM),
        definition=FORBIDDEN,
        detail='Microsoft.Authorization/roleDefinitions/read is required',
        facts={'requiredPermission': 'Microsoft.Authorization/roleDefinitions/read'},
    ),
    row(
        'a custom role that is not returned',
        'Warning',
        'ARM_READ_ERROR RoleDefinitionUnavailable',
        assignment(CUSTOM),
        definition=failure('Unavailable', 'timed out'),
        detail='timed out',
        solution=f'--name {CUSTOM}',
    ),
    row(
        'a custom role without permissions',
        'Warning',
        'ARM_READ_ERROR RoleDefinitionUnavailable',
        assignment(CUSTOM),
        definition=ArmResult({'properties': {}}),
        detail=f'the definition of role {CUSTOM} has no permissions',
    ),
    row(
        'a deleted identity',
        'Skipped',
        '',
        assignment(),
        identity=failure('NotFound', '(ResourceNotFound) gone'),
        detail='the kubelet identity no longer exists',
    ),
    row(
        'an identity that was made again',
        'Skipped',
        '',
        assignment(),
        identity=identity_resource(CLIENT),
    ),
    row(
        'nothing that nodes pull as',
        'Skipped',
        cluster=cluster_resource(identityProfile=None),
        detail='what the nodes pull as is not known',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


KEYS = ['name', 'properties', 'roleDefinitionId', 'principalId', 'scope', 'condition', 'createdOn']
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([KUBELET, CUSTOM, ODD, '/', 'x']),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)
ITEM = st.fixed_dictionaries(
    {'properties': st.fixed_dictionaries(dict.fromkeys(KEYS[2:], JSON)), 'name': JSON}
)


@given(st.lists(ITEM) | JSON, JSON, st.booleans())
def test_any_json_makes_a_row(items: Any, definition: Any, abac: bool) -> None:
    case = row(
        'any JSON',
        '',
        read=ArmResult({'value': items}),
        definition=ArmResult({'properties': definition}),
        control_plane=ArmResult({'value': items}),
        login=login_server(abac),
    )
    entry = shown(pull_role, run(case), TARGET)
    assert entry['status'] in ('Passed', 'Warning', 'Failed', 'Skipped')
