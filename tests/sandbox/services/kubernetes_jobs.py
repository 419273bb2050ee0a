# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Jobs of a Kubernetes cluster (batch/v1), and the controller that creates and deletes their pods.

Sources: kubernetes, pkg/controller/job and pkg/controller/controller_utils.go for names, labels and
events; apimachinery, pkg/labels for selectors.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

Job = dict[str, Any]


@dataclasses.dataclass
class StoredJob:
    """A Job, and when the controller makes its pod; the pod's name is empty before."""

    job: Job
    due: float
    is_tried: bool = False
    events: list[tuple[float, dict[str, Any]]] = dataclasses.field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """Return the namespace and the name."""
        metadata = self.job['metadata']
        return metadata['namespace'], metadata['name']

    def pod(self) -> dict[str, Any]:
        """Return the manifest of a new pod."""
        template, (namespace, name) = self.job['spec']['template'], self.key
        labels = {
            **template['metadata'].get('labels', {}),
            'batch.kubernetes.io/job-name': name,
            'job-name': name,
        }
        suffix = secrets.token_hex(3)[:5]
        owner = {'apiVersion': 'batch/v1', 'kind': 'Job', 'name': name, 'controller': True}
        metadata = {
            'name': f'{name}-{suffix}',
            'generateName': f'{name}-',
            'namespace': namespace,
            'labels': labels,
            'annotations': dict(template['metadata'].get('annotations', {})),
            'ownerReferences': [owner],
        }
        spec = {**template['spec'], 'containers': [dict(template['spec']['containers'][0])]}
        return {'kind': 'Pod', 'apiVersion': 'v1', 'metadata': metadata, 'spec': spec}

    def fail(self, message: str) -> None:
        """Record why the pod could not be made."""
        namespace, name = self.key
        event = {
            'metadata': {'name': f'{name}.{uuid.uuid4().hex[:16]}', 'namespace': namespace},
            'involvedObject': {
                'kind': 'Job',
                'namespace': namespace,
                'name': name,
                'uid': self.job['metadata']['uid'],
            },
            'reason': 'FailedCreate',
            'message': f'Error creating: {message}'[:1024],
            'source': {'component': 'job-controller'},
            'count': 1,
            'type': 'Warning',
            'eventTime': None,
            'reportingComponent': 'job-controller',
        }
        self.events.append((time.monotonic(), event))


def matches(labels: Mapping[str, str], selector: str) -> bool:
    """Return whether labels fit a selector of requirements such as `a=b` and `n<5`."""
    return all(map(bool, _fits(labels, selector)))


def _fits(labels: Mapping[str, str], selector: str) -> Iterator[bool]:
    for requirement in filter(None, selector.split(',')):
        key, operator, value = requirement.partition('<' if '<' in requirement else '=')
        have = labels.get(key)
        if operator == '<':
            yield have is not None and have.isdigit() and int(have) < int(value)
        else:
            yield have == value
