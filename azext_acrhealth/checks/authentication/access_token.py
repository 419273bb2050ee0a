# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check the permissions that an access token grants on a repository or on the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.authentication import access_token as problems
from azext_acrhealth.catalogue.authentication.permissions import ASSIGNEES
from azext_acrhealth.catalogue.by_account import TOKEN
from azext_acrhealth.catalogue.data.manifest import NO_SUCH_REPOSITORY
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.registry_token import with_scope_map
from azext_acrhealth.checks.authentication.repository_existence import with_existence
from azext_acrhealth.checks.authentication.scope import (
    Access,
    Login,
    includes,
    required_actions,
    scope_of,
)
from azext_acrhealth.checks.authentication.token_response import (
    times_of,
    token_failure,
    validity_error,
)
from azext_acrhealth.checks.connectivity.error_responses import (
    facts_of,
    is_unauthorized,
    retry_note,
)
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import (
    grant_placeholders,
    roles_for,
    scope_map_actions,
    uses_repository_permissions,
)
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.options import NEEDS
from azext_acrhealth.probes.registry.tokens import TokenResponse, grants

_TOKEN_PROBLEMS: Mapping[str, Problem] = {
    'Timeout': problems.TOKEN_TIMEOUT,
    'Cut': problems.TOKEN_INCOMPLETE,
    'Reset': problems.TOKEN_RESET,
    'NotHttp': problems.TOKEN_UNREADABLE,
    'refused': problems.TOKEN_REFUSED,
    'foreign': problems.TOKEN_BLOCKED_BY_INTERMEDIARY,
    'server': problems.TOKEN_SERVER_ERROR,
    'status': problems.TOKEN_STATUS,
    'unreadable': problems.TOKEN_UNREADABLE,
    'unknown': problems.TOKEN_UNKNOWN_CODE,
    'large': problems.TOKEN_TOO_LARGE,
    'audience': problems.TOKEN_MISMATCH,
}


@check(
    'access-token',
    'Repository permissions',
    'authentication',
    needs=(login_server, refresh_token),
    verifies='The login has the permissions that --need names on --repository, or, without a '
    'repository, any permission on the registry.',
    problems=(
        *dict.fromkeys(_TOKEN_PROBLEMS.values()),
        problems.TOKEN_OPAQUE,
        problems.ACCESS_TOKEN_NOT_VALID_NOW,
        problems.NO_PERMISSIONS,
        problems.ACTIONS_MISSING,
        problems.ABAC_ROLE_NEEDED,
        problems.PERMISSIONS_UNVERIFIED,
        problems.REPOSITORY_NEEDED,
        NO_SUCH_REPOSITORY,
        *EVERYWHERE,
    ),
)
@with_existence
def access_token(ctx: Context, server: LoginServer, login: Login) -> Outcome:
    outcome = with_scope_map(ctx, server, login.account, _judge_token(ctx, server, login))
    if set(ctx.options.need) != set(NEEDS):
        return outcome
    return outcome._replace(placeholders={**outcome.placeholders, 'all_actions': 'yes'})


def _judge_token(ctx: Context, server: LoginServer, login: Login) -> Outcome:
    repository, scope = ctx.options.repository, scope_of(ctx.options)
    required = required_actions(ctx.options) if repository else ['pull']
    placeholders = {
        'host': server.host,
        **grant_placeholders(server, login.account, required, repository),
    }
    token_response = login.token_response or login.token_endpoint.client(ctx.probes).access_token(
        (scope,), login.refresh_token
    )
    facts: dict[str, Any] = {
        'scope': scope,
        'account': login.account.object_id,
        'accountKind': login.account.kind,
        **times_of(token_response.token).facts,
    }
    error = validity_error(token_response.token, ctx.probes.now())
    if error:
        return failed(
            problems.ACCESS_TOKEN_NOT_VALID_NOW,
            f"the access token isn't valid: {error}",
            placeholders=placeholders,
            **facts,
            **facts_of(token_response.response),
        )
    if not repository:
        return _judge_registry_permissions(server, login, token_response, placeholders, facts)
    if is_unauthorized(token_response.response) and uses_repository_permissions(server):
        facts.update(facts_of(token_response.response))
        return _no_permissions(server, login.account, repository, required, facts)
    failure = token_failure(token_response, _TOKEN_PROBLEMS, server, placeholders, facts)
    return failure or _judge_repository_permissions(
        server, login.account, repository, required, token_response, facts
    )


