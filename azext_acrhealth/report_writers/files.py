# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Write files as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from azext_acrhealth.redaction import sanitize


def check_writable(path: str) -> None:
    """Raise OSError or ValueError if a file can't be written, or isn't a regular file."""
    target = os.path.realpath(path)
    with suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError("it isn't a regular file")
        if not os.access(target, os.W_OK):
            raise PermissionError('it is read-only')
    # What the permissions of a folder mean differs between systems, so a file is created in it.
    trial = _name_beside(target)
    with open(trial, 'xb'):
        pass
    os.unlink(trial)


def write(path: str, text: str) -> None:
    """Replace the file that a path, or the symbolic link there, names. Raises OSError.

    An interruption, or a disk that is full, leaves the earlier file as it was.
    """
    target = os.path.realpath(path)
    temporary = _name_beside(target)
    try:
        with open(temporary, 'x', encoding='utf-8', errors='replace', newline='\n') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _copy_permissions(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def write_reports(paths: Iterable[str], report: Mapping[str, Any], strict: bool) -> list[str]:
    """Write a report to files, each in the format of its ending; return why one wasn't written."""
    from azext_acrhealth.report_writers.writers import WRITERS

    failures = []
    for path in paths:
        text = WRITERS[ending(path)](report, strict)
        try:
            write(path, text)
        except OSError as error:
            failures.append(f"'{sanitize(path)}': {sanitize(error.strerror or error)}")
    return failures


def ending(path: str) -> str:
    """Return the ending of a path in lowercase, with its dot; '' without one."""
    return os.path.splitext(path)[1].lower()


def _name_beside(target: str) -> str:
    """Return the path of a new file in the same folder, which os.replace requires."""
    return os.path.join(os.path.dirname(target), f'.acrhealth-{secrets.token_hex(8)}.tmp')


def _copy_permissions(source: str, target: str) -> None:
    """Set the permissions of a file, and where that is allowed its owner, to those of another."""
    try:
        found = os.stat(source)
    except FileNotFoundError:
        return
    if hasattr(os, 'chown'):  # Windows has none
        with suppress(OSError):
            os.chown(target, found.st_uid, found.st_gid)
    os.chmod(target, stat.S_IMODE(found.st_mode))
