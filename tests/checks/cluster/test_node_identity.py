# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What nodes pull as, and whether it exists."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.node_identity import NodeIdentity, node_identity
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    CLIENT,
    IDENTITY_ID,
    KUBELET,
    TENANT,
    cluster_resource,
    failure,
    identity_resource,
)

IDENTITY = NodeIdentity(CLIENT, KUBELET, IDENTITY_ID, TENANT)


def profile(**changes: Any) -> dict[str, Any]:
    known = {'resourceId': IDENTITY_ID, 'clientId': CLIENT, 'objectId': KUBELET}
    return {'identityProfile': {'kubeletidentity': {**known, **changes}}}


@pytest.mark.parametrize(
    'properties, expected',
    [
        ({}, IDENTITY),
        (profile(clientId=None), NodeIdentity(None, KUBELET, IDENTITY_ID, TENANT)),
        (profile(objectId=None), None),
        (profile(objectId='x'), None),
        (profile(resourceId=None), None),
        (profile(resourceId='/subscriptions/x; reboot'), None),
        ({'identityProfile': None}, None),
        ({'identityProfile': {'kubeletidentity': []}}, None),
        ({'servicePrincipalProfile': {'clientId': CLIENT}}, NodeIdentity(CLIENT)),
        ({'servicePrincipalProfile': None}, IDENTITY),
        ({'servicePrincipalProfile': {'clientId': 'MSI'}}, IDENTITY),
    ],
)
def test_what_nodes_pull_as(properties: Any, expected: NodeIdentity | None) -> None:
    assert node_identity(cluster_resource(**properties)) == expected


def test_an_identity_without_a_tenant() -> None:
    identity = node_identity(cluster_resource({'type': 'UserAssigned', 'tenantId': 7}))
    assert identity and identity.tenant is None


@pytest.mark.parametrize(
    'result, existence',
    [
        (identity_resource(), 'exists'),
        (identity_resource(KUBELET.upper()), 'exists'),
        (identity_resource(CLIENT), 'replaced'),
        (identity_resource(None), 'unknown'),
        (ArmResult({}), 'unknown'),
        (failure('NotFound', '(ResourceNotFound) gone'), 'deleted'),
        (failure('NotFound', '(SubscriptionNotFound) not seen'), 'unknown'),
        (failure('Forbidden'), 'unknown'),
        (failure('Unavailable'), 'unknown'),
    ],
)
def test_existence(result: ArmResult, existence: str) -> None:
    assert IDENTITY.existence(result) == existence
