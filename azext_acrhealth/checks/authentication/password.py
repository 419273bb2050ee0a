# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Log in with a user name and a password: a token, a service principal, or the admin user."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import password as problems
from azext_acrhealth.checks.authentication.scope import Login, scope_of
from azext_acrhealth.checks.authentication.service_principal import problem_of_message
from azext_acrhealth.checks.authentication.token_response import token_failure
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.connectivity.error_responses import error_message, facts_of, retry_note
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context, Outcome, Problem, passed
from azext_acrhealth.probes.registry.tokens import TokenResponse


def log_in_with_password(
    ctx: Context,
    login: LoginServer,
    token_endpoint: TokenEndpoint,
    endpoint_problems: Mapping[str, Problem],
) -> Outcome:
    """Log in with the user name and the password from the command line.

    `endpoint_problems` are the problems of the token endpoint by kind of failure.
    """
    user, facts = ctx.options.username or '', {'username': ctx.options.username}
    token_response = _request_token(ctx, token_endpoint, (scope_of(ctx.options),))
    value = Login(token_endpoint, '', None, None, token_response)
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
            'refused': problem_of_message(user, error_message(token_response.response))
            or _problem_of_refusal(login, user),
        },
        login,
        {'host': login.host, 'username': shlex.quote(user)},
        facts,
    )
    return failure or passed(
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


def _problem_of_refusal(login: LoginServer, user: str) -> Problem:
    name: Any = (login.resource or {}).get('name')
    is_admin = isinstance(name, str) and user.lower() == name.lower()
    disabled = is_admin and login.properties.get('adminUserEnabled') is False
    return problems.ADMIN_USER_DISABLED if disabled else problems.PASSWORD_REFUSED
