# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which hosts a cluster's `noProxy` exempts from its HTTP proxy, by the rules of Go.

Source: golang.org/x/net/http/httpproxy, which containerd and the kubelet use.
"""

from __future__ import annotations

from collections.abc import Iterable

from azext_acrhealth.grammar import is_ip_address
from azext_acrhealth.lazy_patterns import lazy_pattern

_HTTPS = '443'
# A host or an IPv6 address in brackets, and a port, which may be empty.
_WITH_PORT = lazy_pattern(r'(?:\[(?P<bracketed>[^\[\]]*)\]|(?P<host>[^:\[\]]*)):(?P<port>[^:]*)')


def exception_for(host: str, exceptions: Iterable[object]) -> str | None:
    """Return the entry that exempts a host name from the proxy for HTTPS; None if none does.

    Addresses and ranges exempt only hosts that are written as addresses, so none of them exempts a
    name, whatever it resolves to.
    """
    for text in exceptions:
        for entry in str(text).split(',') if isinstance(text, str) else ():
            if _exempts(entry.strip().lower(), host.strip().lower()):
                return entry.strip()
    return None


def _exempts(entry: str, host: str) -> bool:
    if entry == '*':
        return True
    match = _WITH_PORT.fullmatch(entry)
    name, port = (
        (match['bracketed'] or match['host'] or '', match['port']) if match else (entry, '')
    )
    if not name or '/' in name or is_ip_address(name) or port not in ('', _HTTPS):
        return False
    if name.startswith('*.'):
        name = name[1:]
    if name.startswith('.'):
        return host.endswith(name)
    return host == name or host.endswith(f'.{name}')
