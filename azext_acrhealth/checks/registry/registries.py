# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which registries are meant when they are selected instead of named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.registry import registries as problems
from azext_acrhealth.checks.registry.login_server import support_of
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.options import Selection
from azext_acrhealth.probes.azure.arm_response import ArmKind

_UNREAD: Mapping[ArmKind, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'NoSubscription': problems.NOT_LOGGED_IN,
    'Forbidden': problems.FORBIDDEN,
    'NotFound': problems.FORBIDDEN,
    'Unavailable': problems.UNAVAILABLE,
}
_NAMED = 20


@check(
    'registries',
    'Registries',
    'registry',
    per='machine',
    verifies='The registries of --resource-group, --all or --all-subscriptions were found, all of '
    'them.',
    problems=problems.PROBLEMS,
)
def registries(ctx: Context) -> Outcome:
    chosen = ctx.options.selection
    assert chosen is not None
    found = ctx.probes.find_registries(chosen, ctx.deadline)
    facts: dict[str, Any] = {
        'found': len(found.targets),
        'queries': found.asked,
        **support_of(found.last),
    }
    subscriptions = len({target.subscription for target in found.targets})
    count = f'{len(found.targets)} registr{"y" if len(found.targets) == 1 else "ies"}'
    if not found.targets and found.last.failure:
        return failed(_UNREAD[found.last.failure.kind], found.last.failure.text, **facts)
    if found.missing:
        return failed(
            problems.INCOMPLETE,
            f'{count} found, but more may be missing: {found.missing[0]}',
            found.targets or None,
            **facts,
            missing=list(found.missing[:_NAMED]),
        )
    if not found.targets:
        return failed(problems.NOTHING, f'no registry found {_place(chosen)}', **facts)
    return passed(
        f'{count} found in {subscriptions} subscription{"" if subscriptions == 1 else "s"}',
        found.targets,
        **facts,
    )


def _place(chosen: Selection) -> str:
    """Say where was looked, and what for."""
    place = (
        f'in the resource group {chosen.resource_group}'
        if chosen.resource_group
        else (
            'in any subscription that this login may read'
            if chosen.everywhere
            else 'in the subscription'
        )
    )
    regions = f' in {", ".join(chosen.locations)}' if chosen.locations else ''
    tags = ' and '.join(key if value is None else f'{key}={value}' for key, value in chosen.tags)
    return place + regions + (f' with the tag {tags}' if tags else '')
