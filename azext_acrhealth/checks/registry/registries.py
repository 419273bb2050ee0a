# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registries of a selection by subscription, resource group, region or tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.registry import registries as problems
from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.registry.login_server import refused_sign_in, support_facts
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed
from azext_acrhealth.options import Selection
from azext_acrhealth.probes.azure.arm_response import ArmKind

_READ_PROBLEMS: Mapping[ArmKind, Problem] = {
    'NotLoggedIn': problems.NOT_LOGGED_IN,
    'InvalidProfile': problems.INVALID_PROFILE,
    'NoSubscription': problems.NOT_LOGGED_IN,
    'Forbidden': problems.FORBIDDEN,
    'NotFound': problems.FORBIDDEN,
    'Unavailable': problems.UNAVAILABLE,
}
_MAX_MISSING = 20


@check(
    'registries',
    'Registries',
    'registry',
    per='machine',
    verifies='All registries that --resource-group, --all, or --all-subscriptions selects are '
    'found.',
    problems=problems.PROBLEMS,
)
def registries(ctx: Context) -> Outcome:
    selection = ctx.options.selection
    assert selection is not None
    found = ctx.probes.find_registries(selection, ctx.deadline)
    facts: dict[str, Any] = {
        'found': len(found.targets),
        'queries': found.asked,
        **support_facts(found.last),
    }
    subscriptions = len({target.subscription for target in found.targets})
    count = f'{len(found.targets)} registr{"y" if len(found.targets) == 1 else "ies"}'
    if not found.targets and found.last.failure:
        return failed(
            _READ_PROBLEMS[found.last.failure.kind],
            found.last.failure.text,
            placeholders={
                **reader_placeholders(found.last.claims, ctx.options.identity),
                **refused_sign_in(found.last),
            },
            **facts,
        )
    if found.missing:
        return failed(
            problems.INCOMPLETE,
            f'{count} found, but others might be missing: {found.missing[0]}',
            found.targets or None,
            **facts,
            missing=list(found.missing[:_MAX_MISSING]),
        )
    if not found.targets:
        return failed(problems.NOTHING, f'no registries found {_scope_text(selection)}', **facts)
    return passed(
        f'{count} found in {subscriptions} subscription{"" if subscriptions == 1 else "s"}',
        found.targets,
        **facts,
    )


def _scope_text(selection: Selection) -> str:
    """Return the text on where the selection looks and what it filters by."""
    scope = (
        f'in resource group {selection.resource_group}'
        if selection.resource_group
        else (
            'in any subscription that your account can read'
            if selection.everywhere
            else 'in the subscription'
        )
    )
    regions = f' in {", ".join(selection.locations)}' if selection.locations else ''
    tags = ' and '.join(key if value is None else f'{key}={value}' for key, value in selection.tags)
    return scope + regions + (f' with tag {tags}' if tags else '')
