# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Explain why the registry disallows a push that no lock forbids."""

from __future__ import annotations

from azext_acrhealth.catalogue.data import push as problems
from azext_acrhealth.catalogue.registry import usage as usage_problems
from azext_acrhealth.checks.data.locks import QUARANTINE_TEXTS, Locks, has_quarantine
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import read_list
from azext_acrhealth.checks.registry.usage import Usage, parse_usage
from azext_acrhealth.model import Context, Outcome

# The lowest storage limit of a tier (Learn, "SKU features and limits"), in bytes. Azure Resource
# Manager reports only the included amount, beyond which storage is billed.
STORAGE_LIMIT = 40 * 2**40


def explain_disallowed(
    ctx: Context, login: LoginServer, locks: Locks, disallowed: Outcome
) -> Outcome:
    """Return the outcome for the cause that can be read, or one that names what is excluded.

    The registry has three causes: a lock, the storage limit, quarantine (its FAQ, "disallowed
    operation").
    """
    size, quarantine = _read_size(ctx, login), has_quarantine(login)
    facts = {
        **disallowed.facts,
        'storedBytes': size.used if size else None,
        'quarantinePolicy': quarantine,
    }
    others_excluded = not locks.unread and quarantine is False
    at_limit = size is not None and size.used >= STORAGE_LIMIT
    if size and (at_limit or size.full and others_excluded):
        why = (
            'which is at the storage limit'
            if at_limit
            else 'more than the tier includes, no write lock, and quarantine is off'
        )
        return disallowed._replace(
            problem=problems.QUOTA,
            detail=f'{_size_text(size)}, {why}: {disallowed.detail}',
            facts=facts,
        )
    if locks.quarantined or quarantine and not locks.unread:
        return disallowed._replace(
            problem=problems.QUARANTINED,
            detail=f'no write lock, but quarantine is on: {disallowed.detail}',
            facts=facts,
        )
    excluded = (
        f"locks couldn't be read ({locks.unread})" if locks.unread else 'no write lock',
        _size_text(size) if size else "the stored size couldn't be read",
        QUARANTINE_TEXTS[quarantine],
    )
    return disallowed._replace(detail=f'{disallowed.detail}; {", ".join(excluded)}', facts=facts)


def _read_size(ctx: Context, login: LoginServer) -> Usage | None:
    """Return the stored size and the amount that the tier includes, None if it isn't known."""
    items, _, unread = read_list(
        ctx, login, 'listUsages', usage_problems.FORBIDDEN, usage_problems.UNAVAILABLE
    )
    usages = map(parse_usage, [] if unread else items)
    return next((usage for usage in usages if usage and usage.stored), None)


def _size_text(size: Usage) -> str:
    return f'{size.used / 2**40:,.2f} TiB stored'
