# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who logs in: the kind of account, and what commands name it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.by_account import (
    ADMIN_USER,
    APPLICATION,
    KIND,
    MANAGED_IDENTITY,
    REFRESH_TOKEN,
    SERVICE_PRINCIPAL,
    TOKEN,
    UNKNOWN,
    USER,
)
from azext_acrhealth.grammar import TOKEN_NAME, is_guid
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.registry.tokens import NULL_GUID

REGISTRY_REFRESH_TOKEN = 'a refresh token of a registry'
_MANAGED = ('system', 'client', 'resource')


class Account(NamedTuple):
    """An account that logs in. `kind` is one of by_account.KINDS.

    `object_id` is that of a user or service principal in Microsoft Entra ID; `name` is the
    application ID of an application, or the name of a token of the registry.
    """

    kind: str = UNKNOWN
    object_id: str | None = None
    name: str | None = None

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of solutions that name the account; unknown values are absent."""
        known = {
            KIND: self.kind,
            'object_id': self.object_id,
            'application': self.name if self.kind == APPLICATION else None,
            'token': self.name if self.kind == TOKEN else None,
        }
        return {name: value for name, value in known.items() if value}


def account_of(claims: object, identity: Identity | None = None) -> Account:
    """Return the account of an Entra token's claims, of `identity` if that was checked.

    Source: Microsoft identity platform, access token claims reference. A token for an application
    has the `idtyp` app, or the same `oid` and `sub`; that of a managed identity also names its
    resource. A user's token names the delegated scopes. The claims that identify a person are
    personal data, and not used.
    """
    known = claims if isinstance(claims, dict) else {}
    identifier = known.get('oid')
    object_id = identifier if is_guid(identifier) else None
    if known.get('xms_mirid') or (identity and identity.kind in _MANAGED):
        kind = MANAGED_IDENTITY
    elif identity or known.get('idtyp') == 'app':
        kind = SERVICE_PRINCIPAL
    elif known.get('idtyp') == 'user' or known.get('scp'):
        kind = USER
    else:
        is_application = object_id is not None and known.get('sub') == object_id
        kind = SERVICE_PRINCIPAL if is_application else UNKNOWN
    return Account(kind, object_id)


def reader_placeholders(
    claims: Mapping[str, Any] | None, identity: Identity | None, **scopes: str
) -> dict[str, str]:
    """Return the placeholders of the solutions that let the account of a token read a resource.

    `scopes` are resource IDs by placeholder, empty where they aren't known.
    """
    return {**scopes, **account_of(claims, identity).placeholders}


def account_of_user_name(user: str, registry: str) -> Account:
    """Return the account of a user name that goes with a password.

    The registry accepts the admin user, which has the registry's name, the application IDs of
    service principals, the user name of refresh tokens, and its own tokens.
    """
    if user == NULL_GUID:
        return Account(REFRESH_TOKEN)
    if is_guid(user):
        return Account(APPLICATION, name=user)
    if user.lower() == registry.lower():
        return Account(ADMIN_USER)
    if '@' in user:
        return Account(USER)
    return Account(TOKEN, name=user) if TOKEN_NAME.fullmatch(user) else Account()


def kind_of_token(claims: Mapping[str, object] | None) -> str | None:
    """Return what kind of token a password is, by its claims; None for what is no token."""
    if claims is None:
        return None
    if claims.get('grant_type') == 'refresh_token':
        return REGISTRY_REFRESH_TOKEN
    if claims.get('grant_type') == 'access_token' or isinstance(claims.get('access'), list):
        return 'an access token of a registry'
    return 'a token of Microsoft Entra ID' if is_guid(claims.get('tid')) else 'a token'
