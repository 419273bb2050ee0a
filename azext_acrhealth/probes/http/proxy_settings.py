# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the proxy settings in force, without their logins, and find which setting decides."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.http.proxy_and_trust import Route, read_proxy
from azext_acrhealth.redaction import REDACTED

SYSTEM = "the system's settings"
# A host, a suffix of one, an address or a network of either family, with or without a port; or *.
_ENTRY = lazy_pattern(
    r'(https?://)?(\*?[\w.-]*|\*|\[[0-9A-Fa-f:.]{2,45}\])(:\d{0,5}|/\d{0,3})?/?'
    r'|[0-9A-Fa-f:.]{2,45}(/\d{1,3})?'
)
# Longer lists are generated; the rest would not help a reader.
_ENTRIES = 1000


class ProxySettings(NamedTuple):
    """The settings that apply to https, by name; their values contain no login.

    `proxy` and `bypass` name the settings that decide: a variable, the system's settings, or None.
    `entries` are the entries of `bypass`; `disagreeing` are two spellings of one variable with
    different values, of which the first applies here and the other in other programs.
    """

    shown: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    bypass: str | None = None
    entries: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Return the variable that sets the proxy; a variable overrides the system's settings."""
        return self.proxy if self.proxy and self.proxy != SYSTEM else 'HTTPS_PROXY'

    def why(self, host: str, route: Route) -> str:
        """Return the setting that gives a host its route.

        The route was found by requests' own rules; this only explains it.
        """
        # typeshed does not have this function
        from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

        if route.proxy or route.failure:
            return self.proxy or 'the environment'
        if self.proxy is None:
            return 'no proxy is set'
        if self.bypass in (None, SYSTEM):
            return f'an exception in {SYSTEM}'
        for entry in self.entries:
            if host.endswith(entry) or proxy_bypass_environment(host, {'no': entry}):
                return f'{self.bypass} entry `{_safe(entry)}`'
        return str(self.bypass)


def proxy_settings() -> ProxySettings:
    """Read the proxy settings in force for https: the environment's if any, else the system's."""
    from urllib.request import getproxies, getproxies_environment

    if not getproxies_environment():
        system = {
            scheme: setting
            for scheme, setting in getproxies().items()
            if scheme in ('https', 'all')
        }
        shown = tuple((f'system {scheme}', _shown(setting)) for scheme, setting in system.items())
        return ProxySettings(
            shown,
            SYSTEM if system else None,
            SYSTEM if system else None,
            conflicting=_find_conflict(('https_proxy', 'all_proxy')),
        )
    https, fallback, bypass = (
        _effective_spelling(name) for name in ('https_proxy', 'all_proxy', 'no_proxy')
    )
    entries = tuple(
        entry for entry in os.environ.get(bypass or '', '').replace(' ', '').split(',') if entry
    )[:_ENTRIES]
    shown = (
        *(
            (name, _shown(os.environ[name]))
            for name in _spellings('https_proxy') + _spellings('all_proxy')
        ),
        *(
            (name, ','.join(map(_safe, os.environ[name].split(',')[:_ENTRIES])))
            for name in _spellings('no_proxy')
        ),
    )
    disagreeing = _find_conflict(
        ('https_proxy', 'all_proxy', *(('no_proxy',) if https or fallback else ()))
    )
    if bypass in disagreeing[1:]:
        disagreeing = disagreeing[::-1]
    return ProxySettings(shown, https or fallback, bypass, entries, disagreeing)


def _spellings(name: str) -> tuple[str, ...]:
    """Return the spellings of a variable that are set, lower case first.

    An empty variable in lower case still hides the one in upper case.
    """
    spellings = tuple(spelling for spelling in (name, name.upper()) if spelling in os.environ)
    # On Windows names have no case: both spellings are one variable.
    spellings = spellings[-1:] if os.name == 'nt' else spellings
    return spellings if any(os.environ[spelling] for spelling in spellings) else ()


def _find_conflict(names: Iterable[str]) -> tuple[str, ...]:
    return next(
        (
            spellings
            for spellings in map(_spellings, names)
            if len({_comparable(name) for name in spellings}) > 1
        ),
        (),
    )


def _effective_spelling(name: str) -> str | None:
    """Return the spelling that Python uses: lower case, but for NO_PROXY any that is not empty."""
    spellings = _spellings(name)
    if spellings and not os.environ[spellings[0]]:
        if name != 'no_proxy':
            return None
        return next((spelling for spelling in spellings if os.environ[spelling]), None)
    return spellings[0] if spellings else None


def _comparable(name: str) -> object:
    value = os.environ[name]
    if name.lower() == 'no_proxy':
        return frozenset(value.replace(' ', '').lower().split(',')) - {''}
    return read_proxy(value).proxy or value


def _shown(setting: str) -> str:
    if not setting:
        return ''
    route = read_proxy(setting)
    return (
        route.proxy.shown
        if route.proxy
        else f'unreadable: {route.failure.text if route.failure else ""}'
    )


def _safe(entry: str) -> str:
    # An entry that is no host, port or network may be a login in the wrong variable.
    return entry.strip() if _ENTRY.fullmatch(entry.strip()) else REDACTED
