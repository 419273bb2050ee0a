# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The login that docker and podman keep for the registry: they use it, whatever the Azure CLI is logged in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azext_acrhealth.catalogue.authentication import stored_credentials as problems
from azext_acrhealth.checks.authentication.token_response import times_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import (
    Context,
    Outcome,
    Problem,
    Status,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import text_of
from azext_acrhealth.probes.local.stored_login import NOBODY, TOKEN, StoredLogin, StoredLoginKind
from azext_acrhealth.probes.registry.tokens import claims

_FAILURES: Mapping[StoredLoginKind, Problem] = {
    'HelperMissing': problems.HELPER_MISSING,
    'HelperFailed': problems.HELPER_FAILED,
    'HelperTimeout': problems.HELPER_TIMEOUT,
    'Unreadable': problems.UNREADABLE,
}


@dataclass(frozen=True)
class _Token:
    """What a token that is kept says of itself."""

    audience: tuple[str, ...]
    ends: datetime | None
    tenant: str | None


@check(
    'stored-credentials',
    'Stored login',
    'authentication',
    needs=(login_server,),
    verifies='What docker and podman keep for the registry is still of use: a token, or a helper '
    'that answers.',
    problems=(*_FAILURES.values(), problems.EXPIRED, problems.FOREIGN),
)
def stored_credentials(ctx: Context, login: LoginServer) -> Outcome:
    found: list[StoredLogin] = ctx.probes.stored_logins(
        login.host, ctx.options.repository, ctx.deadline
    )
    read = [(one, _token(one.secret)) for one in found]
    facts = {'stored': [_facts(one, token) for one, token in read]}
    names, now = _names(ctx, login), ctx.probes.now()
    judged = [
        outcome
        for outcome in (_judge(one, token, login.host, names, now, facts) for one, token in read)
        if outcome
    ]
    # A helper that is broken stops its client; the rest only misleads it.
    worst = next((one for one in judged if one.status is Status.FAILED), next(iter(judged), None))
    if worst:
        return worst
    kept = next(((one, token) for one, token in read if one.secret), None)
    if kept is None:
        return not_applicable(
            f'neither docker nor podman keeps a login for {login.host} here', **facts
        )
    return passed(f'{kept[0].client} keeps {_said_of(kept[1])}', **facts)


def _said_of(token: _Token | None) -> str:
    if token is None:
        return 'a password, which only a login can tell to be right'
    if token.ends is None:
        return 'a token that does not say how long it is valid'
    return f'a token that is valid until {format_utc(token.ends)}'


def _judge(
    one: StoredLogin,
    token: _Token | None,
    host: str,
    names: set[str],
    now: datetime,
    facts: Mapping[str, Any],
) -> Outcome | None:
    placeholders = {
        'client': one.client,
        'file': one.file,
        'host': host,
        'helper': one.helper or '',
        'setting': one.setting,
    }
    if one.failure:
        made = warned if one.failure.kind == 'Unreadable' else failed
        return made(
            _FAILURES[one.failure.kind],
            f'{one.client} ({one.file}): {one.failure.text}',
            None,
            placeholders,
            **facts,
        )
    if token and token.audience and names.isdisjoint(token.audience):
        return warned(
            problems.FOREIGN,
            f'{one.client} keeps a token for {", ".join(token.audience)} under {host}',
            None,
            placeholders,
            **facts,
        )
    if token and token.ends and token.ends <= now:
        return warned(
            problems.EXPIRED,
            f'the token that {one.client} keeps for {host} expired at {format_utc(token.ends)}',
            None,
            placeholders,
            **facts,
        )
    return None


def _names(ctx: Context, login: LoginServer) -> set[str]:
    """Return the hosts that a token of this registry may be for: at its regional hosts it may be the login server's."""
    named = login.properties.get('loginServer')
    name = login.host.lower().partition('.')[0]
    return {
        login.host.lower(),
        *([f'{name}{ctx.probes.suffix}'] if ctx.probes.suffix else []),
        *([named.lower()] if isinstance(named, str) else []),
    }


def _token(secret: str) -> _Token | None:
    """Read a token as it tells of itself; None where a secret is none."""
    content = claims(secret)
    if content is None:
        return None
    told = content.get('aud')
    names = told if isinstance(told, list) else [told]
    return _Token(
        tuple(name.lower() for name in names if isinstance(name, str) and name),
        times_of(secret).ends,
        text_of(content.get('tenant')),
    )


def _facts(one: StoredLogin, token: _Token | None) -> dict[str, Any]:
    kept = None if not one.secret else 'token' if token else 'password'
    return {
        'client': one.client,
        'file': one.file,
        'how': 'helper' if one.setting else 'file' if one.secret else None,
        'helper': one.helper,
        # A name is nobody's business; whether it is one tells what its owner believes to be kept.
        'user': None if not one.secret else 'token' if one.user in (NOBODY, TOKEN) else 'name',
        'kept': kept,
        'expires': format_utc(token.ends) if token and token.ends else None,
        'audience': list(token.audience) or None if token else None,
        'tenant': token.tenant if token else None,
        'trouble': one.failure.text if one.failure else None,
    }
