# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pulls by a cluster's nodes: each makes a pod, watches it, and deletes it whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.cluster import leftovers, pod_state
from azext_acrhealth.probes.cluster.kubectl import KubeContext, Run, find_kubectl
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.cluster.pod_state import PodEvent, PullEnd, Verdict
from azext_acrhealth.probes.cluster.pull_pod import PullPod
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.process import CommandRunner
from azext_acrhealth.protocols import LimitReached

# Failures of the first request that the next ones would only repeat, each after its time limit.
_HOPELESS: tuple[KubectlKind, ...] = (
    *('Missing', 'Timeout', 'NoContext', 'InvalidContext', 'SignInFailed'),
    *('Unreachable', 'Untrusted'),
)
# Failures that can pass while a pod is watched.
_TRANSIENT: tuple[KubectlKind, ...] = ('Timeout', 'Unreachable', 'ServerError', 'Unexpected')
# Seconds that the last look at a pod and the reading of its events have at least.
_LAST_LOOK, _LAST_EVENTS = 2.0, 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 2.0
_TOO_SHORT = 'the time left was too short for a pull'
# Events come up to a second after the status that they explain.
_LATE_EVENTS = 1.5


class ClusterPull(NamedTuple):
    """How a node's pull ended. Where `end` is None, `failure` says why it couldn't be tried.

    `message` is the kubelet's or the scheduler's, without secrets; `warnings` are events about the
    pod itself, as `Reason: message`. `seconds` is the pull's own duration, None where it isn't
    known. `events_failure` says why the events couldn't be read, without which less is known.
    `delete_command` is what is left to do where the pod couldn't be deleted. `job` is the name of
    the Job that the pod belongs to, if any.
    """

    end: PullEnd | None
    message: str = ''
    failure: Failure[KubectlKind] | None = None
    pod: str = ''
    node: str | None = None
    image_id: str | None = None
    seconds: float | None = None
    pull_secrets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    events_failure: Failure[KubectlKind] | None = None
    delete_command: str | None = None
    job: str = ''


def result_of(
    verdict: Verdict,
    name: str,
    pod: Mapping[str, Any],
    events: Sequence[PodEvent],
    events_failure: Failure[KubectlKind] | None,
) -> ClusterPull:
    """Return the result of a verdict on a pod, which may have been read before it ended."""
    return ClusterPull(
        verdict.end,
        verdict.message,
        pod=name,
        node=pod_state.node_of(pod),
        image_id=pod_state.image_id(pod),
        seconds=pod_state.pull_seconds(events),
        pull_secrets=pod_state.secrets_of(pod),
        warnings=pod_state.warnings_of(events),
        events_failure=events_failure,
    )


