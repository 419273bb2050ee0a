# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find and run command-line tools, within a time limit that holds for everything they start."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, translate

# More than any version or error text; a tool that prints without end fills no memory.
OUTPUT = 64 * 1024

START_FAILURES = (
    (FileNotFoundError, 'NotFound'),
    (PermissionError, 'NotExecutable'),
    (OSError, 'NotExecutable'),  # ENOEXEC, a wrong processor, a directory
    (ValueError, 'NotExecutable'),  # a name that no system takes
)

_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class CompletedCommand:
    """A tool's end. `failure.kind` is NotFound, NotExecutable or Timeout.

    Otherwise `status` is its exit status.
    """

    status: int | None
    stdout: str = ''
    stderr: str = ''
    failure: Failure | None = None

    @property
    def said(self) -> str:
        """Return the last line that the tool wrote to say why it failed."""
        lines = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return lines[-1].strip() if lines else ''


def find(command: str) -> str | None:
    """Find a command's file on PATH, never in the current folder, which may be anybody's.

    Also as WSL's `.exe`.
    """
    folders = [
        folder for folder in os.environ.get('PATH', '').split(os.pathsep) if os.path.isabs(folder)
    ]
    names = (command, f'{command}.exe')
    found = [shutil.which(name, path=os.pathsep.join(folders)) for name in names]
    if any(path and not os.path.isabs(path) for path in found):
        # Windows looks in the current folder first, whatever the path says: the real one may lie
        # behind that one.
        found += [shutil.which(os.path.join(folder, name)) for folder in folders for name in names]
    return next((path for path in found if path and os.path.isabs(path)), None)


def unexecutable(command: str) -> str | None:
    """Find a file of that name on PATH that the system would not execute, so that it is not said to be missing."""
    folders = [''] if os.path.isabs(command) else os.environ.get('PATH', '').split(os.pathsep)
    paths = [os.path.join(folder, command) if folder else command for folder in folders]
    return next((path for path in paths if os.path.isabs(path) and os.path.isfile(path)), None)


def run(
    command: Sequence[str], deadline: float, limit: float = deadlines.TOOL, given: str | None = None
) -> CompletedCommand:
    """Run a tool without a shell, and with no input but a `given` line.

    When its time is up, its whole process group is killed.
    """
    try:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            list(command),
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_own_group(),
        )
    except (OSError, ValueError) as error:
        kind = translate(error, START_FAILURES).kind
        if kind == 'NotFound' and os.path.isfile(command[0]):
            return CompletedCommand(
                None,
                failure=Failure(
                    'NotExecutable', 'the interpreter or loader that it names is not there'
                ),
            )
        return CompletedCommand(
            None, failure=Failure(kind, getattr(error, 'strerror', None) or str(error))
        )
    _running.add(process)
    if process.stdin:
        # So little fits into the pipe, whether it is read or not.
        with suppress(OSError), process.stdin as stream:
            stream.write(f'{given}\n'.encode())
    readers = [_Reader(stream) for stream in (process.stdout, process.stderr) if stream]
    seconds = deadlines.left(deadline, limit)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process)
        out, err = (reader.text() for reader in readers)
        return CompletedCommand(None, out, err, Failure('Timeout', f'no end after {seconds:.0f} s'))
    finally:
        _running.discard(process)
    out, err = (reader.text() for reader in readers)
    return CompletedCommand(status, out, err)


def _own_group() -> dict[str, Any]:
    if sys.platform == 'win32':
        return {'creationflags': subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {'start_new_session': True}


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a tool and all that it started."""
    if sys.platform == 'win32':
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ['taskkill', '/F', '/T', '/PID', str(process.pid)],
                check=False,
                capture_output=True,
                timeout=5,
            )
        with suppress(OSError):
            process.kill()
    else:
        with suppress(OSError):  # it has ended, or (macOS) only its dead are left
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):  # stuck in the kernel; it is left to it
        process.wait(1)


def kill_all() -> None:
    """Kill every tool that is still running, as when the user interrupts the command."""
    for process in list(_running):
        kill(process)


class _Reader:
    """Reads a stream to its end in a thread of its own, and keeps its beginning."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
                self._kept += chunk[: OUTPUT - len(self._kept)]

    def text(self) -> str:
        """Return what was read; a process left in the background may hold the stream open, so do not wait for long."""
        self._thread.join(0.5)
        return decoded(bytes(self._kept))


def decoded(output: bytes) -> str:
    """Decode a tool's output: UTF-8 when it is, else the console's code page, never an error."""
    for encoding in ('utf-8-sig', locale.getpreferredencoding(False)):
        try:
            return output.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return output.decode('utf-8', 'replace')
