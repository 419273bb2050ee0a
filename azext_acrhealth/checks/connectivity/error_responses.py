# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge error responses that every endpoint of the registry shares: denials and throttling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.private_link.zone_names import zone_placeholders
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.ip_rules import (
    NetworkRules,
    routed_outside_private_link,
    rules_of,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.http.response import Response, registry_error
from azext_acrhealth.redaction import redact_queries

NO_MESSAGE = 'no error message'

# Headers, besides Server, that identify the device that wrote a response.
_INTERMEDIARY_HEADERS = ('Via', 'X-Squid-Error', 'Proxy-Agent', 'X-Azure-Ref', 'CF-Ray')


def facts_of(response: Response) -> dict[str, Any]:
    """Return the facts about a request that a support engineer asks for."""
    facts: dict[str, Any] = {
        'at': response.at or None,
        'status': response.status,
        'server': response.header('Server'),
        'correlationId': response.header('x-ms-correlation-request-id'),
        'elapsedMs': round(response.seconds * 1000),
    }
    remaining = response.header('x-ms-ratelimit-remaining-calls-per-second')
    if remaining:
        facts['remainingCallsPerSecond'] = remaining
    if response.earlier:
        facts['firstTry'] = facts_of(response.earlier)
    return facts


def support_placeholders(response: Response) -> dict[str, str]:
    """Return the placeholders for a support request; empty unless the correlation ID is a GUID."""
    correlation_id = response.header('x-ms-correlation-request-id') or ''
    return {'correlation_id': correlation_id, 'at': response.at} if is_guid(correlation_id) else {}


def retry_note(response: Response) -> str:
    """Return a note, for the end of a detail, when the request was retried."""
    return (
        f' (second attempt; the first returned {response.earlier.status})'
        if response.earlier
        else ''
    )


def refusal(
    response: Response,
    *,
    own: Problem,
    foreign: Problem,
    placeholders: Mapping[str, str],
    login: LoginServer,
) -> Outcome | None:
    """Judge a 429 or 403 response; return None for any other status.

    `own` is the problem for a denial by the registry other than its firewall's, `foreign` the
    problem for a response that the registry didn't write.
    """
    facts = facts_of(response)
    if response.status == 429:
        return _judge_throttling(response, placeholders, facts)
    if response.status != 403:
        return None
    error = registry_error(response)
    if error is None:
        facts.update(
            {
                name: response.header(name)
                for name in _INTERMEDIARY_HEADERS
                if response.header(name)
            },
            pageTitle=response.title,
        )
        writer = response.header('Server') or response.header('Via') or 'an unnamed server'
        return failed(
            foreign,
            f'403 from {writer}: {error_message(response) or response.title or NO_MESSAGE}',
            placeholders=placeholders,
            **facts,
        )
    if error.client_ip:
        return _judge_firewall_denial(error.client_ip, login, placeholders, facts)
    return failed(
        error_responses.DENIED if error.firewall else own,
        f'{error.message or error.code} (403)',
        placeholders=placeholders,
        **facts,
    )


def _judge_throttling(
    response: Response, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    # The registry writes its errors as JSON; Azure Front Door, in front of it, writes plain text.
    from_registry = registry_error(response) is not None
    wait = response.retry_after
    facts.update(
        retryAfter=response.header('Retry-After'),
        writtenBy='registry' if from_registry else 'front door',
    )
    source = (
        'the registry throttles requests'
        if from_registry
        else 'a service in front of the registry throttles requests'
    )
    delay = f', retry after {wait} s' if wait is not None else ''
    return failed(
        error_responses.TOO_MANY_REQUESTS
        if from_registry
        else error_responses.THROTTLED_BY_FRONT_DOOR,
        f'{source} (429){delay}{retry_note(response)}: {error_message(response) or NO_MESSAGE}',
        placeholders={**placeholders, **({'seconds': str(wait)} if wait else {})},
        **facts,
    )


def _judge_firewall_denial(
    client_ip: str, login: LoginServer, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    """Judge a denial by the registry's firewall by its rules and by the resolved addresses."""
    rules, resolved = rules_of(login.properties), login.connection.resolution().addresses
    nearest = rules.nearest(client_ip) if rules else None
    facts.update(clientIp=client_ip, resolved=list(resolved), **_rule_facts(rules, nearest))
    placeholders = {**placeholders, 'client_ip': client_ip}
    if routed_outside_private_link(client_ip, resolved):
        return failed(
            error_responses.ROUTED_OUTSIDE_PRIVATE_LINK,
            f'{login.host} resolves to {resolved[0]}, but the registry denies client IP '
            f'{client_ip}: the requests bypass the private endpoint',
            placeholders=placeholders,
            **facts,
        )
    denial = f"the registry's firewall denies client IP {client_ip}"
    if login.closed:
        return failed(
            error_responses.PUBLIC_ACCESS_OFF,
            f'public access is disabled; the registry denies client IP {client_ip}',
            placeholders=placeholders,
            **facts,
        )
    if is_private(client_ip):
        return failed(
            error_responses.PRIVATE_CLIENT,
            f'{denial}, a private address',
            placeholders=placeholders,
            **facts,
        )
    covering = rules.covering(client_ip) if rules else None
    if rules and (covering or rules.default == 'Allow'):
        allowed_by = f'rule {covering} allows it' if covering else 'the default action is Allow'
        return failed(
            error_responses.RULE_NOT_YET_EFFECTIVE,
            f'{denial}, although {allowed_by}',
            placeholders={**placeholders, 'rule': str(covering or client_ip)},
            **facts,
            matchingRule=str(covering) if covering else None,
        )
    approved = sum(endpoint.approved for endpoint in connections_of(login.properties))
    if approved and resolved and not any(map(is_private, resolved)):
        # A registry with a private endpoint is seldom meant to be reached over the internet.
        return failed(
            error_responses.ENDPOINT_NOT_USED,
            f"{denial}; the private endpoint isn't used because {login.host} resolves to "
            f'{resolved[0]}',
            placeholders={**placeholders, **zone_placeholders(login.host)},
            **facts,
            privateEndpoints=approved,
        )
    note = (
        f'; the nearest rule is {nearest}'
        if nearest
        else ''
        if rules
        else "; its rules couldn't be read"
    )
    return failed(
        error_responses.CLIENT_IP,
        f'{denial}{note}',
        placeholders=placeholders,
        **facts,
    )


def _rule_facts(rules: NetworkRules | None, nearest: Any) -> dict[str, Any]:
    if rules is None:
        return {}
    return {
        'publicNetworkAccess': rules.public,
        'defaultAction': rules.default,
        'ipRules': len(rules.allowed),
        'nearestRule': str(nearest) if nearest else None,
    }


def error_message(response: Response) -> str:
    """Return the message of an error response: the registry's own, or plain text.

    Empty for markup, which is unreadable on one line.
    """
    error = registry_error(response)
    if error:
        return error.message or error.code
    text = response.text().strip('\ufeff \t\r\n')
    return '' if text.startswith('<') else redact_queries(text)
