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
REASONS = {
    'login refused': 'Unauthorized',
    'no login': 'NoCredentialsSent',
    'no permission': 'NoPermissions',
    'no such tag': 'NoSuchTag',
    'no such host': 'NameNotFound',
    'no platform': 'NoMatchingPlatform',
    'layer refused': 'AccessDenied',
    'time-out': 'ConnectTimeout',
}


@pytest.mark.parametrize(
    'before',
    ['ErrImagePull: ', f'ImagePullBackOff: Back-off pulling image "{IMAGE}": ErrImagePull: '],
)
@pytest.mark.parametrize('name', kubelet_messages.MESSAGES)
def test_a_message_is_recognized(name: str, before: str) -> None:
    version, _, cause = name.partition(' ')
    firewall = 'ClientIpNotAllowed' if version == '2.3' else 'AccessDenied'
    explanation = explain(before + kubelet_messages.fill(name, IMAGE))
    assert explanation.verdict == 'Match' and explanation.tool == 'kubelet'
    assert explanation.matches[0].problem.reason == REASONS.get(cause, firewall)
    assert explanation.subject.host == 'contoso.azurecr.io'
