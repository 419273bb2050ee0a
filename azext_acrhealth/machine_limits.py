# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The limits of this machine on open files, threads and memory, and what it means to reach one."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from azext_acrhealth.protocols import LimitKind, LimitReached

# What the CLI and this process have open besides the connections of checks (about 30 were seen),
# and what a registry may have open at once: a connection to its login server, one to its storage
# and one to Azure Resource Manager, with a guard each, and a lookup of a name.
RESERVED, PER_WORKER = 64, 8
_MIB = 2**20
# The same for memory, in bytes: on Linux, each thread reserves 8 MiB for its stack (RLIMIT_STACK).
RESERVED_MEMORY, MEMORY_PER_WORKER = 256 * _MIB, 48 * _MIB
_STACK = 8 * _MIB
# What the CLI needs to print a result and an error: it imports more libraries for that.
_MEMORY_FOR_RESULT = 64 * _MIB
_M_ARENA_MAX = -8  # of mallopt(3)

_ERRORS: dict[int, LimitKind] = {
    errno.EMFILE: 'TooManyOpenFiles',
    errno.ENFILE: 'TooManyOpenFiles',
    10024: 'TooManyOpenFiles',  # WSAEMFILE
    errno.ENOMEM: 'OutOfMemory',
    errno.ENOBUFS: 'OutOfMemory',
    10055: 'OutOfMemory',  # WSAENOBUFS
}
# What the dynamic loader writes in an ImportError (glibc, elf/dl-load.c), and OpenSSL in an
# SSLError.
_LIBRARY_MESSAGES: tuple[tuple[str, LimitKind | None], ...] = (
    ('failed to map segment from shared object', 'OutOfMemory'),
    ('cannot allocate memory in static tls block', None),  # too many libraries (glibc, dl-tls.c)
    ('cannot allocate memory', 'OutOfMemory'),
    ('malloc failure', 'OutOfMemory'),
    ('too many open files', 'TooManyOpenFiles'),
)
_NO_THREAD = "can't start new thread"
# How a program ends that could not get memory or threads itself: the Go runtime (runtime/panic.go,
# malloc.go, os_linux.go, cgo), the dynamic loader, shells (dash, bash) and Python.
_NO_MEMORY = (
    r'^(?:(?:fatal error|runtime): .*(?:out of memory|cannot allocate memory|failed to reserve).*'
    r'|runtime/cgo: (?:pthread_create failed: Cannot allocate memory|out of memory in thread_start)'
    r'|.*: error while loading shared libraries: .*(?:failed to map segment|annot allocate memory'
    r'(?! in static TLS block)).*|.*fork/exec [^:]+: cannot allocate memory'
    r'|.*: (?:fork: Cannot allocate memory|memory exhausted)|MemoryError)\s*$'
)
_NO_PROCESS = (
    r'^(?:runtime: failed to create new OS thread.*'
    r'|runtime/cgo: pthread_create failed: Resource temporarily unavailable'
    r'|.*fork/exec [^:]+: resource temporarily unavailable'
    r"|.*: (?:Cannot fork|fork: .*Resource temporarily unavailable)|RuntimeError: can't start new "
    r'thread)\s*$'
)
# An import opens a module, and can search a folder.
_FILES_FOR_RESULT = 2
# What is read of a program's output: its first and its last characters.
_PROGRAM_TEXT = 4096


def limit_of(error: BaseException) -> LimitReached | None:
    """Return the limit that an error, or what it wraps, means to have reached; None for others."""
    pending, visited = [error], list[BaseException]()
    while pending:
        current = pending.pop()
        if any(current is other for other in visited):
            continue
        visited.append(current)
        limit = _own_limit(current)
        if limit:
            return limit
        wrapped = (*current.args, current.__cause__, current.__context__)
        pending.extend(value for value in wrapped if isinstance(value, BaseException))
    return None


