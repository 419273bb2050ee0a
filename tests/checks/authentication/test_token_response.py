# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rows that both endpoints of the registry's token service have in common."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.checks.authentication.token_response import (
    Times,
    out_of_date,
    times_of,
    token_failure,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.fake_probes import (
    ACCOUNT,
    DENIED,
    DENIED_ADDRESS,
    HOST,
    REGISTRY_ID,
    TOO_MANY,
    UNAUTHORIZED,
    FakeConnection,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row

FORBIDDEN, THROTTLED = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'
AT = LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID})


def ruled(*allowed: str, public: str = 'Enabled') -> dict[str, Any]:
    """Return a registry's resource with rules for these addresses."""
    rules = [{'action': 'Allow', 'value': value} for value in allowed]
    return {
        'id': REGISTRY_ID,
        'properties': {
            'publicNetworkAccess': public,
            'networkRuleSet': {'defaultAction': 'Deny', 'ipRules': rules},
        },
    }


NO_INBOUND_ACCESS = replace(AT, resource=ruled(public='Disabled'))
COVERED = replace(AT, resource=ruled('203.0.113.0/24'))
ENDPOINT = {'properties': {'privateLinkServiceConnectionState': {'status': 'Approved'}}}
ENDPOINTED = replace(
    AT,
    resource={
        **ruled('198.51.100.0/24'),
        'properties': {
            **ruled('198.51.100.0/24')['properties'],
            'privateEndpointConnections': [ENDPOINT],
        },
    },
)
PRIVATE = replace(AT, connection=FakeConnection().resolving('10.1.2.3'))


def silent(kind: str) -> Response:
    return response(failure=Failure(kind, 'it said so'))


def denials(row: Any) -> tuple[Row, ...]:
    """Return the rows that every endpoint of the registry has in common: its firewall, and throttling."""
    return (
        row(
            'something that is no address is denied',
            'Failed',
            f'{FORBIDDEN} AccessDenied',
            response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'203.0.113.7:1')),
            detail='203.0.113.7:1',
        ),
        row(
            'an address is denied',
            'Failed',
            f'{FORBIDDEN} ClientIpNotAllowed',
            response(403, DENIED_ADDRESS),
            facts={'clientIp': '203.0.113.7'},
            solution='--ip-address 203.0.113.7',
        ),
        row(
            'public access is off',
            'Failed',
            f'{FORBIDDEN} PublicAccessDisabled',
            response(403, DENIED_ADDRESS),
            at=NO_INBOUND_ACCESS,
            facts={'clientIp': '203.0.113.7'},
            detail='public access is off',
            solution='private endpoint',
        ),
        row(
            'a rule lets it in',
            'Failed',
            f'{FORBIDDEN} RuleNotYetEffective',
            response(403, DENIED_ADDRESS),
            at=COVERED,
            facts={'matchingRule': '203.0.113.0/24', 'ipRules': 1, 'defaultAction': 'Deny'},
            solution='Wait',
        ),
        row(
            'everybody is let in',
            'Failed',
            f'{FORBIDDEN} RuleNotYetEffective',
            response(403, DENIED_ADDRESS),
            at=replace(
                AT,
                resource={
                    'id': REGISTRY_ID,
                    'properties': {'networkRuleSet': {'defaultAction': 'Allow'}},
                },
            ),
            detail='though its default action is Allow',
        ),
        row(
            'it left by another path',
            'Failed',
            f'{FORBIDDEN} RoutedOutsidePrivateLink',
            response(403, DENIED_ADDRESS),
            at=PRIVATE,
            facts={'resolved': ['10.1.2.3'], 'clientIp': '203.0.113.7'},
            solution=f',{HOST}"',
        ),
        row(
            'the private endpoint is not used',
            'Failed',
            f'{FORBIDDEN} PrivateEndpointNotUsed',
            response(403, DENIED_ADDRESS),
            at=ENDPOINTED,
            facts={'privateEndpoints': 1, 'clientIp': '203.0.113.7'},
            detail=f'its private endpoint is not used, as {HOST} is 203.0.113.10 here',
            solution='`privatelink.azurecr.io` to that network',
        ),
        row(
            'a private address',
            'Failed',
            f'{FORBIDDEN} PrivateClientIp',
            response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'10.9.8.7')),
            solution='service endpoint',
        ),
        row(
            'throttled',
            'Failed',
            f'{THROTTLED} TooManyRequests',
            response(429, TOO_MANY, Retry_After='9'),
            facts={'retryAfter': '9', 'writtenBy': 'registry'},
            detail='try again in 9 s: slow down',
        ),
        row(
            'throttled on the way',
            'Failed',
            f'{THROTTLED} ThrottledByFrontDoor',
            response(429, b'Ref A: 1 Ref B: 2'),
            facts={'retryAfter': None, 'writtenBy': 'front door'},
            detail='before the registry turns requests away (429): Ref A: 1 Ref B: 2',
        ),
    )


