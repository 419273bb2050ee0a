# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The argument that names another identity than the CLI's, and what that identity needs."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
)
from azext_acrhealth.grammar import IDENTITY_ID, is_guid
from azext_acrhealth.options import Identity
from azext_acrhealth.probes.regular_file import read_regular_file

# The values of --identity besides client IDs and resource IDs.
KINDS = ('system', 'workload', 'environment')
_ACCOUNT = ('AZURE_CLIENT_ID', 'AZURE_TENANT_ID')
_TOKEN_FILE = 'AZURE_FEDERATED_TOKEN_FILE'
_POD = (
    'Let Microsoft Entra Workload ID set them: label the pod azure.workload.identity/use: "true", '
    'and annotate its service account with azure.workload.identity/client-id.'
)
_SECRETS = ('AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH')


def parse_identity(arguments: CheckArguments) -> Identity | None:
    """Return the identity of --identity. Raises where what it needs isn't there."""
    if arguments.identity is None:
        return None
    if arguments.username is not None:
        raise conflicting_arguments(
            "--identity and --username can't be used together.", 'Use one of the two.'
        )
    identity = _parse(arguments.identity.strip())
    if identity.kind == 'workload':
        _require_variables('workload', (*_ACCOUNT, _TOKEN_FILE), _POD)
        _require_token_file(os.environ[_TOKEN_FILE])
    if identity.kind == 'environment':
        _require_variables(
            'environment', _ACCOUNT, 'Set them to the values of the service principal.'
        )
        if not any(os.environ.get(name) for name in _SECRETS):
            raise missing_argument(
                '--identity environment reads a service principal from environment variables, but '
                f'neither {" nor ".join(_SECRETS)} is set.',
                'Set one of them.',
            )
        if not os.environ.get(_SECRETS[0]):
            _require_certificate_file(os.environ[_SECRETS[1]])
    _require_library()
    return identity


def _parse(text: str) -> Identity:
    lowered = text.lower()
    if lowered in ('system', '[system]'):
        return Identity('system')
    if lowered in ('workload', 'environment'):
        return Identity(lowered)
    if is_guid(text):
        return Identity('client', lowered)
    if text.isascii() and IDENTITY_ID.fullmatch(text):
        return Identity('resource', text)
    raise invalid_value(
        f"'{text}' isn't an identity.",
        'Use system, workload, environment, or the client ID or resource ID of a managed identity. '
        'List them: `az identity list --query "[].[name, clientId, id]" --output table`.',
    )


def _require_variables(kind: str, names: Sequence[str], advice: str) -> None:
    unset = [name for name in names if not os.environ.get(name)]
    if unset:
        verb = "isn't" if len(unset) == 1 else "aren't"
        missing = f'{" and ".join(unset)} {verb} set'
        if len(unset) == len(names):
            missing = 'none of them is set'
        raise missing_argument(
            f'--identity {kind} requires {", ".join(names[:-1])} and {names[-1]}, but {missing}.',
            advice,
        )


def _require_token_file(path: str) -> None:
    try:
        empty = not read_regular_file(path).strip()
    except OSError as error:
        raise invalid_value(
            f"The token file in {_TOKEN_FILE} can't be read: {error.strerror}.", _POD
        ) from error
    if empty:
        raise invalid_value(f'The token file in {_TOKEN_FILE} is empty.', _POD)


def _require_certificate_file(path: str) -> None:
    """Raise where the library would wait for ever; it reports what else is wrong with the file."""
    try:
        read_regular_file(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise invalid_value(
            f"The certificate file in {_SECRETS[1]} can't be read: {error.strerror}.",
            'Set the variable to a file with the certificate and its private key.',
        ) from error


def _require_library() -> None:
    from importlib.util import find_spec

    if find_spec('azure.identity') is None:
        folder = Path(__file__).resolve().parents[2]
        install = (sys.executable, '-m', 'pip', 'install', '--no-deps', '--target', str(folder))
        line = ' '.join(_quote(word) for word in (*install, 'azure-identity'))
        raise missing_argument(
            "--identity requires the library azure-identity, which isn't part of the Azure CLI.",
            f'Install it next to this extension: `{line}`',
        )


def _quote(word: str) -> str:
    if os.name == 'nt':
        return f'"{word}"' if ' ' in word else word
    return shlex.quote(word)
