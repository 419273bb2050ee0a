# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How much of the limits of its tier the registry uses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.registry import usage as problems
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, read_list, tier_of
from azext_acrhealth.checks.registry.roles import abac_placeholders
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import object_of, text_of

# Azure Resource Manager lists about ten; a server in its place could list any number.
_MAX_USAGES = 100


class Usage(NamedTuple):
    """The usage of a limit. `limit` is None if there is none; `stored`: both are in bytes."""

    name: str
    used: float
    limit: float | None
    stored: bool

    @property
    def full(self) -> bool:
        """Return whether the limit is reached."""
        return self.limit is not None and self.used >= self.limit

    @property
    def over(self) -> bool:
        """Return whether the usage is above the limit."""
        return self.limit is not None and self.used > self.limit

    @property
    def nearly_full(self) -> bool:
        """Return whether at least 80 % are used.

        A product, unlike a quotient, is exact for integers of any size.
        """
        return self.limit is not None and self.used * 100 >= self.limit * 80

    @property
    def percent(self) -> int | None:
        """Return the usage in percent, rounded down; None without a limit."""
        return None if self.limit is None else math.floor(self.used * 100 / self.limit)


@check(
    'usage',
    'Usage',
    'registry',
    needs=(login_server,),
    verifies="The usage of each count limit of the registry's tier is below 80%, and storage is "
    'within the included amount.',
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
        return not_applicable(RESOURCE_NOT_READ)
    items, facts, unread = read_list(
        ctx, login, 'listUsages', problems.FORBIDDEN, problems.UNAVAILABLE
    )
    if unread:
        return unread
    usages = [entry for entry in map(parse_usage, items[:_MAX_USAGES]) if entry]
    facts = {
        **facts,
        'tier': tier_of(login),
        'usages': [
            {
                'name': entry.name,
                'used': entry.used,
                'limit': entry.limit,
                'percent': entry.percent,
                'unit': 'Bytes' if entry.stored else 'Count',
            }
            for entry in usages
        ],
    }
    counts = [entry for entry in usages if not entry.stored]
    full = [entry for entry in counts if entry.full]
    nearly_full = [entry for entry in counts if entry.nearly_full]
    over_included = [entry for entry in usages if entry.stored and entry.over]
    if full:
        return failed(problems.FULL, f'{_worst_text(full)}; no more can be added', **facts)
    if nearly_full:
        return warned(problems.NEARLY_FULL, _worst_text(nearly_full), **facts)
    if over_included:
        worst = over_included[0]
        return warned(
            problems.STORAGE,
            f'{_gib_text(worst.used)} stored, {_gib_text(worst.limit or 0)} included; '
            'the excess is billed',
            placeholders=abac_placeholders(login),
            **facts,
        )
    if not usages:
        return not_applicable('Azure Resource Manager reported no usage', **facts)
    stored = ''.join(f'; {_gib_text(entry.used)} stored' for entry in usages if entry.stored)
    return passed(f'all limits below 80%{stored}', **facts)


def parse_usage(item: Any) -> Usage | None:
    """Parse a usage of the list, None if it has no amount."""
    raw = object_of(item)
    name = text_of(raw.get('name')) or 'unnamed'
    used, limit = _parse_amount(raw.get('currentValue')), _parse_amount(raw.get('limit'))
    return (
        None
        if used is None
        else Usage(name, used, limit or None, raw.get('unit') == 'Bytes' or name == 'Size')
    )


def _parse_amount(value: Any) -> float | None:
    """Return a JSON value as an amount, None if it is no number, negative, or 1e18 or more."""
    is_number = (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e18
    )
    return value if is_number else None


def _worst_text(usages: Sequence[Usage]) -> str:
    worst = max(usages, key=lambda entry: entry.percent or 0)
    more = f' (and {len(usages) - 1} more)' if len(usages) > 1 else ''
    return f'{worst.used:,.0f} of {worst.limit:,.0f} {worst.name} used ({worst.percent}%){more}'


def _gib_text(amount: float) -> str:
    return f'{amount / 2**30:,.1f} GiB'
