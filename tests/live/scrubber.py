# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Remove secrets and names from a recording, so that it can be published.

Tokens become unsigned tokens with the same claims; all other secrets become `scrubbed`. Each GUID,
registry, resource, resource group, storage account, person and public address becomes a neutral
value, which stays the same within a scrubber.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from tests.live.scrubber_rules import (
    ADDRESS,
    GUID,
    HEX,
    JWT,
    LOGIN_SERVER,
    NEUTRAL_GUID,
    PERSON,
    PERSONAL_KEYS,
    PROTOCOL_WORDS,
    RESOURCE,
    SCRUBBED,
    SECRET_FIELDS,
    SECRET_HEADERS,
    SECRET_KEYS,
    SIGNED,
    STORAGE,
)


class Scrubber:
    """Scrubber of the requests and responses of a recording; its methods are hooks of vcrpy.

    `names` are further words that must not be seen: the registry's own name, the repository's.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._neutral: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self.secrets: set[str] = set()
        for name in names:
            self._word(name, 'contoso')

    # What vcrpy calls.

    def request(self, request: Any) -> Any:
        """Return a scrubbed copy of a request; the request itself is sent unchanged."""
        from vcr.request import Request

        headers = {key: self._header(key, value) for key, value in request.headers.items()}
        kind = str(request.headers.get('Content-Type', ''))
        return Request(
            request.method, self.url(request.uri), self.body(request.body, kind), headers
        )

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """Scrub a response."""
        scrubbed = deepcopy(response)
        headers = scrubbed.get('headers', {})
        kind = next(
            (str(values) for key, values in headers.items() if key.lower() == 'content-type'), ''
        )
        for key, values in headers.items():
            headers[key] = (
                [self._header(key, value) for value in values]
                if isinstance(values, list)
                else self._header(key, values)
            )
        body = scrubbed.get('body', {})
        if 'string' in body:
            body['string'] = self.body(body['string'], kind)
        return scrubbed

    def leaks(self, recording: str) -> list[str]:
        """Return the scrubbed secrets and names that a recording still holds."""
        known = {*self.secrets, *self._neutral, *self._words}
        return sorted(
            word
            for word in known
            if word
            and len(word) > 3
            and word.lower() in recording.lower()
            and word.lower() not in {neutral.lower() for neutral in self._all_neutral()}
        )

    def _all_neutral(self) -> set[str]:
        return {*self._neutral.values(), *self._words.values(), SCRUBBED}

    # The parts.

    def url(self, url: str) -> str:
        """Scrub a URL: its host, its path, and secret parameters of its query."""
        parts = urlsplit(url)
        query = '&'.join(
            f'{quote(key, safe="$")}={quote(self._field(key, value), safe="")}'
            for key, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        path = quote(self.text(unquote(parts.path)), safe="/:@!$'()*+,;~")
        return urlunsplit((parts.scheme, self.text(parts.netloc), path, query, ''))

    def body(self, body: Any, kind: str = '') -> Any:
        """Scrub a body of any kind, and return it as the same type."""
        if body is None:
            return None
        text = (
            body.decode('utf-8', 'replace') if isinstance(body, (bytes, bytearray)) else str(body)
        )
        scrubbed = self._content(text, kind)
        return scrubbed.encode() if isinstance(body, (bytes, bytearray)) else scrubbed

    def _content(self, text: str, kind: str) -> str:
        if 'x-www-form-urlencoded' in kind or re.fullmatch(
            r'[\w.-]+=[^&\s]*(&[\w.-]+=[^&\s]*)*', text
        ):
            return urlencode(
                [
                    (key, self._field(key, value))
                    for key, value in parse_qsl(text, keep_blank_values=True)
                ]
            )
        try:
            content = json.loads(text)
        except ValueError:
            return self.text(text)
        end = '\n' if text.endswith('\n') else ''
        return json.dumps(self.json(content), separators=(',', ':'), ensure_ascii=False) + end

    def json(self, content: Any, secret: bool = False, personal: bool = False) -> Any:
        """Scrub JSON: values under a secret key entirely, all others by their text."""
        if isinstance(content, dict):
            return {
                self.text(key): SCRUBBED
                if personal and key.lower() in PERSONAL_KEYS and isinstance(value, str)
                else self.json(value, secret or key.lower() in SECRET_KEYS)
                for key, value in content.items()
            }
        if isinstance(content, list):
            return [self.json(value, secret) for value in content]
        if isinstance(content, str):
            return self.secret(content) if secret else self.text(content)
        return content

    def _field(self, key: str, value: str) -> str:
        return self.secret(value) if key.lower() in SECRET_FIELDS else self.text(value)

    def _header(self, key: str, value: Any) -> Any:
        text = value.decode('latin-1') if isinstance(value, bytes) else str(value)
        if key.lower() in SECRET_HEADERS:
            scheme, _, rest = text.partition(' ')
            has_scheme = rest and key.lower().endswith('authorization')
            scrubbed = f'{scheme} {self.secret(rest)}' if has_scheme else self.secret(text)
        elif key.lower() == 'user-agent':  # what follows the first word describes a machine
            scrubbed = text.partition(' ')[0]
        elif key.lower() in ('location', 'azure-asyncoperation', 'referer') and '://' in text:
            scrubbed = self.url(text)
        else:
            scrubbed = self.text(text)
        return scrubbed.encode('latin-1') if isinstance(value, bytes) else scrubbed

    def secret(self, value: str) -> str:
        """Replace a secret: a JWT by an unsigned JWT with its claims, anything else by SCRUBBED."""
        scrubbed = self._unsigned(value) if JWT.fullmatch(value) else SCRUBBED
        if value and value != scrubbed:
            self.secrets.add(value)
        return scrubbed

    def _unsigned(self, token: str) -> str:
        try:
            claims = json.loads(_decoded(token.split('.')[1]))
        except ValueError:
            return SCRUBBED
        if not isinstance(claims, dict):
            return SCRUBBED
        scrubbed = (
            f'{_encoded({"typ": "JWT", "alg": "none"})}.'
            f'{_encoded(self.json(claims, personal=True))}.'
        )
        if scrubbed != token:
            self.secrets.add(token)
        return scrubbed

    def text(self, text: str) -> str:
        """Replace tokens, signatures, ids, hosts, resources, people and addresses in a text."""
        text = JWT.sub(lambda match: self._unsigned(match[0]), text)
        text = SIGNED.sub(
            lambda match: f'{match[1]}={self.secret(match[0].partition("=")[2])}', text
        )
        for server in LOGIN_SERVER.findall(text):
            self._word(server.split('-')[0], 'contoso')
            self._word(server, 'contoso')
        for group, resources in RESOURCE.findall(text):
            if group:
                self._word(group, 'contoso-group')
            parts = resources.strip('/').split('/') if resources else []
            for kind, name in zip(parts[::2], parts[1::2]):
                self._word(
                    name, 'contoso' if kind.lower() == 'registries' else f'contoso-{kind.lower()}'
                )
        for word in sorted(self._words, key=len, reverse=True):
            alone = rf'(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])'
            text = re.sub(alone, self._words[word], text, flags=re.IGNORECASE)
        text = GUID.sub(lambda match: self._guid(match[0]), text)
        text = HEX.sub(lambda match: '0' * 32, text)
        text = STORAGE.sub(
            lambda match: self._once(match[0], lambda number: f'contosostorage{number}'), text
        )
        text = PERSON.sub(
            lambda match: self._once(match[0], lambda number: f'person{number}@contoso.example'),
            text,
        )
        return ADDRESS.sub(
            lambda match: self._once(match[0], lambda number: f'192.0.2.{number % 254 + 1}'), text
        )

    def _word(self, word: str, neutral: str) -> None:
        """Remember a name that must be replaced wherever it occurs.

        Very short ones would hit words of the protocol.
        """
        word = word.lower()
        if len(word) > 3 and word not in {*self._words, *self._words.values(), *PROTOCOL_WORDS}:
            taken = sum(
                value == neutral or re.fullmatch(rf'{re.escape(neutral)}\d+', value) is not None
                for value in self._words.values()
            )
            self._words[word] = f'{neutral}{taken or ""}'

    def _guid(self, guid: str) -> str:
        if NEUTRAL_GUID.fullmatch(guid):
            return guid
        return self._once(guid.lower(), lambda number: f'00000000-0000-0000-0000-{number:012x}')

    def _once(self, word: str, make: Callable[[int], str]) -> str:
        if word in self._neutral.values():
            return word
        if word not in self._neutral:
            kind = make(0)
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._neutral[word] = make(self._counts[kind])
        return self._neutral[word]


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + '=' * (-len(part) % 4))


def _encoded(content: Any) -> str:
    return (
        urlsafe_b64encode(json.dumps(content, separators=(',', ':')).encode()).rstrip(b'=').decode()
    )
