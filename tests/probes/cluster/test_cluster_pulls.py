# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of pulls by a cluster's nodes, by a real kubectl: every end, every failure, and the end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.cluster import cluster_pulls, leftovers
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.kubectl import KubeContext
from azext_acrhealth.probes.cluster.pod import LABELS, PodRequest, new_name
from azext_acrhealth.protocols import LimitReached
from tests.layer_binaries import PACKAGES
from tests.probes.clock import PROMPT, Watch, eventually, soon
from tests.probes.cluster.conftest import IMAGE, LocalCluster
from tests.probes.local.test_process import posix

NODE = 'aks-nodepool1-12345678-vmss000000'
versions = pytest.mark.parametrize('kubectl_version', PACKAGES['kubectl'])


@versions
def test_a_pull_that_works(cluster: LocalCluster) -> None:
    cluster.api.service_accounts['default', 'default'] = ['regcred']
    pulled = cluster.pull(arch='amd64')
    assert pulled == ClusterPull(
        'Pulled',
        f'Successfully pulled image "{IMAGE}" in 412ms (412ms including waiting). '
        'Image size: 1840 bytes.',
        pod=pulled.pod,
        node=NODE,
        image_id=f'contoso.azurecr.io/team/app@sha256:{"a" * 64}',
        seconds=0.412,
        pull_secrets=('regcred',),
    )
    assert cluster.api.pods == [] and cluster.pulls.unfinished() == []
    assert cluster.api.created[0]['metadata']['name'] == pulled.pod


@versions
@pytest.mark.parametrize(
    'case, end, text',
    [
        ('failed: 1.6 login refused', 'PullFailed', 'oauth token: unexpected status: 401'),
        ('failed: 1.7 no login', 'PullFailed', 'failed to fetch anonymous token'),
        ('failed: 2.3 firewall at manifest', 'PullFailed', "client with IP '20.1.2.3'"),
        ('missing secret', 'PullFailed', 'anonymous token'),
        ('rejected', 'NotStarted', 'Evicted'),
    ],
)
def test_a_pull_that_does_not(cluster: LocalCluster, case: str, end: str, text: str) -> None:
    cluster.api.case = case
    pulled = cluster.pull()
    assert pulled.end == end and text in pulled.message and pulled.node == NODE
    assert pulled.failure is None and cluster.api.pods == []


def test_an_image_that_was_there(cluster: LocalCluster) -> None:
    cluster.api.case, cluster.api.faults.policy = 'already present', 'IfNotPresent'
    assert cluster.pull().end == 'AlreadyPresent'


def test_events_that_come_late_are_waited_for(cluster: LocalCluster) -> None:
    cluster.api.faults.late = 1.0
    pulled = cluster.pull()
    assert pulled.end == 'Pulled' and pulled.seconds == 0.412


def test_without_permission_to_list_events_the_status_decides(cluster: LocalCluster) -> None:
    cluster.api.faults.forbidden = ('list events',)
    pulled = cluster.pull()
    assert pulled.end == 'Pulled' and pulled.seconds is None
    assert pulled.events_failure and pulled.events_failure.kind == 'Forbidden'


@pytest.mark.parametrize(
    'case, end, text',
    [
        ('slow', 'StillPulling', ''),
        ('no sandbox', 'NotStarted', 'Failed to create pod sandbox'),
        ('unassigned', 'Unschedulable', ''),
    ],
)
def test_a_pull_whose_time_is_up(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch, case: str, end: str, text: str
) -> None:
    monkeypatch.setattr(cluster_pulls, '_LAST_LOOK', 1.0)
    monkeypatch.setattr(cluster_pulls, '_LAST_EVENTS', 1.0)
    cluster.api.case = case
    with Watch() as watch:
        pulled = cluster.pull(4)
    assert pulled.end == end and text in pulled.message and watch.took < 4 + PROMPT
    assert cluster.api.pods == []


@pytest.mark.parametrize('limit, least', [(1.0, 1.0), (0.0, 0.0)])
def test_a_pod_that_no_node_fits_waits_some_time_for_one(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch, limit: float, least: float
) -> None:
    monkeypatch.setattr(deadlines, 'NO_NODE', limit)
    cluster.api.case = 'unschedulable'
    with Watch() as watch:
        pulled = cluster.pull()
    assert pulled.end == 'Unschedulable' and '0/3 nodes are available' in pulled.message
    assert least < watch.took < 8 and cluster.api.pods == []


@pytest.mark.parametrize('seconds, pods', [(4.8, 1), (3.5, 0)])
def test_a_time_that_is_too_short_decides_nothing(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch, seconds: float, pods: int
) -> None:
    monkeypatch.setattr(leftovers, 'delete', lambda *_: None)
    cluster.api.faults.hanging = ('POST',)
    threading.Timer(1.2, cluster.api.released.set).start()
    pulled = cluster.pull(seconds)
    assert pulled.end is None and pulled.failure and pulled.failure.kind == 'Timeout'
    assert len(cluster.api.created) == pods and cluster.api.pods == []


