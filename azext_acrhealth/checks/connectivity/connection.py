# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connection with the login server, directly or through a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.connectivity import connection as reach
from azext_acrhealth.checks.connectivity.dns import dns, elsewhere
from azext_acrhealth.checks.registry.login_server import HOST
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.dns import family
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection, TcpKind

_CONNECT: Mapping[TcpKind, Problem] = {
    'Timeout': reach.CONNECT_TIMEOUT,
    'Refused': reach.REFUSED,
    'Reset': reach.RESET,
    'Unreachable': reach.UNREACHABLE,
    'AddressFamilyUnreachable': reach.ADDRESS_FAMILY_UNREACHABLE,
    'Failed': reach.CONNECT_FAILED,
    'ProxyUnreachable': reach.PROXY_UNREACHABLE,
    'ProxyLogin': reach.PROXY_LOGIN,
    'ProxyRefused': reach.PROXY_REFUSED,
    'InvalidProxy': reach.INVALID_PROXY,
}
# Where the proxy itself is the trouble, no other host tells more.
_OF_THE_PROXY = ('ProxyUnreachable', 'ProxyLogin', 'InvalidProxy')
_SAID = {
    'Timeout': 'no answer from {address} in {seconds:.1f} s',
    'Refused': '{address} refused the connection',
    'Reset': '{address} reset the connection',
    'Unreachable': 'no route to {address} ({family})',
}


@check(
    'connection',
    'Connection',
    'connectivity',
    needs=(dns,),
    verifies='Port 443 of the login server takes a connection, directly or through the proxy that '
    'the CLI uses.',
    problems=tuple(_CONNECT.values()),
)
def connection(ctx: Context, http_connection: Connection) -> Outcome:
    tcp, facts = http_connection.tcp(), tries_of(http_connection)
    if tcp.failure:
        outcome = no_connection(ctx, http_connection, tcp.failure)
        if tcp.failure.kind in _OF_THE_PROXY:
            return outcome
        detail, seen = elsewhere(ctx, outcome.detail)
        return replace(outcome, detail=detail, facts={**outcome.facts, **seen})
    way = f'through {tcp.proxy}' if tcp.proxy else f'to {tcp.address}'
    before = _told([one for one in tcp.tried if one.result != 'Connected'])
    return passed(
        f'{way} in {_ms(tcp.seconds)} ms{f", after {before}" if before else ""}',
        http_connection,
        address=tcp.address,
        **facts,
    )


def tries_of(http_connection: Connection) -> dict[str, Any]:
    """Return what became of each address that was tried."""
    tcp = http_connection.tcp()
    through = {'proxyStatus': tcp.proxy_status} if tcp.proxy_status else {}
    return {
        'at': tcp.at or None,
        'elapsedMs': _ms(tcp.seconds),
        'proxy': tcp.proxy,
        **through,
        'tried': [
            {
                'address': one.address,
                'family': family(one.address),
                'result': one.result,
                'elapsedMs': _ms(one.seconds),
            }
            for one in tcp.tried
        ],
    }


def no_connection(ctx: Context, http_connection: Connection, failure: Failure[TcpKind]) -> Outcome:
    """Judge a connection that could not be made."""
    tcp = http_connection.tcp()
    families = dict.fromkeys(family(one.address) for one in tcp.tried)
    placeholders = {
        'host': http_connection.host,
        'family': next(iter(families), ''),
        **_setting(ctx, http_connection),
    }
    return failed(
        _CONNECT[failure.kind],
        _words(http_connection, tcp, failure) + _hurried(tcp),
        placeholders=placeholders,
        **tries_of(http_connection),
    )


def _words(http_connection: Connection, tcp: TcpConnection, failure: Failure[TcpKind]) -> str:
    if tcp.proxy:
        return f'{failure.text}, connecting through {tcp.proxy}'
    if http_connection.route().failure:
        return f'the proxy setting cannot be read: {failure.text}'
    if failure.kind == 'Failed' or not tcp.tried:
        tried = ', '.join(one.address for one in tcp.tried[:3])
        return f'{failure.text}, connecting to {tried or http_connection.host}'
    return _told(tcp.tried)


def _hurried(tcp: TcpConnection) -> str:
    """Say that it was the run's own time that was short, where nothing was tried for as long as ever."""
    assert tcp.failure
    waited = max(
        (one.seconds for one in tcp.tried if one.result == 'Timeout'), default=deadlines.CONNECT
    )
    short = tcp.failure.kind == 'Timeout' and waited < deadlines.CONNECT_EACH * 0.9
    return ' (cut short, as --timeout wants)' if short else ''


def _setting(ctx: Context, http_connection: Connection) -> dict[str, str]:
    """Return what a solution says of the proxy's setting; its login is not shown."""
    settings: ProxySettings = ctx.probes.proxy_settings()
    proxy = http_connection.route().proxy
    # Whoever is no host enters no command.
    named = proxy is not None and HOST.fullmatch(proxy.host)
    return {
        'variable': settings.variable,
        'source': settings.proxy or 'the environment',
        'scheme': proxy.scheme if proxy else 'http',
        'proxy': f'{proxy.host}:{proxy.port}' if proxy and named else 'PROXY:PORT',
    }


def _told(tried: tuple[Attempt, ...] | list[Attempt]) -> str:
    """Say what became of each address."""
    words = [
        _SAID.get(one.result, '{address} failed').format(
            address=one.address, seconds=one.seconds, family=family(one.address)
        )
        for one in tried[:3]
    ]
    return '; '.join([*words, *(['…'] if len(tried) > 3 else [])])


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
