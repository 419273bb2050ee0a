# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of resolving names with this machine's getaddrinfo."""

from __future__ import annotations

import socket
import threading

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import dns
from azext_acrhealth.probes.http.dns import Resolution, family, has_route, is_private, resolve
from tests.probes.clock import PROMPT, Watch, soon


def test_localhost():
    found = resolve('localhost', soon())
    assert found.host == 'localhost' and found.failure is None
    assert set(found.addresses) <= {'127.0.0.1', '::1'} and found.addresses
    assert len(set(found.addresses)) == len(found.addresses)
    assert found.canonical and found.seconds < 5 and found.at.endswith('Z')


@pytest.mark.parametrize('literal', ['127.0.0.1', '192.0.2.7', '::1', '2001:db8::7'])
def test_a_literal_is_its_own_address(literal):
    assert resolve(literal, soon()).addresses == (literal,)


def test_a_scope_is_removed_from_an_address():
    assert [address for address in resolve('fe80::1%1', soon()).addresses if '%' in address] == []


@pytest.mark.parametrize(
    'name, kinds',
    [
        ('no-such-name.invalid', {'NotFound', 'Failed'}),  # Failed where no DNS server responds
        ('', {'NotFound', 'Failed'}),
        ('a..b', {'NotFound', 'Failed'}),  # rejected by the IDNA codec
        ('x' * 64 + '.example', {'NotFound', 'Failed'}),
        ('a\0b', {'NotFound', 'Failed'}),
        ('\ud800', {'NotFound', 'Failed'}),
        ('bad name', {'NotFound', 'Failed'}),
    ],
)
def test_names_that_do_not_resolve(name, kinds):
    found = resolve(name, soon())
    assert found.failure.kind in kinds and found.failure.text
    assert found.addresses == () and found.canonical is None


@pytest.mark.parametrize(
    'number, kind',
    [
        (socket.EAI_NONAME, 'NotFound'),
        (11001, 'NotFound'),  # Windows: WSAHOST_NOT_FOUND
        (getattr(socket, 'EAI_NODATA', 11004), 'NoAddress'),
        (11004, 'NoAddress'),  # Windows: WSANO_DATA
        (getattr(socket, 'EAI_ADDRFAMILY', 11004), 'NoAddress'),
        (socket.EAI_AGAIN, 'Failed'),
        (socket.EAI_FAIL, 'Failed'),
        (4711, 'Failed'),
    ],
)
def test_error_numbers(monkeypatch, number, kind):
    def refuse(_):
        raise socket.gaierror(number, 'message of the system')

    # No name causes each of these errors on every system.
    monkeypatch.setattr(dns, '_get_addresses', refuse)
    assert resolve('contoso.example', soon()).failure == dns.Failure(kind, 'message of the system')


@pytest.mark.parametrize('deadline, limit', [(30.0, 0.2), (0.2, 10.0)])
def test_a_resolver_that_hangs_times_out(monkeypatch, deadline, limit):
    ended = threading.Event()
    monkeypatch.setattr(deadlines, 'RESOLVE', limit)
    # getaddrinfo itself cannot be made to hang.
    monkeypatch.setattr(dns, '_get_addresses', lambda _: ended.wait(20))
    with Watch() as watch:
        found = resolve('contoso.example', soon(deadline))
    ended.set()
    assert found.failure.kind == 'Timeout' and 0.15 < watch.took < PROMPT and found.seconds <= 0.3


@pytest.mark.parametrize(
    'address, private',
    [
        ('10.0.0.7', True),
        ('10.255.255.255', True),
        ('11.0.0.1', False),
        ('172.16.0.1', True),
        ('172.31.255.255', True),
        ('172.32.0.1', False),
        ('172.15.0.1', False),
        ('192.168.1.1', True),
        ('192.169.1.1', False),
        ('100.64.0.1', True),
        ('100.127.255.255', True),
        ('100.128.0.1', False),
        ('100.63.0.1', False),
        ('fc00::1', True),
        ('fd12:3456::1', True),
        ('fe00::1', False),
        ('20.62.128.7', False),
        ('2603:1030::1', False),
        ('127.0.0.1', False),
        ('::1', False),
        ('169.254.169.254', False),
    ],
)
def test_private_addresses(address, private):
    assert is_private(address) is private


@pytest.mark.parametrize(
    'address, expected',
    [
        ('10.0.0.7', 'IPv4'),
        ('2603:1030::1', 'IPv6'),
        ('::ffff:1.2.3.4', 'IPv6'),
    ],
)
def test_families(address, expected):
    assert family(address) == expected


@pytest.mark.parametrize(
    'canonical, front_end, region',
    [
        ('r1007eus-3.eastus.cloudapp.azure.com', 'r1007eus-3', 'eastus'),
        ('R1007eus-3.EastUS.cloudapp.azure.com.', 'r1007eus-3', 'eastus'),
        ('r1.chinaeast2.cloudapp.chinacloudapi.cn', 'r1', 'chinaeast2'),
        ('r1.usgovvirginia.cloudapp.usgovcloudapi.net', 'r1', 'usgovvirginia'),
        ('contoso.privatelink.azurecr.io', None, None),
        ('eastus.cloudapp.azure.com', None, None),
        ('r1.eastus.cloudapp.azure.com.evil.example', None, None),
        ('r1.$(id).cloudapp.azure.com', None, None),
        ('', None, None),
        (None, None, None),
    ],
)
def test_the_front_end_and_its_region(canonical, front_end, region):
    found = Resolution('contoso.azurecr.io', ('203.0.113.7',), canonical)
    assert (found.front_end, found.region) == (front_end, region)


@pytest.mark.parametrize('remote, routed', [('127.0.0.1', True), ('255.255.255.255', False)])
def test_routes(monkeypatch, remote, routed):
    monkeypatch.setitem(dns._REMOTE, 'IPv6', (socket.AF_INET, remote))
    assert has_route('IPv6') is routed
