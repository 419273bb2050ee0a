# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The hosts and ports that a firewall must allow, from the facts of a registry's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from azext_acrhealth.probes.json_access import list_of
from azext_acrhealth.report_rows import Row
from azext_acrhealth.report_writers.sections import Section

_PORT = 443
_LOGIN, _LAYERS = 'Login and manifests', 'Layers'
# The checks of the network between this machine and the login server.
_PATH = ('dns', 'connection', 'tls')


class Host(NamedTuple):
    """A host, its purpose, how it is reached, and what was seen.

    `proxy` is empty for a direct connection, and for one that wasn't tried.
    """

    name: str
    purpose: str
    addresses: tuple[str, ...]
    proxy: str
    result: str
    port: int = _PORT


def hosts(sections: Iterable[Section]) -> list[Host]:
    """Return the hosts that logins, pulls, and pushes need; of several with a name, the failed."""
    found: dict[str, Host] = {}
    for section in sections:
        rows = {row['check']: row for row in section.rows if not row['cluster']}
        for host in (*_login_server(section, rows), *_data_hosts(rows)):
            if host.name not in found or host.result == 'Failed':
                found[host.name] = host
    return list(found.values())


def _login_server(section: Section, rows: Mapping[str, Row]) -> Iterator[Host]:
    name = (section.registry or {}).get('loginServer')
    if not name:
        return
    resolution, connection = (_facts(rows, key) for key in _PATH[:2])
    states = [rows[key]['status'] for key in _PATH if key in rows]
    result = 'Failed' if 'Failed' in states else 'Not checked'
    if rows.get('tls', {}).get('status') in ('Passed', 'Warning'):
        result = 'Reached'
    yield Host(name, _LOGIN, _addresses(resolution), _text(connection.get('proxy')), result)


def _data_hosts(rows: Mapping[str, Row]) -> Iterator[Host]:
    endpoints = _facts(rows, 'data-endpoints')
    failed = list_of(endpoints.get('failed'))
    for facts in list_of(endpoints.get('hosts')):
        yield from _data_host(facts, 'Failed' if facts.get('host') in failed else 'Reached')
    for facts in list_of(_facts(rows, 'blob').get('hops')):
        # A host that was reached has responded, with whatever status.
        yield from _data_host(facts, 'Reached' if facts.get('status') else 'Failed')
    for pattern in list_of(endpoints.get('allow')):
        yield Host(_text(pattern), _LAYERS, (), '', 'Not checked')


def _data_host(facts: Mapping[str, Any], result: str) -> Iterator[Host]:
    if facts.get('host'):
        proxy = _text(facts.get('proxy'))
        yield Host(_text(facts['host']), _LAYERS, _addresses(facts), proxy, result)


def _facts(rows: Mapping[str, Row], check: str) -> Mapping[str, Any]:
    return rows[check]['facts'] if check in rows else {}


def _addresses(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_text(item.get('address')) for item in list_of(facts.get('addresses')))


def _text(value: Any) -> str:
    return str(value) if value else ''
