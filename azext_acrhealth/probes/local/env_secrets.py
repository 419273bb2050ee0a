# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the logins in this machine's environment, which no output may contain in any form."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.redaction import login_forms

_SETTINGS = lazy_pattern(r'(https?|all|ftp)_proxy|docker_host', re.IGNORECASE)
_ENTRIES = 1000
_SHORTEST = 4  # shorter texts occur in too many words to redact


def environment_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the logins of proxy and engine settings in all their encodings, the longest first."""
    secrets: set[str] = set()
    for name, value in (os.environ if environment is None else environment).items():
        if _SETTINGS.fullmatch(name):
            secrets.update(login_forms(value))
        elif name.lower() == 'no_proxy':  # a login there is a mistake, but still secret
            secrets.update(
                form
                for entry in value.split(',')[:_ENTRIES]
                if '@' in unquote(entry)
                for form in login_forms(entry.strip())
            )
    long_enough = (secret for secret in secrets if len(secret) >= _SHORTEST)
    return tuple(sorted(long_enough, key=len, reverse=True))
