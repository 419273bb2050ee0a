# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The clients of Azure Resource Manager: made once for a run, for whichever token is given."""

from __future__ import annotations

import time
from typing import Any, Literal

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.adapter_pool import AdapterPool
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin, Credentials
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure

_HOUR = 3600


class ArmClient:
    """The SDK's clients of a run, one for each token, and the connections that they share.

    Their transport works only within `bounded`.
    """

    def __init__(self, cli: Cli, credentials: Credentials) -> None:
        self._cli, self._credentials = cli, credentials
        self.adapter_pool = AdapterPool()
        self._clients = deadlines.OncePerKey[Any]()
        self._transport: deadlines.Once[Any] = deadlines.Once(self._make_transport)

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

    def generic(self, token: str) -> Any:
        """Return a pipeline client with the CLI's HTTP settings, for requests with a token.

        The CLI's client for registries would load the models of everything that a registry has,
        which takes a tenth of the CPU time of a run.
        """

        def make() -> Any:
            from azure.cli.core.auth.util import resource_to_scopes
            from azure.core import PipelineClient
            from azure.core.pipeline import policies

            with self._cli.lock:
                scopes = resource_to_scopes(self._cli.arm_audience())
                agent = self._cli.user_agent()
                return PipelineClient(
                    base_url=self._cli.context.cloud.endpoints.resource_manager,
                    transport=self._transport(),
                    policies=[
                        policies.RequestIdPolicy(),
                        policies.UserAgentPolicy(user_agent=agent, user_agent_overwrite=True),
                        policies.BearerTokenCredentialPolicy(StaticCredential(token), *scopes),
                    ],
                )

        return self._clients(token, make)

    def _make_transport(self) -> Any:
        from azure.cli.core._debug import change_ssl_cert_verification_track2
        from azure.core.pipeline.transport import RequestsTransport

        return RequestsTransport(
            session=bounded_requests.bounded_session(),
            session_owner=False,
            **change_ssl_cert_verification_track2(),
        )


class StaticCredential:
    """A token that is there already, as a credential of the SDK; it outlives every run."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_: str, **__: Any) -> Any:
        """Return the token (an azure.core.credentials.AccessToken)."""
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, int(time.time()) + _HOUR)
