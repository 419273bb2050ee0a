# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of connecting to addresses that accept, refuse or do not respond."""

from __future__ import annotations

import socket

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import tcp as module
from azext_acrhealth.probes.http.tcp import Attempt, address_limit, connect_tcp, try_addresses
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, soon

LOOPBACK = '127.0.0.1'


def results(tcp):
    return [(attempt.address, attempt.result) for attempt in tcp.tried]


class TestDirect:
    def test_the_first_address_that_accepts(self, echo):
        tcp = connect_tcp([LOOPBACK], echo.port, soon())
        assert (
            tcp.failure is None
            and tcp.address == LOOPBACK
            and results(tcp) == [(LOOPBACK, 'Connected')]
        )
        assert tcp.at.endswith('Z') and 0 < tcp.tried[0].seconds <= tcp.seconds
        assert tcp.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert servers.greeting(tcp) == b'hello' and tcp.proxy is None

    def test_a_failed_address_is_skipped_and_recorded(self, echo):
        tcp = connect_tcp(['fe80::1', '127.0.0.3', LOOPBACK], echo.port, soon())
        assert tcp.failure is None and tcp.address == LOOPBACK
        assert results(tcp) == [
            ('fe80::1', 'Unreachable'),
            ('127.0.0.3', 'Refused'),
            (LOOPBACK, 'Connected'),
        ]
        tcp.socket.close()

    @pytest.mark.parametrize(
        'addresses, kind',
        [
            ([LOOPBACK], 'Refused'),
            (['fe80::1'], 'Unreachable'),  # a link-local address without its link
            (['255.255.255.255'], 'Unreachable'),
            (['fe80::1', LOOPBACK], 'Refused'),  # a missing route of the other family
            ([LOOPBACK, 'fe80::1'], 'Refused'),
            (['fe80::1', '255.255.255.255'], 'Unreachable'),
            ([], 'Failed'),
        ],
    )
    def test_no_address_accepts(self, monkeypatch, addresses, kind):
        monkeypatch.setattr(module, 'has_route', lambda _: True)
        tcp = connect_tcp(addresses, servers.unused_port(), soon())
        assert tcp.socket is None and tcp.failure.kind == kind and tcp.failure.text
        assert len(tcp.tried) == len(addresses)

    @pytest.mark.parametrize(
        'addresses, routed, kind',
        [
            (['fe80::1'], 'IPv4', 'AddressFamilyUnreachable'),
            (['255.255.255.255'], 'IPv6', 'AddressFamilyUnreachable'),
            (['fe80::1'], '', 'Unreachable'),  # no network at all
            (['fe80::1'], 'IPv6', 'Unreachable'),  # a route exists, but not to this address
            (['fe80::1', '255.255.255.255'], 'IPv4', 'Unreachable'),
        ],
    )
    def test_a_family_without_a_route(self, monkeypatch, addresses, routed, kind):
        monkeypatch.setattr(module, 'has_route', lambda family: family == routed)
        assert connect_tcp(addresses, servers.unused_port(), soon()).failure.kind == kind

    def test_each_address_and_all_together_have_a_limit(self, monkeypatch):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        monkeypatch.setattr(deadlines, 'CONNECT', 0.5)
        with servers.Deaf() as deaf, Watch() as watch:
            tcp = connect_tcp([LOOPBACK] * 9, deaf.port, soon())
        assert tcp.failure.kind == 'Timeout'
        assert results(tcp) == [(LOOPBACK, 'Timeout')] * 2
        assert 0.45 < watch.took < PROMPT

    def test_the_deadline_applies_when_it_is_before_the_limit(self):
        with servers.Deaf() as deaf, Watch() as watch:
            tcp = connect_tcp([LOOPBACK], deaf.port, soon(0.2))
        assert tcp.failure.kind == 'Timeout' and watch.took < PROMPT

    def test_a_silent_address_does_not_take_the_time_of_the_next(self, monkeypatch, serve):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        with servers.Deaf() as deaf:
            with socket.create_server(('127.0.0.2', deaf.port)):
                tcp = connect_tcp([LOOPBACK, '127.0.0.2'], deaf.port, soon())
        assert tcp.address == '127.0.0.2' and results(tcp)[0] == (LOOPBACK, 'Timeout')
        tcp.socket.close()


class TestOtherAddresses:
    def test_all_are_tried_at_once(self, echo, monkeypatch):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.5)
        monkeypatch.setattr(module, 'has_route', lambda family: family == 'IPv6')
        with servers.Deaf() as deaf, Watch() as watch:
            attempts = try_addresses([LOOPBACK, '127.0.0.3', '255.255.255.255'], deaf.port, soon())
            silent = try_addresses([LOOPBACK] * 4, deaf.port, soon())
        assert [attempt.result for attempt in attempts] == ['Timeout', 'Refused', 'Unreachable']
        assert [attempt.result for attempt in silent] == ['Timeout'] * 4 and watch.took < PROMPT
        assert [attempt.routed for attempt in attempts] == [False] * 3
        assert [attempt.result for attempt in try_addresses([LOOPBACK], echo.port, soon())] == [
            'Connected'
        ]

    def test_the_deadline_applies(self):
        with servers.Deaf() as deaf, Watch() as watch:
            (attempt,) = try_addresses([LOOPBACK], deaf.port, soon(0.2))
        assert attempt.result == 'Timeout' and watch.took < PROMPT

    @pytest.mark.parametrize('routed', [True, False])
    def test_a_route_for_the_family_of_an_unreachable_address(self, monkeypatch, routed):
        monkeypatch.setattr(module, 'has_route', lambda _: routed)
        (attempt,) = try_addresses(['fe80::1'], servers.unused_port(), soon())
        assert (attempt.result, attempt.routed) == ('Unreachable', routed)


@pytest.mark.parametrize(
    'attempt, connected, dead',
    [
        (Attempt('192.0.2.1', 'Connected'), '192.0.2.2', False),
        (Attempt('192.0.2.1', 'Timeout', 5.0), '192.0.2.2', True),
        (Attempt('192.0.2.1', 'Refused'), '2001:db8::1', True),
        (Attempt('192.0.2.1', 'Unreachable'), '192.0.2.2', True),
        (Attempt('192.0.2.1', 'Unreachable'), '2001:db8::1', False),
        (Attempt('192.0.2.1', 'Unreachable', 3.0, True), '2001:db8::1', True),
        (Attempt('2001:db8::1', 'Unreachable'), '192.0.2.2', False),
    ],
)
def test_dead_addresses(attempt, connected, dead):
    assert attempt.is_dead(connected) is dead


@pytest.mark.parametrize('count, seconds', [(0, 5.0), (1, 5.0), (2, 5.0), (4, 2.5), (9, 2.0)])
def test_addresses_share_the_time(count, seconds):
    assert address_limit(count) == seconds


def test_several_silent_addresses_leave_time_for_the_last(monkeypatch):
    monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.6)
    monkeypatch.setattr(deadlines, 'CONNECT', 1.2)
    monkeypatch.setattr(module, '_SHORTEST', 0.1)
    with servers.Deaf() as deaf, socket.create_server(('127.0.0.2', deaf.port)):
        tcp = connect_tcp([LOOPBACK, LOOPBACK, LOOPBACK, '127.0.0.2'], deaf.port, soon())
    assert tcp.address == '127.0.0.2'
    tcp.socket.close()
