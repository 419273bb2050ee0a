# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the results of pulls by nodes mean."""

from __future__ import annotations

from typing import get_args

import pytest

from azext_acrhealth.checks.cluster.pull_failures import BY_END, BY_FAILURE, explain_pull
from azext_acrhealth.probes.cluster.kubectl_errors import KubectlKind
from azext_acrhealth.probes.cluster.pod_state import PullEnd
from tests.sandbox.services import kubelet_messages

HOST = 'myregistry.azurecr.io'
IMAGE = f'{HOST}/team/app:v1'


def test_every_end_and_every_failure_has_a_problem() -> None:
    assert set(BY_END) | {'Pulled', 'PullFailed'} == set(get_args(PullEnd))
    assert set(BY_FAILURE) == set(get_args(KubectlKind))


@pytest.mark.parametrize('host', [HOST, 'contoso.azurecr.test'])
@pytest.mark.parametrize('name', kubelet_messages.MESSAGES)
def test_the_messages_of_the_kubelet_are_explained(name: str, host: str) -> None:
    text = f'ErrImagePull: {kubelet_messages.fill(name, f"{host}/team/app:v1")}'
    failure = explain_pull(text, host)
    assert failure.evidence and failure.problem.reason != 'NodePullFailed'
    assert '//registry.' not in failure.evidence, 'the stand-in must not show'


def test_the_evidence_of_a_missing_tag_is_short() -> None:
    failure = explain_pull(kubelet_messages.fill('1.6 no such tag', IMAGE), HOST)
    assert (failure.problem.reason, failure.evidence) == ('NoSuchTag', f'{IMAGE}: not found')


def test_an_unknown_message() -> None:
    failure = explain_pull('ErrImagePull: odd', HOST)
    assert (failure.problem.reason, failure.evidence) == ('NodePullFailed', '')


def test_the_address_that_a_firewall_denies() -> None:
    failure = explain_pull(kubelet_messages.fill('2.3 firewall at manifest', IMAGE), HOST)
    assert failure.placeholders == {'client_ip': '20.1.2.3'}
