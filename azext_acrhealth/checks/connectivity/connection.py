# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the TCP connection to the login server, directly or through a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import connection as problems
from azext_acrhealth.checks.connectivity.dns import compare_with_reference_host, dns
from azext_acrhealth.grammar import is_proxy_host
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import family
from azext_acrhealth.probes.http.proxy_and_trust import Route
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection, TcpKind, address_limit
from azext_acrhealth.protocols import HostConnection

_CONNECT_FAILURES: Mapping[TcpKind, Problem] = {
    'Timeout': problems.CONNECT_TIMEOUT,
    'Refused': problems.REFUSED,
    'Reset': problems.RESET,
    'Unreachable': problems.UNREACHABLE,
    'AddressFamilyUnreachable': problems.ADDRESS_FAMILY_UNREACHABLE,
    'Failed': problems.CONNECT_FAILED,
    'ProxyUnreachable': problems.PROXY_UNREACHABLE,
    'ProxyLogin': problems.PROXY_LOGIN,
    'ProxyRefused': problems.PROXY_REFUSED,
    'InvalidProxy': problems.INVALID_PROXY,
}
# Failures of the proxy itself: a comparison with another host adds nothing.
_PROXY_FAILURES = ('ProxyUnreachable', 'ProxyLogin', 'InvalidProxy')
_ATTEMPT_TEXTS = {
    'Timeout': '{address} timed out after {seconds:.1f} s',
    'Refused': '{address} refused the connection',
    'Reset': '{address} reset the connection',
    'Unreachable': 'no route to {address} ({family})',
}


@check(
    'connection',
    'Connection',
    'connectivity',
    needs=(dns,),
    verifies='The login server accepts connections on port 443, directly or through the proxy that '
    'the Azure CLI uses.',
    problems=(*_CONNECT_FAILURES.values(), problems.ADDRESS_UNREACHABLE),
)
def connection(ctx: Context, http_connection: HostConnection) -> Outcome:
    tcp, facts = http_connection.tcp(), facts_of_attempts(http_connection)
    if tcp.failure:
        outcome = connection_failure(ctx, http_connection, tcp.failure)
        if tcp.failure.kind in _PROXY_FAILURES:
            return outcome
        detail, reference_facts = compare_with_reference_host(ctx, outcome.detail)
        elsewhere = reference_facts['elsewhere']
        placeholders = dict(outcome.placeholders)
        if elsewhere['reachable'] is False:
            placeholders['elsewhere'] = elsewhere['host']
        facts = {**outcome.facts, **reference_facts}
        return outcome._replace(detail=detail, facts=facts, placeholders=placeholders)
    route = f'through {tcp.proxy}' if tcp.proxy else f'to {tcp.address}'
    connected = f'connected {route} in {_ms(tcp.seconds)} ms'
    warning = address_warning(http_connection)
    if warning:
        return warning._replace(
            detail=f'{warning.detail}; {connected}',
            facts={'address': tcp.address, **facts},
            value=http_connection,
        )
    unrouted = _describe_attempts(
        [attempt for attempt in tcp.tried if attempt.result != 'Connected']
    )
    return passed(
        f'{connected}{f"; {unrouted}" if unrouted else ""}',
        http_connection,
        address=tcp.address,
        **facts,
    )


def address_warning(http_connection: HostConnection) -> Outcome | None:
    """Return a warning about the addresses that don't accept connections, None if all do."""
    tcp = http_connection.tcp()
    attempts = (*tcp.tried, *http_connection.other_addresses())
    dead = [attempt for attempt in attempts if attempt.is_dead(tcp.address)]
    if tcp.failure or not dead:
        return None
    families = ' and '.join(dict.fromkeys(family(attempt.address) for attempt in dead))
    lost = sum(attempt.seconds for attempt in dead if attempt in tcp.tried)
    return warned(
        problems.ADDRESS_UNREACHABLE,
        f'{_describe_attempts(dead)} ({families}, {lost:.1f} s lost)',
        placeholders={'host': http_connection.host},
    )


def facts_of_attempts(http_connection: HostConnection) -> dict[str, Any]:
    """Return facts about the connection attempt: the proxy, and the result for each address."""
    tcp = http_connection.tcp()
    proxy_facts = {'proxyStatus': tcp.proxy_status} if tcp.proxy_status else {}
    return {
        'at': tcp.at or None,
        'elapsedMs': _ms(tcp.seconds),
        'proxy': tcp.proxy,
        **proxy_facts,
        'tried': [
            {
                'address': attempt.address,
                'family': family(attempt.address),
                'result': attempt.result,
                'elapsedMs': _ms(attempt.seconds),
            }
            for attempt in (*tcp.tried, *http_connection.other_addresses())
        ],
    }


def connection_failure(
    ctx: Context, http_connection: HostConnection, failure: Failure[TcpKind]
) -> Outcome:
    """Return the outcome for a connection that could not be established."""
    tcp = http_connection.tcp()
    families = dict.fromkeys(family(attempt.address) for attempt in tcp.tried)
    placeholders = {
        'host': http_connection.host,
        'family': next(iter(families), ''),
        **proxy_placeholders(ctx.probes.proxy_settings(), http_connection.route()),
    }
    return failed(
        _CONNECT_FAILURES[failure.kind],
        _describe_failure(http_connection, tcp, failure) + _timeout_note(http_connection, tcp),
        placeholders=placeholders,
        **facts_of_attempts(http_connection),
    )


def _describe_failure(
    http_connection: HostConnection, tcp: TcpConnection, failure: Failure[TcpKind]
) -> str:
    if tcp.proxy:
        return f'{failure.text} (through {tcp.proxy})'
    if http_connection.route().failure:
        return f'the proxy setting is invalid: {failure.text}'
    if failure.kind == 'Failed' or not tcp.tried:
        addresses = ', '.join(attempt.address for attempt in tcp.tried[:3])
        return f'{failure.text} (connecting to {addresses or http_connection.host})'
    return _describe_attempts(tcp.tried)


def _timeout_note(http_connection: HostConnection, tcp: TcpConnection) -> str:
    """Return a note when the run's time limit cut the attempt short, else an empty string."""
    assert tcp.failure
    longest = max(
        (attempt.seconds for attempt in tcp.tried if attempt.result == 'Timeout'),
        default=deadlines.CONNECT,
    )
    limit = address_limit(len(http_connection.resolution().addresses))
    short = tcp.failure.kind == 'Timeout' and longest < limit * 0.9
    return ' (limited by --timeout)' if short else ''


def proxy_placeholders(settings: ProxySettings, route: Route) -> dict[str, str]:
    """Return the placeholders that describe the proxy setting, without its credentials."""
    proxy = route.proxy
    # Only a valid host name or address may enter a command that users paste.
    valid = proxy is not None and is_proxy_host(proxy.host)
    return {
        'variable': settings.variable,
        'source': settings.proxy or 'the environment',
        'scheme': proxy.scheme if proxy else 'http',
        'proxy': proxy.authority if proxy and valid else 'PROXY:PORT',
    }


def _describe_attempts(attempts: tuple[Attempt, ...] | list[Attempt]) -> str:
    """Return the result for each address, for a detail; at most three."""
    texts = [
        _ATTEMPT_TEXTS.get(attempt.result, '{address} failed').format(
            address=attempt.address, seconds=attempt.seconds, family=family(attempt.address)
        )
        for attempt in attempts[:3]
    ]
    return '; '.join([*texts, *(['…'] if len(attempts) > 3 else [])])


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
