# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Declare the arguments of `check` that choose whose login is checked."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.arguments.identity import KINDS
from azext_acrhealth.arguments.option_values import completer_of


def declare_identity_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
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
        completer=completer_of(KINDS),
        help="Identity to check instead of the Azure CLI's. system: the system-assigned "
        'managed identity of this machine. A client ID or resource ID: a user-assigned '
        'managed identity of this machine. workload: the workload identity of this pod. '
        'environment: the service principal of AZURE_CLIENT_ID and the related '
        'environment variables.',
    )
