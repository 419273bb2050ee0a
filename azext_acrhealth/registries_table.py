# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of several registries: a line for each, the worst first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from azext_acrhealth.options import target_of
from azext_acrhealth.report_rows import (
    Row,
    is_tried,
    rows_by_registry,
    rows_of,
    selection_rows,
    short_names,
    subscription_and_group,
    worst_status,
)
from azext_acrhealth.tables import Line, fit
from azext_acrhealth.verdicts import CLUSTER_VERDICT, VERDICTS

_NOT_TRIED = '-'
_COLUMNS = {'canLogin': 'Login', 'canPull': 'Pull', 'canPush': 'Push'}
# What a narrow terminal has no room for, in this order.
_DISPENSABLE = ('Location', 'Detail', 'Code')


def registries_table(report: Mapping[str, Any]) -> list[Line]:
    """Return a line for each registry, and for this machine when it fails or warns."""
    registries = {registry['name']: registry for registry in report['registries']}
    rows = rows_by_registry(report)
    places = _places(rows)
    short = short_names([*registries])
    with_clusters = any(registry['clusters'] for registry in registries.values())
    ranked = []
    for name, registry in registries.items():
        target = target_of(name) if places else None
        shown = target.name if target else short[name]
        place = places.get(name, {})
        ranked.append(_ranked_line(shown, rows[name], registry, place, with_clusters))
    place = dict.fromkeys(next(iter(places.values()), {}), '')
    for name, others in (
        ('(this machine)', rows_of(report, None)),
        ('(selection)', selection_rows(report)),
    ):
        if worst_status(others) != 'Passed':
            ranked.append(_ranked_line(name, others, {'clusters': ()}, place, with_clusters))
    return fit([line for _, line in sorted(ranked, key=lambda pair: pair[0])], _DISPENSABLE)


def _places(rows: Mapping[str | None, Sequence[Row]]) -> Mapping[str, Mapping[str, str]]:
    """Return the columns on where each registry is; none if all are in one subscription."""
    places = {name: subscription_and_group(rows[name], name) for name in rows if name}
    subscriptions = {subscription for subscription, _ in places.values() if subscription}
    if len(subscriptions) < 2:
        return {}
    short = _short_ids(subscriptions)
    return {
        name: {'Subscription': short.get(subscription, ''), 'Resource group': group}
        for name, (subscription, group) in places.items()
    }


def _short_ids(subscriptions: Iterable[str]) -> Mapping[str, str]:
    """Return the first or the last part of each GUID, or all of it where both are shared."""
    for part in (0, -1):
        short = {subscription: subscription.split('-')[part] for subscription in subscriptions}
        if len(set(short.values())) == len(short):
            return short
    return {subscription: subscription for subscription in subscriptions}


def _ranked_line(
    name: str,
    rows: Sequence[Row],
    registry: Mapping[str, Any],
    place: Mapping[str, str],
    with_clusters: bool,
) -> tuple[tuple[Any, ...], Line]:
    """Return a rank, the worst lowest, and the line with it.

    Failures rank before warnings, registries that can't log in before the others.
    """
    status = worst_status(rows)
    worst: Row = next((row for row in rows if row['status'] == status != 'Passed'), {})
    rank = (
        status != 'Failed',
        status != 'Warning',
        *(registry.get(verdict) != 'no' for verdict in _COLUMNS),
        -sum(row['status'] == 'Failed' for row in rows),
    )
    clusters = _by_clusters(registry['clusters'], rows)
    line = OrderedDict(
        Registry=name,
        **place,
        Location=registry.get('region') or '',
        Status=status,
        **{
            _COLUMNS[key]: _verdict(registry.get(key), is_tried(verdict.proof, rows))
            for key, verdict in VERDICTS.items()
        },
        **({'Pull by clusters': clusters} if with_clusters else {}),
        Code=worst.get('code') or '',
        Detail=worst.get('detail') or '',
    )
    return rank, line


def _verdict(verdict: str | None, tried: bool) -> str:
    return verdict if verdict and (tried or verdict != 'unknown') else _NOT_TRIED


def _by_clusters(clusters: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> str:
    """Return the verdicts on clusters: one for a single cluster, else each with its name."""
    short = short_names([cluster['name'] for cluster in clusters])
    verdicts = [
        _verdict(
            cluster['canPull'],
            is_tried(
                CLUSTER_VERDICT.proof, [row for row in rows if row['cluster'] == cluster['name']]
            ),
        )
        for cluster in clusters
    ]
    if len(clusters) == 1:
        return verdicts[0]
    return ', '.join(
        f'{short[cluster["name"]]}: {verdict}' for cluster, verdict in zip(clusters, verdicts)
    )
