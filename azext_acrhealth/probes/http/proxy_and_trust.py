# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the proxy and the trusted certificates that the Azure CLI would use for a host."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.regular_file import require_no_pipe, require_regular_file

RouteKind = Literal['InvalidProxy']
_PORTS = {
    'http': 80,
    'https': 443,
    'socks4': 1080,
    'socks4a': 1080,
    'socks5': 1080,
    'socks5h': 1080,
}
_HASHED, _MOST_CERTIFICATES = lazy_pattern(r'[0-9a-f]{8}\.\d+'), 10_000
_SCHEME = lazy_pattern(r'[A-Za-z][A-Za-z0-9+.-]*://')


class Proxy(NamedTuple):
    """A proxy setting; `repr` leaves its login out."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:  # without the login
        return f'Proxy({self.shown})'

    @property
    def shown(self) -> str:
        """Return the setting without its login."""
        return f'{self.scheme}://{self.authority}'

    @property
    def resolves_names(self) -> bool:
        """Return whether the proxy, not this machine, resolves the names of hosts."""
        return self.scheme not in ('socks4', 'socks5')

    @property
    def authority(self) -> str:
        """Return the host and the port as a URL has them (RFC 3986, section 3.2)."""
        host = f'[{self.host}]' if ':' in self.host else self.host
        return f'{host}:{self.port}'


class Route(NamedTuple):
    """The proxy for a host, None for a direct connection, or why the proxy setting is invalid."""

    proxy: Proxy | None = None
    failure: Failure[RouteKind] | None = None


class Trust(NamedTuple):
    """Which certificates are trusted, and the setting that decides it (`source`)."""

    verify: bool
    bundle: str
    source: str


def route_to(authority: str) -> Route:
    """Find the proxy for https to a host as requests does: environment, system, NO_PROXY.

    A port other than 443 follows the host, as in a URL.
    """
    # The whole package: a module of it that one thread imports while another one imports the
    # package would see only a part of the other, because its modules import each other.
    import requests

    url = f'https://{authority}/'
    setting = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    return read_proxy(setting) if setting else Route()


def read_proxy(setting: str) -> Route:
    """Parse a proxy setting; without a scheme it is http."""
    if '@' in setting and not _SCHEME.match(setting):
        return Route(
            failure=Failure(
                'InvalidProxy', 'a setting with a login must start with a scheme such as http://'
            )
        )
    try:
        parts = urlsplit(setting if _SCHEME.match(setting) else f'http://{setting}')
        port = parts.port or _PORTS.get(parts.scheme, 0)
        host = parts.hostname
    except ValueError as error:
        # urllib's messages quote the part that they could not parse, which may be a password.
        text = (
            'the port is invalid'
            if str(error).startswith('Port')
            else "the setting isn't a valid URL"
        )
        return Route(failure=Failure('InvalidProxy', text))
    if '@' in parts.path + parts.query + parts.fragment:
        # The text before that `@` was meant as a login, but would be shown as the host.
        return Route(
            failure=Failure(
                'InvalidProxy', '/, ? and # in the login must be encoded as %2F, %3F and %23'
            )
        )
    if parts.scheme not in _PORTS:
        # The scheme may be part of a login, so the text does not quote it.
        return Route(
            failure=Failure(
                'InvalidProxy',
                'the scheme must be http, https, socks4, socks4a, socks5 or socks5h',
            )
        )
    if not host or any(character.isspace() or not character.isprintable() for character in host):
        return Route(failure=Failure('InvalidProxy', 'the host is missing or invalid'))
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else ''
    # Bytes of a variable that aren't UTF-8 (PEP 383), which can't be sent.
    if any('\ud800' <= character <= '\udfff' for character in f'{user}{password}'):
        return Route(failure=Failure('InvalidProxy', "the user name or password isn't valid UTF-8"))
    return Route(Proxy(parts.scheme, host, port, user, password))


def trust() -> Trust:
    """Find the bundle that the CLI trusts: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, else certifi's."""
    import requests
    from azure.cli.core.util import should_disable_connection_verify

    if should_disable_connection_verify():
        return Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION')
    for name in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
        if os.environ.get(name):
            return Trust(True, os.environ[name], name)
    bundle = requests.certs.where()  # type: ignore[attr-defined]
    return Trust(True, bundle, 'certifi')


# All public roots take about 300 KiB.
_LONGEST_BUNDLE = 64 * 1024 * 1024


def require_readable(bundle: str) -> None:
    """Raise OSError for a bundle or a key log that TLS libraries would read or wait for endlessly.

    The error of a key log names its file. What is missing, they report themselves.
    """
    key_log = os.environ.get('SSLKEYLOGFILE')
    try:
        if key_log and os.path.exists(key_log):
            require_no_pipe(key_log)
    except OSError as error:
        raise OSError(error.errno, error.strerror, key_log) from error
    if bundle and os.path.isdir(bundle):
        _require_readable_folder(bundle)
    elif bundle and os.path.exists(bundle):
        require_regular_file(bundle, _LONGEST_BUNDLE)


def _require_readable_folder(folder: str) -> None:
    """Raise OSError for a certificate in a folder that OpenSSL would wait for in a handshake.

    It looks for the hash of an issuer's name, such as 5ed36f99.0 (X509_LOOKUP_hash_dir(3)).
    """
    with os.scandir(folder) as entries:
        hashed = [entry.path for entry in entries if _HASHED.fullmatch(entry.name)]
    for path in hashed[:_MOST_CERTIFICATES]:
        with suppress(FileNotFoundError):
            require_regular_file(path, _LONGEST_BUNDLE)


_contexts_lock = Lock()


def context_for(trusted: Trust) -> Any:
    """Return the TLS context that requests would use (an ssl.SSLContext).

    Raises OSError for an unreadable bundle. Connections share a context, because loading all public
    roots takes a megabyte and some milliseconds.
    """
    require_readable(trusted.bundle)
    path = Path(trusted.bundle) if trusted.bundle else None
    modified = path.stat().st_mtime_ns if path and path.exists() else 0
    with _contexts_lock:
        return _context(trusted, modified, os.environ.get('SSLKEYLOGFILE'))


@lru_cache(maxsize=4)
def _context(trusted: Trust, _modified: int, _key_log: str | None) -> Any:
    import ssl

    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    if not trusted.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    if os.path.isdir(trusted.bundle):
        context.load_verify_locations(capath=trusted.bundle)
    else:
        context.load_verify_locations(cafile=trusted.bundle)
    return context
