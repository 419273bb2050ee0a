# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `challenge` check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import (
    error_of,
    key_rows,
    own_code_rows,
    upstream_rows,
)
from tests.checks.fake_probes import (
    ACCOUNT,
    BEARER,
    DENIED,
    DENIED_ADDRESS,
    HOST,
    TOO_MANY,
    FakeConnection,
    response,
)
from tests.checks.table import Row, run, shown, verify

CODE, LOGIN = 'CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_AAD_LOGIN_ERROR'
FORBIDDEN, THROTTLED = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'


def challenge_row(
    name: str,
    status: str,
    problem: str,
    first: Response,
    host: str = HOST,
    resource: Any = None,
    **more: Any,
) -> Row:
    connection = more.pop('connection', None) or FakeConnection(host, first=first)
    return Row(
        name,
        challenge,
        status,
        problem,
        needs=(LoginServer(host, connection, True, resource), connection),
        **more,
    )


def shared_row(
    name: str,
    status: str,
    problem: str,
    first: Response,
    at: LoginServer | None = None,
    **more: Any,
) -> Row:
    """Return a row of an error that every endpoint shares."""
    return challenge_row(name, status, problem, first, resource=at.resource if at else None, **more)


def unauthorized_row(name: str, status: str, problem: str, *challenges: str, **more: Any) -> Row:
    """Return a row for a 401 response with these WWW-Authenticate headers."""
    return challenge_row(name, status, problem, response(401, b'', *challenges), **more)


def bearer_challenge(realm: str, service: str = HOST) -> str:
    return f'Bearer realm="{realm}",service="{service}"'


def failed_response(kind: str) -> Response:
    return response(failure=Failure(kind, 'it said so'))


