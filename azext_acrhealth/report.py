# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Build the object that the command returns: rows, counts and verdicts, fit to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from azext_acrhealth.advice import (
    Client,
    Platform,
    State,
    engine_named,
    fill_command,
    fill_text,
    platform_named,
    quote_word,
    select,
)
from azext_acrhealth.catalogue import BY_ACCOUNT
from azext_acrhealth.catalogue.by_account import solutions_for
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Check, Result, Status
from azext_acrhealth.options import Cluster, Target, scopes
from azext_acrhealth.redaction import redact_values, sanitize
from azext_acrhealth.verdicts import CLUSTER_VERDICT, VERDICTS, judge

SCHEMA_VERSION = '1.0'
_DETAIL_LENGTH = 400
# What a shell would act on.
_SHELL_OPERATORS = lazy_pattern('[;|&<>]')
# Placeholders that name a file of this machine, which has no other name.
_PATHS = ('bundle', 'path')
# The check whose facts name the engine that this machine has.
_ENGINE = 'engine-client'
_STATES: Mapping[Status, State] = {
    Status.PASSED: 'passed',
    Status.WARNING: 'unhealthy',
    Status.FAILED: 'unhealthy',
}


def build(
    results: Iterable[Result],
    checks: Sequence[Check],
    targets: Sequence[Target],
    *,
    client: Mapping[str, Any],
    started: datetime,
    duration: float,
    strict: bool = False,
    subscription: str | None = None,
    secrets: Sequence[str] = (),
    wait: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    interrupted: bool = False,
    clusters: Sequence[Cluster] = (),
) -> dict[str, Any]:
    """Return the report of section 2 of the design. `started` is in UTC, `duration` in seconds.

    `subscription` is the value of --subscription, which commands to paste then name, too. No text
    of the report holds any of `secrets`. `wait`, `identity` and `clusters` are what the options of
    those names ask for. An interrupted run is not healthy.
    """
    order = {check: position for position, check in enumerate(checks)}
    with_clusters = {
        target: [target._replace(cluster=cluster) for cluster in clusters] for target in targets
    }
    listed = (entry for target in targets for entry in (target, *with_clusters[target]))
    by_target: dict[Target | None, list[Result]] = {target: [] for target in (None, *listed)}
    for result in sorted(results, key=lambda result: order[result.check]):
        by_target[result.target].append(result)
    results = [result for group in by_target.values() for result in group]
    counts = {
        status: sum(result.outcome.status is status for result in results) for status in Status
    }
    related = {
        target: [result for scope in reversed(scopes(target)) for result in by_target[scope]]
        for target in by_target
    }
    report = {
        'schemaVersion': SCHEMA_VERSION,
        'healthy': not (interrupted or any(is_unhealthy(result, strict) for result in results)),
        'startedAt': started.strftime('%Y-%m-%dT%H:%M:%S.%fZ'),
        'durationMs': round(duration * 1000),
        'wait': dict(wait) if wait else None,
        'client': {key: sanitize(value) for key, value in client.items()},
        'identity': sanitize(identity),
        'summary': {status.name.lower(): counts[status] for status in Status},
        'registries': [
            {
                **_registry(target, by_target[target], strict),
                'clusters': [_cluster(pair, by_target[pair]) for pair in with_clusters[target]],
            }
            for target in targets
        ],
        'checks': [
            _row(result, subscription, _client_of(result, related[result.target], client))
            for result in results
        ],
    }
    return dict(redact_values(report, secrets)) if secrets else report


def is_unhealthy(result: Result, strict: bool) -> bool:
    """Return whether a result makes a report unhealthy."""
    return result.outcome.status in unhealthy_statuses(strict)


def unhealthy_statuses(strict: bool) -> tuple[str, ...]:
    """Return the statuses that make a report unhealthy, the worst first."""
    return (Status.FAILED, Status.WARNING) if strict else (Status.FAILED,)


def _registry(target: Target, results: Sequence[Result], strict: bool) -> dict[str, Any]:
    known: dict[str, Any] = {'loginServer': target.host, 'region': None}
    for result in results:
        # The first row with the fact counts: what Azure Resource Manager reports comes before what
        # a name suggests.
        known = {key: value or result.outcome.facts.get(key) for key, value in known.items()}
    return {
        'name': target.shown,
        **{key: sanitize(value) for key, value in known.items()},
        'healthy': not any(is_unhealthy(result, strict) for result in results),
        **{name: judge(results, verdict) for name, verdict in VERDICTS.items()},
    }


def _cluster(target: Target, results: Sequence[Result]) -> dict[str, Any]:
    cluster = target.cluster
    assert cluster is not None
    found = (result.outcome.facts.get('clusterId') for result in results)
    identifier = next((value for value in found if value), None)
    return {
        'name': cluster.shown,
        'id': sanitize(identifier or (cluster.full_name if cluster.subscription else None)),
        'canPull': judge(results, CLUSTER_VERDICT),
    }


