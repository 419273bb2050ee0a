# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The stopwatch, on commands whose time is known."""

from __future__ import annotations

import pathlib
import sys

import pytest

from tests.benchmarks import stopwatch


@pytest.mark.parametrize(
    'command, limit, code, least',
    [
        (('sh', '-c', 'exit 3'), 30.0, 3, 0.0),
        (('sleep', '0.2'), 30.0, 0, 0.2),
        (('sleep', '30'), 0.2, -1, 0.2),
    ],
)
def test_a_command(
    tmp_path: pathlib.Path, command: tuple[str, ...], limit: float, code: int, least: float
) -> None:
    assert stopwatch.main(str(tmp_path / 'note'), str(limit), *command) == 0
    status, wall, cpu, peak, descriptors = (
        float(word) for word in (tmp_path / 'note').read_text(encoding='ascii').split()
    )
    assert status == code and least <= wall < 10 and cpu < 5 and peak > 100
    assert descriptors < 10


def test_the_most_open_descriptors(tmp_path: pathlib.Path) -> None:
    program = 'import os, time; f = [os.dup(2) for _ in range(40)]; time.sleep(0.5)'
    program += '; [os.close(x) for x in f]; time.sleep(0.1)'
    stopwatch.main(str(tmp_path / 'note'), '30', sys.executable, '-I', '-c', program)
    assert 43 <= int((tmp_path / 'note').read_text(encoding='ascii').split()[-1]) < 60
