# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The scripts of the recipes, run by the real az: in the sandbox stands what the pipeline's system would provide."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping

import pytest

from tests import recipes
from tests.acceptance.components import lacks
from tests.acceptance.runs import clean
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.host import azure_identity

AZ = '#!/bin/sh\nexec "$ACRHEALTH_PYTHON" -m azure.cli "$@"\n'
# There are no package registries here: the library comes from where the tests keep it.
PIP = """#!/bin/sh
[ "$1 $2 $3 $4 $5 $6 $8" = "-m pip install --quiet --no-deps --target azure-identity" ] || exit 9
exec cp -r "$ACRHEALTH_LIBRARY"/. "$7"
"""


def run(
    sandbox: Sandbox,
    name: str,
    wheel: pathlib.Path,
    place: pathlib.Path,
    login: bool = True,
    **variables: str,
) -> Finished:
    """Run a recipe's script in an empty folder, with no extension installed."""
    tools = place / 'bin'
    tools.mkdir()
    for tool, content in (('az', AZ), ('python3', PIP)):
        (tools / tool).write_text(content, encoding='ascii')
        (tools / tool).chmod(0o755)
    work = place / 'work'
    work.mkdir()
    environment: Mapping[str, str] = {
        'PATH': f'{tools}:{os.environ["PATH"]}',
        'ACRHEALTH_PYTHON': sandbox._cli()[0],
        'ACRHEALTH_LIBRARY': str(azure_identity.FOLDER),
        'ACRHEALTH_WHEEL': str(wheel),
        'REGISTRY': 'contoso',
        'REPOSITORY': 'hello',
        'AZURE_CONFIG_DIR': str(sandbox.config_dir(place / 'config', login)),
        'AZURE_EXTENSION_DIR': str(place / 'extensions'),
        'GITHUB_STEP_SUMMARY': str(place / 'summary.md'),
        'BUILD_ARTIFACTSTAGINGDIRECTORY': str(work),
        **variables,
    }
    # Both systems stop a bash script at its first failure.
    return sandbox.run(
        ['bash', '-e', '-o', 'pipefail', '-c', recipes.script(name)], env=environment, cwd=work
    )


def result(done: Finished, place: pathlib.Path, code: int) -> None:
    """Assert that a script ended so, and that its result was kept all the same."""
    kept = json.loads((place / 'work' / 'acrhealth.json').read_text(encoding='utf-8'))
    assert (done.code, kept['healthy']) == (code, code == 0), done.stderr


@pytest.mark.parametrize('fault, code', [(None, 0), ('foreignrealm', 1)])
def test_github_actions(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, fault: str, code: int
) -> None:
    if fault:
        sandbox.set_fault('challenge@contoso', fault)
    done = run(sandbox, recipes.ACTIONS, wheel, tmp_path)
    clean(sandbox, done)
    result(done, tmp_path, code)
    summary = (tmp_path / 'summary.md').read_text(encoding='utf-8')
    assert done.stdout == '' and summary.startswith(
        f'### contoso: {"not " if code else ""}healthy\n'
    )
    assert ('RealmMismatch' in summary) == ('RealmMismatch' in done.stderr) == bool(code)


@pytest.mark.parametrize('fault, code', [(None, 0), ('foreignrealm', 1)])
def test_azure_pipelines(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, fault: str, code: int
) -> None:
    if fault:
        sandbox.set_fault('challenge@contoso', fault)
    done = run(sandbox, recipes.PIPELINES, wheel, tmp_path)
    clean(sandbox, done)
    result(done, tmp_path, code)
    assert ('##vso[task.logissue type=error]contoso is not healthy' in done.stdout) == bool(code)


@pytest.mark.parametrize('federated', [True, False])
def test_kubernetes(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, federated: bool
) -> None:
    if not azure_identity.is_installed():
        lacks(azure_identity.MISSING)
    if sandbox.info['kind'] == 'wrapper':
        lacks('addresses of its own take private namespaces')
    kubelet = sandbox.assign_identities(users=['kubelet'], imds='absent')[0]
    if federated:
        sandbox.set_federated_credential(kubelet['clientId'])
    else:
        # It might be federated any time: a waiting job waits; this one finds a trouble that stays,
        # too.
        sandbox.set_fault('challenge@contoso', 'foreignrealm')
    pod = sandbox.pod_environment(kubelet['clientId'], tmp_path / 'token')
    done = run(sandbox, recipes.JOB, wheel, tmp_path, login=False, **pod)
    clean(sandbox, done)
    assert done.code == (0 if federated else 1), done.stderr
    assert done.json['identity']['kind'] == 'workload' and done.json['wait']['attempts'] == 1
    if federated:
        assert done.json['identity']['clientId'] == kubelet['clientId']