def refused(row: Any, code: str) -> tuple[Row, ...]:
    """Return the rows that both endpoints have in common."""
    return (
        row(
            'unauthorized',
            'Failed',
            f'{code} Unauthorized',
            response(401, UNAUTHORIZED),
            detail='this account is not accepted (401): authentication required',
            facts={'status': 401, 'correlationId': 'c0ffee'},
            solution='az role assignment create',
        ),
        row('denied, without an address', 'Failed', f'{code} Unauthorized', response(403, DENIED)),
        *denials(row),
        row(
            'denied by a proxy',
            'Failed',
            f'{code} BlockedByIntermediary',
            response(403, b'blocked', Server='squid'),
            detail='403 from squid: blocked',
            solution=f'https://{HOST}/oauth2/',
        ),
        *(
            row(
                f'status {status}',
                'Failed',
                f'{code} ServerError',
                response(status, x_ms_correlation_request_id=ACCOUNT),
                unfilled=[],
            )
            for status in (500, 503)
        ),
        *(
            row(f'status {status}', 'Failed', f'{code} UnexpectedStatus', response(status))
            for status in (201, 302, 400, 404)
        ),
        row(
            'no token',
            'Failed',
            f'{code} UnreadableResponse',
            response(200),
            detail='holds no token',
        ),
        row('not HTTP', 'Failed', f'{code} UnreadableResponse', silent('NotHttp')),
        row('late', 'Failed', f'{code} ResponseTimeout', silent('Timeout'), detail='it said so'),
        *(
            row(f'connection lost: {kind}', 'Failed', f'{code} ResponseIncomplete', silent(kind))
            for kind in ('Cut', 'Refused', 'Unreachable', 'Expired')
        ),
        row(
            'reset',
            'Failed',
            f'{code} ResponseReset',
            silent('Reset'),
            solution=f'https://{HOST}/oauth2/',
        ),
    )


WORDS = {
    'Cut': problems.TOKEN_CUT,
    'server': problems.TOKEN_SERVER_ERROR,
    'status': problems.TOKEN_STATUS,
    'refused': problems.TOKEN_REFUSED,
    'foreign': problems.TOKEN_BLOCKED_BY_INTERMEDIARY,
}


def test_a_token_is_no_refusal() -> None:
    assert token_failure(token_response('token'), WORDS, AT, {}, {}) is None


@pytest.mark.parametrize(
    'number, fill_placeholders',
    [(ACCOUNT, {'correlation_id': ACCOUNT, 'at': '2026-01-02T03:04:05Z'}), ('`rm -rf ~`', {})],
)
def test_only_a_correlation_id_enters_a_solution(
    number: str, fill_placeholders: dict[str, str]
) -> None:
    given = replace(response(503), headers=(('x-ms-correlation-request-id', number),))
    outcome = token_failure(token_response(None, given), WORDS, AT, {'host': 'h'}, {'scope': 's'})
    assert outcome and outcome.problem is problems.TOKEN_SERVER_ERROR
    assert (
        outcome.placeholders == {'host': 'h', **fill_placeholders} and outcome.facts['scope'] == 's'
    )


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    'claims, words',
    [
        ({'nbf': SECONDS - 900, 'exp': SECONDS + 900}, None),
        ({'exp': SECONDS - 30}, None),
        ({'nbf': SECONDS + 30}, None),
        ({'exp': SECONDS - 90}, 'it ran out 90 s ago'),
        ({'nbf': SECONDS + 90}, 'it is valid only in 90 s, by'),
        ({'exp': 0}, 'it ran out'),
        ({'nbf': 253402300799}, 'it is valid only in'),
        ({}, None),
    ],
)
def test_the_times_of_a_token(claims: dict[str, Any], words: str | None) -> None:
    found = out_of_date(signed(**claims), NOW)
    assert (found is None) == (words is None) and (words or '') in (found or '')


@pytest.mark.parametrize(
    'odd',
    [
        -1,
        -1e308,
        1e300,
        10**400,
        float('nan'),
        float('inf'),
        True,
        None,
        '1767323045',
        'soon',
        [1],
        {},
    ],
    ids=repr,
)
@pytest.mark.parametrize('name', ['exp', 'nbf', 'EXP'])
def test_what_is_no_time_is_told_and_nothing_claimed_of_it(name: str, odd: Any) -> None:
    token = (
        'e30.'
        + base64.urlsafe_b64encode(json.dumps({name: odd}).encode()).decode().strip('=')
        + '.'
    )
    assert times_of(token) == Times(unreadable=(name.lower(),)) and out_of_date(token, NOW) is None
    assert (
        times_of(token).facts == {'unreadableTimes': [name.lower()]}
        and times_of('opaque').facts == {}
    )


@pytest.mark.parametrize('token', [None, '', 'opaque', 'a.b.c'])
def test_a_token_that_does_not_tell_its_times(token: str | None) -> None:
    assert out_of_date(token, NOW) is None


def test_a_second_try_is_told() -> None:
    given = replace(response(503), earlier=response(429))
    outcome = token_failure(token_response(None, given), WORDS, AT, {}, {})
    assert outcome and '(503) (at the second try; the first: 429): ' in outcome.detail
    assert outcome.facts['firstTry']['status'] == 429
