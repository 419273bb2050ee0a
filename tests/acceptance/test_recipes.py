# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The scripts of the recipes, with the real az and the variables of each pipeline system."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping

import pytest

from tests import recipes
from tests.acceptance import kubernetes
from tests.acceptance.components import need_azure_identity
from tests.acceptance.runs import assert_clean
from tests.report_writers.junit_schema import validate
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command
from tests.sandbox.host import azure_identity

AZ = '#!/bin/sh\nexec "$ACRHEALTH_PYTHON" -m azure.cli "$@"\n'
# There is no package index here: the library comes from the folder of the tests.
PIP = """#!/bin/sh
[ "$1 $2 $3 $4 $5 $6 $8" = "-m pip install --quiet --no-deps --target azure-identity" ] || exit 9
exec cp -r "$ACRHEALTH_LIBRARY"/. "$7"
"""


def run_recipe(
    sandbox: Sandbox,
    name: str,
    wheel: pathlib.Path,
    folder: pathlib.Path,
    login: bool = True,
    **variables: str,
) -> Finished:
    """Run a recipe's script in an empty folder, with no extension installed."""
    tools = folder / 'bin'
    tools.mkdir()
    for tool, content in (('az', AZ), ('python3', PIP)):
        (tools / tool).write_text(content, encoding='ascii')
        (tools / tool).chmod(0o755)
    work = folder / 'work'
    work.mkdir()
    environment: Mapping[str, str] = {
        'PATH': f'{tools}:{os.environ["PATH"]}',
        'ACRHEALTH_PYTHON': az_command()[0],
        'ACRHEALTH_LIBRARY': str(azure_identity.FOLDER),
        'ACRHEALTH_WHEEL': str(wheel),
        'REGISTRY': 'contoso',
        'REPOSITORY': 'hello',
        'AZURE_CONFIG_DIR': str(sandbox.config_dir(folder / 'config', login)),
        'AZURE_EXTENSION_DIR': str(folder / 'extensions'),
        'GITHUB_STEP_SUMMARY': str(folder / 'summary.md'),
        'BUILD_ARTIFACTSTAGINGDIRECTORY': str(work),
        **variables,
    }
    # Both systems stop a bash script at its first failure.
    return sandbox.run(
        ['bash', '-e', '-o', 'pipefail', '-c', recipes.script(name)], env=environment, cwd=work
    )


def pod_variables(sandbox: Sandbox, folder: pathlib.Path, federated: bool = True) -> dict[str, str]:
    """Return the variables of a pod with a workload identity."""
    need_azure_identity(sandbox)
    identity = sandbox.assign_identities(users=['kubelet'], imds='absent')[0]
    if federated:
        sandbox.set_federated_credential(identity['clientId'])
    return sandbox.pod_environment(identity['clientId'], folder / 'token')


def assert_result(finished: Finished, folder: pathlib.Path, code: int) -> None:
    """Assert that a script ended so, and that its result was kept all the same."""
    kept = folder / 'work'
    report = json.loads((kept / 'acrhealth.json').read_text(encoding='utf-8'))
    assert (finished.code, report['healthy']) == (code, code == 0), finished.stderr
    validate((kept / 'acrhealth.xml').read_text(encoding='utf-8'))
    assert '</html>' in (kept / 'acrhealth.html').read_text(encoding='utf-8')


@pytest.mark.parametrize('fault, code', [(None, 0), ('foreignrealm', 1)])
def test_github_actions(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, fault: str, code: int
) -> None:
    if fault:
        sandbox.set_fault('challenge@contoso', fault)
    finished = run_recipe(sandbox, recipes.ACTIONS, wheel, tmp_path)
    assert_clean(sandbox, finished)
    assert_result(finished, tmp_path, code)
    summary = (tmp_path / 'summary.md').read_text(encoding='utf-8')
    title = '❌ contoso: not healthy' if code else '✅ contoso: healthy'
    assert summary.startswith(f'### {title}\n')
    assert ('RealmMismatch' in summary) == ('RealmMismatch' in finished.stderr) == bool(code)


