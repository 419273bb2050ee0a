# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rights of a login: what an access token for a repository, or for the registry's catalogue, grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.scope import Access, Login, counted, scope_of
from azext_acrhealth.checks.authentication.token_response import (
    out_of_date,
    times_of,
    without_token,
)
from azext_acrhealth.checks.connectivity.error_responses import again, facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import assignment, by_repository, roles_for
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.registry.tokens import Issued, grants

_TOKEN: Mapping[str, Problem] = {
    'Timeout': problems.TOKEN_TIMEOUT,
    'Cut': problems.TOKEN_CUT,
    'Reset': problems.TOKEN_RESET,
    'NotHttp': problems.TOKEN_UNREADABLE,
    'refused': problems.TOKEN_REFUSED,
    'foreign': problems.TOKEN_DENIED_ON_THE_WAY,
    'server': problems.TOKEN_SERVER_ERROR,
    'status': problems.TOKEN_STATUS,
    'unreadable': problems.TOKEN_UNREADABLE,
}


@check(
    'access-token',
    'Rights',
    'authentication',
    needs=(login_server, refresh_token),
    verifies='The login carries rights: with --repository those that --need names, else any on the '
    'registry.',
    problems=(
        *dict.fromkeys(_TOKEN.values()),
        problems.TOKEN_OPAQUE,
        problems.ACCESS_TOKEN_OUT_OF_DATE,
        problems.NOTHING_GRANTED,
        problems.ACTIONS_MISSING,
        problems.ABAC_ROLE_NEEDED,
        problems.NOTHING_PROVEN,
        problems.REPOSITORY_NEEDED,
        *error_responses.PROBLEMS,
    ),
)
def access_token(ctx: Context, login_at: LoginServer, login: Login) -> Outcome:
    repository, asked, scope = ctx.options.repository, counted(ctx.options), scope_of(ctx.options)
    challenged, roles = login.challenged, roles_for(asked if repository else ('pull',), login_at)
    fill = {
        'host': login_at.host,
        'repository': repository or '',
        **assignment(login_at, login.account, roles),
    }
    issued = login.issued or ctx.world.access_token(
        challenged.connection, challenged.path, challenged.service, (scope,), login.refresh_token
    )
    facts: dict[str, Any] = {
        'scope': scope,
        'account': login.account,
        **times_of(issued.token).facts,
    }
    old = out_of_date(issued.token, ctx.world.now())
    if old:
        return failed(
            problems.ACCESS_TOKEN_OUT_OF_DATE,
            f'the access token is of no use: {old}',
            fill=fill,
            **facts,
            **facts_of(issued.answer),
        )
    if not repository:
        return _any_right(login_at, login, issued, fill, facts)
    if issued.answer.status == 401 and by_repository(login_at):
        return _nothing(login_at, repository, asked, fill, {**facts, **facts_of(issued.answer)})
    refused = without_token(issued, _TOKEN, login_at, fill, facts)
    return refused or _rights(login_at, repository, asked, issued, fill, facts)


def _rights(
    login_at: LoginServer,
    repository: str,
    asked: Sequence[str],
    issued: Issued,
    fill: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    account: str | None = facts['account']
    facts, granted = {**facts, **facts_of(issued.answer)}, grants(issued.token or '')
    if granted is None:
        return failed(
            problems.TOKEN_OPAQUE,
            'the access token cannot be read',
            Access(issued.token or '', repository, None, account),
            fill,
            **facts,
        )
    entries = [
        grant for grant in granted if grant.type == 'repository' and grant.name == repository
    ]
    actions = sorted({action for grant in entries for action in grant.actions})
    missing = [] if '*' in actions else [action for action in asked if action not in actions]
    facts.update(asked=list(asked), granted=actions, missing=missing)
    value = Access(issued.token or '', repository, tuple(actions), account)
    if not missing:
        return passed(
            f'{", ".join(asked)} granted on {repository}{again(issued.answer)}', value, **facts
        )
    if not actions:
        return _nothing(login_at, repository, asked, fill, facts)
    roles = roles_for(missing, login_at)
    return failed(
        problems.ACTIONS_MISSING,
        f'{", ".join(missing)} missing on {repository}; granted: {", ".join(actions)}',
        value,
        {**fill, 'role': roles[0]},
        **facts,
        roles=roles,
    )


def _nothing(
    login_at: LoginServer,
    repository: str,
    asked: Sequence[str],
    fill: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    problem = problems.ABAC_ROLE_NEEDED if by_repository(login_at) else problems.NOTHING_GRANTED
    told = {
        'asked': list(asked),
        'granted': [],
        'missing': list(asked),
        'roles': roles_for(asked, login_at),
    }
    here = (
        ' (rights go by repository here: AcrPull, AcrPush do not count)'
        if by_repository(login_at)
        else ''
    )
    return failed(
        problem,
        f'nothing granted on {repository}{here}; asked: {", ".join(asked)}',
        fill=fill,
        **{**facts, **told},
    )


def _any_right(
    login_at: LoginServer,
    login: Login,
    issued: Issued,
    fill: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome:
    """Judge a login without a repository: what the refresh token tells of itself, and whether the catalogue is open."""
    # No right to list is no right to pull denied.
    unproven = issued.answer.status == 401 and (by_repository(login_at) or not login.actions)
    refused = without_token(issued, _TOKEN, login_at, fill, facts)
    if refused and not unproven:
        return refused
    facts.update(facts_of(issued.answer), actions=list(login.actions or ()))
    granted = () if refused else grants(issued.token or '')
    if granted is None and not login.actions:
        return failed(problems.TOKEN_OPAQUE, 'the access token cannot be read', fill=fill, **facts)
    listed = [action for grant in granted or () for action in grant.actions]
    facts['granted'] = listed
    if by_repository(login_at):
        return warned(
            problems.REPOSITORY_NEEDED,
            'rights go by repository here: name one with --repository',
            fill=fill,
            **facts,
        )
    if login.actions:
        return passed(
            f'{", ".join(login.actions)} on the whole registry{again(issued.answer)}', **facts
        )
    if listed:
        return passed(f'the catalogue may be listed{again(issued.answer)}', **facts)
    return warned(problems.NOTHING_PROVEN, 'logged in, but no right was seen', fill=fill, **facts)
