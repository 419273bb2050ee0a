# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find and run command-line tools, within a time limit that includes their child processes."""

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
from typing import IO, Any, Literal

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, Table, translate

CommandKind = Literal['NotFound', 'NotExecutable', 'Timeout']
# More than any version or error text, and a bound on memory for a tool that prints endlessly.
OUTPUT = 64 * 1024

START_FAILURES: Table[CommandKind] = (
    (FileNotFoundError, 'NotFound'),
    (PermissionError, 'NotExecutable'),
    (OSError, 'NotExecutable'),  # ENOEXEC, another processor architecture, a directory
    (ValueError, 'NotExecutable'),  # a name with a null byte
)

_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class CompletedCommand:
    """The result of a command: its exit status, or None and a failure."""

    status: int | None
    stdout: str = ''
    stderr: str = ''
    failure: Failure[CommandKind] | None = None

    @property
    def last_line(self) -> str:
        """Return the last line of stderr, else of stdout, usually the reason for a failure."""
        lines = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return lines[-1].strip() if lines else ''


def find(command: str) -> str | None:
    """Return the path of a command's file on PATH, also as WSL's `.exe`; None when there is none.

    Never in the current directory, where another user may have put a file of that name.
    """
    folders = [
        folder for folder in os.environ.get('PATH', '').split(os.pathsep) if os.path.isabs(folder)
    ]
    names = (command, f'{command}.exe')
    found = [shutil.which(name, path=os.pathsep.join(folders)) for name in names]
    if any(path and not os.path.isabs(path) for path in found):
        # Windows searches the current directory before PATH, so the file on PATH may be hidden.
        found += [shutil.which(os.path.join(folder, name)) for folder in folders for name in names]
    return next((path for path in found if path and os.path.isabs(path)), None)


def find_unexecutable(command: str) -> str | None:
    """Return the path of a command's file on PATH that is not executable; None when there is none.

    It tells a file that can't be executed from a missing one.
    """
    folders = [''] if os.path.isabs(command) else os.environ.get('PATH', '').split(os.pathsep)
    paths = [os.path.join(folder, command) if folder else command for folder in folders]
    return next((path for path in paths if os.path.isabs(path) and os.path.isfile(path)), None)


def run(
    command: Sequence[str], deadline: float, limit: float = deadlines.TOOL, given: str | None = None
) -> CompletedCommand:
    """Run a command without a shell; `given` is a line for its standard input.

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
                failure=Failure('NotExecutable', 'its interpreter or loader is missing'),
            )
        return CompletedCommand(
            None, failure=Failure(kind, getattr(error, 'strerror', None) or str(error))
        )
    _running.add(process)
    if process.stdin:
        # A single line fits into the pipe's buffer, so this does not block.
        with suppress(OSError), process.stdin as stream:
            stream.write(f'{given}\n'.encode())
    readers = [_Reader(stream) for stream in (process.stdout, process.stderr) if stream]
    seconds = deadlines.left(deadline, limit)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process)
        stdout, stderr = (reader.text() for reader in readers)
        return CompletedCommand(
            None, stdout, stderr, Failure('Timeout', f'timed out after {seconds:.0f} s')
        )
    finally:
        _running.discard(process)
    stdout, stderr = (reader.text() for reader in readers)
    return CompletedCommand(status, stdout, stderr)


def _own_group() -> dict[str, Any]:
    if sys.platform == 'win32':
        return {'creationflags': subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {'start_new_session': True}


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a tool and its child processes."""
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
        with suppress(OSError):  # it has ended, or (macOS) its group has only zombies left
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):  # blocked in the kernel, where it can't be killed
        process.wait(1)


def kill_all() -> None:
    """Kill every tool that is still running, for example when the user interrupts the command."""
    for process in list(_running):
        kill(process)


class _Reader:
    """A thread that reads a stream to its end, and keeps its first 64 KiB."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
                self._kept += chunk[: OUTPUT - len(self._kept)]

    def text(self) -> str:
        """Return what was read so far, after at most 0.5 s.

        A background process that the tool started may keep the stream open.
        """
        self._thread.join(0.5)
        return decode_output(bytes(self._kept))


def decode_output(output: bytes) -> str:
    """Decode a tool's output as UTF-8, else in the console's code page; never raises."""
    for encoding in ('utf-8-sig', locale.getpreferredencoding(False)):
        try:
            return output.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return output.decode('utf-8', 'replace')
