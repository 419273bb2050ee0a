# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of what a pod and its events say, in the states that a node brings it to."""

from __future__ import annotations

import json
import time
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.cluster import pod_state
from azext_acrhealth.probes.cluster.pod import PodRequest, manifest, new_name
from azext_acrhealth.probes.cluster.pod_state import PodEvent, Verdict, judge, judge_at_deadline
from tests.sandbox.services import kubelet_messages
from tests.sandbox.services.http_messages import Request
from tests.sandbox.services.kubernetes_api import KubernetesApi

IMAGE = 'contoso.azurecr.io/team/app:v1'
PULLED = kubelet_messages.pulled(IMAGE)


def cluster_with(case: str, steps: int, minor: int = 35, **faults: Any) -> KubernetesApi:
    """Return an API server whose node has done so many steps of a case."""
    api = KubernetesApi(case=case, minor=minor)
    for name, value in faults.items():
        setattr(api.faults, name, value)
    api.step = 3600
    ask(api, 'POST', '/pods', manifest(PodRequest(IMAGE), new_name()))
    # The next step is an hour away, however slow this machine is.
    next(iter(api._stored.values())).due = time.monotonic() - api.step * (steps - 1) - 1
    return api


def ask(api: KubernetesApi, method: str, path: str, body: Any = None) -> Any:
    target = f'/api/v1/namespaces/default{path}'
    response = api.handle(Request(method, target, Message(), json.dumps(body).encode()))
    return json.loads(response.body)


def seen(api: KubernetesApi) -> tuple[Any, list[PodEvent]]:
    """Return the only pod and its events."""
    pod = ask(api, 'GET', f'/pods/{api.pods[0]}')
    return pod, pod_state.events_of(ask(api, 'GET', '/events'))


def state(api: KubernetesApi) -> Verdict | None:
    return judge(*seen(api))


@pytest.mark.parametrize('minor', [28, 35])
@pytest.mark.parametrize('name', kubelet_messages.MESSAGES)
@pytest.mark.parametrize('steps', [3, 4])
def test_a_pull_that_fails_with_every_message(name: str, steps: int, minor: int) -> None:
    """The first failure, and the wait after it, say the same, but before 1.32 in an event only."""
    verdict = state(cluster_with(f'failed: {name}', steps, minor))
    text = ' '.join(kubelet_messages.fill(name, IMAGE).split())
    assert verdict and verdict.end == 'PullFailed' and verdict.message.endswith(text)


def test_a_long_message_is_taken_from_where_it_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The API server cuts an event's message at 1,024 characters, but not a state's."""
    words = ' '.join(f'word{number}' for number in range(200))
    monkeypatch.setitem(kubelet_messages.MESSAGES, 'long', words)  # type: ignore[arg-type]
    for steps in (3, 4):
        verdict = state(cluster_with('failed: long', steps, 35))
        assert verdict and verdict.message.endswith('word199')


@pytest.mark.parametrize('case', ['pulled', 'slow', 'failed: 1.7 no login'])
@pytest.mark.parametrize('steps', [0, 1, 2])
def test_nothing_is_decided_before_the_end(case: str, steps: int) -> None:
    api = cluster_with(case, steps)
    assert state(api) is None and not pod_state.needs_events(seen(api)[0])


def test_an_image_that_was_pulled() -> None:
    api = cluster_with('pulled', 3)
    pod, events = seen(api)
    assert judge(pod, events) == Verdict('Pulled', PULLED)
    assert pod_state.needs_events(pod) and pod_state.pull_seconds(events) == 0.412
    assert pod_state.node_of(pod) == 'aks-nodepool1-12345678-vmss000000'
    assert pod_state.image_id(pod) == f'contoso.azurecr.io/team/app@sha256:{"a" * 64}'


def test_an_image_that_was_there_is_no_pull() -> None:
    api = cluster_with('already present', 2, policy='IfNotPresent')
    verdict = state(api)
    assert verdict and verdict.end == 'AlreadyPresent'
    assert pod_state.pull_seconds(seen(api)[1]) is None


@pytest.mark.parametrize('policy, end', [('Always', 'Pulled'), ('IfNotPresent', 'Unverified')])
def test_without_events_the_policy_decides(policy: str, end: str) -> None:
    pod, _ = seen(cluster_with('pulled', 3, policy=policy))
    assert judge(pod, []) is None
    assert judge_at_deadline(pod, []).end == end


def test_a_container_that_could_not_be_made_shows_that_its_image_is_there() -> None:
    pod, _ = seen(cluster_with('slow', 2))
    waiting = {'reason': 'CreateContainerConfigError', 'message': 'secret "a" not found'}
    pod['status']['containerStatuses'][0]['state'] = {'waiting': waiting}
    event = PodEvent('Pulled', PULLED, False, True)
    assert judge(pod, [event]) == Verdict('Pulled', PULLED)
    assert judge_at_deadline(pod, []).end == 'Unverified'


def test_a_lost_node_shows_nothing() -> None:
    pod, events = seen(cluster_with('slow', 2))
    pod['status']['phase'] = 'Failed'
    pod['status']['reason'] = 'NodeLost'
    ended = {'exitCode': 137, 'reason': 'ContainerStatusUnknown'}
    pod['status']['containerStatuses'][0]['state'] = {'terminated': ended}
    assert judge(pod, events) == Verdict('NotStarted', 'NodeLost')


@pytest.mark.parametrize(
    'case, steps, end, at_deadline, text',
    [
        ('unschedulable', 1, 'Unschedulable', 'Unschedulable', '0/3 nodes are available'),
        ('rejected', 2, 'NotStarted', 'NotStarted', 'Evicted: Pod was rejected'),
        ('no sandbox', 2, None, 'NotStarted', 'Failed to create pod sandbox'),
        ('slow', 2, None, 'StillPulling', ''),
        ('unassigned', 0, None, 'Unschedulable', ''),
    ],
)
def test_a_pull_that_could_not_be_tried(
    case: str, steps: int, end: str | None, at_deadline: str, text: str
) -> None:
    pod, events = seen(cluster_with(case, steps))
    verdict, last = judge(pod, events), judge_at_deadline(pod, events)
    assert (verdict and verdict.end) == end and last.end == at_deadline
    assert text in (verdict or last).message


def test_the_containers_of_others_decide_nothing() -> None:
    """A webhook's container fails to be pulled, and ours is."""
    api = cluster_with('pulled', 3, added='docker.io/istio/proxyv2:1.20')
    pod, events = seen(api)
    others = {'involvedObject': {'fieldPath': 'spec.containers{mesh}'}, 'reason': 'Failed'}
    assert judge(pod, events) == Verdict('Pulled', PULLED)
    assert pod_state.events_of({'items': [others]}) == []
    assert pod_state.stored_image(pod) == IMAGE


