# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of a pull by the nodes of a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.model import Context
from azext_acrhealth.options import Cluster, Image
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.command_pulls import CommandPulls
from azext_acrhealth.probes.cluster.kubectl import KubeContext
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.failure import Failure
from tests.checks.cluster.fixtures import (
    CLUSTER_ID,
    OPTIONS,
    TARGET,
    cluster_resource,
    login_server,
    pool,
)
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeProbes
from tests.checks.table import Row, run, shown, verify
from tests.sandbox.services import kubelet_messages

WANTED = OPTIONS._replace(
    image=Image('team/app', 'v1'), repository='team/app', cluster_pull='kubectl'
)
IMAGE = f'{HOST}/team/app:v1'
SERVER = 'aks1.hcp.westeurope.azmk8s.io'
NODE = 'aks-nodepool1-12345678-vmss000000'
ARM = {'vmSize': 'Standard_D4ps_v5'}
PULLED = ClusterPull(
    'Pulled', 'Successfully pulled image', pod='acrhealth-pull-1', node=NODE, seconds=0.412
)
DELETE = 'kubectl delete pod acrhealth-pull-1 --namespace default --context aks1'


def said(name: str, end: Any = 'PullFailed', **more: Any) -> ClusterPull:
    """Return a pull that ended with one of the kubelet's messages, or with this text."""
    known = name in kubelet_messages.MESSAGES
    text = f'ErrImagePull: {kubelet_messages.fill(name, IMAGE)}' if known else name
    return ClusterPull(end, text, **{'pod': 'acrhealth-pull-1', 'node': NODE, **more})


def untried(kind: Any, text: str = 'kubectl failed') -> ClusterPull:
    return ClusterPull(None, failure=Failure(kind, text), pod='acrhealth-pull-1')


def row(
    name: str,
    status: str,
    problem: str = '',
    *pulls: ClusterPull,
    pools: Any = None,
    properties: Any = None,
    context: KubeContext | None = None,
    **more: Any,
) -> Row:
    """Return a row for these ends of pulls by a cluster whose API server is SERVER."""
    given = {'fqdn': SERVER.upper(), 'agentPoolProfiles': pools or [pool()], **(properties or {})}
    probes = FakeProbes(cluster_pulls=pulls)
    if context:
        probes = replace(probes, kube_context=context)
    return Row(
        name,
        cluster_pull,
        status,
        problem,
        probes=probes,
        needs=(cluster_resource(**given), login_server()),
        **{'options': WANTED, 'target': TARGET, **more},
    )


def no_context(kind: Any) -> KubeContext:
    return KubeContext(failure=Failure(kind, 'no context'))


def tls(text: str) -> ClusterPull:
    url = f'https://{HOST}/v2/team/app/manifests/v1'
    return said(f'ErrImagePull: failed to do request: Head "{url}": {text}')


UNTRIED = 'CLUSTER_PULL_ERROR'
JOB = 'acrhealth-pull-0123456789'
BY_COMMAND = WANTED._replace(cluster_pull='run-command')
RUN = 'Microsoft.ContainerService/managedClusters/runcommand/action'
READ = 'Microsoft.ContainerService/managedClusters/commandResults/read'


def command(
    name: str,
    status: str,
    problem: str = '',
    *pulls: ClusterPull,
    failed: Any = None,
    text: str = 'refused',
    jobs: tuple[str, ...] = (),
    **more: Any,
) -> Row:
    """Return a row for these ends of pulls by a command, or for a command that failed so."""
    found = CommandPulls(
        tuple(pull._replace(job=JOB) for pull in pulls),
        Failure(failed, text) if failed else None,
        jobs,
        {'commandId': '0123456789abcdef'},
    )
    case = row(name, status, problem, **{'options': BY_COMMAND, **more})
    return replace(case, probes=FakeProbes(command_pulls=found))


