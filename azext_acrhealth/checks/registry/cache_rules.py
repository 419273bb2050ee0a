# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's cache rules, and whether the registry can use their credential sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from azext_acrhealth.catalogue.registry import cache_rules as problems
from azext_acrhealth.checks.registry.artifact_cache import CacheRule, read_cache
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ
from azext_acrhealth.model import Context, Outcome, Problem, check, not_applicable, passed, warned

_SHOWN = 20
_FAILED_STATES = ('failed', 'canceled')


@check(
    'cache-rules',
    'Cache rules',
    'registry',
    needs=(login_server,),
    verifies='The cache rule of the repository, or, without a repository, every cache rule is '
    'provisioned, and the registry reports no error of its credential set.',
    problems=(
        problems.CREDENTIALS_UNHEALTHY,
        problems.CREDENTIALS_MISSING,
        problems.RULE_FAILED,
        problems.RULE_NOT_READY,
        problems.FORBIDDEN,
        problems.UNAVAILABLE,
    ),
)
def cache_rules(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(RESOURCE_NOT_READ)
    cache, facts, unread = read_cache(ctx, login)
    if unread and unread.problem:
        return warned(unread.problem, unread.detail, cache, **{**facts, **unread.facts})
    if not cache.rules:
        return not_applicable('the registry has no cache rules', cache, **facts)
    repository = ctx.options.repository
    rule = cache.rule_for(repository) if repository else None
    judged = [rule] if rule else cache.rules
    facts['rules'] = [entry.facts() for entry in judged[:_SHOWN]]
    facts['ruleCount'] = len(cache.rules)
    if rule and repository:
        facts.update(rule.facts(), sourceRepository=rule.source_of(repository))
    for problem, is_affected, describe in _FINDINGS:
        affected = [entry for entry in judged if is_affected(entry)]
        if affected:
            more = f' (and {len(affected) - 1} more)' if len(affected) > 1 else ''
            detail = describe(affected[0]) + more
            return warned(problem, detail, cache, affected[0].placeholders(), **facts)
    return passed(_summary(cache.rules, rule, repository, cache.complete), cache, **facts)


def _state(rule: CacheRule) -> str:
    """Return the state that decides: the credential set's, unless it succeeded, else the rule's."""
    states = [rule.credentials.state if rule.credentials else None, rule.state]
    bad = [state for state in states if state and state.lower() != 'succeeded']
    return bad[0] if bad else rule.state or 'unknown'


def _unhealthy_text(rule: CacheRule) -> str:
    assert rule.credentials
    error = rule.credentials.error or 'the registry reports no error message'
    return f'credential set {rule.credentials.name} of cache rule {rule.name} is unhealthy: {error}'


def _state_text(rule: CacheRule) -> str:
    in_set = rule.credentials and (rule.credentials.state or '') == _state(rule) != rule.state
    subject = f'credential set {rule.credential_name} of cache' if in_set else 'cache'
    return f'{subject} rule {rule.name} is in provisioning state {_state(rule)}'


# The problems of rules, the worst first: which rules have it, and the detail for one of them.
_FINDINGS: Sequence[tuple[Problem, Callable[[CacheRule], bool], Callable[[CacheRule], str]]] = (
    (
        problems.CREDENTIALS_UNHEALTHY,
        lambda rule: rule.credentials is not None and rule.credentials.unhealthy,
        _unhealthy_text,
    ),
    (
        problems.CREDENTIALS_MISSING,
        lambda rule: rule.credentials_missing,
        lambda rule: (
            f"credential set {rule.credential_name} of cache rule {rule.name} doesn't exist"
        ),
    ),
    (problems.RULE_FAILED, lambda rule: _state(rule).lower() in _FAILED_STATES, _state_text),
    (problems.RULE_NOT_READY, lambda rule: _state(rule).lower() != 'succeeded', _state_text),
)


def _summary(
    rules: Sequence[CacheRule], rule: CacheRule | None, repository: str | None, complete: bool
) -> str:
    if rule and repository:
        return (
            f'{repository} is a cache of {rule.source_of(repository)} (rule {rule.name}, '
            f'{_credentials_text(rule)})'
        )
    names = ', '.join(f'{entry.name}: {entry.target} from {entry.source}' for entry in rules[:3])
    more = ', …' if len(rules) > 3 else ''
    count = f'{len(rules)} cache rule{"" if len(rules) == 1 else "s"}'
    none = f'; none {"" if complete else "of those read "}covers {repository}' if repository else ''
    return f'{count}{none} ({names}{more})'


def _credentials_text(rule: CacheRule) -> str:
    if rule.credential_id is None:
        return 'no credential set'
    health = rule.credentials.health if rule.credentials else None
    return f'credential set {rule.credential_name} is {(health or "of unknown health").lower()}'
