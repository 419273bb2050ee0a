# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The list of checks."""

from __future__ import annotations

from azext_acrhealth.checks import CHECKS
from azext_acrhealth.model import CATEGORIES

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
)


def test_order() -> None:
    assert tuple(check.id for check in CHECKS) == ORDER


def test_a_check_needs_only_checks_above_it() -> None:
    for place, check in enumerate(CHECKS):
        assert set(check.needs + check.after) <= set(CHECKS[:place]), check.id


def test_categories_stand_together_and_in_order() -> None:
    # The clock is held against what a login brings, and so must stand below it.
    places = [CATEGORIES.index(check.category) for check in CHECKS if check.id != 'clock']
    assert places == sorted(places)


def test_the_environment_is_of_the_machine_and_the_rest_of_a_registry() -> None:
    assert {check.id: check.per for check in CHECKS} == {
        check.id: 'machine'
        if check.category == 'environment' or check.id == 'registries'
        else 'registry'
        for check in CHECKS
    }


def test_a_machine_check_never_waits_for_a_registry() -> None:
    ours = [check for check in CHECKS if check.per == 'machine']
    assert all(need.per == 'machine' for check in ours for need in check.needs + check.after)


def test_each_says_in_a_sentence_what_it_verifies() -> None:
    for check in CHECKS:
        assert check.verifies.endswith('.') and check.title, check.id
