# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The errors by which input is refused: what, why and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azext_acrhealth.report import sanitize


def bad(message: str, recommendation: str) -> Exception:
    """Make the error for a value that is none of those that an option takes."""
    from azure.cli.core.azclierror import InvalidArgumentValueError

    # What was typed comes back in the message; it may hold anything.
    error: Exception = InvalidArgumentValueError(sanitize(message), sanitize(recommendation))
    return error


def missing(message: str, recommendation: str) -> Exception:
    """Make the error for an option without another one that it needs."""
    from azure.cli.core.azclierror import RequiredArgumentMissingError

    error: Exception = RequiredArgumentMissingError(sanitize(message), sanitize(recommendation))
    return error


def contradictory(message: str, recommendation: str) -> Exception:
    """Make the error for options that cannot both hold."""
    from azure.cli.core.azclierror import MutuallyExclusiveArgumentError

    error: Exception = MutuallyExclusiveArgumentError(sanitize(message), sanitize(recommendation))
    return error


def refuse_empty(namespace: Any, names: Iterable[str]) -> None:
    """Refuse options that were given without a value, as unset variables do."""
    for name in names:
        value = getattr(namespace, name)
        if value is not None and not value.strip():
            option = '--' + name.replace('_', '-')
            raise bad(
                f'The value of {option} is empty; a variable may be unset.',
                f'Give {option} a value, or leave it out.',
            )


def one_registry(namespace: Any, option: str) -> None:
    """Refuse an option that belongs to one registry when none, or several, are named."""
    if namespace.all_registries:
        raise contradictory(
            f'The option {option} takes one registry, but any number of them is selected.',
            'Name the registry with --name.',
        )
    if not namespace.name:
        raise missing(
            f'The option {option} belongs to a registry, but no registry is named.',
            'Name it with --name.',
        )
    if len(namespace.name) > 1:
        from azure.cli.core.azclierror import ArgumentUsageError

        raise ArgumentUsageError(
            f'The option {option} takes one registry, but {len(namespace.name)} are named.',
            'Run the command once for each registry.',
        )
