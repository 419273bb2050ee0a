# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether what nodes pull as has a role that allows pulls from the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from azext_acrhealth.catalogue.cluster import pull_role as problems
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import (
    ClusterResource,
    unread,
)
from azext_acrhealth.checks.cluster.missing_role import missing_role
from azext_acrhealth.checks.cluster.node_identity import node_identity
from azext_acrhealth.checks.cluster.role_assignments import (
    API,
    Assignment,
    allow_pull,
    assignments_of,
    first_doubt,
)
from azext_acrhealth.checks.cluster.role_permissions import role_of
from azext_acrhealth.checks.cluster.role_subject import RoleSubject, assignments_read
from azext_acrhealth.checks.registry.login_server import (
    LoginServer,
    login_server,
)
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, id_of, read_problem
from azext_acrhealth.model import (
    Context,
    Outcome,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.json_access import object_of

_ASSIGNMENTS_ACTION, _DEFINITIONS_ACTION = (
    f'Microsoft.Authorization/{kind}/read' for kind in ('roleAssignments', 'roleDefinitions')
)
# How long a role assignment, and one of a group, can take to have an effect (Learn, "Troubleshoot
# Azure RBAC" and "Limitation of using managed identities for authorization").
_DELAY, _GROUP_DELAY = timedelta(minutes=10), timedelta(hours=24)
_DEFINITIONS, _NAMED = 10, 5


@check(
    'pull-role',
    'Pull role',
    'cluster',
    per='cluster',
    needs=(cluster, login_server),
    verifies='What the nodes of the cluster pull as has a role that allows pulls in the '
    "registry's permissions mode, at the registry or above, itself or through a group.",
    problems=problems.PROBLEMS,
)
def pull_role(ctx: Context, resource: ClusterResource, login: LoginServer) -> Outcome:
    identity = node_identity(resource)
    if identity is None:
        return not_applicable('what the nodes pull as is not known; see `kubelet-identity`')
    if not id_of(login):
        return warned(problems.REGISTRY_UNREAD, RESOURCE_NOT_READ)
    subject = RoleSubject(ctx, login, resource, identity)
    if not identity.object_id:
        return _check_service_principal(subject)
    # The `kubelet-identity` check reads the identity, too, and shares the result.
    result, found = ctx.probes.read_all(
        [assignments_read(login, identity.object_id), identity.read], ctx.deadline
    )
    if identity.existence(found) in ('deleted', 'replaced'):
        return not_applicable('the kubelet identity no longer exists; see `kubelet-identity`')
    return _unread_list(subject, result) or _judge(subject, result)


def _unread_list(subject: RoleSubject, result: ArmResult) -> Outcome | None:
    """Return the warning for assignments that could not be read; None if they were."""
    if result.failure is None:
        return None
    return unread(
        subject.ctx,
        result,
        subject.resource.cluster,
        read_problem(result.failure, problems.FORBIDDEN, problems.UNAVAILABLE),
        _ASSIGNMENTS_ACTION,
        registry_id=id_of(subject.login),
    )


def _judge(subject: RoleSubject, result: ArmResult) -> Outcome:
    registry, assignments = subject.registry, assignments_of(result.resource)
    definitions: list[ArmResult] = []
    allowed = allow_pull(assignments, registry)
    if allowed is None and any(entry.role is None for entry in assignments):
        assignments, definitions = _with_definitions(subject, assignments)
        allowed = allow_pull(assignments, registry)
    facts = subject.facts(result, assignments)
    if allowed:
        return _conclude_allowed(subject, assignments, facts)
    if object_of(result.resource).get('more'):
        return _conclude_incomplete(subject, facts)
    doubtful = first_doubt(assignments, registry) if allowed is None else None
    if doubtful is not None:
        return _conclude_doubtful(subject, *doubtful, definitions, facts)
    return _conclude_denied(subject, assignments, facts)


def _conclude_incomplete(subject: RoleSubject, facts: Mapping[str, Any]) -> Outcome:
    text = 'there are more role assignments than were read'
    placeholders = {'registry_id': id_of(subject.login)}
    return warned(problems.UNAVAILABLE, text, None, placeholders, **facts)


def _with_definitions(
    subject: RoleSubject, assignments: Sequence[Assignment]
) -> tuple[list[Assignment], list[ArmResult]]:
    """Return the assignments with the definitions of their custom roles, and what was read."""
    unknown = dict.fromkeys(entry.role_id for entry in assignments if entry.role is None)
    scope = f'{id_of(subject.login)}/providers/Microsoft.Authorization/roleDefinitions'
    reads = {role_id: ArmRead(f'{scope}/{role_id}', API) for role_id in [*unknown][:_DEFINITIONS]}
    results = subject.ctx.probes.read_all([*reads.values()], subject.ctx.deadline)
    roles = {role_id: role_of(result.resource) for role_id, result in zip(reads, results)}
    return [
        entry if entry.role else entry._replace(role=roles.get(entry.role_id))
        for entry in assignments
    ], results


def _conclude_allowed(
    subject: RoleSubject, assignments: Sequence[Assignment], facts: Mapping[str, Any]
) -> Outcome:
    registry, now = subject.registry, subject.ctx.probes.now()
    granting = [
        entry
        for entry in assignments
        if any(entry.allows(action, registry) for action in registry.actions)
    ]

    def is_young(entry: Assignment) -> bool:
        delay = _DELAY if _is_own(subject, entry) else _GROUP_DELAY
        return entry.created is not None and now - entry.created < delay

    settled = [entry for entry in granting if not is_young(entry)]
    shown = (settled or granting)[0]
    role = f'{shown.role_name} at {shown.shown_scope}'
    through = '' if _is_own(subject, shown) else f' through group {shown.principal}'
    if not allow_pull(settled, registry):
        text = f'{subject.name} has {role}{through}, assigned a short time ago'
        return warned(problems.NOT_YET_EFFECTIVE, text, **facts)
    repository = f' {registry.repository}' if registry.repository and registry.abac else ''
    return passed(
        f'{subject.name} has {role}{through}, which allows pulls{repository and " of"}{repository}',
        **facts,
    )


def _is_own(subject: RoleSubject, entry: Assignment) -> bool:
    return entry.principal.lower() == subject.identity.object_id.lower()


def _conclude_doubtful(
    subject: RoleSubject,
    entry: Assignment,
    doubt: str,
    definitions: Sequence[ArmResult],
    facts: Mapping[str, Any],
) -> Outcome:
    placeholders = {**subject.placeholders, 'role_id': entry.role_id}
    if doubt == 'definition':
        return _unread_definition(subject, entry, definitions, placeholders, facts)
    shown = f'{entry.role_name} at {entry.shown_scope}'
    if doubt == 'effect':
        condition = ' with its condition' if entry.condition else ''
        text = f'{subject.name} has {shown}, whose effect here{condition} is not known'
        return warned(problems.EFFECT_UNKNOWN, text, None, placeholders, **facts)
    text = f'{subject.name} has {shown} under a condition: {entry.condition}'
    by_doubt = {
        'repository': problems.REPOSITORY_NEEDED,
        'condition': problems.CONDITION_NOT_EVALUATED,
    }
    return warned(by_doubt[doubt], text, None, placeholders, **facts)


def _unread_definition(
    subject: RoleSubject,
    entry: Assignment,
    definitions: Sequence[ArmResult],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    refused = next((result for result in definitions if result.failure), None)
    if refused is None or refused.failure is None:
        text = f'the definition of {entry.role_name} has no permissions, or was not read'
        return warned(problems.DEFINITION_UNAVAILABLE, text, None, placeholders, **facts)
    outcome = unread(
        subject.ctx,
        refused,
        subject.resource.cluster,
        read_problem(
            refused.failure, problems.DEFINITION_FORBIDDEN, problems.DEFINITION_UNAVAILABLE
        ),
        _DEFINITIONS_ACTION,
        registry_id=id_of(subject.login),
        role_id=entry.role_id,
    )
    return outcome._replace(facts={**facts, **outcome.facts})


def _conclude_denied(
    subject: RoleSubject, assignments: Sequence[Assignment], facts: Mapping[str, Any]
) -> Outcome:
    problem, detail = missing_role(subject, assignments)
    placeholders = subject.placeholders
    if subject.login.properties.get('anonymousPullEnabled') is True:
        detail += '; the registry allows anonymous pulls'
        return warned(problems.ANONYMOUS_ONLY, detail, None, placeholders, **facts)
    return failed(problem, detail, None, placeholders, **facts)


def _check_service_principal(subject: RoleSubject) -> Outcome:
    """Return the outcome for a principal whose object ID isn't known: all assignments are read."""
    (result,) = subject.ctx.probes.read_all(
        [assignments_read(subject.login, None)], subject.ctx.deadline
    )
    outcome = _unread_list(subject, result)
    if outcome:
        return outcome
    # A custom role whose definition isn't read may allow pulls.
    candidates = [
        entry
        for entry in assignments_of(result.resource)
        if entry.principal_type != 'User' and entry.can_allow(subject.registry)
    ]
    facts = subject.facts(result, candidates)
    if object_of(result.resource).get('more'):
        return _conclude_incomplete(subject, facts)
    if not candidates:
        return _conclude_denied(subject, [], facts)
    identifiers = list(dict.fromkeys(entry.principal for entry in candidates))
    named = ', '.join(identifiers[:_NAMED]) + (', …' if len(identifiers) > _NAMED else '')
    are = ' that is no user has' if len(identifiers) == 1 else 's that are not users have'
    text = f'{len(identifiers)} principal{are} a role that can allow pulls: {named}'
    placeholders = {**subject.placeholders, 'candidates': named}
    return warned(problems.SERVICE_PRINCIPAL, text, None, placeholders, **facts)
