# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the checks themselves: crashes and timeouts."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CRASH = Family(
    'UNEXPECTED_ERROR',
    'A check met something that it was not written for. The other checks are not touched by it.',
    (
        "Run the command again with --debug, and report what it prints together with this row's "
        'facts.',
        'Leave the check out with `--skip {check}` until it is mended.',
    ),
    links.HEALTH,
)

TIMEOUT = Family(
    'CHECK_TIMEOUT_ERROR',
    'A check did not come to an end in the time that the run had.',
    (
        'Give the run more time with --timeout.',
        'Look at the rows above this one: what they report is often what took the time.',
    ),
    links.HEALTH,
)

UNEXPECTED = CRASH.problem(
    'Crash', 'The check itself broke off; this says nothing about the registry.'
)
STILL_RUNNING = TIMEOUT.problem(
    'StillRunning',
    'The check was still busy when all of its limits had passed, and was left behind.',
    transient=True,
)
NOT_STARTED = TIMEOUT.problem(
    'NoTimeLeft',
    'Earlier checks used up the time of --timeout, so this one was never begun.',
    transient=True,
)

FAMILIES = (CRASH, TIMEOUT)
PROBLEMS = (UNEXPECTED, STILL_RUNNING, NOT_STARTED)
