# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Hosts that serve layers: rows for every reason for which a host cannot be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.data.data_host import facts_of_host, host_failure, kind_of, wildcard
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options, Target
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.dns_query import DnsServer, DnsServers
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route, Trust
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection
from azext_acrhealth.probes.http.tls import Handshake
from tests.checks.connectivity.test_tls import NOW, SHOWN, UnverifiedPeer
from tests.checks.fake_probes import FakeConnection, FakeProbes

STORAGE, DATA = 'weumanaged15.blob.core.windows.net', 'myregistry.westeurope.data.azurecr.io'
PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
NAMES = {
    'NotFound': 'NameNotFound',
    'NoAddress': 'NoAddress',
    'Failed': 'ResolverFailed',
    'Timeout': 'ResolverTimeout',
}
CONNECTS = {
    'Timeout': 'ConnectTimeout',
    'Refused': 'ConnectionRefused',
    'Reset': 'ConnectionReset',
    'Unreachable': 'Unreachable',
    'AddressFamilyUnreachable': 'AddressFamilyUnreachable',
    'Failed': 'ConnectFailed',
    'ProxyUnreachable': 'ProxyUnreachable',
    'ProxyLogin': 'ProxyAuthenticationRequired',
    'ProxyRefused': 'ProxyRefused',
    'InvalidProxy': 'InvalidProxy',
}
HANDSHAKES = {
    'Expired': 'CertificateExpired',
    'NotYetValid': 'CertificateNotYetValid',
    'WrongName': 'CertificateNameMismatch',
    'SelfSigned': 'CertificateSelfSigned',
    'Unverified': 'InvalidCertificate',
    'BundleUnreadable': 'CaBundleUnreadable',
    'KeyLogUnwritable': 'KeyLogUnwritable',
    'NotTls': 'NotTls',
    'ProtocolTooOld': 'ProtocolTooOld',
    'Reset': 'HandshakeReset',
    'Cut': 'HandshakeInterrupted',
    'Timeout': 'HandshakeTimeout',
    'Failed': 'HandshakeFailed',
}
UNKNOWN = DnsServers()
TRUST = Trust(True, 'b.pem', 'certifi')


def failure(kind: str) -> Failure:
    return Failure(kind, 'simulated')


def unreachable_connections(host: str) -> tuple[tuple[str, FakeConnection], ...]:
    """Return, for each reason, a connection with a host that cannot be reached."""
    attempts = (Attempt('203.0.113.1', 'Timeout', 5.0),)
    resolved = FakeConnection(host, resolution_result=Resolution(host, ('203.0.113.1',)))
    proxied = replace(resolved, route_result=PROXY)
    return (
        *(
            (reason, replace(resolved, resolution_result=Resolution(host, failure=failure(kind))))
            for kind, reason in NAMES.items()
        ),
        *(
            (
                reason,
                replace(
                    proxied if 'Proxy' in kind else resolved,
                    tcp_result=TcpConnection(
                        tried=attempts if kind != 'Failed' else (), failure=failure(kind)
                    ),
                ),
            )
            for kind, reason in CONNECTS.items()
        ),
        *(
            (
                reason,
                replace(
                    resolved,
                    handshake_result=Handshake(trust=TRUST, failure=failure(kind)),
                    peer_result=UnverifiedPeer(failure=Failure('NotInspected', 'gone')),
                ),
            )
            for kind, reason in HANDSHAKES.items()
        ),
        (
            'CertificateUntrusted',
            replace(
                resolved,
                handshake_result=Handshake(trust=TRUST, failure=failure('Untrusted')),
                peer_result=UnverifiedPeer(SHOWN, 'TLSv1.3', True, None, NOW),
            ),
        ),
        (
            'TlsIntercepted',
            replace(
                resolved,
                handshake_result=Handshake(trust=TRUST, failure=failure('Untrusted')),
                peer_result=UnverifiedPeer(
                    SHOWN._replace(names=(host,)), 'TLSv1.3', False, None, NOW
                ),
            ),
        ),
    )


def rows(make: Callable[..., Any], host: str) -> tuple[Any, ...]:
    """Return a row for each reason for which a host cannot be reached."""
    return tuple(
        make(
            f'{host} cannot be reached: {reason}',
            'Failed',
            f'DATA_ENDPOINT_ERROR {reason}',
            connection,
            detail=f'{host}: ',
            facts={'host': host},
        )
        for reason, connection in unreachable_connections(host)
    )


