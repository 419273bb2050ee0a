# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real proxies and a real DNS server inside a sandbox: tinyproxy, squid, mitmproxy, dnsmasq."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence

from tests.sandbox.control.sandbox import PROJECT, Sandbox

PORT, START_SECONDS = 8899, 20.0
# mitmproxy needs other versions of libraries of azure-cli, so it has its own virtual environment.
MITMDUMP = PROJECT / '.venv-mitmproxy' / 'bin' / 'mitmdump'
USER, PASSWORD = 'joe', 'a-proxy-password'


@contextlib.contextmanager
def daemon(
    sandbox: Sandbox, command: Sequence[str], port: int = PORT, address: str = ''
) -> Iterator[str]:
    """Run a program for the block, once something listens on its port; yield its URL.

    `address` is its IPv4 address if something else listens on the port at another one.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*sandbox.info['enter'], *command],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=sandbox.variables(),
        )
        try:
            until = time.monotonic() + START_SECONDS
            while not _listens(process.pid, port, address):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise RuntimeError(
                        f'{command[0]}: {log.read().decode("utf-8", "replace")[-2000:]}'
                    )
                time.sleep(0.05)
            yield f'http://127.0.0.1:{port}'
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _listens(pid: int, port: int, address: str) -> bool:
    """Return whether a socket listens on a port in the network namespace of a process.

    It has the state 0A in /proc/PID/net/tcp, with the bytes of its address reversed (proc(5)).
    """
    place = f'{socket.inet_aton(address)[::-1].hex().upper() if address else ""}:{port:04X}'
    try:
        lines = [
            line.split()
            for name in ('tcp', 'tcp6')
            for line in pathlib.Path(f'/proc/{pid}/net/{name}').read_text('ascii').splitlines()[1:]
        ]
    except OSError:
        return False
    return any(fields[3] == '0A' and fields[1].endswith(place) for fields in lines)


@contextlib.contextmanager
def tinyproxy(sandbox: Sandbox, *lines: str) -> Iterator[str]:
    """Run tinyproxy; `lines` are added to its settings."""
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as settings:
        settings.write(
            '\n'.join(
                (
                    f'Port {PORT}',
                    'Listen 127.0.0.1',
                    'Timeout 30',
                    'MaxClients 50',
                    *(lines or ('ConnectPort 443',)),
                )
            )
            + '\n'
        )
        settings.flush()
        os.chmod(settings.name, 0o644)
        with daemon(sandbox, ['tinyproxy', '-d', '-c', settings.name]) as address:
            yield address


@contextlib.contextmanager
def squid(sandbox: Sandbox, *lines: str) -> Iterator[str]:
    """Run squid; `lines` are its rules."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        passwords = pathlib.Path(folder) / 'passwords'
        digest = subprocess.run(
            ['openssl', 'passwd', '-apr1', PASSWORD], check=True, capture_output=True, text=True
        )
        passwords.write_text(f'{USER}:{digest.stdout}', encoding='ascii')
        rules = [line.replace('PASSWORDS', str(passwords)) for line in lines] or [
            'http_access allow all'
        ]
        settings = pathlib.Path(folder) / 'squid.conf'
        settings.write_text(
            '\n'.join(
                (
                    f'http_port 127.0.0.1:{PORT}',
                    *rules,
                    'cache deny all',
                    'access_log none',
                    'cache_log stdio:/dev/null',
                    'pid_filename none',
                    'memory_cache_shared off',
                    'shutdown_lifetime 0 seconds',
                    'netdb_filename none',
                    f'coredump_dir {folder}',
                    'visible_hostname squid.sandbox.test',
                    'dns_nameservers 127.0.0.1',
                )
            )
            + '\n',
            encoding='ascii',
        )
        with daemon(sandbox, ['squid', '-N', '-f', str(settings)]) as address:
            yield address


@contextlib.contextmanager
def mitmproxy(sandbox: Sandbox) -> Iterator[tuple[str, pathlib.Path]]:
    """Run mitmproxy, which inspects TLS; yield its URL and the certificate of its authority."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(MITMDUMP),
            '-q',
            '--set',
            f'confdir={folder}',
            '--listen-host',
            '127.0.0.1',
            '-p',
            str(PORT),
            '--set',
            f'ssl_verify_upstream_trusted_ca={sandbox.info["ca"]}',
        ]
        with daemon(sandbox, command) as address:
            yield address, pathlib.Path(folder) / 'mitmproxy-ca-cert.pem'


@contextlib.contextmanager
def dnsmasq(sandbox: Sandbox, *options: str) -> Iterator[None]:
    """Make dnsmasq the DNS server of the machine.

    What it does not know it queries from the sandbox's own server.
    """
    command = [
        'dnsmasq',
        '-k',
        '--no-resolv',
        '--no-hosts',
        '--user=root',
        '--bind-interfaces',
        '--pid-file=',
        '--listen-address=127.0.0.9',
        '--conf-file=/dev/null',
        '--server=127.0.0.1',
        *options,
    ]
    with daemon(sandbox, command, 53, '127.0.0.9'), dns_settings(sandbox, ('127.0.0.9',)):
        yield


@contextlib.contextmanager
def dns_settings(sandbox: Sandbox, servers: Sequence[str], *lines: str) -> Iterator[None]:
    """Give the machine these DNS servers, and more lines of resolv.conf(5), for the block."""
    resolver = sandbox.directory / 'etc' / 'resolv.conf'
    before = resolver.read_text(encoding='ascii')
    # The file is bind-mounted into the sandbox, so it is written in place, not replaced.
    text = before.replace('nameserver 127.0.0.1', '\n'.join(f'nameserver {ip}' for ip in servers))
    resolver.write_text('\n'.join((text.rstrip(), *lines, '')), encoding='ascii')
    try:
        yield
    finally:
        resolver.write_text(before, encoding='ascii')
