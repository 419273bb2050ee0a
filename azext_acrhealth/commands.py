# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def load_command_table(loader: Any, args: Sequence[str] | None) -> None:
    """Register the commands with their validators and tables; `args` are those of `az`."""
    from azure.cli.core.commands import CliCommandType

    from azext_acrhealth import _compare_format, _format, _help
    from azext_acrhealth._validators import (
        validate_check,
        validate_compare,
        validate_explain,
        validate_show,
    )

    if args and args[0] == 'acrhealth':
        _help.fit_terminal(loader.cli_ctx)
    # Modules of their own: these handlers load no checks.
    compare_handlers = CliCommandType(operations_tmpl='azext_acrhealth.compare_commands#{}')
    error_handlers = CliCommandType(operations_tmpl='azext_acrhealth.error_commands#{}')

    with loader.command_group('acrhealth') as group:
        group.custom_command(
            'check', 'check', validator=validate_check, table_transformer=_format.check_table
        )
        group.custom_command('list-checks', 'list_checks', table_transformer=_format.checks_table)
        group.custom_command(
            'compare',
            'compare_results',
            custom_command_type=compare_handlers,
            validator=validate_compare,
            table_transformer=_compare_format.comparison_table,
        )
    with loader.command_group('acrhealth error', custom_command_type=error_handlers) as group:
        group.custom_command('list', 'list_errors', table_transformer=_format.errors_table)
        group.custom_show_command(
            'show',
            'show_error',
            validator=validate_show,
            table_transformer=_format.error_table,
        )
        group.custom_command(
            'explain',
            'explain_error',
            validator=validate_explain,
            table_transformer=_format.explanation_table,
        )
