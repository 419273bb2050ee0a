# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of the commands."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.arguments.cluster_parameters import declare_cluster_arguments
from azext_acrhealth.arguments.identity_parameters import declare_identity_arguments
from azext_acrhealth.arguments.option_values import completer_of
from azext_acrhealth.arguments.output_parameters import declare_output_arguments
from azext_acrhealth.arguments.run_parameters import declare_run_arguments
from azext_acrhealth.arguments.selection_parameters import declare_selection_arguments
from azext_acrhealth.arguments.target_parameters import declare_target_arguments

# The groups of arguments in the help of `check`, and what declares those of each.
GROUPS = {
    'Target': declare_target_arguments,
    'Selection': declare_selection_arguments,
    'Identity': declare_identity_arguments,
    'Run': declare_run_arguments,
    'Output': declare_output_arguments,
    'Cluster': declare_cluster_arguments,
}


def load_arguments(loader: Any, command: str | None) -> None:
    """Declare the arguments of a command, or of all commands if none is named."""
    # The checks take time to load, which the other commands don't need.
    loaders = {
        'acrhealth check': _load_check,
        'acrhealth error': _load_error,
        'acrhealth compare': _load_compare,
    }
    named = [load for name, load in loaders.items() if (command or '').startswith(name)]
    for load in named or loaders.values():
        load(loader)


def _load_check(loader: Any) -> None:
    with loader.argument_context('acrhealth check') as c:
        # The validator builds the handler's one argument from all others.
        c.ignore('options')
    for group, declare in GROUPS.items():
        with loader.argument_context('acrhealth check', arg_group=group) as c:
            declare(c)


def _load_error(loader: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    from azext_acrhealth.arguments.error_reasons import reasons
    from azext_acrhealth.catalogue import FAMILIES

    with loader.argument_context('acrhealth error show') as c:
        c.argument(
            'code',
            get_enum_type([family.code for family in FAMILIES]),
            required=False,
            help='Error code.',
        )
        c.argument(
            'reason',
            completer=completer_of(reasons()),
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


def _load_compare(loader: Any) -> None:
    with loader.argument_context('acrhealth compare') as c:
        # The validator reads the handler's one argument from the files.
        c.ignore('results')
        c.extra(
            'files',
            options_list=['--files', '-f'],
            nargs='+',
            action='extend',
            required=True,
            help='Two files that contain results of `az acrhealth check` as JSON. Use - for '
            'standard input.',
        )
