# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the condition of a role assignment allows an action on a repository.

Source: Learn, "Azure role assignment condition format and syntax". Only what decides without doubt
is evaluated: actions, and the repository's name. Everything else is unknown, and so is whatever
depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from azext_acrhealth.lazy_patterns import lazy_pattern

_REPOSITORY_NAME = 'microsoft.containerregistry/registries/repositories:name'
_TOKEN = lazy_pattern(
    r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<and>&&|AND\b)|(?P<or>\|\||OR\b)|(?P<not>!|NOT\b)'
    r"|ActionMatches\s*\{\s*'(?P<action>[^']*)'\s*\}"
    r'|@Request\s*\[(?P<attribute>[^\]]*)\]\s*(?P<operator>[A-Za-z]+)\s*'
    r"'(?P<value>[^']*)'"
    # Any other function, attribute, operator or value.
    r"|(?P<other>'[^']*'|\{[^}]*\}|@[A-Za-z]+\s*\[[^\]]*\]|[A-Za-z:]+|[0-9.]+))",
    re.IGNORECASE,
)
_LONGEST, _DEEPEST = 8192, 50
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    'stringequals': lambda name, value: name == value,
    'stringequalsignorecase': lambda name, value: name.lower() == value.lower(),
    'stringstartswith': lambda name, value: name.startswith(value),
    'stringstartswithignorecase': lambda name, value: name.lower().startswith(value.lower()),
}


def matches(pattern: str, action: str) -> bool:
    """Return whether an action matches a pattern with `*`, in any case."""
    expression = '.*'.join(re.escape(part) for part in pattern.split('*'))
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def evaluate(condition: str, action: str, repository: str | None) -> bool | None:
    """Return whether a condition allows an action on a repository; None if that is unknown."""
    try:
        return _Condition(condition, action, repository).evaluate()
    except ValueError:
        return None


def is_about_repositories(condition: str) -> bool:
    """Return whether a condition depends on the repository's name."""
    return _REPOSITORY_NAME in condition.lower()


class _Condition:
    """A recursive descent over the tokens of a condition; ValueError for what is none."""

    def __init__(self, text: str, action: str, repository: str | None) -> None:
        self._tokens = list(_tokens(text))
        self._position, self._depth = 0, 0
        self._action, self._repository = action, repository

    def evaluate(self) -> bool | None:
        """Return the value of the whole condition."""
        value = self._expression()
        if self._position != len(self._tokens):
            raise ValueError('tokens are left')
        return value

    def _next(self) -> re.Match[str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self, kind: str) -> bool:
        token = self._next()
        taken = token is not None and token[kind] is not None
        self._position += taken
        return taken

    def _expression(self) -> bool | None:
        """Return the value of terms that are joined by AND, or by OR.

        Without parentheses, an expression with both would depend on their precedence.
        """
        values, joins = [self._term()], set[str]()
        while True:
            join = next((kind for kind in ('and', 'or') if self._take(kind)), None)
            if join is None:
                return any_of(values) if joins == {'or'} else all_of(values)
            joins.add(join)
            if len(joins) > 1:
                raise ValueError('AND and OR without parentheses')
            values.append(self._term())

    def _term(self) -> bool | None:
        if self._take('not'):
            value = self._term()
            return None if value is None else not value
        if self._take('open'):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ValueError('too many parentheses')
            value = self._expression()
            if not self._take('close'):
                raise ValueError('a parenthesis is open')
            self._depth -= 1
            return value
        token = self._next()
        if token is None or token.lastgroup not in ('action', 'value', 'other'):
            raise ValueError('no term')
        self._position += 1
        if token['action'] is not None:
            return matches(token['action'], self._action)
        if token['value'] is not None:
            return self._compare(token)
        while self._take('other'):
            pass
        return None

    def _compare(self, token: re.Match[str]) -> bool | None:
        compare = _COMPARISONS.get(token['operator'].lower())
        known = token['attribute'].strip().lower() == _REPOSITORY_NAME
        if not known or compare is None or self._repository is None:
            return None
        return compare(self._repository, token['value'])


def _tokens(text: str) -> Iterable[re.Match[str]]:
    if len(text) > _LONGEST:
        raise ValueError('too long')
    position, text = 0, text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError('no token')
        yield token
        position = token.end()


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Return True if a value is, else None if one is unknown, else False."""
    known = set(values)
    return True if True in known else None if None in known else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """Return False if a value is, else None if one is unknown, else True."""
    known = set(values)
    return False if False in known else None if None in known else True
