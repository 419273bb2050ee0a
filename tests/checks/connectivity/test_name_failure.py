# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names that don't resolve: rows of the `dns` check for what the DNS servers themselves respond."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns_query import DnsServer, DnsServers
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.reachability import Reachability
from tests.checks.connectivity.test_dns import dns_row, resolved_row
from tests.checks.fake_probes import HOST, FakeProbes
from tests.checks.table import Row, verify

SERVER = '10.0.0.4'
ALIAS = 'myregistry.privatelink.azurecr.io'
UNKNOWN, NO_PROXY = DnsServers(), ProxySettings()
ALIVE = Reachability('mcr.test', True)
UNRESOLVED, TIMED_OUT = (
    Reachability('mcr.test', False, 'not found', unresolved=Failure(kind, 'not found'))
    for kind in ('NotFound', 'Timeout')
)
SILENT = DnsServers((DnsServer(SERVER, 'no response'), DnsServer('10.0.0.5', 'unreachable')))


def responses(result: str = 'NXDOMAIN', *aliases: str, **more: Any) -> DnsServers:
    """Return the response of a DNS server, after one that doesn't respond."""
    return DnsServers(
        (DnsServer('10.0.0.3', 'no response'), DnsServer(SERVER, result, aliases, **more))
    )


def row(
    title: str,
    problem: str,
    failure: str,
    dns_responses: DnsServers = UNKNOWN,
    reference: Reachability = ALIVE,
    settings: ProxySettings = NO_PROXY,
    **more: Any,
) -> Row:
    """Return a row of a name that doesn't resolve."""
    probes = FakeProbes(dns_responses=dns_responses, reachability=reference, settings=settings)
    return dns_row(title, 'Failed', problem, failure, probes=probes, **more)


def hidden(
    host: str,
    alias: str,
    zone: str,
    record: str,
    reported: str | None = None,
    failure: str = 'NotFound',
) -> Row:
    """Return a row of a name that a private DNS zone hides; a DNS server reported a zone."""
    return row(
        f'{host} is hidden by {zone}',
        'HiddenByPrivateZone',
        failure,
        responses('NXDOMAIN', alias, zone=reported),
        host=host,
        detail=f"{host} is an alias of {alias}, which doesn't exist in the zone {zone}",
        solution=f'--zone-name {zone} --record-set-name {record} --ipv4-address',
        facts={'elsewhere': 'not among the facts'},
    )


