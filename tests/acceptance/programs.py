# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Small programs that stand on PATH in the place of docker, Helm and the like, and what becomes of their processes."""

from __future__ import annotations

import pathlib
import time

import pytest

# What `docker version --format '{{json .}}'` prints where an engine answers, and where none does.
CLIENT = '{"Client":{"Version":"28.2.2","Os":"linux","Arch":"amd64"},'
ANSWERING, ALONE = CLIENT + '"Server":{"Version":"28.2.2"}}', CLIENT + '"Server":null}'
# Prints its process id into the file beside it, and stays; so does a child that holds its output.
HANGS = 'echo $$ >>"$0.pids"; sleep 300 & echo $! >>"$0.pids"; sleep 300'
GONE_SECONDS = 3.0


def program(folder: pathlib.Path, name: str, text: str, mode: int = 0o755) -> pathlib.Path:
    """Write a shell script; what it calls is found whatever PATH the tested program gets."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n', encoding='utf-8')
    path.chmod(mode)
    return path


def cases(**answers: str) -> str:
    """Return a script that does something of its own for some subcommands (`other` for all the rest)."""
    other = answers.pop('other', 'exit 1')
    branches = ''.join(f'{word.replace("_", "-")}) {text};;\n' for word, text in answers.items())
    return f'case "$1" in\n{branches}*) {other};;\nesac'


def says(text: str) -> str:
    """Return a command that prints a text."""
    quoted = text.replace("'", "'\\''")
    return f"printf '%s\\n' '{quoted}'"


def left_behind(*programs: pathlib.Path) -> list[int]:
    """Return the processes of programs that HANG that are still there after a while."""
    pids = [
        int(word)
        for path in programs
        for word in path.with_name(path.name + '.pids').read_text('ascii').split()
    ]
    assert pids
    until = time.monotonic() + GONE_SECONDS
    while any(map(runs, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return [pid for pid in pids if runs(pid)]


def runs(pid: int) -> bool:
    """Return whether a process is there and has not ended."""
    try:
        return (
            pathlib.Path(f'/proc/{pid}/stat').read_text('latin-1').rsplit(')', 1)[1].split()[0]
            not in 'ZX'
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


def measuring(place: pathlib.Path, python: str, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Let the CLI run under a program that writes its peak of memory, in MiB, into the file that is returned."""
    from tests.sandbox.control.sandbox import CLI_PYTHON

    peak, wrapper = place / 'peak', place / 'python'
    wrapper.write_text(
        f"""#!{python}
import resource, subprocess, sys
status = subprocess.call([{python!r}, *sys.argv[1:]])
open({str(peak)!r}, 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024))
sys.exit(status)
""",
        encoding='utf-8',
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv(CLI_PYTHON, str(wrapper))
    return peak
