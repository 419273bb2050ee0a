# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pods of earlier runs that were killed before they could delete them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from azext_acrhealth.probes.cluster.kubectl import Kubectl
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod import LABELS, NAME
from azext_acrhealth.probes.cluster.pull_pod import pods_path
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of, text_of, time_of

# No run needs its pod for so long, not even by a clock that is some minutes fast.
AGE = timedelta(minutes=15)
# The output of a tool is bounded; these are deleted, and others by the next run.
_MOST = 5
_SELECTOR = ','.join(f'{key}%3D{value}' for key, value in LABELS.items())


def delete(
    kubectl: Kubectl, context: str, namespace: str, deadline: float
) -> Failure[KubectlKind] | None:
    """Delete the pods of earlier runs in a namespace; return why they can't be listed, if so."""
    path = pods_path(namespace)
    query = f'labelSelector={_SELECTOR}&limit={_MOST}'
    listed = kubectl.get(context, f'{path}?{query}', deadline)
    for name in _old(listed.object, datetime.now(timezone.utc)):
        kubectl.delete(context, f'{path}/{name}?gracePeriodSeconds=0', deadline)
    return listed.failure


def _old(pods: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """Yield the names of pods that can't be of a run under way; others' pods may share labels."""
    for metadata in (
        object_of(object_of(pod).get('metadata')) for pod in list_of(pods.get('items'))
    ):
        name, made = text_of(metadata.get('name')), time_of(metadata.get('creationTimestamp'))
        if name and made and NAME.fullmatch(name) and made < now - AGE:
            yield name
