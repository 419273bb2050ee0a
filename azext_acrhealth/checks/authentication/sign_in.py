# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge sign-ins that failed: the problem of each kind, and whether another audience can work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import audience as audience_problems
from azext_acrhealth.catalogue.authentication import sign_in as problems
from azext_acrhealth.checks.authentication.identity import SIGN_IN_PROBLEMS as IDENTITY_PROBLEMS
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.azure.sign_in import Token

SIGN_IN_PROBLEMS: Mapping[str, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'InvalidProfile': problems.INVALID_PROFILE,
    'Expired': problems.LOGIN_EXPIRED,
    'InteractionNeeded': problems.INTERACTION_NEEDED,
    'ConditionalAccess': problems.CONDITIONAL_ACCESS,
    'AccountDisabled': problems.ACCOUNT_DISABLED,
    'WrongTenant': problems.WRONG_TENANT,
    'ApplicationUnknown': problems.APPLICATION_UNKNOWN,
    'ApplicationDisabled': problems.APPLICATION_DISABLED,
    'SecretRefused': problems.SECRET_REFUSED,
    'SecretExpired': problems.SECRET_EXPIRED,
    'CertificateRefused': problems.CERTIFICATE_REFUSED,
    'FederatedTokenExpired': problems.FEDERATED_TOKEN_EXPIRED,
    'FederationRefused': problems.FEDERATED_CREDENTIAL_MISSING,
    'Unstored': problems.LOGIN_STORE_UNUSABLE,
    'AudienceRefused': audience_problems.AUDIENCE_REFUSED,
    'Refused': problems.SIGN_IN_REFUSED,
    'Unavailable': problems.SIGN_IN_UNAVAILABLE,
    'Timeout': problems.SIGN_IN_TIMEOUT,
}
# What an AADSTS code means, put before Entra's own message, of which a table shows only the start.
_TEXTS: Mapping[str, str] = {
    'Expired': 'the sign-in has expired',
    'InteractionNeeded': 'multifactor authentication or a confirmation is required',
    'ConditionalAccess': 'a policy ({policy}) blocks the sign-in',
    'AccountDisabled': 'the account is disabled or locked',
    'WrongTenant': "the tenant, or the account in it, wasn't found",
    'ApplicationUnknown': "the application wasn't found in the tenant",
    'ApplicationDisabled': 'the application is disabled',
    'SecretRefused': "the service principal's secret is rejected",
    'SecretExpired': "the service principal's secret has expired",
    'CertificateRefused': "the service principal's certificate is rejected",
    'FederatedTokenExpired': 'the federated token has expired',
    'FederationRefused': 'no federated credential matches the federated token',
    'AudienceRefused': "no token is issued for the registry's audience",
}
# Refusals that aren't known to concern every audience. One by a policy isn't among them: a policy
# for registries must not be evaded by another audience.
_OF_ONE_AUDIENCE = ('AudienceRefused', 'Refused')


def concerns_one_audience(token: Token) -> bool:
    """Return whether a token for another audience can be available where this one was refused."""
    return token.failure is not None and token.failure.kind in _OF_ONE_AUDIENCE


def sign_in_failure(
    token: Token,
    identity: Identity | None,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome | None:
    """Return the outcome of a sign-in that failed; None for one that succeeded."""
    if token.failure is None:
        return None
    known = {
        'number': token.number,
        'policy': token.policy,
        'correlation_id': token.correlation_id,
        'at': token.at,
    }
    summary = _TEXTS.get(token.failure.kind, '').format(policy=token.policy)
    return failed(
        (IDENTITY_PROBLEMS if identity else SIGN_IN_PROBLEMS)[token.failure.kind],
        f'{summary}: {token.failure.text}' if summary else token.failure.text,
        None,
        {**placeholders, **{name: text for name, text in known.items() if text}},
        **facts,
        at=token.at or None,
        status=token.status,
        aadsts=token.aadsts,
        correlationId=token.correlation_id,
        **({'policy': token.policy} if token.policy else {}),
    )
