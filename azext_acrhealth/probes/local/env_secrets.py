# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The logins in this machine's settings: whatever a proxy or a tool makes of them, they must not be shown."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

_SETTINGS = re.compile(r'(https?|all|ftp)_proxy|docker_host', re.IGNORECASE)
_ENTRIES = 1000
_SHORTEST = 4  # what is shorter stands in half of all words


def environment_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the logins of proxy and engine settings in every form in which they may come back, the longest first."""
    found: set[str] = set()
    for name, value in (os.environ if environment is None else environment).items():
        if _SETTINGS.fullmatch(name):
            found.update(_forms(value))
        elif name.lower() == 'no_proxy':  # a login there is a slip, and no less a login
            found.update(
                form
                for entry in value.split(',')[:_ENTRIES]
                if '@' in unquote(entry)
                for form in _forms(entry.strip())
            )
    return tuple(sorted((form for form in found if len(form) >= _SHORTEST), key=len, reverse=True))


def _forms(setting: str) -> set[str]:
    forms: set[str] = set()
    for spelling in (setting, unquote(setting)):
        login = spelling.rpartition('://')[2].rpartition('@')[0]
        password = login.partition(':')[2]
        for plain in (unquote(login), unquote(password), login, password):
            forms.update((plain, quote(plain, safe='')))
        forms.add(base64.b64encode(unquote(login).encode('utf-8', 'replace')).decode())
    return forms - {''}
