# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pull requests on real connections: what is sent, where redirects lead, what is redacted."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azext_acrhealth.probes.http import retry
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry import pull
from azext_acrhealth.probes.registry.manifest import IMAGES, INDEXES
from azext_acrhealth.probes.registry.pull import (
    _MANIFEST_SIZE,
    _SMALLEST_BOUND,
    MAX_VERIFIED_SIZE,
    RANGE_SIZE,
    RedirectTarget,
    get_attributes,
    get_blob,
    get_deleted,
    get_manifest,
    get_stored_blob,
    get_tags,
    parse_redirect,
)
from tests.probes.servers import Server, http

DIGEST = 'sha256:' + 'a' * 64
TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkgYXQgYWxsIn0.c2lnbmF0dXJl'
# As Azure storage signs: base64 with its special characters encoded, every few letters one.
SIGNATURE = 'k%2Bq%2F8Zp1%2BvT%2Fx0%2Be7Ns%2BQ4%2FhW%2Fu9J%2Br2M%2F5Yd%2BA%2F3c%3D'
QUERY = f'se=2026-01-01T00%3A00%3A00Z&sig={SIGNATURE}&sp=r&sr=b'
PATH = f'//deadbeef//docker/registry/v2/blobs/sha256/aa/{"a" * 64}/data?{QUERY}'
HOST, BLOBS = 'myregistry.azurecr.io', '/v2/team/app/blobs/' + DIGEST

Ask = Callable[..., tuple[Server, Connection]]


