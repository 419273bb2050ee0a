# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is judged alike at every endpoint of the registry: its network rules, its throttling, who wrote a denial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.ip_rules import NetworkRules, left_by_another_path, rules_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.http.response import GUID, Response, registry_error

UNSAID = 'an answer without an explanation'

# `What? That` is no query; `/login?token` may be the beginning of one that was cut.
_QUERY = re.compile(r'([?#](?=[^\s"\'<>?#]*=)|(?<=[\w/])\?(?=\S))[^\s"\'<>]+')
# Headers that tell which device wrote an answer, besides Server.
_WRITERS = ('Via', 'X-Squid-Error', 'Proxy-Agent', 'X-Azure-Ref', 'CF-Ray')


def facts_of(response: Response) -> dict[str, Any]:
    """Return the facts of a request that a support engineer asks for."""
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


def support(response: Response) -> dict[str, str]:
    """Return what a solution tells to hand to support, as far as it is what it claims to be."""
    number = response.header('x-ms-correlation-request-id') or ''
    return {'correlation_id': number, 'at': response.at} if GUID.fullmatch(number) else {}


def again(response: Response) -> str:
    """Say that a request was made twice, for a detail's end."""
    return f' (at the second try; the first: {response.earlier.status})' if response.earlier else ''


def refusal(
    response: Response,
    *,
    own: Problem,
    foreign: Problem,
    placeholders: Mapping[str, str],
    login: LoginServer,
) -> Outcome | None:
    """Judge a 429 or 403: the registry's firewall, another denial of its `own`, or one that somebody else wrote."""
    facts = facts_of(response)
    if response.status == 429:
        return _throttled(response, placeholders, facts)
    if response.status != 403:
        return None
    error = registry_error(response)
    if error is None:
        facts.update(
            {name: response.header(name) for name in _WRITERS if response.header(name)},
            pageTitle=response.title,
        )
        writer = response.header('Server') or response.header('Via') or 'a server without a name'
        return failed(
            foreign,
            f'403 from {writer}: {said(response) or response.title or UNSAID}',
            placeholders=placeholders,
            **facts,
        )
    if error.client_ip:
        return _turned_away(error.client_ip, login, placeholders, facts)
    return failed(
        error_responses.DENIED if error.firewall else own,
        f'{error.message or error.code} (403)',
        placeholders=placeholders,
        **facts,
    )


def _throttled(
    response: Response, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    # The registry words its errors in JSON; what stands before it (Azure Front Door) answers in
    # plain text.
    own = registry_error(response) is not None
    wait = response.retry_after
    facts.update(
        retryAfter=response.header('Retry-After'), writtenBy='registry' if own else 'front door'
    )
    who = (
        'the registry turns requests away'
        if own
        else 'something before the registry turns requests away'
    )
    later = f', try again in {wait} s' if wait is not None else ''
    return failed(
        error_responses.TOO_MANY if own else error_responses.THROTTLED_BY_FRONT_DOOR,
        f'{who} (429){later}{again(response)}: {said(response) or UNSAID}',
        placeholders=placeholders,
        **facts,
    )


def _turned_away(
    client_ip: str, login: LoginServer, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    """Judge a denial by the firewall with what is known of its rules and of the way that the request took."""
    rules, resolved = rules_of(login.properties), login.connection.resolution().addresses
    near = rules.nearest(client_ip) if rules else None
    facts.update(clientIp=client_ip, resolved=list(resolved), **_told(rules, near))
    placeholders = {**placeholders, 'client_ip': client_ip}
    if left_by_another_path(client_ip, resolved):
        return failed(
            error_responses.ROUTED_OUTSIDE_PRIVATE_LINK,
            f'{login.host} is {resolved[0]} here, but the registry sees {client_ip}: '
            'the requests leave by another path',
            placeholders=placeholders,
            **facts,
        )
    seen = f'{client_ip}, the address it sees this machine come from'
    if login.closed:
        return failed(
            error_responses.PUBLIC_ACCESS_OFF,
            f'public access is off; the registry does not let in {seen}',
            placeholders=placeholders,
            **facts,
        )
    if is_private(client_ip):
        return failed(
            error_responses.PRIVATE_CLIENT,
            f'the registry does not let in {client_ip}, a private address',
            placeholders=placeholders,
            **facts,
        )
    covering = rules.covering(client_ip) if rules else None
    if rules and (covering or rules.default == 'Allow'):
        said_so = f'its rule {covering} does' if covering else 'its default action is Allow'
        return failed(
            error_responses.RULE_NOT_YET_EFFECTIVE,
            f'the registry does not let in {client_ip}, though {said_so}',
            placeholders={**placeholders, 'rule': str(covering or client_ip)},
            **facts,
            matchingRule=str(covering) if covering else None,
        )
    approved = sum(one.approved for one in connections_of(login.properties))
    if approved and resolved and not any(map(is_private, resolved)):
        # Whoever set up an endpoint seldom means the internet.
        suffix = '.' + login.host.partition('.')[2] if login.host.count('.') == 2 else ''
        return failed(
            error_responses.ENDPOINT_NOT_USED,
            f'the registry does not let in {seen}; its private endpoint is not '
            f'used, as {login.host} is {resolved[0]} here',
            placeholders={**placeholders, 'suffix': suffix},
            **facts,
            privateEndpoints=approved,
        )
    beside = (
        f'; the nearest rule is {near}'
        if near
        else ''
        if rules
        else '; its rules could not be read'
    )
    return failed(
        error_responses.CLIENT_IP,
        f'the registry does not let in {seen}{beside}',
        placeholders=placeholders,
        **facts,
    )


def _told(rules: NetworkRules | None, near: Any) -> dict[str, Any]:
    if rules is None:
        return {}
    return {
        'publicNetworkAccess': rules.public,
        'defaultAction': rules.default,
        'ipRules': len(rules.allowed),
        'nearestRule': str(near) if near else None,
    }


def said(response: Response) -> str:
    """Return what a refusing server said, in its own form or as plain text.

    Markup is worth nothing on one line.
    """
    error = registry_error(response)
    if error:
        return error.message or error.code
    text = response.text().strip('\ufeff \t\r\n')
    return '' if text.startswith('<') else without_queries(text)


def without_queries(text: str) -> str:
    """Take the queries and fragments out of the addresses in a text: sessions and signatures stand there."""
    return _QUERY.sub(r'\1…', text)
