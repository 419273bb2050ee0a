# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a real containerd says when a pull fails is explained, and is what the stand-in node says.

Each cause is a fault of the sandbox. Its name is that of a message of the stand-in for the kubelet.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from azext_acrhealth.checks.cluster.pull_failures import explain_pull
from azext_acrhealth.explain.explanation import explain
from tests.acceptance import containerd
from tests.acceptance.containerd import Containerd, Pulled
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud, kubelet_messages

HOST, STORAGE = 'contoso.azurecr.test', 'eusmanaged1.blob.sandbox.test'
REPOSITORY = 'team/app'
PULL, STORED, ACCESS, FIREWALL, THROTTLED, CHALLENGE, DNS, TLS = (
    *('IMAGE_PULL_ERROR', 'DATA_ENDPOINT_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'),
    *('CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'),
    *('CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_DNS_ERROR', 'CONNECTIVITY_SSL_ERROR'),
)


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why a pull fails, and how it is reported: the code and reason for any client, and for nodes.

    `faults` are the sandbox's by their places, `dns` answers by host, `image` the properties of the
    image. `login` is False for none, or a wrong one.
    """

    code: str
    reason: str
    node: str
    faults: Mapping[str, str] = dataclasses.field(default_factory=dict)
    dns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    login: bool | tuple[str, str] = True
    tag: str = 'v1'
    grants: Mapping[str, list[str]] | None = None
    proxy: str = ''


def at(place: str, spec: str) -> dict[str, Any]:
    return {'faults': {place: spec}}


MANIFEST, TOKENS, DATA, BLOB = 'manifest@contoso', 'token@contoso', 'data', 'blob@contoso'
CAUSES: Mapping[str, Cause] = {
    'login refused': Cause(ACCESS, 'Unauthorized', 'NodeNotAuthorized', login=('pat', 'wrong')),
    'no login': Cause(ACCESS, 'NoCredentialsSent', 'NoCredentialsSent', login=False),
    'firewall at token': Cause(
        FIREWALL, 'AccessDenied', 'NodeAddressDenied', **at(TOKENS, 'denied')
    ),
    'page as token': Cause(
        ACCESS, 'UnreadableResponse', 'NodeBlockedByIntermediary', **at(TOKENS, 'notjson')
    ),
    'firewall at manifest': Cause(
        FIREWALL, 'AccessDenied', 'NodeAddressDenied', **at(MANIFEST, 'denied')
    ),
    'throttled': Cause(
        THROTTLED, 'TooManyRequests', 'TooManyRequests', **at(MANIFEST, 'throttled:1')
    ),
    'server error': Cause(PULL, 'ServerError', 'ServerError', **at(MANIFEST, 'status:503')),
    'no permission': Cause(
        ACCESS, 'NoPermissions', 'NodeNotAuthorized', grants={'other': ['pull']}
    ),
    'no such tag': Cause(PULL, 'NoSuchTag', 'NoSuchTag', tag='v9'),
    'no such host': Cause(DNS, 'NameNotFound', 'NodeNameResolution', dns={HOST: 'nxdomain'}),
    'DNS server': Cause(DNS, 'ResolverFailed', 'NodeNameResolution', dns={HOST: 'servfail'}),
    'connection refused': Cause(
        CHALLENGE, 'ConnectionRefused', 'NodeConnection', **at(f'tcp@{HOST}', 'refuse')
    ),
    'unreachable': Cause(
        CHALLENGE, 'Unreachable', 'NodeConnection', **at(f'tcp@{HOST}', 'unreachable')
    ),
    'reset': Cause(CHALLENGE, 'ConnectionReset', 'NodeConnection', **at(f'tcp@{HOST}', 'reset')),
    'unknown authority': Cause(
        TLS, 'TlsIntercepted', 'NodeTls', **at(f'tls@{HOST}', 'cert:foreign')
    ),
    'expired certificate': Cause(
        TLS, 'CertificateExpired', 'NodeTls', **at(f'tls@{HOST}', 'cert:expired')
    ),
    'proxy unreachable': Cause(
        CHALLENGE, 'ProxyUnreachable', 'NodeConnection', proxy='http://127.0.0.66:3128'
    ),
    'proxy login': Cause(
        *(CHALLENGE, 'ProxyAuthenticationRequired', 'NodeConnection'),
        proxy=f'http://{cloud.PROXY_HOST}:3128',
        **at('proxy', 'auth'),
    ),
    'no platform': Cause(
        PULL, 'NoMatchingPlatform', 'NodePlatformMismatch', image={'platforms': ['linux/s390x']}
    ),
    'page as manifest': Cause(
        PULL, 'UnreadableManifest', 'UnreadableManifest', **at(MANIFEST, 'notjson')
    ),
    'empty manifest': Cause(
        PULL, 'UnreadableManifest', 'UnreadableManifest', **at(MANIFEST, 'empty')
    ),
    'chart': Cause(PULL, 'NotAnImage', 'NotAnImage', image={'artifact': True}),
    'layer refused': Cause(PULL, 'Denied', 'Denied', **at(BLOB, 'error:403:DENIED:nope')),
    'firewall at layer': Cause(
        FIREWALL, 'ClientIpNotAllowed', 'NodeAddressDenied', **at(BLOB, 'denied')
    ),
    'storage denies': Cause(PULL, 'StorageDenied', 'NodeStorageDenied', **at(DATA, 'policy')),
    'layer missing': Cause(PULL, 'BlobMissing', 'BlobMissing', **at(DATA, 'status:404')),
    'layer altered': Cause(
        PULL, 'ContentDigestMismatch', 'NodeContentMismatch', **at(DATA, 'corrupt')
    ),
    'storage refuses': Cause(
        STORED, 'ConnectionRefused', 'NodeConnection', **at(f'tcp@{STORAGE}', 'refuse')
    ),
    'no such storage': Cause(
        STORED, 'NameNotFound', 'NodeNameResolution', dns={STORAGE: 'nxdomain'}
    ),
}
# What differs from run to run, or from the sandbox to Azure.
VARIABLE = (
    (r'sha256:[0-9a-f]{64}', 'sha256:…'),
    (r'\d+\.\d+\.\d+\.\d+(:\d+)?', 'ADDRESS'),
    (r'\d{4}-\d\d-\d\dT[\d:]+Z', 'TIME'),
    (r'(https://eusmanaged1\.)[^"]*', r'\1…'),
    (r'eusmanaged1\.blob\.sandbox\.test', 'eusmanaged1.blob.core.windows.net'),
)


@pytest.fixture(scope='module', name='folder')
def fixture_folder() -> Iterator[pathlib.Path]:
    """Return a folder with a short path: that of a socket has at most 108 characters."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='ctd-', dir='/tmp'))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope='module', name='runtime')
