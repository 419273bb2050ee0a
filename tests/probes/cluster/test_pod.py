# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the pod's manifest: Kubernetes' schema, its security standard, and every value in it."""

from __future__ import annotations

import json
import re
from typing import Any

import kubernetes_validate
import pytest

from azext_acrhealth.probes.cluster.pod import (
    CONTAINER,
    LABELS,
    NAME,
    POOL_LABELS,
    PodRequest,
    manifest,
    new_name,
)
from tests.probes.cluster import pod_security

IMAGE = 'contoso.azurecr.io/team/app:v1'
DIGEST = 'sha256:' + '0123456789abcdef' * 4
ALL = PodRequest(IMAGE, 'team', 'linux', 'arm64', 'builder', ('regcred',), 'nodepool1')
WINDOWS = PodRequest(IMAGE, os='windows', arch='amd64', node_pool='win')
REQUESTS = (PodRequest(IMAGE), ALL, WINDOWS)


@pytest.mark.parametrize('pod_request', REQUESTS)
@pytest.mark.parametrize('version', ['1.25', '1.30', '1.35', '1.37'])
def test_kubernetes_takes_it(pod_request: PodRequest, version: str) -> None:
    kubernetes_validate.validate(manifest(pod_request, new_name()), version, strict=True)


def test_all_that_was_asked_for_is_in_it() -> None:
    pod = manifest(ALL, 'acrhealth-pull-0123456789')
    spec = pod['spec']
    container = spec['containers'][0]
    assert pod['metadata']['name'] == 'acrhealth-pull-0123456789'
    assert pod['metadata']['namespace'] == 'team'
    assert pod['metadata']['labels'].items() >= LABELS.items()
    assert spec['serviceAccountName'] == 'builder'
    assert spec['imagePullSecrets'] == [{'name': 'regcred'}]
    assert spec['nodeSelector'] == {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'arm64',
    }
    assert (container['name'], container['image']) == (CONTAINER, IMAGE)
    assert len(spec['containers']) == 1 and 'initContainers' not in spec


def test_what_was_not_asked_for_is_left_to_the_cluster() -> None:
    spec = manifest(PodRequest(IMAGE), new_name())['spec']
    assert 'serviceAccountName' not in spec and 'imagePullSecrets' not in spec
    assert spec['nodeSelector'] == {'kubernetes.io/os': 'linux'}


@pytest.mark.parametrize('pod_request', REQUESTS)
def test_it_pulls_in_any_case_and_runs_nothing_of_the_image(pod_request: PodRequest) -> None:
    spec = manifest(pod_request, new_name())['spec']
    container = spec['containers'][0]
    assert container['imagePullPolicy'] == 'Always'
    assert len(container['command']) == 1 and 'acrhealth-nonexistent' in container['command'][0]
    assert 'args' not in container and 'env' not in container and 'volumes' not in spec


@pytest.mark.parametrize('pod_request', REQUESTS)
def test_it_ends_by_itself(pod_request: PodRequest) -> None:
    spec = manifest(pod_request, new_name())['spec']
    assert 0 < spec['activeDeadlineSeconds'] <= 120
    assert spec['restartPolicy'] == 'Never' and spec['terminationGracePeriodSeconds'] == 0


@pytest.mark.parametrize('pod_request', REQUESTS)
def test_the_restricted_security_standard_admits_it(pod_request: PodRequest) -> None:
    assert pod_security.violations(manifest(pod_request, new_name())) == []


