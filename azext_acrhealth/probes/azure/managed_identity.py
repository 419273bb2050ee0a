# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Another identity than the CLI's: of this machine, a pod or the environment."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillBusy
from typing import Any
from urllib.parse import urlsplit

from azext_acrhealth.grammar import is_guid
from azext_acrhealth.options import Identity
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.sign_in import CredentialKind, SignInKind, Token, refine, refusal
from azext_acrhealth.probes.azure.token_cache import TokenCache
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

# Texts of the identity endpoints of machines (Learn, "How to use managed identities to get an
# access token", error handling).
_ENDPOINT_TEXTS: tuple[tuple[SignInKind, str], ...] = (
    ('SeveralAssigned', 'Multiple user assigned identities exist'),
    ('NotAssigned', 'Identity not found'),
    ('NotAssigned', 'No User Assigned or Delegated Managed Identity found'),
    ('NotAssigned', 'No Managed Identity found'),
)
_TEXTS = {
    'SeveralAssigned': 'several user-assigned identities are assigned to this machine, and none is '
    'specified',
    'NotAssigned': "the identity isn't assigned to this machine",
    'NoEndpoint': 'this machine has no managed identity endpoint',
}
_MACHINE_KINDS = ('system', 'client', 'resource')


class RequestedIdentity:
    """An identity whose tokens azure-identity requests."""

    # The subscription makes no difference here.
    # pylint: disable=unused-argument

    def __init__(self, cli: Cli, identity: Identity) -> None:
        self._cli, self._identity = cli, identity
        self._cache = TokenCache()

    def begin(self, audience: str, subscription: str | None = None) -> Future[Token]:
        """Begin to get a token."""
        return self._cache.share(audience, lambda: self._sign_in(audience))

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return a token; the library tries for minutes, so it is abandoned after 15 s."""
        from azure.core.exceptions import AzureError

        seconds = deadlines.left(deadline, deadlines.SIGN_IN)
        try:
            return self.begin(audience).result(seconds)
        except StillBusy:
            silent = (
                self._identity.kind in _MACHINE_KINDS
                and self._cache.last_response(audience) is None
            )
            text = f'no identity endpoint responded within {seconds:.0f} s'
            failure: Failure[SignInKind] = Failure('NoEndpoint' if silent else 'Timeout', text)
            return self._described(Token(audience=audience, at=deadlines.utc(), failure=failure))
        except (
            AzureError,
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RuntimeError,
        ) as error:
            token = self._refusal(error, audience, self._cache.last_response(audience))
            return self._described(token)

    def store_tenants(self, tenants: Mapping[str, str]) -> None:
        """Do nothing: it has one tenant."""

    def forget_failures(self) -> None:
        """Forget what failed."""
        self._cache.forget_failures()

    def tenants(self) -> dict[str, str | None]:
        """Return its only tenant."""
        return {'': None}

    def _refusal(self, error: Exception, audience: str, last: Response | None) -> Token:
        """Return the token record for what the library raised.

        Its texts are long, and the same for several failures.
        """
        description = object_of(last.json()).get('error_description') if last else None
        texts = (text for text in (description, str(error)) if isinstance(text, str))
        entra = next((text for text in texts if 'AADSTS' in text), '')
        if entra:
            token = refusal(ValueError(entra[entra.index('AADSTS') :]), audience, last)
            return refine(token, self._credential_kind())
        whole = f'{error} {last.text(2048) if last else ""}'
        kind = next((kind for kind, text in _ENDPOINT_TEXTS if text in whole), None)
        # Docker Desktop answers for addresses that it cannot reach, with 403.
        if (
            kind is None
            and self._identity.kind in _MACHINE_KINDS
            and (last is None or last.status == 403)
        ):
            kind = 'NoEndpoint'
        token = refusal(error, audience, last)
        return _with_kind(token, kind, _TEXTS[kind]) if kind else token

    def _credential_kind(self) -> CredentialKind | None:
        """Return what a service principal signs in with: the first that azure-identity takes."""
        if self._identity.kind == 'workload':
            return 'federated'
        variables: tuple[tuple[str, CredentialKind], ...] = (
            ('AZURE_CLIENT_SECRET', 'secret'),
            ('AZURE_CLIENT_CERTIFICATE_PATH', 'certificate'),
        )
        if self._identity.kind != 'environment':
            return None
        return next((kind for name, kind in variables if os.environ.get(name)), None)

    def _described(self, token: Token) -> Token:
        """Add the sign-in host, and what the environment says of a pod or a service principal."""
        variables = {} if self._identity.kind in _MACHINE_KINDS else os.environ
        application, file = map(variables.get, ('AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'))
        return token._replace(
            application=application if is_guid(application) else None,
            token_file=file if self._identity.kind == 'workload' else None,
            host=urlsplit(self._cli.context.cloud.endpoints.active_directory).hostname,
        )

    def _sign_in(self, audience: str) -> Token:
        from azure.cli.core.auth.util import resource_to_scopes

        # What it logs beside its errors would show on the user's screen.
        logging.getLogger('azure.identity').setLevel(logging.CRITICAL)
        given = self._credential().get_token(*resource_to_scopes(audience))
        return Token(given.token, None, audience, at=deadlines.utc())

    def _credential(self) -> Any:
        from azure import identity as library
        from azure.cli.core._debug import change_ssl_cert_verification_track2
        from azure.core.pipeline.transport import RequestsTransport

        kind, value = self._identity.kind, self._identity.value
        if kind in _MACHINE_KINDS:
            named: dict[str, dict[str, Any]] = {
                'client': {'client_id': value},
                'resource': {'identity_config': {'resource_id': value}},
            }
            # Such an endpoint is of this machine alone: no proxy can reach it. Nor is a pod's
            # identity the machine's.
            return library.ManagedIdentityCredential(
                **named.get(kind, {}),
                exclude_workload_identity=True,
                retry_total=1,
                retry_status=1,
                transport=RequestsTransport(use_env_settings=False, read_timeout=5),
            )
        authority = str(self._cli.context.cloud.endpoints.active_directory)
        common = {
            'authority': authority,
            'disable_instance_discovery': True,
            'retry_total': 1,
            **change_ssl_cert_verification_track2(),
        }
        if kind == 'workload':
            return library.WorkloadIdentityCredential(**common)
        return library.EnvironmentCredential(**common)


def _with_kind(token: Token, kind: SignInKind, text: str = '') -> Token:
    """Return a refusal with another kind, and another text if one is given."""
    return token._replace(
        failure=Failure(kind, text or (token.failure.text if token.failure else kind))
    )
