# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--cluster-pull: a pod by the real kubectl, what it shows, and that no pod is left."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import pytest

from tests.acceptance import kubernetes
from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.kubernetes import HOST, OTHER, TOKEN, Kubernetes
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

IMAGE = 'contoso.azurecr.test/hello:v1'
ARGUMENTS = ('--image', IMAGE, '--cluster', 'aks1', '--cluster-pull')
ROW, UNTRIED = 'cluster-pull', 'CLUSTER_PULL_ERROR'


def pull(sandbox: Sandbox, server: Kubernetes, *more: str, **options: Any) -> Run:
    """Check the pull by a node of a cluster that can pull, and that no pod is left."""
    made = sandbox.put_cluster()
    sandbox.assign_role(made['objectId'], 'AcrPull')
    run = check(sandbox, *ARGUMENTS, *more, env=server.environment, **options)
    assert server.state()['pods'] == [] and TOKEN not in run.finished.stdout + run.finished.stderr
    return run


def verdicts(run: Run) -> tuple[str, str]:
    """Return whether this machine can pull, and whether the cluster can."""
    (registry,) = run.report['registries']
    return registry['canPull'], registry['clusters'][0]['canPull']


def test_a_node_pulls(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, 'kubectl', '--namespace', 'team', '--node-pool', 'nodepool1')
        (manifest,) = server.state()['created']
    row = run.has(ROW, 'Passed')
    assert 'pulled by node pool nodepool1, aks-nodepool1' in row['detail']
    assert row['facts']['apiServer'] == HOST and row['facts']['namespace'] == 'team'
    assert manifest['spec']['containers'][0]['image'] == IMAGE
    assert verdicts(run) == ('yes', 'yes') and run.finished.code == 0


@pytest.mark.parametrize(
    'message, code, reason, shown, solution',
    [
        (
            '2.3 firewall at manifest',
            *('CONNECTIVITY_FORBIDDEN_ERROR', 'NodeAddressDenied', "client with IP '20.1.2.3'"),
            'az acr network-rule add --name contoso --ip-address 20.1.2.3',
        ),
        (
            '1.6 no permission',
            *('CONNECTIVITY_ACCESS_TOKEN_ERROR', 'NodeNotAuthorized', 'pull access denied'),
            'kubectl get serviceaccounts --namespace default',
        ),
        (
            '1.7 no login',
            *('CONNECTIVITY_ACCESS_TOKEN_ERROR', 'NoCredentialsSent', 'anonymous token'),
            'az aks update',
        ),
        (
            '1.6 no such host',
            *('CONNECTIVITY_DNS_ERROR', 'NodeNameResolution', 'no such host'),
            'private DNS zone',
        ),
    ],
)
def test_a_node_does_not_pull_although_this_machine_does(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    message: str,
    code: str,
    reason: str,
    shown: str,
    solution: str,
) -> None:
    with kubernetes.running(sandbox, tmp_path, f'failed: {message}') as server:
        run = pull(sandbox, server)
    row = run.has(ROW, 'Failed', code, reason)
    assert shown in row['detail'] and any(solution in text for text in row['solutions'])
    assert verdicts(run) == ('yes', 'no')


@pytest.mark.parametrize(
    'case, faults, reason, shown',
    [
        ('unschedulable', {}, 'PodUnschedulable', '0/3 nodes are available'),
        ('already present', {}, 'ImageAlreadyPresent', 'already present'),
        ('pulled', {'forbidden': ['create pods']}, 'PodPermissionMissing', 'cannot create'),
        ('pulled', {'refusal': 'pod security'}, 'PodRefused', 'violates PodSecurity'),
        ('pulled', {'undeletable': True}, 'PodNotDeleted', 'remains'),
    ],
)
def test_what_shows_nothing(
    sandbox: Sandbox, tmp_path: pathlib.Path, case: str, faults: Any, reason: str, shown: str
) -> None:
    with kubernetes.running(sandbox, tmp_path, case, **faults) as server:
        sandbox.put_cluster()
        run = check(sandbox, *ARGUMENTS, env=server.environment)
        pods = server.state()['pods']
    row = run.has(ROW, 'Warning', UNTRIED, reason)
    assert shown in row['detail']
    if reason == 'PodNotDeleted':
        (name,) = pods
        command = f'kubectl delete pod {name} --namespace default --context aks1'
        assert command in row['solutions'][0] and verdicts(run)[1] == 'yes'
    else:
        assert pods == [] and verdicts(run)[1] != 'yes'


