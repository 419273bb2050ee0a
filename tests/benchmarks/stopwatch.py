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


def main(path: str, limit: str, *command: str) -> int:
    """Run the command up to its limit; write its code, wall and CPU time, and peak memory (KiB)."""
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    cut = []

    def kill(*_: object) -> None:
        cut.append(True)
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, float(limit))
    # The usage includes that of the command's own children, for which it waited.
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    code = os.waitstatus_to_exitcode(status)
    with open(path, 'w', encoding='ascii') as output:
        output.write(
            f'{-1 if cut else code} {wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}'
        )
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
