# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read logins from the credential helpers of clients, the programs `docker-credential-…`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.local import process

HelperKind = Literal['HelperMissing', 'HelperFailed', 'HelperTimeout']
LIMIT = 5.0
_NAME = lazy_pattern(r'[A-Za-z0-9][\w.-]{0,63}', re.ASCII)
# What docker's helpers print when they store no login for a host.
_NOT_FOUND = 'credentials not found'
Run = Callable[..., process.CompletedCommand]
# What a helper does with a login that `docker login`, and so `az acr login`, asks it to store.
StoreResult = Literal['Refused', 'Ignored']
# The helpers that get logins from elsewhere and store none, by their source code:
# awslabs/amazon-ecr-credential-helper, chrismellard/docker-credential-acr-env,
# isometry/docker-credential-env, morningconsult/docker-credential-vault-login,
# bradschwartz/docker-credential-ghcr-login, runfinch/finch, and Google Cloud SDK. Not `gcr`, which
# stores the logins of other registries.
_READ_ONLY: Mapping[str, StoreResult] = {
    'ecr-login': 'Refused',
    'acr-env': 'Refused',
    'env': 'Refused',
    'vault-login': 'Refused',
    'ghcr-login': 'Refused',
    'finchhost': 'Refused',
    'gcloud': 'Ignored',
}
# The variables by which two of them ignore a login instead of refusing it.
_IGNORE = {'ecr-login': 'AWS_ECR_IGNORE_CREDS_STORAGE', 'env': 'IGNORE_DOCKER_LOGIN'}


class Login(NamedTuple):
    """A user name, and a password or a token, which is never shown; empty when none is stored."""

    user: str = ''
    secret: str = ''

    def __repr__(self) -> str:  # without the secret
        return f'Login(user={self.user!r})'


def is_helper_name(name: str) -> bool:
    """Return whether a name from a file is safe to use as part of a command."""
    return bool(_NAME.fullmatch(name))


def store_result(name: str) -> StoreResult | None:
    """Return what a helper that can't store logins does with one; None for any other helper."""
    result = _READ_ONLY.get(name)
    variable = os.environ.get(_IGNORE.get(name, ''), '')
    return 'Ignored' if result and variable.lower() not in ('', '0', 'false') else result


def get_login(name: str, host: str, deadline: float, run: Run) -> Login | Failure[HelperKind]:
    """Return the login that a helper stores for a host.

    The helper's other output is never shown, because it may contain the secret, even when the
    helper fails.
    """
    if not is_helper_name(name):
        return Failure('HelperMissing', 'the name of the helper is invalid')
    command = f'docker-credential-{name}'
    path = process.find(command)
    if path is None:
        if process.find_unexecutable(command):
            return Failure('HelperFailed', f"{command} isn't executable")
        return Failure('HelperMissing', f"{command} isn't on PATH")
    completed = run([path, 'get'], deadline, LIMIT, given=host)
    if completed.failure:
        timed_out = completed.failure.kind == 'Timeout'
        kind: HelperKind = 'HelperTimeout' if timed_out else 'HelperFailed'
        return Failure(kind, f'{command}: {completed.failure.text}')
    if completed.status != 0:
        if _NOT_FOUND in f'{completed.stdout} {completed.stderr}'.lower():
            return Login()
        return Failure('HelperFailed', f'{command} failed with exit code {completed.status}')
    credentials = _parse_output(completed.stdout)
    user, secret = credentials.get('Username'), credentials.get('Secret')
    if not isinstance(secret, str):
        return Failure('HelperFailed', f'{command} returned an invalid login')
    return Login(user if isinstance(user, str) else '', secret)


def _parse_output(output: str) -> Mapping[str, Any]:
    try:
        return object_of(json.loads(output))
    except (ValueError, RecursionError):
        return {}
