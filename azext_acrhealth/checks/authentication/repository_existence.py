# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that a repository exists, since a permission on a repository doesn't show that it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from azext_acrhealth.catalogue.data import manifest as problems
from azext_acrhealth.checks.authentication.scope import (
    METADATA_ACTION,
    NO_METADATA_PERMISSION,
    Access,
    Login,
    includes,
    required_actions,
)
from azext_acrhealth.checks.connectivity.error_responses import facts_of
from azext_acrhealth.checks.registry.artifact_cache import read_cache
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context, Outcome, Status, warned
from azext_acrhealth.probes.http.response import registry_error
from azext_acrhealth.probes.json_access import object_of


def with_existence(
    run: Callable[[Context, LoginServer, Login], Outcome],
) -> Callable[[Context, LoginServer, Login], Outcome]:
    """Let a check of permissions on a repository say whether the repository exists."""

    @wraps(run)
    def judge(ctx: Context, server: LoginServer, login: Login) -> Outcome:
        outcome = run(ctx, server, login)
        # With --image, the `manifest` check shows it.
        granted = outcome.status is Status.PASSED and isinstance(outcome.value, Access)
        if not granted or ctx.options.image:
            return outcome
        return _verify(ctx, server, login, outcome, outcome.value)

    return judge


def _verify(
    ctx: Context, server: LoginServer, login: Login, outcome: Outcome, access: Access
) -> Outcome:
    repository = access.repository
    if ctx.options.push:
        # The `push` check requests the same attributes.
        return _unchecked(outcome, repository, 'a push creates it')
    if not includes(access.actions, METADATA_ACTION):
        return _unchecked(outcome, repository, NO_METADATA_PERMISSION)
    client = login.token_endpoint.client(ctx.probes, access.token)
    response = client.attributes(repository, '')
    facts = {**outcome.facts, 'repositoryRequest': facts_of(response)}
    outcome = outcome._replace(facts=facts)
    if response.status == 200 and object_of(response.json()).get('imageName') == repository:
        return outcome._replace(facts={**facts, 'repositoryExists': True})
    error = registry_error(response)
    # Only this code is about the repository; the code of an unknown path, say, is not.
    if response.status != 404 or error is None or error.code.upper() != 'NAME_UNKNOWN':
        reason = response.failure.text if response.failure else f'status {response.status}'
        return _unchecked(outcome, repository, reason)
    return _judge_missing(ctx, server, repository, outcome)


def _unchecked(outcome: Outcome, repository: str, reason: str) -> Outcome:
    facts = {**outcome.facts, 'repositoryExists': None}
    detail = f"{outcome.detail}; whether {repository} exists wasn't checked ({reason})"
    return outcome._replace(detail=detail, facts=facts)


def _judge_missing(ctx: Context, server: LoginServer, repository: str, outcome: Outcome) -> Outcome:
    """Judge a repository that doesn't exist: a pull through a cache rule or a push creates it."""
    facts = {**outcome.facts, 'repositoryExists': False}
    unread = None
    if server.resource is not None:
        cache, _, unread = read_cache(ctx, server)
        rule = cache.rule_for(repository)
        if rule:
            facts.update(rule.facts_of(repository))
            source = rule.source_of(repository)
            note = f"which isn't cached yet; cache rule {rule.name} pulls it from {source}"
            return outcome._replace(detail=f'{outcome.detail}, {note}', facts=facts)
    if 'pull' not in required_actions(ctx.options):
        note = "which doesn't exist yet; a push creates it"
        return outcome._replace(detail=f'{outcome.detail}, {note}', facts=facts)
    doubt = unread is not None or server.resource is None
    unless = " (unless a cache rule covers it: the rules couldn't be read)" if doubt else ''
    return warned(
        problems.NO_SUCH_REPOSITORY,
        f"{repository} doesn't exist{unless}; {outcome.detail}",
        outcome.value,
        {'repository': repository, **outcome.placeholders},
        **facts,
    )
