# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why the role assignments of what nodes pull as don't allow pulls."""

from __future__ import annotations

from collections.abc import Sequence

from azext_acrhealth.catalogue.cluster import pull_role as problems
from azext_acrhealth.checks.cluster.role_assignments import (
    Assignment,
    Registry,
    allow_pull,
    assignments_of,
)
from azext_acrhealth.checks.cluster.role_subject import RoleSubject, assignments_read
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.json_access import object_of


def missing_role(subject: RoleSubject, assignments: Sequence[Assignment]) -> tuple[Problem, str]:
    """Return why assignments don't allow pulls, as a problem and as a text."""
    registry = subject.registry
    excluding = _under_condition(assignments, registry)
    if excluding:
        excluded = registry.repository or 'pulls'
        text = f"the condition of {excluding.role_name} doesn't include {excluded}"
        return problems.CONDITION_EXCLUDES, text
    ignored = [entry for entry in assignments if entry.allows_in_legacy]
    if registry.abac and ignored:
        role = ignored[0].role_name
        text = f'{role} has no effect with ABAC repository permissions; {subject.name} has no other'
        return problems.IGNORED_BY_ABAC, text
    tenants = (subject.resource.tenant, object_of(subject.login.read.claims).get('tid'))
    if all(tenants) and subject.identity.tenant == tenants[0] != tenants[1]:
        text = f'{subject.name} is in tenant {tenants[0]}, the registry in {tenants[1]}'
        return problems.OTHER_TENANT, text
    misplaced = _on_control_plane(subject)
    if misplaced:
        text = f"the control plane's identity has {misplaced.role_name}, the kubelet identity none"
        return problems.ON_CONTROL_PLANE, text
    others = f', only {assignments[0].role_name}' if assignments else ''
    text = f'{subject.name} has no role that allows pulls{others}'
    return problems.NO_ROLE, text


def _under_condition(assignments: Sequence[Assignment], registry: Registry) -> Assignment | None:
    """Return an assignment that allows pulls of other repositories, if there is one."""
    return next(
        (
            entry
            for entry in assignments
            if entry.condition and allow_pull([entry._replace(condition=None)], registry)
        ),
        None,
    )


def _on_control_plane(subject: RoleSubject) -> Assignment | None:
    """Return the assignment that the control plane's identity has in place of the nodes'."""
    identity = object_of(subject.resource.resource.get('identity'))
    attached = object_of(identity.get('userAssignedIdentities')).values()
    principals = [identity.get('principalId'), *(object_of(a).get('principalId') for a in attached)]
    principal = next((entry for entry in principals if is_guid(entry)), None)
    if principal is None or not subject.identity.object_id:
        return None
    (result,) = subject.ctx.probes.read_all(
        [assignments_read(subject.login, principal)], subject.ctx.deadline
    )
    found = assignments_of(result.resource)
    return next((entry for entry in found if allow_pull([entry], subject.registry)), None)
