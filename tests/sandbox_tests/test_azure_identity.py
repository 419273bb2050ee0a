# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The unmodified azure-identity gets its tokens from a running sandbox."""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Optional

import pytest

from azext_acrhealth.options import Selection
from azext_acrhealth.probes.azure import resource_graph
from tests.acceptance.components import lacks, need_azure_identity
from tests.sandbox.control.sandbox import Finished, Sandbox, Unavailable
from tests.sandbox.host import azure_identity
from tests.sandbox.services import cloud

PROGRAM = """
import json, sys
import azure.identity, jwt
credential = getattr(azure.identity, sys.argv[1])(**json.loads(sys.argv[2]))
token = credential.get_token(sys.argv[3]).token
print(json.dumps({**jwt.decode(token, options={'verify_signature': False}), 'token': token}))
"""
REFRESH = """
import json, sys, requests
token, host = sys.argv[1:]
exchanged = requests.post(f'https://{host}/oauth2/exchange', timeout=20, data={
    'grant_type': 'access_token', 'service': host, 'access_token': token})
response = requests.post(f'https://{host}/oauth2/token', timeout=20, data={
    'grant_type': 'refresh_token', 'service': host, 'scope': 'repository:hello:pull',
    'refresh_token': exchanged.json()['refresh_token']})
print(json.dumps([response.status_code, response.json()]))
"""
MANAGED, WORKLOAD, ENVIRONMENT = (
    'ManagedIdentityCredential',
    'WorkloadIdentityCredential',
    'EnvironmentCredential',
)
SCOPE = 'https://containerregistry.azure.net/.default'


@pytest.fixture(scope='module')
def running() -> Iterator[Sandbox]:
    try:
        with Sandbox.start() as sandbox:
            need_azure_identity(sandbox)
            yield sandbox
    except Unavailable as reason:
        lacks(str(reason))


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def run(
    sandbox: Sandbox,
    kind: str,
    variables: Optional[Mapping[str, str]] = None,
    scope: str = SCOPE,
    **options: Any,
) -> Finished:
    """Run a program that gets a token with the library."""
    return sandbox.run(
        [sys.executable, '-c', PROGRAM, kind, json.dumps(options), scope],
        env={**azure_identity.environment(), **(variables or {})},
    )


def claims(done: Finished) -> dict[str, Any]:
    assert done.code == 0, done.stderr
    return dict(done.json)


def statuses(sandbox: Sandbox, stage: str) -> list[int]:
    return [request['status'] for request in sandbox.requests(stage)]


def test_managed_identities_of_a_vm(sandbox: Sandbox) -> None:
    system, kubelet = sandbox.assign_identities(system=True, users=['kubelet'])
    assert claims(run(sandbox, MANAGED))['appid'] == system['clientId']
    for named in (
        {'client_id': kubelet['clientId']},
        {'identity_config': {'resource_id': kubelet['resourceId']}},
        {'identity_config': {'object_id': kubelet['principalId']}},
    ):
        found = claims(run(sandbox, MANAGED, **named))
        assert (found['appid'], found['oid']) == (kubelet['clientId'], kubelet['principalId'])
        assert found['tid'] == cloud.TENANT
        assert found['xms_mirid'].endswith('/userAssignedIdentities/kubelet')
    elsewhere = {
        'AZURE_POD_IDENTITY_AUTHORITY_HOST': sandbox.app_service_environment()[
            'IDENTITY_ENDPOINT'
        ].rpartition('/msi')[0]
    }
    assert claims(run(sandbox, MANAGED, elsewhere))['appid'] == system['clientId']
    done = run(sandbox, MANAGED, client_id=cloud.guid('nobody'))
    assert '(invalid_request) Identity not found' in done.stderr
    sandbox.assign_identities(users=['kubelet', 'other'])
    assert (
        '(invalid_request) Multiple user assigned identities exist' in run(sandbox, MANAGED).stderr
    )
    assert statuses(sandbox, 'imds') == [200] * 5 + [400] * 2


def test_managed_identities_of_app_service(sandbox: Sandbox) -> None:
    system, kubelet = sandbox.assign_identities(system=True, users=['kubelet'], imds='absent')
    there = sandbox.app_service_environment()
    assert claims(run(sandbox, MANAGED, there))['appid'] == system['clientId']
    for named in (
        {'client_id': kubelet['clientId']},
        {'identity_config': {'resource_id': kubelet['resourceId']}},
    ):
        assert claims(run(sandbox, MANAGED, there, **named))['appid'] == kubelet['clientId']
    assert (
        'No User Assigned or Delegated Managed Identity found'
        in run(sandbox, MANAGED, there, client_id=cloud.guid('nobody')).stderr
    )
    assert run(sandbox, MANAGED, {**there, 'IDENTITY_HEADER': 'wrong'}).code != 0
    assert statuses(sandbox, 'app-service') == [200] * 3 + [400, 401]


