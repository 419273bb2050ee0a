# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the DNS servers that this machine is configured to use."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from azext_acrhealth.grammar import is_ip_address
from azext_acrhealth.probes.regular_file import read_regular_file

# The stub listener of systemd-resolved forwards to the servers in its own file (resolved.conf(5)).
_STUB = '127.0.0.53'
RESOLV_CONF, STUB_SERVERS = Path('/etc/resolv.conf'), Path('/run/systemd/resolve/resolv.conf')
# glibc uses the first three (resolv.conf(5)); the servers behind a stub are more.
MAX_SERVERS = 6
_INTERFACES = (
    r'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces',
    r'SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters\Interfaces',
)


def dns_servers() -> tuple[str, ...]:
    """Return the addresses of this machine's DNS servers, each once; empty where not known."""
    if os.name == 'nt':
        servers = _registry_servers(importlib.import_module('winreg'))
    else:
        servers = _file_servers(RESOLV_CONF)
        if servers == [_STUB]:
            servers += _file_servers(STUB_SERVERS)
    return tuple(dict.fromkeys(servers))[:MAX_SERVERS]


def _file_servers(path: Path) -> list[str]:
    """Return the servers that a file in the format of resolv.conf(5) lists."""
    try:
        lines = read_regular_file(str(path)).decode('utf-8', 'replace').splitlines()
    except OSError:
        return []
    fields = (line.split() for line in lines)
    return _addresses(field[1] for field in fields if field[:1] == ['nameserver'] and field[1:])


def _registry_servers(winreg: Any) -> list[str]:
    """Return the servers of all network adapters, as the Windows registry lists them.

    A server that was set by hand replaces those of DHCP.
    """
    servers: list[str] = []
    for path in _INTERFACES:
        for adapter in _adapters(winreg, path):
            for name in ('NameServer', 'DhcpNameServer'):
                found = _addresses(re.split(r'[\s,]+', _value(winreg, f'{path}\\{adapter}', name)))
                servers += found
                if found:
                    break
    return servers


def _adapters(winreg: Any, path: str) -> Iterator[str]:
    with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
        for index in range(winreg.QueryInfoKey(key)[0]):
            yield str(winreg.EnumKey(key, index))


def _value(winreg: Any, path: str, name: str) -> str:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            value = winreg.QueryValueEx(key, name)[0]
    except OSError:
        return ''
    # Windows 11 stores the IPv6 servers as a list.
    return ' '.join(map(str, value)) if isinstance(value, list) else str(value)


def _addresses(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if is_ip_address(text)]
