# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the identity by which the nodes of a cluster pull has a role that allows it."""

from __future__ import annotations

import datetime
import pathlib
import shlex
from typing import Any, Optional

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

ROW, CODE = 'pull-role', 'PULL_ROLE_ERROR'
READER = 'Container Registry Repository Reader'
SUBSCRIPTION = f'/subscriptions/{cloud.SUBSCRIPTION}'
CONTOSO, FABRIKAM = (
    cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, name) for name in ('contoso', 'fabrikam')
)
MANAGEMENT_GROUP = '/providers/Microsoft.Management/managementGroups/mg1'
REPOSITORIES = 'Microsoft.ContainerRegistry/registries/repositories'
MODES = [('contoso', 'AcrPull', CONTOSO), ('fabrikam', READER, FABRIKAM)]


def check_role(
    sandbox: Sandbox,
    registry: str = 'contoso',
    cluster: str = 'aks1',
    *arguments: str,
    **options: Any,
) -> Run:
    """Check the role of a cluster in a registry."""
    return check(
        sandbox, '-n', registry, '--cluster', cluster, '--only', ROW, *arguments, **options
    )


def can_pull(run: Run) -> str:
    """Return the verdict on the only cluster."""
    return str(run.report['registries'][0]['clusters'][0]['canPull'])


def condition(*names: str) -> str:
    """Return a condition that limits reading to repositories."""
    terms = ' OR '.join(
        f"@Request[{REPOSITORIES}:name] StringEqualsIgnoreCase '{name}'" for name in names
    )
    return (
        f"((!(ActionMatches{{'{REPOSITORIES}/content/read'}}) AND "
        f"!(ActionMatches{{'{REPOSITORIES}/metadata/read'}})) OR ({terms}))"
    )


