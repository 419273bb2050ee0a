# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Make the TCP connection to a host, directly or through its proxy."""

from __future__ import annotations

import base64
import errno
import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Sequence

from azext_acrhealth.probes import limits
from azext_acrhealth.probes.resolver import resolve
from azext_acrhealth.probes.route import Proxy
from azext_acrhealth.probes.trouble import Trouble, translate

CONNECT_TROUBLES = (
    (TimeoutError, 'Timeout'),
    (ConnectionRefusedError, 'Refused'),
    (ConnectionError, 'Reset'),
    (OSError, 'Failed'),
)
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.EADDRNOTAVAIL,
             errno.EAFNOSUPPORT, errno.ENETDOWN, 10051, 10065, 10049, 10047}


@dataclass(frozen=True)
class Dialled:
    """The end of a connection attempt, with one entry for each address that was tried.

    `trouble.kind` is Timeout, Refused, Reset, Unreachable or Failed; through a proxy also ProxyUnreachable, ProxyLogin,
    ProxyRefused or BadProxy.
    """

    socket: Any = None
    address: str | None = None
    tried: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    trouble: Trouble | None = None
    seconds: float = 0.0


def dial(addresses: Sequence[str], port: int, deadline: float) -> Dialled:
    """Connect to the first address that takes it; 5 s for each and 10 s in all."""
    since = time.monotonic()
    end = min(deadline, since + limits.CONNECT)
    tried: list[tuple[str, str]] = []
    worst: Trouble | None = None
    for address in addresses:
        if tried and time.monotonic() >= end:
            break
        try:
            sock = socket.create_connection((address, port), limits.left(end, limits.CONNECT_EACH))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Dialled(sock, address, (*tried, (address, 'Connected')), seconds=time.monotonic() - since)
        except OSError as error:
            trouble = _trouble(error)
            tried.append((address, trouble.kind))
            worst = worst or trouble
    return Dialled(tried=tuple(tried), trouble=worst or Trouble('Failed', 'there is no address to connect to'),
                   seconds=time.monotonic() - since)


def _trouble(error: OSError) -> Trouble:
    kind = next(name for kind, name in CONNECT_TROUBLES if isinstance(error, kind))
    if kind == 'Failed' and error.errno in _NO_ROUTE:
        kind = 'Unreachable'
    return Trouble(kind, error.strerror or str(error) or type(error).__name__)


def dial_through(proxy: Proxy, host: str, addresses: Sequence[str], port: int, deadline: float) -> Dialled:
    """Connect to a host through a proxy. The proxy resolves the name, but for socks4 and socks5."""
    since = time.monotonic()
    near = resolve(proxy.host, deadline)     # a name or a literal: getaddrinfo takes both
    if near.trouble:
        return _through(proxy, since, Trouble('ProxyUnreachable', f'{proxy.host}: {near.trouble.text}'))
    if proxy.scheme.startswith('socks'):
        sock, ask = _socks(proxy, near.addresses[0], host, addresses, port)
    else:
        reached = dial(near.addresses, proxy.port, deadline)
        if reached.trouble:
            return _through(proxy, since, Trouble('ProxyUnreachable', reached.trouble.text))
        sock, ask = reached.socket, partial(_tunnel, reached.socket, proxy, host, port)
    if sock is None:
        return _through(proxy, since, ask())
    cord, seconds = limits.Cord(sock), limits.left(deadline, limits.CONNECT)
    with cord.limit(seconds):
        sock.settimeout(seconds)
        trouble, tunnel = ask()
    cord.close()
    if trouble:
        sock.close()
        if cord.cut or trouble.kind == 'Timeout':
            trouble = Trouble('ProxyUnreachable', f'no answer from the proxy within {seconds:.0f} s')
    return _through(proxy, since, trouble, None if trouble else tunnel)


def _through(proxy: Proxy, since: float, trouble: Trouble | None, sock: Any = None) -> Dialled:
    return Dialled(sock, proxy=proxy.shown, trouble=trouble, seconds=time.monotonic() - since)


def _tunnel(sock: Any, proxy: Proxy, host: str, port: int) -> tuple[Trouble | None, Any]:
    """Ask an HTTP proxy for a tunnel (RFC 9110, section 9.3.6)."""
    from http.client import HTTPException, HTTPResponse
    try:
        if proxy.scheme == 'https':
            from azext_acrhealth.probes.route import context_for, trust
            sock = context_for(trust()).wrap_socket(sock, server_hostname=proxy.host)
        lines = [f'CONNECT {host}:{port} HTTP/1.1', f'Host: {host}:{port}']
        if proxy.user is not None:
            login = base64.b64encode(f'{proxy.user}:{proxy.password}'.encode()).decode()
            lines.append(f'Proxy-Authorization: Basic {login}')
        sock.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode('ascii'))
        response = HTTPResponse(sock, method='CONNECT')
        response.begin()
    except TimeoutError:
        return Trouble('Timeout', 'no answer'), None
    except (HTTPException, ValueError) as error:
        return Trouble('BadProxy', f'what answers there is no proxy: {type(error).__name__}'), None
    except OSError as error:
        return Trouble('ProxyUnreachable', error.strerror or str(error)), None
    if response.status == 200:
        return None, sock
    kind = 'ProxyLogin' if response.status == 407 else 'ProxyRefused'
    return Trouble(kind, f'{response.status} {response.reason}'), None


def _socks(proxy: Proxy, near: str, host: str, addresses: Sequence[str], port: int) -> tuple[Any, Any]:
    """Prepare a connection through a SOCKS proxy, by PySocks, which comes with the CLI."""
    try:
        import socks
    except ImportError:
        return None, lambda: Trouble('BadProxy', 'the Azure CLI has no support for SOCKS here (PySocks)')
    remote = proxy.scheme in ('socks4a', 'socks5h')
    if not remote and not addresses:
        return None, lambda: Trouble('ProxyRefused', f'a {proxy.scheme} proxy takes addresses, and the name has none')
    sock = socks.socksocket(socket.AF_INET6 if ':' in near else socket.AF_INET)
    kind = socks.SOCKS4 if proxy.scheme.startswith('socks4') else socks.SOCKS5
    sock.set_proxy(kind, near, proxy.port, remote, proxy.user, proxy.password or None)
    kinds = ((socks.SOCKS5AuthError, 'ProxyLogin'), (socks.ProxyConnectionError, 'ProxyUnreachable'),
             (socks.SOCKS5Error, 'ProxyRefused'), (socks.SOCKS4Error, 'ProxyRefused'),
             (socks.ProxyError, 'BadProxy'), (TimeoutError, 'Timeout'), (OSError, 'ProxyUnreachable'))

    def ask() -> tuple[Trouble | None, Any]:
        try:
            sock.connect((host if remote else addresses[0], port))
        except OSError as error:
            return translate(error, kinds), None
        return None, sock
    return sock, ask
