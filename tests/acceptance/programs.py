# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Scripts that replace docker, Helm and others on PATH, and the processes that they leave."""

from __future__ import annotations

import pathlib
import time

import pytest

# What `docker version --format '{{json .}}'` prints with and without a running engine.
CLIENT = '{"Client":{"Version":"28.2.2","Os":"linux","Arch":"amd64"},'
ANSWERING, ALONE = CLIENT + '"Server":{"Version":"28.2.2"}}', CLIENT + '"Server":null}'
# Writes its process id to a file beside it and hangs; so does a child that keeps its output open.
HANGS = 'echo $$ >>"$0.pids"; sleep 300 & echo $! >>"$0.pids"; sleep 300'
GONE_SECONDS = 30.0


def write_program(folder: pathlib.Path, name: str, text: str, mode: int = 0o755) -> pathlib.Path:
    """Write a shell script that finds its commands whatever PATH the tested program gets."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n', encoding='utf-8')
    path.chmod(mode)
    return path


def script_of(**subcommands: str) -> str:
    """Return a script with a command for each subcommand; `other` is for all other subcommands."""
    other = subcommands.pop('other', 'exit 1')
    branches = ''.join(
        f'{word.replace("_", "-")}) {text};;\n' for word, text in subcommands.items()
    )
    return f'case "$1" in\n{branches}*) {other};;\nesac'


def printing(text: str) -> str:
    """Return a command that prints a text."""
    quoted = text.replace("'", "'\\''")
    return f"printf '%s\\n' '{quoted}'"


def surviving_processes(*programs: pathlib.Path) -> list[int]:
    """Return the processes of programs with HANGS that still run after GONE_SECONDS."""
    pids = [
        int(word)
        for path in programs
        for word in path.with_name(path.name + '.pids').read_text('ascii').split()
    ]
    assert pids
    until = time.monotonic() + GONE_SECONDS
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return [pid for pid in pids if is_running(pid)]


def is_running(pid: int) -> bool:
    """Return whether a process exists and has not ended."""
    try:
        return (
            pathlib.Path(f'/proc/{pid}/stat').read_text('latin-1').rsplit(')', 1)[1].split()[0]
            not in 'ZX'
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


def record_peak(folder: pathlib.Path, python: str, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Run the CLI under a program that records its peak memory, in MiB, in the returned file."""
    from tests.sandbox.control.sandbox import CLI_PYTHON

    peak, wrapper = folder / 'peak', folder / 'python'
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
