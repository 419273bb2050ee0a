# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is refused before any check runs, and what becomes of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.cli.core.azclierror import (
    ArgumentUsageError,
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.options import NEEDS, Target
from tests.our_cli import az, fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')

ID = '/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/Group/providers'
REGISTRY_ID = f'{ID}/Microsoft.ContainerRegistry/registries/myregistry'
VNET_ID = f'{ID}/Microsoft.Network/virtualNetworks/my-vnet.1'
WITH_APP = ('-n', 'myregistry', '--repository')
WITH_NET = ('-n', 'myregistry', '--vnet')
EVERYTHING = tuple(dict.fromkeys(check.category for check in CHECKS))
BAD, MISSING = InvalidArgumentValueError, RequiredArgumentMissingError

REFUSED: tuple[tuple[tuple[str, ...], type[Exception], str], ...] = (
    # Names
    (('-n', ''), BAD, 'A registry name is empty'),
    (('-n', ' '), BAD, 'A registry name is empty'),
    (('-n', 'myregistry', ''), BAD, 'A registry name is empty'),
    (('-n', 'abc'), BAD, "'abc' isn't a registry name"),
    (('-n', 'my_registry'), BAD, "isn't a registry name"),
    (('-n', 'https://myregistry.azurecr.io'), BAD, 'includes a scheme'),
    (('-n', 'myregistry.azurecr.io:443'), BAD, 'includes a port'),
    (('-n', 'myregistry.azurecr.io/app'), BAD, 'includes a path'),
    (('-n', 'myregistry.azurecr.io\n'), BAD, "isn't a host name"),
    (('-n', '/subscriptions/x'), BAD, "isn't the resource ID"),
    (
        ('-n', REGISTRY_ID, '-g', 'other'),
        BAD,
        'is in the resource group Group, but --resource-group is other',
    ),
    (('-n', 'myregistry', '-g', ''), BAD, 'The value of --resource-group is empty'),
    # Repositories
    (('--repository', 'app'), MISSING, '--repository requires a registry'),
    (('-n', 'onereg', 'tworeg', '--repository', 'app'), ArgumentUsageError, '2 are specified'),
    ((*WITH_APP, ''), BAD, 'The value of --repository is empty'),
    ((*WITH_APP, ' '), BAD, 'The value of --repository is empty'),
    ((*WITH_APP, 'app:v1'), BAD, "'app:v1' includes a tag"),
    ((*WITH_APP, 'app@sha256:' + 'a' * 64), BAD, 'includes a digest'),
    (
        (*WITH_APP, 'myregistry.azurecr.io/app:v1@sha256:a'),
        BAD,
        "includes the registry's host and a tag and a digest",
    ),
    ((*WITH_APP, 'app:'), BAD, 'includes a tag'),
    ((*WITH_APP, 'myregistry.azurecr.io/'), BAD, "isn't a repository name"),
    ((*WITH_APP, ':v1'), BAD, "isn't a repository name"),
    ((*WITH_APP, '@'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'App'), BAD, "isn't a repository name"),
    ((*WITH_APP, '/app'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'app/'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'a//b'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'a..b'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'a b'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'app\n'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'a,b'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'a' * 256), BAD, "isn't a repository name"),
    ((*WITH_APP, '*'), BAD, "isn't a repository name"),
    ((*WITH_APP, 'myregistry.azurecr.io/app'), BAD, "includes the registry's host"),
    ((*WITH_APP, 'myregistry.azurecr.cn/app'), BAD, "includes the registry's host"),
    (('-n', 'myregistry', '--need', 'pull'), MISSING, 'but none is specified'),
    (('--need', 'pull'), MISSING, 'but none is specified'),
    # Networks
    (('--vnet', 'vnet1'), MISSING, '--vnet requires a registry'),
    (('-n', 'onereg', 'tworeg', '--vnet', 'vnet1'), ArgumentUsageError, '2 are specified'),
    ((*WITH_NET, ''), BAD, 'The value of --vnet is empty'),
    ((*WITH_NET, 'my vnet'), BAD, "isn't the name or resource ID of a virtual network"),
    ((*WITH_NET, 'vnet-'), BAD, "isn't the name or resource ID of a virtual network"),
    ((*WITH_NET, 'a' * 65), BAD, "isn't the name or resource ID of a virtual network"),
    ((*WITH_NET, REGISTRY_ID), BAD, "isn't the name or resource ID of a virtual network"),
    (
        (*WITH_NET, f'{VNET_ID}/subnets/default'),
        BAD,
        "isn't the name or resource ID of a virtual network",
    ),
    ((*WITH_NET, VNET_ID[1:]), BAD, "isn't the name or resource ID of a virtual network"),
    ((*WITH_NET, 'vnet\n'), BAD, "isn't the name or resource ID of a virtual network"),
    # The rest
    *(
        (('--timeout', text), BAD, 'positive number')
        for text in ('0', '-1', 'nan', 'inf', '-0.0', '1e999')
    ),
    (
        ('--only', 'dns', '--skip', 'dns', '-n', 'myregistry'),
        MutuallyExclusiveArgumentError,
        "dns can't be in both",
    ),
    (('--only', 'registry', 'tls', '--skip', 'TLS'), MutuallyExclusiveArgumentError, "tls can't"),
    (('--only', 'dns'), MISSING, 'checks of a registry (dns)'),
    (('--skip', 'environment'), BAD, 'No check is left'),
    (('-n', 'myregistry', '--skip', *EVERYTHING), BAD, 'No check is left'),
    (('--only', 'helm-client', '--skip', 'environment'), BAD, 'No check is left'),
    (
        ('--strict', '--ignore-errors'),
        MutuallyExclusiveArgumentError,
        '--strict and --ignore-errors',
    ),
)


