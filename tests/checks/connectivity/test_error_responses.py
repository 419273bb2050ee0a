# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of error responses that every endpoint of the registry shares."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.checks.connectivity.error_responses import (
    Endpoint,
    error_message,
    facts_of,
    is_not_found,
    is_unauthorized,
    judge_error,
    redact_queries,
    retry_note,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome
from tests.checks.fake_probes import (
    DENIED,
    DENIED_ADDRESS,
    HOST,
    UNAUTHORIZED,
    FakeConnection,
    response,
)

LOGIN_SERVER = LoginServer(HOST, FakeConnection(), True)

NOT_AN_ADDRESS = (
    b'{"errors":[{"code":"DENIED",'
    b'"message":"client with IP \'999.1.1.1\' is not allowed access."}]}'
)
REFUSALS = (
    # status, body, reason, client ip
    (429, b'', 'ThrottledByFrontDoor', None),
    (429, DENIED_ADDRESS, 'ClientIpNotAllowed', '203.0.113.7'),
    (429, DENIED.replace(b'DENIED', b'BREW_FAILED'), 'TooManyRequests', None),
    (403, DENIED_ADDRESS, 'ClientIpNotAllowed', '203.0.113.7'),
    (
        403,
        DENIED_ADDRESS.replace(b'203.0.113.7', b'2001:db8::7'),
        'ClientIpNotAllowed',
        '2001:db8::7',
    ),
    (403, NOT_AN_ADDRESS, 'AccessDenied', None),
    (403, DENIED, 'Unauthorized', None),
    (403, b'{"errors":[{"code":"DENIED"}]}', 'Unauthorized', None),
    (403, b'{"errors":[]}', 'BlockedByIntermediary', None),
    (403, b'{"errors":[{"message":"no code"}]}', 'BlockedByIntermediary', None),
    (403, b'{"errors":"DENIED"}', 'BlockedByIntermediary', None),
    (403, b'["DENIED"]', 'BlockedByIntermediary', None),
    (403, b'<html>', 'BlockedByIntermediary', None),
    (403, b'', 'BlockedByIntermediary', None),
)


ENDPOINT = Endpoint(
    {
        'unauthorized': problems.NO_PERMISSIONS,
        'denied': problems.TOKEN_REFUSED,
        'foreign': problems.TOKEN_BLOCKED_BY_INTERMEDIARY,
        'unknown': problems.TOKEN_UNKNOWN_CODE,
        'large': problems.TOKEN_TOO_LARGE,
    },
    {'unauthorized': 'the account is rejected'},
    ' for a token',
)


def judge(status: int | None, body: bytes, **headers: str) -> Outcome | None:
    return judge_error(response(status, body, **headers), ENDPOINT, LOGIN_SERVER, {'host': 'h'})


def error(code: str, message: str, **more: Any) -> bytes:
    return json.dumps({'errors': [{'code': code, 'message': message, **more}]}).encode()


@pytest.mark.parametrize('status, body, reason, client_ip', REFUSALS)
def test_denials(status: int, body: bytes, reason: str, client_ip: str | None) -> None:
    outcome = judge(status, body)
    assert outcome and outcome.problem
    assert outcome.problem.reason == reason
    assert outcome.facts.get('clientIp') == client_ip
    assert outcome.placeholders == {'host': 'h', **({'client_ip': client_ip} if client_ip else {})}
    assert outcome.facts['status'] == status


@pytest.mark.parametrize('status', [200, 307, None])
def test_a_response_that_is_no_error(status: int | None) -> None:
    assert judge(status, DENIED) is None


@pytest.mark.parametrize('status', [404, 405, 500, 502])
def test_only_the_status_explains_a_page(status: int) -> None:
    assert judge(status, b'<html><title>Oops</title></html>') is None


