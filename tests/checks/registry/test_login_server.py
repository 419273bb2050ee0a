# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the login server: its host, and whether a token may be sent to it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.options import Target
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from tests.checks.fake_probes import HOST, USER_CLAIMS, FakeConnection, FakeProbes
from tests.checks.table import Row, run, verify

ID = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/myregistry'
FORBIDDEN = ArmResult(
    failure=Failure('Forbidden', 'no right to list'),
    status=403,
    correlation_id='c0ffee',
    claims=USER_CLAIMS,
)
LABELLED = 'myregistry-abc123.azurecr.io'
REGIONAL = Target('myregistry', 'MyRegistry.eastus.geo.azurecr.io')


def arm_reports(server: Any = HOST, **more: Any) -> FakeProbes:
    """Return probes in which ARM reports this login server."""
    return FakeProbes(
        registry=ArmResult(
            {'id': ID, 'location': 'eastus', 'properties': {'loginServer': server}, **more}
        )
    )


def unread(kind: str, **more: Any) -> FakeProbes:
    return FakeProbes(registry=ArmResult(failure=Failure(kind, 'the request failed')), **more)


def target_of(host: str) -> Target:
    return Target(host.split('.', maxsplit=1)[0], host)


def row(name: str, status: str, problem: str, probes: FakeProbes, **more: Any) -> Row:
    return Row(
        name,
        login_server,
        status,
        problem and f'LOGIN_SERVER_ERROR {problem}',
        probes=probes,
        **more,
    )


