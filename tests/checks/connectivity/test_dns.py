# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `dns` check."""

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
from tests.checks.table import Row, assert_value_is, verify

DIRECT = Route()
PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
MANY = tuple(f'203.0.113.{last}' for last in range(1, 6))
PUBLIC, PRIVATE = ('203.0.113.10',), ('10.1.2.3', 'fd00::1')
ENDPOINT = {'properties': {'privateLinkServiceConnectionState': {'status': 'Approved'}}}
PENDING = {'properties': {'privateLinkServiceConnectionState': {'status': 'Pending'}}}


def dns_row(
    title: str,
    status: str,
    problem: str = '',
    failure: str = '',
    route: Route = DIRECT,
    **more: Any,
) -> Row:
    """Return a row of the `dns` check.

    `host` is the host that was typed, `properties` those of the registry in ARM.
    """
    host, properties = more.pop('host', HOST), more.pop('properties', None)
    resolution = Resolution(
        host,
        more.pop('addresses', ()),
        more.pop('canonical', None),
        Failure(failure, 'it said so') if failure else None,
        0.0312,
        'then',
    )
    resource: Mapping[str, Any] | None = None if properties is None else {'properties': properties}
    login = LoginServer(
        host, FakeConnection(host, route_result=route, resolution_result=resolution), True, resource
    )
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


def resolved_row(
    title: str, problem: str = '', addresses: tuple[str, ...] = PUBLIC, **more: Any
) -> Row:
    """Return a row for a name that resolves."""
    return dns_row(
        title,
        'Warning' if problem else 'Passed',
        problem,
        addresses=addresses,
        has_value=True,
        **more,
    )


def without_public_access(*endpoints: Any) -> dict[str, Any]:
    return {'publicNetworkAccess': 'Disabled', 'privateEndpointConnections': list(endpoints)}


def typo_row(host: str, suggested: str, failure: str = 'NotFound') -> Row:
    return dns_row(
        f'{host}: {failure}',
        'Failed',
        'LikelyTypo',
        failure,
        host=host,
        detail=f'{host} is probably a misspelling of {suggested}: it said so',
        facts={'probablyMeant': suggested, 'elsewhere': 'not among the facts'},
        solution=f'az acrhealth check --name {suggested}',
    )