@pytest.mark.parametrize('status', [400, 401, 403, 404, 409, 418, 424, 451, 499])
def test_the_code_decides_before_the_status(status: int) -> None:
    outcome = judge(status, error('UNAUTHORIZED', 'authentication required'))
    assert outcome and outcome.problem is problems.NO_PERMISSIONS
    assert outcome.detail == f'the account is rejected ({status}): authentication required'
    outcome = judge(status, error('DENIED', 'not you'))
    assert outcome and outcome.problem is problems.TOKEN_REFUSED
    assert outcome.detail == f'not you ({status}) for a token'
    outcome = judge(status, error('TOOMANYREQUESTS', 'slow down'))
    assert outcome and outcome.problem and outcome.problem.reason == 'TooManyRequests'


@pytest.mark.parametrize(
    'status, meaning',
    [
        (400, '400 Bad Request'),
        (401, '401 Unauthorized'),
        (403, '403 Forbidden'),
        (404, '404 Not Found'),
        (409, '409 Conflict'),
        (451, '451 Unavailable For Legal Reasons'),
        (499, '499'),
    ],
)
def test_an_unknown_code_is_shown_as_it_is(status: int, meaning: str) -> None:
    outcome = judge(status, error('BREW_FAILED', 'I am a teapot', detail={'spout': 'short'}))
    assert outcome and outcome.problem is problems.TOKEN_UNKNOWN_CODE
    assert outcome.detail == f'BREW_FAILED: I am a teapot ({meaning}) for a token'
    assert outcome.facts['errorCode'] == 'BREW_FAILED'
    assert outcome.facts['errorDetail'] == '{"spout": "short"}'
    texts = ' '.join((outcome.problem.cause, *outcome.problem.solutions)).lower()
    assert not [word for word in ('proxy', 'network', 'firewall') if word in texts]


def test_an_unknown_code_is_bounded_and_holds_no_secret() -> None:
    body = error('X' * 5000, 's3cret-token of /in?session=abc ' + 'y' * 5000, detail='s3cret-token')
    answer = response(400, body).without('s3cret-token')
    outcome = judge_error(answer, ENDPOINT, LOGIN_SERVER, {})
    assert outcome and len(outcome.detail) < 500
    shown = f'{outcome.detail} {outcome.facts}'
    assert 's3cret' not in shown and 'session=abc' not in shown and '[redacted]' in shown


@pytest.mark.parametrize('code', ['BREW_FAILED', 'MANIFEST_UNKNOWN', 'NAME_INVALID'])
def test_a_code_without_a_problem_at_this_endpoint_is_shown_as_it_is(code: str) -> None:
    outcome = judge(404, error(code, 'so it is'))
    assert outcome and outcome.problem is problems.TOKEN_UNKNOWN_CODE
    assert outcome.detail.startswith(f'{code}: so it is (404 Not Found)')


@pytest.mark.parametrize('status', [500, 503, 599])
def test_a_server_error_is_left_to_the_endpoint_with_its_code(status: int) -> None:
    body = error('BREW_FAILED', 'I am a teapot')
    assert judge(status, body) is None
    assert error_message(response(status, body)) == 'BREW_FAILED: I am a teapot'


@pytest.mark.parametrize(
    'status, body, detail',
    [
        (413, b'<html><title>413 Request Entity Too Large</title>', '413 from nginx: 413 Request'),
        (413, b'', '413 from nginx: no error message'),
        (414, b'<title>414 Request-URI Too Large</title>', '414 from nginx: 414'),
        (431, b'', '431 from nginx'),
        (400, b'<title>400 Request Header Or Cookie Too Large</title>', '400 from nginx: 400'),
        (413, error('UNKNOWN', 'body'), 'UNKNOWN: body (413 Request Entity Too Large)'),
        (
            416,
            error('REQUESTED_RANGE_NOT_SATISFIABLE', 'the request body is too large'),
            'the request body is too large (416)',
        ),
    ],
)
def test_a_request_that_is_too_large(status: int, body: bytes, detail: str) -> None:
    outcome = judge(status, body, Server='nginx')
    assert outcome and outcome.problem is problems.TOKEN_TOO_LARGE
    assert outcome.detail.startswith(detail) and outcome.detail.endswith(' for a token')


