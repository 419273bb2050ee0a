# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of asking DNS servers, over real datagrams."""

from __future__ import annotations

import contextlib
import socket
import threading

import dnslib
import pytest

from azext_acrhealth.probes.http import dns_query as module
from azext_acrhealth.probes.http.dns_query import DnsServer, DnsServers, query_dns_servers
from tests.probes.clock import PROMPT, Watch, soon

HOST, ALIAS = 'contoso.azurecr.test', 'contoso.privatelink.azurecr.test'
SERVER = '127.0.0.1'
SOA = (
    'privatelink.azurecr.test. 10 IN SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. '
    '1 3600 300 2419200 10'
)


@contextlib.contextmanager
def dns_server(respond):
    """Serve DNS; `respond` gets a query's name, its type and their number, and the empty reply."""
    asked = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((SERVER, 0))
        sock.settimeout(10)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    data, peer = sock.recvfrom(4096)
                    query = dnslib.DNSRecord.parse(data)
                    name, kind = str(query.q.qname).rstrip('.'), dnslib.QTYPE[query.q.qtype]
                    asked.append((name, kind))
                    reply = respond(name, kind, asked.count((name, kind)), query.reply())
                    if reply is not None:
                        sock.sendto(reply if isinstance(reply, bytes) else reply.pack(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield sock.getsockname()[1], asked


def ask(monkeypatch, port, *servers, deadline=30.0):
    monkeypatch.setattr(module, 'dns_servers', lambda: servers or (SERVER,))
    return query_dns_servers(HOST, soon(deadline), port)


def with_alias(name, kind, _count, reply):
    """Respond as Azure DNS does when a linked zone lacks the record."""
    if name == HOST:
        reply.add_answer(*dnslib.RR.fromZone(f'{HOST}. 60 IN CNAME {ALIAS}.'))
    if kind == 'A' or name != HOST:
        reply.header.rcode = 3
        reply.add_auth(*dnslib.RR.fromZone(SOA))
    return reply


def without_alias(name, kind, count, reply):
    """Respond as a server that omits aliases from negative responses."""
    if kind == 'A':
        reply.header.rcode = 3
        return reply
    return with_alias(name, kind, count, reply)


@pytest.mark.parametrize(
    'respond, queries',
    [
        (with_alias, [(HOST, 'A')]),
        (without_alias, [(HOST, 'A'), (HOST, 'CNAME'), (ALIAS, 'CNAME')]),
    ],
)
def test_an_alias_of_a_name_that_does_not_exist(monkeypatch, respond, queries):
    with dns_server(respond) as (port, asked):
        (server,) = ask(monkeypatch, port).servers
    assert (server.address, server.result, server.aliases) == (SERVER, 'NXDOMAIN', (ALIAS,))
    assert (server.zone, server.primary) == ('privatelink.azurecr.test', 'azureprivatedns.net')
    assert server.responded and 0 < server.seconds < 2 and asked == queries


@pytest.mark.parametrize(
    'rcode, result', [(3, 'NXDOMAIN'), (0, 'NOERROR'), (None, 'NOERROR')], ids=str
)
def test_two_types_of_addresses_disagree(monkeypatch, rcode, result):
    """As dnsmasq responds from its cache, where the response for IPv6 came first."""

    def respond(name, kind, count, reply):
        reply = with_alias(name, 'A', count, reply)
        code = rcode if kind == 'AAAA' else 0
        reply.header.rcode = code or 0
        return None if code is None else reply

    with dns_server(respond) as (port, asked):
        (server,) = ask(monkeypatch, port).servers
    assert (server.result, server.aliases) == (result, (ALIAS,))
    assert asked[:2] == [(HOST, 'A'), (HOST, 'AAAA')]


def test_a_name_that_does_not_exist(monkeypatch):
    def respond(_name, _kind, _count, reply):
        reply.header.rcode = 3
        return reply

    with dns_server(respond) as (port, asked):
        found = ask(monkeypatch, port)
    assert [(server.result, server.aliases) for server in found.servers] == [('NXDOMAIN', ())]
    assert found.with_alias is None and not found.silent and len(asked) == 2


def test_a_lost_datagram_and_one_of_another_query(monkeypatch):
    def respond(name, kind, count, reply):
        if count == 1:
            return None
        if count == 2:
            reply.header.id ^= 1
            return reply
        return with_alias(name, kind, count, reply)

    monkeypatch.setattr(module, '_RESEND_SECONDS', 0.1)
    with dns_server(respond) as (port, _):
        assert ask(monkeypatch, port).servers[0].aliases == (ALIAS,)


def test_the_addresses_take_too_long_but_the_alias_does_not(monkeypatch):
    def respond(name, kind, count, reply):
        return None if kind == 'A' else with_alias(name, kind, count, reply)

    with dns_server(respond) as (port, _), Watch() as watch:
        (server,) = ask(monkeypatch, port).servers
    assert (server.result, server.aliases) == ('no response', (ALIAS,)) and watch.took < 8


def test_a_loop_of_aliases_ends(monkeypatch):
    def respond(name, kind, _count, reply):
        if kind == 'CNAME':
            reply.add_answer(*dnslib.RR.fromZone(f'{name}. 60 IN CNAME x.{name}.'))
        return reply

    with dns_server(respond) as (port, asked):
        (server,) = ask(monkeypatch, port).servers
    assert len(server.aliases) == 8 and len(asked) == 9


@pytest.mark.parametrize('target', [b'\0', b'\5$(id)\0', b'\3a.b\0', b'\2\xff\xfe\0'])
def test_an_alias_that_no_query_can_be_made_for(monkeypatch, target):
    """The server responded: it's neither silent nor unreachable."""

    def respond(name, kind, count, reply):
        reply = without_alias(name, kind, count, reply)
        data = bytes(reply.pack())
        if kind != 'CNAME':
            return data
        head = data[:6] + b'\0\1\0\0\0\0' + dnslib.DNSRecord.question(name, kind).pack()[12:]
        return head + b'\xc0\x0c\0\5\0\1\0\0\0\1\0' + bytes((len(target),)) + target

    with dns_server(respond) as (port, _):
        found = ask(monkeypatch, port).servers[0]
    assert found.result == 'NXDOMAIN' and len(found.aliases) == 1
    assert found.aliases[0].isascii() and found.aliases[0].isprintable()


def test_servers_that_do_not_respond(monkeypatch):
    with dns_server(lambda *_: None) as (port, _), Watch() as watch:
        found = ask(monkeypatch, port, SERVER, '127.0.0.2', '999.0.0.1')
    assert [(server.address, server.result) for server in found.servers] == [
        (SERVER, 'no response'),
        ('127.0.0.2', 'unreachable'),
        ('999.0.0.1', 'unreachable'),
    ]
    assert found.silent and watch.took < 8


def test_the_deadline_applies(monkeypatch):
    with dns_server(lambda *_: None) as (port, _), Watch() as watch:
        assert ask(monkeypatch, port, deadline=0.2).silent
    assert watch.took < PROMPT


def test_no_server_is_known(monkeypatch):
    monkeypatch.setattr(module, 'dns_servers', lambda: ())
    found = query_dns_servers(HOST, soon())
    assert found == DnsServers() and not found.silent and found.with_alias is None


def test_a_name_that_dns_cannot_have(monkeypatch):
    monkeypatch.setattr(module, 'dns_servers', lambda: (SERVER,))
    assert query_dns_servers('a..b', soon()).servers == (DnsServer(SERVER, 'unreachable'),)
