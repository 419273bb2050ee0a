# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connections with addresses that take them, refuse them or are silent."""

from __future__ import annotations

import socket

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import tcp as dialling
from azext_acrhealth.probes.http.tcp import connect_tcp
from tests.probes import servers
from tests.probes.clock import Watch, soon

HERE = '127.0.0.1'


def results(tcp):
    return [(one.address, one.result) for one in tcp.tried]


class TestDirect:
    def test_the_first_address_that_takes_it(self, echo):
        tcp = connect_tcp([HERE], echo.port, soon())
        assert tcp.failure is None and tcp.address == HERE and results(tcp) == [(HERE, 'Connected')]
        assert tcp.at.endswith('Z') and 0 < tcp.tried[0].seconds <= tcp.seconds
        assert tcp.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert servers.greeting(tcp) == b'hello' and tcp.proxy is None

    def test_a_dead_address_is_stepped_over_and_told(self, echo):
        tcp = connect_tcp(['fe80::1', '127.0.0.3', HERE], echo.port, soon())
        assert tcp.failure is None and tcp.address == HERE
        assert results(tcp) == [
            ('fe80::1', 'Unreachable'),
            ('127.0.0.3', 'Refused'),
            (HERE, 'Connected'),
        ]
        tcp.socket.close()

    @pytest.mark.parametrize(
        'addresses, kind',
        [
            ([HERE], 'Refused'),
            (['fe80::1'], 'Unreachable'),  # a link-local address without its link
            (['255.255.255.255'], 'Unreachable'),
            (['fe80::1', HERE], 'Refused'),  # one family without a route says nothing of the other
            ([HERE, 'fe80::1'], 'Refused'),
            (['fe80::1', '255.255.255.255'], 'Unreachable'),
            ([], 'Failed'),
        ],
    )
    def test_no_address_takes_it(self, monkeypatch, addresses, kind):
        monkeypatch.setattr(dialling, 'has_route', lambda _: True)
        tcp = connect_tcp(addresses, servers.unused_port(), soon())
        assert tcp.socket is None and tcp.failure.kind == kind and tcp.failure.text
        assert len(tcp.tried) == len(addresses)

    @pytest.mark.parametrize(
        'addresses, routed, kind',
        [
            (['fe80::1'], 'IPv4', 'NoFamily'),
            (['255.255.255.255'], 'IPv6', 'NoFamily'),
            (['fe80::1'], '', 'Unreachable'),  # no network at all
            (['fe80::1'], 'IPv6', 'Unreachable'),  # a way out, but not there
            (['fe80::1', '255.255.255.255'], 'IPv4', 'Unreachable'),
        ],
    )
    def test_a_family_without_a_route(self, monkeypatch, addresses, routed, kind):
        monkeypatch.setattr(dialling, 'has_route', lambda family: family == routed)
        assert connect_tcp(addresses, servers.unused_port(), soon()).failure.kind == kind

    def test_each_address_has_its_limit_and_all_have_one(self, monkeypatch):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        monkeypatch.setattr(deadlines, 'CONNECT', 0.5)
        with servers.Deaf() as deaf, Watch() as watch:
            tcp = connect_tcp([HERE] * 9, deaf.port, soon())
        assert tcp.failure.kind == 'Timeout'
        assert results(tcp) == [(HERE, 'Timeout')] * 2
        assert 0.45 < watch.took < 1.5

    def test_the_deadline_counts_when_it_is_nearer(self):
        with servers.Deaf() as deaf, Watch() as watch:
            tcp = connect_tcp([HERE], deaf.port, soon(0.2))
        assert tcp.failure.kind == 'Timeout' and watch.took < 1.5

    def test_a_silent_address_does_not_take_the_time_of_the_next(self, monkeypatch, serve):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        with servers.Deaf() as deaf:
            with socket.create_server(('127.0.0.2', deaf.port)):
                tcp = connect_tcp([HERE, '127.0.0.2'], deaf.port, soon())
        assert tcp.address == '127.0.0.2' and results(tcp)[0] == (HERE, 'Timeout')
        tcp.socket.close()
