# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The response to an HTTP request, bounded in size, and the errors in a registry's response."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.tls import HandshakeKind
from azext_acrhealth.redaction import LOOK_AHEAD, redactor

ExchangeKind = Literal['Timeout', 'Reset', 'Cut', 'NotHttp']
ResponseKind = Literal[ExchangeKind, HandshakeKind]

# Token responses have a few KiB; longer bodies are truncated.
BODY = 256 * 1024
_HEADER_LENGTH = 8 * 1024
# So much of an error's texts is read: more than is shown, so that a secret in them is whole.
_ERROR_LENGTH = LOOK_AHEAD

# "client with IP '203.0.113.7' is not allowed access" (wire formats, section D).
_CLIENT = lazy_pattern(r"client with IP '?([0-9A-Fa-f:.]{2,45})'?")


@dataclass(frozen=True)
class Response:
    """An HTTP response. `status` is None when there is none; then `failure` says why.

    Without a connection, the failure is that of the handshake. `at` is the time (UTC) at which the
    request was sent. `earlier` is the response after which it was retried.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b'', repr=False)
    failure: Failure[ResponseKind] | None = None
    at: str = ''
    seconds: float = 0.0
    complete: bool = True
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    earlier: Response | None = None

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of all lines of a header."""
        return tuple(
            self.redact(value) for key, value in self.headers if key.lower() == name.lower()
        )

    def header(self, name: str) -> str | None:
        """Return the value of a header's first line; None when there is none."""
        value = next((value for key, value in self.headers if key.lower() == name.lower()), None)
        return None if value is None else self.redact(value[:_HEADER_LENGTH])

    @property
    def retry_after(self) -> int | None:
        """Return the seconds in Retry-After; None when it is absent or a date."""
        value = (self.header('Retry-After') or '').strip()
        return min(int(value[:9]), 10**6) if value.isascii() and value.isdigit() else None

    def json(self) -> Any:
        """Return the body's JSON; None when it is invalid, truncated, or nested too deeply."""
        if not self.complete:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def without(self, *secrets: str) -> Response:
        """Return the response with these secrets redacted from every text read from it."""
        earlier = self.earlier.without(*secrets) if self.earlier else None
        return replace(self, redact=redactor(secrets), earlier=earlier)

    def text(self, length: int = 200) -> str:
        """Return the beginning of the body as text."""
        return self.redact(self.body[: max(length, LOOK_AHEAD)].decode('utf-8', 'replace'))[:length]

    @property
    def title(self) -> str | None:
        """Return the title of an HTML page; None when there is none."""
        # Without a pattern: on a malicious page a pattern can take minutes.
        page = self.text(4096)
        lowered = page.lower()
        begin = lowered.find('>', lowered.find('<title')) + 1 if '<title' in lowered else 0
        end = lowered.find('</title', begin)
        return ' '.join(page[begin:end].split())[:200] or None if 0 < begin < end else None

    @property
    def status_text(self) -> str:
        """Return the status with its name (RFC 9110, section 15), if it has one."""
        from http import HTTPStatus

        try:
            return f'{self.status} {HTTPStatus(self.status or 0).phrase}'
        except ValueError:
            return str(self.status)

    @property
    def writer(self) -> str:
        """Return the server's name and the title of its page, as far as the response has them."""
        server = self.header('Server') or self.header('Via')
        return ': '.join(text for text in (server, self.title) if text)


class RegistryError(NamedTuple):
    """An error in the registry's format.

    `client_ip` is the client's address according to the registry; None when it is no valid address.
    `firewall` is True when the registry's network rules caused the error, with or without address.
    `detail` is its detail as JSON; empty if there is none.
    """

    code: str
    message: str
    client_ip: str | None = None
    firewall: bool = False
    detail: str = ''


def registry_error(response: Response) -> RegistryError | None:
    """Return the first error in a registry's response; None when the body has another format."""
    content = response.json()
    errors = content.get('errors') if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict) or not isinstance(first.get('code'), str):
        return None
    try:
        message = str(first.get('message') or '')
        detail = json.dumps(first['detail']) if first.get('detail') else ''
    except RecursionError:  # json reads deeper nesting than str() can format
        message = detail = ''
    match = _CLIENT.search(message)
    return RegistryError(
        response.redact(first['code'][:_ERROR_LENGTH]),
        response.redact(message[:_ERROR_LENGTH]),
        _address(match[1]) if match else None,
        'client with IP' in message,
        response.redact(detail[:_ERROR_LENGTH]),
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
