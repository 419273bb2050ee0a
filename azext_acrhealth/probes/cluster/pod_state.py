# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a pod and its events say about the pull of its image.

Sources: kubernetes, pkg/kubelet/images/{types,image_manager,puller}.go and
pkg/kubelet/kuberuntime/kuberuntime_container.go. The messages are the container runtime's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from azext_acrhealth.grammar import OBJECT_NAME
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.cluster.pod import CONTAINER
from azext_acrhealth.probes.json_access import list_of, object_of, objects_of, text_of
from azext_acrhealth.redaction import sanitize

PullEnd = Literal[
    'Pulled',
    'AlreadyPresent',  # the node had the image, and pulled nothing
    'Unverified',  # a container was made of it, but nothing shows that it was pulled for that
    'PullFailed',
    'StillPulling',
    'Unschedulable',
    'NotStarted',  # the node didn't begin to pull: no sandbox, no volume, or it rejected the pod
    'Removed',  # someone else deleted the pod
    'Replaced',  # an admission webhook put another image in its place
]

_LONGEST = 4000
_PULL_FAILURES = (
    *('ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ImageInspectError'),
    *('ErrImageNeverPull', 'RegistryUnavailable', 'SignatureValidationFailed'),
)
# The kubelet reaches these states with the image on the node only.
_AFTER_PULL = (
    *('CreateContainerConfigError', 'CreateContainerError', 'PreCreateHookError'),
    *('PreStartHookError', 'PostStartHookError', 'RunContainerError', 'CrashLoopBackOff'),
)
_FIELD_PATH = f'spec.containers{{{CONTAINER}}}'
_PULLED: tuple[tuple[str, PullEnd], ...] = (
    ('Successfully pulled image', 'Pulled'),
    ('already present on machine', 'AlreadyPresent'),
)
_FAILED_TO_PULL = lazy_pattern(r'Failed to pull image "[^"]*": ')
# Before 1.28: `in 1.2s (1.5s including waiting)` or `in 1.2s`. Go's durations have no blanks.
_SECONDS = lazy_pattern(
    r'Successfully pulled image "[^"]*" in (?:(\d{1,3})h)?(?:(\d{1,2})m)?([\d.]{1,20})(ms|µs|s)\b',
    re.ASCII,
)
_UNITS = {'s': 1.0, 'ms': 1e-3, 'µs': 1e-6}


class PodEvent(NamedTuple):
    """An event about the pod. `of_container` is set for its own container's, not for others'."""

    reason: str
    message: str
    is_warning: bool
    of_container: bool


class Verdict(NamedTuple):
    """How a pull ended, and the text that says so: the kubelet's, or the scheduler's."""

    end: PullEnd
    message: str = ''


def events_of(event_list: Mapping[str, Any]) -> list[PodEvent]:
    """Return the events of a list about one pod, without those about containers of others."""
    events = []
    for item in objects_of(event_list.get('items')):
        path = text_of(object_of(item.get('involvedObject')).get('fieldPath'))
        if path in (None, _FIELD_PATH):
            events.append(
                PodEvent(
                    text_of(item.get('reason')) or '',
                    text_of(item.get('message')) or '',
                    item.get('type') == 'Warning',
                    path is not None,
                )
            )
    return events


def needs_events(pod: Mapping[str, Any]) -> bool:
    """Return whether a pod has come so far that its events can decide."""
    return _is_created(pod) or _waiting_reason(_state(pod)) in _PULL_FAILURES


def judge(pod: Mapping[str, Any], events: Sequence[PodEvent]) -> Verdict | None:
    """Return how the pull ended; None if it has not, or if an event is missing that decides.

    A pod that no node fits can still get one that the cluster adds.
    """
    waiting = object_of(_state(pod).get('waiting'))
    reason = _waiting_reason(_state(pod))
    if _is_created(pod):
        return _judge_created(events)
    if reason in _PULL_FAILURES:
        return Verdict('PullFailed', _pull_message(reason, text_of(waiting.get('message')), events))
    status = object_of(pod.get('status'))
    if status.get('phase') == 'Failed':
        texts = (text_of(status.get('reason')), text_of(status.get('message')))
        return Verdict('NotStarted', _shown(': '.join(filter(None, texts))))
    reason_unscheduled = _unscheduled(pod)
    if reason_unscheduled is None:
        return None
    return Verdict('Unschedulable', _shown(reason_unscheduled))