def test_a_missing_pull_secret_is_a_warning() -> None:
    api = cluster_with('missing secret', 4)
    pod, events = seen(api)
    verdict = judge(pod, events)
    assert verdict and verdict.end == 'PullFailed' and 'anonymous token' in verdict.message
    assert pod_state.warnings_of(events) == (
        'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (regcred); '
        'attempting to pull the image may not succeed.',
    )


def test_the_secrets_in_a_message_are_redacted() -> None:
    pod, _ = seen(cluster_with('slow', 2))
    text = 'Get "https://x.blob.core.windows.net/a?sv=1&sig=AbCdEf%3D": EOF'
    waiting = {'reason': 'ErrImagePull', 'message': text}
    pod['status']['containerStatuses'][0]['state'] = {'waiting': waiting}
    verdict = judge(pod, [])
    assert verdict and 'AbCdEf' not in verdict.message and 'sv=1' in verdict.message


@pytest.mark.parametrize('reason', ['InvalidImageName', 'RegistryUnavailable', 'ErrImageNeverPull'])
def test_failures_without_a_message(reason: str) -> None:
    pod, _ = seen(cluster_with('slow', 2))
    pod['status']['containerStatuses'][0]['state'] = {'waiting': {'reason': reason}}
    assert judge(pod, []) == Verdict('PullFailed', reason)


@pytest.mark.parametrize(
    'duration, seconds',
    [
        ('412ms (412ms including waiting). Image size: 1840 bytes.', 0.412),
        ('1.2s', 1.2),
        ('1m2.5s (1m3s including waiting)', 62.5),
        ('1h0m1s', 3601.0),
        ('35µs', 0.000035),
        ('1.2.3s', None),
        ('soon', None),
    ],
)
def test_how_long_a_pull_took(duration: str, seconds: float | None) -> None:
    message = f'Successfully pulled image "{IMAGE}" in {duration}'
    found = pod_state.pull_seconds([PodEvent('Pulled', message, False, True)])
    assert found == pytest.approx(seconds)


def test_the_pull_secrets() -> None:
    pod = {'spec': {'imagePullSecrets': [{'name': 'a'}, {}, 7, {'name': 'b;id'}, {'name': 'b'}]}}
    assert pod_state.secrets_of(pod) == ('a', 'b')


def test_a_name_that_is_none_is_not_shown() -> None:
    pod, events = seen(cluster_with('no sandbox', 2))
    pod['spec']['nodeName'] = '$(id)'
    assert pod_state.node_of(pod) is None and judge_at_deadline(pod, events).end == 'NotStarted'


def test_without_events_a_condition_says_why_no_node_fits() -> None:
    pod, _ = seen(cluster_with('unschedulable', 1))
    assert '0/3 nodes are available' in judge_at_deadline(pod, []).message


NAMES = st.sampled_from(
    (
        *('spec', 'status', 'containers', 'containerStatuses', 'name', 'state', 'waiting'),
        *('reason', 'message', 'items', 'conditions', 'type', 'phase', 'involvedObject'),
    )
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, json_values), st.dictionaries(NAMES, json_values))
def test_any_json_is_judged(pod: dict[str, Any], event_list: dict[str, Any]) -> None:
    events = pod_state.events_of(event_list)
    judge(pod, events)
    judge_at_deadline(pod, events)
    pod_state.warnings_of(events)
    pod_state.secrets_of(pod)
