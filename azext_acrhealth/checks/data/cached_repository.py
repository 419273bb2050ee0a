# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a cache rule means for a pull from its repository that failed, and for a push to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.catalogue.data import push as push_problems
from azext_acrhealth.catalogue.data import upstream
from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache, CacheRule, read_cache
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of
from azext_acrhealth.model import Context, Outcome, Status, failed, warned
from azext_acrhealth.probes.json_access import text_of

# What the registry returns when its login to the source registry fails: the source's own error, or
# the error of a client without permission, which names no rule (Azure/acr#893).
_CREDENTIALS = (
    pull_problems.UNAUTHORIZED,
    pull_problems.GRANT_REJECTED,
    pull_problems.DENIED,
    upstream.SOURCE_UNAUTHORIZED,
)
# What the registry may return for a push to a cache; no public source has its response.
_REFUSED_PUSH = (
    push_problems.DENIED,
    push_problems.GRANT_REJECTED,
    push_problems.READ_ONLY,
    push_problems.DISALLOWED,
    push_problems.UNKNOWN_CODE,
    *upstream.PROBLEMS,
)

Run = Callable[..., Outcome]


def with_cache_rule(run: Run) -> Run:
    """Let a check of a pull explain its failure by the cache rule of the repository.

    The check gets what `cache-rules` read as its last value.
    """

    @wraps(run)
    def judge(ctx: Context, login: LoginServer, *values: object) -> Outcome:
        *needs, cache = values
        outcome = run(ctx, login, *needs)
        rule = _rule_of(ctx, login, cache, outcome)
        return _explain(outcome, rule, ctx.options.repository or '') if rule else outcome

    return judge


def _rule_of(ctx: Context, login: LoginServer, cache: object, outcome: Outcome) -> CacheRule | None:
    """Return the rule of the repository if the outcome can have to do with it, else None."""
    answered = outcome.status is Status.FAILED and outcome.facts.get('status') is not None
    if not answered or outcome.problem in error_responses.PROBLEMS:
        return None
    if not isinstance(cache, ArtifactCache):
        # The rules weren't read, for example because of --only.
        if outcome.problem not in (*_CREDENTIALS, *upstream.PROBLEMS) or login.resource is None:
            return None
        cache, _, _ = read_cache(ctx, login)
    return cache.rule_for(ctx.options.repository or '')


def _explain(outcome: Outcome, rule: CacheRule, repository: str) -> Outcome:
    facts = {**outcome.facts, **rule.facts_of(repository)}
    placeholders = {**outcome.placeholders, **rule.placeholders()}
    source, error = rule.source_of(repository), rule.credentials_error()
    if error and outcome.problem in _CREDENTIALS:
        problem, detail = error
        detail = f"{repository} can't be pulled from {source} ({facts['status']}): {detail}"
        return failed(problem, detail, None, placeholders, **facts)
    note = f'; cache rule {rule.name} pulls it from {source}, {rule.credentials_text()}'
    return outcome._replace(detail=outcome.detail + note, placeholders=placeholders, facts=facts)


def with_push_to_cache(run: Run) -> Run:
    """Let the check of a push say that its repository is a cache, and what that means.

    The check gets what `cache-rules` read as its last value.
    """

    @wraps(run)
    def judge(ctx: Context, login: LoginServer, *values: object) -> Outcome:
        *needs, cache = values
        outcome = run(ctx, login, *needs)
        repository = ctx.options.repository or ''
        rule = cache.rule_for(repository) if isinstance(cache, ArtifactCache) else None
        return _judge_push(outcome, rule, repository, login) if rule else outcome

    return judge


def _judge_push(outcome: Outcome, rule: CacheRule, repository: str, login: LoginServer) -> Outcome:
    """Judge a push to a cache. By default, the registry denies it (Learn, "Writable caches")."""
    setting = text_of(login.properties.get('writableCacheRepos'))
    facts = {**outcome.facts, **rule.facts_of(repository), 'writableCacheRepos': setting}
    subject = f'{repository} is a cache of {rule.source_of(repository)} (rule {rule.name})'
    known = {'registry_id': id_of(login), **rule.placeholders()}
    placeholders = {**outcome.placeholders, **known}
    if (setting or '').lower() == 'enabled':
        return outcome._replace(detail=f'{outcome.detail}; {subject}', facts=facts)
    if outcome.problem in _REFUSED_PUSH:
        detail = f'{subject}, and the registry denies pushes to it: {outcome.detail}'
        return failed(push_problems.CACHE_REPOSITORY, detail, None, placeholders, **facts)
    if outcome.status is Status.PASSED:
        # A short upload proves little: the registry can still deny the manifest.
        denied = (
            'the registry denies pushes to caches' if setting else 'it can deny pushes to caches'
        )
        detail = f'{subject}; {denied}, although an upload could be started'
        return warned(push_problems.CACHE_REPOSITORY, detail, None, placeholders, **facts)
    return outcome._replace(detail=f'{outcome.detail}; {subject}', facts=facts)
