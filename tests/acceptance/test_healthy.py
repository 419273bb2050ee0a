# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Healthy registries: the report, and the number of requests and connections."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.rows import DISPLAY_ORDER, ENVIRONMENT
from tests.acceptance.rows import HEALTHY as EXPECTED
from tests.acceptance.runs import Run, assert_clean, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

CONTOSO = 'contoso.azurecr.test'


def observed_requests(sandbox: Sandbox) -> list[tuple[str, str, str, str]]:
    """Return the requests without what varies."""
    return sorted(
        (request['stage'], request['method'], request['host'], request['path'].split('/')[-1])
        for request in sandbox.requests()
    )


def test_contoso(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso')
    assert run.report['healthy'] is True and run.statuses() == EXPECTED
    assert [row['check'] for row in run.report['checks']] == [*DISPLAY_ORDER]
    assert {
        row['check']: row['detail'] for row in run.report['checks'] if row['check'] in ENVIRONMENT
    } == dict.fromkeys(ENVIRONMENT, 'excluded by --skip')
    assert run.report['registries'] == [
        {
            'name': 'contoso',
            'loginServer': CONTOSO,
            'region': 'eastus',
            'healthy': True,
            'canLogin': 'yes',
            'canPull': 'unknown',
            'canPush': 'unknown',
            'clusters': [],
        }
    ]
    client = run.report['client']
    assert (
        client['cloud'] == 'Sandbox' and client['cloudShell'] is False and client['proxy'] is None
    )
    assert client['extension'] == '1.0.0b1' and client['azureCli'].startswith('2.')
    assert {row['registry'] for row in run.report['checks']} == {None, 'contoso'}


def test_facts_of_a_healthy_registry(sandbox: Sandbox) -> None:
    facts = {row['check']: row['facts'] for row in check(sandbox, '-n', 'contoso').report['checks']}
    resource_id = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
    response_facts = {
        name: facts['login-server'].pop(name) for name in ('at', 'correlationId', 'status')
    }
    assert facts['login-server'] == {
        'loginServer': CONTOSO,
        'region': 'eastus',
        'resourceId': resource_id,
        'source': 'ResourceManager',
    }
    assert (
        response_facts['at'].endswith('Z')
        and response_facts['correlationId']
        and response_facts['status'] == 200
    )
    assert facts['dns']['addresses'][0] == {
        'address': '127.0.0.1',
        'family': 'IPv4',
        'private': False,
    }
    assert facts['dns']['canonicalName'].endswith('.cloudapp.azure.test')
    assert [attempt.pop('elapsedMs') < 5000 for attempt in facts['connection']['tried']] == [True]
    assert facts['connection']['tried'] == [
        {'address': '127.0.0.1', 'family': 'IPv4', 'result': 'Connected'}
    ]
    assert facts['tls']['issuer'] == 'acrhealth sandbox' and facts['tls']['verification'] == 'on'
    assert (
        facts['tls']['protocol'] == 'TLSv1.3' and facts['tls']['caSource'] == 'REQUESTS_CA_BUNDLE'
    )
    assert facts['challenge']['wwwAuthenticate'] == [
        f'Bearer realm="https://{CONTOSO}/oauth2/token",service="{CONTOSO}"'
    ]
    assert facts['refresh-token']['audience'] == 'https://containerregistry.azure.net'
    assert (
        facts['refresh-token']['tenant'] == cloud.TENANT
        and 'read' in facts['refresh-token']['actions']
    )
    assert facts['access-token']['scope'] == 'registry:catalog:*'
    for row in ('challenge', 'refresh-token', 'access-token'):
        assert (
            facts[row]['correlationId']
            and facts[row]['at'].endswith('Z')
            and facts[row]['server'] == 'openresty'
        )


def test_it_is_cheap(sandbox: Sandbox) -> None:
    check(sandbox, '-n', 'contoso')
    assert observed_requests(sandbox) == [
        ('arm-cache-rules', 'GET', cloud.ARM_HOST, 'cacheRules'),
        ('arm-list', 'GET', cloud.ARM_HOST, 'registries'),
        ('arm-replications', 'GET', cloud.ARM_HOST, 'replications'),
        ('arm-usages', 'GET', cloud.ARM_HOST, 'listUsages'),
        ('challenge', 'GET', CONTOSO, ''),
        ('exchange', 'POST', CONTOSO, 'exchange'),
        ('signin', 'POST', cloud.LOGIN_HOST, 'token'),
        ('token', 'POST', CONTOSO, 'token'),
    ]
    connections = sandbox.connections()
    at_arm = connections['handshakes'][cloud.ARM_HOST]
    assert connections['handshakes'] == {CONTOSO: 1, cloud.ARM_HOST: at_arm, cloud.LOGIN_HOST: 1}
    # On a busy machine a request may open a second connection instead of waiting.
    assert at_arm <= 2
    assert (
        connections['accepted'] == connections['handshakes'] and not connections['failedHandshakes']
    )
    at_registry = sandbox.requests(host=CONTOSO)
    assert len({request['connection'] for request in at_registry}) == 1
    assert (
        len([query for query in sandbox.dns_queries() if query['name'] == CONTOSO]) == 2
    )  # A and AAAA
    assert all(request['headers']['User-Agent'].startswith('AZURECLI/') for request in at_registry)


def test_tokens_go_nowhere_else(sandbox: Sandbox) -> None:
    check(sandbox, '-n', 'contoso', '--repository', 'hello', '--need', 'pull')
    received = {
        (request['host'], request['path'].split('/')[1])
        for request in sandbox.requests()
        if request['tokenReceived'] or request['authorization']
    }
    assert received == {
        (CONTOSO, 'oauth2'),
        (CONTOSO, 'acr'),
        (cloud.LOGIN_HOST, cloud.TENANT),
        (cloud.ARM_HOST, 'subscriptions'),
    }
    exchange, token = sandbox.requests('exchange')[0]['form'], sandbox.requests('token')[0]['form']
    assert exchange['grant_type'] == 'access_token' and exchange['service'] == CONTOSO
    assert exchange['tenant'] == cloud.TENANT
    assert (
        token['grant_type'] == 'refresh_token'
        and token['scope'] == 'repository:hello:pull,metadata_read'
    )
    assert {
        request['stage'] for request in sandbox.requests(host=CONTOSO) if request['authorization']
    } == {'attributes'}


@pytest.mark.parametrize(
    'arguments, login_server, name, stage',
    [
        (('-n', 'CONTOSO'), CONTOSO, 'contoso', 'arm-list'),
        (('-n', 'contoso', '-g', 'RG-apps'), CONTOSO, 'contoso', 'arm-get'),
        (('-n', 'basicreg'), 'basicreg.azurecr.test', 'basicreg', 'arm-list'),
        (('-n', 'dnlreg'), 'dnlreg-abc123def456.azurecr.test', 'dnlreg', 'arm-list'),
        (('-n', 'dnlreg-abc123def456'), 'dnlreg-abc123def456.azurecr.test', 'dnlreg', 'arm-list'),
        (
            ('-n', 'dnlreg-abc123def456.azurecr.test'),
            'dnlreg-abc123def456.azurecr.test',
            'dnlreg',
            'arm-list',
        ),
        (
            (
                '-n',
                cloud.resource_id(
                    'RG-OTHER', cloud.REGISTRY_TYPE, 'Northwind', cloud.SECOND_SUBSCRIPTION
                ),
            ),
            'northwind.azurecr.test',
            'northwind',
            'arm-get',
        ),
        (
            ('-n', 'northwind', '--subscription', cloud.SECOND_SUBSCRIPTION),
            'northwind.azurecr.test',
            'northwind',
            'arm-list',
        ),
        (
            ('-n', 'northwind', '--subscription', 'Archive'),
            'northwind.azurecr.test',
            'northwind',
            'arm-list',
        ),
    ],
)
def test_forms_of_a_name(
    sandbox: Sandbox, arguments: tuple[str, ...], login_server: str, name: str, stage: str
) -> None:
    run = check(sandbox, *arguments)
    assert run.report['registries'][0]['loginServer'] == login_server
    premium = name not in ('basicreg', 'northwind')
    assert run.statuses() == {**EXPECTED, **({} if premium else {'replicas': 'Skipped'})}
    assert (
        run.report['registries'][0]['name'] == name
        and len(sandbox.requests('arm-replications')) == premium
    )
    assert len(sandbox.requests(stage)) == 1 == len(sandbox.requests('challenge', login_server))
    arm = {request['stage'] for request in sandbox.requests(host=cloud.ARM_HOST)}
    lists = {'arm-usages', 'arm-replications', 'arm-cache-rules'}
    assert arm <= {stage, 'arm-subscriptions', *lists}
    assert sandbox.connections()['handshakes'][login_server] == 1


def test_a_typed_host_is_never_rewritten(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'ConToso.AzureCR.test')
    assert run.report['registries'][0]['loginServer'] == 'ConToso.AzureCR.test'
    assert run.report['registries'][0]['region'] == 'eastus' and run.statuses() == {
        **EXPECTED,
        'dns': 'Warning',
    }
    assert 'ConToso.AzureCR.test' in run.row('dns')['detail']


def test_a_regional_host(sandbox: Sandbox) -> None:
    host = 'contoso.eastus.geo.azurecr.test'
    sandbox.patch_registry(
        'contoso',
        {'properties': {'regionalEndpoints': 'Enabled', 'regionalEndpointHostNames': [host]}},
    )
    run = check(sandbox, '-n', host)
    assert run.report['registries'][0]['loginServer'] == host
    assert run.row('login-server')['facts']['source'] == 'ResourceManager'
    assert {request['host'] for request in sandbox.requests('challenge')} == {host}
    assert run.statuses()['challenge'] == 'Passed'


def test_a_repository(sandbox: Sandbox) -> None:
    for registry in ('contoso', 'fabrikam'):
        run = check(sandbox, '-n', registry, '--repository', 'hello')
        facts = run.has('access-token', 'Passed')['facts']
        assert facts['asked'] == ['pull', 'push', 'delete', 'metadata_read', 'metadata_write']
        assert facts['missing'] == [] and set(facts['asked']) <= set(facts['granted'])
    run = check(sandbox, '-n', 'fabrikam', '--repository', 'samples/multi', '--need', 'pull')
    assert run.has('access-token', 'Passed')['facts']['asked'] == ['pull']


def test_several_registries(sandbox: Sandbox) -> None:
    names = ['dnlreg', 'contoso', 'basicreg', 'fabrikam', 'contoso']
    run = check(sandbox, '-n', *names, '--name', 'cmkuser', 'DNLREG')
    registries: list[dict[str, Any]] = run.report['registries']
    assert [registry['name'] for registry in registries] == [
        'dnlreg',
        'contoso',
        'basicreg',
        'fabrikam',
        'cmkuser',
    ]
    assert [registry['canLogin'] for registry in registries] == ['yes'] * 5
    names = [row['registry'] for row in run.report['checks'] if row['registry']]
    assert names == [registry['name'] for registry in registries for _ in EXPECTED]
    handshakes = sandbox.connections()['handshakes']
    assert {host: count for host, count in handshakes.items() if host.endswith('azurecr.test')} == {
        registry['loginServer']: 1 for registry in registries
    }
    assert all(
        len(sandbox.requests(stage, registry['loginServer'])) == 1
        for registry in registries
        for stage in ('challenge', 'exchange', 'token')
    )


def test_one_bad_registry_leaves_the_others_alone(sandbox: Sandbox) -> None:
    sandbox.set_fault('dns@basicreg.azurecr.test', 'nxdomain')
    run = check(sandbox, '-n', 'basicreg', 'contoso')
    assert [registry['healthy'] for registry in run.report['registries']] == [False, True]
    assert run.statuses('contoso') == EXPECTED and run.finished.code == 1
    assert (
        ' checks failed in 1 of 2 registries: dns of basicreg (CONNECTIVITY_DNS_ERROR, '
        'NotInLocalDns).' in run.finished.stderr
    )


def test_without_verification_of_certificates(sandbox: Sandbox) -> None:
    for host in (CONTOSO, cloud.ARM_HOST):  # the CLI's own sign-in verifies all the same
        sandbox.set_fault(f'tls@{host}', 'cert:selfsigned')
    finished = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        '--only',
        'access-token',
        env={'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION': '1'},
    )
    assert_clean(sandbox, finished)
    run = Run(finished, finished.json)
    assert finished.code == 0 and set(run.statuses().values()) == {'Passed', 'Warning'}
    assert (
        run.row('tls')['status'] == 'Warning' and run.row('tls')['reason'] == 'VerificationDisabled'
    )
    assert (
        run.row('tls')['facts']['verification'] == 'off'
        and "wasn't verified" in run.row('tls')['detail']
    )
    assert (
        'Connection verification disabled' in finished.stderr and 'ERROR' not in finished.stderr
    )  # the CLI's own words
