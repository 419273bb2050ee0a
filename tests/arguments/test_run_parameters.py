# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options that decide which checks run, and how long."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.all_checks import CHECKS
from tests.our_cli import az, fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')


@pytest.mark.parametrize('option', ['only', 'skip'])
def test_checks_and_categories_are_completed_but_not_listed(option: str) -> None:
    settings = settings_of(*CHECK)[option]
    offered = list(settings['completer'](prefix=''))
    # The category of clusters has the name of its first check.
    inhabited = [
        'environment',
        'registry',
        'connectivity',
        'authentication',
        'private-link',
        'data',
    ]
    assert offered == [*(check.id for check in CHECKS), *inhabited]
    assert list(settings['choices']) == offered
    assert 'az acrhealth list-checks' in settings['help']


def test_the_help_lists_no_checks(capsys: pytest.CaptureFixture[str]) -> None:
    az(*CHECK, '--help')
    assert 'private-dns' not in capsys.readouterr().out


@pytest.mark.parametrize('option', ['--only', '--skip'])
def test_an_unknown_check(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    ended = az(*CHECK, option, 'dns', 'refresh-tokn')
    assert (ended.status, ended.stdout) == (2, '')
    assert "Did you mean 'refresh-token'" in capsys.readouterr().err


@pytest.mark.parametrize('option', ['timeout', 'wait'])
@pytest.mark.parametrize('text, seconds', [('90', 90.0), ('90s', 90.0), ('2m', 120.0)])
def test_times(option: str, text: str, seconds: float) -> None:
    assert getattr(parsed(*CHECK, f'--{option}', text), option) == seconds


def test_the_default_reads_as_people_write_it() -> None:
    assert settings_of(*CHECK)['timeout']['default'] == '60'
    assert parsed(*CHECK).timeout == 60.0
    assert parsed(*CHECK).wait is None
