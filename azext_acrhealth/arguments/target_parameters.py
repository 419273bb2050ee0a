# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Declare the arguments of `check` that name a registry, and what is checked about it."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.arguments.option_values import any_of
from azext_acrhealth.options import NEEDS


def declare_target_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
    from azure.cli.core.commands.parameters import (
        get_resource_group_completion_list,
        get_resource_name_completion_list,
    )

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
        'repository',
        help='Repository whose permissions are checked, without a tag. Requires exactly one '
        'registry.',
    )
    c.extra(
        'need',
        **any_of(NEEDS),
        help='Permissions that are required on the repository. Default: pull with --image, '
        'pull and push with --push, otherwise all five.',
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
        'vnet',
        help='Virtual network whose private endpoint this machine should use: its name, if it'
        " is in the registry's resource group, or its resource ID. Requires exactly one "
        'registry.',
    )