TABLE = (
    hidden(HOST, ALIAS, 'privatelink.azurecr.io', 'myregistry'),
    hidden(HOST, ALIAS, 'privatelink.azurecr.io', 'myregistry', 'privatelink.azurecr.io'),
    # dnsmasq answers one of the two queries of the system's resolver without an error.
    hidden(HOST, ALIAS, 'privatelink.azurecr.io', 'myregistry', failure='NoAddress'),
    # A zone that isn't one of the alias doesn't enter a command.
    hidden(HOST, ALIAS, 'privatelink.azurecr.io', 'myregistry', 'io'),
    hidden(HOST, ALIAS, 'privatelink.azurecr.io', 'myregistry', 'evil.example'),
    *(
        hidden(
            f'myregistry{suffix}',
            f'myregistry.privatelink{suffix}',
            f'privatelink{suffix}',
            'myregistry',
        )
        for suffix in ('.azurecr.cn', '.azurecr.us')
    ),
    hidden(
        'myregistry.eastus.data.azurecr.io',
        'myregistry.eastus.data.privatelink.azurecr.io',
        'privatelink.azurecr.io',
        'myregistry.eastus.data',
    ),
    hidden(
        'myregistry.eastus.data.azurecr.io',
        'myregistry.eastus.data.privatelink.azurecr.io',
        'eastus.data.privatelink.azurecr.io',
        'myregistry',
        'eastus.data.privatelink.azurecr.io',
    ),
    row(
        'hidden, and ARM reports the registry',
        'HiddenByPrivateZone',
        'NotFound',
        responses('NXDOMAIN', ALIAS),
        properties={},
        solution='--resolution-policy NxDomainRedirect',
        facts={
            'dnsServers': [
                {
                    'server': '10.0.0.3',
                    'result': 'no response',
                    'aliases': [],
                    'zone': None,
                    'elapsedMs': 0,
                },
                {
                    'server': SERVER,
                    'result': 'NXDOMAIN',
                    'aliases': [ALIAS],
                    'zone': None,
                    'elapsedMs': 0,
                },
            ]
        },
    ),
    row(
        'an alias in the public DNS is blocked',
        'AliasNotFound',
        'NotFound',
        responses('NXDOMAIN', ALIAS, 'eus-acr-reg.trafficmanager.net'),
        detail=f'{HOST} is an alias of eus-acr-reg.trafficmanager.net, which doesn',
        solution='nslookup eus-acr-reg.trafficmanager.net',
    ),
    row(
        'an alias that no command may name',
        'NameNotFound',
        'NotFound',
        responses('NXDOMAIN', "x';rm.example.com"),
    ),
    row(
        'the zone has the name, without an address',
        'NoAddress',
        'NoAddress',
        responses('NOERROR', ALIAS),
        detail=f'{ALIAS}, which has no address in the zone privatelink.azurecr.io',
        solution='--zone-name privatelink.azurecr.io --record-set-name myregistry',
    ),
    row(
        'the servers of the private zone fail',
        'ResolverFailed',
        'Failed',
        responses('SERVFAIL', ALIAS),
        detail=f'{HOST} is an alias of {ALIAS}, which',
        solution='privatelink.azurecr.io',
    ),
    row(
        'a private zone with the name of the public zone',
        'PublicZoneReplaced',
        'NotFound',
        responses(zone='azurecr.io', primary='azureprivatedns.net'),
        detail=f"{HOST} isn't in the private DNS zone azurecr.io",
        solution='--zone-name azurecr.io --name LINK',
    ),
    row(
        'a host of no registry',
        'NameNotFound',
        'NotFound',
        responses(),
        host='registry.example.com',
        detail=f'registry.example.com; DNS servers 10.0.0.3: no response, {SERVER}: NXDOMAIN)',
        solution='--zone-name privatelink.azurecr.io',
    ),
    row(
        'the public zone itself lacks the name',
        'NameNotFound',
        'NotFound',
        responses(zone='azurecr.io', primary='ns1-01.azure-dns.com'),
    ),
    row(
        'a server returns an error',
        'ResolverFailed',
        'Failed',
        responses('SERVFAIL'),
        detail=f'{HOST}; DNS servers 10.0.0.3: no response, {SERVER}: SERVFAIL',
    ),
    row(
        'no server responds for this name',
        'ResolverFailed',
        'Failed',
        SILENT,
        detail=f'DNS servers {SERVER}: no response, 10.0.0.5: unreachable',
    ),
    *(
        row(
            f'no name resolves: {failure}',
            'NoNameResolves',
            failure,
            found,
            reference,
            detail=f'no name resolves: it said so ({HOST}',
            solution='/etc/resolv.conf',
        )
        for failure, found, reference in (
            ('Failed', SILENT, UNRESOLVED),
            ('Failed', responses('SERVFAIL'), UNRESOLVED),
            ('Failed', UNKNOWN, UNRESOLVED),
            ('Timeout', SILENT, TIMED_OUT),
            ('NotFound', responses(), UNRESOLVED),
        )
    ),
    row(
        'no name resolves, and ARM was read through a proxy',
        'NoNameResolves',
        'NotFound',
        responses(),
        UNRESOLVED,
        ProxySettings(proxy='HTTPS_PROXY'),
        properties={},
    ),
    row(
        'another host does not resolve, but the name of ARM did',
        'NotInLocalDns',
        'NotFound',
        responses(),
        UNRESOLVED,
        properties={},
    ),
    row(
        'another host had no time, but a server responds',
        'ResolverFailed',
        'Failed',
        responses('SERVFAIL'),
        TIMED_OUT,
    ),
    resolved_row(
        'an alias that begins with the name',
        canonical=f'{HOST}.mirror.example',
        probes=FakeProbes(dns_responses=responses('NOERROR', 'x.example', resolved=True)),
    ),
    resolved_row('a dot at the end', canonical=f'{HOST}.'),
    resolved_row(
        'a search domain resolves it',
        'ResolvedBySearchDomain',
        canonical=f'{HOST}.corp.example',
        detail=f'only as {HOST}.corp.example',
        solution=f'nslookup {HOST}.',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)