def fixture_runtime(sandbox_process: Sandbox, folder: pathlib.Path) -> Iterator[Containerd]:
    """Run one containerd for all causes without a proxy."""
    with containerd.running(sandbox_process, folder) as running:
        yield running


def pull(sandbox: Sandbox, runtime: Containerd, name: str) -> Pulled:
    """Pull an image that no other pull has, under the faults of a cause."""
    cause = CAUSES[name]
    sandbox.put_image('contoso', REPOSITORY, 'v1', **{'text': f'image of {name}', **cause.image})
    if cause.grants is not None:
        sandbox.set_grants('contoso', permissions=[], repositories=cause.grants)
    for place, spec in cause.faults.items():
        sandbox.set_fault(place, spec)
    for host, answer in cause.dns.items():
        sandbox.set_dns(host, answer=answer)
    login = cause.login
    if login is True:
        login = (sandbox.info['app'], sandbox.info['secret'])
    return runtime.pull(f'{HOST}/{REPOSITORY}:{cause.tag}', login or None)


def verify(name: str, pulled: Pulled) -> None:
    """Assert that a message is the stand-in's, and that it is explained."""
    cause, image = CAUSES[name], f'{HOST}/{REPOSITORY}:{CAUSES[name].tag}'
    assert pulled.image == '' and pulled.message, f'{name}: the pull succeeded'
    assert fixed(pulled.message) == fixed(kubelet_messages.fill(f'1.6 {name}', image))
    in_azure = pulled.kubelet_text.replace(HOST, 'contoso.azurecr.io')
    explanation = explain(in_azure.replace(STORAGE, 'eusmanaged1.blob.core.windows.net'))
    assert explanation.verdict == 'Match'
    problem = explanation.matches[0].problem
    assert (problem.code, problem.reason) == (cause.code, cause.reason)
    assert explain_pull(pulled.kubelet_text, HOST).problem.reason == cause.node


def fixed(text: str) -> str:
    """Return a message without what differs between runs."""
    for pattern, replacement in VARIABLE:
        text = re.sub(pattern, replacement, text)
    return text


def test_every_message_of_the_stand_in_is_compared() -> None:
    said = {name.partition(' ')[2] for name in kubelet_messages.MESSAGES if name[:3] == '1.6'}
    assert said == set(CAUSES)


def test_a_pull_works(stock: Sandbox, runtime: Containerd) -> None:
    login = stock.info['app'], stock.info['secret']
    pulled = runtime.pull(f'{HOST}/hello:v1', login)
    assert pulled.image.startswith('sha256:') and not pulled.message


@pytest.mark.parametrize('name', [name for name, cause in CAUSES.items() if not cause.proxy])
def test_a_failed_pull_is_explained(stock: Sandbox, runtime: Containerd, name: str) -> None:
    verify(name, pull(stock, runtime, name))


@pytest.mark.parametrize('name', [name for name, cause in CAUSES.items() if cause.proxy])
def test_a_failed_pull_through_a_proxy(stock: Sandbox, folder: pathlib.Path, name: str) -> None:
    own = folder / str(len(list(folder.iterdir())))
    own.mkdir()
    with containerd.running(stock, own, HTTPS_PROXY=CAUSES[name].proxy) as runtime:
        verify(name, pull(stock, runtime, name))


def test_the_command_explains_it(sandbox: Sandbox, runtime: Containerd) -> None:
    pulled = pull(sandbox, runtime, 'firewall at layer')
    text = pulled.kubelet_text.replace(HOST, 'contoso.azurecr.io')
    finished = sandbox.az('acrhealth', 'error', 'explain', '--message', text, '-o', 'json')
    assert finished.code == 0, finished.stderr
    assert "'ClientIpNotAllowed'" in str(finished.json) and FIREWALL in finished.stdout
    assert '--ip-address' in finished.stdout
