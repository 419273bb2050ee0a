# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of what the sandbox's kubelet says: the rules for error messages recognize all of it."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.explanation import explain
from tests.sandbox.services import kubelet_messages

IMAGE = 'contoso.azurecr.io/team/app:v1'
# By what failed; test_containerd holds the messages to a real containerd's.
REASONS = {
    'login refused': 'Unauthorized',
    'no login': 'NoCredentialsSent',
    'no permission': 'NoPermissions',
    'firewall at token': 'AccessDenied',
    'firewall at layer': 'ClientIpNotAllowed',
    'page as token': 'UnreadableResponse',
    'page as manifest': 'UnreadableManifest',
    'empty manifest': 'UnreadableManifest',
    'chart': 'NotAnImage',
    'throttled': 'TooManyRequests',
    'server error': 'ServerError',
    'no such tag': 'NoSuchTag',
    'no such host': 'NameNotFound',
    'no such storage': 'NameNotFound',
    'DNS server': 'ResolverFailed',
    'connection refused': 'ConnectionRefused',
    'storage refuses': 'ConnectionRefused',
    'unreachable': 'Unreachable',
    'reset': 'ConnectionReset',
    'time-out': 'ConnectTimeout',
    'unknown authority': 'TlsIntercepted',
    'expired certificate': 'CertificateExpired',
    'proxy unreachable': 'ProxyUnreachable',
    'proxy login': 'ProxyAuthenticationRequired',
    'no platform': 'NoMatchingPlatform',
    'layer refused': 'Denied',
    'storage denies': 'StorageDenied',
    'layer missing': 'BlobMissing',
    'layer altered': 'ContentDigestMismatch',
}
# Of these, what the message says depends on the version of containerd.
OF_VERSIONS = {
    '1.6 firewall at manifest': 'AccessDenied',
    '2.3 firewall at manifest': 'ClientIpNotAllowed',
}


@pytest.mark.parametrize(
    'before',
    ['ErrImagePull: ', f'ImagePullBackOff: Back-off pulling image "{IMAGE}": ErrImagePull: '],
)
@pytest.mark.parametrize('name', kubelet_messages.MESSAGES)
def test_a_message_is_recognized(name: str, before: str) -> None:
    reason = OF_VERSIONS.get(name) or REASONS[name.partition(' ')[2]]
    explanation = explain(before + kubelet_messages.fill(name, IMAGE))
    assert explanation.verdict == 'Match' and explanation.tool == 'kubelet'
    assert explanation.matches[0].problem.reason == reason
    assert explanation.subject.host == 'contoso.azurecr.io'
