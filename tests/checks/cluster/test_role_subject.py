# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What nodes pull as, for the commands that give it a role."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.node_identity import NodeIdentity
from azext_acrhealth.checks.cluster.role_subject import RoleSubject, assignments_read
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    CLIENT,
    IDENTITY_ID,
    KUBELET,
    OPTIONS,
    TARGET,
    cluster_resource,
    login_server,
)
from tests.checks.fake_probes import REGISTRY_ID, FakeProbes

MANAGED, CLASSIC = NodeIdentity(CLIENT, KUBELET, IDENTITY_ID), NodeIdentity(CLIENT)


def subject(identity: NodeIdentity, abac: bool = False) -> RoleSubject:
    context = Context(TARGET, OPTIONS, FakeProbes())
    return RoleSubject(context, login_server(abac), cluster_resource(), identity)


@pytest.mark.parametrize(
    'identity, abac, name, placeholders',
    [
        (
            MANAGED,
            False,
            'the kubelet identity of aks1',
            {'object_id': KUBELET, 'role': 'AcrPull', 'attachable': 'yes'},
        ),
        (
            CLASSIC,
            True,
            f'service principal {CLIENT}',
            {
                'application': CLIENT,
                'role': 'Container Registry Repository Reader',
                'attachable': '',
            },
        ),
    ],
)
def test_placeholders(identity: NodeIdentity, abac: bool, name: str, placeholders: Any) -> None:
    described = subject(identity, abac)
    assert described.name == name
    assert placeholders.items() <= described.placeholders.items()
    assert described.placeholders['registry_id'] == REGISTRY_ID
    assert described.facts(ArmResult(), [])['abacRepositoryPermissions'] is abac


def test_what_is_read() -> None:
    read = assignments_read(login_server(), KUBELET)
    assert read.resource_id == REGISTRY_ID
    assert read.condition == f"atScope() and assignedTo('{KUBELET}')"
    assert assignments_read(login_server(), None).condition == 'atScope()'
