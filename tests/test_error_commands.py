# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handlers of `az acrhealth error`, run by the real CLI: result, exit status, stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

from azext_acrhealth import error_commands
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from tests.our_cli import az, fixture_settings, our_cli  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
MESSAGE = 'Failed to pull image "contoso.azurecr.io/app:v1": manifest tagged by "v1" is not found'


def test_list_errors() -> None:
    listed = error_commands.list_errors(None)
    assert [one['code'] for one in listed] == [family.code for family in FAMILIES]
    assert sum(len(one['reasons']) for one in listed) == len(PROBLEMS)
    for one in listed:
        assert set(one) == {'code', 'cause', 'solutions', 'documentation', 'reasons'}
        assert all(
            set(reason) == {'reason', 'documentation', 'cause', 'solutions'}
            for reason in one['reasons']
        )
    assert '{' not in json.dumps(
        [
            [one['cause'], one['solutions'], [list(reason.values()) for reason in one['reasons']]]
            for one in listed
        ]
    ).replace('{client_ip}', '{')


@pytest.mark.parametrize('code', [family.code for family in FAMILIES])
def test_show_error(code: str) -> None:
    assert error_commands.show_error(None, code) == next(
        one for one in error_commands.list_errors(None) if one['code'] == code
    )


def explained(text: str, *args: str) -> Any:
    ended = az('acrhealth', 'error', 'explain', '--message', text, *args)
    return ended, json.loads(ended.stdout) if ended.stdout else None


def test_a_match() -> None:
    ended, result = explained(MESSAGE)
    assert (ended.status, ended.error) == (0, None)
    assert {key: result[key] for key in result if key not in ('matches', 'next')} == {
        'schemaVersion': '1.0',
        'verdict': 'Match',
        'registry': 'contoso.azurecr.io',
        'image': 'contoso.azurecr.io/app:v1',
        'tool': 'kubelet',
    }
    best = result['matches'][0]
    assert (best['code'], best['reason']) == ('IMAGE_PULL_ERROR', 'NoSuchTag')
    assert set(best) == {
        *('code', 'reason', 'confidence', 'evidence', 'cause', 'solutions', 'documentation')
    }
    assert best['confidence'] == 'certain' and 'manifest tagged by' in best['evidence']
    assert result['next'] == ['az acrhealth check --image contoso.azurecr.io/app:v1']


@pytest.mark.parametrize(
    'text, verdict, status',
    [
        ('Back-off pulling image "contoso.azurecr.io/app:v1"', 'SymptomOnly', 0),
        ('toomanyrequests: You have reached your pull rate limit.', 'OtherRegistry', 0),
        ('OOMKilled', 'NoMatch', 1),
    ],
)
def test_other_verdicts(text: str, verdict: str, status: int) -> None:
    ended, result = explained(text)
    assert (ended.status, result['verdict'], result['matches']) == (status, verdict, [])
    assert (ended.error is None) is (status == 0)


def test_the_next_command_of_the_process_does_not_fail_for_this_one() -> None:
    cli = our_cli()
    assert az('acrhealth', 'error', 'explain', '-m', 'nothing', cli=cli).status == 1
    assert az('acrhealth', 'list-checks', cli=cli).status == 0
    assert not cli._event_handlers[EVENT_CLI_SUCCESSFUL_EXECUTE]


def test_the_advice_follows_a_table(capsys: pytest.CaptureFixture[str], settings: Path) -> None:
    arguments = ('acrhealth', 'error', 'explain', '-m', MESSAGE, '-o', 'table')
    ended = az(*arguments)
    assert ended.stdout.split()[:4] == ['Code', 'Reason', 'Confidence', 'Evidence']
    advice = capsys.readouterr().err
    assert advice.startswith('IMAGE_PULL_ERROR NoSuchTag: The registry has no such tag')
    assert '1. List the tags: `az acr repository show-tags --name contoso' in advice
    assert 'Next: `az acrhealth check --image contoso.azurecr.io/app:v1`' in advice
    settings.write_text('[core]\nonly_show_errors = true\n', encoding='ascii')
    az(*arguments)
    assert capsys.readouterr().err == ''


def test_no_advice_follows_json(capsys: pytest.CaptureFixture[str]) -> None:
    explained(MESSAGE)
    assert capsys.readouterr().err == ''


def test_one_reason() -> None:
    ended = az('acrhealth', 'error', 'show', '--reason', 'nosuchtag')
    shown = json.loads(ended.stdout)
    assert shown['code'] == 'IMAGE_PULL_ERROR'
    assert [reason['reason'] for reason in shown['reasons']] == ['NoSuchTag']


def test_nothing_heavy_is_loaded() -> None:
    script = (
        'import sys\n'
        'import azext_acrhealth.error_commands, azext_acrhealth.explain.explanation as e\n'
        'e.explain("manifest unknown")\n'
        'heavy = ("requests", "urllib3", "azure.mgmt", "ssl", "socket", "yaml", "jwt",\n'
        '         "azext_acrhealth.checks", "azext_acrhealth.probes")\n'
        'print([name for name in sys.modules if name.startswith(heavy)])'
    )
    finished = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == '[]'
