# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which registry is meant: typed names, and the defaults of `az config`."""

from __future__ import annotations

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

DEFAULT = {'AZURE_DEFAULTS_ACR': 'contoso'}


def names(sandbox: Sandbox, *arguments: str, **variables: str) -> list[str]:
    """Return the registries that a run checked."""
    done = sandbox.az(
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
    assert (done.code, done.stderr) == (0, '')
    return [name for name, *_ in done.json]


def test_default_registry(sandbox: Sandbox) -> None:
    assert names(sandbox, **DEFAULT) == ['contoso']
    assert names(sandbox, '-n', 'basicreg', **DEFAULT) == ['basicreg']
    assert names(sandbox, AZURE_DEFAULTS_ACR='fabrikam.azurecr.test') == ['fabrikam']
    resource_id = cloud.resource_id(
        'rg-other', cloud.REGISTRY_TYPE, 'northwind', cloud.SECOND_SUBSCRIPTION
    )
    assert names(sandbox, AZURE_DEFAULTS_ACR=resource_id) == ['northwind']


def test_default_registry_goes_with_the_options_of_a_registry(sandbox: Sandbox) -> None:
    run = check(sandbox, '--repository', 'hello', '--need', 'pull', env=DEFAULT)
    assert run.row('access-token')['facts']['asked'] == ['pull']


def test_a_group_alone_selects_and_wins_over_the_default_registry(sandbox: Sandbox) -> None:
    found = [
        one['name'] for one in check(sandbox, '-g', 'rg-apps', env=DEFAULT).report['registries']
    ]
    assert {'contoso', 'basicreg'} < set(found)


def test_default_group_narrows_nothing(sandbox: Sandbox) -> None:
    run = check(
        sandbox,
        '-n',
        'contoso',
        env={'AZURE_DEFAULTS_GROUP': 'rg-other', 'AZURE_DEFAULTS_LOCATION': 'westus'},
    )
    run.has('login-server', 'Passed')
    assert not sandbox.requests('arm-get') and run.report['registries'][0]['region'] == 'eastus'
    done = sandbox.az(
        'acrhealth',
        'check',
        '--only',
        'helm-client',
        '-o',
        'json',
        env={'AZURE_DEFAULTS_GROUP': 'rg-apps'},
    )
    assert done.code == 0 and done.json['registries'] == []


def test_group_typed(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '-g', 'rg-other')
    run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'NotFoundInArm')
    assert run.statuses()['access-token'] == 'Passed' and run.done.code == 0
    run = check(sandbox, '-n', 'contoso.azurecr.test', '-g', 'rg-apps')
    run.has('login-server', 'Passed')


def test_names_are_lower_cased_and_counted_once(sandbox: Sandbox) -> None:
    assert names(sandbox, '-n', 'CONTOSO', 'contoso', '-n', 'Contoso') == ['contoso']
    # A host and a name mean different things: the host is what was typed, the name what ARM says.
    run = check(sandbox, '-n', 'contoso', 'contoso.azurecr.test', '--skip', 'connectivity')
    assert [one['name'] for one in run.report['registries']] == ['contoso', 'contoso.azurecr.test']


def test_without_a_registry(sandbox: Sandbox) -> None:
    done = sandbox.az(
        'acrhealth', 'check', '--skip', 'engine-client', 'notary-version', '-o', 'json', login=False
    )
    assert done.code == 0 and done.json['registries'] == []
    assert {row['registry'] for row in done.json['checks']} == {None}
    assert {row['category'] for row in done.json['checks']} == {'environment'}
    assert sandbox.requests() == [] and sandbox.dns_queries() == []


def test_addresses_of_both_kinds(sandbox: Sandbox) -> None:
    sandbox.set_dns('contoso.azurecr.test', a=['10.1.0.5', '127.0.0.1'])
    row = check(sandbox, '-n', 'contoso', '--only', 'dns').has(
        'dns', 'Warning', 'CONNECTIVITY_DNS_ERROR', 'MixedAddresses'
    )
    assert row['detail'].endswith(': 10.1.0.5 is private, 127.0.0.1 public') and row['facts']['at']
