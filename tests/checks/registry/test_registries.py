# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which registries a selection means."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.options import Options, Selection, Target
from azext_acrhealth.probes.azure.resource_graph import Found
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, verify

ONE, TWO = (Target(f'fleet{number}', None, 'g', f'0000000{number}', True) for number in (1, 2))


def row(
    name: str,
    status: str,
    reason: str = '',
    found: Found = Found(),
    selection: Selection = Selection(),
    **more: Any,
) -> Row:
    return Row(
        name,
        registries,
        status,
        reason and f'ARM_READ_ERROR {reason}',
        probes=FakeProbes(found=found),
        options=Options(selection=selection),
        **more,
    )


def failure(kind: str) -> ArmResult:
    return ArmResult(
        failure=Failure(kind, 'it said so'),
        status=403,
        correlation_id='c0ffee',
        at='2026-01-02T03:04:05Z',
    )


TABLE = (
    row(
        'two',
        'Passed',
        found=Found((ONE, TWO), (), ArmResult(status=200, correlation_id='c0ffee'), 2),
        detail='2 registries found in 2 subscriptions',
        facts={'found': 2, 'queries': 2, 'correlationId': 'c0ffee'},
    ),
    row('one', 'Passed', found=Found((ONE,)), detail='1 registry found in 1 subscription'),
    row(
        'none',
        'Failed',
        'NoRegistriesFound',
        detail='no registry found in the subscription',
        facts={'found': 0},
    ),
    row(
        'none of a group',
        'Failed',
        'NoRegistriesFound',
        selection=Selection(False, 'G', ('eastus', 'westus'), (('team', 'a'), ('prod', None))),
        detail='no registry found in the resource group G in eastus, westus with the '
        'tag team=a and prod',
        solution='az acr list',
    ),
    row(
        'none anywhere',
        'Failed',
        'NoRegistriesFound',
        selection=Selection(True),
        detail='any subscription',
    ),
    row(
        'not logged in',
        'Failed',
        'SelectionNotLoggedIn',
        Found(last=failure('NotLoggedIn')),
        detail='it said so',
        solution='az login',
    ),
    row(
        'forbidden',
        'Failed',
        'SelectionForbidden',
        Found(last=failure('Forbidden'), missing=('x',)),
        facts={'status': 403, 'correlationId': 'c0ffee', 'at': '2026-01-02T03:04:05Z'},
    ),
    row(
        'a subscription of nobody', 'Failed', 'SelectionForbidden', Found(last=failure('NotFound'))
    ),
    row('down', 'Failed', 'SelectionUnavailable', Found(last=failure('Unavailable'))),
    row(
        'a page is missing',
        'Failed',
        'SelectionIncomplete',
        Found((ONE,), ('tenant x: no',), failure('Unavailable')),
        detail='1 registry found, but more may be missing: tenant x: no',
        leaves=True,
        facts={'missing': ['tenant x: no']},
    ),
    row(
        'odd records alone',
        'Failed',
        'SelectionIncomplete',
        Found((), ('what is listed as x',)),
        detail='0 registries found, but',
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_table(one: Row) -> None:
    verify(one)


def test_it_leaves_the_targets() -> None:
    assert run(TABLE[0]).value == (ONE, TWO)
