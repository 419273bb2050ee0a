# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens of Microsoft Entra ID: what an identity is to whoever needs one, and the identity that the CLI logged in."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import replace
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.sign_in import Token, refused
from azext_acrhealth.probes.azure.token_cache import Attempts
from azext_acrhealth.probes.failure import Failure

_PLAIN = re.compile(r'[\w.-]{1,100}', re.ASCII)
Account = Mapping[str, Any]


class Credentials(Protocol):
    """An identity that tokens can be had for. Who asks for the same token gets the same attempt."""

    def begin(self, audience: str, subscription: str | None = None) -> object:
        """Begin to get a token for an audience, of the account that has a subscription."""

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return such a token, or its trouble; never raises."""

    def learn(self, tenants: Mapping[str, str]) -> None:
        """Take note of the tenants of subscriptions (by id)."""

    def forget(self) -> None:
        """Forget what failed, so that it is tried again."""

    def tenants(self) -> dict[str, str | None]:
        """Return the tenants that can be asked for what lies in them, each with one of its subscriptions."""


class CliLogin:
    """The logins that the CLI keeps: one account for each subscription, one token for each account and audience.

    Signing in takes turns of its own: it can hang for ever, and nobody who reads a setting may wait
    for it.
    """

    def __init__(self, cli: Cli) -> None:
        self._cli, self._turn = cli, threading.Lock()
        self._attempts = Attempts()
        self._tenants: dict[str, str] = {}
        self._held = deadlines.Once(self._accounts)

    def begin(self, audience: str, subscription: str | None = None) -> None:
        """Begin to sign in."""
        account = self._account(subscription)
        if not isinstance(account, Failure):
            self._attempt(audience, account)

    def token(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return a token; MSAL has no time limit, so it is left behind after 15 s."""
        seconds, account = deadlines.left(deadline, deadlines.SIGN_IN), self._account(subscription)
        if isinstance(account, Failure):
            return Token(audience=audience, failure=account, at=deadlines.utc())
        try:
            return self._attempt(audience, account).result(seconds)
        except StillBusy:
            text = f'Microsoft Entra ID gave no token within {seconds:.0f} s'
            return replace(
                self._noted(account), audience=audience, failure=Failure('Timeout', text)
            )
        # the CLI's sign-in raises anything
        except Exception as error:  # pylint: disable=broad-except
            found = refused(error, audience, self._attempts.last(_key(audience, account)))
            noted = self._noted(account)
            return replace(
                found, tenant=noted.tenant, application=noted.application, host=noted.host
            )

    def learn(self, tenants: Mapping[str, str]) -> None:
        """Take note of the tenants of subscriptions that the CLI does not list."""
        self._tenants.update(tenants)

    def forget(self) -> None:
        """Forget what failed, and which accounts there are: another process may have logged in."""
        self._held = deadlines.Once(self._accounts)
        self._attempts.forget()

    def tenants(self) -> dict[str, str | None]:
        """Return the tenants of the accounts, each with one of its subscriptions.

        The one in force first.
        """
        held = sorted(self._held(), key=lambda one: not one.get('isDefault'))
        found: dict[str, str | None] = {}
        for one in held:
            if isinstance(one.get('tenantId'), str):
                found.setdefault(one['tenantId'], one.get('id'))
        return found

    def _accounts(self) -> list[Account]:
        from azure.cli.core._profile import Profile

        with self._cli.lock:
            held = Profile(cli_ctx=self._cli.context).load_cached_subscriptions()
        return [one for one in held if isinstance(one, dict)]

    def _account(
        self, subscription: str | None
    ) -> Account | Failure[Literal['UnknownSubscription']]:
        """Return the account that has a subscription, else one of its tenant.

        An empty one when the CLI shall decide.
        """
        held, chosen = self._held(), subscription or self._cli.context.data.get('subscription_id')
        if not held:  # no login at all, and the sign-in says so
            return {'id': subscription} if subscription else {}
        wanted = str(chosen).lower() if chosen else None
        for one in held:
            if wanted in (str(one.get('id')).lower(), str(one.get('name')).lower()) or (
                wanted is None and one.get('isDefault')
            ):
                return one
        tenant = self._tenants.get(str(subscription).lower())
        near = sorted(
            (one for one in held if tenant and one.get('tenantId') == tenant),
            key=lambda one: not one.get('isDefault'),
        )
        if near or not subscription:
            return near[0] if near else {}
        return Failure(
            'UnknownSubscription',
            f'the subscription {subscription} is not among those of this login',
        )

    def _noted(self, account: Account) -> Token:
        """Return what is known of an account without signing in: tenant, application, the host that signs it in."""
        user = account.get('user') or {}
        application = user.get('name') if user.get('type') == 'servicePrincipal' else None
        authority = urlsplit(self._cli.context.cloud.endpoints.active_directory).hostname
        tenant, application, host = (
            text if isinstance(text, str) and _PLAIN.fullmatch(text) else None
            for text in (account.get('tenantId'), application, authority)
        )
        return Token(tenant=tenant, application=application, host=host, at=deadlines.utc())

    def _attempt(self, audience: str, account: Account) -> Future[Token]:
        return self._attempts.share(
            _key(audience, account), lambda: self._sign_in(audience, account)
        )

    def _sign_in(self, audience: str, account: Account) -> Token:
        from azure.cli.core._profile import Profile

        with self._turn:
            profile = Profile(cli_ctx=self._cli.context)
            (_, value, _), _, tenant = profile.get_raw_token(
                resource=audience, subscription=account.get('id')
            )
        return Token(value, tenant, audience, at=deadlines.utc())


def _key(audience: str, account: Account) -> tuple[str, ...]:
    """Tell accounts apart: subscriptions of a tenant that one user logged in share their tokens."""
    user = account.get('user') if isinstance(account.get('user'), dict) else {}
    return (
        audience,
        str(account.get('tenantId') or account.get('id')),
        *(str((user or {}).get(part)) for part in ('type', 'name', 'assignedIdentityInfo')),
    )
