# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pod by which a node pulls an image: its manifest, and the names that it may hold.

Its command doesn't exist in any image, so the container runtime pulls the image and runs nothing of
it. The Pod Security standard "restricted" and the baseline of Azure Policy for Kubernetes admit it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azext_acrhealth import grammar
from azext_acrhealth.lazy_patterns import lazy_pattern

OperatingSystem = Literal['linux', 'windows']

CONTAINER = 'pull'
# By these labels a later run finds the pods that an earlier one had to leave behind.
LABELS = {'app.kubernetes.io/name': 'acrhealth', 'app.kubernetes.io/component': 'pull-test'}
NAME = lazy_pattern(r'acrhealth-pull-[0-9a-f]{10}', re.ASCII)
# Seconds after which a pod that was started ends by itself. A pod has no limit that deletes it.
ACTIVE_DEADLINE = 120
# The labels by which AKS, Amazon EKS, Google Kubernetes Engine and Karpenter name a node's pool.
POOL_LABELS = (
    'kubernetes.azure.com/agentpool',
    'eks.amazonaws.com/nodegroup',
    'cloud.google.com/gke-nodepool',
    'karpenter.sh/nodepool',
)

_COMMAND: Mapping[OperatingSystem, str] = {
    'linux': '/acrhealth-nonexistent',
    'windows': 'C:\\acrhealth-nonexistent.exe',
}
# Azure Policy raises smaller requests, and refuses pods without limits.
_RESOURCES = {'cpu': '100m', 'memory': '100Mi'}
_NOBODY = 65532
# Service meshes would add a container that has to be pulled, too; AKS would add proxy settings.
_MESH_LABELS = {'sidecar.istio.io/inject': 'false'}
_ANNOTATIONS = {
    'linkerd.io/inject': 'disabled',
    'kubernetes.azure.com/no-http-proxy-vars': 'true',
}


@dataclass(frozen=True)
class PodRequest:
    """Which image to pull, and which pod is to do it.

    `image` is a reference with its host. `service_account` is the workload's, None for the
    namespace's default one: the API server adds its pull secrets to a pod that names none, so
    `pull_secrets` are only those that the workload itself names. `node_pool` chooses the node,
    besides its operating system and `arch` (as Go spells it).

    Raises ValueError for a value that Kubernetes doesn't allow.
    """

    image: str
    namespace: str = 'default'
    os: OperatingSystem = 'linux'
    arch: str | None = None
    service_account: str | None = None
    pull_secrets: tuple[str, ...] = ()
    node_pool: str | None = None

    def __post_init__(self) -> None:
        for what, value, is_valid in self._values():
            if not is_valid:
                raise ValueError(f'{value!r} is not a valid {what}')

    def _values(self) -> Iterator[tuple[str, str, bool]]:
        """Yield each value, what it should be, and whether it is that."""
        yield 'image', self.image, _is_image(self.image)
        yield 'namespace', self.namespace, bool(grammar.NAMESPACE.fullmatch(self.namespace))
        yield 'operating system', self.os, self.os in _COMMAND
        for what, name in (
            ('service account', self.service_account),
            *(('pull secret', secret) for secret in self.pull_secrets),
        ):
            yield what, str(name), name is None or bool(grammar.OBJECT_NAME.fullmatch(name))
        for what, label in (('architecture', self.arch), ('node pool', self.node_pool)):
            yield what, str(label), label is None or bool(grammar.LABEL_VALUE.fullmatch(label))


def _is_image(text: str) -> bool:
    """Return whether a text is an image's reference with a host, and a tag or a digest."""
    host, _, rest = text.partition('/')
    rest, _, digest = rest.partition('@')
    repository, _, tag = rest.partition(':')
    return (
        grammar.is_host(host)
        and grammar.is_repository(repository)
        and bool(tag or digest)
        and (not tag or grammar.TAG.fullmatch(tag) is not None)
        and (not digest or grammar.is_digest(digest))
    )


def new_name() -> str:
    """Return the name of a new pod. A new one pulls at once: waiting times go by pod and image."""
    return f'acrhealth-pull-{secrets.token_hex(5)}'


def manifest(request: PodRequest, name: str) -> dict[str, Any]:
    """Return the manifest of a pod, an object of core/v1."""
    spec: dict[str, Any] = {
        'restartPolicy': 'Never',
        'activeDeadlineSeconds': ACTIVE_DEADLINE,
        'terminationGracePeriodSeconds': 0,
        'automountServiceAccountToken': False,
        'enableServiceLinks': False,
        'os': {'name': request.os},
        'nodeSelector': _node_selector(request),
        # Pools can be reserved by taints, and this pod takes nothing from what they are for.
        'tolerations': [{'operator': 'Exists'}],
        'affinity': {'nodeAffinity': _node_affinity(request.node_pool)},
        'securityContext': _pod_security(request.os),
        'containers': [_container(request)],
    }
    if request.service_account:
        spec['serviceAccountName'] = request.service_account
    if request.pull_secrets:
        spec['imagePullSecrets'] = [{'name': secret} for secret in request.pull_secrets]
    return {
        'apiVersion': 'v1',
        'kind': 'Pod',
        'metadata': {
            'name': name,
            'namespace': request.namespace,
            'labels': {**LABELS, **_MESH_LABELS},
            'annotations': dict(_ANNOTATIONS),
        },
        'spec': spec,
    }


def _node_selector(request: PodRequest) -> dict[str, str]:
    arch = {'kubernetes.io/arch': request.arch} if request.arch else {}
    return {'kubernetes.io/os': request.os, **arch}


def _node_affinity(pool: str | None) -> dict[str, Any]:
    """Return the rule for a pool and against virtual nodes, which pull in Container Instances."""
    rule = {'key': 'type', 'operator': 'NotIn', 'values': ['virtual-kubelet']}
    # A node has to match one of the terms.
    terms = [
        {'matchExpressions': [rule, {'key': label, 'operator': 'In', 'values': [pool]}]}
        for label in POOL_LABELS
        if pool
    ] or [{'matchExpressions': [rule]}]
    return {'requiredDuringSchedulingIgnoredDuringExecution': {'nodeSelectorTerms': terms}}


def _pod_security(system: OperatingSystem) -> dict[str, Any]:
    if system == 'windows':  # the API server refuses the fields of Linux there
        return {'runAsNonRoot': True, 'windowsOptions': {'runAsUserName': 'ContainerUser'}}
    return {
        'runAsNonRoot': True,
        'runAsUser': _NOBODY,
        'runAsGroup': _NOBODY,
        'seccompProfile': {'type': 'RuntimeDefault'},
    }


def _container(request: PodRequest) -> dict[str, Any]:
    command = [_COMMAND[request.os]]
    container: dict[str, Any] = {
        'name': CONTAINER,
        'image': request.image,
        'imagePullPolicy': 'Always',
        'command': command,
        'resources': {'requests': dict(_RESOURCES), 'limits': dict(_RESOURCES)},
        # Some policies require probes; none of them ever runs.
        'livenessProbe': {'exec': {'command': command}},
        'readinessProbe': {'exec': {'command': command}},
    }
    if request.os == 'linux':
        container['securityContext'] = {
            'allowPrivilegeEscalation': False,
            'readOnlyRootFilesystem': True,
            'capabilities': {'drop': ['ALL']},
        }
    return container
