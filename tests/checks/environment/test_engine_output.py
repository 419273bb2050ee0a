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
from azext_acrhealth.checks.environment.engine_output import readable
from azext_acrhealth.checks.environment.engine_pull import engine_pull
from azext_acrhealth.model import Context, Status
from azext_acrhealth.options import Options
from azext_acrhealth.probes.local.process import CompletedCommand
from azext_acrhealth.report import sanitize
from tests.checks.fake_probes import FakeProbes


@pytest.mark.parametrize(
    'text, left',
    [
        ('', ''),
        ('a\nb', 'a\nb'),
        ('x' * 2000, 'x' * 2000),
        ('x' * 1000 + 'm' * 999 + 'y' * 1000, f'{"x" * 1000} … {"y" * 1000}'),
    ],
)
def test_readable(text: str, left: str) -> None:
    assert readable(text) == left


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
def test_an_endless_line_is_judged_at_once(unit: str) -> None:
    said = CompletedCommand(1, stderr=unit * (65536 // len(unit)))
    since = time.monotonic()
    for one in (engine_daemon, engine_pull):
        probes = FakeProbes(tools={'docker info': said, 'docker pull mcr.test/hello:latest': said})
        engine = Engine('docker', '/bin/docker', said)
        outcome = one.run(Context(None, Options(pull_sample=True), probes, 1e9), engine)
        assert outcome.status is Status.FAILED and sanitize(outcome.detail)
    assert time.monotonic() - since < 2
