# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments, through the CLI's own parser."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.catalogue import FAMILIES
from azext_acrhealth.options import NEEDS
from tests.our_cli import az, fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')
EXPECTED = {
    'Target': {
        *('name', 'resource_group', 'image', 'platform', 'repository', 'need', 'push'),
        *('push_size', 'vnet'),
    },
    'Selection': {'all_registries', 'all_subscriptions', 'locations', 'tags'},
    'Identity': {'username', 'password', 'password_stdin', 'identity'},
    'Run': {'only', 'skip', 'timeout', 'wait', 'strict', 'ignore_errors', 'yes'},
    'Output': {'reports'},
    'Cluster': {
        *('cluster', 'cluster_group', 'cluster_pull', 'node_pool', 'namespace'),
        *('service_account', 'kube_context'),
    },
}


@pytest.mark.parametrize(
    'args, expected',
    [
        (
            (),
            {
                'name': None,
                'resource_group': None,
                'repository': None,
                'need': None,
                'vnet': None,
                'yes': False,
                'ignore_errors': False,
                'strict': False,
                'only': None,
                'skip': None,
                'timeout': 60.0,
            },
        ),
        (('-n', 'a'), {'name': ['a']}),
        (('--name', 'a', 'b', '-n', 'c', '--name', 'd', 'e'), {'name': ['a', 'b', 'c', 'd', 'e']}),
        (('-g', 'G'), {'resource_group': 'G'}),
        (('--resource-group', 'G'), {'resource_group': 'G'}),
        (('-y',), {'yes': True}),
        (('--yes',), {'yes': True}),
        (('--strict',), {'strict': True}),
        (('--ignore-errors',), {'ignore_errors': True}),
        (('--repository', 'team/app'), {'repository': 'team/app'}),
        (('--vnet', 'v'), {'vnet': 'v'}),
        (('--timeout', '1.5'), {'timeout': 1.5}),
        (
            ('--need', 'pull', 'PUSH', '--need', 'Metadata-Read'),
            {'need': ['pull', 'push', 'metadata-read']},
        ),
        (
            ('--only', 'dns', 'TLS', '--only', 'Environment'),
            {'only': ['dns', 'tls', 'environment']},
        ),
        (
            ('--skip', 'Helm-Client', '--skip', 'private-link'),
            {'skip': ['helm-client', 'private-link']},
        ),
        (('-n', ''), {'name': ['']}),
        (('--cluster', 'a', 'b', '--cluster', 'c'), {'cluster': ['a', 'b', 'c']}),
    ],
)
def test_arguments(args: tuple[str, ...], expected: dict[str, Any]) -> None:
    namespace = parsed(*CHECK, *args)
    assert {key: getattr(namespace, key) for key in expected} == expected


@pytest.mark.parametrize(
    'args',
    [
        ('--only', 'nonsense'),
        ('--skip', 'dns', 'nonsense'),
        ('--need', 'fly'),
        ('--timeout', 'soon'),
        ('--only',),
        ('--name',),
        ('--need',),
        ('--nonsense',),
        ('stray',),
    ],
)
def test_what_the_parser_refuses_ends_with_2_and_prints_nothing(args: tuple[str, ...]) -> None:
    ended = az(*CHECK, *args)
    assert (ended.status, ended.stdout) == (2, '')


@pytest.mark.parametrize('code', [FAMILIES[0].code, FAMILIES[0].code.lower()])
def test_codes_in_any_case(code: str) -> None:
    assert parsed('acrhealth', 'error', 'show', '--code', code).code == FAMILIES[0].code


@pytest.mark.parametrize('args, status', [(('--code', 'NONSENSE'), 2), ((), 1)])
def test_an_unknown_code(args: tuple[str, ...], status: int) -> None:
    assert az('acrhealth', 'error', 'show', *args).status == status


def test_the_groups_default_selects_no_registry(settings: Any) -> None:
    settings.write_text('[defaults]\ngroup = mine\nlocation = eastus\n')
    assert parsed(*CHECK).resource_group is None


@pytest.mark.parametrize(
    'command', [CHECK, ('acrhealth', 'error', 'show', '--code', FAMILIES[0].code)]
)
def test_every_option_has_help(command: tuple[str, ...]) -> None:
    names = (
        {
            'name',
            'resource_group',
            'repository',
            'need',
            'vnet',
            'yes',
            'ignore_errors',
            'strict',
            'only',
            'skip',
            'timeout',
            'cluster',
            'cluster_group',
        }
        if command == CHECK
        else {'code'}
    )
    found = settings_of(*command)
    assert names <= set(found)
    assert [name for name in names if not found[name].get('help', '').endswith('.')] == []


def test_options_offer_their_values() -> None:
    assert list(settings_of(*CHECK)['need']['choices']) == list(NEEDS)


def test_every_option_has_a_group() -> None:
    groups: dict[str | None, set[str]] = {}
    for name, settings in settings_of(*CHECK).items():
        if name not in ('cmd', 'options') and settings.get('options_list') != []:
            groups.setdefault(settings.get('arg_group'), set()).add(name)
    assert {group: names for group, names in groups.items() if group in EXPECTED} == EXPECTED
    ours = set().union(*EXPECTED.values())
    assert set(CheckArguments._fields) == ours
