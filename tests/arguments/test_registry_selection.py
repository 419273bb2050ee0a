# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments that select registries without naming them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from azure.cli.core.azclierror import (
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.registry_selection import parse_selection
from azext_acrhealth.options import Selection
from tests.our_cli import fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
BAD, MISSING, BOTH = (
    InvalidArgumentValueError,
    RequiredArgumentMissingError,
    MutuallyExclusiveArgumentError,
)


@pytest.mark.parametrize(
    'args, selection',
    [
        (('--all',), Selection()),
        (('--all-subscriptions',), Selection(True)),
        (('-g', 'My.Group-1_(x)'), Selection(resource_group='My.Group-1_(x)')),
        (
            ('--all', '-l', 'West Europe', 'eastus', '--location', 'EASTUS'),
            Selection(locations=('westeurope', 'eastus')),
        ),
        (
            ('-g', 'g', '--tag', 'team=platform', 'prod', '--tag', 'a=', 'b=c=d', 'prod'),
            Selection(
                False, 'g', (), (('team', 'platform'), ('prod', None), ('a', ''), ('b', 'c=d'))
            ),
        ),
    ],
)
def test_selections(args: tuple[str, ...], selection: Selection, settings: Path) -> None:
    settings.write_text('[defaults]\nacr = defaultone\ngroup = mine\nlocation = westus\n')
    options = validated(*args)
    assert (options.selection, options.targets) == (selection, ()), (
        'a typed selection wins over the default'
    )


@pytest.mark.parametrize(
    'args',
    [
        (),
        ('-n', 'myregistry'),
        ('-n', 'myregistry', '-g', 'g'),
        ('-g', 'g', '--image', 'myregistry.azurecr.io/app:v1'),
    ],
)
def test_what_selects_nothing(args: tuple[str, ...], settings: Path) -> None:
    settings.write_text('[defaults]\ngroup = mine\nlocation = westus\n')
    assert validated(*args).selection is None


@pytest.mark.parametrize(
    'args, kind, words',
    [
        (
            ('--all', '--all-subscriptions'),
            BOTH,
            "--all and --all-subscriptions can't be used together",
        ),
        (
            ('--all', '-n', 'myregistry'),
            BOTH,
            '--all selects registries, but --name already specifies them',
        ),
        (
            ('--all', '--image', 'myregistry.azurecr.io/app'),
            BOTH,
            'but --image already specifies them',
        ),
        (('-n', 'myregistry', '-l', 'eastus'), BOTH, '--location selects registries, but --name'),
        (('--all', '-g', 'g'), BOTH, "--all isn't limited to a resource group"),
        (
            ('--all-subscriptions', '-g', 'g'),
            BOTH,
            "--all-subscriptions isn't limited to a resource group",
        ),
        (('-l', 'eastus'), MISSING, '--location filters selected registries'),
        (('--tag', 'a'), MISSING, '--tag filters selected'),
        (('-g', ''), BAD, '--resource-group is empty'),
        (('-g', "x' or '1"), BAD, "isn't the name of a resource group"),
        (('-g', 'a' * 91), BAD, "isn't the name"),
        (('-g', 'a.'), BAD, "isn't the name"),
        *(
            (('-n', 'myregistry', '-g', group), BAD, "isn't the name of a resource group")
            for group in ('..', '.', 'a/b', 'a?b', 'a b', '../x', 'a%2f', 'x.')
        ),
        (('--all', '-l', ''), BAD, "isn't the name of a region"),
        (('--all', '-l', "e'us"), BAD, "isn't the name"),
        (('--all', '--tag', '=x'), BAD, "isn't a tag"),
        (('--all', '--tag', ''), BAD, "isn't a tag"),
        (
            ('--all', '--repository', 'app'),
            BOTH,
            '--repository requires exactly one registry, but the options select several',
        ),
        (
            ('-g', 'g', '--image', 'app:v1'),
            BOTH,
            '--image requires exactly one registry, but the options select several',
        ),
        (('--all', '--vnet', 'v'), BOTH, '--vnet requires exactly one registry'),
    ],
)
def test_what_is_refused(args: tuple[str, ...], kind: type[Exception], words: str) -> None:
    error: Any = refusal(*args)
    assert isinstance(error, kind) and words in str(error) and error.recommendations


def test_a_subscription_excludes_all_subscriptions() -> None:
    given: dict[str, Any] = dict.fromkeys(CheckArguments._fields)
    arguments = CheckArguments(**{**given, 'all_subscriptions': True})
    with pytest.raises(BOTH, match="--subscription can't be used together"):
        parse_selection(arguments, None, 'x')


@pytest.mark.parametrize(
    'value, accepted',
    [
        ('1', True),
        ('256', True),
        ('0', False),
        ('257', False),
        ('-1', False),
        ('many', False),
        ('1.5', False),
        ('²', False),
    ],
)
def test_the_number_of_workers(value: str, accepted: bool, settings: Path) -> None:
    settings.write_text(f'[acrhealth]\nmax_workers = {value}\n', encoding='utf-8')
    if accepted:
        assert validated('--all').selection == Selection()
    else:
        assert 'acrhealth.max_workers' in str(refusal())
