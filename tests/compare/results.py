# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Small results of `check`, to be compared."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.compare.comparison import ranked
from azext_acrhealth.compare.difference import Difference, Pair, pair_of
from azext_acrhealth.compare.saved_result import parse_result


def row(check: str, status: str = 'Passed', reason: str | None = None, **more: Any) -> Any:
    """Return a row of contoso, or of `registry`, with these facts."""
    registry, cluster = more.pop('registry', 'contoso'), more.pop('cluster', None)
    detail = more.pop('detail', f'{check} {status.lower()}')
    return {
        'registry': registry,
        'cluster': cluster,
        'check': check,
        'status': status,
        'code': 'A_CODE' if reason else None,
        'reason': reason,
        'detail': detail,
        'facts': more,
    }


def result(*rows: Any, **more: Any) -> dict[str, Any]:
    """Return a result with these rows."""
    names = dict.fromkeys(entry['registry'] for entry in rows if entry['registry'])
    verdicts = {name: more.pop(name) for name in ('canLogin', 'canPull', 'canPush') if name in more}
    return {
        'schemaVersion': '1.0',
        'healthy': all(entry['status'] != 'Failed' for entry in rows),
        'startedAt': '2026-01-01T00:00:00.000000Z',
        'client': {'azureCli': '2.80.0', 'proxy': None},
        'identity': None,
        'registries': [
            {'name': name, 'loginServer': f'{name}.azurecr.io', 'clusters': [], **verdicts}
            for name in names
        ],
        'checks': list(rows),
        **more,
    }


def pair(first: Any, second: Any) -> Pair:
    return pair_of(parse_result(first, 'laptop.json'), parse_result(second, 'agent.json'))


def compared(first: Any, second: Any) -> list[Difference]:
    """Return the ranked differences of two results."""
    return ranked(pair(first, second))


def brief(differences: list[Difference]) -> list[tuple[str, str, str]]:
    return [(entry.subject, entry.first, entry.second) for entry in differences]
