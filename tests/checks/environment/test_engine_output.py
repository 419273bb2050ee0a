# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the client of a container engine prints."""

from __future__ import annotations

import time

import pytest

from azext_acrhealth.checks.environment.engine_client import Engine
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_output import shorten_lines
from azext_acrhealth.checks.environment.engine_pull import engine_pull
from azext_acrhealth.model import Context, Status
from azext_acrhealth.options import Options
from azext_acrhealth.probes.local.process import CompletedCommand
from azext_acrhealth.report import sanitize
from tests.checks.fake_probes import FakeProbes


@pytest.mark.parametrize(
    'text, shortened',
    [
        ('', ''),
        ('a\nb', 'a\nb'),
        ('x' * 2000, 'x' * 2000),
        ('x' * 1000 + 'm' * 999 + 'y' * 1000, f'{"x" * 1000} … {"y" * 1000}'),
    ],
)
def test_shorten_lines(text: str, shortened: str) -> None:
    assert shorten_lines(text) == shortened


@pytest.mark.parametrize(
    'unit',
    [
        'context "a" ',
        'containerd socket \\"/',
        'dial tcp ',
        'unix://',
        'lookup a on ',
        '://a:',
        'unable to resolve docker endpoint: open ',
        'failed to resolve reference ',
    ],
)
def test_a_long_line_is_classified_quickly(unit: str) -> None:
    completed = CompletedCommand(1, stderr=unit * (65536 // len(unit)))
    started = time.process_time()
    for check in (engine_daemon, engine_pull):
        probes = FakeProbes(
            tools={'docker info': completed, 'docker pull mcr.test/hello:latest': completed}
        )
        engine = Engine('docker', '/bin/docker', completed)
        outcome = check.run(Context(None, Options(pull_sample=True), probes, 1e9), engine)
        assert outcome.status is Status.FAILED and sanitize(outcome.detail)
    assert time.process_time() - started < 5
