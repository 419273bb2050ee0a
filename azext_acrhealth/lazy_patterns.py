# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Regular expressions that are compiled at their first use, since most serve only failures."""

from __future__ import annotations

import re
from typing import AnyStr, Generic, cast

_METHODS = ('finditer', 'findall', 'fullmatch', 'match', 'search', 'split', 'sub', 'subn')


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that serves as `re.compile(pattern, flags)` does, by its methods."""
    return cast('re.Pattern[AnyStr]', _LazyPattern(pattern, flags))


class _LazyPattern(Generic[AnyStr]):
    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        compiled = re.compile(self.pattern, self._flags)
        # From now on, the methods are found here, as fast as in the pattern itself.
        self.__dict__.update((method, getattr(compiled, method)) for method in _METHODS)
        return getattr(compiled, name)