@pytest.mark.parametrize(
    'case, reason',
    [
        ('failed: 1.7 time-out', 'NodeConnection'),
        ('failed: 1.6 no platform', 'NodePlatformMismatch'),
        ('missing secret', 'PullSecretMissing'),
    ],
)
def test_other_failures_of_a_pull(
    sandbox: Sandbox, tmp_path: pathlib.Path, case: str, reason: str
) -> None:
    with kubernetes.running(sandbox, tmp_path, case) as server:
        row = pull(sandbox, server).row(ROW)
    assert (row['status'], row['reason']) == ('Failed', reason), row


@pytest.mark.parametrize(
    'arguments, reason',
    [
        (('--kube-context', 'nosuch'), 'KubeContextMissing'),
        (('--namespace', 'nosuch'), 'NamespaceNotFound'),
        (('--node-pool', 'nosuch'), 'NodePoolNotFound'),
    ],
)
def test_names_that_do_not_exist(
    sandbox: Sandbox, tmp_path: pathlib.Path, arguments: tuple[str, str], reason: str
) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, *arguments)
    run.has(ROW, 'Warning', UNTRIED, reason)


def test_without_permission_to_list_events(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path, forbidden=['list events']) as server:
        row = pull(sandbox, server).row(ROW)
    (entry,) = row['facts']['pulls']
    assert entry['missingPermission'] == 'events list'


def test_the_context_of_another_cluster(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, '--kube-context', 'aks2')
        assert server.state()['created'] == []
    row = run.has(ROW, 'Warning', UNTRIED, 'OtherCluster')
    assert OTHER in row['detail'] and HOST in row['detail']


def test_no_kubectl(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    run = check(sandbox, *ARGUMENTS, env={'PATH': str(tmp_path)})
    row = run.has(ROW, 'Warning', UNTRIED, 'KubectlMissing')
    assert 'az aks install-cli' in row['solutions'][0]


def test_no_pod_is_made_implicitly(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path) as server:
        without = check(sandbox, *ARGUMENTS[:-1], env=server.environment)
        named = ('-n', 'contoso', *ARGUMENTS[2:])
        no_image = check(sandbox, *named, env=server.environment)
        assert server.state()['created'] == []
    assert without.has(ROW, 'Skipped')['detail'] == "--cluster-pull wasn't specified"
    assert no_image.has(ROW, 'Skipped')['detail'] == "--image wasn't specified"


def test_an_interrupted_run_leaves_no_pod(
    sandbox: Sandbox, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = sandbox.config_dir(tmp_path / 'azure')
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path, 'slow') as server:
        monkeypatch.setenv('KUBECONFIG', server.environment['KUBECONFIG'])
        path = f'{server.path}{os.pathsep}{os.environ["PATH"]}'
        _, code, stdout, stderr = run_and_interrupt(
            sandbox,
            config,
            [*ARGUMENTS, '--skip', 'environment', '-o', 'json'],
            lambda: bool(server.state()['pods']),
            path=path,
        )
        state = server.state()
    assert len(state['created']) == 1 and state['pods'] == [] and code == 1, stderr
    rows = [row for row in json.loads(stdout)['checks'] if row['check'] == ROW]
    assert [row['detail'] for row in rows] == ['interrupted'] and 'Traceback' not in stderr


@pytest.mark.parametrize(
    'arguments, text',
    [
        ((*ARGUMENTS, 'helm'), "'helm' isn't a value of --cluster-pull"),
        (
            (*ARGUMENTS, 'run-command', '--kube-context', 'aks1'),
            "--kube-context can't be used with --cluster-pull run-command",
        ),
        ((*ARGUMENTS[:-1], '--namespace', 'team'), '--namespace requires --cluster-pull'),
        ((*ARGUMENTS, '--node-pool', 'a b'), "'a b' isn't the name of a node pool"),
    ],
)
def test_what_is_rejected(sandbox: Sandbox, arguments: tuple[str, ...], text: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments)
    assert (finished.code, finished.stdout) == (1, '') and text in finished.stderr
    assert sandbox.requests() == []
