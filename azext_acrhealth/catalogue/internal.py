# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the checks themselves: crashes, timeouts, and limits of this machine."""

from azext_acrhealth.advice import POSIX, Variant
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

_FEWER = 'Run fewer checks at once: `az config set acrhealth.max_workers=4`.'
MACHINE_LIMIT = Family(
    'MACHINE_LIMIT_ERROR',
    'This machine reached a limit on open files, processes, or memory, so a check could not run. '
    'The registry might be healthy.',
    (_FEWER, 'Check fewer registries in one run.'),
    links.HEALTH,
)

TOO_MANY_OPEN_FILES = MACHINE_LIMIT.problem(
    'TooManyOpenFiles',
    'This process, or this machine, has as many files and connections open as its limit permits.',
    Variant(
        'Raise the limit of this shell, which `ulimit -n` shows, and run the command again: '
        '`ulimit -n 4096`.',
        platforms=POSIX,
    ),
    _FEWER,
)
TOO_MANY_PROCESSES = MACHINE_LIMIT.problem(
    'TooManyProcesses',
    'This user, container, or machine runs as many processes and threads as its limit permits.',
    Variant(
        'Compare the running processes with the limit, which a container can lower: `ulimit -u`.',
        platforms=POSIX,
    ),
    _FEWER,
)
OUT_OF_MEMORY = MACHINE_LIMIT.problem(
    'OutOfMemory',
    'The memory that this process, or a program that it runs, may use is exhausted.',
    'End programs that use much memory, or raise the limit of the container.',
    Variant(
        'Remove the memory limit of this shell, and run the command again: `ulimit -v unlimited`. '
        'Only an administrator can raise a hard limit.',
        platforms=POSIX,
    ),
    _FEWER,
)
LIMITS = {
    problem.reason: problem for problem in (TOO_MANY_OPEN_FILES, TOO_MANY_PROCESSES, OUT_OF_MEMORY)
}

FAMILIES = (CRASH, TIMEOUT, MACHINE_LIMIT)
PROBLEMS = (UNEXPECTED, STILL_RUNNING, NOT_STARTED, *LIMITS.values())