def hidden_rows(make: Callable[..., Any], host: str) -> tuple[Any, ...]:
    """Return a row for each reason that only the DNS servers' own responses show, and a warning."""
    name, _, public_zone = host.partition('.')
    alias = f'{name}.privatelink.{public_zone}'
    unresolved = FakeConnection(
        host, resolution_result=Resolution(host, failure=failure('NotFound'))
    )
    responses = {
        'HiddenByPrivateZone': DnsServer('10.0.0.4', 'NXDOMAIN', (alias,)),
        'AliasNotFound': DnsServer('10.0.0.4', 'NXDOMAIN', ('blob.store.example.net',)),
        'PublicZoneReplaced': DnsServer(
            '10.0.0.4', 'NXDOMAIN', zone=public_zone, primary='azureprivatedns.net'
        ),
    }
    dead = (Attempt('203.0.113.1', 'Timeout', 5.0), Attempt('203.0.113.2', 'Connected', 0.1))
    return (
        *(
            make(
                f'{host} is hidden: {reason}',
                'Failed',
                f'DATA_ENDPOINT_ERROR {reason}',
                unresolved,
                dns_responses=DnsServers((response,)),
                detail=f'{host} is',
                facts={'host': host},
            )
            for reason, response in responses.items()
        ),
        make(
            f'an address of {host} is dead',
            'Warning',
            'DATA_ENDPOINT_ERROR AddressUnreachable',
            FakeConnection(
                host, tcp_result=TcpConnection(address='203.0.113.2', tried=dead, seconds=5.1)
            ),
            detail=f'{host}: 203.0.113.1 timed out after 5.0 s (IPv4, 5.0 s lost)',
            has_value=True,
        ),
    )


def context(**more: Any) -> Context:
    return Context(Target('myregistry'), Options(), FakeProbes(**more), 1e9)


@pytest.mark.parametrize('host', [STORAGE, DATA])
def test_the_detail_starts_with_the_host_and_never_shows_the_proxys_password(host: str) -> None:
    for reason, connection in unreachable_connections(host):
        outcome = host_failure(context(), connection)  # type: ignore[arg-type]
        assert outcome and outcome.problem and outcome.problem.reason == reason
        assert outcome.detail.startswith(f'{host}: ') and 'hunter2' not in repr(outcome)


def test_a_host_that_can_be_reached() -> None:
    connection: Any = FakeConnection(STORAGE).resolving('10.0.0.4')
    assert host_failure(context(), connection) is None
    facts = facts_of_host(connection)
    assert facts['host'] == STORAGE and facts['kind'] == 'blob storage'
    assert (
        facts['addresses'] == [{'address': '10.0.0.4', 'private': True}]
        and facts['tls']['protocol'] == 'TLSv1.3'
    )


def test_behind_a_proxy_a_name_need_not_resolve_here() -> None:
    connection: Any = FakeConnection(
        STORAGE,
        route_result=PROXY,
        resolution_result=Resolution(STORAGE, failure=failure('NotFound')),
    )
    assert host_failure(context(), connection) is None


@pytest.mark.parametrize(
    'host, kind, allow',
    [
        (STORAGE, 'blob storage', '*.blob.core.windows.net'),
        (DATA, 'data endpoint', DATA),
        ('cnmanaged1.blob.core.chinacloudapi.cn', 'blob storage', '*.blob.core.chinacloudapi.cn'),
        (
            'myregistry.westeurope.geo.azurecr.io',
            'regional endpoint',
            'myregistry.westeurope.geo.azurecr.io',
        ),
        ('cdn.example.com', 'other', '*.blob.core.windows.net'),
        ('blob', 'other', '*.blob.core.windows.net'),
    ],
)
def test_the_kind_of_a_host_and_what_a_firewall_must_allow(
    host: str, kind: str, allow: str
) -> None:
    assert (kind_of(host), wildcard(context(), host)) == (kind, allow)


def test_a_cloud_without_a_storage_suffix() -> None:
    assert wildcard(context(storage_suffix=None), 'cdn.example.com') == 'cdn.example.com'
