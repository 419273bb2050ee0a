# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a server answered to one request, bounded in size, and how a registry words its errors."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus

from azext_acrhealth.probes.trouble import Trouble

# Token answers are a few KiB; whatever is longer is not read to its end.
BODY = 256 * 1024

# "client with IP '203.0.113.7' is not allowed access" (wire formats, section D).
_CLIENT = re.compile(r"client with IP '?([0-9A-Fa-f:.]{2,45})'?")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `status` is None when `trouble` tells why there is none: Timeout, Cut or NotHttp."""

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b'', repr=False)
    trouble: Trouble | None = None
    at: str = ''
    seconds: float = 0.0
    complete: bool = True

    def all(self, name: str) -> tuple[str, ...]:
        """Give all lines of a header."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())

    def header(self, name: str) -> str | None:
        """Give the first line of a header."""
        return next(iter(self.all(name)), None)

    def json(self) -> Any:
        """Give the body's JSON, or None when it is none, is cut short, or nests deeper than Python reads."""
        if not self.complete:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def without(self, secret: str) -> Answer:
        """Give the answer with a secret that was sent, should the server have repeated it, blotted out."""
        forms = (secret, quote_plus(secret))
        headers = tuple((key, _blotted(value, forms)) for key, value in self.headers)
        return replace(self, headers=headers, body=_blotted(self.body.decode('latin-1'), forms).encode('latin-1'))

    def text(self, length: int = 200) -> str:
        """Give the beginning of the body as text."""
        return self.body[:length].decode('utf-8', 'replace')


def _blotted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, '[redacted]') if secret else text
    return text


@dataclass(frozen=True)
class RegistryError:
    """An error in the registry's own form; `client_ip` is the address that it says it saw, when it is one."""

    code: str
    message: str
    client_ip: str | None = None


def registry_error(answer: Answer) -> RegistryError | None:
    """Read the first error that the registry wrote, or None when the body is not in its form."""
    content = answer.json()
    errors = content.get('errors') if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict) or not isinstance(first.get('code'), str):
        return None
    message = str(first.get('message') or '')
    found = _CLIENT.search(message)
    return RegistryError(first['code'], message, _address(found[1]) if found else None)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