def ago(**duration: float) -> str:
    """Return a time before now, as ARM writes it."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**duration)
    return then.strftime('%Y-%m-%dT%H:%M:%S.%f0Z')


@pytest.mark.parametrize('registry, role, scope', MODES)
def test_a_role_of_the_registry_s_mode(
    sandbox: Sandbox, registry: str, role: str, scope: str
) -> None:
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], role, scope)
    run = check_role(sandbox, registry)
    row = run.has(ROW, 'Passed')
    assert f'has {role} at the registry, which allows pulls' in row['detail']
    assert row['facts']['principalId'] == made['objectId']
    assert (row['registry'], row['cluster']) == (registry, 'aks1')
    assert can_pull(run) == 'unknown', 'no pull was seen'
    assert len(sandbox.requests('arm-role-assignments')) == 1


@pytest.mark.parametrize('registry, role, scope', MODES)
@pytest.mark.parametrize(
    'above, place',
    [
        (SUBSCRIPTION, 'at the subscription'),
        (f'{SUBSCRIPTION}/resourceGroups/rg-apps', 'at the resource group'),
    ],
)
def test_an_inherited_role(
    sandbox: Sandbox, registry: str, role: str, scope: str, above: str, place: str
) -> None:
    sandbox.assign_role(sandbox.put_cluster()['objectId'], role, above)
    row = check_role(sandbox, registry).has(ROW, 'Passed')
    assert place in row['detail']


def test_a_role_at_a_management_group_through_groups(sandbox: Sandbox) -> None:
    nodes = sandbox.put_group('nodes', sandbox.put_cluster()['objectId'])
    group = sandbox.put_group('all', nodes)
    sandbox.assign_role(group, 'Reader', MANAGEMENT_GROUP, kind='Group')
    row = check_role(sandbox).has(ROW, 'Passed')
    assert f'has Reader at a management group through group {group}' in row['detail']


@pytest.mark.parametrize('registry, role, scope', MODES)
def test_no_role_until_the_solution_is_pasted(
    sandbox: Sandbox, registry: str, role: str, scope: str
) -> None:
    made = sandbox.put_cluster()
    arguments = ('--repository', 'hello')
    run = check_role(sandbox, registry, 'aks1', *arguments)
    row = run.has(ROW, 'Failed', CODE, 'NoPullRole')
    assert can_pull(run) == 'no' and run.report['registries'][0]['healthy']
    command = row['solutions'][0].split('`')[1]
    assert command.startswith('az role assignment create --assignee-object-id ' + made['objectId'])
    assert f'--role "{role}" --scope {scope}' in command
    pasted = sandbox.az(*shlex.split(command)[1:])
    assert pasted.code == 0, pasted.stderr
    later = check_role(sandbox, registry, 'aks1', *arguments)
    row = later.has(ROW, 'Warning', CODE, 'RoleNotYetEffective')
    assert f'has {role} at the registry, assigned a short time ago' in row['detail']


def test_attach_acr_is_offered_without_abac_only(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    offered = [
        any('--attach-acr' in text for text in check_role(sandbox, name).row(ROW)['solutions'])
        for name in ('contoso', 'fabrikam')
    ]
    assert offered == [True, False]


def test_a_registry_with_abac_ignores_what_attach_acr_assigns(sandbox: Sandbox) -> None:
    sandbox.assign_role(sandbox.put_cluster()['objectId'], 'AcrPull', FABRIKAM)
    run = check_role(sandbox, 'fabrikam')
    row = run.has(ROW, 'Failed', CODE, 'RoleIgnoredByAbac')
    assert row['detail'].startswith('AcrPull has no effect with ABAC repository permissions')
    assert '--attach-acr' in row['cause'] and f'--role "{READER}"' in row['solutions'][0]
    assert can_pull(run) == 'no'


def test_a_role_of_the_control_plane(sandbox: Sandbox) -> None:
    sandbox.assign_role(sandbox.put_cluster()['controlPlane'], 'AcrPull')
    row = check_role(sandbox).has(ROW, 'Failed', CODE, 'RoleOnControlPlane')
    assert "the control plane's identity has AcrPull" in row['detail']
    assert len(sandbox.requests('arm-role-assignments')) == 2


@pytest.mark.parametrize(
    'names, repository, status, reason',
    [
        (('hello',), 'hello', 'Passed', None),
        (('samples/multi', 'hello'), 'hello', 'Passed', None),
        (('samples/multi',), 'hello', 'Failed', 'ConditionExcludesRepository'),
        (('hello',), None, 'Warning', 'RepositoryNeeded'),
    ],
)
def test_conditions(
    sandbox: Sandbox, names: tuple[str, ...], repository: Optional[str], status: str, reason: Any
) -> None:
    principal = sandbox.put_cluster()['objectId']
    sandbox.assign_role(principal, READER, FABRIKAM, condition=condition(*names))
    arguments = ('--repository', repository) if repository else ()
    run = check_role(sandbox, 'fabrikam', 'aks1', *arguments)
    row = run.has(ROW, status, CODE if reason else None, reason)
    assert row['facts']['assignments'][0]['condition'] == condition(*names)
    # An assignment without a condition adds to it.
    sandbox.assign_role(principal, READER, SUBSCRIPTION)
    check_role(sandbox, 'fabrikam', 'aks1', *arguments).has(ROW, 'Passed')


def test_a_condition_that_is_not_understood(sandbox: Sandbox) -> None:
    text = "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:a_b] StringEquals 'c'"
    principal = sandbox.put_cluster()['objectId']
    sandbox.assign_role(principal, READER, FABRIKAM, condition=text)
    run = check_role(sandbox, 'fabrikam', 'aks1', '--repository', 'hello')
    assert text in run.has(ROW, 'Warning', CODE, 'ConditionNotEvaluated')['detail']


@pytest.mark.parametrize(
    'registry, scope, permissions, status, reason',
    [
        (
            'contoso',
            CONTOSO,
            {'actions': ['Microsoft.ContainerRegistry/registries/*/read']},
            *('Passed', None),
        ),
        (
            'contoso',
            CONTOSO,
            {'actions': ['*'], 'not_actions': ['Microsoft.ContainerRegistry/registries/pull/*']},
            *('Failed', 'NoPullRole'),
        ),
        ('fabrikam', FABRIKAM, {'data_actions': [f'{REPOSITORIES}/*/read']}, 'Passed', None),
        ('fabrikam', FABRIKAM, {'actions': ['*']}, 'Failed', 'RoleIgnoredByAbac'),
    ],
)
def test_custom_roles(
    sandbox: Sandbox, registry: str, scope: str, permissions: Any, status: str, reason: Any
) -> None:
    role = sandbox.put_role_definition('Puller', **permissions)
    sandbox.assign_role(sandbox.put_cluster()['objectId'], role, scope)
    row = check_role(sandbox, registry).has(ROW, status, CODE if reason else None, reason)
    assert 'Puller' in row['detail']


@pytest.mark.parametrize(
    'created, through_group, status',
    [
        ({'minutes': 1}, False, 'Warning'),
        ({'minutes': 11}, False, 'Passed'),
        ({'hours': 2}, True, 'Warning'),
        ({'hours': 25}, True, 'Passed'),
    ],
)
def test_young_assignments(
    sandbox: Sandbox, created: Any, through_group: bool, status: str
) -> None:
    principal, more = sandbox.put_cluster()['objectId'], {'created': ago(**created)}
    if through_group:
        principal, more['kind'] = sandbox.put_group('nodes', principal), 'Group'
    sandbox.assign_role(principal, 'AcrPull', **more)
    reason = 'RoleNotYetEffective' if status == 'Warning' else None
    check_role(sandbox).has(ROW, status, CODE if reason else None, reason)


def test_a_role_of_repositories_without_abac(sandbox: Sandbox) -> None:
    sandbox.assign_role(sandbox.put_cluster()['objectId'], READER)
    run = check_role(sandbox)
    run.has(ROW, 'Warning', CODE, 'RoleEffectUnknown')
    assert can_pull(run) == 'unknown'


def test_anonymous_pulls(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.set_anonymous_pull('contoso')
    run = check_role(sandbox)
    run.has(ROW, 'Warning', CODE, 'AnonymousPullOnly')
    assert can_pull(run) == 'unknown'


def test_a_cluster_of_another_tenant(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    made = sandbox.put_cluster(subscription=cloud.OTHER_SUBSCRIPTION)
    config = sandbox.config_dir(tmp_path / 'config')
    other = sandbox.az(
        *('login', '--service-principal', '--username', cloud.OTHER_APP),
        *('--password', sandbox.info['otherSecret'], '--tenant', cloud.OTHER_TENANT),
        config=config,
    )
    assert other.code == 0, other.stderr
    run = check_role(sandbox, CONTOSO, made['id'], config=config)
    row = run.has(ROW, 'Failed', CODE, 'IdentityInOtherTenant')
    assert cloud.OTHER_TENANT in row['detail'] and 'az acr token create' in row['solutions'][0]


def test_a_service_principal(sandbox: Sandbox) -> None:
    sandbox.put_cluster(service_principal=cloud.APP)
    run = check_role(sandbox)
    row = run.has(ROW, 'Failed', CODE, 'NoPullRole')
    assert f'--assignee {cloud.APP} --role "AcrPull"' in row['solutions'][0]
    principal = cloud.guid(cloud.APP + '/principal')
    sandbox.assign_role(principal, 'AcrPull')
    run = check_role(sandbox)
    row = run.has(ROW, 'Warning', CODE, 'ServicePrincipalUnverified')
    assert principal in row['detail'] and principal in row['solutions'][0]
    assert can_pull(run) == 'unknown'


def test_an_identity_that_is_gone_is_not_judged(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], 'AcrPull')
    sandbox.delete_resource(made['identity'])
    run = check_role(sandbox, 'contoso', 'aks1', 'kubelet-identity')
    run.has('kubelet-identity', 'Failed', 'KUBELET_IDENTITY_ERROR', 'IdentityDeleted')
    assert 'no longer exists' in run.has(ROW, 'Skipped')['detail']
    assert len(sandbox.requests('arm-identity')) == 1, 'both checks share what was read'


@pytest.mark.parametrize(
    'action, reason',
    [
        ('Microsoft.Authorization/roleAssignments/read', 'RoleAssignmentsForbidden'),
        ('Microsoft.Authorization/roleDefinitions/read', 'RoleDefinitionForbidden'),
    ],
)
def test_a_missing_permission_is_a_warning_with_the_action(
    sandbox: Sandbox, action: str, reason: str
) -> None:
    role = sandbox.put_role_definition('Puller', actions=['*'])
    sandbox.assign_role(sandbox.put_cluster()['objectId'], role)
    sandbox.update_settings(deniedActions=[action])
    run = check_role(sandbox)
    row = run.has(ROW, 'Warning', 'ARM_READ_ERROR', reason)
    assert row['facts']['requiredPermission'] == action and action in row['detail']
    assert f'--role Reader --scope {CONTOSO}' in row['solutions'][0]
    assert can_pull(run) == 'unknown'


def test_a_registry_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.update_settings(unreadable=['contoso'])
    check_role(sandbox).has(ROW, 'Warning', 'ARM_READ_ERROR', 'PullRoleRegistryUnread')


@pytest.mark.parametrize(
    'stage, reason',
    [
        ('arm-role-assignments', 'RoleAssignmentsUnavailable'),
        ('arm-role-definitions', 'RoleDefinitionUnavailable'),
    ],
)
def test_what_arm_does_not_return(sandbox: Sandbox, stage: str, reason: str) -> None:
    role = sandbox.put_role_definition('Puller', actions=['*'])
    sandbox.assign_role(sandbox.put_cluster()['objectId'], role)
    sandbox.set_fault(stage, 'status:503')
    check_role(sandbox).has(ROW, 'Warning', 'ARM_READ_ERROR', reason)


@pytest.mark.parametrize('by, requests', [('id', 7), ('name', 8)])
def test_the_number_of_requests_of_a_healthy_cluster(
    sandbox: Sandbox, by: str, requests: int
) -> None:
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], 'AcrPull')

    def count(*arguments: str) -> int:
        sandbox.clear_requests()
        check(sandbox, '--image', 'contoso.azurecr.test/hello:v1', *arguments)
        return len(sandbox.requests())

    alone = count()
    assert count('--cluster', made['id'] if by == 'id' else 'aks1') - alone == requests
