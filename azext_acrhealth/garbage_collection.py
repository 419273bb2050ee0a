# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Spare a process that runs one command the search for cyclic garbage.

Python searches all objects again and again while modules are imported, and twice more when the
process ends. Here that takes a fifth of the CPU time of a run, and finds next to nothing.
"""

from __future__ import annotations

import atexit
import gc
import sys


def ends_after_command() -> bool:
    """Return whether this process was started for one of our commands, and ends with it.

    `az` is `python -m azure.cli` on every platform. In `az interactive`, in tests and in other
    programs, the process goes on.
    """
    spec = getattr(sys.modules.get('__main__'), '__spec__', None)
    return getattr(spec, 'name', None) == 'azure.cli.__main__' and sys.argv[1:2] == ['acrhealth']


def pause() -> None:
    """Stop the search, also at the end of the process, if it ends after our command."""
    if ends_after_command():
        gc.disable()
        atexit.register(gc.freeze)


def resume() -> None:
    """Search again: a long run makes more garbage than memory should hold.

    What was made until now, the CLI and its modules, isn't searched any more.
    """
    if not gc.isenabled():
        gc.freeze()
    gc.enable()
