# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Name, connection and handshake."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.connectivity import connection, dns, tls
from azext_acrhealth.checks.login_server import LoginServer
from azext_acrhealth.probes.dial import Dialled
from azext_acrhealth.probes.handshake import Handshake
from azext_acrhealth.probes.resolver import Resolution
from azext_acrhealth.probes.route import Proxy, Route, Trust
from azext_acrhealth.probes.trouble import Trouble
from tests.checks.fake_world import HOST, FakeConnection
from tests.checks.table import Row, run, verify

PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
DNS, CHALLENGE, SSL = 'CONNECTIVITY_DNS_ERROR', 'CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_SSL_ERROR'
MANY = tuple(f'203.0.113.{last}' for last in range(1, 6))


def name(title: str, status: str, problem: str = '', trouble: str = '', way: Route = Route(), **more: Any) -> Row:
    """Give a row of dns."""
    resolved = Resolution(HOST, more.pop('addresses', ()), more.pop('canonical', None),
                          Trouble(trouble, 'it said so') if trouble else None, 0.0312)
    login = LoginServer(HOST, FakeConnection(way=way, resolved=resolved), True)
    return Row(title, dns, status, problem and f'{DNS} {problem}', needs=(login,), **more)


def dial(title: str, status: str, problem: str = '', trouble: str = '', way: Route = Route(), **more: Any) -> Row:
    """Give a row of connection."""
    parts = {key: more.pop(key) for key in ('address', 'tried', 'proxy') if key in more}
    dialled = Dialled(**parts, trouble=Trouble(trouble, 'it said so') if trouble else None, seconds=0.0312)
    return Row(title, connection, status, problem and f'{CHALLENGE} {problem}',
               needs=(FakeConnection(dialling=dialled, way=way),),
               **more)


def shake(title: str, status: str, problem: str = '', trouble: str = '', **more: Any) -> Row:
    """Give a row of tls."""
    parts = {key: more.pop(key) for key in ('protocol', 'issuer', 'expires', 'trust') if key in more}
    hands = Handshake(**parts, trouble=Trouble(trouble, 'it said so') if trouble else None, seconds=0.0312)
    return Row(title, tls, status, problem and f'{SSL} {problem}', needs=(FakeConnection(hands=hands),), **more)


