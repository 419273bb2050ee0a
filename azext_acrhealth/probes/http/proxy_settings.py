# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which proxy settings are in force, shown without their logins, and which of them decides about a host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from azext_acrhealth.probes.http.proxy_and_trust import Route, read_proxy

SYSTEM = "the system's settings"
# A host or a part of one, an address or a network of either family, each perhaps with a port; or
# all hosts.
_ENTRY = re.compile(
    r'(https?://)?(\*?[\w.-]*|\*|\[[0-9A-Fa-f:.]{2,45}\])(:\d{0,5}|/\d{0,3})?/?'
    r'|[0-9A-Fa-f:.]{2,45}(/\d{1,3})?'
)
# A list of this length was made by a machine; nobody reads further.
_ENTRIES = 1000


@dataclass(frozen=True)
class ProxySettings:
    """The settings that count for https, by name; their values hold no login.

    `proxy` and `bypass` name the ones that decide: a variable, the system's settings, or None.
    `entries` are what `bypass` lists; `disagreeing`, two spellings of one variable with different
    values, of which the first counts here and the other elsewhere.
    """

    shown: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    bypass: str | None = None
    entries: tuple[str, ...] = ()
    disagreeing: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Return the variable by which the proxy is set; it goes before the system's settings."""
        return self.proxy if self.proxy and self.proxy != SYSTEM else 'HTTPS_PROXY'

    def why(self, host: str, route: Route) -> str:
        """Name what sends a host this way.

        The way itself was found by requests' own rules; this only explains it.
        """
        # not among its types
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
    """Read the proxy settings in force for https: the environment's, and only without any the system's."""
    from urllib.request import getproxies, getproxies_environment

    if not getproxies_environment():
        system = {
            scheme: setting
            for scheme, setting in getproxies().items()
            if scheme in ('https', 'all')
        }
        listed = tuple((f'system {scheme}', _shown(setting)) for scheme, setting in system.items())
        return ProxySettings(
            listed,
            SYSTEM if system else None,
            SYSTEM if system else None,
            disagreeing=_disagreeing(('https_proxy', 'all_proxy')),
        )
    https, every, bypass = (_in_force(name) for name in ('https_proxy', 'all_proxy', 'no_proxy'))
    entries = tuple(
        entry for entry in os.environ.get(bypass or '', '').replace(' ', '').split(',') if entry
    )[:_ENTRIES]
    shown = [
        (name, _shown(os.environ[name]))
        for name in _spellings('https_proxy') + _spellings('all_proxy')
    ]
    shown += [
        (name, ','.join(map(_safe, os.environ[name].split(',')[:_ENTRIES])))
        for name in _spellings('no_proxy')
    ]
    disagreeing = _disagreeing(
        ('https_proxy', 'all_proxy', *(('no_proxy',) if https or every else ()))
    )
    if bypass in disagreeing[1:]:
        disagreeing = disagreeing[::-1]
    return ProxySettings(tuple(shown), https or every, bypass, entries, disagreeing)


def _spellings(name: str) -> tuple[str, ...]:
    """Return the variables of a name as programs spell it.

    An empty one in small letters still hides the other.
    """
    found = tuple(spelling for spelling in (name, name.upper()) if spelling in os.environ)
    # Windows knows no case: there both are one variable.
    found = found[-1:] if os.name == 'nt' else found
    return found if any(os.environ[spelling] for spelling in found) else ()


def _disagreeing(names: Iterable[str]) -> tuple[str, ...]:
    return next(
        (found for found in map(_spellings, names) if len({_meaning(name) for name in found}) > 1),
        (),
    )


def _in_force(name: str) -> str | None:
    """Return the spelling that Python's programs take: the small letters, but of NO_PROXY any that is not empty."""
    names = _spellings(name)
    if names and not os.environ[names[0]]:
        return next((one for one in names if os.environ[one]), None) if name == 'no_proxy' else None
    return names[0] if names else None


def _meaning(name: str) -> object:
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
    # What is no host, port or network may be a login that was put into the wrong setting.
    return entry.strip() if _ENTRY.fullmatch(entry.strip()) else '[redacted]'
