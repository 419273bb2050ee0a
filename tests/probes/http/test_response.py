# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of responses, of redaction, and of the registry's errors."""

from __future__ import annotations

import json
import time
from base64 import b64encode, urlsafe_b64encode
from textwrap import wrap
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http.response import RegistryError, Response, registry_error
from azext_acrhealth.redaction import LOOK_AHEAD


def response(body, **fields):
    return Response(
        403, body=body if isinstance(body, bytes) else json.dumps(body).encode(), **fields
    )


def test_headers_in_any_case_and_several_lines():
    parsed = Response(
        401,
        (
            ('Www-Authenticate', 'Bearer x'),
            ('WWW-AUTHENTICATE', 'Basic y'),
            ('Server', 'openresty'),
        ),
    )
    assert parsed.all('www-authenticate') == ('Bearer x', 'Basic y')
    assert (
        parsed.header('WWW-Authenticate') == 'Bearer x' and parsed.header('server') == 'openresty'
    )
    assert parsed.header('retry-after') is None and parsed.all('retry-after') == ()


@pytest.mark.parametrize(
    'body, expected',
    [
        (b'{"a": 1}', {'a': 1}),
        (b'[]', []),
        (b'', None),
        (b'<html>', None),
        (b'{"a": 1', None),
        (b'\xff\xfe', None),
        (b'[' * 200000, None),
        (b'{"a":' * 200000, None),
        (b'null', None),
        (b'"text"', 'text'),
        (b'\xef\xbb\xbf{"a": 1}', {'a': 1}),
        ('{"a": "é"}'.encode(), {'a': 'é'}),
        (b'9' * 5000, None),
    ],
)
def test_json(body, expected):
    assert response(body).json() == expected


def test_a_truncated_body_is_no_json():
    assert response(b'{"a": 1}', complete=False).json() is None


@pytest.mark.parametrize(
    'body, length, expected',
    [
        (b'Ref A: 1 Ref B: 2', 200, 'Ref A: 1 Ref B: 2'),
        (b'x' * 300, 200, 'x' * 200),
        (b'\xff<', 200, '\ufffd<'),
        ('ééé'.encode(), 2, 'éé'),
        (b'', 200, ''),
    ],
)
def test_text(body, length, expected):
    assert response(body).text(length) == expected


DENIED = (
    b'{"errors":[{"code":"DENIED","message":"client with IP \\u0027%s\\u0027 is not allowed '
    b'access. '
    b'Refer https://aka.ms/acr/firewall to grant access."}]}\n'
)


@pytest.mark.parametrize(
    'address, client',
    [
        (b'203.0.113.102', '203.0.113.102'),
        (b'2603:1030:20e:3::23c', '2603:1030:20e:3::23c'),
        (b'2001:DB8::1', '2001:db8::1'),
        (b'999.1.1.1', None),
        (b'1.2.3', None),
        (b'1.2.3.4; rm -rf /', '1.2.3.4'),
        (b'$(reboot)', None),
        (b'::::', None),
        (b'', None),
        (b'10.0.0.0/8', '10.0.0.0'),
        (b'0' * 5000, None),
    ],
)
def test_the_denial_of_the_firewall(address, client):
    error = registry_error(response(DENIED % address))
    assert (
        error.code == 'DENIED'
        and error.message.startswith("client with IP '")
        and error.client_ip == client
    )


@pytest.mark.parametrize(
    'body, expected',
    [
        (
            b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit '
            b'https://aka.ms/acr/authorization '
            b'for more information.","detail":null}]}\n',
            RegistryError(
                'UNAUTHORIZED',
                'authentication required, visit https://aka.ms/acr/authorization '
                'for more information.',
            ),
        ),
        (
            b'{"errors":[{"code":"DENIED","message":"requested access to the resource is '
            b'denied","detail":[]}]}',
            RegistryError('DENIED', 'requested access to the resource is denied'),
        ),
        (
            {'errors': [{'code': 'A', 'message': 'first'}, {'code': 'B', 'message': 'second'}]},
            RegistryError('A', 'first'),
        ),
        ({'errors': [{'code': 'A'}]}, RegistryError('A', '')),
        ({'errors': [{'code': 'A', 'message': None}]}, RegistryError('A', '')),
        ({'errors': [{'code': 'A', 'message': 7}]}, RegistryError('A', '7')),
        (
            {'errors': [{'code': 'A', 'message': {'x': 'client with IP 1.2.3.4'}}]},
            RegistryError('A', "{'x': 'client with IP 1.2.3.4'}", '1.2.3.4', True),
        ),
        ({'errors': [{'code': 7, 'message': 'x'}]}, None),
        ({'errors': [{'message': 'x'}]}, None),
        ({'errors': ['DENIED']}, None),
        ({'errors': [[]]}, None),
        ({'errors': []}, None),
        ({'errors': {}}, None),
        ({'errors': 'DENIED'}, None),
        ({'errors': None}, None),
        ({'error': {'code': 'A'}}, None),
        ([], None),
        ('DENIED', None),
        (b'', None),
        (b'null', None),
        (b'<html>403</html>', None),
        (b'[' * 100000, None),
        (
            b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationFailure</'
            b'Code></Error>',
            None,
        ),
        (b'Ref A: 0 Ref B: 1 Ref C: 2', None),
    ],
)
def test_errors(body, expected):
    assert registry_error(response(body)) == expected


