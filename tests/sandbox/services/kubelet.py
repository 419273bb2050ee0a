# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a node does with the pod of a pull, step by step: its states and its events.

Sources: kubernetes, pkg/kubelet/images/image_manager.go and pkg/kubelet/kuberuntime. The first
failure is ErrImagePull; while the node waits, the reason is ImagePullBackOff, whose message has the
cause from 1.32 on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Optional

from tests.sandbox.services import kubelet_messages

Pod = dict[str, Any]
NODE = 'aks-nodepool1-12345678-vmss000000'
DIGEST = 'sha256:' + 'a' * 64


@dataclasses.dataclass(frozen=True)
class Event:
    """One event; `container` is the container that it is about, None for the pod."""

    reason: str
    message: str
    warning: bool = False
    container: Optional[str] = None
    source: str = 'kubelet'


# What changes in a pod at one moment, and the events that say so.
Step = tuple[Callable[[Pod], None], tuple[Event, ...]]


def steps(case: str, pod: Pod, minor: int) -> Iterator[Step]:
    """Yield what happens to a pod. `minor` is the cluster's version: 31 for 1.31.

    `case` is one of CASES, or `failed: ` and a name of kubelet_messages.MESSAGES.
    """
    name, _, message = case.partition(': ')
    image = _container(pod)['image']
    if name == 'failed':
        text = kubelet_messages.fill(message, image)
        yield from _scheduled(pod)
        yield _pulling(pod)
        yield from _pull_failed(pod, image, text, minor)
    else:
        yield from CASES[name](pod, image)


def _container(pod: Pod) -> dict[str, Any]:
    return pod['spec']['containers'][0]  # type: ignore[no-any-return]


def _waiting(reason: str, message: str = '') -> dict[str, Any]:
    return {'waiting': {'reason': reason, **({'message': message} if message else {})}}


def _status(pod: Pod, state: Mapping[str, Any], **values: Any) -> None:
    container = _container(pod)
    # In the order of the API's type, in which the API server writes them (core/v1, types.go).
    own = {
        'name': container['name'],
        'state': state,
        'lastState': {},
        'ready': False,
        'restartCount': 0,
        'image': container['image'],
        'imageID': '',
        **values,
        'started': False,
    }
    others = [
        {**own, 'name': other['name'], 'image': other['image'], 'state': _waiting('ErrImagePull')}
        for other in pod['spec']['containers'][1:]
    ]
    # A container that a webhook added may be listed first.
    pod['status']['containerStatuses'] = [*others, own]


def _condition(pod: Pod, status: str, **values: str) -> None:
    pod['status']['conditions'] = [{'type': 'PodScheduled', 'status': status, **values}]


def _scheduled(pod: Pod) -> Iterator[Step]:
    def assign(changed: Pod) -> None:
        changed['spec']['nodeName'] = NODE
        _condition(changed, 'True')
        _status(changed, _waiting('ContainerCreating'))

    metadata = pod['metadata']
    place = f'{metadata["namespace"]}/{metadata["name"]}'
    text = f'Successfully assigned {place} to {NODE}'
    yield assign, (Event('Scheduled', text, source='default-scheduler'),)


def _pulling(pod: Pod) -> Step:
    container = _container(pod)
    text = f'Pulling image "{container["image"]}"'
    return (lambda _: None), (Event('Pulling', text, container=container['name']),)


def _started(pod: Pod, image: str, text: str) -> Step:
    """Return the step in which the container is made, and its command isn't found."""
    name, identity = _container(pod)['name'], 'containerd://' + 'c' * 64
    place = image.partition('@')[0].rpartition(':')[0] or image
    state = {
        'terminated': {
            'exitCode': 128,
            'reason': 'StartError',
            'message': kubelet_messages.START_ERROR,
            'startedAt': '1970-01-01T00:00:00Z',
            'finishedAt': '2026-11-29T10:00:04Z',
            'containerID': identity,
        }
    }

    def fail(changed: Pod) -> None:
        changed['status']['phase'] = 'Failed'
        _status(changed, state, imageID=f'{place}@{DIGEST}', containerID=identity)

    return fail, (
        Event('Pulled', text, container=name),
        Event('Created', f'Created container: {name}', container=name),
        Event('Failed', f'Error: {kubelet_messages.START_ERROR}', True, name),
    )


def _pulled(pod: Pod, image: str) -> Iterator[Step]:
    yield from _scheduled(pod)
    yield _pulling(pod)
    yield _started(pod, image, kubelet_messages.pulled(image))


def _already_present(pod: Pod, image: str) -> Iterator[Step]:
    yield from _scheduled(pod)
    yield _started(pod, image, kubelet_messages.already_present(image))


def _pull_failed(pod: Pod, image: str, text: str, minor: int) -> Iterator[Step]:
    name = _container(pod)['name']
    back_off = f'Back-off pulling image "{image}"'
    explained = f'{back_off}: ErrImagePull: {text}' if minor >= 32 else back_off
    # The API server cuts the message of an event.
    failed = f'Failed to pull image "{image}": {text}'[:1024]
    yield (
        lambda changed: _status(changed, _waiting('ErrImagePull', text)),
        (
            Event('Failed', failed, True, name),
            Event('Failed', 'Error: ErrImagePull', True, name),
        ),
    )
    yield (
        lambda changed: _status(changed, _waiting('ImagePullBackOff', explained)),
        (
            Event('BackOff', back_off, container=name),
            Event('Failed', 'Error: ImagePullBackOff', True, name),
        ),
    )


def _unschedulable(_: Pod, __: str) -> Iterator[Step]:
    text = kubelet_messages.UNSCHEDULABLE
    yield (
        lambda changed: _condition(changed, 'False', reason='Unschedulable', message=text),
        (Event('FailedScheduling', text, True, source='default-scheduler'),),
    )


def _no_sandbox(pod: Pod, _: str) -> Iterator[Step]:
    yield from _scheduled(pod)
    text = kubelet_messages.NO_SANDBOX
    yield (lambda _: None), (Event('FailedCreatePodSandBox', text, True),)


def _rejected(pod: Pod, _: str) -> Iterator[Step]:
    """The node itself refuses the pod, after the scheduler gave it to it."""
    yield from _scheduled(pod)
    text = 'Pod was rejected: Node was low on resource: memory'

    def reject(changed: Pod) -> None:
        changed['status'] = {'phase': 'Failed', 'reason': 'Evicted', 'message': text}

    yield reject, (Event('Evicted', text, True),)


def _missing_secret(pod: Pod, image: str) -> Iterator[Step]:
    yield from _scheduled(pod)
    text = (
        'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may'
        ' not succeed.'
    )
    yield (lambda _: None), (Event('FailedToRetrieveImagePullSecret', text, True),)
    yield _pulling(pod)
    message = kubelet_messages.fill('1.7 no login', image)
    yield from _pull_failed(pod, image, message, 35)


def _slow(pod: Pod, _: str) -> Iterator[Step]:
    yield from _scheduled(pod)
    yield _pulling(pod)


CASES: Mapping[str, Callable[[Pod, str], Iterator[Step]]] = {
    'pulled': _pulled,
    'already present': _already_present,
    'unschedulable': _unschedulable,
    'no sandbox': _no_sandbox,
    'rejected': _rejected,
    'missing secret': _missing_secret,
    'slow': _slow,
    'unassigned': lambda *_: iter(()),
}
