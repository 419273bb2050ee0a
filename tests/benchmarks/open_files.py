# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A thousand registries where few files can be open: verdicts, descriptors, and memory."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.benchmarks import stopwatch
from tests.benchmarks.bench import Bench
from tests.benchmarks.cases import OURS, Case
from tests.benchmarks.figures import Sample
from tests.sandbox.control.sandbox import az_command

# macOS allows 256 open files; the hard limit is set, too, so that the process can't raise it.
OPEN_FILES = 256
SIZES, SUBSCRIPTIONS, LIMIT = (100, 1000), 30, 300.0
# Of so many registries, the first ones have a fault each. With the fault goes the reason that the
# registry must get, and no other one.
GROUP = 25
FAULTS: Sequence[tuple[str, str, str]] = (
    ('tcp', 'silent', 'ConnectTimeout'),
    ('tcp', 'refuse', 'ConnectionRefused'),
    ('tls', 'cert:expired', 'CertificateExpired'),
    ('exchange', 'status:401', 'Unauthorized'),
)
# The samples of two runs never catch quite the same instant.
MOST_MORE_DESCRIPTORS = 16
# Each registry may take so many times the memory that its part of the result takes in a program
# that only reads the result and writes it again.
MOST_OVER_RESULT = 1.5
MOST_PEAK = 200.0  # MiB
# The CPU time of each additional registry may be so many times that of the first ones.
MOST_GROWTH = 1.2
READ_AND_WRITE = (
    'import json, sys; result = json.load(open(sys.argv[1])); text = json.dumps(result, indent=2)'
)
SHOWN = 5


class LimitedRun(NamedTuple):
    """A run of registries under the limit.

    `wrong` describes each verdict that isn't right; `result_peak` is the peak memory (MiB) of a
    program that reads the result and writes it.
    """

    size: int
    sample: Sample
    wrong: Sequence[str] = ()
    result_peak: float = 0.0


def limited_runs(bench: Bench, round_trip: float) -> Iterator[LimitedRun]:
    """Run the checks once for each size, on registries of which some have faults."""
    expected = {size: _add_registries(bench, size) for size in SIZES}
    bench.sandbox.prepare()
    hosts = [host for registries in expected.values() for host in registries]
    bench.set_round_trip(round_trip, hosts)
    for size, reasons in expected.items():
        selection = ('--all-subscriptions', '--tag', f'limited={size}')
        case = Case(f'{size} under a limit', OURS, (*OURS.split()[1:], *selection))
        limited = ('sh', '-c', f'ulimit -n {OPEN_FILES} && exec "$@"', 'sh')
        command = (*limited, *az_command(*case.arguments))
        sample = bench.time(case, command, LIMIT)
        report = result_of(sample)
        yield LimitedRun(size, sample, wrong_verdicts(report, reasons), _result_peak(report))


def _add_registries(bench: Bench, size: int) -> dict[str, str]:
    """Add registries, and return the reason that each must get, by login server, if any."""
    added = bench.sandbox.add_registries(
        size, subscriptions=SUBSCRIPTIONS, prefix=f'limited{size}x', tags={'limited': str(size)}
    )
    reasons: dict[str, str] = {}
    for number, registry in enumerate(added):
        host = registry['loginServer']
        reasons[host] = ''
        if number % GROUP < len(FAULTS):
            stage, spec, reasons[host] = FAULTS[number % GROUP]
            bench.sandbox.set_fault(f'{stage}@{host}', spec)
    return reasons


def result_of(sample: Sample) -> Any:
    """Return the result that a run printed. Raises RuntimeError if there is none."""
    try:
        return json.JSONDecoder().raw_decode(sample.output)[0]
    except ValueError:
        command = ' '.join(sample.case.arguments)
        raise RuntimeError(f'az {command} ended with {sample.code}:\n{sample.output}') from None


def wrong_verdicts(report: Any, reasons: Mapping[str, str]) -> list[str]:
    """Return a description of each registry whose verdict isn't the right one."""
    found: dict[str, list[str]] = {}
    for row in report['checks']:
        if row['status'] in ('Failed', 'Warning'):
            found.setdefault(row['registry'], []).append(row['reason'])
    registries = {registry['loginServer']: registry for registry in report['registries']}
    wrong = [f'{host}: missing' for host in reasons if host not in registries]
    wrong += [f'{host}: unexpected' for host in registries if host not in reasons]
    for host in reasons.keys() & registries.keys():
        registry, reason = registries[host], reasons[host]
        verdict = (registry['healthy'], registry['canLogin'], found.get(registry['name'], []))
        if verdict != ((False, 'no', [reason]) if reason else (True, 'yes', [])):
            wrong.append(f'{host}: {verdict}, not {reason or "healthy"}')
    return wrong + [f'the run: {reason}' for reason in found.get(None, [])]  # type: ignore[call-overload]


