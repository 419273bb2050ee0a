# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The login server's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from azext_acrhealth.checks.connectivity.dns import dns
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Target
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.http.reachability import Reachability
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, passes_on, verify

PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
MANY = tuple(f'203.0.113.{last}' for last in range(1, 6))
PUBLIC, PRIVATE = ('203.0.113.10',), ('10.1.2.3', 'fd00::1')
ENDPOINT = {'properties': {'privateLinkServiceConnectionState': {'status': 'Approved'}}}
PENDING = {'properties': {'privateLinkServiceConnectionState': {'status': 'Pending'}}}


def name(
    title: str, status: str, problem: str = '', failure: str = '', way: Route = Route(), **more: Any
) -> Row:
    """Return a row of dns; `host` is one that was typed, `known` what ARM says of the registry."""
    host, known = more.pop('host', HOST), more.pop('known', None)
    resolved = Resolution(
        host,
        more.pop('addresses', ()),
        more.pop('canonical', None),
        Failure(failure, 'it said so') if failure else None,
        0.0312,
        'then',
    )
    resource: Mapping[str, Any] | None = None if known is None else {'properties': known}
    login = LoginServer(host, FakeConnection(host, way=way, resolved=resolved), True, resource)
    target = Target('myregistry', None if host == HOST else host)
    return Row(
        title,
        dns,
        status,
        problem and f'CONNECTIVITY_DNS_ERROR {problem}',
        needs=(login,),
        target=target,
        **more,
    )


def answered(
    title: str, problem: str = '', addresses: tuple[str, ...] = PUBLIC, **more: Any
) -> Row:
    """Return a row of a name that resolves."""
    return name(
        title, 'Warning' if problem else 'Passed', problem, addresses=addresses, leaves=True, **more
    )


def closed(*endpoints: Any) -> dict[str, Any]:
    return {'publicNetworkAccess': 'Disabled', 'privateEndpointConnections': list(endpoints)}


def typo(host: str, meant: str, failure: str = 'NotFound') -> Row:
    return name(
        f'{host}: {failure}',
        'Failed',
        'LikelyTypo',
        failure,
        host=host,
        detail=f'{meant} was probably meant',
        facts={'probablyMeant': meant, 'elsewhere': 'not among the facts'},
        solution=f'az acrhealth check --name {meant}',
    )


