# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of DNS messages, against those of another implementation."""

from __future__ import annotations

import struct

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http.dns_message import (
    CNAME,
    A,
    DnsMessage,
    decode_response,
    encode_query,
    is_dns_name,
)

HOST, ALIAS = 'contoso.azurecr.test', 'contoso.privatelink.azurecr.test'


def reply_to(query, *zone_lines, rcode=0, authority=()):
    """Return the response to a query, with records as a zone file has them."""
    reply = dnslib.DNSRecord.parse(query).reply()
    reply.header.rcode = rcode
    for line in zone_lines:
        reply.add_answer(*dnslib.RR.fromZone(line))
    for line in authority:
        reply.add_auth(*dnslib.RR.fromZone(line))
    return bytes(reply.pack())


def decode(*zone_lines, **more):
    query = encode_query(4711, HOST, A)
    return decode_response(reply_to(query, *zone_lines, **more), 4711, HOST)


@pytest.mark.parametrize('record_type, name', [(A, 'A'), (CNAME, 'CNAME')])
@pytest.mark.parametrize('host', [HOST, HOST + '.', 'Contoso.azurecr.test', 'x' * 63 + '.test'])
def test_a_query(record_type, name, host):
    query = dnslib.DNSRecord.parse(encode_query(65535, host, record_type))
    assert str(query.q.qname) == host.rstrip('.') + '.' and dnslib.QTYPE[query.q.qtype] == name
    assert (query.header.id, query.header.rd, query.header.qr) == (65535, 1, 0)


@pytest.mark.parametrize(
    'host', ['', '.', 'a..b', 'x' * 64 + '.test', 'x.' * 130 + 'test', 'é.test']
)
def test_names_that_dns_cannot_have(host):
    with pytest.raises(ValueError):
        encode_query(1, host, A)


@pytest.mark.parametrize(
    'rcode, name',
    [(0, 'NOERROR'), (2, 'SERVFAIL'), (3, 'NXDOMAIN'), (5, 'REFUSED'), (9, 'RCODE 9')],
)
def test_response_codes(rcode, name):
    assert decode(rcode=rcode) == DnsMessage(name)


def test_an_alias_that_the_private_zone_lacks():
    soa = (
        'privatelink.azurecr.test. 10 IN SOA azureprivatedns.net. '
        'azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10'
    )
    assert decode(f'{HOST}. 60 IN CNAME {ALIAS}.', rcode=3, authority=[soa]) == DnsMessage(
        'NXDOMAIN', (ALIAS,), 'privatelink.azurecr.test', 'azureprivatedns.net'
    )


def test_a_chain_in_any_order_and_case():
    found = decode(
        'fe.test. 60 IN A 192.0.2.1',
        f'{ALIAS.upper()}. 60 IN CNAME fe.test.',
        'other.test. 60 IN CNAME evil.test.',
        f'{HOST}. 60 IN CNAME {ALIAS}.',
    )
    assert found == DnsMessage('NOERROR', (ALIAS, 'fe.test'), resolved=True)


def test_a_loop_of_aliases_ends():
    assert decode(f'{HOST}. 60 IN CNAME {ALIAS}.', f'{ALIAS}. 60 IN CNAME {HOST}.').aliases == (
        ALIAS,
        HOST,
    )


@pytest.mark.parametrize(
    'identifier, host, strip',
    [(4712, HOST, 0), (4711, 'other.azurecr.test', 0), (4711, HOST, 1), (4711, HOST, 30)],
)
def test_what_is_no_response_to_the_query(identifier, host, strip):
    data = reply_to(encode_query(4711, HOST, A), f'{HOST}. 60 IN CNAME {ALIAS}.')
    assert decode_response(data[: len(data) - strip], identifier, host) is None


def test_a_query_is_no_response():
    assert decode_response(encode_query(4711, HOST, A), 4711, HOST) is None


@pytest.mark.parametrize('pointer', [b'\xc0\x0c', b'\xff\xff', b'\xc0\x10', b'\x80', b'\x3fa'])
def test_pointers_that_do_not_end(pointer):
    query = encode_query(4711, HOST, A)
    header = query[:2] + b'\x81\x80' + query[4:6] + b'\0\1\0\0\0\0'
    assert decode_response(header + pointer + b'\0\1\0\1', 4711, HOST) is None


@given(st.binary(max_size=200))
def test_any_bytes_after_the_question(rest):
    query = encode_query(4711, HOST, A)
    header = query[:2] + b'\x81\x83' + query[4:6] + b'\0\3\0\3\0\0'
    found = decode_response(header + query[12:] + rest, 4711, HOST)
    assert found is None or found.rcode == 'NXDOMAIN'


@given(st.binary(max_size=200))
def test_any_bytes(data):
    assert decode_response(data, 4711, HOST) is None or len(data) > 12


@pytest.mark.parametrize(
    'label, shown',
    [
        (b'$(id)', r'\036\040id\041'),
        (b'a.b', r'a\046b'),
        (b'\x1b[31m', r'\027\09131m'),
        (b'\n', r'\010'),
        (b'\xff', r'\255'),
        (b'_Tcp', '_tcp'),
    ],
)
def test_the_bytes_of_a_label_never_look_like_a_host(label, shown):
    query = encode_query(7, HOST, A)
    target = bytes((len(label),)) + label + b'\4test\0'
    answer = b'\xc0\x0c' + struct.pack('>2HIH', CNAME, 1, 1, len(target)) + target
    message = struct.pack('>6H', 7, 0x8183, 1, 1, 0, 0) + query[12:] + answer
    decoded = decode_response(message, 7, HOST)
    assert decoded.aliases == (f'{shown}.test',)
    assert is_dns_name(decoded.aliases[0]) is ('\\' not in shown)


@given(st.binary(max_size=300), st.integers(0, 65535), st.integers(0, 65535))
def test_any_records_are_read_in_time(data, answers, authorities):
    query = encode_query(7, HOST, A)
    counts = struct.pack('>6H', 7, 0x8180, 1, answers, authorities, 0)
    decoded = decode_response(counts + query[12:] + data, 7, HOST)
    if decoded:
        names = filter(None, (*decoded.aliases, decoded.zone, decoded.primary))
        assert all(name.isascii() and name.isprintable() and ' ' not in name for name in names)


def test_records_beyond_those_that_are_read_are_no_authority():
    soa = b'\xc0\x0c' + struct.pack('>2HIH', 6, 1, 1, 1) + b'\0'
    message = struct.pack('>6H', 7, 0x8183, 1, 70, 1, 0) + encode_query(7, HOST, A)[12:] + soa * 71
    assert decode_response(message, 7, HOST) == DnsMessage('NXDOMAIN')
