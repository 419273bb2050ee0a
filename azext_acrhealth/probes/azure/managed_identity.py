# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Another identity than the CLI's, whose tokens azure-identity gets: of this machine, a pod or the environment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import replace
from typing import Any

from azext_acrhealth.options import Identity
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.sign_in import SignInKind, Token, refused
from azext_acrhealth.probes.azure.token_cache import Attempts
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

# Entra's numbers for a federated token that no credential of the application fits (its reference of
# AADSTS codes).
_FEDERATION = (
    'AADSTS70021',
    'AADSTS70025',
    'AADSTS700211',
    'AADSTS700212',
    'AADSTS700213',
    'AADSTS700222',
    'AADSTS700223',
    'AADSTS700238',
)
_TOO_OLD = 'AADSTS700024'  # of a pod's token, or of what a certificate signed
# What the endpoints of machines say ("How to use managed identities to get an access token", error
# handling).
_SAID: tuple[tuple[SignInKind, str], ...] = (
    ('SeveralAssigned', 'Multiple user assigned identities exist'),
    ('NotAssigned', 'Identity not found'),
    ('NotAssigned', 'No User Assigned or Delegated Managed Identity found'),
    ('NotAssigned', 'No Managed Identity found'),
)
_TEXTS = {
    'SeveralAssigned': 'several user-assigned identities are assigned to this machine, and none is '
    'named',
    'NotAssigned': 'the identity is not assigned to this machine',
    'NoEndpoint': 'nothing on this machine gives out tokens of managed identities',
}
_OF_A_MACHINE = ('system', 'client', 'resource')


class OtherIdentity:
    """An identity by azure-identity. Who asks for the same token gets the same attempt."""

    # pylint: disable=unused-argument  # whatever the subscription, it is the same one

    def __init__(self, cli: Cli, identity: Identity) -> None:
        self._cli, self._identity = cli, identity
        self._attempts = Attempts()

    def begin(self, audience: str, subscription: str | None = None) -> Future[Token]:
        """Begin to get a token."""
        return self._attempts.share(audience, lambda: self._sign_in(audience))

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return a token; the library tries for minutes, so it is left behind after 15 s."""
        from azure.core.exceptions import AzureError

        seconds = deadlines.left(deadline, deadlines.SIGN_IN)
        try:
            return self.begin(audience).result(seconds)
        except StillBusy:
            silent = self._identity.kind in _OF_A_MACHINE and self._attempts.last(audience) is None
            text = f'nothing that gives out tokens answered within {seconds:.0f} s'
            return Token(
                audience=audience,
                at=deadlines.utc(),
                failure=Failure('NoEndpoint' if silent else 'Timeout', text),
            )
        except (
            AzureError,
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RuntimeError,
        ) as error:
            return self._refused(error, audience, self._attempts.last(audience))

    def learn(self, tenants: Mapping[str, str]) -> None:
        """Take note of nothing: it has one tenant."""

    def forget(self) -> None:
        """Forget what failed."""
        self._attempts.forget()

    def tenants(self) -> dict[str, str | None]:
        """Return its only tenant."""
        return {'': None}

    def _refused(self, error: Exception, audience: str, last: Response | None) -> Token:
        """Judge what the library raised.

        Its own words are long, and the same for several troubles.
        """
        told = object_of(last.json()).get('error_description') if last else None
        words = next(
            (one for one in (told, str(error)) if isinstance(one, str) and 'AADSTS' in one), ''
        )
        if words:  # as Microsoft Entra ID put it
            token = refused(ValueError(words[words.index('AADSTS') :]), audience, last)
            unfit = (
                token.aadsts in _FEDERATION
                or self._identity.kind == 'workload'
                and token.aadsts == _TOO_OLD
            )
            return _with_kind(token, 'FederationRefused') if unfit else token
        whole = f'{error} {last.text(2048) if last else ""}'
        kind = next((kind for kind, words in _SAID if words in whole), None)
        # Docker Desktop answers for addresses that it cannot reach, with 403.
        if (
            kind is None
            and self._identity.kind in _OF_A_MACHINE
            and (last is None or last.status == 403)
        ):
            kind = 'NoEndpoint'
        token = refused(error, audience, last)
        return _with_kind(token, kind, _TEXTS[kind]) if kind else token

    def _sign_in(self, audience: str) -> Token:
        from azure.cli.core.auth.util import resource_to_scopes

        # What it says beside its errors would stand on the user's screen.
        logging.getLogger('azure.identity').setLevel(logging.CRITICAL)
        given = self._credential().get_token(*resource_to_scopes(audience))
        return Token(given.token, None, audience, at=deadlines.utc())

    def _credential(self) -> Any:
        from azure import identity as library
        from azure.cli.core._debug import change_ssl_cert_verification_track2
        from azure.core.pipeline.transport import RequestsTransport

        kind, value = self._identity.kind, self._identity.value
        if kind in _OF_A_MACHINE:
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
    """Return a refusal another kind, and words of ours if there are any."""
    return replace(
        token, failure=Failure(kind, text or (token.failure.text if token.failure else kind))
    )
