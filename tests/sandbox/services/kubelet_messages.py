# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the kubelet says when a pull fails: its own words, and those of containerd.

Sources: containerd 1.6.20 over CRI against a failing registry (recorded), containerd 1.7 and 2.x
(core/remotes/docker, core/transfer), and kubernetes, pkg/kubelet/images/image_manager.go.
"""

from __future__ import annotations

from collections.abc import Mapping

_UNPACK = 'failed to pull and unpack image "{image}": '
_RESOLVE = _UNPACK + 'failed to resolve reference "{image}": '
_TOKEN = 'https://{host}/oauth2/token?scope=repository%3A{repository}%3Apull&service={host}'
_BLOB = _UNPACK + 'failed to copy: httpReadSeeker: failed open: '

# By the version of containerd and the cause; each is filled by `fill`.
MESSAGES: Mapping[str, str] = {
    '1.6 login refused': _RESOLVE
    + 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
    '1.6 no login': _RESOLVE
    + 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
    '1.6 firewall at manifest': _RESOLVE
    + 'pulling from host {host} failed with status code [manifests v1]: 403 Forbidden',
    '1.6 no permission': _RESOLVE
    + 'pull access denied, repository does not exist or may require authorization: server message:'
    ' insufficient_scope: authorization failed',
    '1.6 no such tag': _RESOLVE + '{image}: not found',
    '1.6 no such host': _RESOLVE
    + 'failed to do request: Head "https://{host}/v2/{repository}/manifests/v1": dial tcp: lookup'
    ' {host} on 10.0.0.10:53: no such host',
    '1.6 no platform': _UNPACK + 'no match for platform in manifest: not found',
    '1.6 layer refused': _BLOB
    + 'unexpected status code https://{host}/v2/{repository}/blobs/sha256:cb9df0a2843595c3e6d4533d7'
    '3dcb839dd9b1f56cac372f585bf6e78bfe65c6e: 403 Forbidden - Server message: denied: nope',
    '1.7 login refused': _RESOLVE
    + f'failed to authorize: failed to fetch oauth token: unexpected status from GET request to'
    f' {_TOKEN}: 401 Unauthorized',
    '1.7 no login': _RESOLVE
    + f'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to'
    f' {_TOKEN}: 401 Unauthorized',
    '1.7 time-out': _RESOLVE
    + 'failed to do request: Head "https://{host}/v2/{repository}/manifests/v1": dial tcp'
    ' 10.1.0.5:443: i/o timeout',
    '2.3 firewall at manifest': _UNPACK
    + 'failed to resolve image: unexpected status from HEAD request to'
    " https://{host}/v2/{repository}/manifests/v1: 403 Forbidden\ndenied: client with IP '20.1.2.3'"
    ' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.',
}


def fill(name: str, image: str) -> str:
    """Return a message about an image, given by its full reference."""
    host, _, rest = image.partition('/')
    repository = rest.partition('@')[0].partition(':')[0]
    return MESSAGES[name].format(image=image, host=host, repository=repository.replace('/', '%2F'))


def pulled(image: str) -> str:
    """Return the event of a pull that succeeded (1.28 and later)."""
    return (
        f'Successfully pulled image "{image}" in 412ms (412ms including waiting).'
        ' Image size: 1840 bytes.'
    )


def already_present(image: str) -> str:
    """Return the event of a container whose image wasn't pulled (1.35 and later)."""
    return f'Container image "{image}" already present on machine and can be accessed by the pod'


# containerd 1.6.20 with runc 1.1.5: a command that isn't in the image.
START_ERROR = (
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc'
    ' create failed: unable to start container process: exec: "/acrhealth-nonexistent": stat'
    ' /acrhealth-nonexistent: no such file or directory: unknown'
)
UNSCHEDULABLE = (
    '0/3 nodes are available: 1 node(s) had untolerated taint {CriticalAddonsOnly: true}, 2 node(s)'
    " didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption"
    ' is not helpful for scheduling.'
)
NO_SANDBOX = (
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for'
    ' sandbox "0f3e": plugin type="azure-vnet" failed (add): IPAM Invoker Add failed'
)
