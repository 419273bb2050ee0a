# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--kube-context without --cluster: a pull by any Kubernetes cluster, which Azure doesn't know."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from tests.acceptance import kubernetes
from tests.acceptance.kubernetes import BLANK, EKS, OPENSHIFT, OTHER, TOKEN, Kubernetes
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

IMAGE = 'contoso.azurecr.test/hello:v1'
CONTEXTS = ('--cluster-pull', '--kube-context')
ROW = 'cluster-pull'
NOT_IN_AZURE = 'requires --cluster: a context of kubectl names no AKS cluster'


def pull(sandbox: Sandbox, server: Kubernetes, *arguments: str, image: str = IMAGE) -> Run:
    """Check the pull by nodes of the clusters of contexts, and that no pod is left."""
    run = check(sandbox, '--image', image, *CONTEXTS, *arguments, env=server.environment)
    assert server.state()['pods'] == [] and TOKEN not in run.finished.stdout + run.finished.stderr
    assert not [line for line in sandbox.requests() if 'managedclusters' in str(line).lower()]
    return run


def rows(run: Run, cluster: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a cluster by their checks."""
    return {row['check']: row for row in run.report['checks'] if row['cluster'] == cluster}


@pytest.mark.parametrize('context', ['aks1', EKS, OPENSHIFT, BLANK])
def test_a_node_pulls(sandbox: Sandbox, tmp_path: pathlib.Path, context: str) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, context)
        (manifest,) = server.state()['created']
    found = rows(run, context)
    row = found.pop(ROW)
    assert row['status'] == 'Passed' and row['detail'].startswith('pulled by linux, aks-nodepool1')
    assert row['facts']['context'] == context
    assert manifest['spec']['nodeSelector'] == {'kubernetes.io/os': 'linux'}
    assert {(row['status'], row['detail']) for row in found.values()} == {('Skipped', NOT_IN_AZURE)}
    assert {'cluster', 'kubelet-identity', 'pull-role', 'cluster-platforms'} <= set(found)
    (registry,) = run.report['registries']
    assert registry['clusters'] == [{'name': context, 'id': None, 'canPull': 'yes'}]
    assert registry['canPull'] == 'yes' and run.finished.code == 0


@pytest.mark.parametrize(
    'message, code, reason, solution',
    [
        (
            '1.7 no login',
            *('CONNECTIVITY_ACCESS_TOKEN_ERROR', 'NoCredentialsSent'),
            'kubectl create secret docker-registry NAME --namespace team',
        ),
        (
            '1.7 login refused',
            *('CONNECTIVITY_ACCESS_TOKEN_ERROR', 'NodeNotAuthorized'),
            f'kubectl get serviceaccounts --namespace team --output yaml --context {EKS}',
        ),
        ('1.7 time-out', 'CONNECTIVITY_CHALLENGE_ERROR', 'NodeConnection', 'its firewalls'),
        (
            '1.6 no platform',
            *('IMAGE_PULL_ERROR', 'NodePlatformMismatch'),
            f'--label-columns kubernetes.io/os,kubernetes.io/arch --context {EKS}',
        ),
    ],
)
def test_a_node_does_not_pull_although_this_machine_does(
    sandbox: Sandbox, tmp_path: pathlib.Path, message: str, code: str, reason: str, solution: str
) -> None:
    with kubernetes.running(sandbox, tmp_path, f'failed: {message}') as server:
        run = pull(sandbox, server, EKS, '--namespace', 'team')
    row = run.has(ROW, 'Failed', code, reason)
    assert any(solution in text for text in row['solutions']), row['solutions']
    assert not [text for text in row['solutions'] if 'az aks show' in text or '-pool' in text]
    (registry,) = run.report['registries']
    assert (registry['canPull'], registry['clusters'][0]['canPull']) == ('yes', 'no')
    assert run.finished.code == 1


def test_several_contexts(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, 'aks1', '--kube-context', EKS, 'aks1', '--only', ROW)
        assert len(server.state()['created']) == 2
    found = [(row['check'], row['cluster'], row['status']) for row in run.report['checks']]
    assert found == [
        ('login-server', None, 'Passed'),
        ('cluster', 'aks1', 'Skipped'),
        (ROW, 'aks1', 'Passed'),
        ('cluster', EKS, 'Skipped'),
        (ROW, EKS, 'Passed'),
    ]
    (registry,) = run.report['registries']
    assert [cluster['name'] for cluster in registry['clusters']] == ['aks1', EKS]


def test_which_nodes_pull(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, EKS, '--platform', 'linux/amd64', '--node-pool', 'gpu')
        (manifest,) = server.state()['created']
    assert rows(run, EKS)[ROW]['detail'].startswith('pulled by node pool gpu, linux/amd64, ')
    assert manifest['spec']['nodeSelector']['kubernetes.io/arch'] == 'amd64'
    assert "'eks.amazonaws.com/nodegroup', 'operator': 'In', 'values': ['gpu']" in str(manifest)


def test_a_pod_that_remains(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path, undeletable=True) as server:
        run = check(sandbox, '--image', IMAGE, *CONTEXTS, BLANK, env=server.environment)
        (name,) = server.state()['pods']
    row = run.has(ROW, 'Warning', 'CLUSTER_PULL_ERROR', 'PodNotDeleted')
    command = f"kubectl delete pod {name} --namespace default --context '{BLANK}'"
    assert command in row['solutions'][0]
    assert row['facts']['pulls'][0]['deleteCommand'] == command


def test_a_context_that_does_not_exist(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    with kubernetes.running(sandbox, tmp_path) as server:
        run = pull(sandbox, server, 'nosuch')
    row = run.has(ROW, 'Warning', 'CLUSTER_PULL_ERROR', 'KubeContextMissing')
    assert not [text for text in row['solutions'] if 'az aks' in text]


def test_the_cluster_decides_with_both(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.put_cluster()
    with kubernetes.running(sandbox, tmp_path) as server:
        arguments = ('--image', IMAGE, '--cluster', 'aks1', *CONTEXTS, EKS)
        run = check(sandbox, *arguments, env=server.environment)
        assert server.state()['created'] == []
    row = run.has(ROW, 'Warning', 'CLUSTER_PULL_ERROR', 'OtherCluster')
    assert OTHER in row['detail'] and row['cluster'] == 'aks1'


@pytest.mark.parametrize(
    'arguments, text',
    [
        (('--image', IMAGE, '--kube-context', 'a'), '--kube-context requires --cluster-pull'),
        (('-n', 'contoso', *CONTEXTS, 'a'), '--kube-context requires --image'),
        (('--image', IMAGE, *CONTEXTS, 'a;b'), "'a;b' isn't the name of a context"),
        (('--image', IMAGE, *CONTEXTS, ''), 'The value of --kube-context is empty'),
        (
            ('--image', IMAGE, '--cluster', 'aks1', *CONTEXTS, 'a', 'b'),
            '--kube-context takes only one context with --cluster',
        ),
    ],
)
def test_what_is_rejected(sandbox: Sandbox, arguments: tuple[str, ...], text: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments)
    assert (finished.code, finished.stdout) == (1, '') and text in finished.stderr
    assert sandbox.requests() == []