TABLE = (
    name('one address', 'Passed', addresses=('203.0.113.10',), canonical='r0.azurecr.io',
         detail=f'{HOST} is 203.0.113.10',
         facts={'host': HOST, 'canonicalName': 'r0.azurecr.io', 'elapsedMs': 31,
                'addresses': [{'address': '203.0.113.10', 'family': 'IPv4', 'private': False}]}),
    name('both families', 'Passed', addresses=('2001:db8::1', '10.1.2.3', 'fd00::1'), facts={'addresses': [
        {'address': '2001:db8::1', 'family': 'IPv6', 'private': False},
        {'address': '10.1.2.3', 'family': 'IPv4', 'private': True},
        {'address': 'fd00::1', 'family': 'IPv6', 'private': True}]}),
    name('many addresses', 'Passed', addresses=MANY, detail='203.0.113.1, 203.0.113.2, 203.0.113.3, …'),
    name('no such name', 'Failed', 'NameNotFound', 'NotFound', detail=f'{HOST}: it said so', facts={'host': HOST},
         solution='az acr show --name myregistry'),
    name('no address', 'Failed', 'NoAddress', 'NoAddress', solution=HOST),
    name('name server fails', 'Failed', 'ResolverFailed', 'Failed', solution=f'nslookup {HOST}'),
    name('name server hangs', 'Failed', 'ResolverTimeout', 'Timeout', facts={'elapsedMs': 31}),
    *(name(f'{kind}, but a proxy resolves', 'Warning', 'ResolvedByProxy', kind, PROXY, leaves=True, detail=SHOWN,
           facts={'proxy': SHOWN, 'host': HOST}) for kind in ('NotFound', 'NoAddress', 'Failed', 'Timeout')),
    name('a proxy that cannot be read resolves nothing', 'Failed', 'NameNotFound', 'NotFound',
         Route(trouble=Trouble('BadProxy', 'no host'))),

    dial('direct', 'Passed', address='203.0.113.2', tried=(('203.0.113.1', 'Timeout'), ('203.0.113.2', 'Connected')),
         detail='to 203.0.113.2 in 31 ms', facts={'address': '203.0.113.2', 'elapsedMs': 31, 'proxy': None, 'tried': [
             {'address': '203.0.113.1', 'result': 'Timeout'}, {'address': '203.0.113.2', 'result': 'Connected'}]}),
    dial('through a proxy', 'Passed', proxy=SHOWN, detail=f'through {SHOWN}', facts={'proxy': SHOWN}),
    dial('dropped', 'Failed', 'ConnectTimeout', 'Timeout', tried=(('203.0.113.1', 'Timeout'),),
         detail='it said so, connecting to 203.0.113.1', solution=f'`{HOST}` on port 443'),
    dial('refused', 'Failed', 'ConnectionRefused', 'Refused', detail=f'connecting to {HOST}'),
    dial('reset', 'Failed', 'ConnectionReset', 'Reset'),
    dial('no route', 'Failed', 'Unreachable', 'Unreachable'),
    dial('anything else', 'Failed', 'ConnectFailed', 'Failed'),
    dial('proxy is down', 'Failed', 'ProxyUnreachable', 'ProxyUnreachable', proxy=SHOWN, detail=f'through {SHOWN}',
         solution='HTTPS_PROXY'),
    dial('proxy wants a login', 'Failed', 'ProxyAuthenticationRequired', 'ProxyLogin', proxy=SHOWN),
    dial('proxy refuses', 'Failed', 'ProxyRefused', 'ProxyRefused', proxy=SHOWN, solution=f'{HOST}:443'),
    dial('proxy setting is nonsense', 'Failed', 'ProxyUnusable', 'BadProxy', Route(trouble=Trouble('BadProxy', 'x')),
         detail='the proxy setting cannot be read', facts={'proxy': None}),
    dial('proxy is none', 'Failed', 'ProxyUnusable', 'BadProxy', PROXY, proxy=SHOWN, detail=f'through {SHOWN}'),

    shake('trusted', 'Passed', protocol='TLSv1.3', issuer='Test CA', expires='Jan  1 00:00:00 2030 GMT',
          trust=Trust(True, 'bundle.pem', 'REQUESTS_CA_BUNDLE'), detail='TLSv1.3, certificate from Test CA',
          facts={'verification': 'on', 'caBundle': 'bundle.pem', 'caSource': 'REQUESTS_CA_BUNDLE',
                 'protocol': 'TLSv1.3',
                 'issuer': 'Test CA', 'expires': 'Jan 1 00:00:00 2030 GMT', 'elapsedMs': 31}),
    shake('an issuer without a name', 'Passed', protocol='TLSv1.2', detail='an issuer without a name'),
    shake('not verified', 'Warning', 'VerificationOff', protocol='TLSv1.2', leaves=True,
          trust=Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'),
          detail='was not verified, as AZURE_CLI_DISABLE_CONNECTION_VERIFICATION wants',
          facts={'verification': 'off', 'caBundle': None}),
    shake('expired', 'Failed', 'CertificateExpired', 'Expired', trust=Trust(True, 'b', 'certifi'), solution='clock',
          facts={'verification': 'on', 'caSource': 'certifi'}),
    shake('of the future', 'Failed', 'CertificateNotYetValid', 'NotYetValid'),
    shake('another name', 'Failed', 'CertificateWrongName', 'WrongName'),
    shake('self-signed', 'Failed', 'CertificateSelfSigned', 'SelfSigned', solution='REQUESTS_CA_BUNDLE'),
    shake('unknown authority', 'Failed', 'CertificateUntrusted', 'Untrusted', solution=f'-connect {HOST}:443'),
    shake('invalid otherwise', 'Failed', 'CertificateInvalid', 'Unverified'),
    shake('no bundle', 'Failed', 'CaBundleUnreadable', 'BundleUnreadable', solution='REQUESTS_CA_BUNDLE'),
    shake('plain text', 'Failed', 'NotTls', 'NotTls'),
    shake('old', 'Failed', 'ProtocolTooOld', 'Old'),
    shake('cut', 'Failed', 'HandshakeCut', 'Cut', solution=HOST),
    shake('silent', 'Failed', 'HandshakeTimeout', 'Timeout', detail=f'{HOST}: it said so'),
    shake('anything else', 'Failed', 'HandshakeFailed', 'Failed'),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_same_connection_is_passed_on_and_the_proxys_password_is_not(row: Row) -> None:
    outcome = run(row)
    given = getattr(row.needs[0], 'connection', row.needs[0])
    assert outcome.value in (given, None)
    assert 'hunter2' not in repr(outcome.facts) + outcome.detail
