# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""`az acrhealth`: find out what stands between this machine and a container registry."""

from azure.cli.core import AzCommandsLoader

# pylint: disable=unused-import  # fills knack's help
from azext_acrhealth import _help, garbage_collection  # noqa: F401

garbage_collection.pause()


class AcrHealthCommandsLoader(AzCommandsLoader):  # type: ignore[misc]  # the CLI has no types
    """Loads the commands and their arguments; everything else waits until a command runs."""

    def __init__(self, cli_ctx=None):  # type: ignore[no-untyped-def]
        from azure.cli.core.commands import CliCommandType

        handlers = CliCommandType(operations_tmpl='azext_acrhealth.custom#{}')
        super().__init__(cli_ctx=cli_ctx, custom_command_type=handlers)

    def load_command_table(self, args):  # type: ignore[no-untyped-def]
        """Load the commands."""
        from azext_acrhealth.commands import load_command_table

        load_command_table(self, args)
        return self.command_table

    def load_arguments(self, command):  # type: ignore[no-untyped-def]
        """Load the arguments of a command."""
        from azext_acrhealth._params import load_arguments

        load_arguments(self, command)


COMMAND_LOADER_CLS = AcrHealthCommandsLoader
