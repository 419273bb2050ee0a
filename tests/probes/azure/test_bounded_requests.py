# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What libraries read by requests is bounded in the thread that asks for it, and in no other."""

from __future__ import annotations

import gzip
import threading
import zlib

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.adapter_pool import AdapterPool
from azext_acrhealth.probes.azure.bounded_requests import TooLong, reading
from tests.probes import servers
from tests.probes.clock import Watch, eventually

BODY = bytes(range(256)) * 400


def get(server, session=None):
    return (session or requests.Session()).get(f'http://localhost:{server.port}/', timeout=10)


@pytest.mark.parametrize(
    'response',
    [
        servers.http(BODY),
        b'HTTP/1.1 200 OK\r\n\r\n' + BODY,
        servers.http(gzip.compress(BODY), '200 OK', 'Content-Encoding: gzip'),
        servers.http(b'', '200 OK', 'Content-Encoding: gzip'),
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n19000\r\n' + BODY + b'\r\n0\r\n\r\n',
    ],
    ids=['length', 'close', 'gzip', 'gzip of nothing', 'chunks'],
)
def test_an_answer_within_its_bound_is_the_same(serve, response):
    server = serve(servers.answering(response, close=True), tls=None)
    plain = get(server)
    with reading(len(BODY), 5):
        within = get(server)
        streamed = requests.get(f'http://localhost:{server.port}/', timeout=5, stream=True)
    assert (
        within.content == plain.content == b''.join(streamed.iter_content(999))
        and within.status_code == 200
    )


@pytest.mark.parametrize(
    'response',
    [
        servers.http(BODY),
        b'HTTP/1.1 200 OK\r\n\r\n' + BODY,
        servers.http(gzip.compress(b' ' * 2**26), '200 OK', 'Content-Encoding: gzip'),
    ],
    ids=['length', 'close', 'gzip of 64 MiB'],
)
def test_an_answer_beyond_its_bound_is_given_up(serve, response):
    server = serve(servers.answering(response, close=True), tls=None)
    with reading(len(BODY) - 1, 5), pytest.raises(TooLong, match='MiB'):
        get(server)


@pytest.mark.parametrize(
    'packing, body',
    [
        ('br', b'x'),
        ('gzip, gzip', gzip.compress(gzip.compress(BODY))),
        ('deflate', zlib.compress(BODY)),
        ('gzip', b'no gzip at all'),
        ('gzip', gzip.compress(BODY)[:-9]),
    ],
)
def test_other_packings_are_no_answer(serve, packing, body):
    server = serve(
        servers.answering(servers.http(body, '200 OK', f'Content-Encoding: {packing}')), tls=None
    )
    with reading(10**6, 5), pytest.raises(ValueError):
        get(server)


@given(st.binary(max_size=300), st.integers(0, 300), st.sampled_from(['', 'gzip']))
def test_no_body_is_ever_longer_than_its_bound(body, size, packing):
    class Raw:
        headers, sent = {'Content-Encoding': packing}, [gzip.compress(body) if packing else body]

        def read(self, amount, decode_content):
            return self.sent.pop() if self.sent and not decode_content and amount else b''

    try:
        assert bounded_requests._Bound(size, 5).body(Raw()) == body and len(body) <= size
    except TooLong:
        assert len(body) > size