def test_an_api_server_that_fails_for_a_while(cluster: LocalCluster) -> None:
    cluster.api.step = 0.7

    def set_broken(*methods: str) -> None:
        cluster.api.faults.broken = methods

    threading.Timer(0.5, set_broken, ('GET',)).start()
    threading.Timer(1.7, set_broken).start()
    assert cluster.pull().end == 'Pulled'


def test_an_api_server_that_fails_until_the_end(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_pulls, '_LAST_LOOK', 1.0)
    cluster.api.case = 'slow'
    threading.Timer(0.7, lambda: setattr(cluster.api.faults, 'broken', ('GET',))).start()
    pulled = cluster.pull(5)
    assert pulled.end is None and pulled.failure and pulled.failure.kind == 'ServerError'


def test_a_pod_that_someone_deletes(cluster: LocalCluster) -> None:
    cluster.api.case = 'slow'
    threading.Timer(1.0, cluster.api._stored.clear).start()
    assert cluster.pull().end == 'Removed'


def test_an_image_that_a_webhook_replaces(cluster: LocalCluster) -> None:
    cluster.api.faults.replaced = 'mirror.contoso.com/team/app:v1'
    pulled = cluster.pull()
    assert (pulled.end, pulled.message) == ('Replaced', 'mirror.contoso.com/team/app:v1')
    assert cluster.api.pods == []


def test_a_container_that_a_webhook_adds(cluster: LocalCluster) -> None:
    cluster.api.faults.added = 'docker.io/istio/proxyv2:1.20'
    assert cluster.pull().end == 'Pulled'


@pytest.mark.parametrize(
    'faults, kind, posts',
    [
        ({'forbidden': ('create pods',)}, 'Forbidden', 1),
        ({'forbidden': ('get pods',)}, 'Forbidden', 1),
        ({'refusal': 'policy'}, 'Refused', 1),
        ({'refusal': 'broken webhook'}, 'ServerError', 1),
        ({'garbage': True}, 'Unexpected', 1),
    ],
)
def test_a_pull_that_could_not_be_tried(
    cluster: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
    faults: dict[str, Any],
    kind: str,
    posts: int,
) -> None:
    monkeypatch.setattr(deadlines, 'DELETE', 2.0)
    for name, value in faults.items():
        setattr(cluster.api.faults, name, value)
    with Watch() as watch:
        pulled = cluster.pull()
    assert pulled.end is None and pulled.failure and pulled.failure.kind == kind
    assert cluster.api.pods == [] and watch.took < 2 * PROMPT
    assert sum(method == 'POST' for method, _ in cluster.api.requests) == posts


@pytest.mark.parametrize(
    'changes, kind',
    [
        ({'server': 'https://127.0.0.1:1'}, 'Unreachable'),
        ({'user': {'token': 'expired'}}, 'SignInFailed'),
        ({'tls-server-name': 'localhost'}, 'Untrusted'),
    ],
)
def test_an_api_server_that_can_not_be_asked(
    cluster: LocalCluster, changes: dict[str, Any], kind: str
) -> None:
    cluster.configure(**changes)
    pulled = cluster.pull()
    assert pulled.failure and pulled.failure.kind == kind and pulled.delete_command is None
    assert all(method == 'GET' for method, _ in cluster.api.requests)


def test_an_api_server_that_hangs(cluster: LocalCluster) -> None:
    cluster.api.faults.hanging = ('GET', 'POST')
    with Watch() as watch:
        pulled = cluster.pull(3)
    assert pulled.failure and pulled.failure.kind == 'Timeout' and watch.took < PROMPT