def judge_at_deadline(pod: Mapping[str, Any], events: Sequence[PodEvent]) -> Verdict:
    """Return how far a pull has come whose time is up."""
    if _is_created(pod):
        if image_id(pod) and _always_pulls(pod):
            return Verdict('Pulled')
        return Verdict('Unverified')
    last_warning = next((event.message for event in reversed(events) if event.is_warning), '')
    if any(event.reason == 'Pulling' for event in events):
        return Verdict('StillPulling', _shown(last_warning))
    if object_of(pod.get('spec')).get('nodeName'):
        return Verdict('NotStarted', _shown(last_warning))
    return Verdict('Unschedulable', _shown(_unscheduled(pod) or last_warning))


def node_of(pod: Mapping[str, Any]) -> str | None:
    """Return the name of the node that a pod was assigned to."""
    return next(_names(object_of(pod.get('spec')).get('nodeName')), None)


def image_id(pod: Mapping[str, Any]) -> str | None:
    """Return the image ID of the container: a reference with a digest, as a rule."""
    return text_of(_container_status(pod).get('imageID'))


def secrets_of(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a pod's pull secrets, those of its service account included."""
    secrets = list_of(object_of(pod.get('spec')).get('imagePullSecrets'))
    return tuple(_names(*(object_of(secret).get('name') for secret in secrets)))


def stored_image(pod: Mapping[str, Any]) -> str | None:
    """Return the container's image as the API server stored it, after all admission webhooks."""
    return text_of(_spec(pod).get('image'))


def pull_seconds(events: Sequence[PodEvent]) -> float | None:
    """Return how long the pull took, by its event."""
    matches = (_SECONDS.match(event.message) for event in events if event.of_container)
    match = next(filter(None, matches), None)
    if not match:
        return None
    hours, minutes, number, unit = match.groups()
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        return None
    return round(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds, 6)


def warnings_of(events: Sequence[PodEvent]) -> tuple[str, ...]:
    """Return the warnings about the pod itself, such as that of a missing pull secret."""
    texts = (
        f'{event.reason}: {event.message}'
        for event in events
        if event.is_warning and not event.of_container
    )
    return tuple(map(_shown, dict.fromkeys(texts)))


def _judge_created(events: Sequence[PodEvent]) -> Verdict | None:
    """Judge a pod whose container was made of the image. The status can come before its events."""
    pulled = [event.message for event in events if event.reason == 'Pulled']
    for text, end in _PULLED:
        message = next((message for message in pulled if text in message), None)
        if message:
            return Verdict(end, _shown(message))
    return None


def _pull_message(reason: str, message: str | None, events: Sequence[PodEvent]) -> str:
    """Return the most specific text: the state's own; while waiting, before 1.32, an event's."""
    if reason == 'ImagePullBackOff' or not message:
        texts = (event.message for event in events if event.of_container)
        from_event = next(filter(_FAILED_TO_PULL.match, texts), None)
        # An event's message is cut at 1,024 characters; a state's isn't.
        if from_event and len(from_event) > len(message or ''):
            message = from_event
    text = _FAILED_TO_PULL.sub('', message or '', count=1)
    return _shown(f'{reason}: {text}' if text else reason)


def _names(*values: Any) -> Iterator[str]:
    """Yield the values that are names of objects, and so may stand in a command."""
    for value in values:
        if isinstance(value, str) and OBJECT_NAME.fullmatch(value):
            yield value


def _shown(text: str) -> str:
    return str(sanitize(text, _LONGEST))


def _is_created(pod: Mapping[str, Any]) -> bool:
    """Return whether a container was made, or tried to be, for which its image has to be there."""
    # A node that is lost ends containers that it never made, without an ID.
    made = text_of(_container_status(pod).get('containerID'))
    return bool(made or image_id(pod) or _waiting_reason(_state(pod)) in _AFTER_PULL)


def _always_pulls(pod: Mapping[str, Any]) -> bool:
    return _spec(pod).get('imagePullPolicy') == 'Always'


def _spec(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    return _named(object_of(pod.get('spec')).get('containers'))


def _container_status(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    return _named(object_of(pod.get('status')).get('containerStatuses'))


def _named(containers: Any) -> Mapping[str, Any]:
    """Return the pull's own container among those that webhooks may have added."""
    return next((item for item in objects_of(containers) if item.get('name') == CONTAINER), {})


def _state(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    return object_of(_container_status(pod).get('state'))


def _waiting_reason(state: Mapping[str, Any]) -> str:
    return text_of(object_of(state.get('waiting')).get('reason')) or ''


def _unscheduled(pod: Mapping[str, Any]) -> str | None:
    """Return why the scheduler found no node; None if it did, or hasn't tried."""
    for condition in _conditions(pod):
        if condition.get('type') == 'PodScheduled' and condition.get('status') == 'False':
            return text_of(condition.get('message')) or text_of(condition.get('reason')) or ''
    return None


def _conditions(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from objects_of(object_of(pod.get('status')).get('conditions'))
