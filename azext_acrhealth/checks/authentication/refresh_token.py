# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the login: get an Entra token and exchange it for the registry's refresh token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.authentication import identity as identity_problems
from azext_acrhealth.catalogue.authentication import password as password_problems
from azext_acrhealth.catalogue.authentication import refresh_token as problems
from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.authentication.account import account_of
from azext_acrhealth.checks.authentication.identity import SIGN_IN_PROBLEMS as _IDENTITY_PROBLEMS
from azext_acrhealth.checks.authentication.identity import identity_facts
from azext_acrhealth.checks.authentication.password import log_in_with_password
from azext_acrhealth.checks.authentication.scope import Login, required_actions
from azext_acrhealth.checks.authentication.token_response import (
    times_of,
    token_failure,
    validity_error,
)
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import facts_of, retry_note
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import grant_placeholders
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, not_applicable, passed
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.registry.tokens import claims, registry_actions

_SIGN_IN_PROBLEMS: Mapping[str, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'Expired': problems.LOGIN_EXPIRED,
    'InteractionNeeded': problems.INTERACTION_NEEDED,
    'WrongTenant': problems.WRONG_TENANT,
    'SecretRefused': problems.SECRET_REFUSED,
    'SecretExpired': problems.SECRET_EXPIRED,
    'Unstored': problems.LOGIN_STORE_UNUSABLE,
    'AudienceRefused': problems.AUDIENCE_REFUSED,
    'Refused': problems.SIGN_IN_REFUSED,
    'Unavailable': problems.SIGN_IN_UNAVAILABLE,
    'Timeout': problems.SIGN_IN_TIMEOUT,
}
# What an AADSTS code means, put before Entra's own message, of which a table shows only the start.
_SIGN_IN_TEXTS: Mapping[str, str] = {
    'Expired': 'the sign-in has expired',
    'InteractionNeeded': 'multifactor authentication or a managed device is required',
    'WrongTenant': "the tenant, or the account in it, wasn't found",
    'SecretRefused': "the service principal's secret is rejected",
    'SecretExpired': "the service principal's secret has expired",
    'AudienceRefused': "no token is issued for the registry's audience",
}
_EXCHANGE_PROBLEMS: Mapping[str, Problem] = {
    'Timeout': problems.EXCHANGE_TIMEOUT,
    'Cut': problems.EXCHANGE_INCOMPLETE,
    'Reset': problems.EXCHANGE_RESET,
    'NotHttp': problems.EXCHANGE_UNREADABLE,
    'refused': problems.EXCHANGE_REFUSED,
    'foreign': problems.EXCHANGE_BLOCKED_BY_INTERMEDIARY,
    'server': problems.EXCHANGE_SERVER_ERROR,
    'status': problems.EXCHANGE_STATUS,
    'unreadable': problems.EXCHANGE_UNREADABLE,
}


@check(
    'refresh-token',
    'Registry login',
    'authentication',
    needs=(login_server, challenge),
    verifies="The registry accepts the Azure CLI's account, or that of --username, and issues a "
    'token.',
    problems=(
        *_SIGN_IN_PROBLEMS.values(),
        problems.ARM_AUDIENCE_DISABLED,
        problems.OTHER_AUDIENCE_WORKS,
        problems.REFRESH_TOKEN_NOT_VALID_NOW,
        *dict.fromkeys(_EXCHANGE_PROBLEMS.values()),
        *password_problems.PROBLEMS,
        *identity_problems.PROBLEMS,
        *error_responses.PROBLEMS,
    ),
)
def refresh_token(ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint) -> Outcome:
    if not login.trusted:
        return not_applicable(
            f"no token is sent to {login.host}, which isn't a known registry of this cloud"
        )
    if ctx.options.username:
        return log_in_with_password(ctx, login, token_endpoint, _EXCHANGE_PROBLEMS)
    audience, other_audience = ctx.probes.audiences()
    outcome, token = _log_in(ctx, login, token_endpoint, audience)
    refused_audience = token.failure is not None and token.failure.kind == 'AudienceRefused'
    if outcome.problem and (refused_audience or outcome.problem is problems.EXCHANGE_REFUSED):
        return _try_other_audience(ctx, login, token_endpoint, outcome, other_audience)
    return outcome


