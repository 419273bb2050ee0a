# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Each example of the README runs unchanged in the sandbox, and prints what the README shows.

ACRHEALTH_WRITE_README=1 rewrites the README's examples.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from typing import Optional

import pytest

from tests.reference import README
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

PRIVATE = 'privreg.eastus.data.azurecr.test'


def denied(sandbox: Sandbox) -> None:
    """Let the registry's firewall deny this machine."""
    sandbox.set_fault(
        'exchange',
        'body:403:application/json:{"errors":[{"code":"DENIED","message":"client with IP '
        "'203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
        'access."}]}',
    )


def blocked(sandbox: Sandbox) -> None:
    """Let a firewall drop packets to the storage of layers."""
    sandbox.set_fault(f'tcp@{cloud.BLOB_HOST}', 'silent')


def by_repository(sandbox: Sandbox) -> None:
    """Give the account a role that the registry's permissions mode doesn't honor."""
    sandbox.set_grants('fabrikam', repositories={})


def without_a_record(sandbox: Sandbox) -> None:
    """Remove the data endpoint's record from the private zone."""
    sandbox.set_dns(PRIVATE, answer='nxdomain')


WORLDS: dict[str, Callable[[Sandbox], None]] = {
    'denied': denied,
    'blocked': blocked,
    'by-repository': by_repository,
    'without-a-record': without_a_record,
}
BLOCK = r'<!-- output: {name} -->\n```\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```\n'


def shown(sandbox: Sandbox, command: str) -> str:
    """Return a command's stdout and stderr, without what differs between runs."""
    finished = sandbox.az(*shlex.split(command)[1:])
    lines = [
        line.rstrip() for line in (finished.stdout + finished.stderr).splitlines() if line.strip()
    ]
    return steady('\n'.join(lines) + '\n')


def steady(text: str) -> str:
    """Return a text with the times and ids that differ between runs replaced."""
    text = re.sub(r'\b\d+ ms\b', '1 ms', text)
    return re.sub(
        r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '00000000-0000-0000-0000-000000000000', text
    )


@pytest.mark.parametrize('name', WORLDS)
def test_example(sandbox: Sandbox, name: str) -> None:
    text = README.read_text(encoding='utf-8')
    found: Optional[re.Match[str]] = re.search(BLOCK.format(name=name), text, re.DOTALL)
    assert found, f'the README has no example {name}'
    WORLDS[name](sandbox)
    output = shown(sandbox, found['command'])
    if os.environ.get('ACRHEALTH_WRITE_README'):
        README.write_text(
            text[: found.start('output')] + output + text[found.end('output') :], encoding='utf-8'
        )
    else:
        assert output == found['output']


def test_every_example_is_run() -> None:
    assert set(re.findall(r'<!-- output: ([\w-]+) -->', README.read_text(encoding='utf-8'))) == set(
        WORLDS
    )