UNPACK = f'failed to pull and unpack image "{IMAGE}": '
# Messages of container runtimes and the kubelet, and the problems that hold for any client.
FOR_ANY_CLIENT = (
    (
        'failed getting credential from external registry credential provider: error execing '
        f'credential provider plugin acr-credential-provider for image {IMAGE}: exit status 1',
        'STORED_CREDENTIAL_ERROR CredentialProviderFailed',
    ),
    (
        f'no username present in auth config for server: {HOST}',
        'IMAGE_PULL_ERROR PullSecretInvalid',
    ),
    (
        f'Container image "{IMAGE}" is present with pull policy of "IfNotPresent" but does not '
        'have the proper auth (image secret) that was used to pull the image',
        'IMAGE_PULL_ERROR ImagePresentButNotAuthorized',
    ),
    (
        f'Container image "{IMAGE}" is not present with pull policy of Never',
        'IMAGE_PULL_ERROR PullPolicyNever',
    ),
    (
        f'initializing source docker://{IMAGE}: registry {HOST} is blocked in '
        '/etc/containers/registries.conf or /etc/containers/registries.conf.d',
        'IMAGE_PULL_ERROR RegistryBlockedByConfig',
    ),
    (
        'failed to register layer: Error processing tar file(exit status 1): Container ID '
        '1516583083 cannot be mapped to a host ID',
        'IMAGE_PULL_ERROR UserNamespaceIdTooHigh',
    ),
    (
        f'reading manifest v1 in {HOST}/team/app: name unknown: repository name not known to '
        'registry',
        'IMAGE_PULL_ERROR NoSuchRepository',
    ),
    (
        f'manifest unknown: manifest sha256:{"a" * 64} is not found',
        'IMAGE_PULL_ERROR NoSuchManifest',
    ),
    (
        f'manifest for {IMAGE} not found: manifest unknown: manifest sha256:{"a" * 64} is not '
        'found',
        'IMAGE_PULL_ERROR DanglingTag',
    ),
    (
        f'{UNPACK}failed to resolve reference "{IMAGE}": media type "application/vnd.docker.'
        'distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1',
        'IMAGE_PULL_ERROR UnreadableManifest',
    ),
    (
        f'{UNPACK}failed to copy: httpReadSeeker: failed open: could not fetch content descriptor '
        'sha256:9347 (application/vnd.oci.image.config.v1+json) from remote: not found',
        'IMAGE_PULL_ERROR BlobMissing',
    ),
    (
        f'reading manifest v1 in {HOST}/team/app: denied: image is quarantined',
        'IMAGE_PULL_ERROR Quarantined',
    ),
    (
        f'{UNPACK}failed to copy: httpReadSeeker: failed open: unexpected status code https://'
        f'{HOST}/v2/team/app/blobs/sha256:{"a" * 64}: 403 Forbidden - Server message: denied: nope',
        'IMAGE_PULL_ERROR Denied',
    ),
    ('unknown: The operation is disallowed', 'IMAGE_PULL_ERROR OperationDisallowed'),
    (f'{UNPACK}context canceled', 'IMAGE_PULL_ERROR ResponseTimeout'),
    (f'{UNPACK}failed to copy: unexpected EOF', 'IMAGE_PULL_ERROR ResponseIncomplete'),
    ('pull QPS exceeded', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR KubeletPullQpsExceeded'),
    (
        "toomanyrequests: too many requests to source registry for cache rule 'dotnet-sdk'",
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR UpstreamThrottled',
        *('cache_rule', 'cache_rule'),
    ),
    (
        "request to pull from source 'dhi.io/python' for cache rule 'dhi-python-cache' has failed",
        'IMAGE_PULL_ERROR UpstreamFailed',
        'cache_rule',
    ),
    (
        "Failed to access KeyId 'https://contoso.vault.azure.net/keys/a/0'. Verify that identity "
        "'0' has 'Get, Wrap Key, Unwrap Key' permission on key",
        'CMK_ERROR KeyAccessForbidden',
        *('key_id', 'vault', 'vault', 'key'),
    ),
    (
        'The identity associated with the registry is inactive',
        'CMK_ERROR IdentityInactive',
        'identity',
    ),
    (
        f'{UNPACK}failed to unpack image on snapshotter native: mismatched image rootfs and '
        'manifest layers',
        'IMAGE_PULL_ERROR NotAnImage',
    ),
    # Those below have texts of their own for nodes.
    (
        f'{UNPACK}failed to resolve reference "{IMAGE}": failed to authorize: failed to fetch '
        "oauth token: unable to decode token response: invalid character '<' looking for beginning "
        'of value',
        'IMAGE_PULL_ERROR NodeBlockedByIntermediary',
    ),
    (
        f'{UNPACK}failed commit on ref "config-sha256:a837": unexpected commit digest sha256:f6d8, '
        'expected sha256:a837: failed precondition',
        'IMAGE_PULL_ERROR NodeContentMismatch',
    ),
    (
        '403 Server failed to authenticate the request. Signature not valid in the specified time '
        'frame',
        'IMAGE_PULL_ERROR NodeSignatureExpired',
    ),
    (
        f'{UNPACK}failed to copy: httpReadSeeker: failed open: unexpected status from GET request '
        'to https://eusmanaged1.blob.core.windows.net/x: 403 This request is not authorized to '
        'perform this operation.',
        'IMAGE_PULL_ERROR NodeStorageDenied',
    ),
    (
        f'image pull failed for {IMAGE} because the registry is unavailable: odd',
        'CONNECTIVITY_CHALLENGE_ERROR NodeConnection',
    ),
)
TABLE = (
    *(
        row(text, 'Failed', problem, said(f'ErrImagePull: {text}'), unfilled_placeholders=unknown)
        for text, problem, *unknown in FOR_ANY_CLIENT
    ),
    row(
        'pulled',
        'Passed',
        '',
        PULLED,
        detail=f'pulled by linux/amd64, {NODE} in 0.4 s',
        facts={'context': 'aks1', 'apiServer': SERVER, 'namespace': 'default'},
    ),
    row(
        'pulled on both platforms',
        'Passed',
        '',
        PULLED,
        ClusterPull('Pulled'),
        pools=[pool(), pool('arm', **ARM)],
        detail='; pulled by linux/arm64',
    ),
    row(
        'the login is refused',
        'Failed',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR NodeNotAuthorized',
        said('1.7 login refused'),
        detail='failed to fetch oauth token',
        solution='kubectl get serviceaccounts --namespace default',
    ),
    row(
        'no permission',
        'Failed',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR NodeNotAuthorized',
        said('1.6 no permission'),
    ),
    row(
        'no login',
        'Failed',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR NoCredentialsSent',
        said('1.7 no login'),
        solution=f'--attach-acr {REGISTRY_ID}`',
    ),
    row(
        'a pull secret is missing',
        'Failed',
        'IMAGE_PULL_ERROR PullSecretMissing',
        said(
            '1.7 no login',
            warnings=(
                'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets '
                '(regcred); attempting to pull the image may not succeed.',
            ),
        ),
        solution='--docker-password PASSWORD --context aks1`',
    ),
    row(
        'a firewall that names the address',
        'Failed',
        'CONNECTIVITY_FORBIDDEN_ERROR NodeAddressDenied',
        said('2.3 firewall at manifest'),
        detail="client with IP '20.1.2.3' is not allowed access",
        solution='--ip-address 20.1.2.3',
    ),
    row(
        'a firewall that names none',
        'Failed',
        'CONNECTIVITY_FORBIDDEN_ERROR NodeAddressDenied',
        said('1.6 firewall at manifest'),
        solution='networkRuleSet',
    ),
    row(
        'no such tag',
        'Failed',
        'IMAGE_PULL_ERROR NoSuchTag',
        said('1.6 no such tag'),
        solution='show-tags --name myregistry --repository team/app',
    ),
    row(
        'no such tag, or no such repository',
        'Failed',
        'IMAGE_PULL_ERROR NoSuchTag',
        said('1.6 no such tag'),
        solution='az acr repository list --name myregistry',
    ),
    row(
        'no such name',
        'Failed',
        'CONNECTIVITY_DNS_ERROR NodeNameResolution',
        said('1.6 no such host'),
        solution='private DNS zone',
    ),
    row(
        'no connection',
        'Failed',
        'CONNECTIVITY_CHALLENGE_ERROR NodeConnection',
        said('1.7 time-out'),
        solution=HOST,
    ),
    row(
        'a certificate',
        'Failed',
        'CONNECTIVITY_SSL_ERROR NodeTls',
        tls('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    ),
    row(
        'another platform',
        'Failed',
        'IMAGE_PULL_ERROR NodePlatformMismatch',
        said('1.6 no platform'),
    ),
    row(
        'another platform of some nodes',
        'Warning',
        'IMAGE_PULL_ERROR NodePlatformMismatch',
        PULLED,
        said('1.6 no platform'),
        pools=[pool(), pool('arm', **ARM)],
        detail='linux/arm64',
    ),
    row(
        'some nodes fail',
        'Failed',
        'CONNECTIVITY_CHALLENGE_ERROR NodeConnection',
        PULLED,
        said('1.7 time-out'),
        pools=[pool(), pool('arm', **ARM)],
    ),
    row(
        'a full disk',
        'Failed',
        'IMAGE_PULL_ERROR NodeDiskFull',
        said(
            'ErrImagePull: failed to pull and unpack image: failed to extract layer sha256:abc: '
            'write /var/lib/containerd/x: no space left on device: unknown'
        ),
    ),
    row(
        'throttled',
        'Failed',
        'CONNECTIVITY_TOOMANYREQUESTS_ERROR TooManyRequests',
        said(
            f'ErrImagePull: failed to resolve reference "{IMAGE}": unexpected status from HEAD '
            f'request to https://{HOST}/v2/team/app/manifests/v1: 429 Too Many Requests'
        ),
    ),
    row(
        'a server error',
        'Failed',
        'IMAGE_PULL_ERROR ServerError',
        said(
            'ErrImagePull: unexpected status from HEAD request to '
            f'https://{HOST}/v2/team/app/manifests/v1: 503 Service Unavailable'
        ),
    ),
    row(
        'an unknown message',
        'Failed',
        'IMAGE_PULL_ERROR NodePullFailed',
        said('OddFailure: odd', delete_command=DELETE),
        detail='; the pod acrhealth-pull-1 remains: OddFailure: odd',
        solution=DELETE,
    ),
    row(
        'a message of which only another client has a problem',
        'Failed',
        'IMAGE_PULL_ERROR NodePullFailed',
        said('ErrImagePull: dial unix /var/run/docker.sock: connect: permission denied'),
        solution='az acrhealth error show --reason PermissionDenied',
    ),
    row(
        'a signature policy',
        'Failed',
        'IMAGE_PULL_ERROR SignaturePolicyRejects',
        said('SignatureValidationFailed: odd'),
        solution='in the policy',
    ),
    row(
        'pulled, but the pod remains',
        'Warning',
        f'{UNTRIED} PodNotDeleted',
        PULLED._replace(delete_command=DELETE),
        solution=DELETE,
        has_value=True,
    ),
    row(
        'already present',
        'Warning',
        f'{UNTRIED} ImageAlreadyPresent',
        said('', 'AlreadyPresent'),
        solution='--node-pool',
    ),
    row(
        'without events',
        'Warning',
        f'{UNTRIED} NodePullUnverified',
        said('', 'Unverified', events_failure=Failure('Forbidden', 'cannot list')),
        detail='the permission to list events is missing',
        solution='list events in the namespace default',
    ),
    row('unfinished', 'Warning', f'{UNTRIED} NodePullUnfinished', said('', 'StillPulling')),
    row(
        'unschedulable',
        'Warning',
        f'{UNTRIED} PodUnschedulable',
        said(kubelet_messages.UNSCHEDULABLE, 'Unschedulable', node=None),
        detail='not scheduled (linux/amd64): 0/3 nodes are available',
    ),
    row('not started', 'Warning', f'{UNTRIED} NodePullNotStarted', said('x', 'NotStarted')),
    row('removed', 'Warning', f'{UNTRIED} PodRemoved', said('', 'Removed')),
    row(
        'replaced',
        'Warning',
        f'{UNTRIED} ImageReplaced',
        said('mirror.contoso.com/team/app:v1', 'Replaced'),
        detail='mirror.contoso.com/team/app:v1',
    ),
    row(
        'the context of another cluster',
        'Warning',
        f'{UNTRIED} OtherCluster',
        context=KubeContext('other', 'other.hcp.westeurope.azmk8s.io'),
        detail=f'other.hcp.westeurope.azmk8s.io; the API server of the cluster is {SERVER}',
        solution='az aks get-credentials --resource-group rg-aks --name aks1',
    ),
    row(
        'no API server in ARM',
        'Warning',
        f'{UNTRIED} OtherCluster',
        properties={'fqdn': None},
        detail='is unknown',
    ),
    row(
        'no such node pool',
        'Warning',
        f'{UNTRIED} NodePoolNotFound',
        options=WANTED._replace(node_pool='gpu'),
        detail='no node pool gpu; the node pools are nodepool1',
    ),
    row(
        'no nodes',
        'Warning',
        f'{UNTRIED} NoLinuxNodes',
        pools=[pool(count=0), pool('win', osType='Windows')],
    ),
    *(
        row(f'kubectl: {kind}', 'Warning', f'{UNTRIED} {reason}', untried(kind))
        for kind, reason in (
            ('Timeout', 'KubectlTimeout'),
            ('SignInFailed', 'ClusterSignInFailed'),
            ('Unreachable', 'ApiServerUnreachable'),
            ('Untrusted', 'ApiServerUntrusted'),
            ('Forbidden', 'PodPermissionMissing'),
            ('Refused', 'PodRefused'),
            ('NoNamespace', 'NamespaceNotFound'),
            ('ServerError', 'ApiServerError'),
            ('Unexpected', 'KubectlFailed'),
        )
    ),
    row(
        'no kubectl',
        'Warning',
        f'{UNTRIED} KubectlMissing',
        context=no_context('Missing'),
        solution='--cluster-pull run-command',
    ),
    row('no context', 'Warning', f'{UNTRIED} KubeContextMissing', context=no_context('NoContext')),
    row(
        'an invalid context',
        'Warning',
        f'{UNTRIED} KubeContextInvalid',
        context=no_context('InvalidContext'),
    ),
    row(
        'a stopped cluster',
        'Skipped',
        properties={'powerState': {'code': 'Stopped'}},
        detail='the cluster is stopped',
    ),
    command(
        'pulled by a command',
        'Passed',
        '',
        PULLED,
        detail=f'pulled by linux/amd64, {NODE} in 0.4 s',
        facts={'namespace': 'default', 'commandId': '0123456789abcdef'},
    ),
    command(
        'a command: no permission',
        'Failed',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR NodeNotAuthorized',
        said('1.6 no permission'),
        solution='--command "kubectl get serviceaccounts --namespace default --output yaml"',
    ),
    command(
        'a command whose job remains',
        'Warning',
        f'{UNTRIED} PodNotDeleted',
        PULLED._replace(delete_command='az aks command invoke'),
        detail=f'the Job {JOB} remains',
        solution=f'--command "kubectl delete job {JOB} --namespace default --ignore-not-found"',
        has_value=True,
    ),
    command(
        'a command: no nodes fit',
        'Warning',
        f'{UNTRIED} PodUnschedulable',
        said('x', 'Unschedulable', node=None),
        solution='--command "kubectl get nodes --output wide"',
    ),
    command(
        'a command without permission in the cluster',
        'Warning',
        f'{UNTRIED} JobPermissionMissing',
        untried('Forbidden', 'cannot create resource "jobs"'),
        detail='cannot create resource "jobs" (linux/amd64)',
    ),
    command(
        'a command whose pod is refused',
        'Warning',
        f'{UNTRIED} PodRefused',
        untried('Refused', 'violates PodSecurity'),
    ),
    *(
        command(
            f'a command: {kind}',
            'Warning',
            f'{UNTRIED} {reason}',
            failed=kind,
            jobs=jobs,
            detail='refused; what the command created might remain' if jobs else 'refused',
            solution=solution,
        )
        for kind, reason, jobs, solution in (
            ('RunForbidden', 'RunCommandForbidden', (), RUN),
            ('ResultForbidden', 'RunCommandResultForbidden', (JOB,), READ),
            ('NotRegistered', 'RunCommandNotRegistered', (), 'az provider register'),
            ('Blocked', 'RunCommandBlocked', (), 'aks-command'),
            ('NotStarted', 'RunCommandNotStarted', (), 'mcr.microsoft.com'),
            ('Conflict', 'RunCommandConflict', (), 'az aks show'),
            ('Throttled', 'RunCommandThrottled', (), 'in a few minutes'),
            ('NoClusterToken', 'ClusterTokenUnavailable', (), 'az login'),
            ('TooLate', 'RunCommandTimeTooShort', (), '--timeout'),
            ('Unfinished', 'RunCommandUnfinished', (JOB,), f'kubectl delete job {JOB}'),
            ('NoResult', 'RunCommandResultMissing', (JOB,), 'az aks command invoke'),
            ('Cut', 'RunCommandOutputIncomplete', (JOB,), '--node-pool'),
            ('Failed', 'RunCommandFailed', (JOB,), 'az aks command invoke'),
            ('Disabled', 'RunCommandDisabled', (), '--enable-run-command'),
            ('Unavailable', 'RunCommandUnavailable', (), 'az account list-locations'),
            ('NotSignedIn', 'RunCommandUnavailable', (), 'az account list-locations'),
        )
    ),
    command(
        'run command is disabled',
        'Warning',
        f'{UNTRIED} RunCommandDisabled',
        properties={'apiServerAccessProfile': {'disableRunCommand': True}},
        detail='disableRunCommand',
    ),
    command(
        'a command, and a stopped cluster',
        'Skipped',
        properties={'powerState': {'code': 'Stopped'}},
        detail='the cluster is stopped',
    ),
    command(
        'a command, and no such node pool',
        'Warning',
        f'{UNTRIED} NodePoolNotFound',
        options=BY_COMMAND._replace(node_pool='gpu'),
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@pytest.mark.parametrize('name', ['fqdn', 'privateFQDN', 'azurePortalFQDN'])
def test_any_name_of_the_api_server(name: str) -> None:
    case = row('', 'Passed', '', PULLED, properties={'fqdn': None, name: SERVER})
    verify(case)


@pytest.mark.parametrize(
    'option, of_context, namespace',
    [(None, None, 'default'), (None, 'team', 'team'), ('own', 'team', 'own')],
)
def test_the_pod(option: str | None, of_context: str | None, namespace: str) -> None:
    case = row(
        '',
        'Passed',
        '',
        PULLED,
        context=KubeContext('aks1', SERVER, of_context),
        options=WANTED._replace(
            namespace=option,
            node_pool='nodepool1',
            service_account='web',
            kube_context='aks1',
        ),
    )
    probes = case.probes
    cluster_pull.run(Context(TARGET, case.options, probes, 1e9), *case.needs)
    request = PodRequest(IMAGE, namespace, 'linux', None, 'web', node_pool='nodepool1')
    assert probes.requests == [('context', 'aks1'), ('aks1', request)]


@pytest.mark.parametrize(
    'profile, uses_entra', [(None, False), ({'managed': True}, True), ({'managed': False}, False)]
)
def test_the_command(profile: Any, uses_entra: bool) -> None:
    options = BY_COMMAND._replace(namespace='team', service_account='web')
    case = command('', 'Passed', '', PULLED, options=options, properties={'aadProfile': profile})
    cluster_pull.run(Context(TARGET, case.options, case.probes, 1e9), *case.needs)
    request = PodRequest(IMAGE, 'team', 'linux', 'amd64', 'web')
    assert case.probes.requests == [(CLUSTER_ID, uses_entra, request)]


def test_a_pod_that_remains_beside_one_that_does_not_pull() -> None:
    case = row(
        '',
        'Warning',
        f'{UNTRIED} PodUnschedulable',
        PULLED._replace(delete_command=DELETE),
        ClusterPull('Unschedulable', 'no node', pod='acrhealth-pull-2'),
        pools=[pool(), pool('arm', **ARM)],
        detail='not scheduled (linux/arm64): no node',
        solution=DELETE,
    )
    verify(case)


ARN = 'arn:aws:eks:eu-west-1:123456789012:cluster/shop'


def of_context(name: str, problem: str, *pulls: ClusterPull, **more: Any) -> Row:
    """Return a row for a cluster of which only a context of kubectl is known."""
    named = Cluster(name, is_context=True)
    probes = FakeProbes(
        cluster_pulls=pulls, kube_context=more.pop('context', KubeContext(name, '127.0.0.1'))
    )
    return Row(
        name,
        cluster_pull,
        'Failed' if problem else 'Passed',
        problem,
        probes=probes,
        needs=(ClusterResource(named, {}), login_server()),
        options=WANTED._replace(clusters=(named,)),
        target=TARGET._replace(cluster=named),
        **more,
    )


@pytest.mark.parametrize('name', ['kind-kind', ARN, 'pat@shop', 'the shop'])
def test_any_cluster_by_its_context(name: str) -> None:
    facts = {'context': name, 'apiServer': '127.0.0.1', 'namespace': 'default'}
    case = of_context(name, '', PULLED, detail='pulled by linux, ', facts=facts)
    verify(case)
    cluster_pull.run(Context(case.target, case.options, case.probes, 1e9), *case.needs)
    assert case.probes.requests == [('context', name), (name, PodRequest(IMAGE))]


@pytest.mark.parametrize(
    'message, problem, solution',
    [
        (
            '1.7 login refused',
            'CONNECTIVITY_ACCESS_TOKEN_ERROR NodeNotAuthorized',
            'docker-registry',
        ),
        ('1.7 no login', 'CONNECTIVITY_ACCESS_TOKEN_ERROR NoCredentialsSent', 'docker-registry'),
        ('1.7 time-out', 'CONNECTIVITY_CHALLENGE_ERROR NodeConnection', 'its proxy'),
        ('1.6 no such host', 'CONNECTIVITY_DNS_ERROR NodeNameResolution', 'its DNS servers'),
        ('1.6 no platform', 'IMAGE_PULL_ERROR NodePlatformMismatch', '--platform'),
    ],
)
def test_solutions_for_a_context_need_no_aks(message: str, problem: str, solution: str) -> None:
    case = of_context(ARN, problem, said(message), solution=solution)
    verify(case)
    texts = shown(case.check, run(case), case.target)['solutions']
    assert not [text for text in texts if 'az aks show' in text or '--node-pool' in text]
    own = [text for text in texts if '`kubectl ' in text]
    assert all('--context ' in text for text in own), 'the current context may be another one'


def test_a_context_that_is_missing() -> None:
    case = of_context('nosuch', f'{UNTRIED} KubeContextMissing', context=no_context('NoContext'))
    verify(replace(case, status='Warning', solution='--kube-context'))
    texts = shown(case.check, run(case), case.target)['solutions']
    assert not [text for text in texts if 'az aks' in text]


def test_facts() -> None:
    pulls = run(row('', 'Passed', '', PULLED)).facts['pulls']
    assert pulls == [
        {
            'nodes': 'linux/amd64',
            'end': 'Pulled',
            'pod': 'acrhealth-pull-1',
            'node': NODE,
            'message': 'Successfully pulled image',
            'seconds': 0.412,
        }
    ]


def test_a_host_that_is_an_address() -> None:
    case = row('', 'Skipped')
    resource, login = case.needs
    verify(replace(case, needs=(resource, login._replace(host='10.1.0.5')), detail='host name'))


def test_it_is_opt_in() -> None:
    assert cluster_pull.skip_reason(OPTIONS) == "--cluster-pull wasn't specified"
    without_image = WANTED._replace(image=None)
    assert cluster_pull.skip_reason(without_image) == "--image wasn't specified"
    assert cluster_pull.skip_reason(WANTED) is None
