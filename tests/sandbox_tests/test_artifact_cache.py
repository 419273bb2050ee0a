# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's artifact cache: what ARM lists, and pulls and pushes under a cache rule."""

from __future__ import annotations

import json
import pathlib
from typing import Optional

import pytest

from tests.sandbox.services.http_messages import Response
from tests.sandbox_tests.local_control import LocalControlClient
from tests.sandbox_tests.registry_caller import Caller


@pytest.fixture
def control(tmp_path: pathlib.Path) -> LocalControlClient:
    control = LocalControlClient(tmp_path)
    control.put_credential_set('contoso', 'creds')
    control.put_cache_rule('contoso', 'hub', 'docker.io/*', 'hub/*', 'creds')
    return control


def pull(control: LocalControlClient, repository: str = 'hub/library/nginx') -> Response:
    caller = Caller(control.state)
    authorization = caller.bearer(f'repository:{repository}:pull')
    return caller.send('GET', f'/v2/{repository}/manifests/v1', Authorization=authorization)


def message(response: Response) -> tuple[int, str, str]:
    (error,) = json.loads(response.body)['errors']
    return response.status, error['code'], error['message']


def test_arm_lists_rules_and_credential_sets(control: LocalControlClient) -> None:
    (rule,) = control.list_children('cacherules')
    (credentials,) = control.list_children('credentialsets')
    assert rule['properties']['credentialSetResourceId'] == credentials['id']
    assert rule['properties']['targetRepository'] == 'hub/*'
    (credential,) = credentials['properties']['authCredentials']
    assert credential['credentialHealth'] == {'status': 'Healthy'}
    control.put_credential_set('contoso', 'creds', healthy=False)
    (credentials,) = control.list_children('credentialsets')
    (credential,) = credentials['properties']['authCredentials']
    assert credential['credentialHealth']['errorCode'] == 'Forbidden'
    assert credentials['identity']['principalId'] in credential['credentialHealth']['errorMessage']


def test_a_pull_fills_the_cache(control: LocalControlClient) -> None:
    assert pull(control).status == 200
    control.set_cache_source('contoso', 'hub', 'failed')
    assert pull(control).status == 200, 'what is cached needs no source'
    assert pull(control, 'hub/library/redis').status == 424
    assert pull(control, 'nosuch').status == 404


@pytest.mark.parametrize(
    'kind, status, code, text',
    [
        (
            'unauthorized',
            401,
            'UNAUTHORIZED',
            'authentication required with source registry for cache',
        ),
        (
            'denied',
            403,
            'DENIED',
            "pull from source 'docker.io/library/nginx' for cache rule 'hub'",
        ),
        ('throttled', 429, 'TOOMANYREQUESTS', "source registry for cache rule 'hub'"),
        ('failed', 424, 'UNKNOWN', "request to pull from source 'docker.io/library/nginx' for"),
    ],
)
def test_a_source_that_refuses(
    control: LocalControlClient, kind: str, status: int, code: str, text: str
) -> None:
    control.set_cache_source('contoso', 'hub', kind, times=1)
    seen = message(pull(control))
    assert seen[:2] == (status, code) and text in seen[2]
    assert pull(control).status == 200


def test_unhealthy_credentials(control: LocalControlClient) -> None:
    control.put_credential_set('contoso', 'creds', healthy=False)
    assert message(pull(control))[:2] == (401, 'UNAUTHORIZED')


@pytest.mark.parametrize('writable, status', [(None, 405), ('Disabled', 405), ('Enabled', 202)])
def test_a_push(control: LocalControlClient, writable: Optional[str], status: int) -> None:
    control.patch_registry('contoso', {'properties': {'writableCacheRepos': writable}})
    caller = Caller(control.state)
    for repository, expected in (('hub/app', status), ('hello', 202)):
        authorization = caller.bearer(f'repository:{repository}:pull,push')
        path = f'/v2/{repository}/blobs/uploads/'
        assert caller.send('POST', path, Authorization=authorization).status == expected


def test_a_fixed_rule_precedes_a_wildcard(control: LocalControlClient) -> None:
    control.put_cache_rule('contoso', 'all', 'mcr.microsoft.com/*', '*')
    control.put_cache_rule('contoso', 'one', 'quay.io/nginx', 'hub/library/nginx')
    for rule, repository in (
        ('one', 'hub/library/nginx'),
        ('hub', 'hub/library/redis'),
        ('all', 'app'),
    ):
        control.set_cache_source('contoso', rule, 'throttled', times=1)
        assert f"'{rule}'" in message(pull(control, repository))[2]
