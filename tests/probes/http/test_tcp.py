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
from azext_acrhealth.probes.http.tcp import dial
from tests.probes import servers
from tests.probes.clock import Watch, soon

HERE = '127.0.0.1'


def results(dialled):
    return [(one.address, one.result) for one in dialled.tried]


class TestDirect:
    def test_the_first_address_that_takes_it(self, echo):
        dialled = dial([HERE], echo.port, soon())
        assert (
            dialled.trouble is None
            and dialled.address == HERE
            and results(dialled) == [(HERE, 'Connected')]
        )
        assert dialled.at.endswith('Z') and 0 < dialled.tried[0].seconds <= dialled.seconds
        assert dialled.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert servers.greeting(dialled) == b'hello' and dialled.proxy is None

    def test_a_dead_address_is_stepped_over_and_told(self, echo):
        dialled = dial(['fe80::1', '127.0.0.3', HERE], echo.port, soon())
        assert dialled.trouble is None and dialled.address == HERE
        assert results(dialled) == [
            ('fe80::1', 'Unreachable'),
            ('127.0.0.3', 'Refused'),
            (HERE, 'Connected'),
        ]
        dialled.socket.close()

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
        dialled = dial(addresses, servers.unused_port(), soon())
        assert dialled.socket is None and dialled.trouble.kind == kind and dialled.trouble.text
        assert len(dialled.tried) == len(addresses)

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
        assert dial(addresses, servers.unused_port(), soon()).trouble.kind == kind

    def test_each_address_has_its_limit_and_all_have_one(self, monkeypatch):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        monkeypatch.setattr(deadlines, 'CONNECT', 0.5)
        with servers.Deaf() as deaf, Watch() as watch:
            dialled = dial([HERE] * 9, deaf.port, soon())
        assert dialled.trouble.kind == 'Timeout'
        assert results(dialled) == [(HERE, 'Timeout')] * 2
        assert 0.45 < watch.took < 1.5

    def test_the_deadline_counts_when_it_is_nearer(self):
        with servers.Deaf() as deaf, Watch() as watch:
            dialled = dial([HERE], deaf.port, soon(0.2))
        assert dialled.trouble.kind == 'Timeout' and watch.took < 1.5

    def test_a_silent_address_does_not_take_the_time_of_the_next(self, monkeypatch, serve):
        monkeypatch.setattr(deadlines, 'CONNECT_EACH', 0.3)
        with servers.Deaf() as deaf:
            with socket.create_server(('127.0.0.2', deaf.port)):
                dialled = dial([HERE, '127.0.0.2'], deaf.port, soon())
        assert dialled.address == '127.0.0.2' and results(dialled)[0] == (HERE, 'Timeout')
        dialled.socket.close()
