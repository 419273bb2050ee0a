# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Make the connection to a host through a proxy: by CONNECT (RFC 9110), or by SOCKS."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, innermost, translate
from azext_acrhealth.probes.http.dns import resolve
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.http.tcp import TcpConnection, connect_tcp


def connect(
    proxy: Proxy | None, host: str, addresses: Sequence[str], port: int, deadline: float
) -> TcpConnection:
    """Connect to a host by the way that is in force for it: through a proxy, or directly to its addresses."""
    return (
        connect_through(proxy, host, addresses, port, deadline)
        if proxy
        else connect_tcp(addresses, port, deadline)
    )


def connect_through(
    proxy: Proxy, host: str, addresses: Sequence[str], port: int, deadline: float
) -> TcpConnection:
    """Connect to a host through a proxy. The proxy resolves the name, but for socks4 and socks5."""
    since = time.monotonic()
    near = resolve(proxy.host, deadline)  # a name or a literal: getaddrinfo takes both
    if near.failure:
        return _through(
            proxy, since, Failure('ProxyUnreachable', f'{proxy.host}: {near.failure.text}')
        )
    end = min(deadline, time.monotonic() + deadlines.CONNECT)
    if not proxy.scheme.startswith('socks'):
        reached = connect_tcp(near.addresses, proxy.port, end)
        if reached.failure:
            return _through(proxy, since, Failure('ProxyUnreachable', reached.failure.text))
        statuses: list[int] = []
        failure, tunnel = _in_time(
            reached.socket,
            partial(_tunnel, reached.socket, proxy, host, port, statuses),
            deadlines.left(end, deadlines.CONNECT),
        )
        return replace(
            _through(proxy, since, failure, tunnel), proxy_status=next(iter(statuses), None)
        )
    for address in near.addresses:
        sock, ask = _socks(proxy, address, host, addresses, port)
        if sock is None:
            return _through(proxy, since, ask())
        each = deadlines.CONNECT if address == near.addresses[-1] else deadlines.CONNECT_EACH
        failure, tunnel = _in_time(sock, ask, deadlines.left(end, each))
        if failure is None or failure.kind != 'ProxyUnreachable' or time.monotonic() >= end:
            break
    return _through(proxy, since, failure, tunnel)


def _in_time(
    sock: Any, ask: Callable[[], tuple[Failure | None, Any]], seconds: float
) -> tuple[Failure | None, Any]:
    """Let a proxy be asked for a tunnel, in a time that holds for all of it.

    Without a tunnel nothing stays open.
    """
    guard = deadlines.SocketGuard(sock)
    with guard.limit(seconds):
        sock.settimeout(seconds)
        failure, tunnel = ask()
    guard.close()
    if guard.cut or (
        failure and failure.kind == 'Timeout'
    ):  # cut short, an answer may still look like a whole one
        failure = Failure('ProxyUnreachable', f'no answer from the proxy within {seconds:.2g} s')
    if failure:
        for one in (tunnel, sock):
            if one:
                one.close()
    return failure, None if failure else tunnel


def _through(
    proxy: Proxy, since: float, failure: Failure | None, sock: Any = None
) -> TcpConnection:
    return TcpConnection(
        sock,
        proxy=proxy.shown,
        failure=failure,
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


def _tunnel(
    sock: Any, proxy: Proxy, host: str, port: int, statuses: list[int]
) -> tuple[Failure | None, Any]:
    """Ask an HTTP proxy for a tunnel (RFC 9110, section 9.3.6)."""
    from http.client import HTTPException, HTTPResponse

    try:
        if proxy.scheme == 'https':
            from azext_acrhealth.probes.http.proxy_and_trust import context_for, trust

            sock = context_for(trust()).wrap_socket(sock, server_hostname=proxy.host)
        lines = [f'CONNECT {host}:{port} HTTP/1.1', f'Host: {host}:{port}']
        if proxy.user is not None:
            login = base64.b64encode(f'{proxy.user}:{proxy.password}'.encode()).decode()
            lines.append(f'Proxy-Authorization: Basic {login}')
        sock.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode('ascii'))
        http_response = HTTPResponse(sock, method='CONNECT')
        http_response.begin()
    except TimeoutError:
        return Failure('Timeout', 'no answer'), sock
    except OSError as error:  # a certificate's error is a ValueError too
        return Failure('ProxyUnreachable', error.strerror or str(error)), sock
    except (HTTPException, ValueError):
        return Failure('BadProxy', 'what answers there is no HTTP proxy'), sock
    statuses.append(http_response.status)
    if http_response.status == 200:
        return None, sock
    # tinyproxy answers 401 to a wrong login; a proxy that has seen none asks with 407.
    wants_login = http_response.status == 407 or (
        http_response.status == 401 and proxy.user is not None
    )
    kind = 'ProxyLogin' if wants_login else 'ProxyRefused'
    return Failure(kind, f'{http_response.status} {http_response.reason}'), sock


def _socks(
    proxy: Proxy, near: str, host: str, addresses: Sequence[str], port: int
) -> tuple[Any, Any]:
    """Prepare a connection through a SOCKS proxy, by PySocks, which comes with the CLI."""
    try:
        import socks
    except ImportError:
        return None, lambda: Failure(
            'BadProxy', 'the Azure CLI has no support for SOCKS here (PySocks)'
        )
    remote = proxy.scheme in ('socks4a', 'socks5h')
    if not remote and not addresses:
        return None, lambda: Failure(
            'ProxyRefused', f'a {proxy.scheme} proxy takes addresses, and the name has none'
        )
    sock = socks.socksocket(socket.AF_INET6 if ':' in near else socket.AF_INET)
    kind = socks.SOCKS4 if proxy.scheme.startswith('socks4') else socks.SOCKS5
    sock.set_proxy(kind, near, proxy.port, remote, proxy.user, proxy.password or None)
    kinds = (
        (socks.SOCKS5AuthError, 'ProxyLogin'),
        (socks.ProxyConnectionError, 'ProxyUnreachable'),
        (socks.SOCKS5Error, 'ProxyRefused'),
        (socks.SOCKS4Error, 'ProxyRefused'),
        (socks.ProxyError, 'BadProxy'),
        (TimeoutError, 'Timeout'),
        (OSError, 'ProxyUnreachable'),
    )

    def ask() -> tuple[Failure | None, Any]:
        try:
            sock.connect((host if remote else addresses[0], port))
        except OSError as error:
            # PySocks wraps whatever its negotiation raises, its own errors too.
            below = getattr(error, 'socket_err', None)
            inner = below if isinstance(below, OSError) else error
            kind = translate(
                inner if isinstance(error, socks.GeneralProxyError) else error, kinds
            ).kind
            return Failure(kind, innermost(inner)), sock
        return None, sock

    return sock, ask
