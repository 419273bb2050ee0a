# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the output of the script pull.sh: how the pull of each Job ended.

Each section begins with a line `@@MARK WHAT NAME STATUS`, and has what kubectl printed: an object
if the status is 0, else its error message. The output can be cut anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from azext_acrhealth.grammar import OBJECT_NAME
from azext_acrhealth.probes.cluster import pod_state
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull, result_of
from azext_acrhealth.probes.cluster.kubectl import ApiResult
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind, failure_of
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.cluster.pod_state import PodEvent, Verdict
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of, text_of

Sections = Mapping[tuple[str, str], ApiResult]
END = ('end', '')  # the last section, which an output that was cut doesn't have

# The event by which the Job controller says why it can't create the pod of a Job.
_REFUSED, _REFUSED_LEAD = 'FailedCreate', 'Error creating: '
_CUT = 'the command ended before this was known'
# The API server responded with them, so that it made nothing.
_NOTHING_MADE: tuple[KubectlKind, ...] = ('SignInFailed', 'Forbidden', 'Refused', 'NoNamespace')
# Sections whose status says all.
_WITHOUT_OBJECT = ('created', 'deleted')


def sections_of(logs: str, mark: str) -> Sections:
    """Return the sections by what they hold and the name of their Job; empty without any.

    Of several about the same, the first decides. In an output that was cut, the last one isn't
    complete, so it is left out.
    """
    begin = re.compile(
        rf'^@@{re.escape(mark)} (?:([a-z]+) ([a-z0-9-]+) ([0-9]{{1,3}})|end)$', re.MULTILINE
    )
    sections: dict[tuple[str, str], ApiResult] = {}
    starts = list(begin.finditer(logs))
    for start, following in zip(starts, starts[1:]):
        what, name, status = start.groups('')
        if what:
            text = logs[start.end() : following.start()].strip()
            sections.setdefault((what, name), _result(what, text, int(status)))
    if starts and not starts[-1][1]:
        sections[END] = ApiResult({})
    return sections


def pull_of(sections: Sections, name: str, request: PodRequest) -> ClusterPull:
    """Return how the pull by a Job ended."""
    return _pull(sections, name, request)._replace(job=name)


def may_remain(sections: Sections, name: str) -> bool:
    """Return whether a Job may be in the cluster now."""
    created, deleted = sections.get(('created', name)), sections.get(('deleted', name))
    if created and created.failure and created.failure.kind in _NOTHING_MADE:
        return False
    return deleted is None or deleted.failure is not None and deleted.failure.kind != 'NotFound'


def _pull(sections: Sections, name: str, request: PodRequest) -> ClusterPull:
    cut = ApiResult({}, Failure('Timeout', _CUT))
    created, listed = (sections.get((what, name), cut) for what in ('created', 'pods'))
    failure = created.failure or listed.failure
    if failure:
        return ClusterPull(None, failure=failure)
    listed_events = sections.get(('events', name), cut)
    events = pod_state.events_of(listed_events.object)
    pod = object_of(next(iter(list_of(listed.object.get('items'))), None))
    if not pod:
        return ClusterPull(None, failure=_no_pod(events, listed_events.failure))
    image = pod_state.stored_image(pod)
    verdict = pod_state.judge(pod, events) or pod_state.judge_at_deadline(pod, events)
    if image != request.image:
        verdict = Verdict('Replaced', str(image))
    pod_name = text_of(object_of(pod.get('metadata')).get('name')) or ''
    return result_of(
        verdict,
        pod_name if OBJECT_NAME.fullmatch(pod_name) else '',
        pod,
        events,
        listed_events.failure,
    )


def _no_pod(
    events: Sequence[PodEvent], events_failure: Failure[KubectlKind] | None
) -> Failure[KubectlKind]:
    """Return why a Job has no pod: by its events, the cluster refuses it."""
    refused = next((event.message for event in events if event.reason == _REFUSED), None)
    if refused is None:
        return events_failure or Failure('Timeout', 'the cluster created no pod in time')
    # The API server's own message, as kubectl would show it.
    text = refused.removeprefix(_REFUSED_LEAD)
    kind = 'InternalError' if 'Internal error occurred' in text else 'Forbidden'
    return failure_of(f'Error from server ({kind}): {text}', 1)


def _result(what: str, text: str, status: int) -> ApiResult:
    if status:
        return ApiResult({}, failure_of(text, status))
    if what in _WITHOUT_OBJECT:
        return ApiResult({})
    # Warnings of the API server can stand before the object and behind it.
    begin = re.search(r'^\{', text, re.MULTILINE)
    try:
        found, _ = json.JSONDecoder().raw_decode(text, begin.start() if begin else 0)
    except (ValueError, RecursionError):
        return ApiResult({}, Failure('Unexpected', "the API server's response isn't JSON"))
    return ApiResult(object_of(found))
