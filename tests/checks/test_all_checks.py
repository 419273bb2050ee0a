# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The list of checks."""

from __future__ import annotations

from azext_acrhealth.checks import checks_for
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import CATEGORIES
from azext_acrhealth.options import Cluster, Options, Target

ORDER = (
    'engine-client',
    'engine-version',
    'engine-daemon',
    'engine-pull',
    'helm-client',
    'helm-version',
    'notary-version',
    'registries',
    'login-server',
    'registry-state',
    'network-rules',
    'policies',
    'usage',
    'replicas',
    'cache-rules',
    'encryption',
    'dns',
    'proxy',
    'connection',
    'tls',
    'challenge',
    'refresh-token',
    'access-token',
    'anonymous-pull',
    'stored-credentials',
    'clock',
    'private-dns',
    'private-endpoints',
    'data-endpoints',
    'manifest',
    'blob',
    'push',
    'cluster',
    'kubelet-identity',
    'pull-role',
    'cluster-platforms',
    'cluster-egress',
    'cluster-dns',
    'cluster-pull',
)


def test_order() -> None:
    assert tuple(check.id for check in CHECKS) == ORDER


def test_a_check_needs_only_checks_above_it() -> None:
    for index, check in enumerate(CHECKS):
        assert set(check.needs + check.after) <= set(CHECKS[:index]), check.id


def test_categories_are_contiguous_and_in_order() -> None:
    # The clock check uses the result of the login, so it comes after the login checks.
    positions = [CATEGORIES.index(check.category) for check in CHECKS if check.id != 'clock']
    assert positions == sorted(positions)


def test_environment_checks_are_per_machine_and_the_others_per_registry() -> None:
    assert {check.id: check.per for check in CHECKS if check.category != 'cluster'} == {
        check.id: 'machine'
        if check.category == 'environment' or check.id == 'registries'
        else 'registry'
        for check in CHECKS
        if check.category != 'cluster'
    }


def test_checks_of_the_category_cluster_are_per_cluster() -> None:
    assert {check.id for check in CHECKS if check.per == 'cluster'} == {
        check.id for check in CHECKS if check.category == 'cluster'
    }


def test_no_other_check_needs_one_of_a_cluster() -> None:
    for check in CHECKS:
        for need in check.needs + check.either + check.after:
            assert check.per == 'cluster' or need.per != 'cluster', check.id


def test_a_machine_check_needs_only_machine_checks() -> None:
    machine_checks = [check for check in CHECKS if check.per == 'machine']
    assert all(
        need.per == 'machine' for check in machine_checks for need in check.needs + check.after
    )


def test_each_check_has_a_title_and_a_sentence_on_what_it_verifies() -> None:
    for check in CHECKS:
        assert check.verifies.endswith('.') and check.title, check.id


def test_checks_of_clusters_are_only_for_clusters() -> None:
    registry = Options(targets=(Target('contoso'),))
    without = checks_for(registry)
    assert [check for check in CHECKS if check not in without] == [
        check for check in CHECKS if check.per == 'cluster'
    ]
    assert checks_for(registry._replace(clusters=(Cluster('aks1'),))) == CHECKS
