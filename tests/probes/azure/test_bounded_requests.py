# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What libraries read by requests is bounded in the thread that asks for it, and in no other."""

from __future__ import annotations

import _thread
import gzip
import pathlib
import subprocess
import sys
import threading
import zlib

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.bounded_requests import ResponseTooLong
from tests.probes import servers
from tests.probes.azure.sign_in_bound import sign_in_bound
from tests.probes.clock import PROMPT, Watch, eventually

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
    with sign_in_bound(len(BODY), 5):
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
    with sign_in_bound(len(BODY) - 1, 5), pytest.raises(ResponseTooLong, match='MiB'):
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
    with sign_in_bound(10**6, 5), pytest.raises(ValueError):
        get(server)


@given(st.binary(max_size=300), st.integers(0, 300), st.sampled_from(['', 'gzip']))
def test_no_body_is_ever_longer_than_its_bound(body, size, packing):
    class Raw:
        headers, sent = {'Content-Encoding': packing}, [gzip.compress(body) if packing else body]

        def read(self, amount, decode_content):
            return self.sent.pop() if self.sent and not decode_content and amount else b''

    try:
        assert bounded_requests._Bound(size, 5).read_body(Raw()) == body and len(body) <= size
    except ResponseTooLong:
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
    with Watch() as watch, sign_in_bound(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'http://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < PROMPT


def test_over_tls_too(serve):
    server = serve(servers.answering(servers.http(BODY), pause=0.01))
    with Watch() as watch, sign_in_bound(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'https://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < PROMPT


def test_a_handshake_that_hangs(serve):
    server = serve(servers.silent, tls=None)
    with Watch() as watch, sign_in_bound(10**6, 0.3), pytest.raises(OSError):
        requests.get(f'https://localhost:{server.port}/')  # pylint: disable=missing-timeout
    assert watch.took < PROMPT


def test_when_the_time_is_up_nothing_is_asked_any_more(serve):
    server = serve(servers.answering(servers.http(b'x')), tls=None)
    session = requests.Session()
    with sign_in_bound(10**6, 0.2):
        get(server, session)
        threading.Event().wait(0.6)
        with pytest.raises(TimeoutError):
            get(server, session)
    assert len(server.heard) == 1
    assert get(server, session).text == 'x', 'the session itself is as it was'


def test_other_threads_notice_nothing(serve):
    server = serve(servers.answering(servers.http(BODY)), tls=None)
    session, found = requests.Session(), []
    with sign_in_bound(10, 5):
        thread = threading.Thread(target=lambda: found.append(get(server, session).content))
        thread.start()
        thread.join(5)
        with pytest.raises(ResponseTooLong):
            get(server, session)
        with sign_in_bound(10**6, 5):
            assert get(server, session).content == BODY
        with pytest.raises(ResponseTooLong):
            get(server, session)
    assert found == [BODY] and get(server, session).content == BODY


def test_no_thread_and_no_connection_is_left(serve):
    server = serve(servers.silent, tls=None)
    before = _thread._count()  # also threads that `threading` doesn't know
    with sign_in_bound(10**6, 0.2), pytest.raises(OSError):
        get(server)
    assert eventually(server.left.is_set, 2)
    with sign_in_bound(10**6, 60):
        pass
    assert eventually(lambda: _thread._count() <= before + 1, 2)


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
            with sign_in_bound(10**6, 5) as last_response:
                assert last_response.value is None
                requests.post(url, timeout=5, **sent)
            assert (last_response.value.status, last_response.value.header('server')) == (
                418,
                'pot',
            ) and last_response.value.at
            assert (
                last_response.value.text() == '[redacted]'
                and len(last_response.value.body) == 16 * 1024
            )

    def test_a_request_without_an_answer_leaves_none(self, serve):
        server = serve(servers.answering(servers.http(b'x')), tls=None)
        with sign_in_bound(10**6, 5) as last_response:
            get(server)
            assert last_response.value.status == 200
            with pytest.raises(OSError):
                requests.get(f'http://127.0.0.1:{servers.unused_port()}/', timeout=5)
        assert last_response.value is None

    def test_a_refusal_stays_whatever_is_asked_afterwards(self, serve):
        refusing, taking = (
            serve(servers.answering(servers.http(b'', status)), tls=None)
            for status in ('401 No', '200 OK')
        )
        with sign_in_bound(10**6, 5) as last_response:
            for server in (taking, refusing, taking):
                get(server)
            with pytest.raises(OSError):
                requests.get(f'http://127.0.0.1:{servers.unused_port()}/', timeout=5)
        assert last_response.value.status == 401

    def test_a_server_that_wants_us_to_wait_is_not_waited_for(self, serve):
        from requests.adapters import HTTPAdapter

        server = serve(
            servers.answering(servers.http(b'', '429 Too Many', 'Retry-After: 60')), tls=None
        )
        session = requests.Session()
        session.mount('http://', HTTPAdapter(max_retries=1))
        with Watch() as watch, sign_in_bound(10**6, 5) as last_response:
            assert get(server, session).status_code == 429
        assert (
            watch.took < PROMPT and last_response.value.retry_after == 60 and len(server.heard) == 1
        )


def one_response_per_connection(end):
    """Return a server that reads a second request of a connection and ends without responding."""

    def talk(sock, server):
        if servers.hear(sock, server):
            sock.sendall(servers.http(b'x'))
            if servers.hear(sock, server):
                end(sock, server)

    return talk


@pytest.mark.parametrize('end', [servers.reset, lambda *_: None], ids=['reset', 'closed'])
class TestAConnectionThatEndsUnderTheNextRequest:
    def test_a_safe_request_is_sent_again_over_a_new_one(self, serve, end):
        server = serve(one_response_per_connection(end), tls=None)
        with sign_in_bound(10, 5):
            for _ in range(3):
                assert get(server).content == b'x'
        assert server.accepted == 3 and len(server.heard) in (3, 5)

    def test_another_request_is_not(self, serve, end):
        server = serve(one_response_per_connection(end), tls=None)
        session = requests.Session()
        with sign_in_bound(10, 5):
            url = f'http://localhost:{server.port}/'
            assert session.post(url, timeout=5).content == b'x'
            with pytest.raises(requests.ConnectionError):
                session.post(url, timeout=5)
        assert server.accepted == 1 and len(server.heard) == 2


def test_a_new_connection_that_ends_is_not_replaced(serve):
    server = serve(servers.answering(None), tls=None)
    with sign_in_bound(10, 5), pytest.raises(requests.ConnectionError):
        get(server)
    assert server.accepted == 1 == len(server.heard)


def test_requests_is_patched_for_sign_ins_only():
    code = (
        'import requests\n'
        'from azext_acrhealth.probes.azure import bounded_requests\n'
        'original = requests.Session.get_adapter\n'
        'with bounded_requests.bounded(10, 5):\n'
        '    requests.Session()\n'
        'assert requests.Session.get_adapter is original\n'
        'with bounded_requests.bounded_sign_in(5):\n'
        '    assert requests.Session.get_adapter is not original\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True, cwd=pathlib.Path(__file__).parents[3])
