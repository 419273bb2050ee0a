# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of clusters as the parser takes them."""

from __future__ import annotations

import pytest

from tests.our_cli import fixture_settings, parsed  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')


def test_the_value_of_a_pull_is_optional() -> None:
    command = ('acrhealth', 'check', '-n', 'myregistry', '--cluster', 'aks1')
    assert parsed(*command).cluster_pull is None
    assert parsed(*command, '--cluster-pull').cluster_pull == 'kubectl'
    assert parsed(*command, '--cluster-pull', '-o', 'json').cluster_pull == 'kubectl'
    assert parsed(*command, '--cluster-pull', 'other').cluster_pull == 'other'


def test_clusters_add_up() -> None:
    command = ('acrhealth', 'check', '--cluster', 'a', 'b', '--cluster', 'c')
    assert parsed(*command).cluster == ['a', 'b', 'c']