def test_a_truncated_body_is_no_registry_error():
    assert registry_error(response(DENIED % b'10.0.0.1', complete=False)) is None


def test_repr_omits_the_body():
    assert 'refresh' not in repr(response(b'{"refresh_token": "x"}'))


SENT = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSIsIm5hbWUiOiJBbGljZSJ9.c2lnbmF0dXJlLW9mLWEta2luZA'


@pytest.mark.parametrize('secret', [SENT, 'an-opaque_token+of/some=kind~that,is.no.jwt'])
@pytest.mark.parametrize(
    'encode',
    [
        str,
        quote_plus,
        lambda text: ''.join(f'%{ord(character):02x}' for character in text),
        lambda text: text[:30],
        lambda text: quote_plus(quote_plus(text)),
        lambda text: ' '.join(text),
        lambda text: '\n'.join(wrap(text, 5)),
        lambda text: b64encode(text.encode()).decode(),
        lambda text: b64encode(f'a {text}'.encode()).decode(),
        lambda text: urlsafe_b64encode(f'ab {text}'.encode()).decode(),
        lambda text: text.encode().hex(' '),
        str.upper,
        lambda text: text[20:50],
    ],
)
def test_a_secret_is_redacted_in_every_encoding(secret, encode):
    encoded = encode(secret)
    escaped = ''.join(f'\\u{ord(character):04x}' for character in f'no: {encoded}').encode()
    body = b'{"errors":[{"code":"DENIED","message":"' + escaped + b'"}]}'
    for content in (
        body,
        body.decode().encode('utf-16'),
        f'no: {encoded}'.encode(),
        f'{"-" * 180}{encoded}'.encode(),
    ):
        redacted = response(content, headers=(('Server', encoded),)).without('another', secret)
        error = registry_error(redacted)
        for text in (redacted.header('Server'), redacted.text(), error.message if error else ''):
            assert not any(
                encoded[at : at + 40] in text for at in range(max(1, len(encoded) - 40))
            ), text
    assert (
        response(b'nothing to see here, 0123456789').without(secret).text()
        == 'nothing to see here, 0123456789'
    )


def test_a_message_that_is_nested_too_deeply():
    for depth in range(100, 1000, 10):
        error = registry_error(
            response(b'{"errors":[{"code":"A","message":' + b'[' * depth + b']' * depth + b'}]}')
        )
        assert error is None or isinstance(error.message, str)


@pytest.mark.parametrize(
    'detail, text',
    [
        (b'{"Name": "team/app"}', '{"Name": "team/app"}'),
        (b'[]', ''),
        (b'null', ''),
        (b'"no"', '"no"'),
        (b'"the s3cret-token"', '"the [redacted]"'),
    ],
)
def test_the_detail_of_an_error(detail, text):
    body = b'{"errors":[{"code":"A","message":"b","detail":' + detail + b'}]}'
    assert registry_error(response(body).without('s3cret-token')).detail == text


@pytest.mark.parametrize(
    'status, text',
    [(405, '405 Method Not Allowed'), (424, '424 Failed Dependency'), (499, '499'), (999, '999')],
)
def test_the_name_of_a_status(status, text):
    assert Response(status).status_text == text


KEYS = st.text() | st.sampled_from(['errors', 'code', 'message'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
ERRORS = JSON | st.text().map(lambda text: {'code': 'DENIED', 'message': f'client with IP {text}'})


CONTENTS = JSON | ERRORS.map(lambda error: {'errors': [error]})


@given(st.binary() | CONTENTS.map(lambda value: json.dumps(value).encode()))
def test_any_body(body):
    error = registry_error(response(body))
    assert error is None or isinstance(error.code, str) and isinstance(error.message, str)
    assert isinstance(response(body).text(), str)


@pytest.mark.parametrize(
    'text',
    [
        'x' * 4_000_000,
        '%25' * 1_300_000,
        'eyJ0eXAiOiJKV1Qi!' * 230_000,
        'too many requests ' * 200_000,
    ],
)
def test_an_error_of_four_mebibytes_is_read_at_once(text: str) -> None:
    """The bound of a manifest holds for an error in its place, which many callers read."""
    body = json.dumps({'errors': [{'code': text, 'message': text, 'detail': text}]}).encode()
    response = Response(403, (), body).without('eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9' * 40)
    started = time.process_time()
    error = registry_error(response)
    assert error and max(map(len, (error.code, error.message, error.detail))) <= LOOK_AHEAD
    assert time.process_time() - started < 2