def _judge_repository_permissions(
    server: LoginServer,
    account: Account,
    repository: str,
    required: Sequence[str],
    token_response: TokenResponse,
    facts: Mapping[str, Any],
) -> Outcome:
    facts = {**facts, **facts_of(token_response.response)}
    granted = grants(token_response.token or '')
    if granted is None:
        return failed(
            problems.TOKEN_OPAQUE,
            "the access token doesn't state its permissions",
            Access(token_response.token or '', repository, None, account),
            **facts,
        )
    entries = [
        grant for grant in granted if grant.type == 'repository' and grant.name == repository
    ]
    actions = sorted({action for grant in entries for action in grant.actions})
    missing = [action for action in required if not includes(actions, action)]
    facts.update(asked=list(required), granted=actions, missing=missing)
    value = Access(token_response.token or '', repository, tuple(actions), account)
    if not missing:
        return passed(
            f'{", ".join(required)} granted on {repository}{retry_note(token_response.response)}',
            value,
            **facts,
        )
    if not actions:
        return _no_permissions(server, account, repository, required, facts)
    return failed(
        problems.ACTIONS_MISSING,
        f'{", ".join(missing)} missing on {repository}; granted: {", ".join(actions)}',
        value,
        {'host': server.host, **grant_placeholders(server, account, missing, repository)},
        **facts,
        **_needed(server, account, missing),
    )


def _no_permissions(
    server: LoginServer,
    account: Account,
    repository: str,
    required: Sequence[str],
    facts: Mapping[str, Any],
) -> Outcome:
    # Tokens of the registry and its admin user have the same permissions in both modes.
    by_role = uses_repository_permissions(server) and account.kind in ASSIGNEES
    note = ' (ABAC: AcrPull and AcrPush have no effect)' if by_role else ''
    return failed(
        problems.ABAC_ROLE_NEEDED if by_role else problems.NO_PERMISSIONS,
        f'no permissions on {repository}{note}; required: {", ".join(required)}',
        placeholders={
            'host': server.host,
            **grant_placeholders(server, account, required, repository),
        },
        **{**facts, 'asked': list(required), 'granted': [], 'missing': list(required)},
        **_needed(server, account, required),
    )


def _needed(server: LoginServer, account: Account, actions: Sequence[str]) -> dict[str, Any]:
    """Return the fact that names what grants the actions: roles, or permissions of a scope map."""
    if account.kind == TOKEN:
        return {'scopeMapPermissions': scope_map_actions(actions)}
    return {'roles': roles_for(actions, server)} if account.kind in ASSIGNEES else {}


def _judge_registry_permissions(
    server: LoginServer,
    login: Login,
    token_response: TokenResponse,
    placeholders: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome:
    """Judge the permissions without a repository, by the refresh token and the catalog token."""
    # A token service that denies listing the catalog can still allow pulls.
    inconclusive = is_unauthorized(token_response.response) and (
        uses_repository_permissions(server) or not login.actions
    )
    failure = token_failure(token_response, _TOKEN_PROBLEMS, server, placeholders, facts)
    if failure and not inconclusive:
        return failure
    facts.update(facts_of(token_response.response), actions=list(login.actions or ()))
    granted = () if failure else grants(token_response.token or '')
    if granted is None and not login.actions:
        return failed(
            problems.TOKEN_OPAQUE,
            "the access token doesn't state its permissions",
            placeholders=placeholders,
            **facts,
        )
    actions = [action for grant in granted or () for action in grant.actions]
    facts['granted'] = actions
    if uses_repository_permissions(server):
        return warned(
            problems.REPOSITORY_NEEDED,
            'the registry uses ABAC repository permissions: specify --repository',
            placeholders=placeholders,
            **facts,
        )
    if login.actions:
        return passed(
            f'{", ".join(login.actions)} on the whole registry'
            f'{retry_note(token_response.response)}',
            **facts,
        )
    if actions:
        return passed(f'the catalog can be listed{retry_note(token_response.response)}', **facts)
    return warned(
        problems.PERMISSIONS_UNVERIFIED,
        'logged in, but no permissions were confirmed',
        placeholders=placeholders,
        **facts,
    )
