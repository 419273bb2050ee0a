# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read a saved result of `check`, in which any key may be absent or of another type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from azext_acrhealth import report
from azext_acrhealth.model import Status
from azext_acrhealth.probes.json_access import bool_of, object_of, objects_of, text_of
from azext_acrhealth.redaction import sanitize
from azext_acrhealth.verdicts import VERDICTS

_STATUSES = tuple(status.value for status in Status)
ResultError = Literal['NotAResult', 'OtherVersion']


class Scope(NamedTuple):
    """What a row or a verdict is about; this machine without a registry."""

    registry: str | None = None
    cluster: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of a result; its texts are fit to be shown, its facts are as they were read."""

    status: str
    code: str | None
    reason: str | None
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedResult:
    """A result under the name of its file.

    `hosts` has the login server of each registry that is named, None where it isn't known.
    `verdicts` has `healthy` for this machine, and the others for registries and clusters. `rows`
    has the rows of each scope by the IDs of their checks. `identity` is None where the result
    doesn't state it, and empty for the Azure CLI's account.
    """

    label: str
    started: str | None
    client: Mapping[str, Any]
    identity: Mapping[str, Any] | None
    hosts: Mapping[str, str | None]
    verdicts: Mapping[Scope, Mapping[str, str]]
    rows: Mapping[Scope, Mapping[str, Row]]


def result_error(value: Any) -> ResultError | None:
    """Return why a JSON value isn't a result that this version reads; None for a result."""
    result = object_of(value)
    version = result.get('schemaVersion', report.SCHEMA_VERSION)
    if 'checks' not in result:
        return 'NotAResult'
    if version != report.SCHEMA_VERSION:
        return 'OtherVersion'
    return None if any(_rows(result)) else 'NotAResult'


def parse_result(value: Any, label: str) -> SavedResult:
    """Return a result without errors. Of several rows of a check, the first counts."""
    result = object_of(value)
    rows: dict[Scope, dict[str, Row]] = {}
    for scope, check, row in _rows(result):
        rows.setdefault(scope, {}).setdefault(check, row)
    hosts: dict[str, str | None] = {}
    verdicts = {Scope(): _healthy(result)}
    for registry in objects_of(result.get('registries')):
        name = _name(registry.get('name'))
        if name is None or name in hosts:
            continue
        host = _name(registry.get('loginServer'))
        hosts[name] = host.lower() if host else None
        verdicts[Scope(name)] = _verdicts(registry, VERDICTS)
        for cluster in objects_of(registry.get('clusters')):
            scope = Scope(name, _name(cluster.get('name')))
            if scope.cluster:
                verdicts.setdefault(scope, _verdicts(cluster, ('canPull',)))
    for scope in rows:
        if scope.registry:
            hosts.setdefault(scope.registry, None)
    identity = object_of(result.get('identity'))
    return SavedResult(
        label,
        _name(result.get('startedAt')),
        object_of(result.get('client')),
        identity if identity or 'identity' in result else None,
        hosts,
        verdicts,
        rows,
    )


def rename_registries(result: SavedResult, names: Mapping[str, str]) -> SavedResult:
    """Return a result in which registries have other names."""

    def renamed(scope: Scope) -> Scope:
        name = scope.registry
        return Scope(names.get(name, name), scope.cluster) if name else scope

    return replace(
        result,
        hosts={names.get(name, name): host for name, host in result.hosts.items()},
        verdicts={renamed(scope): verdicts for scope, verdicts in result.verdicts.items()},
        rows={renamed(scope): rows for scope, rows in result.rows.items()},
    )


def _rows(result: Mapping[str, Any]) -> Iterator[tuple[Scope, str, Row]]:
    for row in objects_of(result.get('checks')):
        check, status = _name(row.get('check')), text_of(row.get('status'))
        if check is None or status not in _STATUSES:
            continue
        scope = Scope(_name(row.get('registry')), _name(row.get('cluster')))
        yield (
            scope,
            check,
            Row(
                status,
                _name(row.get('code')),
                _name(row.get('reason')),
                _name(row.get('detail')) or '',
                object_of(row.get('facts')),
            ),
        )


def _healthy(result: Mapping[str, Any]) -> dict[str, str]:
    healthy = bool_of(result.get('healthy'))
    return {} if healthy is None else {'healthy': 'yes' if healthy else 'no'}


def _verdicts(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Return the verdicts that have one of their values."""
    return {name: values[name] for name in names if values.get(name) in ('yes', 'no', 'unknown')}


def _name(value: Any) -> str | None:
    """Return a text fit to be shown, None for any other value."""
    return sanitize(value) or None if isinstance(value, str) else None
