# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connections of one registry end together, whatever phase they are in."""

from __future__ import annotations

import os
import threading
import warnings

import pytest

from azext_acrhealth.probes.http.connections import Connections
from azext_acrhealth.probes.http.exchange import Request
from tests.probes import servers
from tests.probes.clock import eventually, soon

GET = Request('GET', '/v2/')


def open_descriptors():
    return len(os.listdir('/proc/self/fd'))


def ask_tcp(connection):
    assert connection.tcp().socket


def ask_handshake(connection):
    assert connection.handshake().socket


def ask_rejected_handshake(connection):
    assert connection.handshake().failure


def ask_inspection(connection):
    assert connection.unverified_peer().certificate


def ask_response(connection):
    assert connection.request(GET).status == 200


@pytest.mark.skipif(not os.path.isdir('/proc/self/fd'), reason='this system has no /proc')
@pytest.mark.parametrize(
    'ask, certificate',
    [
        (ask_tcp, 'good'),
        (ask_handshake, 'good'),
        (ask_response, 'good'),
        (ask_rejected_handshake, 'wrong host'),
        (ask_inspection, 'wrong host'),
    ],
)
def test_nothing_is_left_open(serve, ask, certificate):
    server = serve(servers.answering(servers.http(b'x')), tls=certificate)
    connections = Connections()
    before = open_descriptors()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        connection = connections.prepare('localhost', soon())
        ask(connection)
        connections.close()
    # The server's end closes when it notices.
    assert eventually(lambda: server.accepted >= 1 and open_descriptors() <= before)


def test_a_phase_that_is_under_way_ends_and_closes_what_it_opened(serve):
    server = serve(servers.silent)
    connections = Connections()
    connection = connections.connect('localhost', soon())
    assert eventually(lambda: server.accepted == 1)
    connections.close()
    assert eventually(server.left.is_set, 10)
    assert connection.request(GET).failure


def test_what_is_asked_for_after_the_end_opens_nothing(serve):
    server = serve(servers.answering(servers.http(b'x')))
    connections = Connections()
    connections.close()
    for connection in (
        connections.prepare('localhost', soon()),
        connections.reach('localhost', soon()),
    ):
        assert connection.request(GET).failure.kind == 'Cut'
    assert not server.heard


def test_callers_share_a_connection_to_a_storage_host(serve):
    server = serve(servers.answering(servers.http(b'x')))
    connections, deadline, shared = Connections(), soon(), []
    threads = [
        threading.Thread(target=lambda: shared.append(connections.reach('localhost', deadline)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len({id(connection) for connection in shared}) == 1
    assert shared[0].handshake().socket and server.accepted == 1
    connections.close()
