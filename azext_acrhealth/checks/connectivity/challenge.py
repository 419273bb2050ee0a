# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the login server's response to the first request: the authentication challenge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.connectivity import challenge as problems
from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.connectivity.error_responses import (
    Endpoint,
    facts_of,
    is_unauthorized,
    judge_error,
    retry_note,
    support_placeholders,
)
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.connectivity.tls import tls
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import Context, Outcome, Probes, Problem, check, failed, passed
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.www_authenticate import UnreadableChallenge, parse
from azext_acrhealth.probes.registry.tokens import parse_realm
from azext_acrhealth.protocols import HostConnection, RegistryApi
from azext_acrhealth.redaction import redact_queries

_RESPONSE_FAILURES: Mapping[str, Problem] = {
    'Timeout': problems.RESPONSE_TIMEOUT,
    'Cut': problems.RESPONSE_INCOMPLETE,
    'Reset': problems.RESPONSE_RESET,
    'NotHttp': problems.NOT_HTTP,
}
_ENDPOINT = Endpoint(
    {
        'denied': error_responses.DENIED,
        'foreign': problems.BLOCKED_BY_INTERMEDIARY,
        'unknown': problems.UNKNOWN_CODE,
        'large': problems.TOO_LARGE,
    }
)


class TokenEndpoint(NamedTuple):
    """The token endpoint: `path` on the connection's own host, for `service`."""

    connection: HostConnection
    path: str
    service: str

    def client(self, probes: Probes, token: str = '') -> RegistryApi:
        """Return the client of the registry, for requests with an access token if there is one."""
        client = probes.registry_client(self.connection, self.service, self.path)
        return client.with_token(token) if token else client


@check(
    'challenge',
    'Authentication challenge',
    'connectivity',
    needs=(login_server, tls),
    verifies='The login server returns a challenge that supports Microsoft Entra tokens, with a '
    'realm on the same host.',
    problems=(
        *_RESPONSE_FAILURES.values(),
        problems.UNEXPECTED_SUCCESS,
        problems.REDIRECTED,
        problems.NOT_A_REGISTRY,
        problems.SERVER_ERROR,
        problems.BLOCKED_BY_INTERMEDIARY,
        problems.UNEXPECTED_STATUS,
        problems.UNKNOWN_CODE,
        problems.TOO_LARGE,
        problems.NO_CHALLENGE,
        problems.UNREADABLE_CHALLENGE,
        problems.REALM_MISMATCH,
        problems.INSECURE_REALM,
        problems.NO_BEARER,
        problems.INCOMPLETE,
        *EVERYWHERE,
    ),
)
def challenge(_: Context, login: LoginServer, connection: HostConnection) -> Outcome:
    response = connection.challenge()
    facts, placeholders = facts_of(response), {'host': login.host, **support_placeholders(response)}
    if response.failure:
        facts.update(
            {'said': response.failure.library_message} if response.failure.library_message else {}
        )
        return failed(
            _RESPONSE_FAILURES[response.failure.kind],
            f'{login.host}: {response.failure.text}',
            placeholders=placeholders,
            **facts,
        )
    lines = response.all('WWW-Authenticate')
    if not (response.status == 401 and (lines or is_unauthorized(response))):
        return judge_error(response, _ENDPOINT, login, placeholders) or failed(
            _problem_of_status(response),
            f'{login.host} {_describe_status(response)} instead of a challenge'
            f'{retry_note(response)}',
            placeholders=placeholders,
            **facts,
            body=redact_queries(response.text()),
            location=_without_query(response.header('Location')),
        )
    facts['wwwAuthenticate'] = list(lines)
    if not lines:
        return failed(
            problems.NO_CHALLENGE,
            f'{login.host} returned 401 without a challenge',
            placeholders=placeholders,
            **facts,
        )
    try:
        offers = parse(lines)
    except UnreadableChallenge as error:
        return failed(
            problems.UNREADABLE_CHALLENGE,
            f'the challenge is malformed: {error}',
            placeholders=placeholders,
            **facts,
        )
    bearers = [offer.parameters for offer in offers if offer.scheme == 'bearer']
    if not bearers:
        schemes = ', '.join(offer.scheme for offer in offers) or 'no scheme'
        return failed(
            problems.NO_BEARER,
            f'the challenge offers {schemes}, not Bearer',
            placeholders=placeholders,
            **facts,
        )
    complete = next(
        (bearer for bearer in bearers if bearer.get('realm') and bearer.get('service')), None
    )
    if complete is None:
        return failed(
            problems.INCOMPLETE,
            'the challenge has no realm or no service',
            placeholders=placeholders,
            **facts,
        )
    return _check_realm(login, connection, complete, facts, placeholders)


def _check_realm(
    login: LoginServer,
    connection: HostConnection,
    bearer: Mapping[str, str],
    facts: dict[str, Any],
    placeholders: dict[str, str],
) -> Outcome:
    """Check that the realm is on the same host and uses HTTPS (DESIGN, law 3)."""
    realm, service = parse_realm(bearer['realm']), bearer['service']
    if realm is None or not is_host(service):
        return failed(
            problems.UNREADABLE_CHALLENGE,
            "the realm isn't a valid URL, or the service isn't a valid host",
            placeholders=placeholders,
            **facts,
        )
    if realm.host != login.host.lower():
        return failed(
            problems.REALM_MISMATCH,
            f'the realm is {realm.host}, not {login.host}',
            placeholders=placeholders,
            **facts,
        )
    if realm.scheme != 'https':
        return failed(
            problems.INSECURE_REALM,
            f'the realm uses {realm.scheme}, not https: {realm.scheme}://{realm.host}',
            placeholders=placeholders,
            **facts,
        )
    return passed(
        f'Bearer challenge from {login.host}{retry_note(connection.challenge())}',
        TokenEndpoint(connection, realm.path, service),
        **facts,
    )


def _without_query(url: str | None) -> str | None:
    """Return a URL without its query and fragment, which can hold a session or a signature."""
    return re.split('[?#]', url)[0] if url else None


def _describe_status(response: Response) -> str:
    status = response.status or 0
    kind = {2: 'a page', 3: 'a redirect', 5: 'an error'}.get(status // 100)
    return f'returned {status} ({kind})' if kind else f'returned {status}'


def _problem_of_status(response: Response) -> Problem:
    status = response.status or 0
    if status == 404:
        return problems.NOT_A_REGISTRY
    problems_by_class = {
        2: problems.UNEXPECTED_SUCCESS,
        3: problems.REDIRECTED,
        5: problems.SERVER_ERROR,
    }
    return problems_by_class.get(status // 100, problems.UNEXPECTED_STATUS)