class ClusterPulls:
    """The pulls of a run, so that none leaves a pod behind when it ends."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pods = list[PullPod]()
        self._interrupted = threading.Event()

    def context(self, name: str | None, deadline: float) -> KubeContext:
        """Return a context of the kubeconfig, by default the current one, without a request."""
        kubectl = find_kubectl(self._run)
        if isinstance(kubectl, Failure):
            return KubeContext(failure=kubectl)
        return kubectl.context(name, deadline)

    def pull(
        self, context: KubeContext, requests: Sequence[PodRequest], deadline: float
    ) -> list[ClusterPull]:
        """Pull by one pod for each request, in parallel, and delete the pods.

        The context is one that `context` returned. The pulls end at the deadline; deleting
        can take the `deadlines.DELETE` seconds after that.
        """
        kubectl = find_kubectl(self._run)
        if isinstance(kubectl, Failure):
            return [ClusterPull(None, failure=kubectl) for _ in requests]
        until = time.monotonic() + deadlines.left(deadline, deadlines.CLUSTER_PULL)
        for namespace in dict.fromkeys(request.namespace for request in requests):
            failure = leftovers.delete(kubectl, context.name, namespace, until)
            if failure and failure.kind in _HOPELESS:
                return [ClusterPull(None, failure=failure) for _ in requests]
        pods = [PullPod(kubectl, context.name, request) for request in requests]
        self._pods += pods
        pending = [deadlines.background(partial(self._pull, pod, until)) for pod in pods]
        return [self._reported(pod, future.result()) for pod, future in zip(pods, pending)]

    def _pull(self, pod: PullPod, deadline: float) -> ClusterPull:
        try:
            return _Watch(pod, deadline, self._interrupted).run()
        finally:
            if not self._interrupted.is_set():  # else cleanup() does it
                pod.delete(time.monotonic() + deadlines.DELETE)

    def cleanup(self) -> None:
        """Delete the pods that an interrupted run, or an abandoned check, has left."""
        self._interrupted.set()
        left = [pod for pod in self._pods if pod.may_remain and not pod.is_reported]
        if not left:
            return
        # The run's own one starts nothing any more.
        runner = CommandRunner()
        end = time.monotonic() + deadlines.DELETE
        try:
            pending = [deadlines.background(partial(pod.delete, end, runner.run)) for pod in left]
            for future in pending:
                with suppress(FutureTimeoutError, LimitReached):
                    future.result(deadlines.left(end + 1, deadlines.DELETE))
        except LimitReached:
            pass  # no thread is left; `unfinished` names the pods
        finally:
            runner.kill_all()

    def unfinished(self) -> list[str]:
        """Return the commands that delete the pods that may remain and that no check reported."""
        return [pod.delete_command for pod in self._pods if pod.may_remain and not pod.is_reported]

    def _reported(self, pod: PullPod, result: ClusterPull) -> ClusterPull:
        """Return a result with the command that is left to do, which the caller is to report."""
        if self._interrupted.is_set():  # cleanup() deletes it, and unfinished() reports it
            return result
        pod.is_reported = True
        command = pod.delete_command if pod.may_remain else None
        return result._replace(delete_command=command)


class _Watch:
    """Makes a pod, and watches it until the pull has ended or its time is up."""

    def __init__(self, pod: PullPod, deadline: float, interrupted: threading.Event) -> None:
        self._pod, self._interrupted = pod, interrupted
        self._deadline, self._look_until = deadline, deadline - _LAST_EVENTS
        self._seen: Mapping[str, Any] = {}
        self._events = list[PodEvent]()
        self._events_failure: Failure[KubectlKind] | None = None

    def run(self) -> ClusterPull:
        """Return how the pull ended, once the pod has been made."""
        if self._is_late():
            return self._failed(Failure('Timeout', _TOO_SHORT))
        created = self._pod.create(self._deadline, self._interrupted)
        if created.failure:
            return ClusterPull(None, failure=created.failure, pod=self._pod.name)
        self._seen = created.object
        image = pod_state.stored_image(created.object)
        if image != self._pod.request.image:
            return self._result(Verdict('Replaced', str(image)))
        return self._watch()

    def _watch(self) -> ClusterPull:
        failure: Failure[KubectlKind] | None = Failure('Timeout', _TOO_SHORT)
        pause, no_node_until = _FIRST_PAUSE, time.monotonic() + deadlines.NO_NODE
        while not (self._is_late(pause) or self._interrupted.wait(pause)):
            pause = min(2 * pause, _LONGEST_PAUSE)
            found = self._pod.get(self._look_until)
            failure = found.failure
            if failure is None:
                self._seen = found.object
                verdict = self._judge()
                if verdict and (verdict.end != 'Unschedulable' or time.monotonic() > no_node_until):
                    return self._result(verdict)
            elif failure.kind == 'NotFound':
                return self._result(Verdict('Removed'))
            elif failure.kind not in _TRANSIENT:
                break
        if self._interrupted.is_set():
            failure = Failure('Timeout', 'the run was interrupted')
        if failure:
            return self._failed(failure)
        self._read_events()
        return self._result(pod_state.judge_at_deadline(self._seen, self._events))

    def _is_late(self, pause: float = 0.0) -> bool:
        """Return whether too little time is left to look at the pod after a pause."""
        return time.monotonic() + pause > self._look_until - _LAST_LOOK

    def _judge(self) -> Verdict | None:
        if pod_state.needs_events(self._seen):
            self._read_events()
        verdict = pod_state.judge(self._seen, self._events)
        if verdict or not pod_state.needs_events(self._seen):
            return verdict
        self._interrupted.wait(_LATE_EVENTS)
        self._read_events()
        verdict = pod_state.judge(self._seen, self._events)
        return verdict or pod_state.judge_at_deadline(self._seen, self._events)

    def _read_events(self) -> None:
        """Read the pod's events. Without permission to list them, the status alone decides."""
        found = self._pod.events(self._deadline)
        self._events_failure = found.failure
        if not found.failure:
            self._events = pod_state.events_of(found.object)

    def _failed(self, failure: Failure[KubectlKind]) -> ClusterPull:
        return ClusterPull(
            None, failure=failure, pod=self._pod.name, node=pod_state.node_of(self._seen)
        )

    def _result(self, verdict: Verdict) -> ClusterPull:
        return result_of(verdict, self._pod.name, self._seen, self._events, self._events_failure)
