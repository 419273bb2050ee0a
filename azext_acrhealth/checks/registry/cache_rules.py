# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's cache rules, and whether the registry can use their credential sets."""

from __future__ import annotations

from collections.abc import Sequence

from azext_acrhealth.catalogue.registry import cache_rules as problems
from azext_acrhealth.checks.registry.artifact_cache import CacheRule, read_cache
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import FAILED_STATES, RESOURCE_NOT_READ
from azext_acrhealth.model import Context, Outcome, Problem, check, not_applicable, passed, warned

_SHOWN = 20


@check(
    'cache-rules',
    'Cache rules',
    'registry',
    needs=(login_server,),
    verifies='The cache rule of the repository, or, without a repository, every cache rule is '
    'provisioned, and the registry reports no error of its credential set.',
    problems=(
        *problems.CREDENTIALS,
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
        facts = {**facts, **unread.facts}
        return warned(unread.problem, unread.detail, cache, unread.placeholders, **facts)
    if not cache.rules:
        return not_applicable('the registry has no cache rules', cache, **facts)
    repository = ctx.options.repository
    rule = cache.rule_for(repository) if repository else None
    judged = [rule] if rule else cache.rules
    facts['rules'] = [entry.facts() for entry in judged[:_SHOWN]]
    facts['ruleCount'] = len(cache.rules)
    if rule and repository:
        facts.update(rule.facts(), sourceRepository=rule.source_of(repository))
    for find in (CacheRule.credentials_error, _failed_state, _unfinished_state):
        found = [(entry, error) for entry in judged if (error := find(entry))]
        if found:
            (affected, (problem, detail)), more = found[0], len(found) - 1
            detail += f' (and {more} more)' if more else ''
            return warned(problem, detail, cache, affected.placeholders(), **facts)
    return passed(_summary(cache.rules, rule, repository, cache.complete), cache, **facts)


def _state(rule: CacheRule) -> str:
    """Return the worse state of the rule and its credential set: failed, unfinished, succeeded."""
    states = [rule.state or 'unknown', rule.credentials and rule.credentials.state or 'Succeeded']
    unfinished = [state for state in states if state.lower() != 'succeeded']
    failed = [state for state in unfinished if state.lower() in FAILED_STATES]
    return (failed or unfinished or states)[0]


def _state_text(rule: CacheRule) -> str:
    in_set = rule.credentials and (rule.credentials.state or '') == _state(rule) != rule.state
    subject = f'credential set {rule.credential_name} of cache' if in_set else 'cache'
    return f'{subject} rule {rule.name} is in provisioning state {_state(rule)}'


def _failed_state(rule: CacheRule) -> tuple[Problem, str] | None:
    failed = _state(rule).lower() in FAILED_STATES
    return (problems.RULE_FAILED, _state_text(rule)) if failed else None


def _unfinished_state(rule: CacheRule) -> tuple[Problem, str] | None:
    finished = _state(rule).lower() == 'succeeded'
    return None if finished else (problems.RULE_NOT_READY, _state_text(rule))


def _summary(
    rules: Sequence[CacheRule], rule: CacheRule | None, repository: str | None, complete: bool
) -> str:
    if rule and repository:
        return (
            f'{repository} is a cache of {rule.source_of(repository)} (rule {rule.name}, '
            f'{rule.credentials_text()})'
        )
    names = ', '.join(f'{entry.name}: {entry.target} from {entry.source}' for entry in rules[:3])
    more = ', …' if len(rules) > 3 else ''
    count = f'{len(rules)} cache rule{"" if len(rules) == 1 else "s"}'
    none = f'; none {"" if complete else "of those read "}covers {repository}' if repository else ''
    return f'{count}{none} ({names}{more})'
