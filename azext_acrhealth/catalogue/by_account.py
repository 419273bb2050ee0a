# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Solutions that depend on who logs in, and on the registry's permissions mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from azext_acrhealth.advice import Solution

# The placeholders that hold the kind of account and the permissions mode of the registry.
KIND, MODE = 'account_kind', 'mode'
USER, SERVICE_PRINCIPAL, MANAGED_IDENTITY = 'user', 'service principal', 'managed identity'
# A service principal of which only the application ID is known.
APPLICATION = 'application'
TOKEN, ADMIN_USER, ANONYMOUS = 'token', 'admin user', 'anonymous'
# The user name of refresh tokens, which doesn't tell whose token it is.
REFRESH_TOKEN = 'refresh token'
UNKNOWN = 'unknown'
KINDS = (
    USER,
    SERVICE_PRINCIPAL,
    MANAGED_IDENTITY,
    APPLICATION,
    TOKEN,
    ADMIN_USER,
    ANONYMOUS,
    REFRESH_TOKEN,
    UNKNOWN,
)
LEGACY, ABAC, UNKNOWN_MODE = 'legacy', 'abac', 'unknown'
MODES = (LEGACY, ABAC, UNKNOWN_MODE)


class OwnSolution(NamedTuple):
    """A solution for some accounts.

    It applies where all placeholders of `given` have a value, and none of `unless` has.
    """

    text: str
    given: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def applies(self, placeholders: Mapping[str, str]) -> bool:
        """Return whether the solution applies to what is known."""
        return all(placeholders.get(name) for name in self.given) and not any(
            placeholders.get(name) for name in self.unless
        )


class SolutionsByAccount(NamedTuple):
    """What takes the place of the `general` solutions where it is known who logs in.

    The keys of `own` are a kind of account and a permissions mode; None stands for all modes.
    """

    general: tuple[str, ...]
    own: Mapping[tuple[str, str | None], tuple[OwnSolution, ...]]

    def select(self, placeholders: Mapping[str, str]) -> tuple[str, ...]:
        """Return the solutions for the account of the placeholders; the general ones for none."""
        kind, mode = placeholders.get(KIND, ''), placeholders.get(MODE, UNKNOWN_MODE)
        own = self.own.get((kind, mode)) or self.own.get((kind, None))
        if own is None:
            return self.general
        return tuple(solution.text for solution in own if solution.applies(placeholders))


def solutions_for(
    solutions: Sequence[Solution],
    placeholders: Mapping[str, str],
    blocks: Sequence[SolutionsByAccount],
) -> list[Solution]:
    """Return a problem's solutions, with those of `blocks` for the account of the placeholders."""
    return list(dict.fromkeys(_replaced(solutions, placeholders, blocks)))


def _replaced(
    solutions: Sequence[Solution],
    placeholders: Mapping[str, str],
    blocks: Sequence[SolutionsByAccount],
) -> Iterator[Solution]:
    for solution in solutions:
        block = next((block for block in blocks if solution in block.general), None)
        if block is None or block.select(placeholders) is block.general:
            yield solution
        else:
            yield from block.select(placeholders)