ASSUMED = {'source': 'Assumed', 'loginServer': HOST}
TABLE = (
    row(
        'ARM reports it',
        'Passed',
        '',
        arm_reports(),
        detail=f'{HOST} in eastus, reported by',
        facts={
            'loginServer': HOST,
            'region': 'eastus',
            'resourceId': ID,
            'source': 'ResourceManager',
        },
    ),
    row(
        'ARM reports another host',
        'Passed',
        '',
        arm_reports(LABELLED),
        facts={'loginServer': LABELLED},
    ),
    row(
        'a typed host is not rewritten',
        'Passed',
        '',
        arm_reports(),
        target=REGIONAL,
        facts={'loginServer': REGIONAL.host},
    ),
    row(
        'ARM reports a custom domain',
        'Passed',
        '',
        arm_reports('registry.example.com'),
        has_value=True,
        facts={'loginServer': 'registry.example.com'},
    ),
    row(
        'ARM reports it, the cloud has no suffix', 'Passed', '', replace(arm_reports(), suffix=None)
    ),
    row(
        'ARM reports an invalid region',
        'Passed',
        '',
        arm_reports(location=['eastus', {}]),
        facts={'region': None},
    ),
    row(
        'ARM reports an invalid id',
        'Passed',
        '',
        arm_reports(id={'a': [1]}),
        facts={'resourceId': None},
    ),
    row(
        'not logged in',
        'Warning',
        'NotLoggedIn',
        unread('NotLoggedIn'),
        has_value=True,
        facts={**ASSUMED, 'aadsts': 'not among the facts'},
        solution='az login',
        detail=f'the request failed; assuming {HOST}',
    ),
    row(
        'an invalid azureProfile.json',
        'Warning',
        'InvalidProfile',
        unread('InvalidProfile'),
        has_value=True,
        solution='Rename the file azureProfile.json',
    ),
    row(
        'not logged in, with an AADSTS code',
        'Warning',
        'NotLoggedIn',
        FakeProbes(
            registry=ArmResult(
                failure=Failure('NotLoggedIn', 'no'),
                status=401,
                correlation_id='c0ffee',
                at='then',
                aadsts='AADSTS7000222',
            )
        ),
        has_value=True,
        facts={'at': 'then', 'status': 401, 'correlationId': 'c0ffee', 'aadsts': 'AADSTS7000222'},
        solution='only if the message of AADSTS7000222 asks for it',
    ),
    row(
        'an expired sign-in',
        'Warning',
        'NotLoggedIn',
        FakeProbes(registry=ArmResult(failure=Failure('NotLoggedIn', 'no'), aadsts='AADSTS700082')),
        has_value=True,
        solution='Sign in: `az login`.',
    ),
    row(
        'no subscription is known',
        'Warning',
        'NoSubscription',
        unread('NoSubscription'),
        has_value=True,
        facts=ASSUMED,
        solution="the registry's resource ID",
    ),
    row(
        'forbidden',
        'Warning',
        'ArmForbidden',
        FakeProbes(registry=FORBIDDEN),
        unfilled_placeholders=('registry_id',),
        has_value=True,
        facts={**ASSUMED, 'status': 403, 'correlationId': 'c0ffee'},
    ),
    row('not found', 'Warning', 'NotFoundInArm', unread('NotFound'), has_value=True, facts=ASSUMED),
    row(
        'not found, with similar names',
        'Warning',
        'NotFoundInArm',
        FakeProbes(
            registry=ArmResult(
                failure=Failure('NotFound', 'the request failed.'),
                status=200,
                correlation_id='c0ffee',
                at='now',
                similar=('myregistry2', 'myregister'),
            )
        ),
        has_value=True,
        detail='did you mean myregistry2 or myregister? the request failed; assuming my',
        solution='Did you mean myregistry2?',
        facts={
            **ASSUMED,
            'similar': ['myregistry2', 'myregister'],
            'status': 200,
            'correlationId': 'c0ffee',
            'at': 'now',
        },
    ),
    row(
        'ARM is down',
        'Warning',
        'ArmUnavailable',
        unread('Unavailable'),
        has_value=True,
        facts=ASSUMED,
    ),
    *(
        row(
            f'ARM reports login server {value!r}',
            'Warning',
            'ArmUnavailable',
            arm_reports(value),
            has_value=True,
            facts=ASSUMED,
        )
        for value in (
            None,
            '',
            7,
            ['a.azurecr.io'],
            {'host': HOST},
            'no host',
            'a.azurecr.io; rm -rf /',
            f'{HOST}\n',
            f'{HOST}.',
            f'{HOST}:443',
            f'{HOST}/',
            f'https://{HOST}',
            f'{HOST}@evil.com',
            f'evil.com\\@{HOST}',
            f'\u212a{HOST}',
            'regi\u017ftry.azurecr.io',
            'a.' * 2500 + 'io',
        )
    ),
    *(
        row(
            f'ARM reports properties {value!r}',
            'Warning',
            'ArmUnavailable',
            FakeProbes(registry=ArmResult({'properties': value})),
            has_value=True,
            facts=ASSUMED,
        )
        for value in (None, 'text', [], 1)
    ),
    row(
        'a typed host of this cloud',
        'Warning',
        'ArmForbidden',
        FakeProbes(registry=FORBIDDEN),
        unfilled_placeholders=('registry_id',),
        target=REGIONAL,
        has_value=True,
        facts={'loginServer': REGIONAL.host},
    ),
    row(
        'no suffix',
        'Failed',
        'NoSuffix',
        unread('Forbidden', suffix=None),
        detail='the request failed',
        facts={'loginServer': 'not among the facts'},
        solution='--suffix-acr-login-server-endpoint',
    ),
    row(
        'another cloud',
        'Failed',
        'OtherCloud',
        unread('NotFound'),
        target=target_of('myregistry.AzureCR.cn'),
        has_value=True,
        facts={'cloud': 'AzureChinaCloud'},
        solution='az cloud set --name AzureChinaCloud',
    ),
    row(
        'any host',
        'Failed',
        'UnknownSuffix',
        unread('NotFound'),
        target=target_of('registry.example.com'),
        has_value=True,
        facts={'loginServer': 'registry.example.com', 'probablyMeant': 'not among the facts'},
        solution='`.azurecr.io`, for example `registry.azurecr.io`',
    ),
    row(
        'a mistyped suffix',
        'Failed',
        'UnknownSuffix',
        unread('NotFound'),
        target=target_of('myregistry.azureacr.io'),
        has_value=True,
        detail=f'did you mean {HOST}? myregistry.azureacr.io isn',
        solution=f'Did you mean {HOST}? Run the check with that name: `az acrhealth check ',
        facts={'probablyMeant': HOST},
    ),
    row(
        'a record of the private zone',
        'Failed',
        'PrivateLinkHost',
        unread('NotFound'),
        has_value=True,
        target=target_of('myregistry.PrivateLink.azurecr.io'),
        facts={'probablyMeant': HOST},
        solution=f'--name {HOST}',
    ),
    row(
        'a suffix without its dot',
        'Failed',
        'UnknownSuffix',
        unread('NotFound'),
        target=target_of('evilazurecr.io'),
        has_value=True,
    ),
    row(
        'the suffix alone',
        'Failed',
        'UnknownSuffix',
        unread('NotFound'),
        target=target_of('azurecr.io'),
        has_value=True,
    ),
    row(
        'the suffix in the middle',
        'Failed',
        'UnknownSuffix',
        unread('NotFound'),
        target=target_of(f'{HOST}.evil.com'),
        has_value=True,
    ),
    row(
        'any host, no suffix',
        'Failed',
        'UnknownSuffix',
        unread('NotFound', suffix=None, clouds={}),
        target=target_of('registry.example.com'),
        has_value=True,
        unfilled_placeholders=['suffix', 'here'],
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_only_hosts_of_this_cloud_or_of_arm_are_trusted(case: Row) -> None:
    value = run(case).value
    trusted = case.status == 'Passed' or (case.status == 'Warning' and value is not None)
    assert (value is not None and value.trusted) == trusted


@pytest.mark.parametrize(
    'server, hosts, closed',
    [
        (HOST, [HOST], [False]),
        (HOST.upper(), [HOST], [False]),
        (LABELLED, [HOST, LABELLED], [True, False]),
    ],
)
def test_the_early_connection_is_used_or_closed(
    server: str, hosts: list[str], closed: list[bool]
) -> None:
    probes = arm_reports(server)
    outcome = login_server.run(_context(probes))
    assert [connection.host for connection in probes.connections] == hosts
    assert [connection.closed for connection in probes.connections] == closed
    assert outcome.value.connection is probes.connections[-1]


def test_without_a_suffix_no_connection_opens_before_arm_responds() -> None:
    probes = replace(arm_reports(), suffix=None)
    login_server.run(_context(probes))
    assert [connection.host for connection in probes.connections] == [HOST]


def _context(probes: FakeProbes) -> Any:
    from azext_acrhealth.model import Context, Options

    return Context(
        copy.copy(Target('myregistry')), Options(), probes, 1e9, probes.host_connections()
    )


@pytest.mark.parametrize(
    'listed, hosts',
    [
        (
            ['A.eastus.data.azurecr.io', 'a.eastus.data.azurecr.io', 'b.data.azurecr.io'],
            ['a.eastus.data.azurecr.io', 'b.data.azurecr.io'],
        ),
        ([None, 7, '', 'no host', ['x']], []),
        ('x.test', []),
        (None, []),
        (
            [f'r.{number}.data.azurecr.io' for number in range(1000)],
            [f'r.{number}.data.azurecr.io' for number in range(64)],
        ),
    ],
)
def test_listed_hosts(listed: Any, hosts: list[str]) -> None:
    login = LoginServer(
        HOST, FakeConnection(), True, {'properties': {'dataEndpointHostNames': listed}}
    )
    assert (
        login.listed('dataEndpointHostNames') == hosts
        and login.listed('regionalEndpointHostNames') == []
    )
