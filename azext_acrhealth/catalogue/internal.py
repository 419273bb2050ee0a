# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the checks themselves: crashes and timeouts."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CRASH = Family(
    'UNEXPECTED_ERROR',
    "A check failed with an unexpected error, which doesn't affect the other checks.",
    (
        'Run the command again with `--debug`, and report its output.',
        'Skip this check until the error is fixed: `--skip {check}`.',
    ),
    links.HEALTH,
)

TIMEOUT = Family(
    'CHECK_TIMEOUT_ERROR',
    "A check didn't finish within the time limit of the run.",
    (
        'Increase the time limit of the run with `--timeout`.',
        'Correct what earlier checks found, because the problems that they report often use up '
        'the time.',
    ),
    links.HEALTH,
)

UNEXPECTED = CRASH.problem(
    'Crash', "The check itself failed, which doesn't indicate a problem with the registry."
)
STILL_RUNNING = TIMEOUT.problem(
    'StillRunning',
    'The check was still running when its time limits had passed, and was abandoned.',
    transient=True,
)
NOT_STARTED = TIMEOUT.problem(
    'NoTimeLeft',
    "Earlier checks used up the time of `--timeout`, so this check didn't start.",
    transient=True,
)

FAMILIES = (CRASH, TIMEOUT)
PROBLEMS = (UNEXPECTED, STILL_RUNNING, NOT_STARTED)
