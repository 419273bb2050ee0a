# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What Azure Resource Manager reports about a token of the registry, read only after a failure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.by_account import TOKEN
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import API, id_of
from azext_acrhealth.grammar import TOKEN_NAME
from azext_acrhealth.model import Context, Outcome
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import list_of, object_of, properties_of, text_of, time_of

# The names of the scope maps that come with every registry begin so.
_BUILT_IN = '_repositories_'


class RegistryToken(NamedTuple):
    """A token of the registry. `exists` is None where that isn't known.

    `passwords` are the times when its passwords expire, None for one that doesn't, and `names`
    their names, password1 and password2.
    """

    exists: bool | None = None
    enabled: bool | None = None
    scope_map: str | None = None
    passwords: tuple[datetime | None, ...] = ()
    names: tuple[str | None, ...] = ()

    def first_password_free(self, now: datetime) -> bool:
        """Return whether of the two passwords, only the second one is valid."""
        ends = zip(self.names, self.passwords)
        valid = {name for name, end in ends if end is None or end > now}
        return valid == {'password2'}

    def expired(self, now: datetime) -> datetime | None:
        """Return when the last of the passwords expired; None if one is valid, or none is known."""
        ends = [end for end in self.passwords if end]
        all_ended = bool(ends) and len(ends) == len(self.passwords) and max(ends) <= now
        return max(ends) if all_ended else None

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts about the token; empty if none is known."""
        if self.exists is None:
            return {}
        return {
            'token': {
                'exists': self.exists,
                'enabled': self.enabled,
                'scopeMap': self.scope_map,
                'passwordsExpire': [end and format_utc(end) for end in self.passwords],
            }
        }

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholder of the scope map, by whether it can be changed."""
        if not self.scope_map:
            return {}
        built_in = self.scope_map.startswith(_BUILT_IN)
        return {'fixed_scope_map' if built_in else 'scope_map': self.scope_map}


def read_registry_token(ctx: Context, login: LoginServer, name: str) -> RegistryToken:
    """Return a token of the registry as Azure Resource Manager reports it."""
    if not id_of(login) or not TOKEN_NAME.fullmatch(name):
        return RegistryToken()
    result = ctx.probes.read_resource(f'{id_of(login)}/tokens/{name}', API, ctx.deadline)
    if result.failure:
        return RegistryToken(exists=False if result.is_gone else None)
    properties = properties_of(result.resource)
    status = (text_of(properties.get('status')) or '').lower()
    scope_map = (text_of(properties.get('scopeMapId')) or '').rpartition('/')[2]
    passwords = list_of(object_of(properties.get('credentials')).get('passwords'))
    return RegistryToken(
        True,
        status == 'enabled' if status else None,
        scope_map if TOKEN_NAME.fullmatch(scope_map) else None,
        tuple(time_of(object_of(password).get('expiry')) for password in passwords),
        tuple(text_of(object_of(password).get('name')) for password in passwords),
    )


def with_scope_map(ctx: Context, login: LoginServer, account: Account, outcome: Outcome) -> Outcome:
    """Return an outcome whose solutions name the token's scope map, where permissions lack."""
    solutions = outcome.problem.solutions if outcome.problem else ()
    if account.kind != TOKEN or not set(solutions) & set(GRANT.general):
        return outcome
    token = read_registry_token(ctx, login, account.name or '')
    return outcome._replace(
        placeholders={**outcome.placeholders, **token.placeholders},
        facts={**outcome.facts, **token.facts},
    )
