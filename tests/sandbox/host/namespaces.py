# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private mount and network namespaces for the sandbox, or DNS by nss_wrapper without them."""

from __future__ import annotations

import ctypes
import glob
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Optional

PRIVATE = ('unshare', '--mount', '--net', '--propagation', 'private')
PRIVATE_WITHOUT_ROOT = (
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    '--net',
    '--propagation',
    'private',
)
# The files that decide how a name is resolved, and their contents inside. nsswitch.conf is among
# them: nss-resolve queries systemd over a socket in the file system, which a network namespace
# does not hide.
RESOLVER_FILES = {
    '/etc/resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
    '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
    '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n',
}
CACHING_DAEMONS = ('/run/nscd', '/var/run/nscd')
PR_SET_PDEATHSIG = 1
SIGKILL = 9


def private_command() -> Optional[Sequence[str]]:
    """Return the command that makes namespaces here; None where they are not permitted."""
    for command in (PRIVATE, PRIVATE_WITHOUT_ROOT):
        if command is PRIVATE and os.geteuid() != 0:
            continue
        if not shutil.which(command[0]):
            return None
        # Some containers permit the namespaces and forbid mounts, so the trial mounts.
        trial = subprocess.run(
            [*command, 'sh', '-c', 'mount --bind /etc/hosts /etc/hosts'],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        if trial.returncode == 0:
            return command
    return None


def enter_command(pid: int, without_root: bool) -> list[str]:
    """Return the command line that enters the namespaces of a sandbox."""
    return [
        'nsenter',
        '--target',
        str(pid),
        '--mount',
        '--net',
        *(['--user', '--preserve-credentials'] if without_root else []),
        '--',
    ]


def re_execute(command: Sequence[str], arguments: Sequence[str]) -> None:
    """Execute the same program inside namespaces.

    The process id stays, so that parents keep their child.
    """
    kind = 'user' if command is PRIVATE_WITHOUT_ROOT else 'root'
    os.execvp(
        command[0], [*command, sys.executable, '-m', 'tests.sandbox', '--inside', kind, *arguments]
    )


def hide_resolver(directory: pathlib.Path) -> None:
    """Mount the sandbox's own resolver files over the machine's, in this mount namespace only."""
    folder = directory / 'etc'
    folder.mkdir(parents=True, exist_ok=True)
    for target, text in RESOLVER_FILES.items():
        source = folder / os.path.basename(target)
        source.write_text(text, encoding='ascii')
        if os.path.exists(target):
            subprocess.run(['mount', '--bind', str(source), os.path.realpath(target)], check=True)
    for daemon in CACHING_DAEMONS:
        if os.path.isdir(daemon) and not os.path.islink(daemon):
            subprocess.run(['mount', '-t', 'tmpfs', 'none', daemon], check=False)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def nss_wrapper() -> Optional[str]:
    """Return the path of libnss_wrapper.so, or None."""
    patterns = [
        '/usr/lib/*/libnss_wrapper.so',
        '/usr/lib/libnss_wrapper.so',
        '/usr/lib64/libnss_wrapper.so',
    ]
    return next((path for pattern in patterns for path in sorted(glob.glob(pattern))), None)