def _log_in(
    ctx: Context,
    login: LoginServer,
    token_endpoint: TokenEndpoint,
    audience: str,
    retry: bool = True,
) -> tuple[Outcome, Token]:
    """Log in with an Entra token for an audience."""
    token = ctx.probes.sign_in(
        audience, ctx.deadline, ctx.target.subscription if ctx.target else None
    )
    facts: dict[str, Any] = {'audience': audience, 'tenant': token.tenant}
    known = {'tenant': token.tenant, 'application': token.application, 'login_host': token.host}
    placeholders = {
        'host': login.host,
        'audience': audience.rstrip('/'),
        **{name: text for name, text in known.items() if text},
    }
    if ctx.options.identity:
        facts['identity'] = identity_facts(ctx.options.identity, claims(token.value))
        facts['tenant'] = facts['identity']['tenant']
    if token.failure:
        facts.update(
            at=token.at or None,
            status=token.status,
            aadsts=token.aadsts,
            correlationId=token.correlation_id,
        )
        summary = _SIGN_IN_TEXTS.get(token.failure.kind) if not ctx.options.identity else None
        detail = f'{summary}: {token.failure.text}' if summary else token.failure.text
        sign_in_problems = _IDENTITY_PROBLEMS if ctx.options.identity else _SIGN_IN_PROBLEMS
        return failed(
            sign_in_problems[token.failure.kind], detail, placeholders=placeholders, **facts
        ), token
    account = account_of(claims(token.value), ctx.options.identity)
    required = required_actions(ctx.options) if ctx.options.repository else ['pull']
    placeholders.update(grant_placeholders(login, account, required, ctx.options.repository))
    facts.update(account=account.object_id, accountKind=account.kind)
    token_response = token_endpoint.client(ctx.probes).exchange(token, retry)
    failure = token_failure(token_response, _EXCHANGE_PROBLEMS, login, placeholders, facts)
    if failure:
        return failure, token
    actions = registry_actions(token_response.token or '')
    value = Login(token_endpoint, token_response.token or '', actions, account)
    facts.update(
        facts_of(token_response.response),
        actions=list(actions) if actions is not None else None,
        **times_of(token_response.token).facts,
    )
    error = validity_error(token_response.token, ctx.probes.now())
    if error:
        # This machine's clock can be wrong instead of the token, so dependent checks still run.
        return failed(
            problems.REFRESH_TOKEN_NOT_VALID_NOW,
            f"the refresh token isn't valid: {error}",
            value,
            placeholders,
            **facts,
        ), token
    return passed(
        f'logged in to {login.host}{retry_note(token_response.response)}', value, **facts
    ), token


def _try_other_audience(
    ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint, first: Outcome, audience: str
) -> Outcome:
    """Retry with the other audience that registries accept, and report whether it works."""
    second, _ = _log_in(ctx, login, token_endpoint, audience, retry=False)
    policy = object_of(
        object_of(login.properties.get('policies')).get('azureADAuthenticationAsArmPolicy')
    )
    status = policy.get('status') if isinstance(policy.get('status'), str) else None
    audience_facts = {
        'otherAudience': {'audience': audience, 'detail': second.detail, **second.facts},
        'azureADAuthenticationAsArmPolicy': status,
    }
    if second.value and not second.problem:
        detail = f'only the audience {audience} works; {first.detail}'
        return failed(
            problems.OTHER_AUDIENCE_WORKS,
            detail,
            second.value,
            {'audience': audience},
            **{**first.facts, **audience_facts},
        )
    if first.problem is problems.AUDIENCE_REFUSED and status == 'disabled':
        return failed(
            problems.ARM_AUDIENCE_DISABLED,
            f"the registry doesn't accept the audience {audience}; {first.detail}",
            placeholders=first.placeholders,
            **{**first.facts, **audience_facts},
        )
    return replace(first, facts={**first.facts, **audience_facts})
