# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The answer to the first request."""

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


def row(
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


def lines(name: str, status: str, problem: str, *challenges: str, **more: Any) -> Row:
    """Return a row for a 401 with these lines of WWW-Authenticate."""
    return row(name, status, problem, response(401, b'', *challenges), **more)


def bearer(realm: str, service: str = HOST) -> str:
    return f'Bearer realm="{realm}",service="{service}"'


def silent(kind: str) -> Response:
    return response(failure=Failure(kind, 'it said so'))


TABLE = (
    lines(
        'as ever',
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
    lines('beside Basic', 'Passed', '', 'Basic realm="x"', BEARER),
    lines('on one line with Basic', 'Passed', '', f'Basic realm="a, b", {BEARER}'),
    lines(
        'in capitals',
        'Passed',
        '',
        f'BEARER REALM="https://{HOST.upper()}/oauth2/token", SERVICE={HOST}',
    ),
    lines('the port spelt out', 'Passed', '', bearer(f'https://{HOST}:443/oauth2/token')),
    lines('the second is whole', 'Passed', '', f'Bearer realm="https://{HOST}/"', BEARER),
    row('a host in capitals', 'Passed', '', response(401, b'', BEARER), host=HOST.upper()),
    row(
        'no whole answer',
        'Failed',
        f'{CODE} ResponseTimeout',
        silent('Timeout'),
        detail=f'{HOST}: it said so',
    ),
    row('cut', 'Failed', f'{CODE} ResponseIncomplete', silent('Cut')),
    row(
        'reset', 'Failed', f'{CODE} ResponseReset', silent('Reset'), solution=f'https://{HOST}/v2/'
    ),
    row('not HTTP', 'Failed', f'{CODE} NotHttp', silent('NotHttp')),
    row(
        'a page that holds a session',
        'Failed',
        f'{CODE} UnexpectedSuccess',
        response(200, b'<a href="https://portal.test/in?token=s3cret">'),
        facts={'body': '<a href="https://portal.test/in?\u2026">'},
    ),
    row(
        'a sign-on page',
        'Failed',
        f'{CODE} UnexpectedSuccess',
        response(200, b'<html>welcome', Server='portal'),
        facts={'status': 200, 'server': 'portal', 'body': '<html>welcome'},
        solution=HOST,
        detail='a page answers (200) where a challenge belongs',
    ),
    row(
        'a redirect',
        'Failed',
        f'{CODE} Redirected',
        response(302, Location='https://portal.test/?key=secret#x'),
        facts={'location': 'https://portal.test/'},
        detail='a redirect answers (302)',
    ),
    row(
        'nothing there',
        'Failed',
        f'{CODE} NotARegistry',
        response(404),
        solution='az acr show --name myregistry',
        detail='404 answers where a challenge belongs',
    ),
    row(
        'an error of the service',
        'Failed',
        f'{CODE} ServerError',
        response(503, x_ms_correlation_request_id=ACCOUNT),
        detail='an error answers (503) where a challenge belongs',
        solution=f'correlation id {ACCOUNT} and the time 2026-01-02T03:04:05Z',
    ),
    row(
        'an error of the service, twice',
        'Failed',
        f'{CODE} ServerError',
        replace(response(503), earlier=response(500)),
        detail='(at the second try; the first: 500)',
        facts={'firstTry': facts_of(response(500))},
        unfilled=['correlation_id', 'at'],
    ),
    row(
        'the second try is right',
        'Passed',
        '',
        replace(response(401, b'', BEARER), earlier=response(429)),
        detail='(at the second try; the first: 429)',
    ),
    *(
        row(f'an odd status {status}', 'Failed', f'{CODE} UnexpectedStatus', response(status))
        for status in (100, 400, 407, 600)
    ),
    row(
        'an address is denied',
        'Failed',
        f'{FORBIDDEN} ClientIpNotAllowed',
        response(403, DENIED_ADDRESS),
        facts={'clientIp': '203.0.113.7', 'status': 403, 'correlationId': 'c0ffee'},
        solution='az acr network-rule add --name myregistry --ip-address 203.0.113.7',
    ),
    row(
        'public access is off',
        'Failed',
        f'{FORBIDDEN} PublicAccessDisabled',
        response(403, DENIED_ADDRESS),
        resource={'properties': {'publicNetworkAccess': 'Disabled'}},
        facts={'clientIp': '203.0.113.7'},
        detail='public access is off',
        solution='private endpoint',
    ),
    row(
        'denied without an address',
        'Failed',
        f'{FORBIDDEN} AccessDenied',
        response(403, DENIED),
        detail='public access is off',
        solution='az acr show --name myregistry',
    ),
    row(
        'denied by a proxy',
        'Failed',
        f'{CODE} BlockedByIntermediary',
        response(403, b'<html>blocked', Server='squid'),
        detail='403 from squid',
        solution=f'https://{HOST}/',
        facts={'server': 'squid'},
    ),
    row(
        'throttled',
        'Failed',
        f'{THROTTLED} TooManyRequests',
        response(429, TOO_MANY, Retry_After='7'),
        detail='the registry turns requests away (429), try again in 7 s: slow down',
        facts={'retryAfter': '7', 'status': 429},
    ),
    row(
        'throttled on the way',
        'Failed',
        f'{THROTTLED} ThrottledByFrontDoor',
        response(429, b'Ref A: 1'),
        detail='(429): Ref A: 1',
        facts={'writtenBy': 'front door'},
    ),
    row(
        'a rule lets the address in',
        'Failed',
        f'{FORBIDDEN} RuleNotYetEffective',
        response(403, DENIED_ADDRESS),
        resource={'properties': {'networkRuleSet': {'ipRules': [{'value': '203.0.113.0/24'}]}}},
        facts={'matchingRule': '203.0.113.0/24'},
    ),
    row(
        'by another path',
        'Failed',
        f'{FORBIDDEN} RoutedOutsidePrivateLink',
        response(403, DENIED_ADDRESS),
        connection=FakeConnection(first=response(403, DENIED_ADDRESS)).resolving('10.0.0.4'),
        detail=f'{HOST} is 10.0.0.4 here, but the registry sees 203.0.113.7',
    ),
    row(
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
    row(
        'a private address',
        'Failed',
        f'{FORBIDDEN} PrivateClientIp',
        response(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'10.0.0.9')),
        detail='10.0.0.9',
    ),
    lines('no challenge', 'Failed', f'{CODE} NoChallenge', facts={'wwwAuthenticate': []}),
    lines('nonsense', 'Failed', f'{CODE} UnreadableChallenge', 'Bearer realm="never ends'),
    lines(
        'two realms in one', 'Failed', f'{CODE} UnreadableChallenge', 'Bearer realm="a", realm="b"'
    ),
    lines(
        'a realm that is no address',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer('not an address'),
    ),
    lines(
        'a realm with a login in it',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer(f'https://user@{HOST}/token'),
    ),
    lines(
        'a service that is no host',
        'Failed',
        f'{CODE} UnreadableChallenge',
        bearer(f'https://{HOST}/', 'a b; c'),
    ),
    lines(
        'no bearer',
        'Failed',
        f'{LOGIN} NoBearerChallenge',
        'Basic realm="x"',
        'Negotiate',
        detail='basic, negotiate',
    ),
    lines('an empty line', 'Failed', f'{LOGIN} NoBearerChallenge', '', detail='offers nothing'),
    lines('no realm', 'Failed', f'{LOGIN} IncompleteChallenge', f'Bearer service="{HOST}"'),
    lines(
        'no service', 'Failed', f'{LOGIN} IncompleteChallenge', f'Bearer realm="https://{HOST}/"'
    ),
    lines(
        'an empty realm',
        'Failed',
        f'{LOGIN} IncompleteChallenge',
        f'Bearer realm="",service="{HOST}"',
    ),
    *(
        lines(
            f'the realm is {realm}',
            'Failed',
            f'{CODE} RealmMismatch',
            bearer(realm),
            solution='Do not log in',
        )
        for realm in (
            'https://evil.test/oauth2/token',
            f'https://{HOST}.evil.test/',
            f'https://x.{HOST}/',
            f'https://{HOST}:8443/',
            'http://evil.test/',
        )
    ),
    lines(
        'without encryption',
        'Failed',
        f'{CODE} InsecureRealm',
        bearer(f'http://{HOST}:443/oauth2/token'),
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize(
    'realm, path',
    [
        (f'https://{HOST}/oauth2/token', '/oauth2/token'),
        (f'https://{HOST}/other', '/other'),
        (f'https://{HOST}', '/oauth2/token'),
        (f'https://{HOST}/a b', '/oauth2/token'),
    ],
)
def test_tokens_are_had_at_the_connections_own_host(realm: str, path: str) -> None:
    value = run(lines('', '', '', bearer(realm, 'myregistry.azurecr.io'))).value
    assert isinstance(value, TokenEndpoint)
    assert (value.path, value.service, value.connection.host) == (path, HOST, HOST)


@given(st.integers(100, 599), st.binary(), st.lists(st.text()))
def test_any_answer_makes_a_row(status: int, body: bytes, challenges: list[str]) -> None:
    outcome = run(row('odd', '', '', response(status, body, *challenges)))
    assert shown(challenge, outcome)['status'] == 'Failed'