@pytest.mark.parametrize('fault, code', [(None, 0), ('foreignrealm', 1)])
def test_azure_pipelines(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, fault: str, code: int
) -> None:
    if fault:
        sandbox.set_fault('challenge@contoso', fault)
    finished = run_recipe(sandbox, recipes.PIPELINES, wheel, tmp_path)
    assert_clean(sandbox, finished)
    assert_result(finished, tmp_path, code)
    assert f'##vso[task.uploadsummary]{tmp_path}/work/acrhealth.md' in finished.stdout
    assert ('##vso[task.logissue type=error]contoso is not healthy' in finished.stdout) == bool(
        code
    )


@pytest.mark.parametrize('name', [recipes.ACTIONS, recipes.PIPELINES])
def test_an_argument_that_is_rejected_ends_the_step(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, name: str
) -> None:
    finished = run_recipe(sandbox, name, wheel, tmp_path, REGISTRY='')
    assert finished.code == 1 and 'A registry name is empty' in finished.stderr
    assert 'uploadsummary' not in finished.stdout and os.listdir(tmp_path / 'work') == []


def test_kubernetes_alerts_on_change(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    pod, state = pod_variables(sandbox, tmp_path), tmp_path / 'state'
    state.mkdir()

    def run_once(name: str) -> Finished:
        folder = tmp_path / name
        folder.mkdir()
        finished = run_recipe(
            sandbox, recipes.CRON_JOB, wheel, folder, login=False, STATE=str(state), **pod
        )
        assert_clean(sandbox, finished)
        assert os.listdir(state) == ['last.json']
        return finished

    for name in ('first', 'unchanged'):
        finished = run_once(name)
        assert finished.code == 0, finished.stderr
    sandbox.set_fault('challenge@contoso', 'foreignrealm')
    finished = run_once('broken')
    assert finished.code == 1 and 'RealmMismatch' in finished.stdout + finished.stderr
    assert 'Passed' in finished.stdout and 'last.json and new.json have' in finished.stderr
    finished = run_once('still broken')
    assert finished.code == 0, 'no second alert'
    sandbox.clear_faults()
    assert run_once('repaired').code == 1


@pytest.mark.parametrize('federated', [True, False])
def test_kubernetes(
    sandbox: Sandbox, wheel: pathlib.Path, tmp_path: pathlib.Path, federated: bool
) -> None:
    pod = pod_variables(sandbox, tmp_path, federated)
    if not federated:
        # Federation can be added at any time, so the job would wait: a permanent failure ends it.
        sandbox.set_fault('challenge@contoso', 'foreignrealm')
    finished = run_recipe(sandbox, recipes.JOB, wheel, tmp_path, login=False, **pod)
    assert_clean(sandbox, finished)
    assert finished.code == (0 if federated else 1), finished.stderr
    assert (
        finished.json['identity']['kind'] == 'workload' and finished.json['wait']['attempts'] == 1
    )
    if federated:
        assert finished.json['identity']['clientId'] == pod['AZURE_CLIENT_ID']


@pytest.mark.parametrize('case, code', [('pulled', 0), ('failed: 1.6 no platform', 1)])
@pytest.mark.parametrize('context', ['', kubernetes.EKS])
def test_pull_by_nodes(
    sandbox: Sandbox,
    wheel: pathlib.Path,
    tmp_path: pathlib.Path,
    case: str,
    code: int,
    context: str,
) -> None:
    (tmp_path / 'cluster').mkdir()
    with kubernetes.running(sandbox, tmp_path / 'cluster', case) as server:
        variables = {
            'KUBECONFIG': server.environment['KUBECONFIG'],
            'IMAGE': 'contoso.azurecr.test/hello:v1',
            'CONTEXT': context,
            'NAMESPACE': 'team',
        }
        path = f'{tmp_path / "bin"}:{server.environment["PATH"]}'
        finished = run_recipe(sandbox, recipes.NODES, wheel, tmp_path, PATH=path, **variables)
        state = server.state()
    assert_clean(sandbox, finished)
    report = json.loads((tmp_path / 'work' / 'acrhealth.json').read_text(encoding='utf-8'))
    (cluster,) = report['registries'][0]['clusters']
    assert cluster == {
        'name': context or 'aks1',
        'id': None,
        'canPull': 'no' if code else 'yes',
    }
    assert finished.code == code and 'cluster-pull' in finished.stdout
    assert [pod['metadata']['namespace'] for pod in state['created']] == ['team']
    assert state['pods'] == []
