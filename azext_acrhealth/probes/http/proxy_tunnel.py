# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connect to a host through a proxy, with CONNECT (RFC 9110) or with SOCKS."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, Table, innermost_message, translate
from azext_acrhealth.probes.http.dns import resolve
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.http.tcp import ProxyKind, TcpConnection, connect_tcp

# Timeout is replaced by ProxyUnreachable, with the time limit in the text.
_TunnelKind = Literal[ProxyKind, 'Timeout']
_Tunnel = tuple['Failure[_TunnelKind] | None', Any]


def connect(
    proxy: Proxy | None, host: str, addresses: Sequence[str], port: int, deadline: float
) -> TcpConnection:
    """Connect to a host through a proxy, or directly to its addresses when there is none."""
    return (
        connect_through(proxy, host, addresses, port, deadline)
        if proxy
        else connect_tcp(addresses, port, deadline)
    )


def connect_through(
    proxy: Proxy, host: str, addresses: Sequence[str], port: int, deadline: float
) -> TcpConnection:
    """Connect to a host through a proxy, which resolves the name unless it is socks4 or socks5."""
    since = time.monotonic()
    resolution = resolve(proxy.host, deadline)  # getaddrinfo takes a name or an address
    if resolution.failure:
        return _result(
            proxy, since, Failure('ProxyUnreachable', f'{proxy.host}: {resolution.failure.text}')
        )
    end = min(deadline, time.monotonic() + deadlines.CONNECT)
    if not proxy.scheme.startswith('socks'):
        tcp = connect_tcp(resolution.addresses, proxy.port, end)
        if tcp.failure:
            return _result(proxy, since, Failure('ProxyUnreachable', tcp.failure.text))
        statuses: list[int] = []
        failure, tunnel = _open_within(
            deadlines.left(end, deadlines.CONNECT),
            tcp.socket,
            partial(_request_tunnel, tcp.socket, proxy, host, port, statuses),
        )
        return _result(proxy, since, failure, tunnel)._replace(
            proxy_status=next(iter(statuses), None)
        )
    for address in resolution.addresses:
        prepared = _prepare_socks(proxy, address, host, addresses, port)
        if isinstance(prepared, Failure):
            return _result(proxy, since, prepared)
        sock, open_tunnel = prepared
        is_last = address == resolution.addresses[-1]
        limit = deadlines.CONNECT if is_last else deadlines.CONNECT_EACH
        failure, tunnel = _open_within(deadlines.left(end, limit), sock, open_tunnel)
        if failure is None or failure.kind != 'ProxyUnreachable' or time.monotonic() >= end:
            break
    return _result(proxy, since, failure, tunnel)


def _open_within(
    seconds: float, sock: Any, open_tunnel: Callable[[], _Tunnel]
) -> tuple[Failure[ProxyKind] | None, Any]:
    """Open a tunnel within a total time; without a tunnel all sockets are closed."""
    guard = deadlines.SocketGuard(sock)
    with guard.limit(seconds):
        sock.settimeout(seconds)
        result, tunnel = open_tunnel()
    guard.close()
    failure: Failure[ProxyKind] | None = None
    # A truncated response may look complete, so the guard decides first.
    if guard.aborted or (result and result.kind == 'Timeout'):
        failure = Failure('ProxyUnreachable', f'no response from the proxy within {seconds:.2g} s')
    elif result and result.kind != 'Timeout':
        failure = Failure(result.kind, result.text)
    if failure:
        for connection in (tunnel, sock):
            if connection:
                connection.close()
    return failure, None if failure else tunnel


def _result(
    proxy: Proxy, since: float, failure: Failure[ProxyKind] | None, sock: Any = None
) -> TcpConnection:
    return TcpConnection(
        sock,
        proxy=proxy.shown,
        failure=failure,
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


def _request_tunnel(sock: Any, proxy: Proxy, host: str, port: int, statuses: list[int]) -> _Tunnel:
    """Request a tunnel from an HTTP proxy (RFC 9110, section 9.3.6).

    The response's status is appended to `statuses`.
    """
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
        return Failure('Timeout', 'no response'), sock
    except OSError as error:  # first, because a certificate error is a ValueError too
        raise_limit(error)
        return Failure('ProxyUnreachable', error.strerror or str(error)), sock
    except (HTTPException, ValueError):
        return Failure('InvalidProxy', "the server isn't an HTTP proxy"), sock
    statuses.append(http_response.status)
    if http_response.status == 200:
        return None, sock
    # A proxy that requires a login responds with 407; tinyproxy responds with 401 to a wrong login.
    login_failed = http_response.status == 407 or (
        http_response.status == 401 and proxy.user is not None
    )
    kind: ProxyKind = 'ProxyLogin' if login_failed else 'ProxyRefused'
    return Failure(kind, f'{http_response.status} {http_response.reason}'), sock


def _prepare_socks(
    proxy: Proxy, proxy_address: str, host: str, addresses: Sequence[str], port: int
) -> tuple[Any, Callable[[], _Tunnel]] | Failure[ProxyKind]:
    """Return a socket, and the function that opens a SOCKS tunnel with it.

    Uses PySocks, which the CLI ships.
    """
    try:
        import socks
    except ImportError:
        return Failure(
            'InvalidProxy', "this Azure CLI has no SOCKS support (PySocks isn't installed)"
        )
    remote = proxy.scheme in ('socks4a', 'socks5h')
    if not remote and not addresses:
        return Failure(
            'ProxyRefused',
            f"a {proxy.scheme} proxy requires an address, and the name doesn't resolve",
        )
    sock = socks.socksocket(socket.AF_INET6 if ':' in proxy_address else socket.AF_INET)
    version = socks.SOCKS4 if proxy.scheme.startswith('socks4') else socks.SOCKS5
    sock.set_proxy(version, proxy_address, proxy.port, remote, proxy.user, proxy.password or None)
    kinds: Table[_TunnelKind] = (
        (socks.SOCKS5AuthError, 'ProxyLogin'),
        (socks.ProxyConnectionError, 'ProxyUnreachable'),
        (socks.SOCKS5Error, 'ProxyRefused'),
        (socks.SOCKS4Error, 'ProxyRefused'),
        (socks.ProxyError, 'InvalidProxy'),
        (TimeoutError, 'Timeout'),
        (OSError, 'ProxyUnreachable'),
    )

    def open_tunnel() -> _Tunnel:
        try:
            sock.connect((host if remote else addresses[0], port))
        except OSError as error:
            raise_limit(error)
            # PySocks wraps all exceptions of its negotiation, its own included.
            wrapped = getattr(error, 'socket_err', None)
            inner = wrapped if isinstance(wrapped, OSError) else error
            kind = translate(
                inner if isinstance(error, socks.GeneralProxyError) else error, kinds
            ).kind
            return Failure(kind, innermost_message(inner)), sock
        return None, sock

    return sock, open_tunnel
