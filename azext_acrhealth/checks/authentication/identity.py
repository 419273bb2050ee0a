# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who is checked, and what it means that no token can be had for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import identity as problems
from azext_acrhealth.checks.registry.roles import account_of
from azext_acrhealth.model import Problem
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.http.response import GUID

_KINDS: Mapping[str, str] = {'client': 'user-assigned', 'resource': 'user-assigned'}
SIGN_IN: Mapping[str, Problem] = {
    'NoEndpoint': problems.NO_ENDPOINT,
    'NotAssigned': problems.NOT_ASSIGNED,
    'SeveralAssigned': problems.MULTIPLE_IDENTITIES,
    'FederationRefused': problems.FEDERATION_REFUSED,
    'SecretRefused': problems.SECRET_REFUSED,
    'SecretExpired': problems.SECRET_REFUSED,
    'WrongTenant': problems.UNKNOWN,
    **dict.fromkeys(
        ('Expired', 'InteractionNeeded', 'NotLoggedIn', 'AudienceRefused', 'Refused', 'Unstored'),
        problems.REFUSED,
    ),
    'Unavailable': problems.UNAVAILABLE,
    'Timeout': problems.UNAVAILABLE,
}


def who(identity: Identity, claims: object) -> dict[str, Any]:
    """Say who is checked, from the claims of its token (Microsoft's reference of access token claims)."""
    told = claims if isinstance(claims, dict) else {}
    client, tenant = (
        one if isinstance(one, str) and GUID.fullmatch(one) else None
        for one in (told.get('appid') or told.get('azp'), told.get('tid'))
    )
    return {
        'kind': _KINDS.get(identity.kind, identity.kind),
        'clientId': client,
        'objectId': account_of(told),
        'tenant': tenant,
    }
