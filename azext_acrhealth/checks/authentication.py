# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Signing in: the account's token, the registry's refresh token for it, and the rights of an access token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from azext_acrhealth.catalogue import denial
from azext_acrhealth.catalogue import tokens as problems
from azext_acrhealth.checks.denied import UNSAID, facts_of, refusal, said
from azext_acrhealth.checks.first_answer import Challenged, challenge
from azext_acrhealth.checks.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.tokens import Issued, grants, registry_actions

CATALOG = 'registry:catalog:*'
_ABAC = 'AbacRepositoryPermissions'

_SIGN_IN: Mapping[str, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'Refused': problems.SIGN_IN_REFUSED,
    'Unavailable': problems.SIGN_IN_UNAVAILABLE,
    'Timeout': problems.SIGN_IN_HUNG,
}
# How a token endpoint fails, in the words of each family.
_EXCHANGE: Mapping[str, Problem] = {
    'Timeout': problems.EXCHANGE_TIMEOUT, 'Cut': problems.EXCHANGE_CUT, 'NotHttp': problems.EXCHANGE_UNREADABLE,
    'refused': problems.EXCHANGE_REFUSED, 'foreign': problems.EXCHANGE_DENIED_ON_THE_WAY,
    'server': problems.EXCHANGE_SERVER_ERROR, 'status': problems.EXCHANGE_STATUS,
    'unreadable': problems.EXCHANGE_UNREADABLE,
}
_TOKEN: Mapping[str, Problem] = {
    'Timeout': problems.TOKEN_TIMEOUT, 'Cut': problems.TOKEN_CUT, 'NotHttp': problems.TOKEN_UNREADABLE,
    'refused': problems.TOKEN_REFUSED, 'foreign': problems.TOKEN_DENIED_ON_THE_WAY,
    'server': problems.TOKEN_SERVER_ERROR, 'status': problems.TOKEN_STATUS, 'unreadable': problems.TOKEN_UNREADABLE,
}


@dataclass(frozen=True)
class Login:
    """A login at the registry, and the registry-wide rights that came with it (None: it does not tell)."""

    challenged: Challenged
    refresh_token: str = field(repr=False)
    actions: tuple[str, ...] | None


@check('refresh-token', 'Login', 'authentication', needs=(login_server, challenge),
       verifies='The registry takes the CLI\'s login and gives a refresh token for it.',
       problems=(*_SIGN_IN.values(), *dict.fromkeys(_EXCHANGE.values()), denial.CLIENT_IP,
                 denial.PUBLIC_ACCESS_OFF, denial.DENIED, denial.TOO_MANY))
def refresh_token(ctx: Context, login: LoginServer, challenged: Challenged) -> Outcome:
    if not login.trusted:
        return not_applicable(f'no token is sent to {login.host}, which is not known as a registry of this cloud')
    token = ctx.world.sign_in(ctx.deadline, ctx.target.subscription if ctx.target else None)
    facts: dict[str, Any] = {'audience': token.audience, 'tenant': token.tenant}
    fill = {'host': login.host}
    if token.trouble:
        return failed(_SIGN_IN[token.trouble.kind], token.trouble.text, fill=fill, **facts, aadsts=token.aadsts)
    issued = ctx.world.exchange(challenged.connection, challenged.service, token)
    refused = _refused(issued, _EXCHANGE, login, fill, facts)
    if refused:
        return refused
    actions = registry_actions(issued.token)
    return passed(f'logged in at {login.host}', Login(challenged, issued.token, actions), **facts,
                  **facts_of(issued.answer), actions=list(actions) if actions is not None else None)


@check('access-token', 'Rights', 'authentication', needs=(login_server, refresh_token),
       verifies='The login carries rights: with --repository those that --need names, else any on the registry.',
       problems=(*dict.fromkeys(_TOKEN.values()), problems.TOKEN_OPAQUE, problems.NOTHING_GRANTED,
                 problems.ACTIONS_MISSING, problems.NOTHING_PROVEN, problems.REPOSITORY_NEEDED, denial.CLIENT_IP,
                 denial.PUBLIC_ACCESS_OFF, denial.DENIED, denial.TOO_MANY))
