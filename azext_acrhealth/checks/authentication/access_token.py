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
from azext_acrhealth.checks.authentication.scope import Access, Login, required_actions, scope_of
from azext_acrhealth.checks.authentication.token_response import (
    out_of_date,
    times_of,
    token_failure,
)
from azext_acrhealth.checks.connectivity.error_responses import again, facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import assignment, by_repository, roles_for
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.registry.tokens import TokenResponse, grants

_TOKEN: Mapping[str, Problem] = {
    'Timeout': problems.TOKEN_TIMEOUT,
    'Cut': problems.TOKEN_CUT,
    'Reset': problems.TOKEN_RESET,
    'NotHttp': problems.TOKEN_UNREADABLE,
    'refused': problems.TOKEN_REFUSED,
    'foreign': problems.TOKEN_BLOCKED_BY_INTERMEDIARY,
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
        problems.ACCESS_TOKEN_NOT_VALID_NOW,
        problems.NO_PERMISSIONS,
        problems.ACTIONS_MISSING,
        problems.ABAC_ROLE_NEEDED,
        problems.PERMISSIONS_UNVERIFIED,
        problems.REPOSITORY_NEEDED,
        *error_responses.PROBLEMS,
    ),
)
def access_token(ctx: Context, login_at: LoginServer, login: Login) -> Outcome:
    repository, asked, scope = (
        ctx.options.repository,
        required_actions(ctx.options),
        scope_of(ctx.options),
    )
    token_endpoint, roles = (
        login.token_endpoint,
        roles_for(asked if repository else ('pull',), login_at),
    )
    placeholders = {
        'host': login_at.host,
        'repository': repository or '',
        **assignment(login_at, login.account, roles),
    }
    token_response = login.token_response or ctx.probes.access_token(
        token_endpoint.connection,
        token_endpoint.path,
        token_endpoint.service,
        (scope,),
        login.refresh_token,
    )
    facts: dict[str, Any] = {
        'scope': scope,
        'account': login.account,
        **times_of(token_response.token).facts,
    }
    old = out_of_date(token_response.token, ctx.probes.now())
    if old:
        return failed(
            problems.ACCESS_TOKEN_NOT_VALID_NOW,
            f'the access token is of no use: {old}',
            placeholders=placeholders,
            **facts,
            **facts_of(token_response.response),
        )
    if not repository:
        return _any_right(login_at, login, token_response, placeholders, facts)
    if token_response.response.status == 401 and by_repository(login_at):
        return _nothing(
            login_at,
            repository,
            asked,
            placeholders,
            {**facts, **facts_of(token_response.response)},
        )
    refused = token_failure(token_response, _TOKEN, login_at, placeholders, facts)
    return refused or _rights(login_at, repository, asked, token_response, placeholders, facts)


def _rights(
    login_at: LoginServer,
    repository: str,
    asked: Sequence[str],
    token_response: TokenResponse,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    account: str | None = facts['account']
    facts, granted = (
        {**facts, **facts_of(token_response.response)},
        grants(token_response.token or ''),
    )
    if granted is None:
        return failed(
            problems.TOKEN_OPAQUE,
            'the access token cannot be read',
            Access(token_response.token or '', repository, None, account),
            placeholders,
            **facts,
        )
    entries = [
        grant for grant in granted if grant.type == 'repository' and grant.name == repository
    ]
    actions = sorted({action for grant in entries for action in grant.actions})
    missing = [] if '*' in actions else [action for action in asked if action not in actions]
    facts.update(asked=list(asked), granted=actions, missing=missing)
    value = Access(token_response.token or '', repository, tuple(actions), account)
    if not missing:
        return passed(
            f'{", ".join(asked)} granted on {repository}{again(token_response.response)}',
            value,
            **facts,
        )
    if not actions:
        return _nothing(login_at, repository, asked, placeholders, facts)
    roles = roles_for(missing, login_at)
    return failed(
        problems.ACTIONS_MISSING,
        f'{", ".join(missing)} missing on {repository}; granted: {", ".join(actions)}',
        value,
        {**placeholders, 'role': roles[0]},
        **facts,
        roles=roles,
    )


def _nothing(
    login_at: LoginServer,
    repository: str,
    asked: Sequence[str],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    problem = problems.ABAC_ROLE_NEEDED if by_repository(login_at) else problems.NO_PERMISSIONS
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
        placeholders=placeholders,
        **{**facts, **told},
    )


def _any_right(
    login_at: LoginServer,
    login: Login,
    token_response: TokenResponse,
    placeholders: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome:
    """Judge a login without a repository: what the refresh token tells of itself, and whether the catalogue is open."""
    # No right to list is no right to pull denied.
    unproven = token_response.response.status == 401 and (
        by_repository(login_at) or not login.actions
    )
    refused = token_failure(token_response, _TOKEN, login_at, placeholders, facts)
    if refused and not unproven:
        return refused
    facts.update(facts_of(token_response.response), actions=list(login.actions or ()))
    granted = () if refused else grants(token_response.token or '')
    if granted is None and not login.actions:
        return failed(
            problems.TOKEN_OPAQUE,
            'the access token cannot be read',
            placeholders=placeholders,
            **facts,
        )
    listed = [action for grant in granted or () for action in grant.actions]
    facts['granted'] = listed
    if by_repository(login_at):
        return warned(
            problems.REPOSITORY_NEEDED,
            'rights go by repository here: name one with --repository',
            placeholders=placeholders,
            **facts,
        )
    if login.actions:
        return passed(
            f'{", ".join(login.actions)} on the whole registry{again(token_response.response)}',
            **facts,
        )
    if listed:
        return passed(f'the catalogue may be listed{again(token_response.response)}', **facts)
    return warned(
        problems.PERMISSIONS_UNVERIFIED,
        'logged in, but no right was seen',
        placeholders=placeholders,
        **facts,
    )
