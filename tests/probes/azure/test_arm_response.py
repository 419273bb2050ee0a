# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whose answer it is, and what it amounts to."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from knack.util import CLIError

from azext_acrhealth.probes.azure.arm_response import (
    ArmError,
    content,
    failure_of,
    support_facts,
)
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response

OWN = json.dumps(
    {'error': {'code': 'AuthorizationFailed', 'message': 'No right.\nCode: x'}}
).encode()
REGISTRY = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'
PAGE = b'<html><head><title>Access Denied</title></head><body>no</body></html>'
URL = 'https://arm.example/a'
TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'


def judged(status, body=b'', **headers):
    named = tuple((name.replace('_', '-'), text) for name, text in headers.items())
    return failure_of(ArmError(), Response(status, named, body))


@pytest.mark.parametrize(
    'status, kind',
    [
        (400, 'Unavailable'),
        (401, 'NotLoggedIn'),
        (403, 'Forbidden'),
        (404, 'NotFound'),
        (409, 'Unavailable'),
        (500, 'Unavailable'),
        (503, 'Unavailable'),
    ],
)
def test_what_it_wrote_itself(status, kind):
    failure = judged(status, OWN, Retry_After='9')
    assert (failure.kind, failure.text) == (
        kind,
        '(AuthorizationFailed) No right., retry after 9 s',
    )


@pytest.mark.parametrize('status', [401, 403, 404])
@pytest.mark.parametrize(
    'body',
    [
        b'',
        PAGE,
        REGISTRY,
        b'null',
        b'[]',
        b'{"error":"no"}',
        b'{"error":{"code":7}}',
        b'{"error":{"message":"x"}}',
        b'{"a":' * 9999,
        b'\xff',
        OWN[:-1],
    ],
)
def test_what_it_did_not_write_tells_nothing_of_a_login_or_a_resource(status, body):
    failure = judged(status, body)
    assert failure.kind == 'Unavailable'
    assert failure.text.startswith(f'an intermediary returned {status}')


@pytest.mark.parametrize(
    'status, body, headers, text',
    [
        (
            403,
            PAGE,
            {'Server': 'CorpProxy/2.1'},
            'an intermediary returned 403 (CorpProxy/2.1: Access Denied)',
        ),
        (
            403,
            b'',
            {'Via': '1.1 squid'},
            'an intermediary returned 403 (1.1 squid)',
        ),
        (502, PAGE, {}, 'Azure Resource Manager returned 502 (Access Denied)'),
        (302, b'', {'Retry_After': 'soon'}, 'Azure Resource Manager returned 302'),
        (
            429,
            OWN,
            {'Retry_After': '7'},
            'Azure Resource Manager throttles requests (429), retry after 7 s: '
            '(AuthorizationFailed) No right.',
        ),
        (
            429,
            b'Ref A: 1',
            {},
            'an intermediary throttles requests (429)',
        ),
    ],
)
def test_who_wrote_it_and_when_to_come_back(status, body, headers, text):
    assert judged(status, body, **headers).text == text


def lost(kind, text, **fields):
    return Response(None, failure=Failure(kind, text), **fields)


@pytest.mark.parametrize(
    'error, response, text',
    [
        (ValueError('x'), Response(200), 'Azure Resource Manager returned an unreadable response'),
        (KeyError('x'), Response(204), 'Azure Resource Manager returned an unreadable response'),
        (
            ArmError(),
            Response(200, body=b' ' * 2**18, complete=False),
            'Azure Resource Manager: the response exceeded 0.25 MiB',
        ),
        (CLIError('no cloud\nat all'), None, 'no cloud'),
        (ArmError(), lost('Reset', 'no'), "Azure Resource Manager isn't reachable: no"),
        (
            ArmError(),
            lost('Timeout', 'no', at='now', seconds=0.1),
            'Azure Resource Manager timed out after 10 s',
        ),
        (
            ArmError(),
            lost('InvalidProxy', 'the port is invalid'),
            'the proxy setting is invalid: the port is invalid',
        ),
        (ArmError(), lost('Timeout', 'no'), "Azure Resource Manager isn't reachable: no"),
        (TypeError('odd'), None, "Azure Resource Manager isn't reachable: odd"),
    ],
)
def test_what_is_no_answer(error, response, text):
    failure = failure_of(error, response, 9.7)
    assert (failure.kind, failure.text) == ('Unavailable', text)


@pytest.mark.parametrize(
    'spell',
    [
        str,
        str.upper,
        lambda token: token.encode().hex(),
        lambda token: base64.b64encode(token.encode()).decode(),
        lambda token: token[:40],
        ' '.join,
    ],
    ids=['as it is', 'capitals', 'hex', 'base64', 'half', 'spaced'],
)
def test_a_token_that_it_repeats(spell):
    body = json.dumps({'error': {'code': 'X', 'message': f'refused: {spell(TOKEN)}'}}).encode()
    headers = (('x-ms-correlation-request-id', spell(TOKEN)),)
    response = Response(403, headers, body).without(TOKEN)
    told = repr((failure_of(ArmError(), response), support_facts(response)))
    assert '[redacted]' in told and spell(TOKEN)[:20] not in told and TOKEN[:20] not in told


def test_support():
    headers = (('Date', 'Thu'), ('X-Ms-Correlation-Request-Id', 'c'))
    seen = support_facts(Response(403, headers, OWN))
    assert (seen['status'], seen['date'], seen['correlation_id']) == (403, 'Thu', 'c') and seen[
        'at'
    ].endswith('Z')
    assert support_facts(None)['status'] is None


@pytest.mark.parametrize(
    'body',
    [
        b'[]',
        b'null',
        b'{}',
        b'{"value":7}',
        b'{"value":[],"nextLink":"https://other/"}',
        b'{"value":[],"a":"' + b'{' * 100_001 + b'"}',
    ],
)
def test_content_of_another_shape(body):
    with pytest.raises(ValueError):
        content(Response(200, body=body), URL, 'value')


def test_content_with_a_next_page():
    page = Response(200, body=b'{"value":[],"nextLink":"/b"}')
    assert content(page, URL, 'value')['nextLink'] == '/b'


@pytest.mark.parametrize(
    'response',
    [Response(403, body=OWN), Response(200, body=OWN, complete=False), lost('Cut', 'no')],
    ids=['refusal', 'too long', 'lost'],
)
def test_no_content(response):
    with pytest.raises(ArmError):
        content(response, URL, 'value')


@given(
    st.integers(300, 599),
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.text(max_size=9) | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(['error', 'code', 'message']), inner)
        ),
        max_leaves=9,
    ).map(lambda it: json.dumps(it).encode()),
)
def test_any_refusal_is_one_line(status, body):
    failure = failure_of(ArmError(), Response(status, (), body))
    assert (
        failure.kind in ('NotLoggedIn', 'Forbidden', 'NotFound', 'Unavailable')
        and '\n' not in failure.text
    )
