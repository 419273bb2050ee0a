# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the effective proxy settings for the registry's hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_acrhealth.catalogue.connectivity import proxy as problems
from azext_acrhealth.checks.connectivity.connection import proxy_placeholders
from azext_acrhealth.checks.registry.login_server import MAX_HOSTS, LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, passed, warned
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.http.proxy_and_trust import Route
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings


@check(
    'proxy',
    'Proxy settings',
    'connectivity',
    needs=(login_server,),
    verifies='The proxy settings are valid, and fit all hosts of the registry and their addresses.',
    problems=problems.PROBLEMS,
)
def proxy(ctx: Context, login: LoginServer) -> Outcome:
    settings: ProxySettings = ctx.probes.proxy_settings()
    routes = {
        host: login.connection.route() if host == login.host else ctx.probes.route(host)
        for host in _hosts(login)
    }
    facts: dict[str, Any] = {
        'settings': dict(settings.shown),
        'hosts': [
            {
                'host': host,
                'proxy': route.proxy.shown if route.proxy else None,
                'why': settings.why(host, route),
            }
            for host, route in routes.items()
        ],
    }
    unreadable = next(((host, route) for host, route in routes.items() if route.failure), None)
    if unreadable:
        host, route = unreadable
        assert route.failure
        name = settings.why(host, route)
        return warned(
            problems.UNREADABLE,
            f'{name} is invalid for {host}: {route.failure.text}',
            True,
            proxy_placeholders(settings, route),
            **facts,
        )
    proxied = [host for host, route in routes.items() if route.proxy]
    private = _private_addresses(ctx, login, proxied)
    if private:
        facts['privateAddresses'] = private
        host, address = next(iter(private.items()))
        return warned(
            problems.PRIVATE_THROUGH_PROXY,
            f'{host} resolves to {address}, which is private, but goes through '
            f'{_shown(routes[host])}{_more(len(private))}',
            True,
            _bypass_placeholders(settings, list(private)),
            **facts,
        )
    if proxied and len(proxied) < len(routes):
        direct = next(host for host in routes if host not in proxied)
        return warned(
            problems.PARTLY_BYPASSED,
            f'{direct} is reached directly, but {proxied[0]} through {_shown(routes[proxied[0]])}',
            True,
            {
                **_bypass_placeholders(settings, proxied),
                'direct': ','.join(host for host in routes if host not in proxied),
            },
            **facts,
        )
    if settings.conflicting:
        effective, other = settings.conflicting
        values = dict(settings.shown)
        return warned(
            problems.CONFLICTING_SETTINGS,
            f'{effective} ({values[effective][:80] or "empty"}) and {other} '
            f'({values[other][:80] or "empty"}) differ',
            True,
            {'variable': effective, 'other': other},
            **facts,
        )
    return passed(_detail(login.host, routes[login.host], settings), **facts)


def _hosts(login: LoginServer) -> list[str]:
    """Return the login server and the data and regional endpoints, each once."""
    listed = (*login.listed('dataEndpointHostNames'), *login.listed('regionalEndpointHostNames'))[
        :MAX_HOSTS
    ]
    return [login.host, *(host for host in dict.fromkeys(listed) if host != login.host.lower())]


def _private_addresses(ctx: Context, login: LoginServer, proxied: Sequence[str]) -> dict[str, str]:
    """Return a private address for each proxied host that resolves to one here.

    Hosts that are reached directly are not resolved.
    """
    others = [host for host in proxied if host != login.host]
    resolutions = dict(zip(others, ctx.probes.resolve_all(others, ctx.deadline)))
    if login.host in proxied:
        resolutions = {login.host: login.connection.resolution(), **resolutions}
    private = {
        host: next(filter(is_private, resolution.addresses), None)
        for host, resolution in resolutions.items()
    }
    return {host: address for host, address in private.items() if address}


def _bypass_placeholders(settings: ProxySettings, hosts: Sequence[str]) -> dict[str, str]:
    """Return the placeholders for bypassing hosts: the effective variable and its new value."""
    variable = settings.bypass if settings.bypass and settings.bypass != SYSTEM else 'NO_PROXY'
    joined = ','.join(hosts)
    return {
        'variable': variable,
        'hosts': joined,
        'bypass': f'"${variable},{joined}"' if settings.bypass == variable else joined,
    }


def _shown(route: Route) -> str:
    assert route.proxy
    return route.proxy.shown


def _more(number: int) -> str:
    return f' (and {number - 1} more)' if number > 1 else ''


def _detail(host: str, route: Route, settings: ProxySettings) -> str:
    if route.proxy:
        return f'{host} is reached through {route.proxy.shown} ({settings.why(host, route)})'
    if settings.proxy is None:
        return f'no proxy: {host} is reached directly'
    return f'{host} is reached directly, bypassing the proxy ({settings.why(host, route)})'
