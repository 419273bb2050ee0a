# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which registry is selected: typed names, and the defaults of `az config`."""

from __future__ import annotations

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

DEFAULT = {'AZURE_DEFAULTS_ACR': 'contoso'}


def registry_names(sandbox: Sandbox, *arguments: str, **variables: str) -> list[str]:
    """Return the registries that a run checked."""
    finished = sandbox.az(
        'acrhealth',
        'check',
        *arguments,
        '--skip',
        'environment',
        'connectivity',
        '--query',
        'registries[].[name, loginServer, region]',
        '-o',
        'json',
        env=variables,
    )
    assert (finished.code, finished.stderr) == (0, '')
    return [name for name, *_ in finished.json]


def test_default_registry(sandbox: Sandbox) -> None:
    assert registry_names(sandbox, **DEFAULT) == ['contoso']
    assert registry_names(sandbox, '-n', 'basicreg', **DEFAULT) == ['basicreg']
    assert registry_names(sandbox, AZURE_DEFAULTS_ACR='fabrikam.azurecr.test') == ['fabrikam']
    resource_id = cloud.resource_id(
        'rg-other', cloud.REGISTRY_TYPE, 'northwind', cloud.SECOND_SUBSCRIPTION
    )
    assert registry_names(sandbox, AZURE_DEFAULTS_ACR=resource_id) == ['northwind']


def test_default_registry_goes_with_the_options_of_a_registry(sandbox: Sandbox) -> None:
    run = check(sandbox, '--repository', 'hello', '--need', 'pull', env=DEFAULT)
    assert run.row('access-token')['facts']['asked'] == ['pull']


def test_a_group_alone_selects_and_wins_over_the_default_registry(sandbox: Sandbox) -> None:
    selected_names = [
        registry['name']
        for registry in check(sandbox, '-g', 'rg-apps', env=DEFAULT).report['registries']
    ]
    assert {'contoso', 'basicreg'} < set(selected_names)


def test_default_group_narrows_nothing(sandbox: Sandbox) -> None:
    run = check(
        sandbox,
        '-n',
        'contoso',
        env={'AZURE_DEFAULTS_GROUP': 'rg-other', 'AZURE_DEFAULTS_LOCATION': 'westus'},
    )
    run.has('login-server', 'Passed')
    assert not sandbox.requests('arm-get') and run.report['registries'][0]['region'] == 'eastus'
    finished = sandbox.az(
        'acrhealth',
        'check',
        '--only',
        'helm-client',
        '-o',
        'json',
        env={'AZURE_DEFAULTS_GROUP': 'rg-apps'},
    )
    assert finished.code == 0 and finished.json['registries'] == []


def test_group_typed(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '-g', 'rg-other')
    run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'NotFoundInArm')
    assert run.statuses()['access-token'] == 'Passed' and run.finished.code == 0
    run = check(sandbox, '-n', 'contoso.azurecr.test', '-g', 'rg-apps')
    run.has('login-server', 'Passed')


def test_names_are_lower_cased_and_counted_once(sandbox: Sandbox) -> None:
    assert registry_names(sandbox, '-n', 'CONTOSO', 'contoso', '-n', 'Contoso') == ['contoso']
    # A typed host is never rewritten, and the host of a typed name is the one that ARM reports.
    run = check(sandbox, '-n', 'contoso', 'contoso.azurecr.test', '--skip', 'connectivity')
    assert [registry['name'] for registry in run.report['registries']] == [
        'contoso',
        'contoso.azurecr.test',
    ]


def test_without_a_registry(sandbox: Sandbox) -> None:
    finished = sandbox.az(
        'acrhealth', 'check', '--skip', 'engine-client', 'notary-version', '-o', 'json', login=False
    )
    assert finished.code == 0 and finished.json['registries'] == []
    assert {row['registry'] for row in finished.json['checks']} == {None}
    assert {row['category'] for row in finished.json['checks']} == {'environment'}
    assert sandbox.requests() == [] and sandbox.dns_queries() == []


def test_addresses_of_both_kinds(sandbox: Sandbox) -> None:
    sandbox.set_dns('contoso.azurecr.test', a=['10.1.0.5', '127.0.0.1'])
    row = check(sandbox, '-n', 'contoso', '--only', 'dns').has(
        'dns', 'Warning', 'CONNECTIVITY_DNS_ERROR', 'MixedAddresses'
    )
    assert (
        row['detail'].endswith(': 10.1.0.5 is private, 127.0.0.1 is public') and row['facts']['at']
    )