TABLE = (
    answered(
        'one address',
        canonical='r1007eus-3.eastus.cloudapp.azure.com',
        detail=f'{HOST} is 203.0.113.10',
        facts={
            'host': HOST,
            'canonicalName': 'r1007eus-3.eastus.cloudapp.azure.com',
            'elapsedMs': 31,
            'frontEnd': 'r1007eus-3',
            'region': 'eastus',
            'privateEndpoints': 'not among the facts',
            'addresses': [{'address': '203.0.113.10', 'family': 'IPv4', 'private': False}],
        },
    ),
    answered(
        'both families',
        addresses=('2001:db8::1', '203.0.113.10'),
        facts={
            'region': None,
            'addresses': [
                {'address': '2001:db8::1', 'family': 'IPv6', 'private': False},
                {'address': '203.0.113.10', 'family': 'IPv4', 'private': False},
            ],
        },
    ),
    answered('both families, private', addresses=('10.1.2.3', 'fd00::1')),
    answered(
        'mixed',
        'MixedAddresses',
        ('2001:db8::1', '10.1.2.3', 'fd00::1'),
        solution='privatelink.azurecr.io',
        detail=': 10.1.2.3 is private, 2001:db8::1 public',
        facts={
            'region': None,
            'addresses': [
                {'address': '2001:db8::1', 'family': 'IPv6', 'private': False},
                {'address': '10.1.2.3', 'family': 'IPv4', 'private': True},
                {'address': 'fd00::1', 'family': 'IPv6', 'private': True},
            ],
        },
    ),
    answered('many addresses', addresses=MANY, detail='203.0.113.1, 203.0.113.2, 203.0.113.3, …'),
    name(
        'no such name',
        'Failed',
        'NameNotFound',
        'NotFound',
        detail=f'only this host: it said so ({HOST}); mcr.test can be reached',
        facts={
            'host': HOST,
            'at': 'then',
            'elsewhere': {'host': 'mcr.test', 'reachable': True, 'why': None, 'at': None},
        },
        solution='az acr show --name myregistry',
    ),
    name(
        'no such name, but ARM knows the registry',
        'Failed',
        'NotInLocalDns',
        'NotFound',
        known={},
        detail=f'it said so ({HOST})',
        solution=f'nslookup {HOST}',
    ),
    name(
        'no such name, and nothing else',
        'Failed',
        'NameNotFound',
        'NotFound',
        probes=FakeProbes(elsewhere=Reachability('mcr.test', False, 'too')),
        detail=f'no registry is reachable (mcr.test neither): it said so ({HOST})',
    ),
    name('no address', 'Failed', 'NoAddress', 'NoAddress', solution=HOST),
    name(
        'name server fails, for all names',
        'Failed',
        'ResolverFailed',
        'Failed',
        solution=f'nslookup {HOST}',
        detail='no registry is reachable (mcr.test neither)',
        probes=FakeProbes(elsewhere=Reachability('mcr.test', False, 'too')),
    ),
    name(
        'name server hangs',
        'Failed',
        'ResolverTimeout',
        'Timeout',
        probes=FakeProbes(elsewhere=Reachability('mcr.test', None, 'no time', 'then')),
        facts={
            'elapsedMs': 31,
            'elsewhere': {'host': 'mcr.test', 'reachable': None, 'why': 'no time', 'at': 'then'},
        },
    ),
    *(
        name(
            f'{kind}, but a proxy resolves',
            'Warning',
            'ResolvedByProxy',
            kind,
            PROXY,
            leaves=True,
            detail=SHOWN,
            facts={'proxy': SHOWN, 'host': HOST},
        )
        for kind in ('NotFound', 'NoAddress', 'Failed', 'Timeout')
    ),
    name(
        'a proxy that cannot be read resolves nothing',
        'Failed',
        'NameNotFound',
        'NotFound',
        Route(failure=Failure('InvalidProxy', 'no host')),
    ),
    typo('myregistry.azureacr.io', HOST),
    typo('MyRegistry.azurecr.com', HOST, 'NoAddress'),
    typo('myregistry.privatelink.azurecr.io', HOST),
    typo('myregistry.azurecr.cm', 'myregistry.azurecr.cn'),
    name(
        'a slip, but the name server fails',
        'Failed',
        'ResolverFailed',
        'Failed',
        host='myregistry.azureacr.io',
    ),
    name('any other host', 'Failed', 'NameNotFound', 'NotFound', host='registry.example.com'),
    name(
        'what ARM names is no slip',
        'Failed',
        'NotInLocalDns',
        'NotFound',
        host='myregistry.azureacr.io',
        known={},
    ),
    answered(
        'a record of the private zone',
        'PrivateLinkName',
        PRIVATE,
        host='myregistry.privatelink.azurecr.io',
        solution=f'--name {HOST}',
        detail=f'{HOST} is',
    ),
    answered(
        'capitals',
        'UpperCaseHost',
        host='MyRegistry.azurecr.io',
        solution=f'`{HOST}`',
        detail=f'MyRegistry.azurecr.io is 203.0.113.10; container clients want {HOST}',
    ),
    answered(
        'private, and no endpoint',
        'PrivateAddressWithoutEndpoint',
        PRIVATE,
        known={'privateEndpointConnections': []},
        facts={'privateEndpoints': 0},
        solution='--zone-name privatelink.azurecr.io',
        detail='but the registry has no private endpoint',
    ),
    answered(
        'private, and an endpoint',
        addresses=PRIVATE,
        known=closed(ENDPOINT),
        facts={'privateEndpoints': 1},
    ),
    answered('private, and ARM does not say', addresses=PRIVATE, known={}),
    answered(
        'private and public',
        'MixedAddresses',
        (*PRIVATE, *PUBLIC),
        known={'privateEndpointConnections': []},
        facts={'privateEndpoints': 0},
    ),
    answered(
        'public despite an endpoint',
        'PublicAddressDespiteEndpoint',
        known=closed(PENDING, ENDPOINT, 'x'),
        facts={'privateEndpoints': 3},
        detail='the registry has 1 private endpoint',
        solution='privatelink.azurecr.io',
    ),
    answered(
        'public despite endpoints',
        'PublicAddressDespiteEndpoint',
        known=closed(ENDPOINT, ENDPOINT),
        detail='2 private endpoints',
        solution=HOST,
    ),
    answered('public, and endpoints that are not approved', known=closed(PENDING)),
    answered(
        'public, and public access is on',
        known={**closed(ENDPOINT), 'publicNetworkAccess': 'Enabled'},
    ),
    answered('public, and no endpoint', known=closed()),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_same_connection_is_passed_on_and_the_proxys_password_is_not(row: Row) -> None:
    passes_on(row, row.needs[0].connection)
