# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the sandbox received: requests without secrets, connections, handshakes, DNS queries."""

from __future__ import annotations

import collections
import threading
import time
import urllib.parse
from typing import Any, Optional

from tests.sandbox.services.http_messages import Request

# The headers and form fields that tests assert on; none holds a secret.
SHOWN_HEADERS = (
    'User-Agent',
    'Accept',
    'Content-Type',
    'Range',
    'Content-Range',
    'CommandName',
    'ParameterSetName',
    'x-ms-client-request-id',
    'Accept-Language',
)
SHOWN_FIELDS = (
    'grant_type',
    'service',
    'scope',
    'tenant',
    'client_id',
    'account',
    'username',
    'client_info',
)
SECRET_PARAMETERS = ('sig', '_state', 'access_token', 'refresh_token', 'password', 'client_secret')
TOKEN_FIELDS = (
    'access_token',
    'refresh_token',
    'password',
    'client_secret',
    'assertion',
    'client_assertion',
    'code',
)
HIDDEN = '***'


class Recorder:
    """Thread-safe lists and counters, emptied by one call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = 0
        self._secrets: set[str] = set()
        self.clear()

    def clear(self) -> None:
        """Clear requests, connections and DNS queries.

        Secrets stay, since old outputs may still hold them.
        """
        with self._lock:
            self._requests: list[dict[str, Any]] = []
            self._queries: list[dict[str, Any]] = []
            self._accepted: collections.Counter[str] = collections.Counter()
            self._handshakes: collections.Counter[str] = collections.Counter()
            self._failed: collections.Counter[str] = collections.Counter()
            self._addresses: collections.Counter[str] = collections.Counter()

    def next_connection(self) -> int:
        """Return the number of the next connection."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def record_connection(self, host: str, address: str) -> None:
        """Count a TCP connection; the host is what its ClientHello named."""
        with self._lock:
            self._accepted[host] += 1
            self._addresses[address] += 1

    def record_handshake(self, host: str, completed: bool) -> None:
        """Count a TLS handshake."""
        with self._lock:
            (self._handshakes if completed else self._failed)[host] += 1

    def record_query(self, name: str, kind: str, answer: str) -> None:
        """Record a DNS query."""
        with self._lock:
            self._queries.append(
                {'time': time.time(), 'name': name, 'type': kind, 'answer': answer}
            )

    def add_secret(self, value: str) -> str:
        """Record a secret, which no output may hold, and return it."""
        with self._lock:
            self._secrets.add(value)
        return value

    def begin_request(self, request: Request, stage: str, connection: int) -> dict[str, Any]:
        """Record a request on its arrival; its status follows with end_request()."""
        entry = {
            'time': time.time(),
            'stage': stage,
            'method': request.method,
            'host': request.host,
            'path': request.path,
            'query': _shown_query(request),
            'headers': {
                name: request.headers[name] for name in SHOWN_HEADERS if request.headers[name]
            },
            'authorization': request.credentials()[0] or None,
            'form': _shown_form(request),
            'tokenReceived': _token_received(request),
            'connection': connection,
            'address': request.peer,
            'status': None,
            'fault': None,
            'seconds': None,
        }
        with self._lock:
            self._requests.append(entry)
        return entry

    def end_request(self, entry: dict[str, Any], status: Optional[int]) -> None:
        """Record the status of the response; None when there was none."""
        entry['status'] = status
        entry['seconds'] = round(time.time() - entry['time'], 4)

    def requests(self) -> list[dict[str, Any]]:
        """Return all requests, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._requests]

    def queries(self) -> list[dict[str, Any]]:
        """Return all DNS queries, oldest first."""
        with self._lock:
            return list(self._queries)

    def secrets(self) -> list[str]:
        """Return every secret issued since the start."""
        with self._lock:
            return sorted(self._secrets)

    def connections(self) -> dict[str, Any]:
        """Return the counts of connections and handshakes by host, of connections by address."""
        with self._lock:
            return {
                'accepted': dict(self._accepted),
                'handshakes': dict(self._handshakes),
                'failedHandshakes': dict(self._failed),
                'addresses': dict(self._addresses),
            }


def _shown_query(request: Request) -> dict[str, Any]:
    return {
        name: HIDDEN
        if name.lower() in SECRET_PARAMETERS
        else values
        if len(values) > 1
        else values[0]
        for name, values in request.query.items()
    }


def _shown_form(request: Request) -> dict[str, Any]:
    if not request.is_form:
        return {}
    return {
        name: (values if len(values) > 1 else values[0]) if name in SHOWN_FIELDS else HIDDEN
        for name, values in request.form.items()
    }


def _token_received(request: Request) -> bool:
    fields = set(request.query)
    if request.body:
        fields |= set(urllib.parse.parse_qs(request.body.decode('latin-1'), keep_blank_values=True))
    return (
        bool(fields & set(TOKEN_FIELDS))
        or bool(request.headers.get('Authorization'))
        or b'eyJ' in request.body
    )
