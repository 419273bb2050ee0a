# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The subscriptions that the CLI stores in azureProfile.json, with whatever the file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from azext_acrhealth.probes.failure import Failure

Account = Mapping[str, Any]
InvalidProfile = Failure[Literal['InvalidProfile']]
# The types of accounts for which the CLI has credentials (azure.cli.core._profile).
_USER_TYPES = ('user', 'servicePrincipal')


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
