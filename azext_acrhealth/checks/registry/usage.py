# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How much of what its tier allows the registry has used up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.catalogue.registry import usage as problems
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import UNREAD, read_list, tier_of
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import object_of, text_of

# Resource Manager lists about ten; whoever answers in its place may list any number.
_MOST = 100


@dataclass(frozen=True)
class _Usage:
    """What is used of one thing. A `limit` of None means that there is none."""

    name: str
    used: float
    limit: float | None
    stored: bool

    @property
    def full(self) -> bool:
        """Return whether nothing is left."""
        return self.limit is not None and self.used >= self.limit

    @property
    def nearly_full(self) -> bool:
        """Return whether 80 % are used, without a division: exact for whole numbers, however large."""
        return self.limit is not None and self.used * 100 >= self.limit * 80

    @property
    def percent(self) -> int | None:
        """Return what is used in whole percents, never more than there are."""
        return None if self.limit is None else math.floor(self.used * 100 / self.limit)


@check(
    'usage',
    'Usage',
    'registry',
    needs=(login_server,),
    verifies="No count limit of the registry's tier is used up, or nearly; storage stays within "
    'what is included.',
    problems=(
        problems.FULL,
        problems.NEARLY_FULL,
        problems.STORAGE,
        problems.FORBIDDEN,
        problems.UNAVAILABLE,
    ),
)
def usage(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(UNREAD)
    items, facts, unread = read_list(
        ctx, login, 'listUsages', problems.FORBIDDEN, problems.UNAVAILABLE
    )
    if unread:
        return unread
    usages = [one for one in map(_usage, items[:_MOST]) if one]
    facts = {
        **facts,
        'tier': tier_of(login),
        'usages': [
            {
                'name': one.name,
                'used': one.used,
                'limit': one.limit,
                'percent': one.percent,
                'unit': 'Bytes' if one.stored else 'Count',
            }
            for one in usages
        ],
    }
    counts = [one for one in usages if not one.stored]
    full, nearly = [one for one in counts if one.full], [one for one in counts if one.nearly_full]
    over = [one for one in usages if one.stored and one.limit is not None and one.used > one.limit]
    if full:
        return failed(problems.FULL, f'{_first(full)}: nothing more can be added', **facts)
    if nearly:
        return warned(problems.NEARLY_FULL, _first(nearly), **facts)
    if over:
        return warned(
            problems.STORAGE,
            f'{_size(over[0].used)} are stored, {_size(over[0].limit or 0)} are included:'
            ' the rest is charged',
            **facts,
        )
    if not usages:
        return not_applicable('Resource Manager tells nothing of what is used', **facts)
    stored = ''.join(f'; {_size(one.used)} are stored' for one in usages if one.stored)
    return passed(f'no limit of the tier is near{stored}', **facts)


def _usage(item: Any) -> _Usage | None:
    """Read a usage; None for what tells no number."""
    raw = object_of(item)
    name = text_of(raw.get('name')) or 'unnamed'
    used, limit = _number(raw.get('currentValue')), _number(raw.get('limit'))
    return (
        None
        if used is None
        else _Usage(name, used, limit or None, raw.get('unit') == 'Bytes' or name == 'Size')
    )


def _number(value: Any) -> float | None:
    """Take raw JSON for an amount; whatever is none, and an absurd one, is None."""
    is_number = (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e18
    )
    return value if is_number else None


def _first(usages: Sequence[_Usage]) -> str:
    worst = max(usages, key=lambda one: one.percent or 0)
    more = f' (and {len(usages) - 1} more)' if len(usages) > 1 else ''
    return f'{worst.used:,.0f} of {worst.limit:,.0f} {worst.name} are used, {worst.percent} %{more}'


def _size(amount: float) -> str:
    return f'{amount / 2**30:,.1f} GiB'
