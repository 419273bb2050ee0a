# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of one pod in a cluster: making, reading and deleting it, whatever fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from azext_acrhealth.probes.cluster import pod_state
from azext_acrhealth.probes.cluster.kubectl import Kubectl
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.cluster.pull_pod import PullPod
from azext_acrhealth.probes.local.process import CommandRunner, CompletedCommand
from tests.probes.clock import PROMPT, Watch, eventually, soon
from tests.probes.cluster.conftest import IMAGE, LocalCluster

CONTEXT = 'pat@aks1'
REFUSED = 'The connection to the server 10.0.0.1:443 was refused - did you specify the right host?'
CUT = 'Unable to connect to the server: unexpected EOF'


def prepared(cluster: LocalCluster, **request: Any) -> PullPod:
    return PullPod(cluster.kubectl(), CONTEXT, PodRequest(**{'image': IMAGE, **request}))


def create(pod: PullPod, seconds: float = 30.0) -> Any:
    return pod.create(soon(seconds), threading.Event())


def deletes(cluster: LocalCluster) -> int:
    return sum(method == 'DELETE' for method, _ in cluster.api.requests)


def test_a_pod_from_its_creation_to_its_end(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    assert not pod.may_remain
    created = create(pod)
    assert created.failure is None and pod.may_remain and cluster.api.pods == [pod.name]
    assert eventually(lambda: pod_state.needs_events(pod.get(soon()).object))
    events = pod_state.events_of(pod.events(soon()).object)
    assert [event.reason for event in events][:3] == ['Scheduled', 'Pulling', 'Pulled']
    pod.delete(soon())
    assert not pod.may_remain and cluster.api.pods == []
    pod.delete(soon())
    assert deletes(cluster) == 1


def test_the_events_of_others_are_not_asked_for(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    uid = create(pod).object['metadata']['uid']
    pod.events(soon())
    assert f'involvedObject.uid%3D{uid}' in cluster.api.requests[-1][1]
    pod._uid = None
    pod.events(soon())
    assert f'involvedObject.name%3D{pod.name}' in cluster.api.requests[-1][1]
    pod.delete(soon())


def test_the_command_that_is_left(cluster: LocalCluster) -> None:
    pod = prepared(cluster, namespace='team')
    assert (
        pod.delete_command == f'kubectl delete pod {pod.name} --namespace team --context pat@aks1'
    )


@pytest.mark.parametrize('system', ['linux', 'darwin', 'win32'])
def test_a_blank_in_a_context_is_quoted(
    monkeypatch: pytest.MonkeyPatch, cluster: LocalCluster, system: str
) -> None:
    pod = PullPod(cluster.kubectl(), 'the shop', PodRequest(IMAGE))
    monkeypatch.setattr('sys.platform', system)
    assert pod.delete_command.endswith(" --namespace default --context 'the shop'")


@pytest.mark.parametrize(
    'faults, kind',
    [
        ({'forbidden': ('create pods',)}, 'Forbidden'),
        ({'forbidden': ('create pods',), 'azure_authorizer': True}, 'Forbidden'),
        ({'refusal': 'pod security'}, 'Refused'),
        ({'refusal': 'policy'}, 'Refused'),
        ({'refusal': 'webhook'}, 'Refused'),
        ({'refusal': 'quota'}, 'Refused'),
        ({'refusal': 'broken webhook'}, 'ServerError'),
    ],
)
def test_a_pod_that_is_not_admitted(
    cluster: LocalCluster, faults: dict[str, Any], kind: str
) -> None:
    for name, value in faults.items():
        setattr(cluster.api.faults, name, value)
    pod = prepared(cluster)
    failure = create(pod).failure
    assert failure.kind == kind and cluster.api.pods == []
    # After an internal error a pod may be there.
    assert pod.may_remain is (kind == 'ServerError')
    pod.delete(soon())
    assert not pod.may_remain


@pytest.mark.parametrize(
    'request_, kind, text',
    [
        ({'namespace': 'nope'}, 'NoNamespace', 'namespaces "nope" not found'),
        ({'service_account': 'nope'}, 'Refused', 'serviceaccount "nope" not found'),
    ],
)
def test_what_the_namespace_does_not_have(
    cluster: LocalCluster, request_: dict[str, str], kind: str, text: str
) -> None:
    pod = prepared(cluster, **request_)
    failure = create(pod).failure
    assert failure.kind == kind and text in failure.text and not pod.may_remain


def test_an_interrupted_run_makes_no_pod(cluster: LocalCluster) -> None:
    interrupted = threading.Event()
    interrupted.set()
    pod = prepared(cluster)
    failure = pod.create(soon(), interrupted).failure
    assert failure and not pod.may_remain and cluster.api.requests == []


def with_kubectl(run: Callable[..., CompletedCommand]) -> PullPod:
    return PullPod(Kubectl('/kubectl', run), CONTEXT, PodRequest(IMAGE))


@pytest.mark.parametrize('stderr, may_remain', [(REFUSED, False), (CUT, True)])
def test_a_connection_that_fails(stderr: str, may_remain: bool) -> None:
    """Where it was cut, the API server may have made the pod."""
    pod = with_kubectl(lambda *_, **__: CompletedCommand(1, '', stderr))
    create(pod)
    assert pod.may_remain is may_remain


def test_a_request_that_was_under_way_is_waited_for(cluster: LocalCluster) -> None:
    """Its client was killed; the pod appears after a first attempt to delete it."""
    pod = prepared(cluster)
    cluster.api.faults.hanging = ('POST',)
    with Watch() as watch:
        failure = create(pod, 2).failure
    assert failure.kind == 'Timeout' and pod.may_remain and watch.took < PROMPT

    def release() -> None:
        assert eventually(lambda: deletes(cluster) > 0)
        cluster.api.released.set()

    threading.Thread(target=release).start()
    pod.delete(soon())
    assert not pod.may_remain and cluster.api.pods == [] and deletes(cluster) == 2


def test_a_pod_that_is_gone_is_deleted_once(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    create(pod)
    cluster.api._stored.clear()
    pod.delete(soon())
    assert not pod.may_remain and deletes(cluster) == 1


@pytest.mark.parametrize('name, value', [('undeletable', True), ('forbidden', ('delete pods',))])
def test_a_deletion_that_is_refused_is_not_repeated(
    cluster: LocalCluster, name: str, value: Any
) -> None:
    pod = prepared(cluster)
    create(pod)
    setattr(cluster.api.faults, name, value)
    with Watch() as watch:
        pod.delete(soon(10))
    assert pod.may_remain and watch.took < PROMPT and deletes(cluster) == 1


def test_a_deletion_that_fails_is_repeated(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    create(pod)
    cluster.api.faults.broken = ('DELETE',)

    def recover() -> None:
        cluster.api.faults.broken = ()

    threading.Timer(0.8, recover).start()
    pod.delete(soon(10))
    assert not pod.may_remain and deletes(cluster) > 1


def test_a_deletion_that_hangs_ends(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    create(pod)
    cluster.api.faults.hanging = ('DELETE',)
    with Watch() as watch:
        pod.delete(soon(2.5))
    assert pod.may_remain and watch.took < PROMPT


def test_a_deletion_that_hangs_once_leaves_time_for_another(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    create(pod)
    cluster.api.faults.hanging = ('DELETE',)
    threading.Timer(1, lambda: setattr(cluster.api.faults, 'hanging', ())).start()
    pod.delete(soon(5))
    assert not pod.may_remain and cluster.api.pods == [] and deletes(cluster) == 2


def test_another_runner_deletes_after_an_interruption(cluster: LocalCluster) -> None:
    pod = prepared(cluster)
    create(pod)
    cluster.runner.kill_all()
    pod.delete(time.monotonic() + 1)
    assert pod.may_remain and deletes(cluster) == 0
    pod.delete(soon(), CommandRunner().run)
    assert not pod.may_remain and cluster.api.pods == []
