# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Declare the arguments of `check` that select registries without naming them."""

from __future__ import annotations

from typing import Any


def declare_selection_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
    from azure.cli.core.commands.parameters import get_location_completion_list

    c.extra(
        'all_registries',
        options_list=['--all'],
        action='store_true',
        help='Check all registries of the subscription that the identity can read.',
    )
    c.extra(
        'all_subscriptions',
        action='store_true',
        help='Check the registries of all subscriptions that the identity can read.',
    )
    c.extra(
        'locations',
        options_list=['--location', '-l'],
        nargs='+',
        action='extend',
        completer=get_location_completion_list,
        help='Check only the selected registries that are in these regions.',
    )
    c.extra(
        'tags',
        options_list=['--tag'],
        nargs='+',
        action='extend',
        help='Check only the selected registries that have these tags: KEY or KEY=VALUE. With'
        ' several, all must match.',
    )
