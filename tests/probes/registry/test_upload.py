# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A test upload on real connections: what is sent, and that its session is canceled."""

from __future__ import annotations

import posixpath
import re
import threading
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.registry import pull
from azext_acrhealth.probes.registry import upload as uploads
from azext_acrhealth.probes.registry.upload import CONTENT, TrialUpload
from tests.probes.clock import PROMPT, soon
from tests.probes.registry.test_pull import TOKEN, heads, lines
from tests.probes.servers import Server, http, routed

SESSION = 'cd3ab8ef-4209-49ee-984f-dea3ac7c745b'
STATE = 'q7Yt2mX9vB4kL1pZ8sW3nC6dR5fG0hJ-{}'
BASE = '/v2/team/app/blobs/uploads/'
Serve = Callable[..., Server]


def place(number: int) -> str:
    return f'{BASE}{SESSION}?_state={STATE.format(number)}'


class Registry:
    """A registry that holds one session.

    `odd` gives an answer of its own to a method, or None for the usual one.
    """

    def __init__(self, odd: Callable[[str, int], bytes | None] = lambda *_: None) -> None:
        self.open, self.number, self.asked, self._odd = False, 0, list[str](), odd

    def __call__(self, line: bytes, request: bytes) -> bytes:
        method, _, path = line.decode().partition(' ')
        self.asked.append(method)
        odd = self._odd(method, self.asked.count(method))
        if odd is not None:
            return odd
        if method == 'POST':
            self.open = True
            return self._there('202 Accepted')
        if not self.open:
            return http(b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}', '404 Not Found')
        if method == 'GET':
            return self._there('204 No Content')
        if path != place(self.number):
            return http(b'{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}', '404 Not Found')
        if method == 'DELETE':
            self.open = False
            return http(b'', '204 No Content')
        self.number += 1
        return self._there('202 Accepted')

    def _there(self, status: str) -> bytes:
        return http(
            b'', status, f'Location: {place(self.number)}', f'Docker-Upload-UUID: {SESSION}'
        )


def another(host: str, deadline: float) -> Connection:
    return Connection(host, deadline, 'acrhealth-test')


@pytest.fixture(name='upload')
def fixture_upload(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Server, TrialUpload]]:
    """Start a registry, and give an upload to it."""
    # A login server has a dot in its name, which the servers of these tests have not.
    monkeypatch.setattr(pull, 'is_host', lambda host: re.fullmatch('[a-z.]+', host) is not None)

    def make(
        registry: Callable[[bytes, bytes], bytes], seconds: float = 30.0
    ) -> tuple[Server, TrialUpload]:
        server = serve(routed(registry))
        connection = Connection('localhost', time.monotonic() + seconds, 'acrhealth-test')
        return server, TrialUpload(connection, 'team/app', TOKEN, another)

    return make


def test_what_is_sent(upload: Any) -> None:
    registry = Registry()
    server, one = upload(registry)
    steps = [one.begin(), one.append(), *one.cancel(soon())]
    assert [(step.kind, step.response.status, step.redirect_error) for step in steps] == [
        ('begin', 202, ''),
        ('append', 202, ''),
        ('cancel', 204, ''),
        ('verify', 404, ''),
    ]
    assert (one.remains, one.ended, registry.open) == (False, True, False)
    first, second, third, last = heads(server)
    assert [head[0] for head in (first, second, third, last)] == [
        f'POST {BASE} HTTP/1.1',
        f'PATCH {place(0)} HTTP/1.1',
        f'DELETE {place(1)} HTTP/1.1',
        f'GET {place(1)} HTTP/1.1',
    ]
    assert all(lines(head, 'Authorization') == [f'Bearer {TOKEN}'] for head in heads(server))
    assert lines(first, 'Content-Length') == ['0']
    assert lines(second, 'Content-Length') == [str(len(CONTENT))]
    assert lines(second, 'Content-Type') == ['application/octet-stream']
    assert lines(second, 'Content-Range') == [f'0-{len(CONTENT) - 1}']


def test_as_many_bytes_as_are_asked_for(upload: Any) -> None:
    server, one = upload(Registry())
    steps = [one.begin(), one.append(200_000), *one.cancel(soon())]
    assert [step.response.status for step in steps] == [202, 202, 204, 404]
    patch = server.heard[1].partition(b'\r\n\r\n')[0].decode('ascii').split('\r\n')
    assert lines(patch, 'Content-Length') == ['200000']
    assert lines(patch, 'Content-Range') == ['0-199999']
    assert one.remains is False


