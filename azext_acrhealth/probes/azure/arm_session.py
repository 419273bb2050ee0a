# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The requests of a question to Azure Resource Manager, within one time limit."""

from __future__ import annotations

from typing import Any

from knack.log import get_logger

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.response import Response

logger = get_logger(__name__)


class ArmSession:
    """Sends requests with a token until an instant of `time.monotonic()`.

    `last` is the last response, None before.
    """

    def __init__(self, client: ArmClient, token: Token, until: float) -> None:
        self._pipeline, self._secret, self._until = client.pipeline(token.value), token.value, until
        self.last: Response | None = None

    def url(self, path: str) -> str:
        """Return the URL of a path in this cloud."""
        return str(self._pipeline.format_url(path))

    def send(self, method: str, url: str, body: Any = None, again: bool = True) -> Response:
        """Return the response to a request, whose body is JSON, with the token redacted.

        Without `again`, the request isn't sent again over a connection that was lost.
        """
        from azure.core.rest import HttpRequest

        self.last = None
        request = HttpRequest(method, url, json=body)
        sent = self._pipeline.send_request(request, until=self._until, again=again)
        self.last = sent.without(self._secret)
        ended = self.last.failure.text if self.last.failure else self.last.status
        logger.debug('%s %s: %s', method, url, ended)
        return self.last