@pytest.mark.parametrize('args, kind, why', REFUSED)
def test_what_is_refused(args: tuple[str, ...], kind: type[Exception], why: str) -> None:
    error = refusal(*args)
    assert type(error) is kind
    assert why in str(error)
    assert error.recommendations and all(error.recommendations)


@pytest.mark.parametrize('args', [('-n', ''), ('--timeout', '0'), ('--only', 'dns')])
def test_a_refusal_ends_the_command_and_prints_nothing(args: tuple[str, ...]) -> None:
    ended = az('acrhealth', 'check', *args)
    assert (ended.status, ended.stdout) == (1, '')


@pytest.mark.parametrize(
    'repository, advice',
    [
        ('team/app:v1', '--repository team/app'),
        ('app@sha256:' + 'a' * 64, '--repository app'),
        ('myregistry.azurecr.io/team/app', '--repository team/app'),
        ('my.azurecr.cn/app:v1@sha256:b', '--repository app'),
    ],
)
def test_the_advice_is_the_repository_that_was_meant(repository: str, advice: str) -> None:
    assert refusal(*WITH_APP, repository).recommendations == [f'Use {advice}']


@pytest.mark.parametrize(
    'names, targets',
    [
        (('MyRegistry',), [Target('myregistry')]),
        (('MyRegistry.AzureCR.io',), [Target('myregistry', 'MyRegistry.AzureCR.io')]),
        (('myregistry-abc123',), [Target('myregistry', 'myregistry-abc123.azurecr.io')]),
        (('myregistry', 'MYREGISTRY', 'other1'), [Target('myregistry'), Target('other1')]),
        (
            ('myregistry.azurecr.io', 'MyRegistry.azurecr.io'),
            [Target('myregistry', 'myregistry.azurecr.io')],
        ),
        (
            ('myregistry', 'myregistry.azurecr.io'),
            [
                Target('myregistry', label='myregistry'),
                Target('myregistry', 'myregistry.azurecr.io', label='myregistry.azurecr.io'),
            ],
        ),
        (
            (REGISTRY_ID,),
            [Target('myregistry', None, 'Group', '00000000-0000-0000-0000-00000000000a', True)],
        ),
    ],
)
def test_names_become_targets(names: tuple[str, ...], targets: list[Target]) -> None:
    assert list(validated('-n', *names).targets) == targets


def test_a_group_narrows_the_search() -> None:
    assert list(validated('-n', 'myregistry', '-g', 'G').targets) == [
        Target('myregistry', None, 'G', None, True)
    ]
    assert validated('-n', REGISTRY_ID, '-g', 'GROUP').targets[0].resource_group == 'Group'


@pytest.mark.parametrize(
    'args, targets',
    [
        ((), [Target('defaultone')]),
        (('-n', 'myregistry'), [Target('myregistry')]),
    ],
)
def test_the_default_registry_serves_only_when_none_is_named(
    args: tuple[str, ...], targets: list[Target], settings: Path
) -> None:
    settings.write_text('[defaults]\nacr = DefaultOne\ngroup = mine\nlocation = eastus\n')
    assert list(validated(*args).targets) == targets


def test_an_empty_name_is_refused_although_there_is_a_default_registry(settings: Path) -> None:
    settings.write_text('[defaults]\nacr = defaultone\n')
    assert 'A registry name is empty' in str(refusal('-n', ''))


def test_a_default_registry_that_is_none_is_refused(settings: Path) -> None:
    settings.write_text('[defaults]\nacr = a_b\n')
    assert "'a_b' isn't a registry name" in str(refusal())


