# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the registry's replicas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.replicas import replica_regions, replicas
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from tests.checks.fake_probes import HOST, REGISTRY_ID, USER_CLAIMS, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

HERE = 'r1007eus-3.eastus.cloudapp.azure.com'
REGIONAL, DATA = 'myregistry.westeurope.geo.azurecr.io', 'myregistry.westeurope.data.azurecr.io'


def row(
    name: str,
    status: str,
    problem: str = '',
    *found: Any,
    read: ArmResult | None = None,
    tier: Any = 'Premium',
    front_end: str | None = HERE,
    **more: Any,
) -> Row:
    """Return a row for a registry with these replicas; by default, eastus serves this machine."""
    connection = FakeConnection(resolution_result=Resolution(HOST, ('203.0.113.10',), front_end))
    login = LoginServer(
        HOST,
        connection,
        True,
        {
            'id': REGISTRY_ID,
            'sku': {'name': tier},
            'properties': {
                'regionalEndpointHostNames': [REGIONAL, None],
                'dataEndpointHostNames': ['x', DATA],
            },
        },
    )
    probes = FakeProbes(
        lists={'replications': read or ArmResult({'value': list(found)}, status=200)}
    )
    return Row(
        name,
        replicas,
        status,
        problem and (problem if ' ' in problem else f'REPLICATION_ERROR {problem}'),
        **{'needs': (login,), 'probes': probes, **more},
    )


def replica(
    region: Any, state: Any = 'Succeeded', routed: Any = True, status_object: Any = None
) -> dict[str, Any]:
    return {
        'name': region,
        'location': region,
        'properties': {
            'provisioningState': state,
            'regionEndpointEnabled': routed,
            'zoneRedundancy': 'Disabled',
            'status': status_object,
        },
    }


def failure(kind: str) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'the request failed'), status=403)


EAST, WEST = replica('eastus'), replica('westeurope')
TABLE = (
    row(
        'unread',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
    ),
    # FakeProbes has no list for these: they must make no request.
    *(
        row(
            f'the tier {tier!r}',
            'Skipped',
            tier=tier,
            probes=FakeProbes(),
            detail='replicas require the Premium tier',
        )
        for tier in ('Basic', 'Standard', 'Classic', None, 7)
    ),
    row('one', 'Passed', '', EAST, detail='1 replica ready (eastus)'),
    row(
        'two',
        'Passed',
        '',
        EAST,
        replica('West Europe', status_object={'displayStatus': 'Ready'}),
        tier='premium',
        detail='2 replicas ready (eastus, westeurope)',
        facts={
            'status': 200,
            'servedFrom': 'eastus',
            'replicas': [
                {
                    'region': 'eastus',
                    'provisioningState': 'Succeeded',
                    'status': None,
                    'message': None,
                    'routed': True,
                    'zoneRedundancy': 'Disabled',
                    'host': None,
                    'dataHost': None,
                },
                {
                    'region': 'westeurope',
                    'provisioningState': 'Succeeded',
                    'status': 'Ready',
                    'message': None,
                    'routed': True,
                    'zoneRedundancy': 'Disabled',
                    'host': REGIONAL,
                    'dataHost': DATA,
                },
            ],
        },
    ),
    row(
        'not routed to',
        'Passed',
        '',
        EAST,
        replica('westeurope', routed=False),
        detail="clients aren't routed to westeur",
    ),
    row(
        'failed elsewhere',
        'Warning',
        'ReplicaFailed',
        EAST,
        replica('westeurope', 'Failed', True, {'message': 'no'}),
        detail='replica in westeurope is Failed: no',
        solution='az acr replication show --registry myregistry --name westeurope',
    ),
    row(
        'failed here',
        'Failed',
        'ReplicaFailed',
        replica('eastus', 'Failed'),
        WEST,
        detail='replica in eastus, which serves this machine, is Failed',
    ),
    row(
        'failed here and elsewhere',
        'Failed',
        'ReplicaFailed',
        replica('westeurope', 'Failed'),
        replica('eastus', 'Failed'),
        detail='in eastus, which serves this machine, is Failed (and 1 more)',
    ),
    row(
        'failed, the serving region is unknown',
        'Warning',
        'ReplicaFailed',
        replica('eastus', 'Failed'),
        front_end=None,
    ),
    row('canceled', 'Warning', 'ReplicaFailed', EAST, replica('westeurope', 'Canceled')),
    *(
        row(
            str(state),
            'Warning',
            'ReplicaNotReady',
            EAST,
            replica('westeurope', state, status_object={'displayStatus': 'Syncing'}),
            detail='Syncing',
            solution='--name westeurope',
        )
        for state in ('Creating', 'Updating', 'Deleting', 'New', None)
    ),
    row(
        'failed before not ready',
        'Warning',
        'ReplicaFailed',
        replica('centralus', 'Creating'),
        replica('westeurope', 'Failed'),
    ),
    row(
        'an invalid region',
        'Warning',
        'ReplicaNotReady',
        replica('; reboot', 'Updating'),
        unfilled_placeholders=['region'],
    ),
    *(
        row(
            f'an invalid replica: {value!r}',
            'Warning',
            'ReplicaNotReady',
            value,
            detail='in an unknown state',
            unfilled_placeholders=['region'],
        )
        for value in (None, 7, {}, {'properties': ['x']})
    ),
    row('none', 'Skipped', detail='lists no replicas'),
    row('no list', 'Skipped', read=ArmResult({'value': 'x'})),
    row(
        'forbidden',
        'Warning',
        'ARM_READ_ERROR ReplicasForbidden',
        read=failure('Forbidden')._replace(claims=USER_CLAIMS),
        solution=f'--role Reader --scope {REGISTRY_ID}',
        facts={'status': 403},
    ),
    *(
        row(
            kind,
            'Warning',
            'ARM_READ_ERROR ReplicasUnavailable',
            read=failure(kind),
            detail='the request failed',
        )
        for kind in ('Unavailable', 'NotFound', 'NotLoggedIn')
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ['name', 'location', 'properties', 'provisioningState', 'status', 'message']
            ),
            inner,
        )
    ),
)


@given(JSON)
def test_any_json_makes_a_row(value: Any) -> None:
    outcome = run(row('any JSON', '', read=ArmResult({'value': value})))
    assert shown(replicas, outcome)['status'] in ('Passed', 'Warning', 'Failed', 'Skipped')


@pytest.mark.parametrize(
    'resource, listed, regions',
    [
        ({'sku': {'name': 'Premium'}, 'location': 'East US'}, ['eastus', 'West Europe'], True),
        ({'sku': {'name': 'Premium'}, 'location': 'eastus'}, ['eastus'], []),
        ({'sku': {'name': 'Premium'}}, None, None),
        ({'sku': {'name': 'Standard'}}, None, []),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_the_regions_besides_the_home_region(resource: Any, listed: Any, regions: Any) -> None:
    read = (
        ArmResult(failure=Failure('Forbidden', 'no'))
        if listed is None
        else ArmResult({'value': [{'location': region} for region in listed]})
    )
    context = Context(None, Options(), FakeProbes(lists={'replications': read}), 1e9)
    known = resource if resource is None else {'id': REGISTRY_ID, **resource}
    login = LoginServer(HOST, FakeConnection(), True, known)
    assert replica_regions(context, login) == (['westeurope'] if regions is True else regions)
