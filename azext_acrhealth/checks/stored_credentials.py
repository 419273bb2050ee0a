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
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.limits import spelt
from azext_acrhealth.probes.stored_login import StoredLogin
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
    judged = [outcome for outcome in (_judge(one, login.host, ctx.world.now(), facts) for one in found) if outcome]
    # A helper that is broken stops its client; the rest only misleads it.
    worst = next((one for one in judged if one.problem in (
        problems.HELPER_MISSING, problems.HELPER_FAILED, problems.HELPER_TIMEOUT)), next(iter(judged), None))
    if worst:
        return worst
    kept = [one for one in found if one.secret]
    if not kept:
        return not_applicable(f'neither docker nor podman keeps a login for {login.host} here', **facts)
    ends = times_of(kept[0].secret).ends
    what = f'a token that is valid until {spelt(ends)}' if ends else \
        'a password, which only a login can tell to be right'
    return passed(f'{kept[0].client} keeps {what}', **facts)


def _judge(one: StoredLogin, host: str, now: datetime, facts: Mapping[str, Any]) -> Outcome | None:
    fill = {'client': one.client, 'file': one.file, 'host': host, 'helper': one.helper or ''}
    if one.trouble:
        made = warned if one.trouble.kind == 'Unreadable' else failed
        return made(_TROUBLES[one.trouble.kind], f'{one.client} ({one.file}): {one.trouble.text}', None, fill, **facts)
    if not one.secret:
        return None
    audience, ends = _audience(one.secret), times_of(one.secret).ends
    if audience and host.lower() not in audience:
        return warned(problems.FOREIGN, f'{one.client} keeps a token for {", ".join(audience)} under {host}', None,
                      fill, **facts)
    if ends and ends <= now:
        return warned(problems.EXPIRED, f'the token that {one.client} keeps for {host} expired at {spelt(ends)}', None,
                      fill, **facts)
    return None


def _audience(secret: str) -> list[str]:
    told = (claims(secret) or {}).get('aud')
    names = told if isinstance(told, list) else [told]
    return [name.lower() for name in names if isinstance(name, str) and name]


def _facts(one: StoredLogin) -> dict[str, Any]:
    token = claims(one.secret) is not None
    ends = times_of(one.secret).ends
    kept = None if not one.secret else 'token' if token else 'password'
    return {'client': one.client, 'file': one.file, 'helper': one.helper, 'kept': kept,
            'expires': spelt(ends) if ends else None, 'audience': _audience(one.secret) or None,
            'trouble': one.trouble.text if one.trouble else None}
