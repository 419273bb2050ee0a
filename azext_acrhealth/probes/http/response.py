# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a server answered to one request, bounded in size, and how a registry words its errors."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus, unquote

from azext_acrhealth.probes.failure import Failure

# Token answers are a few KiB; whatever is longer is not read to its end.
BODY = 256 * 1024

# "client with IP '203.0.113.7' is not allowed access" (wire formats, section D).
GUID = re.compile(r'[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
_CLIENT = re.compile(r"client with IP '?([0-9A-Fa-f:.]{2,45})'?")


@dataclass(frozen=True)
class Response:
    """An HTTP answer. `status` is None when `failure` tells why there is none: Timeout, Reset, Cut or NotHttp.

    `at` is the time (UTC) at which the request was sent; `earlier`, the answer after which it was
    made once more.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b'', repr=False)
    failure: Failure | None = None
    at: str = ''
    seconds: float = 0.0
    complete: bool = True
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    earlier: Response | None = None

    def all(self, name: str) -> tuple[str, ...]:
        """Return all lines of a header."""
        return tuple(
            self.redact(value) for key, value in self.headers if key.lower() == name.lower()
        )

    def header(self, name: str) -> str | None:
        """Return the first line of a header."""
        value = next((value for key, value in self.headers if key.lower() == name.lower()), None)
        return None if value is None else self.redact(value[:_LONGEST])

    @property
    def retry_after(self) -> int | None:
        """Return the seconds that the server wants us to wait, if it says so in seconds."""
        value = (self.header('Retry-After') or '').strip()
        return min(int(value[:9]), 10**6) if value.isascii() and value.isdigit() else None

    def json(self) -> Any:
        """Return the body's JSON, or None when it is none, is cut short, or nests deeper than Python reads."""
        if not self.complete:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def without(self, *secrets: str) -> Response:
        """Return the response with these secrets redacted from every text that is read from it."""
        earlier = self.earlier.without(*secrets) if self.earlier else None
        return replace(self, redact=redactor(secrets), earlier=earlier)

    def text(self, length: int = 200) -> str:
        """Return the beginning of the body as text."""
        return self.redact(self.body[: max(length, _AHEAD)].decode('utf-8', 'replace'))[:length]

    @property
    def title(self) -> str | None:
        """Return the title of a page."""
        # By hand: on a page that means harm a pattern can search for minutes.
        page = self.text(4096)
        lowered = page.lower()
        begin = lowered.find('>', lowered.find('<title')) + 1 if '<title' in lowered else 0
        end = lowered.find('</title', begin)
        return ' '.join(page[begin:end].split())[:200] or None if 0 < begin < end else None

    @property
    def writer(self) -> str:
        """Say who wrote an answer, as far as it tells: the server's name, the title of its page."""
        return ': '.join(
            one for one in (self.header('Server') or self.header('Via'), self.title) if one
        )


# A secret that the end of a text cuts must be seen whole to be known.
_AHEAD = 16 * 1024
_LONGEST = 8 * 1024
# So many letters and digits in a row are no accident.
_PART = 16
_BLOCK = (_PART + 1) // 2


def redactor(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """Blot secrets out; where a part of one is left, whatever it is written as, the whole text goes."""
    exact = [
        form for secret in dict.fromkeys(secrets) if secret for form in (secret, quote_plus(secret))
    ]
    forms = [form for secret in dict.fromkeys(secrets) for form in _forms(secret[:_AHEAD])]
    # Whatever shares a part with a form holds one of these blocks: so few are quick to list, and to
    # look for.
    blocks = {
        form[at : at + _BLOCK] for form in forms for at in range(0, len(form) - _BLOCK + 1, _BLOCK)
    }

    def redact(text: str) -> str:
        for form in exact:
            text = text.replace(form, '[redacted]')
        # Most texts are written plainly, and read the same each time.
        once = unquote(text)
        for plain in map(_bare, dict.fromkeys((text, once, unquote(once)))):
            suspect = [
                at for at in range(len(plain) - _BLOCK + 1) if plain[at : at + _BLOCK] in blocks
            ]
            if any(
                plain[begin : begin + _PART] in form
                for at in suspect
                for begin in range(max(0, at - _PART + _BLOCK), min(at, len(plain) - _PART) + 1)
                for form in forms
            ):
                return '[redacted]'
        return text

    return redact


def _forms(secret: str) -> list[str]:
    raw = secret.encode('utf-8', 'replace')
    encoded = [base64.b64encode(b' ' * shift + raw).decode()[4:-4] for shift in range(3)]
    return list(map(_bare, (secret, raw.hex(), *encoded)))


def _bare(text: str) -> str:
    return re.sub(r'[\W_]', '', text).lower()


@dataclass(frozen=True)
class RegistryError:
    """An error in the registry's own form.

    `client_ip` is the address that it says it saw, when it is one.

    `firewall` tells that the network rules wrote it, whatever became of the address.
    """

    code: str
    message: str
    client_ip: str | None = None
    firewall: bool = False


def registry_error(response: Response) -> RegistryError | None:
    """Read the first error that the registry wrote, or None when the body is not in its form."""
    content = response.json()
    errors = content.get('errors') if isinstance(content, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict) or not isinstance(first.get('code'), str):
        return None
    try:
        message = str(first.get('message') or '')
    except RecursionError:  # JSON may nest deeper than what shows it
        message = ''
    found = _CLIENT.search(message)
    return RegistryError(
        response.redact(first['code']),
        response.redact(message),
        _address(found[1]) if found else None,
        'client with IP' in message,
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
