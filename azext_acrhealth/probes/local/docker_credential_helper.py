# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The programs `docker-credential-…`, in whose hands clients leave their logins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of
from azext_acrhealth.probes.local import process

LIMIT = 5.0
_NAME = re.compile(r'[A-Za-z0-9][\w.-]{0,63}', re.ASCII)
# What the helpers of docker say where they keep nothing for a host.
_NOTHING = 'credentials not found'
Run = Callable[..., process.CompletedCommand]


@dataclass(frozen=True)
class Login:
    """A user's name, and a password or a token, which is never shown.

    Without it nothing is stored.
    """

    user: str = ''
    secret: str = field(default='', repr=False)


def plain(name: str) -> bool:
    """Tell whether a name, which comes from a file, may become part of a command."""
    return bool(_NAME.fullmatch(name))


def ask(name: str, host: str, deadline: float, run: Run) -> Login | Failure:
    """Ask a helper for what it keeps for a host.

    `kind`: HelperMissing, HelperFailed or HelperTimeout.

    Of what it says only a login is read: where it fails, too, its words might hold what they must
    not.
    """
    if not plain(name):
        return Failure('HelperMissing', 'what is named there is no name of a helper')
    command = f'docker-credential-{name}'
    path = process.find(command)
    if path is None:
        if process.unexecutable(command):
            return Failure('HelperFailed', f'{command} is there, but nobody may execute it')
        return Failure('HelperMissing', f'{command} is not on PATH')
    completed = run([path, 'get'], deadline, LIMIT, given=host)
    if completed.failure:
        kind = 'HelperTimeout' if completed.failure.kind == 'Timeout' else 'HelperFailed'
        return Failure(kind, f'{command}: {completed.failure.text}')
    if completed.status != 0:
        if _NOTHING in f'{completed.stdout} {completed.stderr}'.lower():
            return Login()
        return Failure('HelperFailed', f'{command} ended with {completed.status}')
    told = _told(completed.stdout)
    user, secret = told.get('Username'), told.get('Secret')
    if not isinstance(secret, str):
        return Failure('HelperFailed', f'{command} gave something that is no login')
    return Login(user if isinstance(user, str) else '', secret)


def _told(output: str) -> Mapping[str, Any]:
    try:
        return object_of(json.loads(output))
    except (ValueError, RecursionError):
        return {}
