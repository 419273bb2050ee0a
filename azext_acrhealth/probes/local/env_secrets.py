# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the logins in this machine's environment, which no output may contain in any form."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

_SETTINGS = re.compile(r'(https?|all|ftp)_proxy|docker_host', re.IGNORECASE)
_ENTRIES = 1000
_SHORTEST = 4  # shorter texts occur in too many words to redact


def environment_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the logins of proxy and engine settings in all their encodings, the longest first."""
    secrets: set[str] = set()
    for name, value in (os.environ if environment is None else environment).items():
        if _SETTINGS.fullmatch(name):
            secrets.update(_forms(value))
        elif name.lower() == 'no_proxy':  # a login there is a mistake, but still secret
            secrets.update(
                form
                for entry in value.split(',')[:_ENTRIES]
                if '@' in unquote(entry)
                for form in _forms(entry.strip())
            )
    long_enough = (secret for secret in secrets if len(secret) >= _SHORTEST)
    return tuple(sorted(long_enough, key=len, reverse=True))


def _forms(setting: str) -> set[str]:
    forms: set[str] = set()
    for spelling in (setting, unquote(setting)):
        login = spelling.rpartition('://')[2].rpartition('@')[0]
        password = login.partition(':')[2]
        for secret in (unquote(login), unquote(password), login, password):
            forms.update((secret, quote(secret, safe='')))
        forms.add(base64.b64encode(unquote(login).encode('utf-8', 'replace')).decode())
    return forms - {''}
