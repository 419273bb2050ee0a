# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Unmodified programs work with the sandbox as with the real service."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.acceptance.clients import skopeo
from tests.acceptance.components import need
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.host import engines

NOBODY = '00000000-0000-0000-0000-000000000000'
CONTOSO = 'contoso.azurecr.test'
SAMPLE = 'mcr.microsoft.com/mcr/hello-world:latest'
PASSED = (
    f'DNS lookup to {CONTOSO} at IP 127.0.0.1 : OK',
    f'Challenge endpoint https://{CONTOSO}/v2/ : OK',
    f"Fetch refresh token for registry '{CONTOSO}' : OK",
)
# The fault, and the code that the stock check-health reports (real-components.md section 6).
STOCK_CODES = [
    ('dns@contoso', 'nxdomain', 'CONNECTIVITY_DNS_ERROR'),
    ('dns@contoso', 'servfail', 'CONNECTIVITY_DNS_ERROR'),
    ('tcp@contoso', 'refuse', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ('tcp@contoso', 'reset', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ('tls@contoso', 'cert:expired', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'cert:notyet', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'cert:wronghost', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'cert:selfsigned', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'cert:foreign', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'cert:nochain', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'plain', 'CONNECTIVITY_SSL_ERROR'),
    ('tls@contoso', 'old', 'CONNECTIVITY_SSL_ERROR'),
    ('challenge@contoso', 'denied', 'CONNECTIVITY_FORBIDDEN_ERROR'),
    ('challenge@contoso', 'status:500', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ('challenge@contoso', 'nochallenge', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ('challenge@contoso', 'notjson', 'CONNECTIVITY_CHALLENGE_ERROR'),
    ('challenge@contoso', 'challenge:Negotiate', 'CONNECTIVITY_AAD_LOGIN_ERROR'),
    ('exchange@contoso', 'denied', 'CONNECTIVITY_REFRESH_TOKEN_ERROR'),
    ('exchange@contoso', 'status:401', 'CONNECTIVITY_REFRESH_TOKEN_ERROR'),
    ('exchange@contoso', 'throttled', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'),
    ('token@contoso', 'status:500', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'),
]


def run_check_health(stock: Sandbox, *arguments: str, **options: object) -> Finished:
    """Run `az acr check-health` without an engine, unless the test provides one."""
    options.setdefault('env', {'DOCKER_HOST': 'unix:///nowhere'})
    return stock.az('acr', 'check-health', '--ignore-errors', '-y', *arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def credentials(stock: Sandbox) -> str:
    """Return user and password as `docker login` takes them from `az acr login --expose-token`."""
    exposed = stock.az('acr', 'login', '-n', 'contoso', '--expose-token', '-o', 'json')
    assert exposed.code == 0, exposed.stderr
    assert exposed.json['loginServer'] == CONTOSO
    return f'{NOBODY}:{exposed.json["refreshToken"]}'


class TestStockCli:
    """The Azure CLI as it is."""

    def test_check_health(self, stock: Sandbox) -> None:
        finished = run_check_health(stock, '-n', 'contoso')
        assert finished.code == 0
        for line in (*PASSED, f"Fetch access token for registry '{CONTOSO}' : OK"):
            assert line in finished.stderr
        assert 'CONNECTIVITY' not in finished.stderr

    def test_check_health_of_a_repository(self, stock: Sandbox) -> None:
        finished = run_check_health(stock, '-n', 'contoso', '--repository', 'hello')
        assert (
            f"Fetch access token for repository 'hello' in registry '{CONTOSO}' : OK"
            in finished.stderr
        )

    def test_check_health_lists_missing_permissions(self, stock: Sandbox) -> None:
        stock.patch_registry('fabrikam', {})
        stock.set_grants('fabrikam', repositories={'hello': ['pull', 'metadata_read']})
        finished = run_check_health(stock, '-n', 'fabrikam', '--repository', 'hello')
        assert (
            'You are lacking push, metadata_write and delete repository permissions'
            in finished.stderr
        )

    @pytest.mark.parametrize('registry', ['cmkuser', 'cmksystem'])
    def test_check_health_of_encryption(self, stock: Sandbox, registry: str) -> None:
        assert 'CMK_ERROR' not in run_check_health(stock, '-n', registry).stderr
        stock.patch_registry(registry, {'identity': None})
        assert 'CMK_ERROR' in run_check_health(stock, '-n', registry).stderr

    def test_check_health_of_private_link(self, stock: Sandbox) -> None:
        # The stock check takes vnet10 for vnet1, as it compares ids by their beginning: it gets a
        # sandbox without vnet10.
        owner = stock.patch_registry('privreg', {})
        first = owner['properties']['privateEndpointConnections'][:1]
        stock.patch_registry('privreg', {'properties': {'privateEndpointConnections': first}})
        finished = run_check_health(stock, '-n', 'privreg', '--vnet', 'vnet1')
        assert 'DNS routing to private endpoint : OK' in finished.stderr
        stock.set_dns('privreg.azurecr.test', a=['127.0.0.1'])
        finished = run_check_health(stock, '-n', 'privreg', '--vnet', 'vnet1')
        assert 'Expect: 10.1.0.5, Actual: 127.0.0.1' in finished.stderr

    @pytest.mark.parametrize('place, spec, code', STOCK_CODES)
    def test_check_health_reports_faults(
        self, stock: Sandbox, place: str, spec: str, code: str
    ) -> None:
        stock.set_fault(place, spec)
        assert f'An error occurred: {code}' in run_check_health(stock, '-n', 'contoso').stderr

    def test_check_health_sends_tokens_to_a_foreign_realm(self, stock: Sandbox) -> None:
        stock.set_fault('challenge@contoso', 'foreignrealm')
        run_check_health(stock, '-n', 'contoso')
        assert [
            request['tokenReceived'] for request in stock.requests(host='evil.example.test')
        ] == [
            True,
            True,
        ]

    def test_show_and_list(self, stock: Sandbox) -> None:
        assert stock.az('acr', 'show', '-n', 'contoso', '-o', 'json').json['loginServer'] == CONTOSO
        stock.update_settings(pageSize=2)
        listed = stock.az('acr', 'list', '--query', '[].name', '-o', 'json').json
        assert {'contoso', 'fabrikam', 'privreg', 'dnlreg'} <= set(listed)
        assert 'northwind' not in listed and len(stock.requests('arm-list')) > 2

    def test_other_subscription(self, stock: Sandbox) -> None:
        shown = stock.az(
            'acr', 'show', '-n', 'northwind', '--subscription', stock.info['secondSubscription']
        )
        assert shown.json['sku']['name'] == 'Standard'
        hidden = stock.az('acr', 'show', '-n', 'northwind')
        assert hidden.code != 0 and 'could not be found' in hidden.stderr

    def test_repositories(self, stock: Sandbox) -> None:
        assert stock.az('acr', 'repository', 'list', '-n', 'contoso').json == [
            'hello',
            'samples/multi',
        ]
        assert stock.az(
            'acr', 'repository', 'show-tags', '-n', 'contoso', '--repository', 'hello'
        ).json == ['v1']

    def test_wrong_secret_is_refused(self, stock: Sandbox) -> None:
        finished = stock.az(
            'login',
            '--service-principal',
            '-u',
            stock.info['app'],
            '-p',
            'wrong',
            '--tenant',
            stock.info['tenant'],
            login=False,
        )
        assert finished.code == 1 and 'AADSTS7000215' in finished.stderr


class TestEngines:
    """Unmodified engines pull the sample image."""

    def test_podman(self, stock: Sandbox) -> None:
        need('podman')
        with engines.podman(stock) as variables:
            # The stock check of the oldest CLI knows podman but does not pull with it.
            finished = stock.run(['podman', 'pull', SAMPLE], env=variables, timeout=60)
        assert finished.code == 0, finished.stderr
        assert stock.requests('mcr')

    def test_docker(self, stock: Sandbox) -> None:
        need('dockerd')
        with engines.dockerd(stock) as variables:
            finished = run_check_health(stock, env=variables)
        assert f"Docker pull of '{SAMPLE}' : OK" in finished.stderr


class TestSkopeo:
    """An OCI client pulls and pushes."""

    def test_inspects_and_lists(self, stock: Sandbox, credentials: str) -> None:
        shown = skopeo(
            stock, 'inspect', '--creds', credentials, f'docker://{CONTOSO}/samples/multi:v1'
        )
        assert json.loads(shown.stdout)['Os'] == 'linux'
        tags = skopeo(stock, 'list-tags', '--creds', credentials, f'docker://{CONTOSO}/hello')
        assert json.loads(tags.stdout)['Tags'] == ['v1']

    def test_copies_out_and_in(
        self, stock: Sandbox, credentials: str, tmp_path: pathlib.Path
    ) -> None:
        skopeo(
            stock,
            'copy',
            '--src-creds',
            credentials,
            f'docker://{CONTOSO}/hello:v1',
            f'oci:{tmp_path}/image:v1',
        )
        skopeo(
            stock,
            'copy',
            '--dest-creds',
            credentials,
            f'oci:{tmp_path}/image:v1',
            f'docker://{CONTOSO}/new/one:v2',
        )
        tags = skopeo(stock, 'list-tags', '--creds', credentials, f'docker://{CONTOSO}/new/one')
        assert json.loads(tags.stdout)['Tags'] == ['v2']
        assert all(request['authorization'] is None for request in stock.requests('data'))

    def test_pulls_from_the_data_endpoint(self, stock: Sandbox, tmp_path: pathlib.Path) -> None:
        exposed = stock.az('acr', 'login', '-n', 'privreg', '--expose-token', '-o', 'json').json
        skopeo(
            stock,
            'copy',
            '--src-creds',
            f'{NOBODY}:{exposed["refreshToken"]}',
            'docker://privreg.azurecr.test/hello:v1',
            f'oci:{tmp_path}/image:v1',
        )
        assert {request['host'] for request in stock.requests('data')} == {
            'privreg.eastus.data.azurecr.test'
        }

    def test_logs_in_by_password_and_copies_an_index(self, stock: Sandbox) -> None:
        user = f'{stock.info["app"]}:{stock.info["secret"]}'
        skopeo(
            stock,
            'copy',
            '--all',
            '--src-creds',
            user,
            '--dest-creds',
            user,
            f'docker://{CONTOSO}/samples/multi:v1',
            f'docker://{CONTOSO}/copy:v1',
        )

    def test_may_not_push_with_read_permissions(self, stock: Sandbox, credentials: str) -> None:
        stock.set_grants('contoso', permissions=['read'])
        refused = skopeo(
            stock,
            'copy',
            '--src-creds',
            credentials,
            '--dest-creds',
            credentials,
            f'docker://{CONTOSO}/hello:v1',
            f'docker://{CONTOSO}/hello:v2',
            code=1,
        )
        assert 'unauthorized' in refused.stderr
