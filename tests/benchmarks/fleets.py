# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Many registries: one run of ours beside a shell loop of the predecessor, and what each registry costs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tests.benchmarks.bench import Bench, well
from tests.benchmarks.cases import BARE_CASE, OURS, THEIRS, Case
from tests.benchmarks.figures import Figures, Sample

SIZES, SUBSCRIPTIONS, DEAD = (1, 10, 100), 30, 5
LARGEST, LOOPED = (
    SIZES[-1],
    SIZES[-2],
)  # the loop is run over so many, and reckoned up to the largest
MOST_OF_THE_LOOP, MOST_GROWTH, MOST_PEAK = 1 / 20, 1.2, 150.0
SECONDS_OVER = 1.0
REPEAT, LIMIT = 3, 300.0  # a loop takes long
# What the shell runs, with a registry's name and subscription in turn as its arguments.
LOOP = (
    'while [ $# -gt 0 ]; do "$PYTHON" -m azure.cli acr check-health -n "$1" --subscription "$2" '
    '--yes '
    '--ignore-errors || exit; shift 2; done'
)


def title(size: int, dead: int = 0) -> str:
    """Name a fleet of which so many registries drop packets."""
    return f'{size} registries, {dead} dead' if dead else f'{size} registries'


class Fleets:
    """Fleets of registries, each with a tag of its own, dealt out over subscriptions."""

    def __init__(self, bench: Bench, round_trip: float) -> None:
        self._bench = bench
        self._made = {
            size: bench.sandbox.add_registries(
                size, subscriptions=SUBSCRIPTIONS, prefix=f'fleet{size}x', tags={'fleet': str(size)}
            )
            for size in SIZES
        }
        bench.sandbox.prepare()  # the login finds the subscriptions, which are there by now
        bench.stretch(
            round_trip, [one['loginServer'] for made in self._made.values() for one in made]
        )

    def samples(self, repeat: int) -> Iterator[Sample]:
        """Run all in turn, so many times; the first of each only warms up. The dead come last."""
        for number in range(repeat + 1):
            seen = [self._bench.well(BARE_CASE), *map(self._ours, SIZES)]
            if number:
                yield from (*seen, self._loop(1), self._loop(LOOPED))
        for size, dead in ((1, 1), (LARGEST, DEAD)):
            for one in self._made[size][:: max(1, size // dead)]:
                self._bench.sandbox.set_fault(f'tcp@{one["name"]}', 'silent')
            yield from (self._ours(size, dead) for _ in range(repeat))
            self._bench.sandbox.clear_faults()

    def _ours(self, size: int, dead: int = 0) -> Sample:
        which = ('--all-subscriptions', '--tag', f'fleet={size}')
        sample = self._bench.run(Case(title(size, dead), OURS, (*OURS.split()[1:], *which)), LIMIT)
        failed = sample.output.count('"code": "CONNECTIVITY_CHALLENGE_ERROR"')
        if not dead:
            well(sample)
        if (failed, sample.handshakes_with(self._hosts(size))) != (dead, size - dead):
            raise RuntimeError(f'{title(size, dead)}: {failed} failed:\n{sample.output}')
        return sample

    def _hosts(self, size: int) -> Sequence[str]:
        return [one['loginServer'] for one in self._made[size]]

    def _loop(self, size: int) -> Sample:
        pairs = [word for one in self._made[size] for word in (one['name'], one['subscription'])]
        case = Case(title(size), THEIRS, ('acr', 'check-health', *pairs))
        command = ['env', f'PYTHON={sys.executable}', 'sh', '-c', LOOP, 'loop', *pairs]
        return well(self._bench.time(case, command, LIMIT))


def looped(figures: Figures, size: int) -> float:
    """Return the loop's time, reckoned from fewer registries for the largest fleet."""
    run = min(size, LOOPED)
    return figures.median('wall', title(run), THEIRS) * size / run


def each(figures: Figures, field: str, size: int) -> float:
    """Return what a further registry costs: what is more than for one, which holds all that is paid once."""
    more = figures.median(field, title(size), OURS) - figures.median(field, title(1), OURS)
    return more / (size - 1)


def disappointments(figures: Figures) -> list[str]:
    """Say which expectations of many registries are not met."""
    whole, lost = (figures.median('wall', title(LARGEST, dead), OURS) for dead in (0, DEAD))
    one, found = figures.median('wall', title(1, 1), OURS) + SECONDS_OVER, []
    if whole > looped(figures, LARGEST) * MOST_OF_THE_LOOP:
        found.append(
            f"{LARGEST} registries: {whole:.1f} s, not {MOST_OF_THE_LOOP:g} of the loop's "
            f'{looped(figures, LARGEST):.0f} s at most'
        )
    if lost - whole > one:
        found.append(
            f'{DEAD} dead of {LARGEST}: {lost - whole:.1f} s longer, not {one:.1f} s at most'
        )
    for dead in (0, DEAD):
        peak = figures.median('peak', title(LARGEST, dead), OURS)
        if peak > MOST_PEAK:
            found.append(f'{title(LARGEST, dead)}: {peak:.0f} MiB, not {MOST_PEAK:g} MiB at most')
    growth = each(figures, 'cpu', LARGEST) / each(figures, 'cpu', LOOPED)
    if growth > MOST_GROWTH:
        found.append(
            f'CPU time of each registry: {growth:.2f} times as much of {LARGEST} as of {LOOPED}, '
            f'not {MOST_GROWTH:g} at most'
        )
    return found


def table(figures: Figures) -> str:
    """Return the table in Markdown."""
    rows = []
    for size, dead in ((1, 0), (LOOPED, 0), (LARGEST, 0), (1, 1), (LARGEST, DEAD)):
        wall, cpu, peak = (
            figures.median(field, title(size, dead), OURS) for field in ('wall', 'cpu', 'peak')
        )
        theirs, ratio, more = '', '', ['', '']
        if not dead:
            theirs, ratio = f'{looped(figures, size):.1f} s', f'{wall / looped(figures, size):.3f}'
            theirs += ' (reckoned)' if size > LOOPED else ''
            if size > 1:
                more = [
                    f'{each(figures, "cpu", size) * 1000:.0f} ms',
                    f'{each(figures, "peak", size):.2f} MiB',
                ]
        name = f'{size}, {dead} dead' if dead else f'{size}'
        rows.append(
            (
                name,
                f'{wall:.2f} s',
                theirs,
                ratio,
                f'{cpu:.2f} s',
                more[0],
                f'{peak:.0f} MiB',
                more[1],
            )
        )
    head = (
        'registries',
        f'`{OURS}`',
        'the loop',
        'ratio',
        'CPU time',
        'each further',
        'peak of memory',
        'each further',
    )
    lines = ['| ' + ' | '.join(row) + ' |' for row in (head, ('--:',) * len(head), *rows)]
    return '\n'.join(lines) + '\n'
