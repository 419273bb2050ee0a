# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the proxy settings in force say for the registry's hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_acrhealth.catalogue.connectivity import proxy as problems
from azext_acrhealth.checks.registry.login_server import LISTED, LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, passed, warned
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.http.proxy_and_trust import Route
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings


@check(
    'proxy',
    'Proxy settings',
    'connectivity',
    needs=(login_server,),
    verifies='The proxy settings can be read, and fit all hosts of the registry and their '
    'addresses.',
    problems=problems.PROBLEMS,
)
def proxy(ctx: Context, login: LoginServer) -> Outcome:
    settings: ProxySettings = ctx.probes.proxy_settings()
    ways = {
        host: login.connection.route() if host == login.host else ctx.probes.route(host)
        for host in _hosts(login)
    }
    facts: dict[str, Any] = {
        'settings': dict(settings.shown),
        'hosts': [
            {
                'host': host,
                'proxy': way.proxy.shown if way.proxy else None,
                'why': settings.why(host, way),
            }
            for host, way in ways.items()
        ],
    }
    unreadable = next(((host, way) for host, way in ways.items() if way.failure), None)
    if unreadable:
        host, way = unreadable
        assert way.failure
        name = settings.why(host, way)
        return warned(
            problems.UNREADABLE,
            f'{name}, which is for {host}, cannot be read: {way.failure.text}',
            True,
            {'variable': settings.variable},
            **facts,
        )
    through = [host for host, way in ways.items() if way.proxy]
    private = _private(ctx, login, through)
    if private:
        facts['privateAddresses'] = private
        host, address = next(iter(private.items()))
        return warned(
            problems.PRIVATE_THROUGH_PROXY,
            f'{host} is {address} here, which is private, but goes through '
            f'{_shown(ways[host])}{_more(len(private))}',
            True,
            _bypass(settings, list(private)),
            **facts,
        )
    if through and len(through) < len(ways):
        direct = next(host for host in ways if host not in through)
        return warned(
            problems.PARTLY_BYPASSED,
            f'{direct} is reached directly, but {through[0]} through {_shown(ways[through[0]])}',
            True,
            _bypass(settings, through),
            **facts,
        )
    if settings.disagreeing:
        mine, other = settings.disagreeing
        values = dict(settings.shown)
        return warned(
            problems.CONFLICTING_SETTINGS,
            f'{mine} ({values[mine][:80] or "empty"}) and {other} '
            f'({values[other][:80] or "empty"}) differ',
            True,
            {'variable': mine, 'other': other},
            **facts,
        )
    return passed(_detail(login.host, ways[login.host], settings), **facts)


def _hosts(login: LoginServer) -> list[str]:
    """Return the login server, and the other hosts that Resource Manager names: each once."""
    named = (*login.listed('dataEndpointHostNames'), *login.listed('regionalEndpointHostNames'))[
        :LISTED
    ]
    return [login.host, *(host for host in dict.fromkeys(named) if host != login.host.lower())]


def _private(ctx: Context, login: LoginServer, through: Sequence[str]) -> dict[str, str]:
    """Return those hosts that go through a proxy and have a private address here.

    Only they are resolved.
    """
    others = [host for host in through if host != login.host]
    resolved = dict(zip(others, ctx.probes.resolve_all(others, ctx.deadline)))
    if login.host in through:
        resolved = {login.host: login.connection.resolution(), **resolved}
    private = {
        host: next(filter(is_private, one.addresses), None) for host, one in resolved.items()
    }
    return {host: address for host, address in private.items() if address}


def _bypass(settings: ProxySettings, hosts: Sequence[str]) -> dict[str, str]:
    """Return what makes a bypass of hosts: the variable that counts, and its new value."""
    named, variable = ','.join(hosts), _variable(settings.bypass, 'NO_PROXY')
    return {
        'variable': variable,
        'hosts': named,
        'bypass': f'"${variable},{named}"' if settings.bypass == variable else named,
    }


def _variable(name: str | None, otherwise: str) -> str:
    return name if name and name != SYSTEM else otherwise


def _shown(way: Route) -> str:
    assert way.proxy
    return way.proxy.shown


def _more(number: int) -> str:
    return f' (and {number - 1} more)' if number > 1 else ''


def _detail(host: str, way: Route, settings: ProxySettings) -> str:
    if way.proxy:
        return f'{host} is reached through {way.proxy.shown} ({settings.why(host, way)})'
    if settings.proxy is None:
        return f'no proxy: {host} is reached directly'
    return f'{host} is reached directly, past the proxy ({settings.why(host, way)})'
