# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--cluster-pull run-command: the real script by a real shell and kubectl, started through ARM."""

from __future__ import annotations

import json
import pathlib
import signal
import time
from typing import Any

import pytest

from tests.acceptance import kubernetes
from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.kubernetes import TOKEN
from tests.acceptance.runs import Run, check
from tests.acceptance.test_cluster_pull import IMAGE, ROW, UNTRIED, verdicts
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

ARGUMENTS = ('--image', IMAGE, '--cluster', 'aks1', '--cluster-pull', 'run-command')
RUN = 'Microsoft.ContainerService/managedClusters/runcommand/action'
READ = 'Microsoft.ContainerService/managedClusters/commandResults/read'
# Neither kubectl nor a kubeconfig is on the machine that runs the check.
ALONE = {'PATH': '/usr/bin:/bin', 'KUBECONFIG': '/nonexistent'}


def pull(sandbox: Sandbox, *more: str, **cluster: Any) -> Run:
    """Check the pull by a command in a cluster that can pull."""
    made = sandbox.put_cluster(**cluster)
    sandbox.assign_role(made['objectId'], 'AcrPull')
    run = check(sandbox, *ARGUMENTS, *more, env=ALONE)
    assert TOKEN not in run.finished.stdout + run.finished.stderr
    return run


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the commands that Azure Resource Manager was asked to run."""
    return sandbox.requests('arm-run-command')


@pytest.mark.parametrize('version, shell', [('1.20', 'dash'), ('1.37', 'bash')])
def test_a_node_pulls(sandbox: Sandbox, tmp_path: pathlib.Path, version: str, shell: str) -> None:
    with kubernetes.running(sandbox, tmp_path, version=version) as server:
        server.run_commands(sandbox, shell)
        run = pull(sandbox, '--namespace', 'team', '--service-account', 'default')
        state = server.state()
    row = run.has(ROW, 'Passed')
    assert 'pulled by linux/amd64, aks-nodepool1' in row['detail']
    assert row['facts']['namespace'] == 'team' and row['facts']['exitCode'] == 0
    assert verdicts(run) == ('yes', 'yes') and run.finished.code == 0
    assert state['pods'] == state['jobs'] == []
    (job,), (pod,) = state['createdJobs'], state['created']
    assert job['spec']['ttlSecondsAfterFinished'] == 60 and job['metadata']['namespace'] == 'team'
    assert pod['spec']['containers'][0]['image'] == IMAGE
    assert pod['spec']['serviceAccountName'] == 'default' and len(posts(sandbox)) == 1


@pytest.mark.parametrize(
    'message, code, reason, shown',
    [
        (
            '2.3 firewall at manifest',
            *('CONNECTIVITY_FORBIDDEN_ERROR', 'NodeAddressDenied', "client with IP '20.1.2.3'"),
        ),
        (
            '1.6 no permission',
            *('CONNECTIVITY_ACCESS_TOKEN_ERROR', 'NodeNotAuthorized', 'pull access denied'),
        ),
    ],
)
def test_a_node_does_not_pull(
    sandbox: Sandbox, tmp_path: pathlib.Path, message: str, code: str, reason: str, shown: str
) -> None:
    with kubernetes.running(sandbox, tmp_path, f'failed: {message}') as server:
        server.run_commands(sandbox)
        run = pull(sandbox)
        assert server.state()['pods'] == server.state()['jobs'] == []
    assert shown in run.has(ROW, 'Failed', code, reason)['detail']
    assert verdicts(run) == ('yes', 'no')


@pytest.mark.parametrize(
    'faults, reason, shown',
    [
        ({'forbidden': ['create jobs']}, 'JobPermissionMissing', 'cannot create resource "jobs"'),
        ({'refusal': 'pod security'}, 'PodRefused', 'violates PodSecurity'),
        ({'undeletable': True}, 'PodNotDeleted', 'remains'),
    ],
)
def test_what_the_cluster_refuses(
    sandbox: Sandbox, tmp_path: pathlib.Path, faults: Any, reason: str, shown: str
) -> None:
    with kubernetes.running(sandbox, tmp_path, **faults) as server:
        server.run_commands(sandbox)
        row = pull(sandbox).has(ROW, 'Warning', UNTRIED, reason)
        jobs = server.state()['jobs']
    assert shown in row['detail']
    if reason == 'PodNotDeleted':
        command = (
            'az aks command invoke --resource-group rg-aks --name aks1 --subscription '
            f'{sandbox.info["subscription"]} --command "kubectl delete job {jobs[0]} --namespace '
            'default --ignore-not-found"'
        )
        assert command in row['solutions'][0]
        assert row['facts']['pulls'][0]['deleteCommand'] == command
    else:
        assert jobs == []


def test_a_cluster_without_entra_gets_no_token(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        pull(sandbox, aadProfile=None).has(ROW, 'Passed')
    (post,) = posts(sandbox)
    assert 'clusterToken' not in str(post)


@pytest.mark.parametrize('more', [(), ('--debug',), ('--verbose',)])
def test_the_token_for_the_cluster_is_never_shown(
    sandbox: Sandbox, tmp_path: pathlib.Path, more: tuple[str, ...]
) -> None:
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        finished = sandbox.az(
            *('acrhealth', 'check', *ARGUMENTS, '--only', 'cluster-pull', '-o', 'json', *more),
            env=ALONE,
        )
    rows = [row for row in json.loads(finished.stdout)['checks'] if row['check'] == ROW]
    assert [row['status'] for row in rows] == ['Passed'], finished.stderr
    output = finished.stdout + finished.stderr
    assert [secret for secret in sandbox.secrets() if secret in output] == []
    (post,) = posts(sandbox)
    assert post['host'] == cloud.ARM_HOST
    # Without the token, kubectl would have had no login in this cluster.
    assert any(cloud.CLUSTER_AUDIENCE in str(request) for request in sandbox.requests('signin'))


def test_a_cluster_that_does_not_accept_the_token(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        config = tmp_path / 'config'
        config.write_text(config.read_text().replace(TOKEN, 'of-another-account'))
        row = pull(sandbox).has(ROW, 'Warning', UNTRIED, 'ClusterSignInFailed')
    assert any('az aks command invoke' in solution for solution in row['solutions'])


def test_the_stock_command_runs_in_the_sandbox(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    path = '/api/v1/namespaces/default/pods'
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        for command, code, shown in (
            (f'kubectl get --raw {path}', 0, '"kind":"PodList"'),
            (f'kubectl get --raw {path}/a', 1, 'Error from server (NotFound)'),
        ):
            finished = sandbox.az(
                *('aks', 'command', 'invoke', '--resource-group', 'rg-aks', '--name', 'aks1'),
                *('--command', command, '-o', 'json'),
            )
            result = json.loads(finished.stdout)
            assert result['exitCode'] == code and shown in result['logs'], finished.stderr


def test_an_error_that_repeats_the_token(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.set_fault('arm-run-command', 'echo:400')
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        pull(sandbox).has(ROW, 'Warning', UNTRIED, 'RunCommandUnavailable')


def registration() -> str:
    error = {
        'code': 'MissingSubscriptionRegistration',
        'message': 'The subscription is not registered to use namespace '
        "'Microsoft.ContainerService'.",
    }
    return f'body:409:application/json:{json.dumps({"error": error})}'


@pytest.mark.parametrize(
    'stage, fault, reason, shown, solution',
    [
        (
            *('arm-run-command', registration(), 'RunCommandNotRegistered', 'not registered'),
            'az provider register --namespace Microsoft.ContainerService',
        ),
        ('arm-run-command', 'status:409', 'RunCommandConflict', '(', 'az aks show'),
        ('arm-run-command', 'throttled:3', 'RunCommandThrottled', 'retry after 3', 'few minutes'),
        ('arm-run-command', 'status:500', 'RunCommandUnavailable', '(', 'az account'),
        ('arm-run-command', 'forbidden', 'RunCommandUnavailable', 'CorpProxy', 'az account'),
        (
            *('arm-run-command', 'header:Location:https://evil.example.test/commandResults/1'),
            *('RunCommandResultMissing', 'no URL of its own', 'kubectl delete job'),
        ),
        (
            *('arm-run-command', 'noheader:Location', 'RunCommandResultMissing'),
            *('no URL of its own', 'kubectl delete job'),
        ),
        ('arm-command-results', 'status:404', 'RunCommandResultMissing', '(', 'kubectl delete job'),
    ],
)
def test_what_azure_resource_manager_answers(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    stage: str,
    fault: str,
    reason: str,
    shown: str,
    solution: str,
) -> None:
    sandbox.set_fault(stage, fault)
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        run = pull(sandbox)
    row = run.has(ROW, 'Warning', UNTRIED, reason)
    assert shown in row['detail'] and any(solution in text for text in row['solutions']), row
    assert run.row('pull-role')['status'] == 'Passed', 'the other rows stay valid'
    assert verdicts(run) == ('yes', 'unknown') and len(posts(sandbox)) == 1
    assert not [request for request in sandbox.requests() if 'evil' in request['host']]


@pytest.mark.parametrize(
    'action, reason, ran',
    [(RUN, 'RunCommandForbidden', False), (READ, 'RunCommandResultForbidden', True)],
)
def test_a_missing_permission(
    sandbox: Sandbox, tmp_path: pathlib.Path, action: str, reason: str, ran: bool
) -> None:
    sandbox.update_settings(deniedActions=[action])
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        row = pull(sandbox).has(ROW, 'Warning', UNTRIED, reason)
        deadline = time.monotonic() + 30
        while ran and not server.state()['createdJobs'] and time.monotonic() < deadline:
            time.sleep(0.1)
        assert bool(server.state()['createdJobs']) is ran
    assert action in row['cause'] and 'AuthorizationFailed' in row['detail']
    assert any(action in solution for solution in row['solutions'])


@pytest.mark.parametrize(
    'end, reason, shown',
    [
        ({'end': 'failed'}, 'RunCommandNotStarted', 'ImagePullBackoff'),
        ({'end': 'never'}, 'RunCommandUnfinished', "didn't return the result in time"),
        ({'limit': 2000}, 'RunCommandOutputIncomplete', 'no end'),
        ({'shell': 'false'}, 'RunCommandFailed', 'exit code 1'),
        (None, 'RunCommandNotStarted', 'did not start within 30s'),
    ],
)
def test_commands_that_show_nothing(
    sandbox: Sandbox, tmp_path: pathlib.Path, end: Any, reason: str, shown: str
) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        if end is not None:
            server.run_commands(sandbox, **end)
        run = pull(sandbox, '--timeout', '30')
    row = run.has(ROW, 'Warning', UNTRIED, reason)
    assert shown in row['detail'] and run.row('pull-role')['status'] == 'Passed'


def test_a_post_that_blocks(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.set_fault('arm-run-command', 'slow:60')
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        run = pull(sandbox, '--timeout', '30')
    row = run.has(ROW, 'Warning', UNTRIED, 'RunCommandUnavailable')
    assert 'timed out' in row['detail'] and run.finished.seconds < 60


@pytest.mark.parametrize(
    'properties, status, shown',
    [
        (
            {'apiServerAccessProfile': {'enablePrivateCluster': True, 'disableRunCommand': True}},
            *('Warning', 'run command is disabled'),
        ),
        ({'powerState': {'code': 'Stopped'}}, 'Skipped', 'the cluster is stopped'),
    ],
)
def test_clusters_that_run_no_command(
    sandbox: Sandbox, properties: Any, status: str, shown: str
) -> None:
    row = pull(sandbox, **properties).row(ROW)
    assert row['status'] == status and shown in row['detail'] and posts(sandbox) == []
    assert row['reason'] == ('RunCommandDisabled' if status == 'Warning' else None)


def test_no_time_for_a_command(sandbox: Sandbox) -> None:
    row = pull(sandbox, '--timeout', '15').has(ROW, 'Warning', UNTRIED, 'RunCommandTimeTooShort')
    assert '--timeout' in row['solutions'][0] and posts(sandbox) == []


def test_no_token_for_the_cluster(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.set_fault('signin', 'aadsts:500011')
    run = check(sandbox, *ARGUMENTS, '--only', 'cluster-pull', env=ALONE)
    row = run.has(ROW, 'Warning', UNTRIED, 'ClusterTokenUnavailable')
    assert 'AADSTS500011' in row['detail'] and posts(sandbox) == []


@pytest.mark.parametrize('number, code', [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_what_may_remain(
    sandbox: Sandbox, tmp_path: pathlib.Path, number: int, code: int
) -> None:
    config = sandbox.config_dir(tmp_path / 'azure')
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path, 'slow') as server:
        server.run_commands(sandbox)
        _, status, stdout, stderr = run_and_interrupt(
            sandbox,
            config,
            [*ARGUMENTS, '--skip', 'environment', '--timeout', '40', '-o', 'json'],
            lambda: bool(server.state()['pods']),
            number=number,
        )
        (job,) = server.state()['createdJobs']
        until = time.monotonic() + 60
        while server.state()['jobs'] and time.monotonic() < until:
            time.sleep(0.2)
        assert server.state()['jobs'] == server.state()['pods'] == [], 'the script goes on'
    command = (
        'az aks command invoke --resource-group rg-aks --name aks1 --subscription '
        f'{sandbox.info["subscription"]} --command "kubectl delete job {job["metadata"]["name"]} '
        '--namespace default --ignore-not-found"'
    )
    (row,) = [row for row in json.loads(stdout)['checks'] if row['check'] == ROW]
    assert status == code and row['status'] == 'Skipped', stderr
    assert row['detail'] == f'interrupted; to delete what might remain, run `{command}`'
    assert command in stderr and 'Traceback' not in stderr


def test_it_never_runs_implicitly(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path) as server:
        server.run_commands(sandbox)
        check(sandbox, *ARGUMENTS[:-2], env=ALONE)
        check(sandbox, *ARGUMENTS[:-1], env=ALONE)
        check(sandbox, '-n', 'contoso', *ARGUMENTS[2:], env=ALONE)
        assert server.state()['createdJobs'] == []
    assert posts(sandbox) == []
