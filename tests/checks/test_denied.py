# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is judged alike at every endpoint of the registry."""

from __future__ import annotations

import pytest

from azext_acrhealth.catalogue.tokens import TOKEN_DENIED_ON_THE_WAY, TOKEN_REFUSED
from azext_acrhealth.checks.denied import facts_of, refusal, said
from tests.checks.fake_world import DENIED, DENIED_ADDRESS, UNAUTHORIZED, answer

NOT_AN_ADDRESS = b"""{"errors":[{"code":"DENIED","message":"client with IP '999.1.1.1' is not allowed access."}]}"""
ENDS = (
    # status, body, reason, client ip
    (429, b'', 'TooManyRequests', None),
    (429, DENIED_ADDRESS, 'TooManyRequests', None),
    (403, DENIED_ADDRESS, 'ClientIpNotAllowed', '203.0.113.7'),
    (403, DENIED_ADDRESS.replace(b'203.0.113.7', b'2001:db8::7'), 'ClientIpNotAllowed', '2001:db8::7'),
    (403, NOT_AN_ADDRESS, 'AccessDenied', None),
    (403, DENIED, 'Unauthorized', None),
    (403, b'{"errors":[{"code":"DENIED"}]}', 'Unauthorized', None),
    (403, b'{"errors":[]}', 'DeniedOnTheWay', None),
    (403, b'{"errors":[{"message":"no code"}]}', 'DeniedOnTheWay', None),
    (403, b'{"errors":"DENIED"}', 'DeniedOnTheWay', None),
    (403, b'["DENIED"]', 'DeniedOnTheWay', None),
    (403, b'<html>', 'DeniedOnTheWay', None),
    (403, b'', 'DeniedOnTheWay', None),
)


@pytest.mark.parametrize('status, body, reason, client_ip', ENDS)
def test_refusal(status: int, body: bytes, reason: str, client_ip: str | None) -> None:
    outcome = refusal(answer(status, body), own=TOKEN_REFUSED, foreign=TOKEN_DENIED_ON_THE_WAY, fill={'host': 'h'})
    assert outcome and outcome.problem
    assert outcome.problem.reason == reason
    assert outcome.facts.get('clientIp') == client_ip
    assert outcome.fill == {'host': 'h', **({'client_ip': client_ip} if client_ip else {})}
    assert outcome.facts['status'] == status


@pytest.mark.parametrize('status', [200, 401, 404, 500, None])
def test_other_statuses_are_no_refusal(status: int | None) -> None:
    assert refusal(answer(status, DENIED), own=TOKEN_REFUSED, foreign=TOKEN_DENIED_ON_THE_WAY, fill={}) is None


@pytest.mark.parametrize('body, text', [
    (UNAUTHORIZED, 'authentication required'),
    (b'{"errors":[{"code":"DENIED"}]}', 'DENIED'),
    (b' plain text ', 'plain text'),
    (b'<html>', ''),
    (b'', ''),
])
def test_said(body: bytes, text: str) -> None:
    assert said(answer(403, body)) == text


def test_facts_of() -> None:
    assert facts_of(answer(503, Server='nginx')) == {
        'at': '2026-01-02T03:04:05Z', 'status': 503, 'server': 'nginx', 'correlationId': 'c0ffee', 'elapsedMs': 250}
