# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The demo that a new user sees."""

from __future__ import annotations

import pathlib

import pytest

from tests.sandbox import demo
from tests.sandbox.control.sandbox import Finished, Sandbox


def test_reports_what_it_should(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    for number, scene in enumerate(demo.SCENES, 1):
        assert demo.play(sandbox, number, scene) == []
    assert '$ az acrhealth check' in capsys.readouterr().out


def test_notices_a_wrong_report() -> None:
    assert demo.SCENES[0].differences(Finished(1, '{}', 'trouble', 0.1))
    assert demo.SCENES[1].differences(Finished(1, '{"healthy": false, "checks": []}', '', 0.1))


def test_wants_a_wheel(tmp_path: pathlib.Path) -> None:
    assert demo.main([]) == 1
    assert demo.main([str(tmp_path / 'none.whl')]) == 1
