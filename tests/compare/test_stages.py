# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The stages cover every check, and lead from the machine to the data."""

from __future__ import annotations

from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.compare.stages import EXPLAINED_BY, STAGES, order_of, position, stage_of


def test_every_check_is_in_one_stage() -> None:
    listed = [check for checks in STAGES.values() for check in checks]
    assert sorted(listed) == sorted(check.id for check in CHECKS)


def test_a_check_of_another_version() -> None:
    assert (stage_of('quantum-link'), order_of('quantum-link')) == ('versions', 0)


def test_the_order() -> None:
    stages = ('settings', 'proxy', 'dns', 'connection', 'tls', 'registry', 'identity')
    places = [position(stage) for stage in (*stages, 'permissions', 'data', 'versions', None)]
    assert places == sorted(places)
    assert order_of('manifest') < order_of('blob')


def test_what_comes_later_explains_nothing() -> None:
    assert 'dns' in EXPLAINED_BY['tls'] and 'tls' not in EXPLAINED_BY['dns']
    assert set(EXPLAINED_BY) == set(STAGES)
    assert all('versions' not in stages for stages in EXPLAINED_BY.values())
