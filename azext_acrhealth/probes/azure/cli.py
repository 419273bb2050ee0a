# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Azure CLI that runs the command: its cloud and its settings."""

from __future__ import annotations

import platform
import threading
from functools import partial
from typing import Any, Literal

from azext_acrhealth.probes.azure.profile import stored_accounts
from azext_acrhealth.probes.deadlines import OncePerKey
from azext_acrhealth.probes.failure import Failure

REGISTRY_AUDIENCE = 'https://containerregistry.azure.net'


class Cli:
    """The CLI's context, bound once. It has no locks of its own, so all use of it takes turns."""

    def __init__(self, cli_ctx: Any) -> None:
        self.context, self.lock = cli_ctx, threading.RLock()
        self.cloud: str = str(cli_ctx.cloud.name)
        self.suffix: str | None = _suffix(cli_ctx.cloud)
        self.storage_suffix: str | None = _storage_suffix(cli_ctx.cloud)
        self._settings = OncePerKey[str | None]()

    def other_clouds(self) -> dict[str, str]:
        """Return the registry suffix of each other cloud that the CLI knows, by its name."""
        from azure.cli.core.cloud import KNOWN_CLOUDS

        found = {
            str(cloud.name): _suffix(cloud) for cloud in KNOWN_CLOUDS if cloud.name != self.cloud
        }
        return {name: suffix for name, suffix in found.items() if suffix and suffix != self.suffix}

    def setting(self, section: str, name: str) -> str | None:
        """Return a setting of `az config`, which is read once.

        For a setting that isn't set, knack leaves exceptions in a reference cycle, which keeps the
        callers' frames in memory. Raises InvalidArgumentValueError for one that cannot be read.
        """
        return self._settings((section, name), partial(self._read_setting, section, name))

    def _read_setting(self, section: str, name: str) -> str | None:
        from configparser import Error

        from azure.cli.core.azclierror import InvalidArgumentValueError

        with self.lock:
            try:
                value = self.context.config.get(section, name, fallback=None)
            except Error as error:
                raise InvalidArgumentValueError(
                    f"The setting {section}.{name} can't be read.",
                    'Write %% for % in the configuration file.',
                ) from error
        return str(value) if value else None

    def user_agent(self) -> str:
        """Return the User-Agent that the CLI sends."""
        from azure.cli.core.util import get_az_user_agent

        return str(get_az_user_agent())

    def in_cloud_shell(self) -> bool:
        """Return whether this is Azure Cloud Shell."""
        from azure.cli.core.util import in_cloud_console

        return bool(in_cloud_console())

    def describe(self) -> dict[str, Any]:
        """Return the `client` of the report, without extension and proxy."""
        from azure.cli.core import __version__ as core_version

        return {
            'azureCli': core_version,
            'python': platform.python_version(),
            'platform': platform.platform(),
            'cloud': self.cloud,
            'cloudShell': self.in_cloud_shell(),
        }

    def registry_audience(self) -> str:
        """Return the audience of a registry login: the setting acr.audience_resource, if any."""
        configured = self.setting('acr', 'audience_resource')
        if not configured:
            return REGISTRY_AUDIENCE
        return (
            configured if configured.startswith('https://') else f'https://{configured}.azure.net'
        )

    def arm_audience(self) -> str:
        """Return the audience of Azure Resource Manager in this cloud."""
        return str(self.context.cloud.endpoints.active_directory_resource_id)

    def subscription(self) -> str | Failure[Literal['NotLoggedIn', 'InvalidProfile']]:
        """Return the ID of the current subscription, which may be set by its name.

        `failure.kind` is NotLoggedIn or InvalidProfile.
        """
        from azure.cli.core.commands.client_factory import get_subscription_id
        from knack.util import CLIError

        with self.lock:
            accounts = stored_accounts(self.context)
            if isinstance(accounts, Failure):
                return Failure('InvalidProfile', accounts.text)
            try:
                chosen = str(get_subscription_id(self.context))
                by_name = (
                    account.get('id')
                    for account in accounts
                    if str(account.get('name')).lower() == chosen.lower()
                )
                return str(next(by_name, chosen))
            except CLIError as error:
                return Failure('NotLoggedIn', str(error))


def _suffix(cloud: Any) -> str | None:
    from azure.cli.core.cloud import CloudSuffixNotSetException

    try:
        suffix = str(cloud.suffixes.acr_login_server_endpoint)
    except CloudSuffixNotSetException:
        return None
    return f'.{suffix.strip(".").lower()}' if suffix.strip('.') else None


def _storage_suffix(cloud: Any) -> str | None:
    from azure.cli.core.cloud import CloudSuffixNotSetException

    try:
        return str(cloud.suffixes.storage_endpoint).strip('.').lower() or None
    except CloudSuffixNotSetException:
        return None
