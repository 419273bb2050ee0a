# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The argument that names another identity than the CLI's, and what it needs to be had."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azext_acrhealth.arguments.errors import bad, contradictory, missing
from azext_acrhealth.options import Identity

_CLIENT_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.IGNORECASE)
_RESOURCE_ID = re.compile(
    r'/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]{1,90}/providers/Microsoft'
    r'\.ManagedIdentity/userAssignedIdentities/[\w-]{3,128}',
    re.IGNORECASE | re.ASCII,
)
_ACCOUNT = ('AZURE_CLIENT_ID', 'AZURE_TENANT_ID')
_TOKEN_FILE = 'AZURE_FEDERATED_TOKEN_FILE'
_POD = (
    'Let Kubernetes set them: label the pod azure.workload.identity/use: "true", and annotate its '
    'service account '
    'with azure.workload.identity/client-id.'
)
_SECRETS = ('AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH')


def read_identity(namespace: Any) -> Identity | None:
    """Read --identity, and refuse it where nothing could be had for it."""
    if namespace.identity is None:
        return None
    if namespace.username is not None:
        raise contradictory(
            'The options --identity and --username contradict each other.', 'Leave one of them out.'
        )
    identity = _parse(namespace.identity.strip())
    if identity.kind == 'workload':
        _refuse_unset('workload', (*_ACCOUNT, _TOKEN_FILE), _POD)
        _refuse_unreadable(os.environ[_TOKEN_FILE])
    if identity.kind == 'environment':
        _refuse_unset('environment', _ACCOUNT, 'Set them to those of the service principal.')
        if not any(os.environ.get(name) for name in _SECRETS):
            raise missing(
                '--identity environment reads a service principal from the environment, but '
                'neither '
                f'{" nor ".join(_SECRETS)} is set.',
                'Set one of them.',
            )
    _refuse_without_library()
    return identity


def _parse(text: str) -> Identity:
    word = text.lower()
    if word in ('system', '[system]'):
        return Identity('system')
    if word in ('workload', 'environment'):
        return Identity(word)
    if _CLIENT_ID.fullmatch(text):
        return Identity('client', word)
    if _RESOURCE_ID.fullmatch(text):
        return Identity('resource', text)
    raise bad(
        f"'{text}' is not an identity.",
        'Give system, workload, environment, or the client id or resource id of a managed '
        'identity: az identity '
        'list --query "[].[name, clientId, id]" --output table',
    )


def _refuse_unset(kind: str, names: Sequence[str], advice: str) -> None:
    unset = [name for name in names if not os.environ.get(name)]
    if unset:
        raise missing(
            f'--identity {kind} reads {", ".join(names)}, but {" and ".join(unset)} '
            f'{"is" if len(unset) == 1 else "are"} not set.',
            advice,
        )


def _refuse_unreadable(place: str) -> None:
    try:
        empty = not Path(place).read_bytes().strip()
    except OSError as error:
        raise bad(
            f'The token file that {_TOKEN_FILE} names cannot be read: {error.strerror}.', _POD
        ) from error
    if empty:
        raise bad(f'The token file that {_TOKEN_FILE} names is empty.', _POD)


def _refuse_without_library() -> None:
    from importlib.util import find_spec

    if find_spec('azure.identity') is None:
        folder = Path(__file__).resolve().parents[2]
        line = ' '.join(
            _quoted(word)
            for word in (
                sys.executable,
                '-m',
                'pip',
                'install',
                '--no-deps',
                '--target',
                str(folder),
                'azure-identity',
            )
        )
        raise missing(
            '--identity needs the library azure-identity, which the Azure CLI does not bring '
            'along.',
            f'Install it beside this extension: {line}',
        )


def _quoted(word: str) -> str:
    if os.name == 'nt':
        return f'"{word}"' if ' ' in word else word
    return shlex.quote(word)
