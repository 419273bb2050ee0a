# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Time a command inside the sandbox, without nsenter: `stopwatch.py FILE SECONDS command …`.

Only what every Python starts with is imported: whoever measures memory must be small.
"""

import os
import signal
import sys
import time

SAMPLING_SECONDS = 0.02


def open_descriptors(process: int) -> int:
    """Return how many file descriptors a process has open, 0 when it has ended."""
    try:
        return len(os.listdir(f'/proc/{process}/fd'))
    except OSError:
        return 0


def main(path: str, limit: str, *command: str) -> int:
    """Run the command up to its limit, and write what it used.

    It is its code, wall and CPU time, peak memory (KiB), and most open file descriptors.
    """
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    cut, most_open = [], [0]

    def sample(*_: object) -> None:
        most_open[0] = max(most_open[0], open_descriptors(child))
        if not cut and time.monotonic() - start > float(limit):
            cut.append(True)
            os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, sample)
    signal.setitimer(signal.ITIMER_REAL, SAMPLING_SECONDS, SAMPLING_SECONDS)
    # The usage includes that of the command's own children, for which it waited. Its memory is the
    # VmHWM of /proc at the end, when nobody can read that any more.
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    code = os.waitstatus_to_exitcode(status)
    with open(path, 'w', encoding='ascii') as output:
        output.write(
            f'{-1 if cut else code} {wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} '
            f'{most_open[0]}'
        )
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
