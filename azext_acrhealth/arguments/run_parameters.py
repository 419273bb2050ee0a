# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Declare the arguments of `check` that decide which checks run, how long, and when they fail."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.arguments.option_values import any_unlisted, parse_seconds


def declare_run_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
    names = any_unlisted(_check_names, 'CHECK')
    c.extra(
        'only',
        **names,
        help='Checks or categories to run. The checks they depend on run too. To list them, run '
        '`az acrhealth list-checks`.',
    )
    c.extra(
        'skip',
        **names,
        help='Checks or categories to skip. The checks that depend on them are skipped too. To '
        'list them, run `az acrhealth list-checks`.',
    )
    c.extra(
        'timeout',
        type=parse_seconds,
        # The parser converts a default that is a text; the help shows it as it is.
        default='60',
        help='Time limit for the checks of one registry, and for the checks of this machine: '
        'seconds, or a time such as 90s or 2m.',
    )
    c.extra(
        'wait',
        type=parse_seconds,
        help='Repeat the checks until none fails, for at most this time (seconds, or a time such '
        'as 10m), as long as the failures are transient: for example a new DNS record, a role '
        "assignment that isn't effective yet, or an overloaded service. --timeout applies to each "
        'attempt. Any other failure ends the command immediately.',
    )
    c.extra('strict', action='store_true', help='Treat warnings as failures.')
    c.extra(
        'ignore_errors',
        action='store_true',
        help='Exit with 0 even if a check failed. The output stays the same.',
    )
    c.extra(
        'yes',
        options_list=['--yes', '-y'],
        action='store_true',
        help='Also pull a small public image. Without this option the sample pull is skipped;'
        " the command doesn't prompt.",
    )


def _check_names() -> list[str]:
    """Return the IDs of the checks, and the categories that have any."""
    from azext_acrhealth.checks.all_checks import CHECKS
    from azext_acrhealth.model import CATEGORIES

    categories = {check.category for check in CHECKS}
    # The category of clusters has the name of its first check.
    names = [*(check.id for check in CHECKS), *filter(categories.__contains__, CATEGORIES)]
    return list(dict.fromkeys(names))
