# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that anonymous pulls work where the registry allows them."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.authentication import anonymous_pull as problems
from azext_acrhealth.catalogue.by_account import ANONYMOUS
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.authentication.token_response import token_failure
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import facts_of, is_unauthorized
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, not_applicable, passed, warned
from azext_acrhealth.probes.registry.tokens import grants

_TOKEN_PROBLEMS = dict.fromkeys(
    (
        *('Timeout', 'Cut', 'Reset', 'NotHttp', 'refused', 'foreign', 'server', 'status'),
        *('unreadable', 'unknown', 'large', 'audience'),
    ),
    problems.ANONYMOUS_REFUSED,
)


@check(
    'anonymous-pull',
    'Anonymous pull',
    'authentication',
    needs=(login_server, challenge),
    after=(access_token,),
    verifies='If the registry allows anonymous pulls, it issues a token for the repository '
    'without a login.',
    problems=(problems.ANONYMOUS_REFUSED, *EVERYWHERE),
)
def anonymous_pull(
    ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint, access: Access | None
) -> Outcome:
    allowed, repository = login.properties.get('anonymousPullEnabled'), ctx.options.repository
    if allowed is False or (allowed is None and (access or login.properties)):
        return not_applicable(
            "the registry doesn't allow anonymous pulls"
            if login.properties
            else 'not needed: the login works'
        )
    if not repository:
        return not_applicable('neither --repository nor --image was specified')
    scope = f'repository:{repository}:pull'
    token_response = token_endpoint.client(ctx.probes).anonymous_token(scope)
    facts: dict[str, Any] = {'scope': scope, 'allowed': allowed}
    if allowed is None and is_unauthorized(token_response.response):
        return not_applicable(
            'the registry issues no token without a login',
            **facts,
            **facts_of(token_response.response),
        )
    failure = token_failure(
        token_response,
        _TOKEN_PROBLEMS,
        login,
        {'host': login.host, 'repository': repository},
        facts,
    )
    if failure:
        return (
            failure
            if failure.problem in EVERYWHERE
            else warned(
                problems.ANONYMOUS_REFUSED,
                failure.detail,
                None,
                failure.placeholders,
                **failure.facts,
            )
        )
    entries = [
        grant for grant in grants(token_response.token or '') or () if grant.name == repository
    ]
    actions = tuple(action for grant in entries for action in grant.actions)
    facts.update(facts_of(token_response.response), granted=list(actions))
    if 'pull' not in actions:
        return warned(
            problems.ANONYMOUS_REFUSED,
            f"the token doesn't allow pulling {repository}",
            None,
            {'repository': repository},
            **facts,
        )
    return passed(
        f'a token for pulling {repository} is issued without a login',
        Access(token_response.token or '', repository, actions, Account(ANONYMOUS)),
        **facts,
    )
