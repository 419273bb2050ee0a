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
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Literal, NamedTuple

from azext_acrhealth.machine_limits import (
    raise_limit,
    raise_limit_of_program,
    raise_start_limit,
)
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, Table, translate
from azext_acrhealth.threads import start

CommandKind = Literal['NotFound', 'NotExecutable', 'Timeout']
# More than any version or error text, and a bound on memory for a tool that prints endlessly.
OUTPUT = 64 * 1024

START_FAILURES: Table[CommandKind] = (
    (FileNotFoundError, 'NotFound'),
    (PermissionError, 'NotExecutable'),
    (OSError, 'NotExecutable'),  # ENOEXEC, another processor architecture, a directory
    (ValueError, 'NotExecutable'),  # a name with a null byte
)


class CompletedCommand(NamedTuple):
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


class CommandRunner:
    """Runs the tools of one run of checks, and kills those that are left when it ends."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        # A tool is started and recorded in one step, so that `kill_all` overlooks none.
        self._lock, self._ended = threading.Lock(), False

    def run(
        self,
        command: Sequence[str],
        deadline: float,
        limit: float = deadlines.TOOL,
        given: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> CompletedCommand:
        """Run a command without a shell; `given` is a line for its standard input.

        `environment` is added to this process's own. When its time is up, its whole process group
        is killed. Raises LimitReached if this machine has no memory or no processes left for it.
        """
        started = self._start(command, given is not None, environment)
        if isinstance(started, CompletedCommand):
            return started
        try:
            completed = _complete(started, deadlines.left(deadline, limit), given)
        except BaseException:
            kill(started)  # nothing reads what it prints, or waits for its end
            for pipe in filter(None, (started.stdin, started.stdout, started.stderr)):
                with suppress(OSError):
                    pipe.close()
            raise
        finally:
            self._running.discard(started)
        if completed.status:
            raise_limit_of_program(os.path.basename(command[0]), completed.stderr)
        return completed

    def _start(
        self, command: Sequence[str], has_input: bool, environment: Mapping[str, str] | None
    ) -> subprocess.Popen[bytes] | CompletedCommand:
        with self._lock:
            if self._ended:
                return CompletedCommand(None, failure=Failure('Timeout', 'the run was interrupted'))
            started = _start(command, has_input, environment)
            if not isinstance(started, CompletedCommand):
                self._running.add(started)
            return started

    def kill_all(self) -> None:
        """Kill every tool that is still running, and start no more."""
        # A start that hangs in the system must not keep the others alive.
        locked = self._lock.acquire(timeout=1)  # pylint: disable=consider-using-with
        try:
            self._ended = True
            left = list(self._running)
        finally:
            if locked:
                self._lock.release()
        for process in left:
            kill(process)


def _start(
    command: Sequence[str], has_input: bool, environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes] | CompletedCommand:
    """Start a command in a process group of its own."""
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment} if environment else None,
            **_own_group(),
        )
    except (OSError, ValueError) as error:
        raise_start_limit(error)
        kind = translate(error, START_FAILURES).kind
        if kind == 'NotFound' and os.path.isfile(command[0]):
            return CompletedCommand(
                None,
                failure=Failure('NotExecutable', 'its interpreter or loader is missing'),
            )
        return CompletedCommand(
            None, failure=Failure(kind, getattr(error, 'strerror', None) or str(error))
        )


def _complete(
    process: subprocess.Popen[bytes], seconds: float, given: str | None
) -> CompletedCommand:
    """Feed a command, wait for its end, and return what it printed."""
    if process.stdin:
        # A single line fits into the pipe's buffer, so this does not block.
        with suppress(OSError), process.stdin as stream:
            stream.write(f'{given}\n'.encode())
    readers = [_Reader(stream) for stream in (process.stdout, process.stderr) if stream]
    failure: Failure[CommandKind] | None = None
    status: int | None = None
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process)
        failure = Failure('Timeout', f'timed out after {seconds:.0f} s')
    stdout, stderr = (reader.text() for reader in readers)
    return CompletedCommand(status, stdout, stderr, failure)


def _own_group() -> dict[str, Any]:
    if sys.platform == 'win32':
        return {'creationflags': subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {'start_new_session': True}


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a tool and its child processes."""
    if sys.platform == 'win32':
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [_taskkill(), '/F', '/T', '/PID', str(process.pid)],
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


def _taskkill() -> str:
    """Return the path of Windows' own program; a bare name would search the current folder."""
    root = os.environ.get('SystemRoot') or r'C:\Windows'
    return root.rstrip('\\') + r'\System32\taskkill.exe'


class _Reader:
    """A thread that reads a stream to its end, and keeps its first 64 KiB."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept, self._ended = stream, bytearray(), threading.Event()
        self._error: Exception | None = None
        start(self._read)

    def _read(self) -> None:
        try:
            with self._stream:
                while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
                    self._kept += chunk[: OUTPUT - len(self._kept)]
        except (OSError, MemoryError) as error:
            self._error = error
        finally:
            self._ended.set()

    def text(self) -> str:
        """Return what was read so far, after at most 0.5 s.

        A background process that the tool started may keep the stream open. Raises LimitReached if
        there was no memory to read it.
        """
        self._ended.wait(0.5)
        if self._error:
            raise_limit(self._error)
        return decode_output(bytes(self._kept))


def decode_output(output: bytes) -> str:
    """Decode a tool's output as UTF-8, else in the console's code page; never raises."""
    for encoding in ('utf-8-sig', locale.getpreferredencoding(False)):
        try:
            return output.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return output.decode('utf-8', 'replace')
