# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's resource: its ID, its tier and its child lists."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.catalogue.registry import registry_state as problems
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of, read_list, tier_of
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection, FakeProbes


def registry(resource: Any) -> LoginServer:
    return LoginServer(HOST, FakeConnection(), True, resource)


@pytest.mark.parametrize(
    'identifier',
    [
        None,
        7,
        '',
        'x',
        f'{REGISTRY_ID};reboot',
        f'{REGISTRY_ID}/x',
        [REGISTRY_ID],
        REGISTRY_ID.replace('/g/', '/$(reboot)/'),
    ],
)
def test_an_invalid_id_enters_no_command(identifier: Any) -> None:
    assert id_of(registry({'id': identifier})) == '' == id_of(registry(None))
    assert id_of(registry({'id': REGISTRY_ID})) == REGISTRY_ID


@pytest.mark.parametrize(
    'sku, tier', [({'name': 'Basic'}, 'Basic'), (None, None), ('x', None), ({'name': 7}, None)]
)
def test_tier(sku: Any, tier: str | None) -> None:
    assert tier_of(registry({'sku': sku})) == tier


@pytest.mark.parametrize(
    'read, items, problem',
    [
        (ArmResult({'value': [1, 2]}, status=200), [1, 2], None),
        (ArmResult({'value': 'x'}), [], None),
        (ArmResult(failure=Failure('Forbidden', 'no'), status=403), [], problems.DELETING),
        *(
            (ArmResult(failure=Failure(kind, 'no')), [], problems.DISABLED)
            for kind in ('Unavailable', 'NotFound', 'NotLoggedIn')
        ),
    ],
)
def test_list(read: ArmResult, items: list[Any], problem: Any) -> None:
    probes = FakeProbes(lists={'children': read})
    listed, facts, outcome = read_list(
        Context(None, Options(), probes, 1e9),
        registry({'id': REGISTRY_ID}),
        'children',
        problems.DELETING,
        problems.DISABLED,
    )
    assert listed == items and facts['status'] == read.status
    assert (outcome.problem if outcome else None) is problem and probes.requests == ['children']


def test_no_request_without_an_id() -> None:
    probes = FakeProbes()
    _, _, outcome = read_list(
        Context(None, Options(), probes, 1e9),
        registry({'id': 'x'}),
        'children',
        problems.DELETING,
        problems.DISABLED,
    )
    assert outcome and outcome.problem is problems.DISABLED and probes.requests == []