def _own_limit(error: BaseException) -> LimitReached | None:
    if isinstance(error, LimitReached):
        return error
    if isinstance(error, MemoryError):
        return LimitReached('OutOfMemory', 'out of memory')
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return LimitReached(_kind_of_refused_thread(), str(error))
    if isinstance(error, SystemError) and _limit_on('RLIMIT_AS') is not None:
        return LimitReached('OutOfMemory', str(error))  # a library in C that lacked memory
    kind: LimitKind | None = None
    if isinstance(error, OSError):
        kind = _ERRORS.get(error.errno or 0)
    if kind is None and _is_library_error(error):
        text = str(error).lower()
        kind = next((kind for known, kind in _LIBRARY_MESSAGES if known in text), None)
    return LimitReached(kind, getattr(error, 'strerror', None) or str(error)) if kind else None


def _is_library_error(error: BaseException) -> bool:
    """Return whether the text of an error is the loader's or OpenSSL's, and has no number."""
    ssl = sys.modules.get('ssl')
    return isinstance(error, ImportError) or bool(ssl and isinstance(error, ssl.SSLError))


def _kind_of_refused_thread() -> LimitKind:
    """Return why the system refused a thread: it reports a lack of memory in the same way."""
    try:
        import mmap

        mmap.mmap(-1, _STACK).close()
    except (OSError, ImportError, MemoryError):
        return 'OutOfMemory'
    return 'TooManyProcesses'


def _limit_on(name: str) -> int | None:
    """Return this process's limit on a resource (of `resource`), None where there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(getattr(resource, name))
    return None if limit == resource.RLIM_INFINITY else limit


def raise_limit(error: BaseException) -> None:
    """Raise LimitReached if an error, or what it wraps, means that a limit was reached."""
    limit = limit_of(error)
    if limit is not None:
        raise limit from error


def raise_start_limit(error: BaseException) -> None:
    """Raise LimitReached if an error of starting a process means that a limit was reached."""
    if isinstance(error, BlockingIOError):  # EAGAIN of fork: too many processes, or threads
        raise LimitReached('TooManyProcesses', error.strerror or str(error)) from error
    raise_limit(error)


def raise_limit_of_program(program: str, stderr: str) -> None:
    """Raise LimitReached if a program that failed reports that it had no memory or threads."""
    if len(stderr) > 2 * _PROGRAM_TEXT:
        stderr = f'{stderr[:_PROGRAM_TEXT]}\n{stderr[-_PROGRAM_TEXT:]}'
    no_memory, no_process = (
        re.search(pattern, stderr, re.MULTILINE) for pattern in (_NO_MEMORY, _NO_PROCESS)
    )
    found = no_memory or no_process
    if found is None:
        return
    # The system refuses a thread for lack of memory in the same words.
    memory = no_memory or _limit_on('RLIMIT_AS') is not None
    text = f'{program}: {found[0].strip()}'
    raise LimitReached('OutOfMemory' if memory else 'TooManyProcesses', text)


def raise_if_no_file_can_be_opened() -> None:
    """Raise LimitReached if not one more file can be opened.

    The resolver of the C library reports that as a temporary failure of the name.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise_limit(error)


def most_workers(default: int) -> int:
    """Return how many registries can be checked at once under the limits on files and memory."""
    files, memory = _limit_on('RLIMIT_NOFILE'), _limit_on('RLIMIT_AS')
    if files is not None:
        default = min(default, (files - RESERVED) // PER_WORKER)
    if memory is not None:
        default = min(default, (memory - RESERVED_MEMORY) // MEMORY_PER_WORKER)
    return max(1, default)


@contextmanager
def reserve_files() -> Iterator[None]:
    """Reserve open files for printing the result while the block runs: the CLI imports modules."""
    reserved = list[int]()
    with suppress(OSError):
        for _ in range(_FILES_FOR_RESULT):
            reserved.append(os.open(os.devnull, os.O_RDONLY))
    try:
        yield
    finally:
        for descriptor in reserved:
            os.close(descriptor)


@contextmanager
def reserve_memory() -> Iterator[None]:
    """Reserve memory for printing the result while the block runs, if memory is limited.

    From then on, all threads share an arena: glibc reserves 64 MiB for that of each thread
    (HEAP_MAX_SIZE).
    """
    with ExitStack() as stack:
        if _limit_on('RLIMIT_AS') is not None:
            with suppress(OSError, ImportError, MemoryError):
                import mmap

                stack.enter_context(mmap.mmap(-1, _MEMORY_FOR_RESULT))
            with suppress(OSError, ImportError, MemoryError, AttributeError):
                import ctypes

                ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        yield
