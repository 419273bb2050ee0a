# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Secrets stay out of texts, and foreign texts are fit to be shown."""

from __future__ import annotations

import base64
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth import redaction
from azext_acrhealth.checks.authentication import scope
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.local import docker_credential_helper
from azext_acrhealth.probes.local.stored_login import StoredLogin
from azext_acrhealth.probes.registry.pull import RedirectTarget
from azext_acrhealth.probes.registry.tokens import TokenResponse
from azext_acrhealth.redaction import REDACTED, redact_values, redactor
from tests.checks.fake_probes import FakeConnection

SECRET = 'q8W7e6R5t4Y3u2I1o0P9a8S7d6F5'


@pytest.mark.parametrize(
    'text',
    [
        SECRET,
        f'you sent {SECRET}',
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f'bob:{SECRET}'.encode()).decode(),
        '-'.join(SECRET),
        '%'.join(('', *(f'{ord(character):02x}' for character in SECRET))),
        SECRET.upper(),
        f'{SECRET[4:]}…',
    ],
)
def test_a_redactor_recognizes_a_secret_in_any_encoding(text: str) -> None:
    redacted = redaction.redactor((SECRET,))(text)
    assert REDACTED in redacted and SECRET.lower() not in redacted.lower()


@given(st.text(max_size=200))
def test_a_redactor_leaves_texts_without_the_secret(text: str) -> None:
    assert redaction.redactor(('', SECRET))(text) == text


@pytest.mark.parametrize(
    'line, shown',
    [
        (
            'docker login x.io -u joe -p hunter2: denied',
            'docker login x.io -u joe -p [redacted] denied',
        ),
        ('az login --password=hunter2 --tenant a', 'az login --password [redacted] --tenant a'),
        (
            'helm registry login x.io --password "hunt er2" a',
            'helm registry login x.io --password [redacted] a',
        ),
        ("az login --client-secret 'a b' c", 'az login --client-secret [redacted] c'),
        (r'"docker login -p hunter2\nunauthorized"', r'"docker login -p [redacted]\nunauthorized"'),
        (
            'docker login -u a -phunter2 x.io: denied',
            'docker login -u a -p [redacted] x.io: denied',
        ),
        ('docker login -u a \\\n  -p hunter2 x.io', 'docker login -u a \\\n  -p [redacted] x.io'),
        ("docker login -p 'hunter2", 'docker login -p [redacted]'),
        ('kubectl --docker-password hunter2 x', 'kubectl --docker-password [redacted] x'),
        ('skopeo copy --src-creds a:hunter2 x', 'skopeo copy --src-creds [redacted] x'),
        (
            'skopeo copy --dest-registry-token=abc x',
            'skopeo copy --dest-registry-token [redacted] x',
        ),
        ('curl -u a:hunter2 https://x.io', 'curl -u [redacted] https://x.io'),
        ('curl -s --user a:hunter2 https://x.io', 'curl -s --user [redacted] https://x.io'),
        ('docker run --user 1000:1000 -u 0 x', 'docker run --user 1000:1000 -u 0 x'),
        ('docker login --password-stdin x.io', 'docker login --password-stdin x.io'),
        ('mkdir -p folder; docker run -p 80:80 x', 'mkdir -p folder; docker run -p 80:80 x'),
    ],
)
def test_a_password_in_a_command_line(line: str, shown: str) -> None:
    assert redaction.redact_passwords(line) == shown


def test_redact_values() -> None:
    value = {f'key {SECRET}': [SECRET, 1, None, {'a': f'x{SECRET}x'}], 'b': True}
    assert redaction.redact_values(value, (SECRET,)) == {
        f'key {REDACTED}': [REDACTED, 1, None, {'a': f'x{REDACTED}x'}],
        'b': True,
    }


@pytest.mark.parametrize(
    'url, shown',
    [
        ('tcp://bob:pass/word@host:2375', 'tcp://host:2375'),
        ('http://bob@host', 'http://host'),
        ('http://host:8080', 'http://host:8080'),
        ('unix:///run/me@here/docker.sock', 'unix:///run/me@here/docker.sock'),
    ],
)
def test_without_login(url: str, shown: str) -> None:
    assert redaction.without_login(url) == shown


def test_redact_login() -> None:
    setting = 'tcp://bob:hunter2@host:2375'
    text = f'cannot connect to {setting}: login bob with hunter2; see http://a:b@c'
    redacted = redaction.redact_login(text, setting)
    assert 'hunter2' not in redacted and 'a:b' not in redacted and 'tcp://host:2375' in redacted
    assert redaction.redact_login('nothing here', '') == 'nothing here'


def test_login_forms() -> None:
    forms = redaction.login_forms('http://bob:p%40ss@proxy:8080')
    assert {'bob:p@ss', 'p@ss', 'p%40ss', 'bob:p%40ss'} <= forms
    assert base64.b64encode(b'bob:p@ss').decode() in forms
    assert redaction.login_forms('http://proxy:8080') == set()


