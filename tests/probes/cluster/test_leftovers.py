# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of deleting what earlier runs had to leave behind, and nothing else."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.cluster import leftovers
from azext_acrhealth.probes.cluster.pod import LABELS, new_name
from tests.probes.clock import soon
from tests.probes.cluster.conftest import LocalCluster

AGE = leftovers.AGE.total_seconds()


def delete(cluster: LocalCluster) -> object:
    return leftovers.delete(cluster.kubectl(), 'pat@aks1', 'default', soon())


def test_old_pods_are_deleted(cluster: LocalCluster) -> None:
    cluster.api.add_leftover(new_name(), LABELS, AGE + 60)
    cluster.api.add_leftover(new_name(), LABELS, AGE + 60)
    assert delete(cluster) is None and cluster.api.pods == []


@pytest.mark.parametrize(
    'name, labels, age',
    [
        (None, LABELS, AGE - 60),  # of a run under way elsewhere
        (None, {'app.kubernetes.io/name': 'acrhealth'}, AGE + 60),
        ('acrhealth', LABELS, AGE + 60),
        ('acrhealth-pull-../kube-system', LABELS, AGE + 60),
    ],
)
def test_other_pods_are_not(
    cluster: LocalCluster, name: str | None, labels: dict[str, str], age: float
) -> None:
    cluster.api.add_leftover(name or new_name(), labels, age)
    assert delete(cluster) is None and len(cluster.api.pods) == 1
    assert [method for method, _ in cluster.api.requests] == ['GET']


def test_without_permission_to_list_none_is_deleted(cluster: LocalCluster) -> None:
    cluster.api.add_leftover(new_name(), LABELS, AGE + 60)
    cluster.api.faults.forbidden = ('list pods',)
    failure = delete(cluster)
    assert getattr(failure, 'kind') == 'Forbidden' and len(cluster.api.pods) == 1


def test_a_pod_that_can_not_be_deleted_stops_nothing(cluster: LocalCluster) -> None:
    cluster.api.add_leftover(new_name(), LABELS, AGE + 60)
    cluster.api.faults.undeletable = True
    assert delete(cluster) is None
