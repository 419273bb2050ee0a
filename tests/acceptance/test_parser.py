# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the parser rejects, and arguments that are valid."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.inputs import CONTOSO, SECRET, VNET_ID
from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import Sandbox

# What the parser rejects: arguments, the text of the message.
UNPARSED = [
    (('--need', 'pul', '--repository', 'hello'), 'pul'),
    (('--timeout', 'soon'), "--timeout: 'soon' isn't a time"),
    (('--timeout', '1d'), "--timeout: '1d' isn't a time"),
    (('--wait', '5 minutes'), "--wait: '5 minutes' isn't a time"),
    (('--name',), 'expected at least one argument'),
    (('--repository',), 'expected one argument'),
    (('--nosuch',), '--nosuch'),
    (('--only',), 'expected at least one argument'),
    (('--image',), 'expected one argument'),
    (('--username', 'bob', '--password'), 'expected one argument'),
    (('--username', 'bob', '--password', f'-{SECRET}'), 'expected one argument'),
]


@pytest.mark.parametrize('arguments, message', UNPARSED)
def test_not_parsed(sandbox: Sandbox, arguments: tuple[str, ...], message: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *CONTOSO, *arguments)
    assert_clean(sandbox, finished)
    assert (
        (finished.code, finished.stdout) == (2, '')
        and message in finished.stderr
        and SECRET not in finished.stderr
    )
    assert sandbox.requests() == []


def test_sample_image(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    with (config / 'config').open('a', encoding='ascii') as settings:
        settings.write('[acrhealth]\nsample_image = --privileged evil; id\n')
    finished = sandbox.az('acrhealth', 'check', '--yes', config=config)
    assert (finished.code, finished.stdout) == (
        1,
        '',
    ) and 'acrhealth.sample_image' in finished.stderr
    assert 'az config set acrhealth.sample_image=' in finished.stderr


def test_default_registry_that_is_none(sandbox: Sandbox) -> None:
    finished = sandbox.az('acrhealth', 'check', env={'AZURE_DEFAULTS_ACR': 'not a registry'})
    assert (
        (finished.code, finished.stdout) == (1, '')
        and "'not a registry'" in finished.stderr
        and sandbox.requests() == []
    )


@pytest.mark.parametrize(
    'arguments',
    [
        (*CONTOSO, '--timeout', '60.5', '--repository', 'a/b-c__d.e', '--need', 'pull'),
        (*CONTOSO, '--timeout', '1m', '--wait', '1m30s'),
        (*CONTOSO, '--vnet', 'vnet.1_x-'[:-1]),
        (*CONTOSO, '--vnet', f'{VNET_ID}/'),
    ],
)
def test_taken(sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments, '--only', 'login-server', '-o', 'json')
    assert finished.code == 0 and finished.json['checks'][0]['status'] == 'Passed'
