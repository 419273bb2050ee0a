# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of error responses that every endpoint of the registry shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_acrhealth.catalogue.authentication.access_token import (
    TOKEN_BLOCKED_BY_INTERMEDIARY,
    TOKEN_REFUSED,
)
from azext_acrhealth.checks.connectivity.error_responses import (
    error_message,
    facts_of,
    redact_queries,
    refusal,
    retry_note,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
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
    (429, DENIED_ADDRESS, 'TooManyRequests', None),
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


@pytest.mark.parametrize('status, body, reason, client_ip', REFUSALS)
def test_refusal(status: int, body: bytes, reason: str, client_ip: str | None) -> None:
    outcome = refusal(
        response(status, body),
        own=TOKEN_REFUSED,
        foreign=TOKEN_BLOCKED_BY_INTERMEDIARY,
        placeholders={'host': 'h'},
        login=LOGIN_SERVER,
    )
    assert outcome and outcome.problem
    assert outcome.problem.reason == reason
    assert outcome.facts.get('clientIp') == client_ip
    assert outcome.placeholders == {'host': 'h', **({'client_ip': client_ip} if client_ip else {})}
    assert outcome.facts['status'] == status


@pytest.mark.parametrize('status', [200, 401, 404, 500, None])
def test_other_statuses_are_not_refusals(status: int | None) -> None:
    assert (
        refusal(
            response(status, DENIED),
            own=TOKEN_REFUSED,
            foreign=TOKEN_BLOCKED_BY_INTERMEDIARY,
            placeholders={},
            login=LOGIN_SERVER,
        )
        is None
    )


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
    outcome = refusal(
        response(403, body, **headers),
        own=TOKEN_REFUSED,
        foreign=TOKEN_BLOCKED_BY_INTERMEDIARY,
        placeholders={},
        login=LOGIN_SERVER,
    )
    assert outcome and detail in outcome.detail
    assert {name: outcome.facts[name] for name in facts} == facts


def test_the_nearest_rule() -> None:
    rules = {'defaultAction': 'Deny', 'ipRules': [{'action': 'Allow', 'value': '203.0.113.8/29'}]}
    login = replace(
        LOGIN_SERVER,
        resource={'properties': {'publicNetworkAccess': 'Enabled', 'networkRuleSet': rules}},
    )
    outcome = refusal(
        response(403, DENIED_ADDRESS),
        own=TOKEN_REFUSED,
        foreign=TOKEN_BLOCKED_BY_INTERMEDIARY,
        placeholders={},
        login=login,
    )
    assert outcome and outcome.detail.endswith('; the nearest rule is 203.0.113.8/29')
    assert (
        outcome.facts['nearestRule'] == '203.0.113.8/29'
        and outcome.facts['defaultAction'] == 'Deny'
    )
    assert outcome.problem and outcome.problem.reason == 'ClientIpNotAllowed'