@pytest.mark.parametrize(
    'talk',
    [
        servers.silent,
        servers.answering(servers.http(BODY), pause=0.01),
        servers.answering(b'HTTP/1.1 200 OK\r\n' + b'X-Drip: drop\r\n' * 99, pause=0.01),
        servers.answering(b'HTTP/1.1 200 OK\r\n\r\n' + BODY, pause=0.01),
    ],
    ids=['silent', 'drip', 'dripping head', 'no length'],
)
def test_everything_ends_in_time_also_without_a_time_of_its_own(serve, talk):
    server = serve(talk, tls=None)
    with Watch() as watch, reading(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'http://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < 2


def test_over_tls_too(serve):
    server = serve(servers.answering(servers.http(BODY), pause=0.01))
    with Watch() as watch, reading(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'https://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < 2


def test_a_handshake_that_hangs(serve):
    server = serve(servers.silent, tls=None)
    with Watch() as watch, reading(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'https://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < 2


def test_when_the_time_is_up_nothing_is_asked_any_more(serve):
    server = serve(servers.answering(servers.http(b'x')), tls=None)
    session = requests.Session()
    with reading(10**6, 0.2):
        get(server, session)
        threading.Event().wait(0.6)
        with pytest.raises(TimeoutError):
            get(server, session)
    assert len(server.heard) == 1
    assert get(server, session).text == 'x', 'the session itself is as it was'


def test_other_threads_notice_nothing(serve):
    server = serve(servers.answering(servers.http(BODY)), tls=None)
    session, found = requests.Session(), []
    with reading(10, 5):
        thread = threading.Thread(target=lambda: found.append(get(server, session).content))
        thread.start()
        thread.join(5)
        with pytest.raises(TooLong):
            get(server, session)
        with reading(10**6, 5):
            assert get(server, session).content == BODY
        with pytest.raises(TooLong):
            get(server, session)
    assert found == [BODY] and get(server, session).content == BODY


def test_no_thread_and_no_connection_is_left(serve):
    server = serve(servers.silent, tls=None)
    before = threading.active_count()
    with reading(10**6, 0.2), pytest.raises(OSError):
        get(server)
    assert eventually(server.left.is_set, 2)
    with reading(10**6, 60):
        pass
    assert eventually(lambda: threading.active_count() <= before + 1, 2)


class TestWhatWasSeen:
    def test_the_last_answer_without_what_was_sent(self, serve):
        secret = 'q8W7e6R5t4Y3u2I1o0P9a8S7d6F5'
        body = f'you sent {secret}, {secret.encode().hex()}'.encode()
        server = serve(
            servers.answering(servers.http(body + b'x' * 20000, '418 Teapot', 'Server: pot')),
            tls=None,
        )
        url = f'http://localhost:{server.port}/'
        for sent in (
            {'data': {'client_secret': secret}},
            {'headers': {'Authorization': f'Bearer {secret}'}},
            {'headers': {'X-IDENTITY-HEADER': secret}},
            {'data': f'refresh_token={secret}'.encode()},
        ):
            with reading(10**6, 5) as seen:
                assert seen.last is None
                requests.post(url, timeout=5, **sent)
            assert (seen.last.status, seen.last.header('server')) == (418, 'pot') and seen.last.at
            assert seen.last.text() == '[redacted]' and len(seen.last.body) == 16 * 1024

    def test_a_request_without_an_answer_leaves_none(self, serve):
        server = serve(servers.answering(servers.http(b'x')), tls=None)
        with reading(10**6, 5) as seen:
            get(server)
            assert seen.last.status == 200
            with pytest.raises(OSError):
                requests.get(f'http://127.0.0.1:{servers.unused_port()}/', timeout=5)
        assert seen.last is None

    def test_a_refusal_stays_whatever_is_asked_afterwards(self, serve):
        refusing, taking = (
            serve(servers.answering(servers.http(b'', status)), tls=None)
            for status in ('401 No', '200 OK')
        )
        with reading(10**6, 5) as seen:
            for server in (taking, refusing, taking):
                get(server)
            with pytest.raises(OSError):
                requests.get(f'http://127.0.0.1:{servers.unused_port()}/', timeout=5)
        assert seen.last.status == 401

    def test_a_server_that_wants_us_to_wait_is_not_waited_for(self, serve):
        from requests.adapters import HTTPAdapter

        server = serve(
            servers.answering(servers.http(b'', '429 Too Many', 'Retry-After: 60')), tls=None
        )
        session = requests.Session()
        session.mount('http://', HTTPAdapter(max_retries=1))
        with Watch() as watch, reading(10**6, 5) as seen:
            assert get(server, session).status_code == 429
        assert watch.took < 2 and seen.last.retry_after == 60 and len(server.heard) == 1


def test_a_connection_goes_from_one_block_to_the_next(serve):
    server, adapter_pool = serve(servers.answering(servers.http(b'x')), tls=None), AdapterPool()
    for _ in range(3):
        with reading(10, 5, adapter_pool):
            assert get(server).content == get(server).content == b'x'
    assert server.accepted == 1 and len(server.heard) == 6


def test_a_connection_that_is_lent_is_cut_when_the_time_of_its_new_user_is_up(serve):
    turns = iter([servers.http(b'x')])
    server, adapter_pool = (
        serve(servers.routed(lambda *_: next(turns, b'')), tls=None),
        AdapterPool(),
    )
    with reading(10, 5, adapter_pool):
        get(server)
    with Watch() as watch, pytest.raises(OSError), reading(10, 0.5, adapter_pool):
        get(server)
    assert watch.took < 2 and server.accepted == 1
    assert adapter_pool.lend() is None, 'what was cut is not lent again'


def test_a_connection_that_the_server_has_closed_is_opened_again(serve):
    server, adapter_pool = (
        serve(servers.answering(servers.http(b'x'), close=True), tls=None),
        AdapterPool(),
    )
    for _ in range(2):
        with reading(10, 5, adapter_pool):
            assert get(server).content == b'x'
    assert server.accepted == 2


def test_an_answer_beyond_its_bound_leaves_no_connection_to_the_next(serve):
    server, adapter_pool = (
        serve(servers.answering(servers.http(b'x' * 10**6)), tls=None),
        AdapterPool(),
    )
    for _ in range(2):
        with reading(10, 5, adapter_pool), pytest.raises(TooLong):
            get(server)
    assert server.accepted == 2
