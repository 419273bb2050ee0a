# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The login server's answer to the first request: the challenge that begins every login."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.catalogue.connectivity import challenge as problems
from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.connectivity.error_responses import (
    again,
    facts_of,
    refusal,
    support,
    without_queries,
)
from azext_acrhealth.checks.connectivity.tls import tls
from azext_acrhealth.checks.registry.login_server import HOST, LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.www_authenticate import UnreadableChallenge, parse
from azext_acrhealth.probes.registry.tokens import read_realm

_NO_ANSWER: Mapping[str, Problem] = {
    'Timeout': problems.RESPONSE_TIMEOUT,
    'Cut': problems.RESPONSE_INCOMPLETE,
    'Reset': problems.RESPONSE_RESET,
    'NotHttp': problems.NOT_HTTP,
}


@dataclass(frozen=True)
class TokenEndpoint:
    """Where tokens are to be had: `path` on the connection's own host, for `service`."""

    connection: Connection = field(repr=False)
    path: str
    service: str


@check(
    'challenge',
    'Challenge',
    'connectivity',
    needs=(login_server, tls),
    verifies='The login server answers with a challenge that a Microsoft Entra login can meet, at '
    'the same host.',
    problems=(
        *_NO_ANSWER.values(),
        problems.UNCHALLENGED,
        problems.REDIRECTED,
        problems.NO_SUCH_PAGE,
        problems.SERVER_ERROR,
        problems.BLOCKED_BY_INTERMEDIARY,
        problems.UNEXPECTED_STATUS,
        problems.NO_CHALLENGE,
        problems.UNREADABLE_CHALLENGE,
        problems.REALM_MISMATCH,
        problems.INSECURE_REALM,
        problems.NO_BEARER,
        problems.INCOMPLETE,
        *error_responses.PROBLEMS,
    ),
)
def challenge(_: Context, login: LoginServer, connection: Connection) -> Outcome:
    response = connection.challenge()
    facts, placeholders = facts_of(response), {'host': login.host, **support(response)}
    if response.failure:
        facts.update({'said': response.failure.said} if response.failure.said else {})
        return failed(
            _NO_ANSWER[response.failure.kind],
            f'{login.host}: {response.failure.text}',
            placeholders=placeholders,
            **facts,
        )
    if response.status != 401:
        return refusal(
            response,
            own=error_responses.DENIED,
            foreign=problems.BLOCKED_BY_INTERMEDIARY,
            placeholders=placeholders,
            login=login,
        ) or failed(
            _status(response),
            f'{_answers(response)} where a challenge belongs{again(response)}',
            placeholders=placeholders,
            **facts,
            body=without_queries(response.text()),
            location=_bare(response.header('Location')),
        )
    lines = response.all('WWW-Authenticate')
    facts['wwwAuthenticate'] = list(lines)
    if not lines:
        return failed(
            problems.NO_CHALLENGE,
            f'{login.host} answered with 401 and no challenge',
            placeholders=placeholders,
            **facts,
        )
    try:
        offered = parse(lines)
    except UnreadableChallenge as error:
        return failed(
            problems.UNREADABLE_CHALLENGE,
            f'the challenge cannot be read: {error}',
            placeholders=placeholders,
            **facts,
        )
    bearers = [one.parameters for one in offered if one.scheme == 'bearer']
    if not bearers:
        schemes = ', '.join(one.scheme for one in offered) or 'nothing'
        return failed(
            problems.NO_BEARER,
            f'the challenge offers {schemes}, not Bearer',
            placeholders=placeholders,
            **facts,
        )
    whole = next(
        (bearer for bearer in bearers if bearer.get('realm') and bearer.get('service')), None
    )
    if whole is None:
        return failed(
            problems.INCOMPLETE,
            'the challenge lacks a realm or a service',
            placeholders=placeholders,
            **facts,
        )
    return _judge(login, connection, whole, facts, placeholders)


def _judge(
    login: LoginServer,
    connection: Connection,
    bearer: Mapping[str, str],
    facts: dict[str, Any],
    placeholders: dict[str, str],
) -> Outcome:
    """Judge where the challenge sends the login (law 3: nowhere but to the same host, by https)."""
    realm, service = read_realm(bearer['realm']), bearer['service']
    if realm is None or not HOST.fullmatch(service):
        return failed(
            problems.UNREADABLE_CHALLENGE,
            'the realm is no address, or the service no host',
            placeholders=placeholders,
            **facts,
        )
    if realm.host != login.host.lower():
        return failed(
            problems.REALM_MISMATCH,
            f'the realm is at {realm.host}, not at {login.host}',
            placeholders=placeholders,
            **facts,
        )
    if realm.scheme != 'https':
        return failed(
            problems.INSECURE_REALM,
            f'the realm is {realm.scheme}://{realm.host}',
            placeholders=placeholders,
            **facts,
        )
    return passed(
        f'Bearer challenge from {login.host}{again(connection.challenge())}',
        TokenEndpoint(connection, realm.path, service),
        **facts,
    )


def _bare(address: str | None) -> str | None:
    """Return an address without its query, which can be a session's or a signature's secret."""
    return re.split('[?#]', address)[0] if address else None


def _answers(response: Response) -> str:
    status = response.status or 0
    what = {2: 'a page', 3: 'a redirect', 5: 'an error'}.get(status // 100)
    return f'{what} answers ({status})' if what else f'{status} answers'


def _status(response: Response) -> Problem:
    status = response.status or 0
    if status == 404:
        return problems.NO_SUCH_PAGE
    families = {2: problems.UNCHALLENGED, 3: problems.REDIRECTED, 5: problems.SERVER_ERROR}
    return families.get(status // 100, problems.UNEXPECTED_STATUS)
