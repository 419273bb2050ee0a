# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check that finds the registries of a selection."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.options import Options, Selection, Target
from azext_acrhealth.probes.azure.resource_graph import RegistrySearch
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import ACCOUNT, USER_CLAIMS, FakeProbes
from tests.checks.table import Row, run, verify

FLEET1, FLEET2 = (
    Target(f'fleet{number}', None, 'g', f'0000000{number}', True) for number in (1, 2)
)


def row(
    name: str,
    status: str,
    reason: str = '',
    found: RegistrySearch | None = None,
    selection: Selection | None = None,
    **more: Any,
) -> Row:
    return Row(
        name,
        registries,
        status,
        reason and f'ARM_READ_ERROR {reason}',
        probes=FakeProbes(found=found or RegistrySearch()),
        options=Options(selection=selection or Selection()),
        **more,
    )


def failure(kind: str) -> ArmResult:
    return ArmResult(
        failure=Failure(kind, 'the request failed'),
        status=403,
        correlation_id='c0ffee',
        at='2026-01-02T03:04:05Z',
    )


TABLE = (
    row(
        'two',
        'Passed',
        found=RegistrySearch(
            (FLEET1, FLEET2), (), ArmResult(status=200, correlation_id='c0ffee'), 2
        ),
        detail='2 registries found in 2 subscriptions',
        facts={'found': 2, 'queries': 2, 'correlationId': 'c0ffee'},
    ),
    row(
        'one',
        'Passed',
        found=RegistrySearch((FLEET1,)),
        detail='1 registry found in 1 subscription',
    ),
    row(
        'none',
        'Failed',
        'NoRegistriesFound',
        detail='no registries found in the subscription',
        facts={'found': 0},
    ),
    row(
        'none of a group',
        'Failed',
        'NoRegistriesFound',
        selection=Selection(False, 'G', ('eastus', 'westus'), (('team', 'a'), ('prod', None))),
        detail='no registries found in resource group G in eastus, westus with tag team=a and prod',
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
        RegistrySearch(last=failure('NotLoggedIn')),
        detail='the request failed',
        solution='az login',
    ),
    row(
        'an invalid azureProfile.json',
        'Failed',
        'SelectionInvalidProfile',
        RegistrySearch(last=failure('InvalidProfile')),
        solution='Rename the file azureProfile.json',
    ),
    row(
        'forbidden',
        'Failed',
        'SelectionForbidden',
        RegistrySearch(last=failure('Forbidden')._replace(claims=USER_CLAIMS), missing=('x',)),
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader',
        unfilled_placeholders=('subscription',),
        facts={'status': 403, 'correlationId': 'c0ffee', 'at': '2026-01-02T03:04:05Z'},
    ),
    row(
        'an unknown subscription',
        'Failed',
        'SelectionForbidden',
        RegistrySearch(last=failure('NotFound')),
        unfilled_placeholders=('object_id', 'subscription'),
    ),
    row('down', 'Failed', 'SelectionUnavailable', RegistrySearch(last=failure('Unavailable'))),
    row(
        'a page is missing',
        'Failed',
        'SelectionIncomplete',
        RegistrySearch((FLEET1,), ('tenant x: no',), failure('Unavailable')),
        detail='1 registry found, but others might be missing: tenant x: no',
        has_value=True,
        facts={'missing': ['tenant x: no']},
    ),
    row(
        'invalid records alone',
        'Failed',
        'SelectionIncomplete',
        RegistrySearch((), ('what is listed as x',)),
        detail='0 registries found, but',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_table(case: Row) -> None:
    verify(case)


def test_value_is_the_targets() -> None:
    assert run(TABLE[0]).value == (FLEET1, FLEET2)