@pytest.mark.parametrize(
    'typed, meant',
    [
        ('https://myregistry.azurecr.io/', 'Use --name myregistry.azurecr.io'),
        ('onereg, tworeg', 'Use --name onereg tworeg'),
        ('myregistry.azurecr.io/team/app:v1', 'Use --name myregistry.azurecr.io'),
        ('myregistry/app', 'Use --name myregistry'),
        ('myregistry.azurecr.io:443', 'Use --name myregistry.azurecr.io'),
        ('myregistry.azurecr.io.', 'Use --name myregistry.azurecr.io'),
        ('https://someone:pw@myregistry.azurecr.io/', 'Specify a name'),
        ('user@myregistry.azurecr.io/', 'Specify a name'),
        ('onereg,', 'Specify a name'),
        ('/subscriptions/x', 'Specify a name'),
    ],
)
def test_a_name_with_something_around_it_is_told(typed: str, meant: str) -> None:
    error = refusal('-n', typed)
    assert str(error.recommendations[0]).startswith(meant)  # type: ignore[attr-defined]


@pytest.mark.parametrize('args', [(), ('--only', 'environment'), ('--only', 'helm-client', 'dns')])
def test_without_a_registry_the_machine_is_checked(args: tuple[str, ...]) -> None:
    assert validated(*args).targets == ()


@pytest.mark.parametrize(
    'repository', ['app', 'team/app', 'a/b/c', 'a.b_c-d__e--f', '1', 'a' * 255, 'localhost/app']
)
def test_repositories(repository: str) -> None:
    assert validated(*WITH_APP, repository).repository == repository


@pytest.mark.parametrize(
    'args, need',
    [
        ((), list(NEEDS)),
        (('--need', 'pull'), ['pull']),
        (('--need', 'push', 'PULL', '--need', 'push'), ['push', 'pull']),
    ],
)
def test_needs(args: tuple[str, ...], need: list[str]) -> None:
    assert validated(*WITH_APP, 'app', *args).need == tuple(need)


@pytest.mark.parametrize(
    'vnet', ['v', 'my_vnet-1.x', 'a' * 64, VNET_ID, VNET_ID.upper(), f'{VNET_ID}/']
)
def test_networks(vnet: str) -> None:
    assert validated(*WITH_NET, vnet).vnet == vnet


def test_a_selection_counts_each_once() -> None:
    options = validated(
        '-n', 'myregistry', '--only', 'dns', 'DNS', '--skip', 'tls', '--skip', 'tls'
    )
    assert (options.only, options.skip) == (('dns',), ('tls',))


@pytest.mark.parametrize(
    'args', [('--only', 'connectivity', '--skip', 'dns'), ('--skip', 'login-server')]
)
def test_a_part_of_what_is_selected_may_be_skipped(args: tuple[str, ...]) -> None:
    assert validated('-n', 'myregistry', *args)


@pytest.mark.parametrize('timeout', ['0.5', '1', '1e3'])
def test_timeouts(timeout: str) -> None:
    assert validated('--timeout', timeout).timeout == float(timeout)


@pytest.mark.parametrize(
    'image',
    [
        'hello',
        'team/hello:v1',
        'mcr.test/hello',
        'mcr.test:5000/team/hello:latest',
        'mcr.test/h@sha256:' + 'a' * 64,
    ],
)
def test_sample_images(image: str, settings: Path) -> None:
    settings.write_text(f'[acrhealth]\nsample_image = {image}\n')
    assert validated('--yes').pull_sample


@pytest.mark.parametrize(
    'image',
    [
        '--privileged',
        '-v/hello',
        'hello world',
        'Hello/World',
        'hello:',
        'hello@sha256:abc',
        'https://mcr.test/hello',
        'hello; rm -rf /',
        'hello:\u0661',
    ],
)
def test_a_sample_image_that_is_none_is_refused_when_it_would_be_pulled(
    image: str, settings: Path
) -> None:
    settings.write_text(f'[acrhealth]\nsample_image = {image}\n', encoding='utf-8')
    error = refusal('--yes')
    assert type(error) is BAD
    assert 'acrhealth.sample_image' in str(error) and 'az config set' in error.recommendations[0]
    assert validated().pull_sample is False


@pytest.mark.parametrize(
    'section, name',
    [('defaults', 'acr'), ('acr', 'audience_resource'), ('acrhealth', 'sample_image')],
)
def test_a_setting_that_cannot_be_read_is_refused(section: str, name: str, settings: Path) -> None:
    settings.write_text(f'[{section}]\n{name} = 100%\n')
    error = refusal('--yes')
    assert (
        type(error) is BAD
        and f'{section}.{name}' in str(error)
        and '%%' in error.recommendations[0]
    )
