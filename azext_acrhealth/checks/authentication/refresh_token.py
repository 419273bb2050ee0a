# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the login: get an Entra token and exchange it for the registry's refresh token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.authentication import audience as audience_problems
from azext_acrhealth.catalogue.authentication import identity as identity_problems
from azext_acrhealth.catalogue.authentication import password as password_problems
from azext_acrhealth.catalogue.authentication import refresh_token as problems
from azext_acrhealth.catalogue.authentication import (
    service_principal as service_principal_problems,
)
from azext_acrhealth.catalogue.authentication import sign_in as sign_in_problems
from azext_acrhealth.checks.authentication.account import account_of
from azext_acrhealth.checks.authentication.identity import identity_facts
from azext_acrhealth.checks.authentication.password import log_in_with_password
from azext_acrhealth.checks.authentication.scope import Login, required_actions
from azext_acrhealth.checks.authentication.sign_in import concerns_one_audience, sign_in_failure
from azext_acrhealth.checks.authentication.token_response import (
    times_of,
    token_failure,
    validity_error,
)
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import facts_of, retry_note
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import grant_placeholders
from azext_acrhealth.model import (
    Context,
    Outcome,
    Problem,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.probes.azure.cli import REGISTRY_AUDIENCE
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.registry.tokens import claims, registry_actions

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
    'unknown': problems.EXCHANGE_UNKNOWN_CODE,
    'large': problems.EXCHANGE_TOO_LARGE,
    'audience': problems.EXCHANGE_MISMATCH,
}


@check(
    'refresh-token',
    'Registry login',
    'authentication',
    needs=(login_server, challenge),
    verifies="The registry accepts the Azure CLI's account, or that of --username, and issues a "
    'token.',
    problems=(
        *sign_in_problems.PROBLEMS,
        *audience_problems.PROBLEMS,
        problems.REFRESH_TOKEN_NOT_VALID_NOW,
        *dict.fromkeys(_EXCHANGE_PROBLEMS.values()),
        *password_problems.PROBLEMS,
        *service_principal_problems.PROBLEMS,
        *identity_problems.PROBLEMS,
        *EVERYWHERE,
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
    if concerns_one_audience(token) or outcome.problem is problems.EXCHANGE_REFUSED:
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
    placeholders = {'host': login.host, **_placeholders_of(ctx, token, audience)}
    if ctx.options.identity:
        facts['identity'] = identity_facts(ctx.options.identity, claims(token.value))
        facts['tenant'] = facts['identity']['tenant']
    failure = sign_in_failure(token, ctx.options.identity, placeholders, facts)
    if failure:
        return failure, token
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


def _placeholders_of(ctx: Context, token: Token, audience: str) -> dict[str, str]:
    """Return what solutions name of a sign-in; `audience` only where the Azure CLI requests it."""
    known = {
        'tenant': token.tenant,
        'application': token.application,
        'login_host': token.host,
        'token_file': token.token_file,
        'audience': None if ctx.options.identity else audience.rstrip('/'),
    }
    return {name: text for name, text in known.items() if text}


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
        # The registries' own audience needs no setting, but the lack of one.
        name, text = 'audience', audience
        if ctx.options.identity:
            name = 'client_audience'
        elif audience == REGISTRY_AUDIENCE:
            name, text = 'configured', str(first.facts['audience'])
        return warned(
            audience_problems.OTHER_AUDIENCE_WORKS,
            f'only the audience {audience} works; {first.detail}',
            second.value,
            {name: text},
            **{**first.facts, **audience_facts},
        )
    refused_by_registry = second.problem is problems.EXCHANGE_REFUSED is not first.problem
    if refused_by_registry and audience != REGISTRY_AUDIENCE and status == 'disabled':
        return failed(
            audience_problems.ARM_AUDIENCE_DISABLED,
            f"the registry doesn't accept the audience {audience}; {first.detail}",
            placeholders=first.placeholders,
            **{**first.facts, **audience_facts},
        )
    if refused_by_registry and (audience == REGISTRY_AUDIENCE or status == 'enabled'):
        # The registry accepts tokens for this audience, so what it rejects is the account.
        return failed(
            problems.EXCHANGE_REFUSED,
            f'{second.detail}; {first.detail}',
            placeholders=second.placeholders,
            **{**second.facts, **audience_facts},
        )
    return first._replace(facts={**first.facts, **audience_facts})
