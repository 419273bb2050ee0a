# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a login gives, and which rights its token is asked to carry."""

from __future__ import annotations

from dataclasses import dataclass, field

from azext_acrhealth.checks.connectivity.challenge import Challenged
from azext_acrhealth.options import Options
from azext_acrhealth.probes.registry.tokens import Issued

CATALOG = 'registry:catalog:*'


@dataclass(frozen=True)
class Login:
    """A login at the registry, and the registry-wide rights that came with it (None: it does not tell).

        A password gives no refresh token; what it was answered with is `issued`, for the scope that
    the checks want.
    """

    challenged: Challenged
    refresh_token: str = field(repr=False)
    actions: tuple[str, ...] | None
    account: str | None = None
    issued: Issued | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Access:
    """An access token for a repository, and what it grants there (None: it does not tell)."""

    token: str = field(repr=False)
    repository: str = ''
    actions: tuple[str, ...] | None = None
    account: str | None = None


def counted(options: Options) -> list[str]:
    """Give the actions that count, as scopes spell them."""
    return [need.replace('-', '_') for need in options.need]


def scope_of(options: Options) -> str:
    """Give the one scope that serves all checks: what counts, what a pull takes, and what a push and its cancel do."""
    if not options.repository:
        return CATALOG
    # Some registries let nobody cancel an upload who may not delete; missing, it counts for
    # nothing.
    wanted = dict.fromkeys(
        (
            *counted(options),
            *(('pull',) if options.image else ()),
            *(('pull', 'push', 'delete') if options.push else ()),
        )
    )
    return f'repository:{options.repository}:{",".join(wanted)}'
