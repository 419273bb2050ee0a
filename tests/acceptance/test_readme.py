# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Each output in README.md is what its command prints in the sandbox.

`make readme` (ACRHEALTH_WRITE_README=1) writes the outputs.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Optional

import pytest

from tests.acceptance import kubernetes
from tests.build import PROJECT
from tests.sandbox import demo
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

README = PROJECT / 'README.md'


def several(sandbox: Sandbox) -> None:
    """Let one registry's firewall deny this machine, and remove another's DNS record."""
    demo.deny(sandbox)
    sandbox.set_dns('basicreg.azurecr.test', answer='nxdomain')


def cluster(sandbox: Sandbox) -> None:
    """Assign AcrPull to a cluster in a registry that ignores it."""
    principal = sandbox.put_cluster()['objectId']
    registry = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'fabrikam')
    sandbox.assign_role(principal, 'AcrPull', registry)


def laptop_and_agent(sandbox: Sandbox, folder: pathlib.Path) -> None:
    """Save a result where all works, and one where the name resolves to another address."""
    for name in ('laptop.json', 'agent.json'):
        finished = sandbox.az('acrhealth', 'check', *LAPTOP_AND_AGENT, '-o', 'json')
        (folder / name).write_text(finished.stdout, encoding='utf-8')
        sandbox.set_dns('contoso.azurecr.test', a=['10.1.2.3'])


LAPTOP_AND_AGENT = ('--image', 'contoso.azurecr.test/hello:v1', '--skip', 'environment')
# Scenarios whose command reads files.
WITH_FILES = {'compare': laptop_and_agent}
SCENARIOS: dict[str, Callable[[Sandbox], None]] = {
    'denied': demo.deny,
    'blocked': demo.block_storage,
    'several': several,
    'cluster': cluster,
}
# Scenarios whose command lets nodes pull, and what they do.
WITH_NODES: Mapping[str, str] = {'nodes': 'failed: 1.6 no login'}
BLOCK = r'<!-- output: {name} -->\n```\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```\n'


def output_of(
    sandbox: Sandbox, command: str, folder: pathlib.Path, environment: Mapping[str, str]
) -> str:
    """Return the stdout and stderr of a command in a folder, without what differs between runs."""
    finished = sandbox.az(*shlex.split(command)[1:], cwd=folder, env=environment)
    lines = [
        line.rstrip() for line in (finished.stdout + finished.stderr).splitlines() if line.strip()
    ]
    return normalize('\n'.join(lines) + '\n')


def normalize(text: str) -> str:
    """Return a text with the times and ids that differ between runs replaced."""
    text = re.sub(r'\b\d+ ms\b', '1 ms', text)
    return re.sub(
        r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '00000000-0000-0000-0000-000000000000', text
    )


@pytest.mark.parametrize('name', [*SCENARIOS, *WITH_FILES, *WITH_NODES])
def test_example(sandbox: Sandbox, name: str, tmp_path: pathlib.Path) -> None:
    text = README.read_text(encoding='utf-8')
    found: Optional[re.Match[str]] = re.search(BLOCK.format(name=name), text, re.DOTALL)
    assert found, f'README.md has no output {name}'
    environment: Mapping[str, str] = {}
    with contextlib.ExitStack() as stack:
        if name in WITH_NODES:
            nodes = kubernetes.running(sandbox, tmp_path, WITH_NODES[name])
            environment = stack.enter_context(nodes).environment
        elif name in WITH_FILES:
            WITH_FILES[name](sandbox, tmp_path)
        else:
            SCENARIOS[name](sandbox)
        output = output_of(sandbox, found['command'], tmp_path, environment)
    if os.environ.get('ACRHEALTH_WRITE_README'):
        README.write_text(
            text[: found.start('output')] + output + text[found.end('output') :], encoding='utf-8'
        )
    else:
        assert output == found['output'], 'run `make readme`'


def test_every_output_is_compared() -> None:
    text = README.read_text(encoding='utf-8')
    assert set(re.findall(r'<!-- output: ([\w-]+) -->', text)) == {
        *SCENARIOS,
        *WITH_FILES,
        *WITH_NODES,
    }
