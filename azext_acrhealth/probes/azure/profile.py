# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The subscriptions that the CLI stores in azureProfile.json, with whatever the file holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.regular_file import require_regular_file

Account = Mapping[str, Any]
InvalidProfile = Failure[Literal['InvalidProfile']]
# The types of accounts for which the CLI has credentials (azure.cli.core._profile).
_USER_TYPES = ('user', 'servicePrincipal')


# The files in which the CLI and MSAL store sign-ins (azure.cli.core.auth.identity); the longest has
# some hundred KiB.
_STORE = (
    'msal_token_cache.json',
    'msal_token_cache.bin',
    'msal_token_cache.json.lockfile',
    'msal_token_cache.bin.lockfile',
    'service_principal_entries.json',
    'service_principal_entries.bin',
    'msal_http_cache.bin',
)
_LONGEST = 64 * 1024 * 1024


def require_readable_store(cli_ctx: Any) -> None:
    """Raise OSError for a store of sign-ins that MSAL would wait for, or read endlessly."""
    for name in _STORE:
        path = os.path.join(cli_ctx.config.config_dir, name)
        if os.path.lexists(path):
            try:
                require_regular_file(path, _LONGEST)
            except OSError as error:
                raise OSError(error.errno, f'{name}: {error.strerror}') from error


def stored_accounts(cli_ctx: Any) -> list[Account] | InvalidProfile:
    """Return the CLI's accounts in the current cloud, one for each subscription."""
    from azure.cli.core._profile import Profile

    try:
        accounts = Profile(cli_ctx=cli_ctx).load_cached_subscriptions()
    except (TypeError, KeyError, AttributeError):
        return _invalid('the list of subscriptions')
    # The CLI compares the ID and the name of each when it looks for a subscription.
    for account in accounts:
        for name in ('id', 'name'):
            if not _is_text(account.get(name)):
                return _invalid(f'the `{name}` of a subscription')
    return list(accounts)


def invalid_account(account: Account) -> InvalidProfile | None:
    """Return what keeps the CLI from signing in with an account of the list, if anything."""
    user = account.get('user')
    if not _is_text(account.get('tenantId')):
        found = 'tenantId'
    elif not isinstance(user, dict):
        found = 'user'
    elif not _is_text(user.get('name')):
        found = 'user.name'
    elif user.get('type') not in _USER_TYPES:
        found = 'user.type'
    elif not isinstance(user.get('assignedIdentityInfo') or '', str):
        found = 'user.assignedIdentityInfo'
    else:
        return None
    return _invalid(f'the `{found}` of subscription {account["id"]}')


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _invalid(what: str) -> InvalidProfile:
    return Failure('InvalidProfile', f'{what} in azureProfile.json is missing or invalid')
