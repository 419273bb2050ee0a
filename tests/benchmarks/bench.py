# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Time commands in a sandbox with the extension, behind a wire with a round-trip time."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence

from tests.acceptance.programs import write_program
from tests.benchmarks import stopwatch
from tests.benchmarks.cases import PROGRAMS, Case
from tests.benchmarks.figures import Sample
from tests.benchmarks.wire import FAR, NEAR, Wire
from tests.sandbox.control.sandbox import Sandbox, az_command
from tests.sandbox.services import cloud

LOGIN_SERVER = f'contoso{cloud.SUFFIX}'
HOSTS = {
    LOGIN_SERVER: 'login server',
    cloud.ARM_HOST: 'Resource Manager',
    cloud.LOGIN_HOST: 'Entra',
}


class Bench:
    """A sandbox behind a wire, with the extension installed."""

    def __init__(self, sandbox: Sandbox, wire: Wire, folder: pathlib.Path) -> None:
        self.sandbox, self._wire, self._folder = sandbox, wire, folder
        self._round_trip = 0.0
        sandbox.set_address(NEAR)
        for name, text in PROGRAMS.items():
            write_program(folder / 'bin', name, text)

    @classmethod
    @contextlib.contextmanager
    def open(cls, wheel: pathlib.Path, folder: pathlib.Path) -> Iterator[Bench]:
        """Start a sandbox, install the extension, and lay the wire."""
        with Sandbox.start() as sandbox:
            finished = sandbox.az(
                'extension',
                'add',
                '--source',
                str(wheel),
                '-y',
                login=False,
                env={'AZURE_EXTENSION_DIR': str(folder / 'extensions')},
            )
            if finished.code != 0:
                raise RuntimeError(finished.stderr)
            sandbox.extension_dir = folder / 'extensions'
            with Wire.start(sandbox.info['enter']) as wire:
                yield cls(sandbox, wire, folder)

    def set_round_trip(self, round_trip: float, hosts: Iterable[str] = ()) -> None:
        """Set the round-trip time of all connections to the sandbox, its DNS server included."""
        self._round_trip = round_trip
        self._wire.delay(round_trip)
        for host in (*HOSTS, *hosts):
            self.sandbox.set_dns(host, a=[FAR], slow=round_trip)

    def run(self, case: Case, limit: float = 120.0) -> Sample:
        """Run a case once, with a fresh copy of the same signed-in state of the CLI."""
        return self.time(case, az_command(*case.arguments), limit)

    def time(self, case: Case, command: Sequence[str], limit: float) -> Sample:
        """Run a case's command line once."""
        self.sandbox.clear_requests()
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            config, note = (
                self.sandbox.config_dir(pathlib.Path(folder) / 'config'),
                pathlib.Path(folder) / 'note',
            )
            # In Cloud Shell the predecessor skips the checks of the machine, too.
            finished = self.sandbox.run(
                [sys.executable, '-I', stopwatch.__file__, str(note), str(limit), *command],
                timeout=limit + 30,
                env={
                    **self.sandbox.cli_environment(config),
                    'ACC_CLOUD': None if case.environment else 'PROD',
                    'PATH': f'{self._folder / "bin"}{os.pathsep}{os.environ["PATH"]}',
                },
            )
            code, wall, cpu, peak, descriptors = note.read_text(encoding='ascii').split()
        requests = [request['host'] for request in self.sandbox.requests()]
        return Sample(
            case,
            self._round_trip,
            float(wall),
            float(cpu),
            float(peak) / 1024,
            int(code),
            self.sandbox.connections()['handshakes'],
            {host: requests.count(host) for host in set(requests)},
            finished.stdout + finished.stderr,
            int(descriptors),
        )

    def run_healthy(self, case: Case) -> Sample:
        """Run a case whose result must be healthy.

        The predecessor, which ignores errors here, says them only.
        """
        return require_healthy(self.run(case))


def require_healthy(sample: Sample) -> Sample:
    """Return a healthy run. Raises RuntimeError for another."""
    if sample.code != 0 or 'ERROR' in sample.output:
        raise RuntimeError(
            f'az {" ".join(sample.case.arguments)} ended with {sample.code}:\n{sample.output}'
        )
    return sample
