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
from azext_acrhealth.probes.failure import Trouble, innermost, translate
from azext_acrhealth.probes.http.dns import resolve
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.http.tcp import Dialled, dial


def connect(
    proxy: Proxy | None, host: str, addresses: Sequence[str], port: int, deadline: float
) -> Dialled:
    """Connect to a host by the way that is in force for it: through a proxy, or directly to its addresses."""
    return (
        dial_through(proxy, host, addresses, port, deadline)
        if proxy
        else dial(addresses, port, deadline)
    )


def dial_through(
    proxy: Proxy, host: str, addresses: Sequence[str], port: int, deadline: float
) -> Dialled:
    """Connect to a host through a proxy. The proxy resolves the name, but for socks4 and socks5."""
    since = time.monotonic()
    near = resolve(proxy.host, deadline)  # a name or a literal: getaddrinfo takes both
    if near.trouble:
        return _through(
            proxy, since, Trouble('ProxyUnreachable', f'{proxy.host}: {near.trouble.text}')
        )
    end = min(deadline, time.monotonic() + deadlines.CONNECT)
    if not proxy.scheme.startswith('socks'):
        reached = dial(near.addresses, proxy.port, end)
        if reached.trouble:
            return _through(proxy, since, Trouble('ProxyUnreachable', reached.trouble.text))
        statuses: list[int] = []
        trouble, tunnel = _in_time(
            reached.socket,
            partial(_tunnel, reached.socket, proxy, host, port, statuses),
            deadlines.left(end, deadlines.CONNECT),
        )
        return replace(
            _through(proxy, since, trouble, tunnel), proxy_status=next(iter(statuses), None)
        )
    for address in near.addresses:
        sock, ask = _socks(proxy, address, host, addresses, port)
        if sock is None:
            return _through(proxy, since, ask())
        each = deadlines.CONNECT if address == near.addresses[-1] else deadlines.CONNECT_EACH
        trouble, tunnel = _in_time(sock, ask, deadlines.left(end, each))
        if trouble is None or trouble.kind != 'ProxyUnreachable' or time.monotonic() >= end:
            break
    return _through(proxy, since, trouble, tunnel)


def _in_time(
    sock: Any, ask: Callable[[], tuple[Trouble | None, Any]], seconds: float
) -> tuple[Trouble | None, Any]:
    """Let a proxy be asked for a tunnel, in a time that holds for all of it.

    Without a tunnel nothing stays open.
    """
    cord = deadlines.Cord(sock)
    with cord.limit(seconds):
        sock.settimeout(seconds)
        trouble, tunnel = ask()
    cord.close()
    if cord.cut or (
        trouble and trouble.kind == 'Timeout'
    ):  # cut short, an answer may still look like a whole one
        trouble = Trouble('ProxyUnreachable', f'no answer from the proxy within {seconds:.2g} s')
    if trouble:
        for one in (tunnel, sock):
            if one:
                one.close()
    return trouble, None if trouble else tunnel


def _through(proxy: Proxy, since: float, trouble: Trouble | None, sock: Any = None) -> Dialled:
    return Dialled(
        sock,
        proxy=proxy.shown,
        trouble=trouble,
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


def _tunnel(
    sock: Any, proxy: Proxy, host: str, port: int, statuses: list[int]
) -> tuple[Trouble | None, Any]:
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
        response = HTTPResponse(sock, method='CONNECT')
        response.begin()
    except TimeoutError:
        return Trouble('Timeout', 'no answer'), sock
    except OSError as error:  # a certificate's error is a ValueError too
        return Trouble('ProxyUnreachable', error.strerror or str(error)), sock
    except (HTTPException, ValueError):
        return Trouble('BadProxy', 'what answers there is no HTTP proxy'), sock
    statuses.append(response.status)
    if response.status == 200:
        return None, sock
    # tinyproxy answers 401 to a wrong login; a proxy that has seen none asks with 407.
    wants_login = response.status == 407 or (response.status == 401 and proxy.user is not None)
    kind = 'ProxyLogin' if wants_login else 'ProxyRefused'
    return Trouble(kind, f'{response.status} {response.reason}'), sock


def _socks(
    proxy: Proxy, near: str, host: str, addresses: Sequence[str], port: int
) -> tuple[Any, Any]:
    """Prepare a connection through a SOCKS proxy, by PySocks, which comes with the CLI."""
    try:
        import socks
    except ImportError:
        return None, lambda: Trouble(
            'BadProxy', 'the Azure CLI has no support for SOCKS here (PySocks)'
        )
    remote = proxy.scheme in ('socks4a', 'socks5h')
    if not remote and not addresses:
        return None, lambda: Trouble(
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

    def ask() -> tuple[Trouble | None, Any]:
        try:
            sock.connect((host if remote else addresses[0], port))
        except OSError as error:
            # PySocks wraps whatever its negotiation raises, its own errors too.
            below = getattr(error, 'socket_err', None)
            inner = below if isinstance(below, OSError) else error
            kind = translate(
                inner if isinstance(error, socks.GeneralProxyError) else error, kinds
            ).kind
            return Trouble(kind, innermost(inner)), sock
        return None, sock

    return sock, ask
