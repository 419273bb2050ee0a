# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Azure CLI that runs the command: its cloud, settings and sign-in. Nothing else touches its context."""

from __future__ import annotations

import platform
import re
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from azext_acrhealth.probes import bounded, limits
from azext_acrhealth.probes.sign_in import Token, refused
from azext_acrhealth.probes.stock import Stock
from azext_acrhealth.probes.trouble import Trouble

REGISTRY_AUDIENCE = 'https://containerregistry.azure.net'
_PLAIN = re.compile(r'[\w.-]{1,100}', re.ASCII)


class Credentials(Protocol):     # pylint: disable=too-few-public-methods
    """An identity that tokens can be had for."""

    def token(self, audience: str, deadline: float) -> Token:
        """Give a token for an audience."""


class Cli:
    """The CLI's context, bound once. It has no locks of its own, so all use of it takes turns.

    Signing in has turns of its own: it can hang for ever, and nobody who reads a setting may wait for it.
    """

    def __init__(self, cli_ctx: Any) -> None:
        self._ctx = cli_ctx
        self._lock, self._sign_in_lock = threading.RLock(), threading.RLock()
        self.stock = Stock()        # connections with Resource Manager
        self._tokens: dict[tuple[str, str | None], Future[Token]] = {}
        self._seen: dict[tuple[str, str | None], bounded.Seen] = {}
        self.cloud: str = str(cli_ctx.cloud.name)
        self.suffix: str | None = _suffix(cli_ctx.cloud)
        self.storage_suffix: str | None = _storage_suffix(cli_ctx.cloud)

    def other_clouds(self) -> dict[str, str]:
        """Give the registry suffix of each other cloud that the CLI knows, by the cloud's name."""
        from azure.cli.core.cloud import KNOWN_CLOUDS
        found = {str(cloud.name): _suffix(cloud) for cloud in KNOWN_CLOUDS if cloud.name != self.cloud}
        return {name: suffix for name, suffix in found.items() if suffix and suffix != self.suffix}

    def setting(self, section: str, name: str) -> str | None:
        """Read a setting of `az config`. Raises InvalidArgumentValueError for one that cannot be read."""
        from configparser import Error

        from azure.cli.core.azclierror import InvalidArgumentValueError
        with self._lock:
            try:
                value = self._ctx.config.get(section, name, fallback=None)
            except Error as error:
                raise InvalidArgumentValueError(f'The setting {section}.{name} cannot be read.',
                                                'Write %% for % in the configuration file.') from error
        return str(value) if value else None

    def user_agent(self) -> str:
        """Give the User-Agent that the CLI sends."""
        from azure.cli.core.util import get_az_user_agent
        return str(get_az_user_agent())

    def in_cloud_shell(self) -> bool:
        """Tell whether this is Azure Cloud Shell."""
        from azure.cli.core.util import in_cloud_console
        return bool(in_cloud_console())

    def describe(self) -> dict[str, Any]:
        """Describe the client, for the report."""
        from azure.cli.core import __version__ as core_version
        return {'azureCli': core_version, 'python': platform.python_version(), 'platform': platform.platform(),
                'cloud': self.cloud, 'cloudShell': self.in_cloud_shell()}

    def registry_audience(self) -> str:
        """Give the audience of a registry login: `acr.audience_resource` if set, as the CLI reads it."""
        configured = self.setting('acr', 'audience_resource')
        if not configured:
            return REGISTRY_AUDIENCE
        return configured if configured.startswith('https://') else f'https://{configured}.azure.net'

    def arm_audience(self) -> str:
        """Give the audience of Resource Manager in this cloud."""
        return str(self._ctx.cloud.endpoints.active_directory_resource_id)

    def subscription(self) -> str | Trouble:
        """Give the subscription in force; `trouble.kind` is NotLoggedIn."""
        from azure.cli.core.commands.client_factory import get_subscription_id
        from knack.util import CLIError
        with self._lock:
            try:
                return str(get_subscription_id(self._ctx))
            except CLIError as error:
                return Trouble('NotLoggedIn', str(error))

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Give a token of the CLI's login; MSAL has no time limit, so it is left behind after 15 s."""
        seconds = limits.left(deadline, limits.SIGN_IN)
        try:
            return self.begin_token(audience, subscription).result(seconds)
        except StillBusy:
            text = f'Microsoft Entra ID gave no token within {seconds:.0f} s'
            return replace(self._noted(subscription), audience=audience, trouble=Trouble('Timeout', text))
        except Exception as error:  # pylint: disable=broad-except  # the CLI's sign-in raises anything
            seen = self._seen.get((audience, subscription))
            found, noted = refused(error, audience, seen.last if seen else None), self._noted(subscription)
            return replace(found, tenant=noted.tenant, application=noted.application, host=noted.host)

    def begin_token(self, audience: str, subscription: str | None = None) -> Future[Token]:
        """Begin to sign in; whoever asks for the same token gets the same attempt."""
        with self._lock:
            key = (audience, subscription)
            if key not in self._tokens:
                self._tokens[key] = limits.background(lambda: self._token(audience, subscription), 'sign-in')
            return self._tokens[key]

    def _noted(self, subscription: str | None) -> Token:
        """Give what is known of an account without signing in: tenant, application, the host that signs it in."""
        from azure.cli.core._profile import Profile
        from knack.util import CLIError
        try:
            account = Profile(cli_ctx=self._ctx).get_subscription(subscription)
        except CLIError:
            account = {}
        user = account.get('user') or {}
        application = user.get('name') if user.get('type') == 'servicePrincipal' else None
        tenant, application, host = (text if isinstance(text, str) and _PLAIN.fullmatch(text) else None for text in (
            account.get('tenantId'), application, urlsplit(self._ctx.cloud.endpoints.active_directory).hostname))
        return Token(tenant=tenant, application=application, host=host, at=limits.utc())

    def _token(self, audience: str, subscription: str | None) -> Token:
        from azure.cli.core._profile import Profile
        with self._sign_in_lock, bounded.reading(bounded.ENTRA, limits.SIGN_IN) as seen:
            self._seen[audience, subscription] = seen
            profile = Profile(cli_ctx=self._ctx)
            chosen = subscription or self._ctx.data.get('subscription_id')
            if chosen and not _is_among(chosen, profile.load_cached_subscriptions()):
                if subscription:
                    text = f'the subscription {subscription} is not among those of this login'
                    return Token(audience=audience, trouble=Trouble('UnknownSubscription', text))
                chosen = None
            (_, value, _), _, tenant = profile.get_raw_token(resource=audience, subscription=chosen)
        return Token(value, tenant, audience, at=limits.utc())

    def registries_client(self, subscription: str) -> Any:
        """Make the CLI's own client for registries in a subscription (its `registries` operations)."""
        from azure.cli.core.commands.client_factory import get_mgmt_service_client
        from azure.cli.core.profiles import ResourceType
        with self._sign_in_lock:
            return get_mgmt_service_client(self._ctx, ResourceType.MGMT_CONTAINERREGISTRY,
                                           subscription_id=subscription).registries

    def arm_client(self, subscription: str) -> Any:
        """Make a pipeline client for other resources, with the CLI's login and HTTP settings."""
        from azure.cli.core._debug import change_ssl_cert_verification_track2
        from azure.cli.core._profile import Profile
        from azure.cli.core.auth.util import resource_to_scopes
        from azure.core.pipeline import policies
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
        with self._sign_in_lock:
            credential, _, _ = Profile(cli_ctx=self._ctx).get_login_credentials(subscription_id=subscription)
            endpoint = self._ctx.cloud.endpoints.resource_manager
            return ARMPipelineClient(base_url=endpoint, policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(user_agent=self.user_agent(), user_agent_overwrite=True),
                ARMChallengeAuthenticationPolicy(credential, *resource_to_scopes(self.arm_audience())),
            ], **change_ssl_cert_verification_track2())


def _is_among(subscription: str, held: list[dict[str, Any]]) -> bool:
    """Tell whether the login holds a subscription; a login that holds none is no login, and the sign-in says so."""
    names = [str(one.get(key)).lower() for one in held for key in ('id', 'name')]
    return not held or subscription.lower() in names


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