def test_windows_pods_have_no_field_of_linux() -> None:
    """The API server refuses them there."""
    spec = manifest(WINDOWS, new_name())['spec']
    assert spec['os'] == {'name': 'windows'}
    assert spec['securityContext'] == {
        'runAsNonRoot': True,
        'windowsOptions': {'runAsUserName': 'ContainerUser'},
    }
    assert 'securityContext' not in spec['containers'][0]


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the pod with a field of its `spec` or its container set, or removed by None."""
    pod = manifest(PodRequest(IMAGE), new_name())
    place: Any = pod['spec']
    *names, last = path.replace('container.', 'containers.0.').split('.')
    for name in names:
        place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return pod


@pytest.mark.parametrize(
    'path, value, control',
    [
        ('hostNetwork', True, 'Host Namespaces'),
        ('hostPID', True, 'Host Namespaces'),
        ('hostIPC', True, 'Host Namespaces'),
        ('securityContext.windowsOptions', {'hostProcess': True}, 'HostProcess'),
        ('container.securityContext.privileged', True, 'Privileged Containers'),
        ('volumes', [{'name': 'a', 'hostPath': {'path': '/'}}], 'HostPath Volumes'),
        ('volumes', [{'name': 'a', 'nfs': {}}], 'Volume Types'),
        ('container.ports', [{'containerPort': 1, 'hostPort': 1}], 'Host Ports'),
        ('container.livenessProbe.httpGet', {'host': 'a'}, 'Host Probes / Lifecycle Hooks'),
        ('container.securityContext.appArmorProfile', {'type': 'Unconfined'}, 'AppArmor'),
        ('securityContext.seLinuxOptions', {'role': 'x'}, 'SELinux'),
        ('container.securityContext.procMount', 'Unmasked', '/proc Mount Type'),
        ('securityContext.sysctls', [{'name': 'kernel.msgmax'}], 'Sysctls'),
        ('container.securityContext.allowPrivilegeEscalation', None, 'Privilege Escalation'),
        ('container.securityContext.allowPrivilegeEscalation', True, 'Privilege Escalation'),
        ('securityContext.runAsNonRoot', None, 'Running as Non-root'),
        ('container.securityContext.runAsNonRoot', False, 'Running as Non-root'),
        ('securityContext.runAsUser', 0, 'Running as Non-root user'),
        ('securityContext.seccompProfile', None, 'Seccomp'),
        ('container.securityContext.seccompProfile', {'type': 'Unconfined'}, 'Seccomp'),
        ('container.securityContext.capabilities', None, 'Capabilities'),
        ('container.securityContext.capabilities.add', ['SYS_ADMIN'], 'Capabilities'),
    ],
)
def test_the_restricted_security_standard_refuses_others(
    path: str, value: Any, control: str
) -> None:
    found = pod_security.violations(changed(path, value))
    assert [text.partition(':')[0] for text in found] == [control]


@pytest.mark.parametrize('pod_request', REQUESTS)
def test_the_baseline_of_azure_policy_admits_it(pod_request: PodRequest) -> None:
    pod = manifest(pod_request, new_name())
    container = pod['spec']['containers'][0]
    assert container['resources']['limits'] == container['resources']['requests']
    assert {'livenessProbe', 'readinessProbe'} <= container.keys()
    assert pod['spec']['automountServiceAccountToken'] is False
    assert pod['spec']['enableServiceLinks'] is False
    # AKS refuses pods with labels of its own.
    assert not [key for key in pod['metadata']['labels'] if key.startswith('kubernetes.azure.com')]


def test_virtual_nodes_are_excluded_and_tainted_pools_are_not() -> None:
    spec = manifest(PodRequest(IMAGE), new_name())['spec']
    assert spec['tolerations'] == [{'operator': 'Exists'}]
    assert 'virtual-kubelet' in json.dumps(spec['affinity'])


def test_a_node_pool_by_the_label_of_any_provider() -> None:
    affinity = manifest(ALL, new_name())['spec']['affinity']['nodeAffinity']
    terms = affinity['requiredDuringSchedulingIgnoredDuringExecution']['nodeSelectorTerms']
    rules = [term['matchExpressions'] for term in terms]
    assert [rule['key'] for _, rule in rules] == list(POOL_LABELS)
    assert all(rule['values'] == ['nodepool1'] for _, rule in rules)
    assert all(virtual['operator'] == 'NotIn' for virtual, _ in rules)


def test_every_pod_has_a_name_of_its_own() -> None:
    names = {new_name() for _ in range(20)}
    assert len(names) == 20 and all(NAME.fullmatch(name) for name in names)


def test_it_fits_into_a_pipe() -> None:
    """Windows' pipes hold 4 KiB, and kubectl may read its input late."""
    longest = PodRequest(
        f'{"a" * 50}.azurecr.io/{"b" * 255}@{DIGEST}',
        'n' * 63,
        service_account='s' * 253,
        pull_secrets=('p' * 253,),
        node_pool='v' * 63,
    )
    assert len(json.dumps(manifest(longest, new_name()), separators=(',', ':'))) < 4000


@pytest.mark.parametrize(
    'values, what',
    [
        ({'image': 'app:v1'}, 'image'),
        ({'image': 'contoso.azurecr.io/app'}, 'image'),
        ({'image': 'contoso.azurecr.io/App:v1'}, 'image'),
        ({'image': 'contoso.azurecr.io/app:-v1'}, 'image'),
        ({'image': 'contoso.azurecr.io/app@sha256:12'}, 'image'),
        ({'image': '--help/app:v1'}, 'image'),
        ({'image': IMAGE + '\n'}, 'image'),
        ({'namespace': '../kube-system'}, 'namespace'),
        ({'namespace': ''}, 'namespace'),
        ({'namespace': 'a?x=1'}, 'namespace'),
        ({'namespace': 'Team'}, 'namespace'),
        ({'os': 'darwin'}, 'operating system'),
        ({'arch': 'amd64 '}, 'architecture'),
        ({'service_account': ''}, 'service account'),
        ({'service_account': 'a/b'}, 'service account'),
        ({'pull_secrets': ('fine', 'not_fine')}, 'pull secret'),
        ({'node_pool': 'b c'}, 'node pool'),
        ({'node_pool': ''}, 'node pool'),
    ],
)
def test_what_kubernetes_does_not_allow_is_refused(values: dict[str, object], what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'is not a valid {what}') + '$'):
        PodRequest(**{'image': IMAGE, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize('image', [IMAGE, f'contoso.azurecr.io/a@{DIGEST}', f'{IMAGE}@{DIGEST}'])
def test_tags_and_digests(image: str) -> None:
    assert PodRequest(image).image == image
