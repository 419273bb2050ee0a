# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's commands in clusters: what starts none, and what none was started for."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from tests.sandbox.services import cloud
from tests.sandbox_tests.test_clusters import ArmCaller

VERSION = '2025-05-01'
BODY = {'command': 'echo "$0"', 'context': ''}


@pytest.fixture(name='arm')
def fixture_arm(tmp_path: pathlib.Path) -> ArmCaller:
    """Return a caller of ARM."""
    return ArmCaller(tmp_path)


def start(arm: ArmCaller, cluster: str, version: str = VERSION) -> tuple[int, str]:
    response = arm.send(f'{cluster}/runCommand', version, method='POST', body=BODY)
    code = json.loads(response.body)['error']['code'] if response.body else ''
    return response.status, code


def result_of(arm: ArmCaller, cluster: str, **settings: Any) -> tuple[int, Any]:
    """Return the status and the properties of the result of a command."""
    arm.update_settings(runCommand={'path': '', 'kubeconfig': '/nonexistent', **settings})
    response = arm.send(f'{cluster}/runCommand', VERSION, method='POST', body=BODY)
    location = dict(response.headers)['Location']
    assert response.status == 202 and location.startswith(f'https://{cloud.ARM_HOST}/')
    identifier = location.partition('?')[0].rpartition('/')[2]
    while True:
        read = arm.send(f'{cluster}/commandResults/{identifier}', VERSION)
        properties = json.loads(read.body)['properties']
        if properties['provisioningState'] != 'Running' or settings.get('end') == 'never':
            return read.status, properties


def test_what_starts_no_command(arm: ArmCaller) -> None:
    cluster = arm.put_cluster()['id']
    assert start(arm, cluster) == (400, 'KubernetesPerformanceError')
    assert start(arm, cluster, '2000-01-01') == (400, 'NoRegisteredProviderFound')
    assert start(arm, f'{cluster}x') == (404, 'ResourceNotFound')
    action = 'Microsoft.ContainerService/managedClusters/runcommand/action'
    arm.update_settings(deniedActions=[action])
    assert start(arm, cluster) == (403, 'AuthorizationFailed')
    arm.update_settings(deniedActions=[])
    stopped = arm.put_cluster('aks2', powerState={'code': 'Stopped'})['id']
    assert start(arm, stopped) == (409, 'OperationNotAllowed')


def test_a_command(arm: ArmCaller) -> None:
    status, properties = result_of(arm, arm.put_cluster(aadProfile=None)['id'])
    assert (status, properties['exitCode'], properties['logs']) == (200, 0, 'sh\n')


def test_logs_are_cut(arm: ArmCaller) -> None:
    _, properties = result_of(arm, arm.put_cluster(aadProfile=None)['id'], limit=1)
    assert properties['logs'] == 's'


@pytest.mark.parametrize(
    'end, status, state', [('failed', 200, 'failed'), ('never', 202, 'Running')]
)
def test_other_ends(arm: ArmCaller, end: str, status: int, state: str) -> None:
    found, properties = result_of(arm, arm.put_cluster()['id'], end=end)
    assert (found, properties['provisioningState']) == (status, state)


def test_a_result_of_no_command(arm: ArmCaller) -> None:
    cluster = arm.put_cluster()['id']
    assert arm.send(f'{cluster}/commandResults/abc', VERSION).status == 404
