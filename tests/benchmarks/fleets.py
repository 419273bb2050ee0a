# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Many registries: a single run, a shell loop of the predecessor, and the cost per registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.benchmarks.bench import Bench, require_healthy
from tests.benchmarks.cases import BARE_CASE, OURS, THEIRS, Case
from tests.benchmarks.figures import Figures, Sample
from tests.sandbox.control.sandbox import az_command

SIZES, SUBSCRIPTIONS, DEAD = (1, 10, 100), 30, 5
LARGEST, LOOPED = (
    SIZES[-1],
    SIZES[-2],
)  # the loop runs over so many, and is extrapolated to the largest
MOST_OF_THE_LOOP, MOST_PEAK = 1 / 20, 150.0
# The CPU time of each registry after the first, as a share of the predecessor's for one: where it
# was set, 15 ms of 0.50 s.
MOST_OF_THEIR_CPU = 0.03
SECONDS_OVER = 1.0
REPEAT, LIMIT = 3, 300.0  # a loop takes long
# The shell script; its arguments are pairs of a registry's name and its subscription.
LOOP = (
    'while [ $# -gt 0 ]; do "$PYTHON" -m azure.cli acr check-health -n "$1" --subscription "$2" '
    '--yes '
    '--ignore-errors || exit; shift 2; done'
)


def title(size: int, dead: int = 0) -> str:
    """Return the title of a fleet of which `dead` registries drop packets."""
    return f'{size} registries, {dead} unreachable' if dead else f'{size} registries'


class Fleets:
    """Fleets of registries, each with a tag of its own, spread over subscriptions."""

    def __init__(self, bench: Bench, round_trip: float) -> None:
        self._bench = bench
        self._made = {
            size: bench.sandbox.add_registries(
                size, subscriptions=SUBSCRIPTIONS, prefix=f'fleet{size}x', tags={'fleet': str(size)}
            )
            for size in SIZES
        }
        bench.sandbox.prepare()  # the login finds the subscriptions, which are there by now
        bench.set_round_trip(
            round_trip,
            [
                registry['loginServer']
                for registries in self._made.values()
                for registry in registries
            ],
        )

    def samples(self, repeat: int) -> Iterator[Sample]:
        """Run all in turn, `repeat` times after a warm-up; dead registries come last."""
        for number in range(repeat + 1):
            samples = [self._bench.run_healthy(BARE_CASE), *map(self._ours, SIZES)]
            if number:
                yield from (*samples, self._loop(1), self._loop(LOOPED))
        for size, dead in ((1, 1), (LARGEST, DEAD)):
            for registry in self._made[size][:: max(1, size // dead)]:
                self._bench.sandbox.set_fault(f'tcp@{registry["name"]}', 'silent')
            yield from (self._ours(size, dead) for _ in range(repeat))
            self._bench.sandbox.clear_faults()

    def _ours(self, size: int, dead: int = 0) -> Sample:
        selection = ('--all-subscriptions', '--tag', f'fleet={size}')
        sample = self._bench.run(
            Case(title(size, dead), OURS, (*OURS.split()[1:], *selection)), LIMIT
        )
        failed = sample.output.count('"code": "CONNECTIVITY_CHALLENGE_ERROR"')
        if not dead:
            require_healthy(sample)
        if (failed, sample.handshakes_with(self._hosts(size))) != (dead, size - dead):
            raise RuntimeError(f'{title(size, dead)}: {failed} failed:\n{sample.output}')
        return sample

    def _hosts(self, size: int) -> Sequence[str]:
        return [registry['loginServer'] for registry in self._made[size]]

    def _loop(self, size: int) -> Sample:
        pairs = [
            word
            for registry in self._made[size]
            for word in (registry['name'], registry['subscription'])
        ]
        case = Case(title(size), THEIRS, ('acr', 'check-health', *pairs))
        command = ['env', f'PYTHON={az_command()[0]}', 'sh', '-c', LOOP, 'loop', *pairs]
        return require_healthy(self._bench.time(case, command, LIMIT))


def loop_time(figures: Figures, size: int) -> float:
    """Return the loop's time, extrapolated from LOOPED registries for larger fleets."""
    run = min(size, LOOPED)
    return figures.median('wall', title(run), THEIRS) * size / run


def memory_per_registry(figures: Figures, size: int) -> float:
    """Return the MiB for each registry after the first, which includes all fixed costs."""
    more = figures.median('peak', title(size), OURS) - figures.median('peak', title(1), OURS)
    return more / (size - 1)


def cpu_per_registry(figures: Figures, size: int) -> float:
    """Return the CPU time for each registry after the first, which includes all fixed costs."""
    return (figures.cpu(title(size), OURS) - figures.cpu(title(1), OURS)) / (size - 1)


def unmet_expectations(figures: Figures) -> list[str]:
    """Return the expectations of many registries that aren't met."""
    whole, lost = (figures.median('wall', title(LARGEST, dead), OURS) for dead in (0, DEAD))
    allowed, unmet = figures.median('wall', title(1, 1), OURS) + SECONDS_OVER, []
    if whole > loop_time(figures, LARGEST) * MOST_OF_THE_LOOP:
        unmet.append(
            f"{LARGEST} registries: {whole:.1f} s, not {MOST_OF_THE_LOOP:g} of the loop's "
            f'{loop_time(figures, LARGEST):.0f} s at most'
        )
    if lost - whole > allowed:
        unmet.append(
            f'{DEAD} unreachable of {LARGEST}: {lost - whole:.1f} s longer, '
            f'not {allowed:.1f} s at most'
        )
    for dead in (0, DEAD):
        peak = figures.median('peak', title(LARGEST, dead), OURS)
        if peak > MOST_PEAK:
            unmet.append(f'{title(LARGEST, dead)}: {peak:.0f} MiB, not {MOST_PEAK:g} MiB at most')
    each = cpu_per_registry(figures, LARGEST)
    share = each / figures.cpu(title(1), THEIRS)
    if share > MOST_OF_THEIR_CPU:
        unmet.append(
            f"{share:.3f} of the predecessor's CPU time for each additional registry, not "
            f'{MOST_OF_THEIR_CPU:g} at most'
        )
    return unmet


def table(figures: Figures) -> str:
    """Return the table in Markdown."""
    rows = []
    for size, dead in ((1, 0), (LOOPED, 0), (LARGEST, 0), (1, 1), (LARGEST, DEAD)):
        wall, peak = (figures.median(field, title(size, dead), OURS) for field in ('wall', 'peak'))
        cpu = figures.cpu(title(size, dead), OURS)
        loop_text, ratio, more = '', '', ['', '']
        if not dead:
            loop_text, ratio = (
                f'{loop_time(figures, size):.1f} s',
                f'{wall / loop_time(figures, size):.3f}',
            )
            loop_text += ' (estimated)' if size > LOOPED else ''
            if size > 1:
                more = [
                    f'{cpu_per_registry(figures, size) * 1000:.0f} ms',
                    f'{memory_per_registry(figures, size):.2f} MiB',
                ]
        name = f'{size}, {dead} unreachable' if dead else f'{size}'
        rows.append(
            (
                name,
                f'{wall:.2f} s',
                loop_text,
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
        'loop of `az acr check-health`',
        'ratio',
        'CPU time',
        'each additional',
        'peak memory',
        'each additional',
    )
    lines = ['| ' + ' | '.join(row) + ' |' for row in (head, ('--:',) * len(head), *rows)]
    return '\n'.join(lines) + '\n'
