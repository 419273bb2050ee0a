# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The limits of this machine on open files, threads and memory, and what it means to reach one."""

from __future__ import annotations

import errno
import os
import threading

from azext_acrhealth.protocols import LimitKind, LimitReached

# What the CLI and this process have open besides the connections of checks (about 30 were seen),
# and what a registry may have open at once: a connection to its login server, one to its storage
# and one to Azure Resource Manager, with a guard each, and a lookup of a name.
RESERVED, PER_WORKER = 64, 8

_ERRORS: dict[int, LimitKind] = {
    errno.EMFILE: 'TooManyOpenFiles',
    errno.ENFILE: 'TooManyOpenFiles',
    10024: 'TooManyOpenFiles',  # WSAEMFILE
    errno.ENOMEM: 'OutOfMemory',
    errno.ENOBUFS: 'OutOfMemory',
    10055: 'OutOfMemory',  # WSAENOBUFS
}


def raise_limit(error: BaseException) -> None:
    """Raise LimitReached if an error, or what it wraps, means that a limit was reached."""
    pending, visited = [error], list[BaseException]()
    while pending:
        current = pending.pop()
        if any(current is other for other in visited):
            continue
        visited.append(current)
        if isinstance(current, LimitReached):
            raise current
        if isinstance(current, MemoryError):
            raise LimitReached('OutOfMemory', 'out of memory') from error
        kind = _ERRORS.get(current.errno or 0) if isinstance(current, OSError) else None
        if kind and isinstance(current, OSError):
            raise LimitReached(kind, current.strerror or str(current)) from error
        wrapped = (*current.args, current.__cause__, current.__context__)
        pending.extend(value for value in wrapped if isinstance(value, BaseException))


def raise_start_limit(error: BaseException) -> None:
    """Raise LimitReached if an error of starting a process means that a limit was reached."""
    if isinstance(error, BlockingIOError):  # EAGAIN of fork: too many processes, or threads
        raise LimitReached('TooManyProcesses', error.strerror or str(error)) from error
    raise_limit(error)


def start(thread: threading.Thread) -> None:
    """Start a thread. Raises LimitReached if the system has none left."""
    try:
        thread.start()
    except RuntimeError as error:
        raise LimitReached('TooManyProcesses', str(error)) from error


def raise_if_no_file_can_be_opened() -> None:
    """Raise LimitReached if not one more file can be opened.

    The resolver of the C library reports that as a temporary failure of the name.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise_limit(error)


def most_workers(default: int) -> int:
    """Return how many registries can be checked at once under the limit on open files."""
    try:
        import resource
    except ImportError:  # Windows allows thousands of sockets
        return default
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return default
    return max(1, min(default, (limit - RESERVED) // PER_WORKER))
