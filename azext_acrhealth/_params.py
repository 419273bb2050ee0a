# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of the commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def _any_of(values: Iterable[str]) -> dict[str, Any]:
    """Return the settings of an option that takes several of these values, in any case."""
    spellings = {value.lower(): value for value in values}
    return {
        'nargs': '+',
        'action': 'extend',
        'choices': list(spellings.values()),
        'type': lambda text: spellings.get(text.lower(), text),
    }


def load_arguments(loader: Any, command: str | None) -> None:
    """Declare the arguments of a command, or of all commands if none is named."""
    name = command or ''
    # The checks take time to load, which the commands of the error reference don't need.
    if not name.startswith('acrhealth error'):
        _load_check(loader)
    if not name.startswith('acrhealth check'):
        _load_error(loader)


def _load_check(loader: Any) -> None:
    from azure.cli.core.commands.parameters import (
        get_resource_group_completion_list,
        get_resource_name_completion_list,
    )

    from azext_acrhealth.arguments.cluster_parameters import declare_cluster_arguments
    from azext_acrhealth.checks import CHECKS
    from azext_acrhealth.model import CATEGORIES
    from azext_acrhealth.options import NEEDS

    categories = {check.category for check in CHECKS}
    check_names = _any_of(
        # The category of clusters has the name of its first check.
        dict.fromkeys(
            [*(check.id for check in CHECKS), *filter(categories.__contains__, CATEGORIES)]
        )
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
            help='Registries to check: names, login servers, or resource IDs. Default: the '
            'registry that `az config` sets as defaults.acr; without one, only this machine '
            'is checked.',
        )
        c.extra(
            'resource_group',
            options_list=['--resource-group', '-g'],
            completer=get_resource_group_completion_list,
            help='Resource group of the registry. Without --name, all registries of the group are'
            ' checked.',
        )
        c.extra(
            'all_registries',
            options_list=['--all'],
            action='store_true',
            help='Check all registries of the subscription that the identity can read.',
        )
        c.extra(
            'all_subscriptions',
            action='store_true',
            help='Check the registries of all subscriptions that the identity can read.',
        )
        c.extra(
            'locations',
            options_list=['--location', '-l'],
            nargs='+',
            action='extend',
            help='Check only the selected registries that are in these regions.',
        )
        c.extra(
            'tags',
            options_list=['--tag'],
            nargs='+',
            action='extend',
            help='Check only the selected registries that have these tags: KEY or KEY=VALUE. With'
            ' several, all must match.',
        )
        c.extra(
            'repository',
            help='Repository whose permissions are checked, without a tag. Requires exactly one '
            'registry.',
        )
        c.extra(
            'need',
            **_any_of(NEEDS),
            help='Permissions that are required on the repository. Default: pull with --image, '
            'pull and push with --push, otherwise all five.',
        )
        c.extra(
            'image',
            options_list=['--image', '-t'],
            help='Image whose pull is checked: its manifest, and its config or smallest layer, are '
            'downloaded. REPOSITORY[:TAG|@DIGEST], or a full reference that includes the '
            'login server.',
        )
        c.extra(
            'platform',
            help='Platform of the image, for example linux/arm64. Default: linux with this '
            "machine's architecture.",
        )
        c.extra(
            'push',
            action='store_true',
            help='Check whether a push to the repository of --repository or --image works: start '
            'an upload, write a few bytes, and cancel it. Without this option nothing is '
            'written to the registry.',
        )
        c.extra(
            'push_size',
            options_list=['--push-size'],
            help='Size of the test upload of --push, such as 200M, to find a proxy or gateway that '
            'rejects large layers. Units are K, M, and G; the largest size is 10G. The data is '
            'random and is sent in one request. Increase --timeout for large sizes. Default: a few '
            'bytes.',
        )
        c.extra(
            'username',
            options_list=['--username', '-u'],
            help="User whose login is checked instead of the Azure CLI's: a token, a service "
            'principal, or the admin user.',
        )
        c.extra(
            'password_stdin',
            options_list=['--password-stdin'],
            action='store_true',
            help='Read the password of --username from standard input.',
        )
        c.extra(
            'password',
            options_list=['--password', '-p'],
            help='Password of --username. Other users of this machine can see it in the process '
            'list, and the Azure CLI writes it to its log with --debug. Use --password-stdin'
            ' instead.',
        )
        c.extra(
            'identity',
            help="Identity to check instead of the Azure CLI's. system: the system-assigned "
            'managed identity of this machine. A client ID or resource ID: a user-assigned '
            'managed identity of this machine. workload: the workload identity of this pod. '
            'environment: the service principal of AZURE_CLIENT_ID and the related '
            'environment variables.',
        )
        c.extra(
            'vnet',
            help='Virtual network whose private endpoint this machine should use: its name, if it'
            " is in the registry's resource group, or its resource ID. Requires exactly one "
            'registry.',
        )
        declare_cluster_arguments(c)
        c.extra(
            'yes',
            options_list=['--yes', '-y'],
            action='store_true',
            help='Also pull a small public image. Without this option the sample pull is skipped;'
            " the command doesn't prompt.",
        )
        c.extra(
            'ignore_errors',
            action='store_true',
            help='Exit with 0 even if a check failed. The output stays the same.',
        )
        c.extra('strict', action='store_true', help='Treat warnings as failures.')
        c.extra(
            'only',
            **check_names,
            help='Checks or categories to run. The checks they depend on run too.',
        )
        c.extra(
            'skip',
            **check_names,
            help='Checks or categories to skip. The checks that depend on them are skipped too.',
        )
        c.extra(
            'wait',
            type=float,
            help='Repeat the checks until none fails, for at most this many seconds, as long as '
            'the failures are transient: for example a new DNS record, a role assignment '
            "that isn't effective yet, or an overloaded service. --timeout applies to each "
            'attempt. Any other failure ends the command immediately.',
        )
        c.extra(
            'timeout',
            type=float,
            default=60.0,
            help='Time limit in seconds for the checks of one registry, and for the checks of '
            'this machine.',
        )


def _load_error(loader: Any) -> None:
    from argcomplete.completers import ChoicesCompleter
    from azure.cli.core.commands.parameters import get_enum_type

    from azext_acrhealth.arguments.error_reasons import reasons
    from azext_acrhealth.catalogue import FAMILIES

    completer = ChoicesCompleter(reasons())  # type: ignore[no-untyped-call]  # it has no types
    with loader.argument_context('acrhealth error show') as c:
        c.argument(
            'code',
            get_enum_type([family.code for family in FAMILIES]),
            required=False,
            help='Error code.',
        )
        c.argument(
            'reason',
            completer=completer,
            help='Reason, of which only the entry is shown. If several codes have the reason, '
            'specify --code, too.',
        )
    with loader.argument_context('acrhealth error explain') as c:
        # The validator reads the handler's one argument from the others.
        c.ignore('text')
        c.extra(
            'message',
            options_list=['--message', '-m'],
            help='Error message, with as many of the lines before and after it as there are.',
        )
        c.extra(
            'file_path',
            options_list=['--file', '-f'],
            help='File that contains the error message, such as a log. Use - for standard input, '
            'which is also read if it is piped and no message is specified.',
        )