def _client_of(
    result: Result, related: Sequence[Result], client: Mapping[str, Any]
) -> Client | None:
    """Return what decides which solutions fit a row; None for a row without any.

    `related` are the results of this machine and of the row's registry.
    """
    if result.outcome.problem is None:
        return None
    engine = result.outcome.placeholders.get('engine') or next(
        (other.outcome.facts.get('client') for other in related if other.check.id == _ENGINE), None
    )
    return Client(
        client.get('azureCli'),
        platform_named(client.get('platform')),
        engine_named(engine),
        {other.check.id: _STATES.get(other.outcome.status, 'unknown') for other in related},
        frozenset(name for name, value in result.outcome.placeholders.items() if value),
    )


def _row(result: Result, subscription: str | None, client: Client | None) -> dict[str, Any]:
    outcome, problem = result.outcome, result.outcome.problem
    platform = client.platform if client else None
    placeholders = _placeholders(result, subscription, platform)
    fitting = solutions_for(problem.solutions, placeholders, BY_ACCOUNT) if problem else []
    solutions = select(fitting, client) if client else []
    cluster = result.target.cluster if result.target else None
    return {
        'registry': result.target.shown if result.target else None,
        'cluster': cluster.shown if cluster else None,
        'check': result.check.id,
        'category': result.check.category,
        'title': result.check.title,
        'status': outcome.status.value,
        'code': problem.code if problem else None,
        'reason': problem.reason if problem else None,
        'detail': sanitize(outcome.detail, _DETAIL_LENGTH),
        'cause': fill_placeholders(problem.cause, placeholders) if problem else None,
        'solutions': [fill_placeholders(text, placeholders, platform) for text in solutions],
        'documentation': problem.link if problem else None,
        'facts': sanitize(dict(outcome.facts)),
        'durationMs': round(result.duration * 1000),
    }


def _placeholders(
    result: Result, subscription: str | None, platform: Platform | None
) -> Mapping[str, str]:
    values = {
        key: sanitize(value) if key in _PATHS else _without_shell_operators(sanitize(value))
        for key, value in result.outcome.placeholders.items()
    }
    if result.target:
        return {'registry': _registry_argument(result.target, subscription, platform), **values}
    return values


def _without_shell_operators(text: str) -> str:
    """Return a text without what a shell would act on: it goes into commands to paste.

    On Windows, `az` is a batch file, whose arguments are read once more, without any quotes.
    """
    return _SHELL_OPERATORS.sub('', text.replace('`', '').replace('$(', '('))


def _registry_argument(target: Target, subscription: str | None, platform: Platform | None) -> str:
    """Return a registry's name as commands take it, with a subscription that isn't current."""
    other = target.subscription or subscription
    return f'{target.name} --subscription {quote_word(other, platform)}' if other else target.name


def fill_placeholders(
    template: str,
    placeholders: Mapping[str, str] | None = None,
    platform: Platform | None = None,
) -> str:
    """Return a cause or solution with its `{names}` filled, and quoted in commands.

    What is not known stays, in capitals, for the reader to replace.
    """
    values = placeholders or {}

    def value_of(name: str) -> str:
        return str(values.get(name) or name.upper())

    parts = template.split('`')
    parts[::2] = [fill_text(part, value_of) for part in parts[::2]]
    parts[1::2] = [fill_command(part, value_of, platform) for part in parts[1::2]]
    return '`'.join(parts)


def unhealthy_rows(report: Mapping[str, Any], strict: bool) -> list[Mapping[str, Any]]:
    """Return the unhealthy rows: failures first, a registry's before this machine's."""
    wanted = unhealthy_statuses(strict)
    return sorted(
        (row for row in report['checks'] if row['status'] in wanted),
        key=lambda row: (wanted.index(row['status']), row['registry'] is None),
    )


def is_interrupted(report: Mapping[str, Any], strict: bool) -> bool:
    """Return whether a report is of a run that was interrupted: unhealthy without a reason."""
    return not report['healthy'] and not unhealthy_rows(report, strict)


def row_name(report: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Return the check of a row, with its registry and its cluster if there are several."""
    several = len(report['registries']) > 1
    clusters = any(len(registry['clusters']) > 1 for registry in report['registries'])
    names = (several and row['registry'], clusters and row['cluster'])
    return f'{row["check"]}{subject(*names)}'


def subject(*names: str | Literal[False] | None) -> str:
    """Return what a check is about: ' of ' and the names that are needed, '' without any."""
    given = ' and '.join(name for name in names if name)
    return f' of {given}' if given else ''


def headline(report: Mapping[str, Any], strict: bool) -> str:
    """Return in one sentence how many checks failed, with the names of five."""
    rows, completed = (
        unhealthy_rows(report, strict),
        sum(row['status'] != 'Skipped' for row in report['checks']),
    )
    named = [f'{row_name(report, row)} ({row["code"]}, {row["reason"]})' for row in rows[:5]]
    more = f', and {len(rows) - 5} more' if len(rows) > 5 else ''
    warned = sum(row['status'] == 'Warning' for row in rows)
    what = (
        'failed'
        if not warned
        else 'failed or returned a warning (--strict treats warnings as failures)'
    )
    registries, unhealthy = report['registries'], {row['registry'] for row in rows} - {None}
    several = unhealthy and len(registries) > 1
    where = f' in {len(unhealthy)} of {len(registries)} registries' if several else ''
    return f'{len(rows)} of {completed} checks {what}{where}: {", ".join(named)}{more}.'
