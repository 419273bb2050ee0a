# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A sandbox behind a wire with a round-trip time, with the extension installed, in which commands are timed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence

from tests.acceptance.programs import program
from tests.benchmarks import stopwatch
from tests.benchmarks.cases import PROGRAMS, Case
from tests.benchmarks.figures import Sample
from tests.benchmarks.wire import FAR, NEAR, Wire
from tests.sandbox.control.sandbox import Sandbox
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
            program(folder / 'bin', name, text)

    @classmethod
    @contextlib.contextmanager
    def open(cls, wheel: pathlib.Path, folder: pathlib.Path) -> Iterator[Bench]:
        """Start a sandbox, install the extension, and lay the wire."""
        with Sandbox.start() as sandbox:
            done = sandbox.az(
                'extension',
                'add',
                '--source',
                str(wheel),
                '-y',
                login=False,
                env={'AZURE_EXTENSION_DIR': str(folder / 'extensions')},
            )
            if done.code != 0:
                raise RuntimeError(done.stderr)
            sandbox.extension_dir = folder / 'extensions'
            with Wire.lay(sandbox.info['enter']) as wire:
                yield cls(sandbox, wire, folder)

    def stretch(self, round_trip: float, hosts: Iterable[str] = ()) -> None:
        """Return every way to the sandbox a round-trip time, that to its name server too."""
        self._round_trip = round_trip
        self._wire.delay(round_trip)
        for host in (*HOSTS, *hosts):
            self.sandbox.set_dns(host, a=[FAR], slow=round_trip)

    def run(self, case: Case, limit: float = 120.0) -> Sample:
        """Run a case once, with a copy of the same signed-in state of the CLI each time."""
        return self.time(case, [sys.executable, '-m', 'azure.cli', *case.arguments], limit)

    def time(self, case: Case, command: Sequence[str], limit: float) -> Sample:
        """Run a case's command line once."""
        self.sandbox.clear_requests()
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            config, note = (
                self.sandbox.config_dir(pathlib.Path(place) / 'config'),
                pathlib.Path(place) / 'note',
            )
            # Cloud Shell is where the predecessor, too, leaves the checks of the machine out.
            done = self.sandbox.run(
                [sys.executable, '-I', stopwatch.__file__, str(note), str(limit), *command],
                timeout=limit + 30,
                env={
                    'AZURE_CONFIG_DIR': str(config),
                    'AZURE_EXTENSION_DIR': str(self.sandbox.extension_dir),
                    'ACC_CLOUD': None if case.environment else 'PROD',
                    'PATH': f'{self._folder / "bin"}{os.pathsep}{os.environ["PATH"]}',
                },
            )
            code, wall, cpu, peak = note.read_text(encoding='ascii').split()
        requests = [one['host'] for one in self.sandbox.requests()]
        return Sample(
            case,
            self._round_trip,
            float(wall),
            float(cpu),
            float(peak) / 1024,
            int(code),
            self.sandbox.connections()['handshakes'],
            {host: requests.count(host) for host in set(requests)},
            done.stdout + done.stderr,
        )

    def well(self, case: Case) -> Sample:
        """Run a case that must find all well.

        The predecessor, which ignores errors here, says them only.
        """
        return well(self.run(case))


def well(sample: Sample) -> Sample:
    """Return a run back that found all well. Raises RuntimeError for another."""
    if sample.code != 0 or 'ERROR' in sample.output:
        raise RuntimeError(
            f'az {" ".join(sample.case.arguments)} ended with {sample.code}:\n{sample.output}'
        )
    return sample
