# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the usage of the tier's limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.usage import usage
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import (
    ACCOUNT,
    HOST,
    REGISTRY_ID,
    USER_CLAIMS,
    FakeConnection,
    FakeProbes,
)
from tests.checks.table import Row, run, shown, verify

GIB = 2**30
REGISTRY = LoginServer(
    HOST, FakeConnection(), True, {'id': REGISTRY_ID, 'sku': {'name': 'Standard'}}
)

ABAC = {'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}}


def row(
    name: str,
    status: str,
    problem: str = '',
    *usages: Any,
    read: ArmResult | None = None,
    **more: Any,
) -> Row:
    """Return a row for a registry with these usages."""
    probes = FakeProbes(
        lists={
            'listUsages': read
            or ArmResult({'value': list(usages)}, status=200, correlation_id='c0ffee')
        }
    )
    return Row(
        name,
        usage,
        status,
        problem and (problem if ' ' in problem else f'REGISTRY_QUOTA_ERROR {problem}'),
        **{'needs': (REGISTRY,), 'probes': probes, **more},
    )


def used(current: Any, limit: Any, name: Any = 'Webhooks', unit: Any = 'Count') -> dict[str, Any]:
    return {'name': name, 'currentValue': current, 'limit': limit, 'unit': unit}


def stored(current: Any, included: Any) -> dict[str, Any]:
    return used(current, included, 'Size', 'Bytes')


def failure(kind: str, status: int | None) -> ArmResult:
    return ArmResult(
        failure=Failure(kind, 'the request failed'), status=status, correlation_id='c0ffee'
    )


TABLE = (
    row(
        'unread',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
    ),
    row(
        'the usual',
        'Passed',
        '',
        stored(3 * GIB, 100 * GIB),
        used(0, 10),
        used(2, -1, 'Geo-replications'),
        detail='all limits below 80%; 3.0 GiB stored',
        facts={
            'tier': 'Standard',
            'status': 200,
            'correlationId': 'c0ffee',
            'usages': [
                {
                    'name': 'Size',
                    'used': 3 * GIB,
                    'limit': 100 * GIB,
                    'percent': 3,
                    'unit': 'Bytes',
                },
                {'name': 'Webhooks', 'used': 0, 'limit': 10, 'percent': 0, 'unit': 'Count'},
                {
                    'name': 'Geo-replications',
                    'used': 2,
                    'limit': None,
                    'percent': None,
                    'unit': 'Count',
                },
            ],
        },
    ),
    row('79 %', 'Passed', '', used(79, 100)),
    row('79.99 %', 'Passed', '', used(7999, 10000)),
    row('79.99… %, in large numbers', 'Passed', '', used(8 * 10**16 - 1, 10**17)),
    row(
        '80 %',
        'Warning',
        'LimitNear',
        used(80, 100),
        detail='80 of 100 Webhooks used (80%)',
        solution='az acr show-usage --name myregistry',
    ),
    row('80 % of a few', 'Warning', 'LimitNear', used(8, 10)),
    row('99 %', 'Warning', 'LimitNear', used(499, 500), detail='99%'),
    row(
        '100 %',
        'Failed',
        'LimitReached',
        used(100, 100),
        detail='100 of 100 Webhooks used (100%); no more',
        solution='az acr update --name myregistry --sku Premium',
    ),
    row('over 100 %', 'Failed', 'LimitReached', used(3, 2), detail='150%'),
    row(
        'one full, one nearly full',
        'Failed',
        'LimitReached',
        used(8, 10),
        used(200, 200, 'PrivateEndpointConnections'),
        detail='200 of 200 PrivateEndpointConnections used (100%); no more',
    ),
    row(
        'two full',
        'Failed',
        'LimitReached',
        used(2, 2),
        used(30, 10, 'IPRules'),
        detail='30 of 10 IPRules',
    ),
    *(
        row(f'no limit: {limit!r}', 'Passed', '', used(500, limit))
        for limit in (0, -1, None, 'x', True, [], {})
    ),
    row('storage, equal to what is included', 'Passed', '', stored(100 * GIB, 100 * GIB)),
    row(
        'storage, over what is included',
        'Warning',
        'IncludedStorageExceeded',
        stored(100 * GIB + 1, 100 * GIB),
        detail='100.0 GiB stored, 100.0 GiB included',
        solution='az acr run --registry myregistry',
    ),
    row(
        'storage, over what is included, with ABAC repository permissions',
        'Warning',
        'IncludedStorageExceeded',
        stored(100 * GIB + 1, 100 * GIB),
        needs=(REGISTRY._replace(resource={**REGISTRY.resource, **ABAC}),),
        solution='--dry-run" --source-acr-auth-id "[caller]" /dev/null',
    ),
    row(
        'storage, far over',
        'Warning',
        'IncludedStorageExceeded',
        stored(5000 * GIB, 10 * GIB),
        detail='5,000.0 GiB stored',
    ),
    row('storage, by its name', 'Warning', 'IncludedStorageExceeded', used(11, 10, 'Size', None)),
    row(
        'storage, by its unit', 'Warning', 'IncludedStorageExceeded', used(11, 10, 'Cache', 'Bytes')
    ),
    row('storage over, and a limit near', 'Warning', 'LimitNear', stored(11, 10), used(9, 10)),
    *(
        row(f'no amount: {value!r}', 'Skipped', '', value, detail='reported no usage')
        for value in (
            None,
            7,
            {},
            [],
            used(None, 10),
            used('9', 10),
            used(-1, 10),
            used(True, 1),
            used(float('nan'), 1),
            used(1e300, 1),
        )
    ),
    row('no list', 'Skipped', read=ArmResult({'value': None})),
    row(
        'forbidden',
        'Warning',
        'ARM_READ_ERROR UsageForbidden',
        read=failure('Forbidden', 403)._replace(claims=USER_CLAIMS),
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader',
        detail='the request failed',
        facts={'status': 403, 'correlationId': 'c0ffee'},
    ),
    *(
        row(kind, 'Warning', 'ARM_READ_ERROR UsageUnavailable', read=failure(kind, None))
        for kind in ('Unavailable', 'NotFound', 'NotLoggedIn')
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(['name', 'currentValue', 'limit', 'unit']), inner)
    ),
)


@given(JSON)
def test_any_json_makes_a_row(value: Any) -> None:
    outcome = run(row('any JSON', '', read=ArmResult({'value': value})))
    assert shown(usage, outcome)['status'] in ('Passed', 'Warning', 'Failed', 'Skipped')
