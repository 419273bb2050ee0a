# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Log in with a user name and a password: a token, a service principal, or the admin user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from azext_acrhealth.catalogue.authentication import password as problems
from azext_acrhealth.catalogue.by_account import ADMIN_USER, REFRESH_TOKEN, TOKEN
from azext_acrhealth.checks.authentication.account import (
    REGISTRY_REFRESH_TOKEN,
    Account,
    account_of_user_name,
    kind_of_token,
)
from azext_acrhealth.checks.authentication.registry_token import (
    RegistryToken,
    read_registry_token,
)
from azext_acrhealth.checks.authentication.scope import Login, scope_of
from azext_acrhealth.checks.authentication.service_principal import problem_of_message
from azext_acrhealth.checks.authentication.token_response import times_of, token_failure
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.connectivity.error_responses import error_message, facts_of, retry_note
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import Context, Outcome, Problem, passed
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import text_of
from azext_acrhealth.probes.registry.tokens import NULL_GUID, TokenResponse, claims

_TOKEN_AS_USER_NAME = '(a token)'


def log_in_with_password(
    ctx: Context,
    login: LoginServer,
    token_endpoint: TokenEndpoint,
    endpoint_problems: Mapping[str, Problem],
) -> Outcome:
    """Log in with the user name and the password from the command line.

    `endpoint_problems` are the problems of the token endpoint by kind of failure.
    """
    user = _shown_user_name(ctx)
    account = account_of_user_name(user, _registry_name(ctx, login))
    facts = {'username': user, 'accountKind': account.kind}
    token_response = _request_token(ctx, token_endpoint, (scope_of(ctx.options),))
    value = Login(token_endpoint, '', None, account, token_response)
    if token_response.response.status == 401:
        # A 401 for a scope can mean a wrong password or missing permissions; a request without a
        # scope tells the two apart.
        unscoped = _request_token(ctx, token_endpoint, ())
        if unscoped.token:
            return passed(
                f'{user} is logged in to {login.host}',
                value,
                **facts,
                **facts_of(unscoped.response),
            )
    failure = token_failure(
        token_response,
        {
            **endpoint_problems,
            'refused': _problem_of_refusal(
                ctx, login, account, error_message(token_response.response)
            ),
        },
        login,
        {
            'host': login.host,
            'username': user,
            'repository': ctx.options.repository or '',
            **account.placeholders,
        },
        facts,
    )
    if failure:
        return _explained(ctx, login, account, failure)
    return passed(
        f'{user} is logged in to {login.host}{retry_note(token_response.response)}',
        value,
        **facts,
        **facts_of(token_response.response),
    )


def _request_token(
    ctx: Context, token_endpoint: TokenEndpoint, scopes: tuple[str, ...]
) -> TokenResponse:
    client = token_endpoint.client(ctx.probes)
    username, password = ctx.options.username or '', ctx.options.password or ''
    return client.access_token_by_password(scopes, username, password)


def _shown_user_name(ctx: Context) -> str:
    """Return the user name; a token in its place is as secret as a password, and not shown."""
    user = ctx.options.username or ''
    return _TOKEN_AS_USER_NAME if kind_of_token(claims(user)) else user


def _registry_name(ctx: Context, login: LoginServer) -> str:
    """Return the registry's name, which is the user name of its admin user."""
    name = text_of((login.resource or {}).get('name'))
    return name or (ctx.target.name if ctx.target else '')


def _problem_of_refusal(
    ctx: Context, login: LoginServer, account: Account, message: str
) -> Problem:
    if _mismatch(ctx, account):
        return problems.WRONG_USER_NAME
    stated = problem_of_message(account.name or '', message)
    if stated:
        return stated
    disabled = login.properties.get('adminUserEnabled') is False
    if account.kind == ADMIN_USER and disabled:
        return problems.ADMIN_USER_DISABLED
    return problems.PASSWORD_REFUSED


def _mismatch(ctx: Context, account: Account) -> str | None:
    """Return why the user name and the password don't belong together; None if they do.

    The password is only described, never part of a text.
    """
    swapped = kind_of_token(claims(ctx.options.username or ''))
    if swapped:
        return f'the user name is {swapped}: the user name and the password may be swapped'
    token_kind = kind_of_token(claims(ctx.options.password or ''))
    if account.kind != REFRESH_TOKEN:
        return token_kind and (
            f'the password is {token_kind}, which the registry never accepts with the user name '
            f'{ctx.options.username}'
        )
    if token_kind == REGISTRY_REFRESH_TOKEN:
        return None
    return (
        f'the user name {NULL_GUID} requires a refresh token of the registry, but the password is '
        f'{token_kind or "no token"}'
    )


def _explained(ctx: Context, login: LoginServer, account: Account, failure: Outcome) -> Outcome:
    """Return a refusal with what the password and Azure Resource Manager tell about its cause."""
    if failure.problem is problems.WRONG_USER_NAME:
        status = failure.facts.get('status')
        return failure._replace(detail=f'{_mismatch(ctx, account)} ({status})')
    if failure.problem is not problems.PASSWORD_REFUSED:
        return failure
    cause, placeholders, facts = '', {}, {}
    if account.kind == TOKEN:
        token = read_registry_token(ctx, login, account.name or '')
        cause, facts = _cause_in_token(token, ctx.probes.now()), token.facts
        placeholders = {
            'token_known': 'yes' if token.exists else '',
            'token_valid': 'yes' if token.exists and not cause else '',
            'token_missing': 'yes' if token.exists is False else '',
            'token_disabled': 'yes' if token.enabled is False else '',
            'first_password_free': 'yes' if token.first_password_free(ctx.probes.now()) else '',
        }
    elif account.kind == REFRESH_TOKEN:
        cause = _cause_in_refresh_token(ctx, login)
    return failure._replace(
        detail=f'{cause}; {failure.detail}' if cause else failure.detail,
        placeholders={**failure.placeholders, **placeholders},
        facts={**failure.facts, **facts},
    )


def _cause_in_token(token: RegistryToken, now: datetime) -> str:
    if token.exists is False:
        return 'the registry has no token of that name'
    if token.enabled is False:
        return 'the token is disabled'
    expired = token.expired(now)
    return (
        f'all passwords of the token expired, the last at {format_utc(expired)}' if expired else ''
    )


def _cause_in_refresh_token(ctx: Context, login: LoginServer) -> str:
    ends = times_of(ctx.options.password).ends
    if ends and ends <= ctx.probes.now():
        return f'the refresh token expired at {format_utc(ends)}'
    audience = text_of((claims(ctx.options.password or '') or {}).get('aud')) or ''
    if is_host(audience) and audience.lower() != login.host.lower():
        return f'the refresh token is for {audience}'
    return ''
