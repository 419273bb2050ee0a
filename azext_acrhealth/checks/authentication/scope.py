# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a login gives, and which rights its token is asked to carry."""

from __future__ import annotations

from dataclasses import dataclass, field

from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.options import Options
from azext_acrhealth.probes.registry.tokens import TokenResponse

CATALOG = 'registry:catalog:*'


@dataclass(frozen=True)
class Login:
    """A login at the registry, and the registry-wide rights that came with it (None: it does not tell).

    A password gives no refresh token; what it was answered with is `token_response`, for the scope
    that the checks want.
    """

    token_endpoint: TokenEndpoint
    refresh_token: str = field(repr=False)
    actions: tuple[str, ...] | None
    account: str | None = None
    token_response: TokenResponse | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Access:
    """An access token for a repository, and what it grants there (None: it does not tell)."""

    token: str = field(repr=False)
    repository: str = ''
    actions: tuple[str, ...] | None = None
    account: str | None = None


def required_actions(options: Options) -> list[str]:
    """Return the actions that count, as scopes spell them."""
    return [need.replace('-', '_') for need in options.need]


def scope_of(options: Options) -> str:
    """Return the scope that serves all checks of a run, so that one token does."""
    if not options.repository:
        return CATALOG
    # Some registries let nobody cancel an upload who may not delete; missing, it counts for
    # nothing.
    wanted = dict.fromkeys(
        (
            *required_actions(options),
            *(('pull',) if options.image else ()),
            *(('pull', 'push', 'delete') if options.push else ()),
        )
    )
    return f'repository:{options.repository}:{",".join(wanted)}'