TABLE = (
    resolved_row(
        'one address',
        canonical='r1007eus-3.eastus.cloudapp.azure.com',
        detail=f'{HOST} resolves to 203.0.113.10',
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
    resolved_row(
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
    resolved_row('both families, private', addresses=('10.1.2.3', 'fd00::1')),
    resolved_row(
        'mixed',
        'MixedAddresses',
        ('2001:db8::1', '10.1.2.3', 'fd00::1'),
        solution='privatelink.azurecr.io',
        detail=': 10.1.2.3 is private, 2001:db8::1 is public',
        facts={
            'region': None,
            'addresses': [
                {'address': '2001:db8::1', 'family': 'IPv6', 'private': False},
                {'address': '10.1.2.3', 'family': 'IPv4', 'private': True},
                {'address': 'fd00::1', 'family': 'IPv6', 'private': True},
            ],
        },
    ),
    resolved_row(
        'many addresses', addresses=MANY, detail='203.0.113.1, 203.0.113.2, 203.0.113.3, …'
    ),
    dns_row(
        'no such name',
        'Failed',
        'NameNotFound',
        'NotFound',
        detail=f'only this host is affected: it said so ({HOST}); mcr.test is reachable',
        facts={
            'host': HOST,
            'at': 'then',
            'elsewhere': {'host': 'mcr.test', 'reachable': True, 'why': None, 'at': None},
        },
        solution='az acr show --name myregistry',
    ),
    dns_row(
        'no such name, but ARM has the registry',
        'Failed',
        'NotInLocalDns',
        'NotFound',
        properties={},
        detail=f'it said so ({HOST})',
        solution=f'nslookup {HOST}',
    ),
    dns_row(
        'no such name, and no registry is reachable',
        'Failed',
        'NameNotFound',
        'NotFound',
        probes=FakeProbes(reachability=Reachability('mcr.test', False, 'too')),
        detail=f'no registry is reachable (including mcr.test): it said so ({HOST})',
    ),
    dns_row('no address', 'Failed', 'NoAddress', 'NoAddress', solution=HOST),
    dns_row(
        'DNS server fails for all names',
        'Failed',
        'ResolverFailed',
        'Failed',
        solution=f'nslookup {HOST}',
        detail='no registry is reachable (including mcr.test)',
        probes=FakeProbes(reachability=Reachability('mcr.test', False, 'too')),
    ),
    dns_row(
        'DNS server times out',
        'Failed',
        'ResolverTimeout',
        'Timeout',
        probes=FakeProbes(reachability=Reachability('mcr.test', None, 'no time', 'then')),
        facts={
            'elapsedMs': 31,
            'elsewhere': {'host': 'mcr.test', 'reachable': None, 'why': 'no time', 'at': 'then'},
        },
    ),
    *(
        dns_row(
            f'{kind}, but a proxy resolves',
            'Warning',
            'ResolvedByProxy',
            kind,
            PROXY,
            has_value=True,
            detail=SHOWN,
            facts={'proxy': SHOWN, 'host': HOST},
        )
        for kind in ('NotFound', 'NoAddress', 'Failed', 'Timeout')
    ),
    dns_row(
        'an unreadable proxy setting resolves nothing',
        'Failed',
        'NameNotFound',
        'NotFound',
        Route(failure=Failure('InvalidProxy', 'no host')),
    ),
    typo_row('myregistry.azureacr.io', HOST),
    typo_row('MyRegistry.azurecr.com', HOST, 'NoAddress'),
    typo_row('myregistry.privatelink.azurecr.io', HOST),
    typo_row('myregistry.azurecr.cm', 'myregistry.azurecr.cn'),
    dns_row(
        'a typo, but the DNS server fails',
        'Failed',
        'ResolverFailed',
        'Failed',
        host='myregistry.azureacr.io',
    ),
    dns_row('any other host', 'Failed', 'NameNotFound', 'NotFound', host='registry.example.com'),
    dns_row(
        'a host that ARM reports is not a typo',
        'Failed',
        'NotInLocalDns',
        'NotFound',
        host='myregistry.azureacr.io',
        properties={},
    ),
    resolved_row(
        'a record of the private zone',
        'PrivateLinkName',
        PRIVATE,
        host='myregistry.privatelink.azurecr.io',
        solution=f'--name {HOST}',
        detail=f"but isn't a login server; use {HOST}",
    ),
    resolved_row(
        'capitals',
        'UppercaseHost',
        host='MyRegistry.azurecr.io',
        solution=f'`{HOST}`',
        detail=f'MyRegistry.azurecr.io resolves to 203.0.113.10; container clients treat {HOST} '
        f'as a different host',
    ),
    resolved_row(
        'private, and no endpoint',
        'PrivateAddressWithoutEndpoint',
        PRIVATE,
        properties={'privateEndpointConnections': []},
        facts={'privateEndpoints': 0},
        solution='--zone-name privatelink.azurecr.io',
        detail='but the registry has no private endpoint',
    ),
    resolved_row(
        'private, and an endpoint',
        addresses=PRIVATE,
        properties=without_public_access(ENDPOINT),
        facts={'privateEndpoints': 1},
    ),
    resolved_row('private, and ARM does not report endpoints', addresses=PRIVATE, properties={}),
    resolved_row(
        'private and public',
        'MixedAddresses',
        (*PRIVATE, *PUBLIC),
        properties={'privateEndpointConnections': []},
        facts={'privateEndpoints': 0},
    ),
    resolved_row(
        'public despite an endpoint',
        'PublicAddressDespiteEndpoint',
        properties=without_public_access(PENDING, ENDPOINT, 'x'),
        facts={'privateEndpoints': 3},
        detail='the registry has 1 private endpoint',
        solution='privatelink.azurecr.io',
    ),
    resolved_row(
        'public despite endpoints',
        'PublicAddressDespiteEndpoint',
        properties=without_public_access(ENDPOINT, ENDPOINT),
        detail='2 private endpoints',
        solution='forward the zone `azurecr.io`',
    ),
    resolved_row(
        'public, and endpoints that are not approved', properties=without_public_access(PENDING)
    ),
    resolved_row(
        'public, and public access is on',
        properties={**without_public_access(ENDPOINT), 'publicNetworkAccess': 'Enabled'},
    ),
    resolved_row('public, and no endpoint', properties=without_public_access()),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_connection_is_passed_on_without_the_password_of_the_proxy(row: Row) -> None:
    assert_value_is(row, row.needs[0].connection)
