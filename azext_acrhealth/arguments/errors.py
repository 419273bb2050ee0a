# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The errors that reject invalid input: what, why and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from azext_acrhealth.options import Selection, Target
from azext_acrhealth.redaction import sanitize


def invalid_value(message: str, recommendation: str) -> Exception:
    """Return the error for a value that an option doesn't take."""
    from azure.cli.core.azclierror import InvalidArgumentValueError

    # The message repeats what was typed, which may hold anything.
    error: Exception = InvalidArgumentValueError(sanitize(message), sanitize(recommendation))
    return error


def missing_argument(message: str, recommendation: str) -> Exception:
    """Return the error for an option without another one that it needs."""
    from azure.cli.core.azclierror import RequiredArgumentMissingError

    error: Exception = RequiredArgumentMissingError(sanitize(message), sanitize(recommendation))
    return error


def conflicting_arguments(message: str, recommendation: str) -> Exception:
    """Return the error for options that exclude each other."""
    from azure.cli.core.azclierror import MutuallyExclusiveArgumentError

    error: Exception = MutuallyExclusiveArgumentError(sanitize(message), sanitize(recommendation))
    return error


def file_error(message: str, recommendation: str) -> Exception:
    """Return the error for a file that can't be read or written."""
    from azure.cli.core.azclierror import FileOperationError

    error: Exception = FileOperationError(sanitize(message), sanitize(recommendation))
    return error


def reject_empty(option: str, value: str | None) -> None:
    """Raise if an option was given an empty value, as an unset variable leaves it."""
    if value is not None and not value.strip():
        raise invalid_value(
            f'The value of {option} is empty. A variable might be unset.',
            f'Specify a value for {option}, or omit it.',
        )


def require_one_registry(
    option: str, targets: Sequence[Target], selection: Selection | None
) -> None:
    """Raise unless exactly one registry is named, which an option needs."""
    if selection:
        raise conflicting_arguments(
            f'{option} requires exactly one registry, but the options select several.',
            'Specify the registry with --name.',
        )
    if not targets:
        raise missing_argument(
            f'{option} requires a registry, but none is specified.',
            'Specify the registry with --name.',
        )
    if len(targets) > 1:
        from azure.cli.core.azclierror import ArgumentUsageError

        raise ArgumentUsageError(
            f'{option} requires exactly one registry, but {len(targets)} are specified.',
            'Run the command once for each registry.',
        )