def access_token(ctx: Context, login_at: LoginServer, login: Login) -> Outcome:
    repository, asked = ctx.options.repository, [need.replace('-', '_') for need in ctx.options.need]
    scope = f'repository:{repository}:{",".join(asked)}' if repository else CATALOG
    challenged, fill = login.challenged, {'host': login_at.host, 'repository': repository or ''}
    issued = ctx.world.access_token(challenged.connection, challenged.path, challenged.service, (scope,),
                                    login.refresh_token)
    facts: dict[str, Any] = {'scope': scope}
    if not repository:
        return _any_right(login_at, login, issued, fill, facts)
    refused = _refused(issued, _TOKEN, login_at, fill, facts)
    return refused or _rights(repository, asked, issued, fill, {**facts, **facts_of(issued.answer)})


def _rights(repository: str, asked: Sequence[str], issued: Issued, fill: Mapping[str, str],
            facts: Mapping[str, Any]) -> Outcome:
    granted = grants(issued.token or '')
    if granted is None:
        return failed(problems.TOKEN_OPAQUE, 'the access token cannot be read', fill=fill, **facts)
    entries = [grant for grant in granted if grant.type == 'repository' and grant.name == repository]
    actions = sorted({action for grant in entries for action in grant.actions})
    missing = [] if '*' in actions else [action for action in asked if action not in actions]
    facts = {**facts, 'asked': list(asked), 'granted': actions, 'missing': missing}
    if not missing:
        return passed(f'{", ".join(asked)} granted on {repository}', **facts)
    if not actions:
        return failed(problems.NOTHING_GRANTED, f'nothing granted on {repository}; asked: {", ".join(asked)}',
                      fill=fill, **facts)
    return failed(problems.ACTIONS_MISSING,
                  f'{", ".join(missing)} missing on {repository}; granted: {", ".join(actions)}', fill=fill, **facts)


def _any_right(login_at: LoginServer, login: Login, issued: Issued, fill: Mapping[str, str],
               facts: dict[str, Any]) -> Outcome:
    """Judge a login without a repository: what the refresh token tells of itself, and whether the catalogue is open."""
    by_repository = login_at.properties.get('roleAssignmentMode') == _ABAC
    # No right to list is no right to pull denied.
    unproven = issued.answer.status == 401 and (by_repository or not login.actions)
    refused = _refused(issued, _TOKEN, login_at, fill, facts)
    if refused and not unproven:
        return refused
    facts.update(facts_of(issued.answer), actions=list(login.actions or ()))
    granted = () if refused else grants(issued.token or '')
    if granted is None and not login.actions:
        return failed(problems.TOKEN_OPAQUE, 'the access token cannot be read', fill=fill, **facts)
    listed = [action for grant in granted or () for action in grant.actions]
    facts['granted'] = listed
    if by_repository:
        return warned(problems.REPOSITORY_NEEDED, 'rights go by repository here: name one with --repository',
                      fill=fill, **facts)
    if login.actions:
        return passed(f'{", ".join(login.actions)} on the whole registry', **facts)
    if listed:
        return passed('the catalogue may be listed', **facts)
    return warned(problems.NOTHING_PROVEN, 'logged in, but no right was seen', fill=fill, **facts)


def _refused(issued: Issued, words: Mapping[str, Problem], login: LoginServer, fill: Mapping[str, str],
             facts: Mapping[str, Any]) -> Outcome | None:
    """Judge a token endpoint's answer that holds no token; None when it holds one."""
    answer = issued.answer
    facts = {**facts, **facts_of(answer)}
    if answer.trouble:
        kind = answer.trouble.kind if answer.trouble.kind in words else 'Cut'
        return failed(words[kind], answer.trouble.text, fill=fill, **facts)
    denied = refusal(answer, own=words['refused'], foreign=words['foreign'], fill=fill, closed=login.closed)
    if denied:
        return denied
    if answer.status == 200:
        if issued.token:
            return None
        return failed(words['unreadable'], 'the answer (200) holds no token', fill=fill, **facts)
    status = answer.status or 0
    problem = words['refused'] if status == 401 else words['server'] if status >= 500 else words['status']
    return failed(problem, f'{said(answer) or UNSAID} ({status})', fill=fill, **facts)