TABLE = (
    unauthorized_row(
        'a Bearer challenge',
        'Passed',
        '',
        BEARER,
        detail=HOST,
        facts={
            'status': 401,
            'correlationId': 'c0ffee',
            'at': '2026-01-02T03:04:05Z',
            'elapsedMs': 250,
            'wwwAuthenticate': [BEARER],
        },
    ),
    unauthorized_row('beside Basic', 'Passed', '', 'Basic realm="x"', BEARER),
    unauthorized_row('on one line with Basic', 'Passed', '', f'Basic realm="a, b", {BEARER}'),
    unauthorized_row(
        'in capitals',
        'Passed',
        '',
        f'BEARER REALM="https://{HOST.upper()}/oauth2/token", SERVICE={HOST}',
    ),
    unauthorized_row(
        'the port spelt out', 'Passed', '', bearer_challenge(f'https://{HOST}:443/oauth2/token')
    ),
    unauthorized_row(
        'the second challenge is complete', 'Passed', '', f'Bearer realm="https://{HOST}/"', BEARER
    ),
    challenge_row(
        'a host in capitals', 'Passed', '', response(401, b'', BEARER), host=HOST.upper()
    ),
    challenge_row(
        'a response that times out',
        'Failed',
        f'{CODE} ResponseTimeout',
        failed_response('Timeout'),
        detail=f'{HOST}: it said so',
    ),
    challenge_row('cut', 'Failed', f'{CODE} ResponseIncomplete', failed_response('Cut')),
    challenge_row(
        'reset',
        'Failed',
        f'{CODE} ResponseReset',
        failed_response('Reset'),
        solution=f'https://{HOST}/v2/',
    ),
    challenge_row('not HTTP', 'Failed', f'{CODE} NotHttp', failed_response('NotHttp')),
    challenge_row(
        'a page that holds a session',
        'Failed',
        f'{CODE} UnexpectedSuccess',
        response(200, b'<a href="https://portal.test/in?token=s3cret">'),
        facts={'body': '<a href="https://portal.test/in?\u2026">'},
    ),
    challenge_row(
        'a sign-on page',
        'Failed',
        f'{CODE} UnexpectedSuccess',
        response(200, b'<html>welcome', Server='portal'),
        facts={'status': 200, 'server': 'portal', 'body': '<html>welcome'},
        solution=HOST,
        detail=f'{HOST} returned 200 (a page) instead of a challenge',
    ),
    challenge_row(
        'a redirect',
        'Failed',
        f'{CODE} Redirected',
        response(302, Location='https://portal.test/?key=secret#x'),
        facts={'location': 'https://portal.test/'},
        detail='returned 302 (a redirect)',
    ),
    challenge_row(
        '404',
        'Failed',
        f'{CODE} NotARegistry',
        response(404),
        solution='az acr show --name myregistry',
        detail='returned 404 instead of a challenge',
    ),
    challenge_row(
        'an error of the service',
        'Failed',
        f'{CODE} ServerError',
        response(503, x_ms_correlation_request_id=ACCOUNT),
        detail='returned 503 (an error) instead of a challenge',
        solution=f'correlation ID {ACCOUNT} and the time 2026-01-02T03:04:05Z',
    ),
    challenge_row(
        'an error of the service, twice',
        'Failed',
        f'{CODE} ServerError',
        replace(response(503), earlier=response(500)),
        detail='(second attempt; the first returned 500)',
        facts={'firstTry': facts_of(response(500))},
        unfilled_placeholders=['correlation_id', 'at'],
    ),
    challenge_row(
        'the retry succeeds',
        'Passed',
        '',
        replace(response(401, b'', BEARER), earlier=response(429)),
        detail='(second attempt; the first returned 429)',
    ),
    *(
        challenge_row(
            f'an unexpected status {status}', 'Failed', f'{CODE} UnexpectedStatus', response(status)
        )
        for status in (100, 400, 407, 600)
    ),
    challenge_row(
        'an address is denied',
        'Failed',
        f'{FORBIDDEN} ClientIpNotAllowed',
        response(403, DENIED_ADDRESS),
        facts={'clientIp': '203.0.113.7', 'status': 403, 'correlationId': 'c0ffee'},
        solution='az acr network-rule add --name myregistry --ip-address 203.0.113.7',
    ),
    challenge_row(
        'public access is off',
        'Failed',
        f'{FORBIDDEN} PublicAccessDisabled',
        response(403, DENIED_ADDRESS),
        resource={'properties': {'publicNetworkAccess': 'Disabled'}},
        facts={'clientIp': '203.0.113.7'},
        detail='public access is disabled; the registry denies client IP 203.0.113.7',
        solution='private endpoint',
    ),
    challenge_row(
        'denied without an address',
        'Failed',
        f'{FORBIDDEN} AccessDenied',
        response(403, DENIED),
        detail='public access is off',
        solution='az acr show --name myregistry',
    ),
    challenge_row(
        'denied by a proxy',
        'Failed',
        f'{CODE} BlockedByIntermediary',
        response(403, b'<html>blocked', Server='squid'),
        detail='403 from squid',
        solution=f'https://{HOST}/',
        facts={'server': 'squid'},
    ),
    *key_rows(shared_row),
    *upstream_rows(shared_row),
    *own_code_rows(shared_row, CODE),
    challenge_row(
        'a 401 with a code of its own and no challenge',
        'Failed',
        f'{CODE} UnknownErrorCode',
        error_of(401, 'BREW_FAILED', 'I am a teapot'),
        detail='BREW_FAILED: I am a teapot (401 Unauthorized)',
    ),
    challenge_row(
        'throttled',
        'Failed',
        f'{THROTTLED} TooManyRequests',
        response(429, TOO_MANY, Retry_After='7'),
        detail='the registry throttles requests (429), retry after 7 s: slow down',
        facts={'retryAfter': '7', 'status': 429},
    ),
    challenge_row(
        'throttled by Azure Front Door',
        'Failed',
        f'{THROTTLED} ThrottledByFrontDoor',
        response(429, b'Ref A: 1'),
        detail='(429): Ref A: 1',
        facts={'writtenBy': 'front door'},
    ),
    challenge_row(
        'a rule allows the address',
        'Failed',
        f'{FORBIDDEN} RuleNotYetEffective',
        response(403, DENIED_ADDRESS),
        resource={'properties': {'networkRuleSet': {'ipRules': [{'value': '203.0.113.0/24'}]}}},
        facts={'matchingRule': '203.0.113.0/24'},
    ),
    challenge_row(
        'routed outside private link',
        'Failed',
        f'{FORBIDDEN} RoutedOutsidePrivateLink',
        response(403, DENIED_ADDRESS),
        connection=FakeConnection(first=response(403, DENIED_ADDRESS)).resolving('10.0.0.4'),
        detail=f'{HOST} resolves to 10.0.0.4, but the registry denies client IP 203.0.113.7',
    ),
    challenge_row(
        'a private endpoint that is not used',
        'Failed',
        f'{FORBIDDEN} PrivateEndpointNotUsed',
        response(403, DENIED_ADDRESS),
        solution='`privatelink.azurecr.io`',
        facts={'privateEndpoints': 1},
        resource={
            'properties': {
                'networkRuleSet': {'defaultAction': 'Deny'},
                'privateEndpointConnections': [
                    {'properties': {'privateLinkServiceConnectionState': {'status': 'Approved'}}}
                ],
            }
        },
    ),
    challenge_row(
        'a private address',
        'Failed',
        f'{FORBIDDEN} PrivateClientIp',
        response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'10.0.0.9')),
        detail='10.0.0.9',
    ),
    unauthorized_row(
        'no challenge', 'Failed', f'{CODE} NoChallenge', facts={'wwwAuthenticate': []}
    ),
    unauthorized_row(
        'a challenge that does not parse',
        'Failed',
        f'{CODE} UnreadableChallenge',
        'Bearer realm="never ends',
    ),
    unauthorized_row(
        'two realms in one', 'Failed', f'{CODE} UnreadableChallenge', 'Bearer realm="a", realm="b"'
    ),
    unauthorized_row(
        'a realm that is no address',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer_challenge('not an address'),
    ),
    unauthorized_row(
        'a realm with a login in it',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer_challenge(f'https://user@{HOST}/token'),
    ),
    unauthorized_row(
        'a service that is no host',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer_challenge(f'https://{HOST}/', 'a b; c'),
    ),
    unauthorized_row(
        'no bearer',
        'Failed',
        f'{LOGIN} NoBearerChallenge',
        'Basic realm="x"',
        'Negotiate',
        detail='basic, negotiate',
    ),
    unauthorized_row(
        'an empty line', 'Failed', f'{LOGIN} NoBearerChallenge', '', detail='offers no scheme'
    ),
    unauthorized_row(
        'no realm', 'Failed', f'{LOGIN} IncompleteChallenge', f'Bearer service="{HOST}"'
    ),
    unauthorized_row(
        'no service', 'Failed', f'{LOGIN} IncompleteChallenge', f'Bearer realm="https://{HOST}/"'
    ),
    unauthorized_row(
        'an empty realm',
        'Failed',
        f'{LOGIN} IncompleteChallenge',
        f'Bearer realm="",service="{HOST}"',
    ),
    *(
        unauthorized_row(
            f'the realm is {realm}',
            'Failed',
            f'{CODE} RealmMismatch',
            bearer_challenge(realm),
            solution="Don't log in",
        )
        for realm in (
            'https://evil.test/oauth2/token',
            f'https://{HOST}.evil.test/',
            f'https://x.{HOST}/',
            f'https://{HOST}:8443/',
            'http://evil.test/',
        )
    ),
    unauthorized_row(
        'without encryption',
        'Failed',
        f'{CODE} InsecureRealm',
        bearer_challenge(f'http://{HOST}:443/oauth2/token'),
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize(
    'realm, path',
    [
        (f'https://{HOST}/oauth2/token', '/oauth2/token'),
        (f'https://{HOST}/other', '/other'),
        (f'https://{HOST}', '/oauth2/token'),
        (f'https://{HOST}/a b', '/oauth2/token'),
    ],
)
def test_tokens_are_requested_from_the_host_of_the_connection(realm: str, path: str) -> None:
    value = run(
        unauthorized_row('', '', '', bearer_challenge(realm, 'myregistry.azurecr.io'))
    ).value
    assert isinstance(value, TokenEndpoint)
    assert (value.path, value.service, value.connection.host) == (path, HOST, HOST)


@given(st.integers(100, 599), st.binary(), st.lists(st.text()))
def test_any_response_makes_a_row(status: int, body: bytes, challenges: list[str]) -> None:
    outcome = run(challenge_row('odd', '', '', response(status, body, *challenges)))
    assert shown(challenge, outcome)['status'] == 'Failed'
