# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why role assignments don't allow pulls, beyond the rows of `pull-role`."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.missing_role import missing_role
from azext_acrhealth.checks.cluster.node_identity import node_identity
from azext_acrhealth.checks.cluster.role_assignments import assignments_of
from azext_acrhealth.checks.cluster.role_subject import RoleSubject, assignments_read
from azext_acrhealth.model import Context
from tests.checks.cluster.fixtures import (
    CONTROL_PLANE,
    OPTIONS,
    TARGET,
    assignment,
    cluster_resource,
    failure,
    listed,
    login_server,
)
from tests.checks.fake_probes import FakeProbes

USER_ASSIGNED = {
    'type': 'UserAssigned',
    'userAssignedIdentities': {'/some/id': {'principalId': CONTROL_PLANE}},
}


def reason(identity: Any, found: Any, *items: Any) -> str:
    login, resource = login_server(), cluster_resource(identity)
    read = assignments_read(login, CONTROL_PLANE)
    probes = FakeProbes(lists={f'{read.part} {read.condition}': found})
    nodes = node_identity(resource)
    assert nodes is not None
    subject = RoleSubject(Context(TARGET, OPTIONS, probes, 1e9), login, resource, nodes)
    problem, detail = missing_role(subject, assignments_of(listed(*items).resource))
    assert detail
    return problem.reason


@pytest.mark.parametrize(
    'identity, found, expected',
    [
        (None, listed(assignment(principal=CONTROL_PLANE)), 'RoleOnControlPlane'),
        (USER_ASSIGNED, listed(assignment(principal=CONTROL_PLANE)), 'RoleOnControlPlane'),
        (None, listed(assignment('AcrDelete', CONTROL_PLANE)), 'NoPullRole'),
        (None, failure('Forbidden'), 'NoPullRole'),
        ({'type': 'None'}, None, 'NoPullRole'),
        ({'principalId': 'x', 'userAssignedIdentities': {'y': None}}, None, 'NoPullRole'),
    ],
)
def test_the_identity_of_the_control_plane(identity: Any, found: Any, expected: str) -> None:
    assert reason(identity, found) == expected
    assert reason(identity, found, assignment('AcrDelete')) == expected
