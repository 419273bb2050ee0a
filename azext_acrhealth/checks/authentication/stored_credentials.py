# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the credentials that docker, podman, and Helm store for the registry.

The clients use them regardless of the Azure CLI's account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

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
from azext_acrhealth.probes.local.stored_login import (
    TOKEN,
    StoredLogin,
    StoredLoginKind,
)
from azext_acrhealth.probes.registry.tokens import NULL_GUID, audiences_of, claims

_FAILURES: Mapping[StoredLoginKind, Problem] = {
    'HelperMissing': problems.HELPER_MISSING,
    'HelperFailed': problems.HELPER_FAILED,
    'HelperTimeout': problems.HELPER_TIMEOUT,
    'Unreadable': problems.UNREADABLE,
}


class _Token(NamedTuple):
    """The claims of a stored token; None where it doesn't have the claim."""

    audience: tuple[str, ...]
    ends: datetime | None
    tenant: str | None


@check(
    'stored-credentials',
    'Stored credentials',
    'authentication',
    needs=(login_server,),
    verifies='The credentials that docker, podman, and Helm store for the registry are usable: a '
    'valid token under the exact host name, or a helper that responds.',
    problems=(
        *_FAILURES.values(),
        problems.EXPIRED,
        problems.MISMATCH,
        problems.HOST_CASE,
        problems.HELPER_READ_ONLY,
    ),
)
def stored_credentials(ctx: Context, login: LoginServer) -> Outcome:
    host = _host_looked_up(ctx, login)
    stored_logins: list[StoredLogin] = ctx.probes.stored_logins(
        host, ctx.options.repository, ctx.deadline
    )
    pairs = [(stored, _read_token(stored.secret)) for stored in stored_logins]
    facts = {'stored': [_facts_of(stored, token) for stored, token in pairs]}
    audiences, now = login.audiences, ctx.probes.now()
    outcomes = [
        outcome
        for outcome in (
            _judge(stored, token, host, audiences, now, facts) for stored, token in pairs
        )
        if outcome
    ]
    # A broken helper stops its client, so it comes before anything that only makes a login fail.
    worst = next(
        (outcome for outcome in outcomes if outcome.status is Status.FAILED),
        next(iter(outcomes), None),
    )
    if worst:
        return worst
    usable = next(((stored, token) for stored, token in pairs if stored.secret), None)
    if usable is None:
        return not_applicable(f'docker, podman, and Helm store no login for {host}', **facts)
    return passed(_describe(*usable), **facts)


def _host_looked_up(ctx: Context, login: LoginServer) -> str:
    """Return the host as clients look it up: as it is written in the image, else in lowercase."""
    host = login.host.lower()
    written = ctx.options.image.host if ctx.options.image else None
    return written if written and written.lower() == host else host


def _region_of(host: str) -> str:
    """Return the region of a regional host, NAME.REGION.geo.SUFFIX; '' for another host."""
    labels = host.lower().split('.')
    return labels[1] if labels[2:3] == ['geo'] else ''


def _describe(stored: StoredLogin, token: _Token | None) -> str:
    secret = _describe_secret(token)
    if stored.store_result is None:
        return f'{_shown(stored)} stores {secret}'
    # It works, and so nothing has to be stored.
    effect = 'fails' if stored.store_result == 'Refused' else 'has no effect'
    return (
        f'{_shown(stored)} gets {secret} from docker-credential-{stored.helper}, which stores no '
        f'logins, so that `az acr login` {effect}'
    )


def _shown(stored: StoredLogin) -> str:
    name = 'Helm' if stored.client == 'helm' else stored.client
    return f'{name} ({stored.variable})' if stored.variable else name


def _describe_secret(token: _Token | None) -> str:
    if token is None:
        return 'a password, which only a login can verify'
    if token.ends is None:
        return 'a token without an expiry time'
    return f'a token that is valid until {format_utc(token.ends)}'


def _judge(
    stored: StoredLogin,
    token: _Token | None,
    host: str,
    audiences: set[str],
    now: datetime,
    facts: Mapping[str, Any],
) -> Outcome | None:
    client = _shown(stored)
    placeholders = {
        'engine': stored.client,
        'client': '' if stored.variable else stored.client,
        'variable': stored.variable,
        'found': stored.other_host,
        'file': stored.file,
        'host': host,
        'region': _region_of(host),
        'helper': stored.helper or '',
        'setting': stored.setting,
    }
    if stored.failure:
        outcome = warned if stored.failure.kind == 'Unreadable' else failed
        return outcome(
            _FAILURES[stored.failure.kind],
            f'{client if stored.variable else f"{client} ({stored.file})"}: {stored.failure.text}',
            None,
            placeholders,
            **facts,
        )
    if token and token.audience and audiences.isdisjoint(token.audience):
        return warned(
            problems.MISMATCH,
            f'{client} stores a token for {", ".join(token.audience)} under {host}',
            None,
            placeholders,
            **facts,
        )
    if token and token.ends and token.ends <= now:
        return warned(
            problems.EXPIRED,
            f'the token that {client} stores for {host} expired at {format_utc(token.ends)}',
            None,
            placeholders,
            **facts,
        )
    if stored.secret:
        return None
    if stored.other_host:
        return warned(
            problems.HOST_CASE,
            f'{client} stores a login under {stored.other_host}, and finds none for {host}',
            None,
            placeholders,
            **facts,
        )
    if stored.store_result:
        verb = 'refuses to store one' if stored.store_result == 'Refused' else 'ignores a new one'
        return warned(
            problems.HELPER_READ_ONLY,
            f'{client} has no login for {host}, and docker-credential-{stored.helper} {verb}',
            None,
            placeholders,
            **facts,
        )
    return None


def _read_token(secret: str) -> _Token | None:
    """Return the claims of a stored token; None if the secret is not a token."""
    content = claims(secret)
    if content is None:
        return None
    return _Token(audiences_of(secret), times_of(secret).ends, text_of(content.get('tenant')))


def _facts_of(stored: StoredLogin, token: _Token | None) -> dict[str, Any]:
    kind = None if not stored.secret else 'token' if token else 'password'
    known = {'otherHost': stored.other_host, 'helperStores': stored.store_result}
    return {
        'client': stored.client,
        'file': stored.file,
        'how': _place(stored),
        'helper': stored.helper,
        # A user name is personal data; whether there is one shows what kind of login was stored.
        'user': None if not stored.secret else _user_kind(stored),
        'kept': kind,
        'expires': format_utc(token.ends) if token and token.ends else None,
        'audience': list(token.audience) or None if token else None,
        'tenant': token.tenant if token else None,
        'trouble': stored.failure.text if stored.failure else None,
        **{name: value for name, value in known.items() if value},
    }


def _place(stored: StoredLogin) -> str | None:
    if stored.setting:
        return 'helper'
    return ('variable' if stored.variable else 'file') if stored.secret else None


def _user_kind(stored: StoredLogin) -> str:
    return 'token' if stored.user in (NULL_GUID, TOKEN) else 'name'