def test_nothing_of_the_session_is_told(upload: Any) -> None:
    _, one = upload(Registry())
    steps = [one.begin(), one.append(), *one.cancel(soon())]
    told = repr(steps) + ''.join(str(step.response.header('Location')) for step in steps)
    assert 'q7Yt2mX9vB4k' not in told and TOKEN not in told and repr(one).startswith('<')


@pytest.mark.parametrize(
    'location, redirect_error',
    [
        ('https://evil.test/x', 'Location points to evil.test'),
        ('http://localhost/x', 'unencrypted'),
        ('', 'Location is empty'),
        ('https://localhost:8443/x', 'port 443'),
        (f'/v2/{TOKEN}', 'repeats the secret'),
    ],
)
def test_a_token_goes_nowhere_else(upload: Any, location: str, redirect_error: str) -> None:
    strange = http(b'', '202 Accepted', f'Location: {location}')
    registry = Registry(lambda method, _: strange if method == 'POST' else None)
    server, one = upload(registry)
    step = one.begin()
    assert redirect_error in step.redirect_error and one.remains is True
    assert one.cancel(soon()) == [] and one.remains is True
    assert len(server.heard) == 1


def test_a_session_whose_number_is_told_is_found_and_canceled(upload: Any) -> None:
    registry = Registry()
    usual = registry._there('202 Accepted').replace(place(0).encode(), b'https://evil.test/x')

    def odd(method: str, _: int) -> bytes | None:
        registry.open = registry.open or method == 'POST'
        return usual if method == 'POST' else None

    registry._odd = odd
    _, one = upload(registry)
    assert 'evil.test' in one.begin().redirect_error
    assert [step.response.status for step in one.cancel(soon())] == [404, 204, 204, 404]
    assert (one.remains, registry.open) == (False, False)


@pytest.mark.parametrize(
    'method, given, asked, remains',
    [
        ('DELETE', http(b'', '401 Unauthorized'), ['DELETE', 'GET'], True),
        ('DELETE', http(b'', '405 Method Not Allowed'), ['DELETE', 'GET'], True),
        ('DELETE', http(b'', '204 No Content'), ['DELETE', 'GET'] * 2, True),
        ('DELETE', http(b'', '500 Oh'), ['DELETE', 'GET'] * 2, True),
        ('GET', http(b'', '500 Oh'), ['DELETE', 'GET'] * 2, None),
        ('GET', http(b'', '401 Unauthorized'), ['DELETE', 'GET'] * 2, None),
    ],
)
def test_a_cancel_that_fails_is_tried_once_more(
    upload: Any, method: str, given: bytes, asked: list[str], remains: bool | None
) -> None:
    registry = Registry(lambda seen, _: given if seen == method else None)
    _, one = upload(registry)
    one.begin()
    one.append()
    one.cancel(soon())
    assert (registry.asked[2:], one.remains) == (asked, remains)


def test_a_cancel_that_goes_astray_once_is_made_good(upload: Any) -> None:
    registry = Registry(
        lambda method, times: (
            b''
            if method == 'PATCH'
            else http(b'', '502 Bad Gateway')
            if (method, times) == ('DELETE', 1)
            else None
        )
    )
    _, one = upload(registry, 1.0)
    one.begin()
    assert one.append().response.failure.kind == 'Timeout'
    one.cancel(soon())
    assert (one.remains, registry.open) == (False, False)


def test_after_the_deadline_there_is_still_time_to_cancel(upload: Any) -> None:
    registry = Registry(lambda method, _: b'' if method == 'PATCH' else None)
    _, one = upload(registry, 0.5)
    one.begin()
    one.append()
    begun = time.monotonic()
    one.cancel(begun + uploads.deadlines.CANCEL)
    assert (one.remains, registry.open) == (False, False) and time.monotonic() - begun < PROMPT


def test_a_beginning_without_an_answer_leaves_it_open(upload: Any) -> None:
    _, one = upload(Registry(lambda *_: b''), 0.3)
    assert one.begin().response.failure.kind == 'Timeout' and one.remains is None
    assert one.cancel(soon()) == [] and one.remains is None


def test_what_was_refused_leaves_nothing(upload: Any) -> None:
    _, one = upload(Registry(lambda *_: http(b'', '401 Unauthorized')))
    assert one.begin().response.status == 401 and one.remains is False
    assert (
        one.append().response.failure.text == 'the run was interrupted' and one.cancel(soon()) == []
    )