def _result_peak(report: Any) -> float:
    with tempfile.TemporaryDirectory() as folder:
        result, note = pathlib.Path(folder) / 'result.json', pathlib.Path(folder) / 'note'
        result.write_text(json.dumps(report, indent=2), encoding='utf-8')
        command = [sys.executable, '-I', '-c', READ_AND_WRITE, str(result)]
        subprocess.run(
            [sys.executable, '-I', stopwatch.__file__, str(note), str(LIMIT), *command], check=True
        )
        return float(note.read_text(encoding='ascii').split()[3]) / 1024


def additional(runs: Sequence[LimitedRun]) -> tuple[float, float]:
    """Return the MiB of each additional registry: in our runs, and where only the result counts."""
    fewer, more = runs[0], runs[-1]
    count = more.size - fewer.size
    return (
        (more.sample.peak - fewer.sample.peak) / count,
        (more.result_peak - fewer.result_peak) / count,
    )


def growth(runs: Sequence[LimitedRun], one: float) -> float:
    """Return the growth of the CPU time of each registry; one alone takes `one` seconds."""
    fewer, more = runs[0], runs[-1]
    first = (fewer.sample.cpu - one) / (fewer.size - 1)
    return (more.sample.cpu - fewer.sample.cpu) / (more.size - fewer.size) / first


def unmet_expectations(runs: Sequence[LimitedRun], one: float) -> list[str]:
    """Return the expectations of runs under the limit that aren't met.

    A run of a single registry takes `one` seconds of CPU time.
    """
    unmet = []
    for run in runs:
        where = f'{run.size} registries and {OPEN_FILES} open files'
        unmet += [f'{where}: {verdict}' for verdict in run.wrong[:SHOWN]]
        if len(run.wrong) > SHOWN:
            unmet.append(f'{where}: {len(run.wrong)} verdicts are wrong')
        if run.sample.code != 1 or 'Traceback' in run.sample.output:
            unmet.append(f'{where}: exit code {run.sample.code}, or a traceback')
    fewer, more = runs[0].sample.descriptors, runs[-1].sample.descriptors
    if more > fewer + MOST_MORE_DESCRIPTORS:
        unmet.append(
            f'{more} descriptors with {runs[-1].size} registries, {fewer} with {runs[0].size}'
        )
    if runs[-1].sample.peak > MOST_PEAK:
        unmet.append(
            f'{runs[-1].sample.peak:.0f} MiB with {runs[-1].size} registries, not {MOST_PEAK:g} '
            'MiB at most'
        )
    grown = growth(runs, one)
    if grown > MOST_GROWTH:
        unmet.append(
            f'each registry after {runs[0].size} takes {grown:.2f} times the CPU time of those, '
            f'not {MOST_GROWTH:g} at most'
        )
    ours, result = additional(runs)
    if ours > MOST_OVER_RESULT * result:
        unmet.append(
            f'{ours:.2f} MiB for each additional registry, not {MOST_OVER_RESULT:g} times the '
            f'{result:.2f} MiB of its result at most'
        )
    return unmet


def table(runs: Sequence[LimitedRun]) -> str:
    """Return the table in Markdown."""
    head = (
        'registries',
        'faulty',
        f'`{OURS}`',
        'wrong verdicts',
        'CPU time',
        'open descriptors',
        'peak memory',
        'each additional',
        'its result alone',
    )
    rows = [head, ('--:',) * len(head)]
    for run in runs:
        more = ('', '')
        if run is not runs[0]:
            ours, result = additional(runs)
            more = (f'{ours:.2f} MiB', f'{result:.2f} MiB')
        rows.append(
            (
                f'{run.size}',
                f'{run.size * len(FAULTS) // GROUP}',
                f'{run.sample.wall:.1f} s',
                f'{len(run.wrong)}',
                f'{run.sample.cpu:.1f} s',
                f'{run.sample.descriptors}',
                f'{run.sample.peak:.0f} MiB',
                *more,
            )
        )
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows) + '\n'
