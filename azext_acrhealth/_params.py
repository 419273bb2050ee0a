# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def _any_of(values: Sequence[str]) -> dict[str, Any]:
    """Return the settings of an option that takes several of these values, in any case."""
    spellings = {value.lower(): value for value in values}
    return {
        'nargs': '+',
        'action': 'extend',
        'choices': list(values),
        'type': lambda text: spellings.get(text.lower(), text),
    }


def load_arguments(loader: Any, _: str) -> None:
    """Declare the arguments of the commands."""
    from azure.cli.core.commands.parameters import (
        get_enum_type,
        get_resource_group_completion_list,
        get_resource_name_completion_list,
    )

    from azext_acrhealth.arguments.image_and_login import NEEDS
    from azext_acrhealth.catalogue import FAMILIES
    from azext_acrhealth.checks import CHECKS
    from azext_acrhealth.model import CATEGORIES

    categories = {check.category for check in CHECKS}
    check_names = _any_of(
        [*(check.id for check in CHECKS), *(name for name in CATEGORIES if name in categories)]
    )

    with loader.argument_context('acrhealth check') as c:
        # The validator builds the handler's one argument from all others.
        c.ignore('options')
        c.extra(
            'name',
            options_list=['--name', '-n'],
            nargs='+',
            action='extend',
            completer=get_resource_name_completion_list('Microsoft.ContainerRegistry/registries'),
            help='Registries to check, each as a name, a login server, a regional or '
            'domain-name-label host, or '
            'a resource id. Without it, only this machine is checked, unless `az config` holds a '
            'default '
            'registry (defaults.acr).',
        )
        c.extra(
            'resource_group',
            options_list=['--resource-group', '-g'],
            completer=get_resource_group_completion_list,
            help='Resource group of the registry. Without it the registry is looked for in the '
            'whole '
            'subscription. Alone it selects all registries of the group.',
        )
        c.extra(
            'all_registries',
            options_list=['--all'],
            action='store_true',
            help='Select all registries of the subscription, as far as this login may read them.',
        )
        c.extra(
            'all_subscriptions',
            action='store_true',
            help='Select the registries of every subscription that this login may read.',
        )
        c.extra(
            'locations',
            options_list=['--location', '-l'],
            nargs='+',
            action='extend',
            help='Of a selection, only the registries in these regions.',
        )
        c.extra(
            'tags',
            options_list=['--tag'],
            nargs='+',
            action='extend',
            help='Of a selection, only the registries with this tag: KEY or KEY=VALUE; with '
            'several, all of '
            'them.',
        )
        c.extra(
            'repository',
            help='Repository whose rights are checked, without a tag. Takes exactly one registry.',
        )
        c.extra(
            'need',
            **_any_of(NEEDS),
            help='Rights that count on the repository. Default: pull with --image, pull and push '
            'with --push, else all five.',
        )
        c.extra(
            'image',
            options_list=['--image', '-t'],
            help='Image to pull as a client does: manifest, then the smallest part of it, from '
            'wherever the '
            'registry keeps it. REPOSITORY[:TAG|@DIGEST], or a full reference, whose host then '
            'names the '
            'registry.',
        )
        c.extra(
            'platform',
            help='Platform whose image of an index is pulled, as in linux/arm64. Default: linux on '
            "this machine's processor.",
        )
        c.extra(
            'push',
            action='store_true',
            help='Begin an upload to the repository of --repository or --image, write some bytes '
            'and cancel it: '
            'nothing of it stays. Without this nothing is ever written.',
        )
        c.extra(
            'username',
            options_list=['--username', '-u'],
            help='Check the login of this user (a token, a service principal or the admin user) '
            'instead of the '
            'one that the Azure CLI has.',
        )
        c.extra(
            'password_stdin',
            options_list=['--password-stdin'],
            action='store_true',
            help='Read the password of --username from the standard input.',
        )
        c.extra(
            'password',
            options_list=['--password', '-p'],
            help='Password of --username. The Azure CLI itself shows it under --debug, and other '
            'users of this '
            'machine may see it among the processes: better use --password-stdin.',
        )
        c.extra(
            'identity',
            help='Check as this identity instead of the one that the Azure CLI is logged in with: '
            'system, or '
            'the client id or resource id of a managed identity, of this machine; workload, as a '
            'pod '
            'does; environment, the service principal of AZURE_CLIENT_ID and its like.',
        )
        c.extra(
            'vnet',
            help='Virtual network whose private endpoint this machine should use: its name (in the '
            "registry's resource group and subscription), or its resource id. Takes exactly one "
            'registry.',
        )
        c.extra(
            'yes',
            options_list=['--yes', '-y'],
            action='store_true',
            help='Pull a small public image too. Nothing is ever asked; without this the pull is '
            'left out.',
        )
        c.extra(
            'ignore_errors',
            action='store_true',
            help='Exit with 0 even if checks fail. The result is the same.',
        )
        c.extra('strict', action='store_true', help='Count warnings as failures.')
        c.extra('only', **check_names, help='Checks or categories to run, with what they need.')
        c.extra(
            'skip',
            **check_names,
            help='Checks or categories to leave out; what depends on them is left out too.',
        )
        c.extra(
            'wait',
            type=float,
            help='Repeat what failed for a reason that can pass by itself (a new name, a right '
            'that is not in '
            'force yet, an overloaded server) until all is healthy, but begin no attempt after so '
            'many '
            'seconds. --timeout then holds for each attempt. What cannot pass by itself ends it at '
            'once.',
        )
        c.extra(
            'timeout',
            type=float,
            default=60.0,
            help='Seconds that the checks of one registry, and those of this machine, may take '
            'each.',
        )

    with loader.argument_context('acrhealth error show') as c:
        c.argument('code', get_enum_type([family.code for family in FAMILIES]), help='Error code.')
