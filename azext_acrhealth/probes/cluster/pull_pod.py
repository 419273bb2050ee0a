# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""One pod in a cluster: make it, read it and its events, delete it."""

from __future__ import annotations

import sys
import threading
import time

from azext_acrhealth.advice import quote_word
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.cluster.kubectl import ApiResult, Kubectl, Run
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod import PodRequest, manifest, new_name
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of, text_of

# The API server responded with them, or was never reached, so that no pod was made.
_NOTHING_MADE: tuple[KubectlKind, ...] = (
    *('Missing', 'NoContext', 'InvalidContext', 'SignInFailed', 'Untrusted'),
    *('Forbidden', 'Refused', 'NoNamespace', 'NotFound'),
)
# The output of a tool is bounded; a pod has about ten events, of at most 2 KiB each.
_MOST_EVENTS = 25
# A request whose client was killed can still be under way.
_UNDER_WAY = 0.5


def pods_path(namespace: str) -> str:
    """Return the API's path of the pods of a namespace."""
    return f'/api/v1/namespaces/{namespace}/pods'


class PullPod:
    """A pod of a pull. `may_remain`: whether it may be in the cluster now.

    `is_reported` is set once the caller has the result that says whether it remains.
    """

    def __init__(self, kubectl: Kubectl, context: str, request: PodRequest) -> None:
        self._kubectl, self._context = kubectl, context
        self.request, self.name = request, new_name()
        self._path = f'{pods_path(request.namespace)}/{self.name}'
        self._uid: str | None = None
        self._is_certain = False
        self.may_remain = self.is_reported = False

    @property
    def delete_command(self) -> str:
        """Return the command that deletes the pod."""
        context = quote_word(self._context, 'windows' if sys.platform == 'win32' else 'linux')
        return (
            f'kubectl delete pod {self.name} --namespace {self.request.namespace}'
            f' --context {context}'
        )

    def create(self, deadline: float, interrupted: threading.Event) -> ApiResult:
        """Make the pod, unless the run was interrupted."""
        if interrupted.is_set():
            return ApiResult({}, Failure('Timeout', 'the run was interrupted'))
        self.may_remain = True
        path = f'{pods_path(self.request.namespace)}?fieldManager=acrhealth'
        body = manifest(self.request, self.name)
        result = self._kubectl.create(self._context, path, body, deadline)
        if result.failure:
            self.may_remain = not _made_nothing(result.failure)
        else:
            self._is_certain = True
            uid = text_of(object_of(result.object.get('metadata')).get('uid'))
            self._uid = uid if is_guid(uid) else None
        return result

    def get(self, deadline: float) -> ApiResult:
        """Read the pod."""
        return self._kubectl.get(self._context, self._path, deadline)

    def events(self, deadline: float) -> ApiResult:
        """Read the pod's events, the oldest first."""
        key, value = ('uid', self._uid) if self._uid else ('name', self.name)
        path = f'/api/v1/namespaces/{self.request.namespace}/events'
        query = f'fieldSelector=involvedObject.{key}%3D{value}&limit={_MOST_EVENTS}'
        return self._kubectl.get(self._context, f'{path}?{query}', deadline)

    def delete(self, end: float, run: Run | None = None) -> None:
        """Delete the pod until an instant, at once rather than in its grace period.

        `run` is used in place of the run's own, which starts nothing after an interruption.
        """
        kubectl = self._kubectl._replace(run=run) if run else self._kubectl
        path = f'{self._path}?gracePeriodSeconds=0'
        while self.may_remain and time.monotonic() < end:
            # A request that hangs must leave time for another one.
            failure = kubectl.delete(self._context, path, deadlines.half(end)).failure
            if failure is None or failure.kind == 'NotFound' and self._is_certain:
                self.may_remain = False
            elif failure.kind == 'NotFound':
                self._is_certain = True
            elif failure.kind in _NOTHING_MADE or deadlines.left(end, deadlines.DELETE) < 1:
                return
            if self.may_remain:
                time.sleep(_UNDER_WAY)


def _made_nothing(failure: Failure[KubectlKind]) -> bool:
    not_connected = 'dial tcp' in failure.text or 'was refused' in failure.text
    return failure.kind in _NOTHING_MADE or failure.kind == 'Unreachable' and not_connected