HARMFUL = (
    '/v2/team/app/manifests/latest',
    '/v2/team/app/blobs/sha256:' + 64 * 'a',
    '/v2/team/app/blobs/uploads/',
    '/v2/team/app/blobs/uploads',
    '/v2/team/app/blobs/uploads/../../manifests/latest',
    '/v2/team/app/blobs/uploads/..',
    '/v2/team/app/blobs/uploads/.',
    '/v2/team/app/blobs/uploads/%2e%2e/%2e%2e/manifests/latest',
    '/v2/team/app/blobs/uploads/..%2f..%2fmanifests%2flatest',
    '/v2/team/app/blobs/uploads/%252e%252e%252fmanifests',
    '/v2/team/app/blobs/uploads/..;/..;/manifests/latest',
    '/v2/team/app/blobs/uploads/x/manifests/latest',
    '/v2/team/app/blobs/uploads//x',
    '/v2/team/app/blobs/uploads/x/',
    '/v2/team/other/blobs/uploads/x',
    '/v2/team/app/../other/blobs/uploads/x',
    '//localhost/v2/team/app/manifests/latest',
    '/v2//team/app/blobs/uploads/x',
    '/V2/team/app/blobs/uploads/x',
    '/v2/team/app/BLOBS/uploads/x',
    '/acr/v1/team/app/_tags/latest',
    '../../manifests/latest',
    'https://localhost/v2/team/app/manifests/latest',
    f'{BASE}{1000 * "x"}',
)


@pytest.mark.parametrize('odd_step', ['POST', 'PATCH'])
@pytest.mark.parametrize('location', HARMFUL)
def test_only_an_upload_session_is_written_to_or_deleted(
    upload: Any, location: str, odd_step: str
) -> None:
    """A Location that names an image made the real registry delete it."""
    odd = http(b'', '202 Accepted', f'Location: {location}', f'Docker-Upload-UUID: {SESSION}')
    server, one = upload(Registry(lambda method, _: odd if method == odd_step else None))
    steps = [one.begin(), one.append(), *one.cancel(soon())]
    assert any(step.redirect_error for step in steps)
    for method, path, _ in (head[0].split(' ') for head in heads(server)):
        place = path.partition('?')[0]
        assert place == (BASE if method == 'POST' else f'{BASE}{SESSION}')


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_any_location_is_a_session_or_an_error(rest: str) -> None:
    """Whatever a server decodes or resolves in the path, it stays below the uploads."""
    one = TrialUpload(cast(Any, None), 'team/app', TOKEN, another)
    path = f'{BASE}{rest}'
    if one._is_session(path):
        place = unquote(urlsplit(f'https://x{path}').path)
        assert place == path.partition('?')[0] == posixpath.normpath(place)
        assert posixpath.dirname(place) + '/' == BASE


def test_a_run_that_is_broken_off_puts_its_session_away(upload: Any) -> None:
    registry = Registry()
    _, one = upload(registry)
    one.begin()
    one.append()
    one.abandon(soon())
    assert one.remains is False and not registry.open
    assert one.begin().response.failure.text == 'the run was interrupted'


def test_a_step_that_hangs_is_cut_and_its_session_put_away(upload: Any) -> None:
    registry = Registry(lambda method, _: b'' if method == 'PATCH' else None)
    _, one = upload(registry)
    one.begin()
    hanging = threading.Thread(target=one.append, daemon=True)
    hanging.start()
    while registry.asked != ['POST', 'PATCH']:
        time.sleep(0.01)
    begun = time.monotonic()
    one.abandon(begun + uploads.deadlines.CANCEL)
    assert one.remains is False and not registry.open
    assert time.monotonic() - begun < uploads.deadlines.CANCEL + PROMPT
    hanging.join(5)
    assert not hanging.is_alive()


def test_a_session_that_is_about_to_be_told_is_waited_for(upload: Any) -> None:
    registry, told = Registry(), threading.Event()

    def odd(method: str, _: int) -> bytes | None:
        if method == 'POST':
            told.wait(5)
        return None

    registry._odd = odd
    _, one = upload(registry)
    beginning = threading.Thread(target=one.begin, daemon=True)
    beginning.start()
    while registry.asked != ['POST']:
        time.sleep(0.01)
    threading.Timer(0.3, told.set).start()
    one.abandon(time.monotonic() + uploads.deadlines.CANCEL)
    assert one.remains is False and not registry.open


def test_what_never_tells_may_remain(upload: Any) -> None:
    registry = Registry(lambda *_: b'')
    _, one = upload(registry)
    beginning = threading.Thread(target=one.begin, daemon=True)
    beginning.start()
    while registry.asked != ['POST']:
        time.sleep(0.01)
    one.abandon(time.monotonic() + 2)
    assert one.remains is not False
    beginning.join(5)
    assert one.remains is None
