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
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.dns import family
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.tcp import Attempt, Dialled

_CONNECT: Mapping[str, Problem] = {
    'Timeout': reach.CONNECT_TIMEOUT,
    'Refused': reach.REFUSED,
    'Reset': reach.RESET,
    'Unreachable': reach.UNREACHABLE,
    'NoFamily': reach.NO_FAMILY,
    'Failed': reach.CONNECT_FAILED,
    'ProxyUnreachable': reach.PROXY_UNREACHABLE,
    'ProxyLogin': reach.PROXY_LOGIN,
    'ProxyRefused': reach.PROXY_REFUSED,
    'BadProxy': reach.PROXY_UNUSABLE,
}
# Where the proxy itself is the trouble, no other host tells more.
_OF_THE_PROXY = ('ProxyUnreachable', 'ProxyLogin', 'BadProxy')
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
def connection(ctx: Context, opened: Connection) -> Outcome:
    dialled, facts = opened.dialled(), tries_of(opened)
    if dialled.trouble:
        failure = no_connection(ctx, opened, dialled.trouble)
        if dialled.trouble.kind in _OF_THE_PROXY:
            return failure
        detail, seen = elsewhere(ctx, failure.detail)
        return replace(failure, detail=detail, facts={**failure.facts, **seen})
    way = f'through {dialled.proxy}' if dialled.proxy else f'to {dialled.address}'
    before = _told([one for one in dialled.tried if one.result != 'Connected'])
    return passed(
        f'{way} in {_ms(dialled.seconds)} ms{f", after {before}" if before else ""}',
        opened,
        address=dialled.address,
        **facts,
    )


def tries_of(opened: Connection) -> dict[str, Any]:
    """Give what became of each address that was tried."""
    dialled = opened.dialled()
    through = {'proxyStatus': dialled.proxy_status} if dialled.proxy_status else {}
    return {
        'at': dialled.at or None,
        'elapsedMs': _ms(dialled.seconds),
        'proxy': dialled.proxy,
        **through,
        'tried': [
            {
                'address': one.address,
                'family': family(one.address),
                'result': one.result,
                'elapsedMs': _ms(one.seconds),
            }
            for one in dialled.tried
        ],
    }


def no_connection(ctx: Context, opened: Connection, trouble: Trouble) -> Outcome:
    """Judge a connection that could not be made."""
    dialled = opened.dialled()
    families = dict.fromkeys(family(one.address) for one in dialled.tried)
    fill = {'host': opened.host, 'family': next(iter(families), ''), **_setting(ctx, opened)}
    return failed(
        _CONNECT[trouble.kind],
        _words(opened, dialled, trouble) + _hurried(dialled),
        fill=fill,
        **tries_of(opened),
    )


def _words(opened: Connection, dialled: Dialled, trouble: Trouble) -> str:
    if dialled.proxy:
        return f'{trouble.text}, connecting through {dialled.proxy}'
    if opened.route().trouble:
        return f'the proxy setting cannot be read: {trouble.text}'
    if trouble.kind == 'Failed' or not dialled.tried:
        tried = ', '.join(one.address for one in dialled.tried[:3])
        return f'{trouble.text}, connecting to {tried or opened.host}'
    return _told(dialled.tried)


def _hurried(dialled: Dialled) -> str:
    """Say that it was the run's own time that was short, where nothing was tried for as long as ever."""
    assert dialled.trouble
    waited = max(
        (one.seconds for one in dialled.tried if one.result == 'Timeout'), default=deadlines.CONNECT
    )
    short = dialled.trouble.kind == 'Timeout' and waited < deadlines.CONNECT_EACH * 0.9
    return ' (cut short, as --timeout wants)' if short else ''


def _setting(ctx: Context, opened: Connection) -> dict[str, str]:
    """Give what a solution says of the proxy's setting; its login is not shown."""
    settings: ProxySettings = ctx.world.proxy_settings()
    proxy = opened.route().proxy
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
