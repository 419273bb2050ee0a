# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read files that settings name, and that might be a pipe, a device, or without an end."""

from __future__ import annotations

import errno
import os
import stat

_MEBIBYTE = 1024 * 1024


def read_regular_file(path: str, longest: int = _MEBIBYTE) -> bytes:
    """Return the content of a regular file. Raises OSError, also for any other or a longer one."""
    # O_NONBLOCK: opening a pipe would block until a writer opens it too.
    flags = os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)
    handle = os.open(path, flags)
    with os.fdopen(handle, 'rb') as stream:
        _require_regular(os.fstat(handle), longest)
        content = stream.read(longest + 1)
    if len(content) > longest:  # files of /proc have no size
        raise _too_long(longest)
    return content


def require_regular_file(path: str, longest: int) -> None:
    """Raise OSError for a file that another library must not read: no regular one, or too long."""
    _require_regular(os.stat(path), longest)


def require_no_pipe(path: str) -> None:
    """Raise OSError for a pipe or a socket, which a library would wait for when it writes."""
    mode = os.stat(path).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        raise _not_regular()


def _require_regular(found: os.stat_result, longest: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise _not_regular()
    if found.st_size > longest:
        raise _too_long(longest)


def _not_regular() -> OSError:
    return OSError(errno.EINVAL, 'not a regular file')


def _too_long(longest: int) -> OSError:
    return OSError(errno.EFBIG, f'the file is larger than {longest // _MEBIBYTE} MiB')
