# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The response to an HTTP request, bounded in size, and the errors in a registry's response."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote_plus, unquote

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.tls import HandshakeKind

ExchangeKind = Literal['Timeout', 'Reset', 'Cut', 'NotHttp']
ResponseKind = Literal[ExchangeKind, HandshakeKind]

# Token responses have a few KiB; longer bodies are truncated.
BODY = 256 * 1024

GUID = re.compile(r'[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
# "client with IP '203.0.113.7' is not allowed access" (wire formats, section D).
_CLIENT = re.compile(r"client with IP '?([0-9A-Fa-f:.]{2,45})'?")


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
        return None if value is None else self.redact(value[:_LONGEST])

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
        return self.redact(self.body[: max(length, _AHEAD)].decode('utf-8', 'replace'))[:length]

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
    def writer(self) -> str:
        """Return the server's name and the title of its page, as far as the response has them."""
        server = self.header('Server') or self.header('Via')
        return ': '.join(text for text in (server, self.title) if text)


# Redaction reads this far past the end of a text, to recognize a secret that the end truncates.
_AHEAD = 16 * 1024
_LONGEST = 8 * 1024
# The shortest part of a secret, in letters and digits, that is redacted by itself.
_PART = 16
_BLOCK = (_PART + 1) // 2


def redactor(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """Return a function that redacts secrets from a text.

    A text that still contains a part of a secret, in any encoding, is redacted as a whole.
    """
    exact = [
        form for secret in dict.fromkeys(secrets) if secret for form in (secret, quote_plus(secret))
    ]
    forms = [form for secret in dict.fromkeys(secrets) for form in _forms(secret[:_AHEAD])]
    # A text that shares a part with a form contains one of these blocks, which are few and so
    # quick to look for.
    blocks = {
        form[at : at + _BLOCK] for form in forms for at in range(0, len(form) - _BLOCK + 1, _BLOCK)
    }

    def redact(text: str) -> str:
        for form in exact:
            text = text.replace(form, '[redacted]')
        # dict.fromkeys: most texts have no percent-encoding, and all three are the same.
        unquoted = unquote(text)
        for plain in map(_normalize, dict.fromkeys((text, unquoted, unquote(unquoted)))):
            matches = [
                at for at in range(len(plain) - _BLOCK + 1) if plain[at : at + _BLOCK] in blocks
            ]
            if any(
                plain[begin : begin + _PART] in form
                for at in matches
                for begin in range(max(0, at - _PART + _BLOCK), min(at, len(plain) - _PART) + 1)
                for form in forms
            ):
                return '[redacted]'
        return text

    return redact


def _forms(secret: str) -> list[str]:
    raw = secret.encode('utf-8', 'replace')
    encoded = [base64.b64encode(b' ' * shift + raw).decode()[4:-4] for shift in range(3)]
    return list(map(_normalize, (secret, raw.hex(), *encoded)))


def _normalize(text: str) -> str:
    return re.sub(r'[\W_]', '', text).lower()


@dataclass(frozen=True)
class RegistryError:
    """An error in the registry's format.

    `client_ip` is the client's address according to the registry; None when it is no valid address.
    `firewall` is True when the registry's network rules caused the error, with or without address.
    """

    code: str
    message: str
    client_ip: str | None = None
    firewall: bool = False


def registry_error(response: Response) -> RegistryError | None:
    """Return the first error in a registry's response; None when the body has another format."""
    content = response.json()
    errors = content.get('errors') if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict) or not isinstance(first.get('code'), str):
        return None
    try:
        message = str(first.get('message') or '')
    except RecursionError:  # json reads deeper nesting than str() can format
        message = ''
    match = _CLIENT.search(message)
    return RegistryError(
        response.redact(first['code']),
        response.redact(message),
        _address(match[1]) if match else None,
        'client with IP' in message,
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