@pytest.mark.parametrize('imds, seconds', [('absent', 8), ('refuse', 8), ('silent', 20)])
def test_a_machine_outside_azure(sandbox: Sandbox, imds: str, seconds: float) -> None:
    sandbox.assign_identities(imds=imds)
    done = run(sandbox, MANAGED)
    assert 'no response from the IMDS endpoint' in done.stderr and done.seconds < seconds
    sandbox.assign_identities(system=True)
    assert run(sandbox, MANAGED).code == 0


def test_faults_of_the_metadata_service(sandbox: Sandbox) -> None:
    sandbox.assign_identities(system=True)
    sandbox.set_fault('imds', 'status:429', times=1)
    assert run(sandbox, MANAGED).code == 0
    assert statuses(sandbox, 'imds') == [429, 200]
    sandbox.set_fault('identity', 'hang')
    assert sandbox.run(
        [
            sys.executable,
            '-c',
            'import requests; requests.get("http://169.254.169.254/metadata/identity'
            '/oauth2/token", timeout=1)',
        ]
    ).stderr.count('Read timed out')


def test_a_secret_in_the_environment(sandbox: Sandbox) -> None:
    builder = sandbox.add_application('builder')
    found = claims(run(sandbox, ENVIRONMENT, sandbox.service_principal_environment(builder)))
    assert (found['appid'], found['oid'], found['aud']) == (
        builder['clientId'],
        builder['principalId'],
        'https://containerregistry.azure.net',
    )
    assert found['token'] in sandbox.secrets() and builder['secret'] in sandbox.secrets()
    for change, number in (
        ({'AZURE_CLIENT_SECRET': 'wrong'}, 7000215),
        ({'AZURE_CLIENT_ID': cloud.guid('nobody')}, 700016),
    ):
        done = run(
            sandbox, ENVIRONMENT, {**sandbox.service_principal_environment(builder), **change}
        )
        assert f'AADSTS{number}: ' in done.stderr
    # Of a tenant that is not there MSAL reports only that its configuration cannot be had.
    done = run(
        sandbox,
        ENVIRONMENT,
        {
            **sandbox.service_principal_environment(builder),
            'AZURE_TENANT_ID': cloud.guid('nowhere'),
        },
    )
    assert 'Unable to get authority configuration' in done.stderr


def test_a_pod_with_workload_identity(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    kubelet = sandbox.assign_identities(users=['kubelet'], imds='absent')[0]
    token_file = tmp_path / 'token'
    assert (
        'AADSTS70025: '
        in run(sandbox, WORKLOAD, sandbox.pod_environment(kubelet['clientId'], token_file)).stderr
    )
    sandbox.set_federated_credential(kubelet['clientId'])
    pod = sandbox.pod_environment(kubelet['clientId'], token_file)
    assert claims(run(sandbox, WORKLOAD, pod))['oid'] == kubelet['principalId']
    # The library's managed identity is the pod's where there is one.
    assert claims(run(sandbox, MANAGED, pod))['oid'] == kubelet['principalId']
    for change, number in (
        ({'subject': 'system:serviceaccount:apps:default'}, 700213),
        ({'audience': 'api://other'}, 700212),
        ({'seconds': -60}, 700024),
    ):
        assert (
            f'AADSTS{number}: '
            in run(
                sandbox,
                WORKLOAD,
                sandbox.pod_environment(kubelet['clientId'], token_file, **change),
            ).stderr
        )
    sandbox.set_fault('signin', 'aadsts:70021')
    assert (
        'AADSTS70021: '
        in run(sandbox, WORKLOAD, sandbox.pod_environment(kubelet['clientId'], token_file)).stderr
    )


def test_a_registry_accepts_the_token_with_the_grants_of_its_identity(sandbox: Sandbox) -> None:
    kubelet = sandbox.assign_identities(users=['kubelet'])[0]
    token = claims(run(sandbox, MANAGED))['token']
    host = 'contoso.azurecr.test'
    assert sandbox.run([sys.executable, '-c', REFRESH, token, host]).json[0] == 200
    sandbox.set_grants(
        'contoso', permissions=[], repositories={}, catalog=False, application=kubelet['clientId']
    )
    assert sandbox.run([sys.executable, '-c', REFRESH, token, host]).json[0] == 401
    assert sandbox.az('acr', 'login', '-n', 'contoso', '--expose-token').code == 0


def test_the_cli_lists_many_registries(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    registries = sandbox.add_registries(
        45, subscriptions=30, locations=['eastus', 'westeurope'], tags={'team': 'platform'}
    )
    query = tmp_path / 'query.json'
    text = resource_graph.query(Selection(resource_group='rg-fleet'))
    options = {'$top': 40, 'resultFormat': 'objectArray'}
    query.write_text(json.dumps({'query': text, 'options': options}), encoding='ascii')
    done = sandbox.az(
        'rest',
        '--method',
        'post',
        '--body',
        f'@{query}',
        '--url',
        '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01',
    )
    assert done.code == 0, done.stderr
    assert (done.json['totalRecords'], done.json['count']) == (45, 40) and done.json['$skipToken']
    assert {row['id'] for row in done.json['data']} < {row['id'] for row in registries}
