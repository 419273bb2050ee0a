# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Identify the identity that is checked, and map its sign-in failures to problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import audience, sign_in
from azext_acrhealth.catalogue.authentication import identity as problems
from azext_acrhealth.checks.authentication.account import account_of
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.model import Problem
from azext_acrhealth.options import Identity

_KINDS: Mapping[str, str] = {'client': 'user-assigned', 'resource': 'user-assigned'}
SIGN_IN_PROBLEMS: Mapping[str, Problem] = {
    'NoEndpoint': problems.NO_ENDPOINT,
    'NotAssigned': problems.NOT_ASSIGNED,
    'SeveralAssigned': problems.MULTIPLE_IDENTITIES,
    'FederationRefused': problems.FEDERATION_REFUSED,
    'FederatedTokenExpired': sign_in.FEDERATED_TOKEN_EXPIRED,
    'SecretRefused': problems.SECRET_REFUSED,
    'SecretExpired': problems.SECRET_EXPIRED,
    'CertificateRefused': problems.CERTIFICATE_REFUSED,
    'WrongTenant': problems.UNKNOWN,
    'ApplicationUnknown': problems.UNKNOWN,
    'ApplicationDisabled': problems.DISABLED,
    'ConditionalAccess': sign_in.CONDITIONAL_ACCESS,
    'AudienceRefused': audience.AUDIENCE_REFUSED,
    **dict.fromkeys(
        (
            'Expired',
            'InteractionNeeded',
            'AccountDisabled',
            'NotLoggedIn',
            'InvalidProfile',
            'Refused',
            'Unstored',
        ),
        problems.REFUSED,
    ),
    'Unavailable': problems.UNAVAILABLE,
    'Timeout': problems.UNAVAILABLE,
}


def identity_facts(identity: Identity, claims: object) -> dict[str, Any]:
    """Return facts about the identity that is checked, from the claims of its token.

    Source: Microsoft identity platform, access token claims reference.
    """
    token_claims = claims if isinstance(claims, dict) else {}
    client, tenant = (
        claim if is_guid(claim) else None
        for claim in (token_claims.get('appid') or token_claims.get('azp'), token_claims.get('tid'))
    )
    return {
        'kind': _KINDS.get(identity.kind, identity.kind),
        'clientId': client,
        'objectId': account_of(token_claims).object_id,
        'tenant': tenant,
    }
