# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens of Microsoft Entra ID: what an identity provides, and the identities the CLI signed in."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillBusy
from typing import Literal, Protocol
from urllib.parse import urlsplit

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.profile import (
    Account,
    InvalidProfile,
    invalid_account,
    require_readable_store,
    stored_accounts,
)
from azext_acrhealth.probes.azure.sign_in import CredentialKind, Token, refine, refusal
from azext_acrhealth.probes.azure.token_cache import TokenCache
from azext_acrhealth.probes.failure import Failure

_CLI_LOGGER = logging.getLogger('cli.azure.cli.core.auth.util')
_SAFE_NAME = lazy_pattern(r'[\w.-]{1,100}', re.ASCII)
# What the CLI's entry of a service principal holds one of.
_CREDENTIALS: Mapping[str, CredentialKind] = {
    'client_secret': 'secret',
    'certificate': 'certificate',
    'client_assertion': 'federated',
}


class Credentials(Protocol):
    """An identity that tokens are requested for."""

    def begin(self, audience: str, subscription: str | None = None) -> object:
        """Begin to get a token for an audience, of the account that has a subscription."""

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return such a token, or its failure; never raises."""

    def store_tenants(self, tenants: Mapping[str, str]) -> None:
        """Store the tenants of subscriptions (by ID)."""

    def forget_failures(self) -> None:
        """Forget what failed, so that it is tried again."""

    def tenants(self) -> dict[str, str | None] | InvalidProfile:
        """Return the tenants that can be queried, each with one of its subscriptions."""


class CliLogin:
    """The accounts that the CLI keeps: one for each subscription, one token for each audience.

    A sign-in has a lock of its own: it can hang forever, and reading a setting must not wait for
    it.
    """

    def __init__(self, cli: Cli) -> None:
        self._cli, self._sign_in_lock = cli, threading.Lock()
        self._cache = TokenCache()
        self._tenants: dict[str, str] = {}
        self._accounts = deadlines.Once(self._load_accounts)

    def begin(self, audience: str, subscription: str | None = None) -> None:
        """Begin to sign in."""
        account = self._account(subscription)
        if not isinstance(account, Failure):
            self._attempt(audience, account)

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return a token; MSAL has no time limit, so it is abandoned after 15 s."""
        seconds, account = deadlines.left(deadline, deadlines.SIGN_IN), self._account(subscription)
        if isinstance(account, Failure):
            return Token(audience=audience, failure=account, at=deadlines.utc())
        try:
            return self._attempt(audience, account).result(seconds)
        except StillBusy:
            text = f'Microsoft Entra ID returned no token within {seconds:.0f} s'
            known = self._describe(account)
            return known._replace(audience=audience, failure=Failure('Timeout', text))
        # The CLI's sign-in raises anything.
        except Exception as error:  # pylint: disable=broad-except
            raise_limit(error)
            last = self._cache.last_response(_key(audience, account))
            known = self._describe(account)
            refused = refine(refusal(error, audience, last), self._credential_of(account))
            return refused._replace(
                tenant=known.tenant,
                application=known.application,
                host=known.host,
            )

    def store_tenants(self, tenants: Mapping[str, str]) -> None:
        """Store the tenants of subscriptions that the CLI doesn't list."""
        self._tenants.update(tenants)

    def forget_failures(self) -> None:
        """Forget what failed, and which accounts there are: another process may have signed in."""
        self._accounts = deadlines.Once(self._load_accounts)
        self._cache.forget_failures()

    def tenants(self) -> dict[str, str | None] | InvalidProfile:
        """Return the tenants of the accounts, each with a subscription, the current one first."""
        tenants: dict[str, str | None] = {}
        accounts = self._accounts()
        if isinstance(accounts, Failure):
            return accounts
        for account in sorted(accounts, key=lambda account: not account.get('isDefault')):
            if isinstance(account.get('tenantId'), str):
                tenants.setdefault(account['tenantId'], account.get('id'))
        return tenants

    def _load_accounts(self) -> list[Account] | InvalidProfile:
        with self._cli.lock:
            return stored_accounts(self._cli.context)

    def _account(
        self, subscription: str | None
    ) -> Account | Failure[Literal['UnknownSubscription', 'InvalidProfile']]:
        """Return the account that has a subscription, else one of its tenant.

        The account is empty where the CLI decides.
        """
        accounts = self._accounts()
        if isinstance(accounts, Failure):
            return accounts
        account = self._select(accounts, subscription)
        if isinstance(account, Failure) or 'name' not in account:
            return account
        return invalid_account(account) or account

    def _select(
        self, accounts: list[Account], subscription: str | None
    ) -> Account | Failure[Literal['UnknownSubscription']]:
        if not accounts:  # not signed in at all, and the sign-in says so
            return {'id': subscription} if subscription else {}
        chosen = subscription or self._cli.context.data.get('subscription_id')
        wanted = str(chosen).lower() if chosen else None
        for account in accounts:
            if wanted is None and account.get('isDefault'):
                return account
            if wanted in (str(account.get('id')).lower(), str(account.get('name')).lower()):
                return account
        tenant = self._tenants.get(str(subscription).lower())
        of_tenant = sorted(
            (account for account in accounts if tenant and account.get('tenantId') == tenant),
            key=lambda account: not account.get('isDefault'),
        )
        if of_tenant:
            return of_tenant[0]
        if not subscription:
            return {}
        text = f"subscription {subscription} isn't available to this account"
        return Failure('UnknownSubscription', text)

    def _describe(self, account: Account) -> Token:
        """Return what is known without signing in: tenant, application, the sign-in host."""
        user = account.get('user') or {}
        application = user.get('name') if user.get('type') == 'servicePrincipal' else None
        authority = urlsplit(self._cli.context.cloud.endpoints.active_directory).hostname
        tenant, application, host = (
            text if isinstance(text, str) and _SAFE_NAME.fullmatch(text) else None
            for text in (account.get('tenantId'), application, authority)
        )
        return Token(tenant=tenant, application=application, host=host, at=deadlines.utc())

    def _credential_of(self, account: Account) -> CredentialKind | None:
        """Return what a service principal of the CLI signs in with; None for other accounts."""
        from azure.cli.core._profile import _create_identity_instance
        from knack.util import CLIError

        user = account.get('user') or {}
        if user.get('type') != 'servicePrincipal' or user.get('assignedIdentityInfo'):
            return None
        authority = self._cli.context.cloud.endpoints.active_directory
        try:
            require_readable_store(self._cli.context)
            with self._cli.lock:
                identity = _create_identity_instance(self._cli.context, authority)
                # pylint: disable-next=protected-access
                store = identity._service_principal_store
                entry = store.load_entry(user.get('name'), account.get('tenantId'))
        except (CLIError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # the sign-in reports what is wrong with the store
        return next((kind for name, kind in _CREDENTIALS.items() if entry.get(name)), None)

    def _attempt(self, audience: str, account: Account) -> Future[Token]:
        key = _key(audience, account)
        return self._cache.share(key, lambda: self._sign_in(audience, account))

    def _sign_in(self, audience: str, account: Account) -> Token:
        from azure.cli.core._profile import Profile

        # In Cloud Shell the CLI warns of each refusal, which is reported or overcome here.
        _CLI_LOGGER.addFilter(_without_warnings)
        require_readable_store(self._cli.context)
        with self._sign_in_lock:
            profile = Profile(cli_ctx=self._cli.context)
            (_, value, _), _, tenant = profile.get_raw_token(
                resource=audience, subscription=account.get('id')
            )
        return Token(value, tenant, audience, at=deadlines.utc())


def _without_warnings(record: logging.LogRecord) -> bool:
    return record.levelno != logging.WARNING


def _key(audience: str, account: Account) -> tuple[str, ...]:
    """Return what tells tokens apart: subscriptions of a user and tenant share theirs."""
    user = account.get('user') if isinstance(account.get('user'), dict) else {}
    return (
        audience,
        str(account.get('tenantId') or account.get('id')),
        *(str((user or {}).get(name)) for name in ('type', 'name', 'assignedIdentityInfo')),
    )
