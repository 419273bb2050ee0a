# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the kubelet says when a pull fails: its own words, and those of containerd.

Sources: containerd 1.6.20 over CRI against the sandbox's registry, containerd 1.7 and 2.x
(core/remotes/docker, core/transfer), and kubernetes, pkg/kubelet/images/image_manager.go.
"""

from __future__ import annotations

from collections.abc import Mapping

_UNPACK = 'failed to pull and unpack image "{image}": '
_RESOLVE = _UNPACK + 'failed to resolve reference "{image}": '
_OAUTH = _RESOLVE + 'failed to authorize: failed to fetch oauth token: '
_HEAD = _RESOLVE + 'failed to do request: Head "https://{host}/v2/{repository}/manifests/{tag}": '
_TOKEN = 'https://{host}/oauth2/token?scope=repository%3A{scope}%3Apull&service={host}'
_BLOB = _UNPACK + 'failed to copy: httpReadSeeker: failed open: '
_DIGEST = 'cb9df0a2843595c3e6d4533d73dcb839dd9b1f56cac372f585bf6e78bfe65c6e'
_BLOB_STATUS = (
    _BLOB + f'unexpected status code https://{{host}}/v2/{{repository}}/blobs/sha256:{_DIGEST}: '
)
_STORAGE = 'https://eusmanaged1.blob.core.windows.net/01/docker/registry/v2/blobs/data?sr=b'
_STORED = _BLOB + f'failed to do request: Get "{_STORAGE}": '

# By the version of containerd and the cause; each is filled by `fill`. What 1.6 says is what
# Debian's containerd says to the sandbox's registry: tests/acceptance/test_containerd.py.
MESSAGES: Mapping[str, str] = {
    '1.6 login refused': _OAUTH + 'unexpected status: 401 Unauthorized',
    '1.6 no login': _RESOLVE
    + 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
    '1.6 firewall at token': _OAUTH + 'unexpected status: 403 Forbidden',
    '1.6 page as token': _OAUTH
    + "unable to decode token response: invalid character '<' looking for beginning of value",
    '1.6 firewall at manifest': _RESOLVE
    + 'pulling from host {host} failed with status code [manifests {tag}]: 403 Forbidden',
    '1.6 throttled': _RESOLVE
    + 'pulling from host {host} failed with status code [manifests {tag}]: 429 Too Many Requests',
    '1.6 server error': _RESOLVE
    + 'pulling from host {host} failed with status code [manifests {tag}]: 503 Service Unavailable',
    '1.6 no permission': _RESOLVE
    + 'pull access denied, repository does not exist or may require authorization: server message:'
    ' insufficient_scope: authorization failed',
    '1.6 no such tag': _RESOLVE + '{image}: not found',
    '1.6 no such host': _HEAD + 'dial tcp: lookup {host} on 10.0.0.10:53: no such host',
    '1.6 DNS server': _HEAD + 'dial tcp: lookup {host} on 10.0.0.10:53: server misbehaving',
    '1.6 connection refused': _HEAD + 'dial tcp 10.1.0.5:443: connect: connection refused',
    '1.6 unreachable': _HEAD + 'dial tcp 10.1.0.5:443: connect: network is unreachable',
    '1.6 reset': _HEAD + 'read tcp 10.224.0.4:50312->10.1.0.5:443: read: connection reset by peer',
    '1.6 unknown authority': _HEAD + 'x509: certificate signed by unknown authority',
    '1.6 expired certificate': _HEAD
    + 'x509: certificate has expired or is not yet valid: current time 2026-11-30T10:00:00Z is'
    ' after 2026-11-27T10:00:00Z',
    '1.6 proxy unreachable': _HEAD
    + 'proxyconnect tcp: dial tcp 10.1.0.4:3128: connect: connection refused',
    '1.6 proxy login': _HEAD + 'Proxy Authentication Required',
    '1.6 no platform': _UNPACK + 'no match for platform in manifest: not found',
    '1.6 page as manifest': _BLOB
    + f'could not fetch content descriptor sha256:{_DIGEST} (text/html) from remote: not found',
    '1.6 empty manifest': _UNPACK
    + f'unable to fetch descriptor (sha256:{_DIGEST}) which reports content size of zero: invalid'
    ' argument',
    '1.6 chart': _UNPACK
    + 'failed to unpack image on snapshotter native: mismatched image rootfs and manifest layers',
    '1.6 layer refused': _BLOB_STATUS + '403 Forbidden - Server message: denied: nope',
    '1.6 firewall at layer': _BLOB_STATUS
    + "403 Forbidden - Server message: denied: client with IP '20.1.2.3' is not allowed access."
    ' Refer https://aka.ms/acr/firewall to grant access.',
    '1.6 storage denies': _BLOB_STATUS + '403 Forbidden',
    '1.6 layer missing': _BLOB + f'could not fetch content descriptor sha256:{_DIGEST}'
    ' (application/vnd.oci.image.config.v1+json) from remote: not found',
    '1.6 layer altered': _UNPACK
    + f'failed commit on ref "config-sha256:{_DIGEST}": unexpected commit digest sha256:{_DIGEST},'
    f' expected sha256:{_DIGEST}: failed precondition',
    '1.6 storage refuses': _STORED + 'dial tcp 10.1.0.5:443: connect: connection refused',
    '1.6 no such storage': _STORED
    + 'dial tcp: lookup eusmanaged1.blob.core.windows.net on 10.0.0.10:53: no such host',
    '1.7 login refused': _RESOLVE
    + f'failed to authorize: failed to fetch oauth token: unexpected status from GET request to'
    f' {_TOKEN}: 401 Unauthorized',
    '1.7 no login': _RESOLVE
    + f'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to'
    f' {_TOKEN}: 401 Unauthorized',
    '1.7 time-out': _RESOLVE
    + 'failed to do request: Head "https://{host}/v2/{repository}/manifests/{tag}": dial tcp'
    ' 10.1.0.5:443: i/o timeout',
    '2.3 firewall at manifest': _UNPACK
    + 'failed to resolve image: unexpected status from HEAD request to'
    ' https://{host}/v2/{repository}/manifests/{tag}: 403 Forbidden\ndenied: client with IP'
    " '20.1.2.3' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
}


def fill(name: str, image: str) -> str:
    """Return a message about an image, given by its full reference."""
    host, _, rest = image.partition('/')
    path, _, digest = rest.partition('@')
    repository, _, tag = path.partition(':')
    return MESSAGES[name].format(
        image=image,
        host=host,
        repository=repository,
        scope=repository.replace('/', '%2F'),
        tag=tag or digest,
    )


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
