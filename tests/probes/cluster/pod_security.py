# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The profile Restricted of Kubernetes' Pod Security Standards, with Baseline, which it includes.

Sources: kubernetes.io, "Pod Security Standards"; kubernetes, pod-security-admission/policy, as of
1.34. A rule of one version applies in all later ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

_UNSET = object()
_PROBES = ('livenessProbe', 'readinessProbe', 'startupProbe')
_CONTAINERS = ('containers', 'initContainers', 'ephemeralContainers')
_RUNTIME = ('RuntimeDefault', 'Localhost')
_SELINUX = ('', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t')


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which values a field may have: one of the pod's `spec`, of its containers, or of both.

    A field may be unset, unless it is `required`: then each container has it, or the pod has it for
    all. `[*]` stands for every item of a list.
    `linux_only` rules don't apply to pods whose `os.name` is windows (1.25 and later).
    """

    control: str
    pod: str = ''
    container: str = ''
    allowed: tuple[Any, ...] = ()
    required: bool = False
    linux_only: bool = False


_CONTEXT = 'securityContext'
BASELINE = (
    Rule(
        'HostProcess',
        *(f'{_CONTEXT}.windowsOptions.hostProcess',) * 2,
        allowed=(False,),
    ),
    *(
        Rule('Host Namespaces', field, allowed=(False,))
        for field in ('hostNetwork', 'hostPID', 'hostIPC')
    ),
    Rule('Privileged Containers', container=f'{_CONTEXT}.privileged', allowed=(False,)),
    Rule('HostPath Volumes', 'volumes[*].hostPath'),
    Rule('Host Ports', container='ports[*].hostPort', allowed=(0,)),
    *(
        Rule('Host Probes / Lifecycle Hooks', container=f'{where}.{how}.host', allowed=('',))
        for where in (*_PROBES, 'lifecycle.postStart', 'lifecycle.preStop')
        for how in ('httpGet', 'tcpSocket')
    ),
    Rule('AppArmor', *(f'{_CONTEXT}.appArmorProfile.type',) * 2, allowed=_RUNTIME),
    Rule('SELinux', *(f'{_CONTEXT}.seLinuxOptions.type',) * 2, allowed=_SELINUX),
    Rule('SELinux', *(f'{_CONTEXT}.seLinuxOptions.user',) * 2, allowed=('',)),
    Rule('SELinux', *(f'{_CONTEXT}.seLinuxOptions.role',) * 2, allowed=('',)),
    Rule('/proc Mount Type', container=f'{_CONTEXT}.procMount', allowed=('Default',)),
    Rule(
        'Sysctls',
        f'{_CONTEXT}.sysctls[*].name',
        allowed=(
            'kernel.shm_rmid_forced',
            *('net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start'),
            *('net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range'),
        ),
    ),
)
RESTRICTED = (
    *BASELINE,
    *(
        Rule('Volume Types', f'volumes[*].{kind}')
        for kind in (
            *('awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'fc'),
            *('flexVolume', 'flocker', 'gcePersistentDisk', 'gitRepo', 'glusterfs', 'image'),
            *('iscsi', 'nfs', 'photonPersistentDisk', 'portworxVolume', 'quobyte', 'rbd'),
            *('scaleIO', 'storageos', 'vsphereVolume'),
        )
    ),
    Rule(
        'Privilege Escalation',
        container=f'{_CONTEXT}.allowPrivilegeEscalation',
        allowed=(False,),
        required=True,
        linux_only=True,
    ),
    Rule('Running as Non-root', *(f'{_CONTEXT}.runAsNonRoot',) * 2, allowed=(True,), required=True),
    Rule(
        'Running as Non-root user',
        *(f'{_CONTEXT}.runAsUser',) * 2,
        allowed=tuple(range(1, 2**16)),  # any but 0
    ),
    Rule(
        'Seccomp',
        *(f'{_CONTEXT}.seccompProfile.type',) * 2,
        allowed=_RUNTIME,
        required=True,
        linux_only=True,
    ),
    Rule(
        'Capabilities',
        container=f'{_CONTEXT}.capabilities.drop[*]',
        allowed=('ALL',),  # among others, of which this pod drops none
        required=True,
        linux_only=True,
    ),
    Rule(
        'Capabilities',
        container=f'{_CONTEXT}.capabilities.add[*]',
        allowed=('NET_BIND_SERVICE',),
        linux_only=True,
    ),
)


def violations(pod: Mapping[str, Any]) -> list[str]:
    """Return the controls of the profile that a pod violates, each with the field."""
    spec = pod['spec']
    is_windows = spec.get('os', {}).get('name') == 'windows'
    rules = [rule for rule in RESTRICTED if not (is_windows and rule.linux_only)]
    return [f'{rule.control}: {field}' for rule in rules for field in _violated(rule, spec)]


def _violated(rule: Rule, spec: Mapping[str, Any]) -> Iterator[str]:
    of_pod = list(_values(spec, rule.pod))
    if not all(_is_allowed(value, rule) for value in of_pod):
        yield f'spec.{rule.pod}'
    for kind in _CONTAINERS:
        for container in spec.get(kind, []):
            own = list(_values(container, rule.container))
            if not all(_is_allowed(value, rule) for value in own):
                yield f'spec.{kind}.{rule.container}'
            elif rule.required and not own and not of_pod:
                yield f'spec.{kind}.{rule.container} is required'


def _is_allowed(value: Any, rule: Rule) -> bool:
    return any(value == allowed and type(value) is type(allowed) for allowed in rule.allowed)


def _values(value: Any, path: str) -> Iterator[Any]:
    """Yield the values of a field that are set; an empty path has none."""
    if not path:
        return
    name, _, rest = path.partition('.')
    found = value.get(name.removesuffix('[*]'), _UNSET)
    if found is _UNSET:
        return
    for item in found if name.endswith('[*]') else [found]:
        if rest:
            yield from _values(item, rest)
        else:
            yield item