@pytest.mark.parametrize(
    'status, body, missing',
    [
        (404, b'', True),
        (404, b'<html>', True),
        (404, error('BREW_FAILED', ''), True),
        (404, error('NAME_UNKNOWN', ''), True),
        (404, error('DENIED', ''), False),
        (404, error('UNKNOWN', 'Access to Key Encryption Key is forbidden'), False),
        (404, error('REGISTRY_DISALLOWED_OPERATION', ''), False),
        (400, error('MANIFEST_UNKNOWN', ''), True),
        (400, error('NAME_INVALID', ''), False),
        (400, error('BREW_FAILED', ''), False),
        (200, b'{}', False),
    ],
)
def test_a_404_means_missing_only_by_its_code(status: int, body: bytes, missing: bool) -> None:
    assert is_not_found(response(status, body)) is missing


@pytest.mark.parametrize(
    'body, unauthorized',
    [(UNAUTHORIZED, True), (b'', True), (error('BREW_FAILED', ''), False), (DENIED, False)],
)
def test_a_401_means_permissions_only_by_its_code(body: bytes, unauthorized: bool) -> None:
    assert is_unauthorized(response(401, body)) is unauthorized
    assert not is_unauthorized(response(403, body))


@pytest.mark.parametrize(
    'body, text',
    [
        (UNAUTHORIZED, 'authentication required'),
        (b'{"errors":[{"code":"DENIED"}]}', 'DENIED'),
        (b' plain text ', 'plain text'),
        (b'<html>', ''),
        (b'', ''),
    ],
)
def test_said(body: bytes, text: str) -> None:
    assert error_message(response(403, body)) == text


@pytest.mark.parametrize(
    'text, redacted',
    [
        (
            'go to https://portal.test/login?token=abc&x=y now',
            'go to https://portal.test/login?… now',
        ),
        ('<a href="/in?session=abc">', '<a href="/in?…">'),
        ("url='/in#access_token=abc'", "url='/in#…'"),
        ('https://portal.test/?abc', 'https://portal.test/?…'),
        ('What? That = this # not', 'What? That = this # not'),
        ('/a?b?c=d', '/a?…'),
        ('colour #fff', 'colour #fff'),
        ('/a?', '/a?'),
        ('', ''),
    ],
)
def test_queries_are_removed(text: str, redacted: str) -> None:
    assert redact_queries(text) == redacted and error_message(response(403, text.encode())) == (
        '' if text[:1] == '<' else redacted
    )


def test_facts_of() -> None:
    assert facts_of(response(503, Server='nginx')) == {
        'at': '2026-01-02T03:04:05Z',
        'status': 503,
        'server': 'nginx',
        'correlationId': 'c0ffee',
        'elapsedMs': 250,
    }


def test_facts_of_a_retry() -> None:
    retried = replace(
        response(200, x_ms_ratelimit_remaining_calls_per_second='166.3'), earlier=response(503)
    )
    facts = facts_of(retried)
    assert facts['remainingCallsPerSecond'] == '166.3' and facts['firstTry']['status'] == 503
    assert (
        retry_note(retried) == ' (second attempt; the first returned 503)'
        and retry_note(response(200)) == ''
    )


@pytest.mark.parametrize(
    'body, headers, detail, facts',
    [
        (
            b'<html><head><TITLE lang="x">\n Access Denied </title>',
            {'Server': 'CorpProxy/2.1'},
            '403 from CorpProxy/2.1: Access Denied',
            {'pageTitle': 'Access Denied'},
        ),
        (
            b'',
            {'Via': '1.1 squid7'},
            '403 from 1.1 squid7: no error message',
            {'Via': '1.1 squid7'},
        ),
        (
            b'',
            {'X_Squid_Error': 'ERR_ACCESS_DENIED 0'},
            'an unnamed server',
            {'X-Squid-Error': 'ERR_ACCESS_DENIED 0'},
        ),
        (b'<html>', {}, 'no error message', {'pageTitle': None}),
    ],
)
def test_the_writer_of_a_denial(
    body: bytes, headers: dict[str, str], detail: str, facts: dict[str, str]
) -> None:
    outcome = judge(403, body, **headers)
    assert outcome and detail in outcome.detail
    assert {name: outcome.facts[name] for name in facts} == facts