@pytest.fixture(autouse=True)
def fixture_no_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second try follow at once."""
    monkeypatch.setattr(retry, 'PAUSE', 0.01)


def heads(server: Server) -> list[list[str]]:
    """Return the lines of each request that a server heard."""
    return [
        request.decode('ascii').partition('\r\n\r\n')[0].split('\r\n') for request in server.heard
    ]


def lines(head: list[str], name: str) -> list[str]:
    return [line.partition(': ')[2] for line in head if line.lower().startswith(f'{name.lower()}:')]


@pytest.mark.parametrize(
    'call, path',
    [
        (lambda one: get_manifest(one, 'team/app', 'v1', TOKEN), '/v2/team/app/manifests/v1'),
        (lambda one: get_manifest(one, 'app', DIGEST, TOKEN), f'/v2/app/manifests/{DIGEST}'),
        (lambda one: get_tags(one, 'team/app', TOKEN), '/v2/team/app/tags/list'),
        (lambda one: get_attributes(one, 'team/app', '', TOKEN), '/acr/v1/team/app'),
        (
            lambda one: get_attributes(one, 'team/app', '_tags/v1', TOKEN),
            '/acr/v1/team/app/_tags/v1',
        ),
        (
            lambda one: get_deleted(one, 'team/app', 'tags', TOKEN),
            '/acr/v1/_deleted/team/app/_tags?n=1000',
        ),
        (
            lambda one: get_deleted(one, 'app', 'manifests', TOKEN),
            '/acr/v1/_deleted/app/_manifests?n=1000',
        ),
        (lambda one: get_blob(one, 'team/app', DIGEST, 3, TOKEN), f'/v2/team/app/blobs/{DIGEST}'),
        (lambda one: get_stored_blob(one, RedirectTarget('localhost', PATH), 3), PATH),
    ],
)
def test_what_is_asked(ask: Ask, call: Callable[[Connection], Response], path: str) -> None:
    server, connection = ask(http(b'{}'))
    response = call(connection)
    assert (response.status, response.body, response.failure) == (200, b'{}', None)
    (head,) = heads(server)
    assert head[0] == f'GET {path} HTTP/1.1'
    assert lines(head, 'Authorization') == ([] if path == PATH else [f'Bearer {TOKEN}'])
    assert lines(head, 'Accept') == ([*INDEXES, *IMAGES] if '/manifests/' in path else ['*/*'])
    assert lines(head, 'Range') == [] and lines(head, 'Accept-Encoding') == ['identity']


def test_a_storage_host_is_shown_no_token_even_by_a_connection_that_has_seen_one(ask: Ask) -> None:
    server, connection = ask(http(b'', '307 Temporary Redirect'), http(b'x'))
    get_blob(connection, 'app', DIGEST, 3, TOKEN)
    get_stored_blob(connection, RedirectTarget('localhost', PATH), 3)
    first, second = heads(server)
    assert lines(first, 'Authorization') and not lines(second, 'Authorization')
    assert (
        TOKEN not in '\n'.join(second)
        and not lines(second, 'Cookie')
        and not lines(second, 'Referer')
    )


def test_without_a_token_nobody_is_named(ask: Ask) -> None:
    server, connection = ask(http(b'{}'))
    get_manifest(connection, 'app', 'v1', '')
    assert lines(heads(server)[0], 'Authorization') == []


@pytest.mark.parametrize(
    'size, wanted',
    [
        (0, []),
        (1, []),
        (MAX_VERIFIED_SIZE, []),
        (MAX_VERIFIED_SIZE + 1, [f'bytes=0-{RANGE_SIZE - 1}']),
        (2**40, [f'bytes=0-{RANGE_SIZE - 1}']),
    ],
)
def test_of_a_large_blob_the_beginning_is_asked_for(ask: Ask, size: int, wanted: list[str]) -> None:
    server, connection = ask(http(b'x'))
    get_blob(connection, 'app', DIGEST, size, TOKEN)
    get_stored_blob(connection, RedirectTarget('localhost', PATH), size)
    assert [lines(head, 'Range') for head in heads(server)] == [wanted, wanted]


@pytest.mark.parametrize(
    'call, bound',
    [
        (lambda one: get_manifest(one, 'app', 'v1', TOKEN), _MANIFEST_SIZE),
        (lambda one: get_tags(one, 'app', TOKEN), _MANIFEST_SIZE),
        (lambda one: get_deleted(one, 'app', 'tags', TOKEN), _MANIFEST_SIZE),
        (lambda one: get_blob(one, 'app', DIGEST, 3, TOKEN), _SMALLEST_BOUND),
        (lambda one: get_blob(one, 'app', DIGEST, 50_000, TOKEN), 50_001),
        (lambda one: get_blob(one, 'app', DIGEST, 2**40, TOKEN), _SMALLEST_BOUND),
        (lambda one: get_stored_blob(one, RedirectTarget('localhost', PATH), 3), _SMALLEST_BOUND),
        (lambda one: get_stored_blob(one, RedirectTarget('localhost', PATH), 50_000), 50_001),
    ],
)
def test_no_more_than_the_bound_is_read(
    ask: Ask, call: Callable[[Connection], Response], bound: int
) -> None:
    _, connection = ask(http(b'x' * bound), http(b'x' * (bound + 1)))
    whole, cut = call(connection), call(connection)
    assert (len(whole.body), whole.complete, whole.failure) == (bound, True, None)
    assert (len(cut.body), cut.complete, cut.failure) == (bound, False, None)


def test_a_manifest_may_have_4_mib() -> None:
    assert (
        _MANIFEST_SIZE == 4 * 2**20
        and MAX_VERIFIED_SIZE == 2**20
        and RANGE_SIZE < MAX_VERIFIED_SIZE
    )


@pytest.mark.parametrize(
    'call',
    [
        lambda one: get_manifest(one, 'app', 'v1', TOKEN),
        lambda one: get_tags(one, 'app', TOKEN),
        lambda one: get_blob(one, 'app', DIGEST, 3, TOKEN),
        lambda one: get_stored_blob(one, RedirectTarget('localhost', PATH), 3),
    ],
)
def test_what_passes_by_itself_is_asked_again(
    ask: Ask, call: Callable[[Connection], Response]
) -> None:
    told = f'busy {TOKEN} {PATH}'.encode()
    server, connection = ask(http(told, '503 Busy', f'X-Told: {TOKEN} {QUERY}'), http(b'ok'))
    response = call(connection)
    assert response.status == 200 and response.earlier and response.earlier.status == 503
    first, second = heads(server)
    assert first == second
    secret = SIGNATURE if '?' in first[0] else TOKEN
    assert (
        secret not in f'{response.earlier.text()}{response.earlier.header("X-Told")}{response!r}'
        f'{response.earlier!r}'
    )


@pytest.mark.parametrize(
    'reply', [http(b'', '404 Not Found'), http(b'', '307 Temporary Redirect', 'Location: /x')]
)
def test_what_does_not_pass_is_asked_once_and_followed_nowhere(ask: Ask, reply: bytes) -> None:
    server, connection = ask(reply)
    assert get_blob(connection, 'app', DIGEST, 3, TOKEN).earlier is None
    assert len(server.heard) == 1


def test_an_answer_that_never_came(ask: Ask) -> None:
    _, connection = ask(None)
    response = get_manifest(connection, 'app', 'v1', TOKEN)
    assert response.status is None and response.failure and response.failure.kind == 'Cut'


WRITTEN: tuple[Callable[[str], str], ...] = (
    str,
    unquote,
    quote,
    lambda text: quote(unquote(text), safe=''),
    lambda text: quote(quote(unquote(text), safe='')),
    str.lower,
    lambda text: unquote(text).replace('+', ' '),
    lambda text: b64encode(text.encode()).decode(),
    lambda text: b64encode(unquote(text).encode()).decode(),
    lambda text: unquote(text).encode().hex(),
    lambda text: f'<Error><Sig>{unquote(text)}</Sig></Error>',
    lambda text: f'"{text}"',
)


@pytest.mark.parametrize('write', WRITTEN)
@pytest.mark.parametrize('secret', [SIGNATURE, QUERY, PATH, f'https://localhost{PATH}'])
def test_a_signature_that_storage_repeats_is_not_told(
    ask: Ask, secret: str, write: Callable[[str], str]
) -> None:
    written = write(secret)
    header = written.replace('\n', '')
    said = http(
        f'denied: {written}'.encode(), '403 Forbidden', f'Server: {header}', f'Location: {header}'
    )
    _, connection = ask(said, said)
    place = RedirectTarget('localhost', PATH)
    for response in (get_stored_blob(connection, place, 3), get_tags(connection, 'app', '')):
        shown = ' '.join(
            (
                response.text(),
                response.text(20000),
                response.header('Server') or '',
                response.writer,
                *response.all('Location'),
                repr(response),
                repr(place),
                repr(connection),
            )
        )
        assert response.status == 403 and '[redacted]' in shown
        for known in (SIGNATURE, unquote(SIGNATURE), *unquote(SIGNATURE).split('/')[-2:], written):
            assert known not in shown and known.lower() not in shown.lower()


@pytest.mark.parametrize(
    'write', [str, quote, lambda text: b64encode(text.encode()).decode(), str.upper]
)
def test_a_token_that_the_registry_repeats_is_told_by_no_later_answer(
    ask: Ask, write: Callable[[str], str]
) -> None:
    said = http(b'no: ' + write(TOKEN).encode(), '401 Unauthorized', f'Server: {write(TOKEN)}')
    _, connection = ask(said, said)
    for response in (get_manifest(connection, 'app', 'v1', TOKEN), get_tags(connection, 'app', '')):
        shown = f'{response.text()} {response.header("Server")} {response!r}'
        assert (
            write(TOKEN) not in shown
            and write(TOKEN.split('.')[1]) not in shown
            and '[redacted]' in shown
        )


def test_a_token_is_remembered_once(ask: Ask) -> None:
    _, connection = ask(http(b'{}'))
    for _ in range(3):
        get_manifest(connection, 'app', 'v1', TOKEN)
    assert connection.secrets == (TOKEN,)


def test_nothing_of_it_is_logged(ask: Ask, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    _, connection = ask(
        http(b'', '307 Temporary Redirect', f'Location: https://x.test{PATH}'), http(b'x')
    )
    response = get_blob(connection, 'app', DIGEST, 3, TOKEN)
    get_stored_blob(connection, RedirectTarget('localhost', PATH), 3)
    out, err = capfd.readouterr()
    told = f'{caplog.text}{out}{err}{response!r}'
    assert SIGNATURE not in told and TOKEN not in told and 'deadbeef' not in told
    assert response.header('Location') == f'https://x.test{PATH}', (
        'the redirect itself is there to be read'
    )


def test_a_place_shows_its_host_alone() -> None:
    assert repr(RedirectTarget('x.test', PATH)) == "RedirectTarget(host='x.test')"


def test_a_redirect_with_our_token_leads_nowhere(ask: Ask) -> None:
    _, connection = ask(
        http(b'', '307 Temporary Redirect', f'Location: https://evil.test/?t={TOKEN}')
    )
    location = get_blob(connection, 'app', DIGEST, 3, TOKEN).header('Location') or ''
    assert parse_redirect(location, HOST, BLOBS) == 'Location repeats the secret that was sent'


@pytest.mark.parametrize(
    'location, host, path',
    [
        (f'https://eus1.blob.core.windows.net{PATH}', 'eus1.blob.core.windows.net', PATH),
        ('HTTPS://EUS1.Blob.Core.Windows.NET/A//b', 'eus1.blob.core.windows.net', '/A//b'),
        ('https://x.test:443/a', 'x.test', '/a'),
        ('https://x.test:/a', 'x.test', '/a'),
        ('https://x.test', 'x.test', '/'),
        ('https://x.test?a=b', 'x.test', '/?a=b'),
        ('https://x.test/a#b?c', 'x.test', '/a'),
        ('https://x.test/a?', 'x.test', '/a?'),
        ('https://x.test/?u=https://y.test/&v=@', 'x.test', '/?u=https://y.test/&v=@'),
        ('https://x.test/a/../b/./c', 'x.test', '/a/../b/./c'),
        ('https://x.test/%2F%2f;x=1', 'x.test', '/%2F%2f;x=1'),
        ('https://x.test//', 'x.test', '//'),
        ('https://x.test/user:pw@y.test', 'x.test', '/user:pw@y.test'),
        ('https://xn--p1ai.xn--p1ai/', 'xn--p1ai.xn--p1ai', '/'),
        # Relative to where the registry was asked
        ('/a//b?c', HOST, '/a//b?c'),
        ('//x.test//a', 'x.test', '//a'),
        ('?a=b', HOST, f'{BLOBS}?a=b'),
        ('other', HOST, '/v2/team/app/blobs/other'),
        ('a//b', HOST, '/v2/team/app/blobs/a//b'),
        ('#x', HOST, BLOBS),
        ('/a?u=https://y.test/', HOST, '/a?u=https://y.test/'),
        ('a/b:c', HOST, '/v2/team/app/blobs/a/b:c'),
        ('1http://y.test/', HOST, '/v2/team/app/blobs/1http://y.test/'),
    ],
)
def test_where_a_redirect_leads(location: str, host: str, path: str) -> None:
    assert parse_redirect(location, HOST, BLOBS) == RedirectTarget(host, path)


@pytest.mark.parametrize(
    'location, why',
    [
        ('', 'Location is empty'),
        ('http://x.test/a', 'unencrypted'),
        ('HTTP://x.test/a', 'unencrypted'),
        ('ftp://x.test/a', 'scheme ftp'),
        ('file:///etc/passwd', 'scheme file'),
        ('javascript:alert(1)', 'scheme javascript'),
        ('data:,x', 'scheme data'),
        ('htt://x.test/', 'scheme htt'),
        ('a:b', 'scheme a'),
        *(
            (location, 'names no host on port 443')
            for location in (
                'https://user:pw@x.test/',
                'https://user@x.test/',
                'https://@x.test/',
                'https://:@x.test/',
                '//u@x.test/',
                'https://x.test:8443/',
                'https://x.test:80/',
                'https://x.test:0/',
                '//x.test:444/',
                'https:///a',
                'https://',
                'https:',
                'https:x.test/a',
                'https:/x.test/a',
                'https://?a',
                'https://localhost/',
                'https://127.0.0.1/',
                'https://169.254.169.254/metadata',
                'https://10.0.0.10/',
                'https://[::1]/',
                'https://0x7f.1/',
                'https://x..test/',
                'https://.x.test/',
                'https://x.test./',
                'https://-x.test/',
                'https://x_y.test/',
                'https://x.test%2f@y.test/',
                'https://x.test,y.test/',
                'https://' + 'a' * 64 + '.test/',
                'https://' + 'a.' * 130 + 'test/',
            )
        ),
        *(
            (location, "isn't a URL")
            for location in (
                'https://x.test/a b',
                'https://x.test/a\r\nHost: y.test',
                'https://x.test/\x00',
                'https://x.test/\t',
                ' https://x.test/',
                'https://x.test\\@y.test/',
                'https://x.test/\xe9',
                'https://x\u3002test/',
                'https://\u212a.test/',
                'https://x.test:y/',
                'https://x.test:99999/',
                'https://[::1/',
                'https://x.test:-443/',
                'https://x.test/\x7f',
            )
        ),
        ('https://x.test/?[redacted]', 'repeats the secret'),
        ('[redacted]', 'repeats the secret'),
    ],
)
def test_where_none_leads(location: str, why: str) -> None:
    found = parse_redirect(location, HOST, BLOBS)
    assert isinstance(found, str) and why in found and found.startswith('Location ')


PIECES = st.sampled_from(
    [
        'https:',
        'http:',
        'HTTPS:',
        'ftp:',
        '//',
        '/',
        ':',
        '@',
        '?',
        '#',
        '\\',
        '..',
        '.',
        ':443',
        ':8443',
        'x.test',
        'localhost',
        '127.0.0.1',
        '[::1]',
        'user',
        '%2f',
        ' ',
        '\n',
        '\xe9',
        'a=b',
        '&',
        ';',
    ]
)


@example('https://x.test/?u=http://y.test')
@given(
    st.text()
    | st.lists(PIECES, max_size=8).map(''.join)
    | st.lists(PIECES, max_size=8).map(lambda pieces: 'https://x.test' + ''.join(pieces))
)
def test_any_text_leads_to_port_443_of_a_host_over_tls_or_nowhere(location: str) -> None:
    found = parse_redirect(location, HOST, BLOBS)
    if isinstance(found, str):
        assert found.isprintable() and len(found) < 90
        return
    assert found.path.startswith('/') and found.path.isascii() and found.path.isprintable()
    assert not set(' \\#\r\n') & {*found.path} and found.host == found.host.lower()
    again = urlsplit(f'https://{found.host}{found.path}')
    assert (again.scheme, again.netloc) == ('https', found.host), (
        'a path does not become a part of the host'
    )
    assert again.hostname == found.host and '.' in found.host and not found.host[-1].isdigit()
    if found.host != HOST:
        assert found.host in location.lower() and location.lower().startswith(('https://', '//'))


@given(
    st.from_regex(
        r'(/[a-zA-Z0-9%._~=:@!$&()*+,;-]{0,6}){1,6}(\?[a-zA-Z0-9%._~=:@!$&()*+,;/?-]{0,20})?',
        fullmatch=True,
    )
)
def test_a_path_is_kept_byte_for_byte(path: str) -> None:
    assert parse_redirect(f'https://x.test{path}', HOST, BLOBS) == RedirectTarget('x.test', path)
    assert parse_redirect(f'//x.test{path}', HOST, BLOBS) == RedirectTarget('x.test', path)
    if not path.startswith('//'):
        assert parse_redirect(path, HOST, BLOBS) == RedirectTarget(HOST, path)


def test_the_module_takes_nothing_that_logs() -> None:
    assert not {'requests', 'urllib3', 'logging'} & {*vars(pull)}
