# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The login that docker and podman keep for the registry: they use it, whatever the Azure CLI is logged in with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping

from azext_acrhealth.catalogue import stored as problems
from azext_acrhealth.checks.login_server import LoginServer, login_server
from azext_acrhealth.checks.token_service import times_of
from azext_acrhealth.model import Context, Outcome, Problem, Status, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.limits import spelt
from azext_acrhealth.probes.raw import text_of
from azext_acrhealth.probes.stored_login import NOBODY, TOKEN, StoredLogin
from azext_acrhealth.probes.tokens import claims

_TROUBLES: Mapping[str, Problem] = {
    'HelperMissing': problems.HELPER_MISSING, 'HelperFailed': problems.HELPER_FAILED,
    'HelperTimeout': problems.HELPER_TIMEOUT, 'Unreadable': problems.UNREADABLE,
}


@check('stored-credentials', 'Stored login', 'authentication', needs=(login_server,),
       verifies='What docker and podman keep for the registry is still of use: a token, or a helper that answers.',
       problems=(*_TROUBLES.values(), problems.EXPIRED, problems.FOREIGN))
def stored_credentials(ctx: Context, login: LoginServer) -> Outcome:
    found: list[StoredLogin] = ctx.world.stored_logins(login.host, ctx.options.repository, ctx.deadline)
    facts = {'stored': [_facts(one) for one in found]}
    names, now = _names(ctx, login), ctx.world.now()
    judged = [outcome for outcome in (_judge(one, login.host, names, now, facts) for one in found) if outcome]
    # A helper that is broken stops its client; the rest only misleads it.
    worst = next((one for one in judged if one.status is Status.FAILED), next(iter(judged), None))
    if worst:
        return worst
    kept = [one for one in found if one.secret]
    if not kept:
        return not_applicable(f'neither docker nor podman keeps a login for {login.host} here', **facts)
    return passed(f'{kept[0].client} keeps {_told(kept[0].secret)}', **facts)


def _told(secret: str) -> str:
    if claims(secret) is None:
        return 'a password, which only a login can tell to be right'
    ends = times_of(secret).ends
    return f'a token that is valid until {spelt(ends)}' if ends else 'a token that does not say how long it is valid'


def _judge(one: StoredLogin, host: str, names: set[str], now: datetime, facts: Mapping[str, Any]) -> Outcome | None:
    fill = {'client': one.client, 'file': one.file, 'host': host, 'helper': one.helper or '', 'setting': one.setting}
    if one.trouble:
        made = warned if one.trouble.kind == 'Unreadable' else failed
        return made(_TROUBLES[one.trouble.kind], f'{one.client} ({one.file}): {one.trouble.text}', None, fill, **facts)
    audience, ends = _audience(one.secret), times_of(one.secret).ends
    if audience and names.isdisjoint(audience):
        return warned(problems.FOREIGN, f'{one.client} keeps a token for {", ".join(audience)} under {host}', None,
                      fill, **facts)
    if ends and ends <= now:
        return warned(problems.EXPIRED, f'the token that {one.client} keeps for {host} expired at {spelt(ends)}', None,
                      fill, **facts)
    return None


def _names(ctx: Context, login: LoginServer) -> set[str]:
    """Give the hosts that a token of this registry may be for: at its regional hosts it may be the login server's."""
    named = login.properties.get('loginServer')
    name = login.host.lower().partition('.')[0]
    return {login.host.lower(), f'{name}{ctx.world.suffix}', *([named.lower()] if isinstance(named, str) else [])}


def _audience(secret: str) -> list[str]:
    told = (claims(secret) or {}).get('aud')
    names = told if isinstance(told, list) else [told]
    return [name.lower() for name in names if isinstance(name, str) and name]


def _facts(one: StoredLogin) -> dict[str, Any]:
    content, ends = claims(one.secret), times_of(one.secret).ends
    kept = None if not one.secret else 'password' if content is None else 'token'
    return {'client': one.client, 'file': one.file,
            'how': 'helper' if one.setting else 'file' if one.secret else None, 'helper': one.helper,
            # A name is nobody's business; whether it is one tells what its owner believes to be kept.
            'user': None if not one.secret else 'token' if one.user in (NOBODY, TOKEN) else 'name', 'kept': kept,
            'expires': spelt(ends) if ends else None, 'audience': _audience(one.secret) or None,
            'tenant': text_of((content or {}).get('tenant')), 'trouble': one.trouble.text if one.trouble else None}