def test_query_secrets() -> None:
    path = f'/blob?se=2026&sig={SECRET}%2B'
    assert redaction.query_values(path, 21) == (f'{SECRET}%2B',)
    assert redaction.query_secrets(path, 21) == (
        f'se=2026&sig={SECRET}%2B',
        f'se=2026&sig={SECRET}+',
        f'{SECRET}%2B',
        f'{SECRET}+',
    )
    assert redaction.query_secrets('/blob', 21) == ()


@pytest.mark.parametrize(
    'text, shown',
    [
        ('moved to https://a.test/login?token=x#y now', 'moved to https://a.test/login?… now'),
        ('What? That is prose', 'What? That is prose'),
        ('/login?token', '/login?…'),
    ],
)
def test_redact_queries(text: str, shown: str) -> None:
    assert redaction.redact_queries(text) == shown


@pytest.mark.parametrize(
    'value, shown',
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float('inf'), 'inf'),
        ('a\x1b[31m\u202eb\n c', 'a[31mb c'),
        ('Authorization: Bearer abcdefghijklmnopqrst', f'Authorization: {REDACTED}'),
        ({'a': ('x', {'y'})}, {'a': ['x', ['y']]}),
        ('ACR_PASSWORD=hunter2 x_password: hunter2', f'ACR_{REDACTED} x_{REDACTED}'),
        (f'value {"a/0" * 14}+ACRB{"c" * 5}, b', f'value {REDACTED}, b'),
        (f'"{"a0" * 26}JQQJ99{"b" * 26}"', f'"{REDACTED}"'),
    ],
)
def test_sanitize(value: object, shown: object) -> None:
    assert redaction.sanitize(value) == shown


def test_the_secrets_of_a_record_are_not_shown() -> None:
    response = Response(200)
    records = [
        scope.Login(TokenEndpoint(FakeConnection(), '', ''), SECRET, None),
        scope.Access(SECRET),
        Request('GET', f'/{SECRET}', body=SECRET.encode()),
        Proxy('http', 'proxy.example', 80, 'alice', SECRET),
        TokenResponse(response, SECRET),
        RedirectTarget('storage.example', f'/{SECRET}'),
        Token(SECRET),
        docker_credential_helper.Login('alice', SECRET),
        StoredLogin('docker', 'config.json', SECRET),
        Options(password=SECRET),
    ]
    for shown in (repr(records), redaction.sanitize(records), redaction.sanitize({'a': records})):
        assert SECRET not in str(shown) and 'proxy.example' in str(shown)


def test_what_is_too_long_or_too_deep_is_cut() -> None:
    assert redaction.sanitize('x' * 50, 10) == 'x' * 9 + '…'
    assert redaction.sanitize([[['x']]], depth=2) == [['…']]


@given(st.text('ab01', max_size=120), st.text('ab01', min_size=1, max_size=60), st.integers(0, 40))
def test_short_texts_are_judged_as_long_ones(text: str, secret: str, start: int) -> None:
    plain = text[:start] + secret[start : start + 20] + text[start:]
    encoded = [redaction._forms_of(secret).encoded]
    short = redaction._shares_a_run(plain, encoded)
    assert short == redaction._long_shares_a_run(plain, encoded)
    assert short == any(run in form for run in redaction._runs_of(plain) for form in encoded)


def test_a_text_made_of_pieces_of_a_secret_is_no_more_work_than_another() -> None:
    # Letters only, so that the secret's pieces are those of the form that is looked for.
    letters = random.Random(7).choices('abcdefghijklmnopqrstuvwxyz', k=12 * 1024)
    secret = ''.join(letters)
    pieces = [secret[start : start + 8] for start in range(0, len(secret), 8)]
    text = ''.join(reversed(pieces)) * 20
    redact = redaction.redactor((secret,))
    started = time.process_time()
    assert redact(text) == text
    # Work that grows with the product of both lengths took more than 7 s.
    assert time.process_time() - started < 3


@given(
    st.lists(st.text('redact[]', min_size=1, max_size=2), min_size=1, max_size=9),
    st.text('redact['),
)
def test_a_text_grows_once_whatever_tokens_a_server_issued(secrets: list[str], text: str) -> None:
    """Each of nine tokens of a letter made the text of the last one three times as long."""
    longest = len(text) * len(REDACTED)
    assert len(redactor(tuple(secrets))(text)) <= longest
    assert len(str(redact_values(text, secrets))) <= longest


@pytest.mark.parametrize(
    'secret, sent',
    [
        ('gehe\udce4m', 'gehe%E4m'),
        ('x\ud800y', 'x%ED%A0%80y'),
        ('\udce4\ud800', '%ED%B3%A4%ED%A0%80'),
    ],
)
def test_a_secret_that_no_encoding_has(secret: str, sent: str) -> None:
    redact = redactor((secret,))
    assert redact(f'a {secret} b {sent} c') == f'a {REDACTED} b {REDACTED} c'
