# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Logging in with a user name and a password, as tokens, service principals and the admin user do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import password as problems
from azext_acrhealth.checks.authentication.scope import Login, scope_of
from azext_acrhealth.checks.authentication.token_response import token_failure
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.connectivity.error_responses import again, facts_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context, Outcome, Problem, passed
from azext_acrhealth.probes.registry.tokens import TokenResponse


def by_password(
    ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint, words: Mapping[str, Problem]
) -> Outcome:
    """Log in with the user name and the password that were given.

    `words` are the endpoint's other problems.
    """
    user, facts = ctx.options.username or '', {'username': ctx.options.username}
    token_response = _ask(ctx, token_endpoint, (scope_of(ctx.options),))
    value = Login(token_endpoint, '', None, None, token_response)
    if token_response.response.status == 401:
        # It does not tell whether the password or the rights are wrong; asked for nothing in
        # particular, it does.
        bare = _ask(ctx, token_endpoint, ())
        if bare.token:
            return passed(
                f'{user} is logged in at {login.host}', value, **facts, **facts_of(bare.response)
            )
    refused = token_failure(
        token_response,
        {**words, 'refused': _refused(login, user)},
        login,
        {'host': login.host, 'username': shlex.quote(user)},
        facts,
    )
    return refused or passed(
        f'{user} is logged in at {login.host}{again(token_response.response)}',
        value,
        **facts,
        **facts_of(token_response.response),
    )


def _ask(ctx: Context, token_endpoint: TokenEndpoint, scopes: tuple[str, ...]) -> TokenResponse:
    token_response: TokenResponse = ctx.probes.token_by_password(
        token_endpoint.connection,
        token_endpoint.path,
        token_endpoint.service,
        scopes,
        ctx.options.username,
        ctx.options.password,
    )
    return token_response


def _refused(login: LoginServer, user: str) -> Problem:
    named: Any = (login.resource or {}).get('name')
    admin = isinstance(named, str) and user.lower() == named.lower()
    off = admin and login.properties.get('adminUserEnabled') is False
    return problems.ADMIN_OFF if off else problems.PASSWORD_REFUSED
