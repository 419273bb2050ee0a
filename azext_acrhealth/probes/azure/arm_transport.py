# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Send requests to Azure Resource Manager over connections with time limits and bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.connection_pool import ConnectionPool
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import Response

# What is read of a response, unpacked. The pages that are asked for have hundreds of KiB.
ARM_SIZE = 4 * 1024 * 1024
# What stands in a URL as it is (RFC 3986, section 2), also where it is encoded already.
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


class ArmTransport:
    """Sends requests to Azure Resource Manager, and returns their responses.

    A request is resent only if the server had closed an idle connection; redirects are not
    followed.
    """

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._pools = deadlines.OncePerKey[ConnectionPool]()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        until: float,
        resend: bool = True,
    ) -> Response:
        """Return the response to a request.

        It returns by `until`, an instant of `time.monotonic()`; `failure` says why there is no
        response. With `resend=False`, the request is sent over a new connection, and never a second
        time. Raises CLIError for a URL without https, over which a token would be readable.
        """
        from knack.util import CLIError

        parts = urlsplit(url)
        if parts.scheme != 'https' or not parts.hostname:
            raise CLIError("The endpoint of Azure Resource Manager isn't an https URL.")
        host, port = parts.hostname, parts.port
        request = Request(
            method,
            quote(urlunsplit(('', '', parts.path, parts.query, '')), safe=_URL_CHARACTERS),
            (*headers.items(), ('Accept-Encoding', 'gzip')),
            body,
            ARM_SIZE,
            math.inf,  # `until` is the only limit
        )

        def make() -> Connection:
            return Connection(host, until, self._user_agent, port)

        pool = self._pools((host, port), ConnectionPool) if resend else ConnectionPool()
        connection, response = pool.acquire(make), None
        connection.deadline = until
        try:
            response = connection.request(request, until)
        finally:
            usable = response is not None and response.failure is None
            pool.release(connection, usable and resend)
        return response

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.results():
            pool.close()
