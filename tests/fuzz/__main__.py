# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fuzz the targets, guided by coverage: `python -m tests.fuzz --seconds 60 [TARGET …]`.

Each target runs in a process of its own, for its share of the seconds. An input that breaks a
promise, takes more than a few seconds, or fills the memory is written to --found; with its fix it
goes to found.py.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence

# The variable by which the parent tells its child which target to fuzz.
CHILD = 'ACRHEALTH_FUZZ_TARGET'
LONGEST_INPUT, SECONDS_FOR_AN_INPUT, MEBIBYTES = 64 * 1024, 10, 2048


def fuzz(name: str, arguments: list[str]) -> None:
    """Fuzz a target in this process. Ends the process."""
    import atheris

    with atheris.instrument_imports(include=['azext_acrhealth']):
        from tests.fuzz.targets import TARGETS
    atheris.Setup(arguments, lambda data: TARGETS[name].read(bytes(data)))
    atheris.Fuzz()


def main() -> int:
    """Fuzz each target in turn, and return 1 if something was found."""
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog='python -m tests.fuzz', description=__doc__)
    parser.add_argument('--seconds', type=float, default=60, help='for all targets together (60)')
    parser.add_argument(
        '--found', type=pathlib.Path, default='fuzz-found', help='the folder of inputs to look at'
    )
    parser.add_argument('target', nargs='*', help=f'of {", ".join(TARGETS)}; default: all')
    options = parser.parse_args()
    names = options.target or list(TARGETS)
    unknown = set(names) - set(TARGETS)
    if unknown:
        parser.error(f'unknown targets: {", ".join(sorted(unknown))}')
    failed = []
    for name in names:
        print(f'== {name}', flush=True)
        if not _fuzz_apart(name, TARGETS[name].seeds, options.seconds / len(names), options.found):
            failed.append(name)
    if failed:
        print(f'Found in {", ".join(failed)}; the inputs are in {options.found}.', file=sys.stderr)
    return 1 if failed else 0


def _fuzz_apart(name: str, seeds: Sequence[bytes], seconds: float, found: pathlib.Path) -> bool:
    """Fuzz a target in a process of its own; return whether it found nothing."""
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds):
            (pathlib.Path(folder) / f'{number}').write_bytes(seed)
        command = [
            *(sys.executable, '-m', 'tests.fuzz', folder),
            f'-max_total_time={max(1, round(seconds))}',
            f'-max_len={LONGEST_INPUT}',
            f'-timeout={SECONDS_FOR_AN_INPUT}',
            f'-rss_limit_mb={MEBIBYTES}',
            f'-artifact_prefix={found}/{name}-',
            '-verbosity=0',
            '-print_final_stats=1',
        ]
        environment = {**os.environ, CHILD: name, 'PYTHONUNBUFFERED': '1'}
        finished = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, errors='replace'
        )
    if finished.returncode != 0:
        print(finished.stdout + finished.stderr)
        return False
    statistics = dict(re.findall(r'stat::(\w+):\s+(\d+)', finished.stderr))
    print(
        f'{statistics.get("number_of_executed_units")} inputs, the slowest in '
        f'{statistics.get("slowest_unit_time_sec")} s, at most {statistics.get("peak_rss_mb")} MiB'
    )
    return True


if __name__ == '__main__':
    if os.environ.get(CHILD):
        fuzz(os.environ[CHILD], sys.argv)
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