def test_no_kubectl(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', '/nowhere')
    requests = [PodRequest(IMAGE), PodRequest(IMAGE, os='windows')]
    for pulled in cluster.pulls.pull(KubeContext('a', 'b'), requests, soon()):
        assert pulled.failure and pulled.failure.kind == 'Missing'


def test_pods_of_several_platforms_pull_in_parallel(cluster: LocalCluster) -> None:
    requests = [PodRequest(IMAGE, arch=arch) for arch in ('amd64', 'arm64', 's390x')]
    context = cluster.kubectl().context(None, soon())
    pulled = cluster.pulls.pull(context, requests, soon())
    assert [pull.end for pull in pulled] == ['Pulled'] * 3
    assert len({pull.pod for pull in pulled}) == 3 and cluster.api.pods == []
    methods = [method for method, _ in cluster.api.requests]
    assert methods[:4] == ['GET', 'POST', 'POST', 'POST']  # leftovers are looked for once


def test_a_pod_that_can_not_be_deleted_is_reported_once(cluster: LocalCluster) -> None:
    cluster.api.faults.undeletable = True
    pulled = cluster.pull(namespace='team')
    command = f'kubectl delete pod {pulled.pod} --namespace team --context pat@aks1'
    assert pulled.end == 'Pulled' and pulled.delete_command == command
    requests = len(cluster.api.requests)
    cluster.pulls.cleanup()
    assert cluster.pulls.unfinished() == [] and len(cluster.api.requests) == requests


def test_what_an_earlier_run_left_is_deleted_first(cluster: LocalCluster) -> None:
    cluster.api.add_leftover(new_name(), LABELS, leftovers.AGE.total_seconds() + 60)
    assert cluster.pull().end == 'Pulled' and cluster.api.pods == []
    methods = [method for method, _ in cluster.api.requests]
    assert methods[:3] == ['GET', 'DELETE', 'POST']


def start(cluster: LocalCluster) -> tuple[threading.Thread, list[ClusterPull]]:
    """Start a pull that doesn't end, and wait for its pod."""
    cluster.api.case = 'slow'
    results = list[ClusterPull]()
    thread = threading.Thread(target=lambda: results.append(cluster.pull()))
    thread.start()
    assert eventually(lambda: bool(cluster.api.pods))
    return thread, results


@versions
def test_an_interrupted_run_deletes_its_pod(cluster: LocalCluster) -> None:
    thread, results = start(cluster)
    with Watch() as watch:
        cluster.runner.kill_all()
        cluster.pulls.cleanup()
    assert cluster.api.pods == [] and cluster.pulls.unfinished() == []
    thread.join(5)
    assert results[0].end is None and watch.took < 2 * PROMPT


def test_a_run_that_is_interrupted_while_it_makes_a_pod(cluster: LocalCluster) -> None:
    cluster.api.faults.hanging = ('POST',)
    thread = threading.Thread(target=cluster.pull)
    thread.start()
    assert eventually(
        lambda: cluster.api.requests[-1:] != [] and cluster.api.requests[-1][0] == 'POST'
    )
    cluster.runner.kill_all()
    threading.Timer(0.2, cluster.api.released.set).start()
    cluster.pulls.cleanup()
    assert cluster.api.pods == [] and cluster.pulls.unfinished() == []
    thread.join(5)


def test_an_interrupted_run_names_the_pod_that_it_leaves(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, 'DELETE', 2.0)
    thread, _ = start(cluster)
    cluster.api.faults.hanging = ('DELETE',)
    with Watch() as watch:
        cluster.runner.kill_all()
        cluster.pulls.cleanup()
    name = cluster.api.pods[0]
    assert cluster.pulls.unfinished() == [
        f'kubectl delete pod {name} --namespace default --context pat@aks1'
    ]
    assert watch.took < 2 + PROMPT
    thread.join(5)


# What the command does: checks in daemon threads, and the end of the run in any case.
COMMAND = f"""
import queue, sys, threading, time
from azext_acrhealth.interruption import interruptible, next_item
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPulls
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.local.process import CommandRunner

runner = CommandRunner()
pulls = ClusterPulls(runner.run)
context = pulls.context(None, time.monotonic() + 30)
call = lambda: pulls.pull(context, [PodRequest({IMAGE!r})], time.monotonic() + 50)
with interruptible():
    try:
        threading.Thread(target=call, daemon=True).start()
        next_item(queue.SimpleQueue(), 60)
    finally:
        runner.kill_all()
        pulls.cleanup()
        print(pulls.unfinished())
"""


@posix
@pytest.mark.parametrize('number', ['SIGINT', 'SIGTERM', 'SIGHUP'])
def test_a_signal_ends_a_run_and_its_pod(cluster: LocalCluster, number: str) -> None:
    cluster.api.case = 'slow'
    with subprocess.Popen(
        (sys.executable, '-c', COMMAND), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert eventually(lambda: bool(cluster.api.pods), 15)
        time.sleep(0.5)
        process.send_signal(getattr(signal, number))
        with Watch() as watch:
            output, _ = process.communicate(timeout=30)
    assert output == b'[]\n' and cluster.api.pods == [] and watch.took < 2 * PROMPT


def test_without_threads_the_pod_is_named(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, _ = start(cluster)

    def refuse(_: object) -> None:
        raise LimitReached('TooManyProcesses', 'no thread')

    cluster.runner.kill_all()
    monkeypatch.setattr(deadlines, 'background', refuse)
    cluster.pulls.cleanup()
    assert [command.split()[3] for command in cluster.pulls.unfinished()] == cluster.api.pods
    thread.join(15)


def test_a_run_that_has_ended_makes_no_pod(cluster: LocalCluster) -> None:
    cluster.pulls.cleanup()
    pulled = cluster.pull()
    assert pulled.failure and pulled.failure.kind == 'Timeout'
    assert cluster.api.created == []


def test_the_limit_of_a_pull(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, 'CLUSTER_PULL', 6.0)
    cluster.api.case = 'slow'
    since = time.monotonic()
    assert cluster.pull(1e6).end == 'StillPulling' and time.monotonic() - since < 8
