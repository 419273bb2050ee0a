# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The values that authentication checks pass on, and the scope that a run requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.options import Options
from azext_acrhealth.probes.registry.tokens import TokenResponse

CATALOG = 'registry:catalog:*'
METADATA_ACTION = 'metadata_read'
NO_METADATA_PERMISSION = f'the token has no {METADATA_ACTION} permission'


class Login(NamedTuple):
    """A login to the registry, and its registry-wide actions (None if they are unknown).

    A login by password has no refresh token; its `token_response` is the response for the scope
    that the run requests.
    """

    token_endpoint: TokenEndpoint
    refresh_token: str
    actions: tuple[str, ...] | None
    account: Account = Account()
    token_response: TokenResponse | None = None

    def __repr__(self) -> str:  # without the token
        return f'Login(account={self.account!r}, actions={self.actions!r})'


class Access(NamedTuple):
    """An access token for a repository, and the actions it grants (None if they are unknown)."""

    token: str
    repository: str = ''
    actions: tuple[str, ...] | None = None
    account: Account = Account()

    def __repr__(self) -> str:  # without the token
        return f'Access(repository={self.repository!r}, actions={self.actions!r})'


def includes(actions: Sequence[str] | None, action: str) -> bool:
    """Return whether the actions of a token include an action; False if they are unknown."""
    return bool({action, '*'} & {*(actions or ())})


def required_actions(options: Options) -> list[str]:
    """Return the actions that --need requires, spelled as in scopes."""
    return [need.replace('-', '_') for need in options.need]


def scope_of(options: Options) -> str:
    """Return the scope that covers all checks of a run, so that one token is enough."""
    if not options.repository:
        return CATALOG
    # Some registries require delete to cancel an upload; whether a repository exists, its tags, and
    # locks are metadata. The checks ignore both when they are missing.
    actions = dict.fromkeys(
        (
            *required_actions(options),
            *(('pull',) if options.image else ()),
            *(('pull', 'push', 'delete') if options.push else ()),
            METADATA_ACTION,
        )
    )
    return f'repository:{options.repository}:{",".join(actions)}'
