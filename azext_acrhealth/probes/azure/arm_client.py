# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What all requests of a run to Azure Resource Manager share."""

from __future__ import annotations

from typing import Literal

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_transport import ArmTransport
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin, Credentials
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure


class ArmClient:
    """What the requests of a run share: the endpoint, the account's tokens, and connections."""

    def __init__(self, cli: Cli, credentials: Credentials) -> None:
        self._cli, self._credentials = cli, credentials
        self._transport = deadlines.Once(self._make_transport)

    def token(self, deadline: float, subscription: str | None) -> Token:
        """Return a token for Azure Resource Manager, of the account that has a subscription."""
        return self._credentials.token(self._cli.arm_audience(), deadline, subscription)

    def subscription(
        self,
    ) -> str | Failure[Literal['NotLoggedIn', 'InvalidProfile', 'NoSubscription']]:
        """Return the ID of the current subscription.

        `failure.kind` is NotLoggedIn, or NoSubscription for an identity that needs no login.
        """
        found = self._cli.subscription()
        if isinstance(found, Failure) and not isinstance(self._credentials, CliLogin):
            return Failure(
                'NoSubscription',
                "no subscription is specified, and the Azure CLI isn't signed in",
            )
        return found

    def url(self, path: str) -> str:
        """Return the URL of a path in this cloud. Raises CLIError if that has no endpoint."""
        with self._cli.lock:
            endpoint = str(self._cli.context.cloud.endpoints.resource_manager)
        return f'{endpoint.rstrip("/")}/{path.lstrip("/")}'

    def transport(self) -> ArmTransport:
        """Return the transport of all requests, which is made once.

        The SDK's clients would load the models of everything that a registry has, and take a third
        of the CPU time of each request.
        """
        return self._transport()

    def _make_transport(self) -> ArmTransport:
        from azure.cli.core._debug import change_ssl_cert_verification_track2

        with self._cli.lock:
            # As in all commands, it warns if the verification of certificates is disabled.
            change_ssl_cert_verification_track2()
            return ArmTransport(self._cli.user_agent())

    def close(self) -> None:
        """Close the connections."""
        for transport in self._transport.results():
            transport.close()
