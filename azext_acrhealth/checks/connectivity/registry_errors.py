# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the registry's own error codes and messages mean: one table for every endpoint.

The code and the message decide before the HTTP status does.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import upstream
from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Problem
from azext_acrhealth.probes.http.response import RegistryError

# `firewall`, `throttled`, `source throttled`, and the kinds of a key have the same problem at every
# endpoint; the other kinds name one of the endpoint's problems.
ErrorKind = Literal[
    'firewall',
    'source throttled',
    'source unauthorized',
    'source failed',
    'key identity',
    'key',
    'quarantined',
    'disallowed',
    'throttled',
    'quota',
    'large',
    'length',
    'name',
    'missing',
    'session',
    'unsupported',
    'unauthorized',
    'denied',
]


class ErrorRule(NamedTuple):
    """Errors of the registry that mean the same.

    An error matches if its code is one of `codes` (any if empty) and its message has the pattern
    `message`, in any case (any if None). `problem` is the same at every endpoint; None: the
    endpoint has one of its own for the kind.
    """

    kind: ErrorKind
    codes: tuple[str, ...] = ()
    message: str | None = None
    problem: Problem | None = None


# A message of the registry is a sentence; a pattern takes long in a text without end.
_SEARCHED = 2000
_SOURCE = r'(?:for|of) cache rule|source registry'
# Sources: the registry's FAQ and troubleshooting articles (disallowed operation, customer-managed
# keys, push errors), issues of Azure/acr (#210, #599, #754, #891, #892), pull request
# goharbor/harbor#23016 (CONTENT_LENGTH_INVALID), the OCI distribution specification ("Error
# codes"), and docker's distribution (codes with UPLOAD and RANGE).
RULES: tuple[ErrorRule, ...] = (
    ErrorRule('firewall', message=r'client with IP'),
    ErrorRule(
        'source throttled',
        message=(
            rf'too many requests.*(?:{_SOURCE})'
            rf'|(?:{_SOURCE}).*(?:status code:? 429|too many requests)'
        ),
        problem=upstream.THROTTLED_BY_SOURCE,
    ),
    ErrorRule(
        'source throttled',
        ('TOOMANYREQUESTS',),
        _SOURCE,
        problem=upstream.THROTTLED_BY_SOURCE,
    ),
    ErrorRule('source unauthorized', ('UNAUTHORIZED', 'DENIED'), _SOURCE),
    ErrorRule(
        'source unauthorized',
        message=(
            rf'(?:authentication required|unauthorized|denied|forbidden|credential).*(?:{_SOURCE})'
            rf'|(?:{_SOURCE}).*(?:status code:? 40[13]|unauthorized|denied|forbidden|credential)'
        ),
    ),
    ErrorRule('source failed', message=r'\bcache rule\b'),
    ErrorRule(
        'key identity',
        message=r'identity (?:associated with|of|attached to) the registry',
        problem=encryption.KEY_IDENTITY_INACTIVE,
    ),
    ErrorRule(
        'key',
        message=(
            r'key encryption key|aka\.ms/acr/cmk|customer[ -]managed key|key ?vault|encryption key'
        ),
        problem=encryption.KEY_FORBIDDEN,
    ),
    ErrorRule('key', ('CMK_ERROR',), problem=encryption.KEY_FORBIDDEN),
    ErrorRule('quarantined', ('IMAGE_QUARANTINED',)),
    ErrorRule('quarantined', message=r'quarantin'),
    ErrorRule('disallowed', ('REGISTRY_DISALLOWED_OPERATION',)),
    ErrorRule('disallowed', message=r'operation is disallowed'),
    ErrorRule('throttled', ('TOOMANYREQUESTS', 'TOO_MANY_REQUESTS')),
    ErrorRule('quota', ('QUOTA_EXCEEDED', 'STORAGE_LIMIT_EXCEEDED', 'INSUFFICIENT_STORAGE')),
    ErrorRule('quota', message=r'quota|storage limit|limit of (?:the )?storage'),
    ErrorRule('large', ('PAYLOAD_TOO_LARGE', 'REQUEST_ENTITY_TOO_LARGE', 'REQUEST_TOO_LARGE')),
    ErrorRule('large', message=r'too large|exceeds the (?:maximum|permissible|allowed|size)'),
    ErrorRule('length', ('SIZE_INVALID', 'CONTENT_LENGTH_INVALID', 'CONTENT_LENGTH_REQUIRED')),
    ErrorRule('name', ('NAME_INVALID', 'NAME_UNKNOWN')),
    ErrorRule('missing', ('MANIFEST_UNKNOWN', 'TAG_UNKNOWN', 'BLOB_UNKNOWN')),
    ErrorRule('session', ('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID')),
    ErrorRule('unsupported', ('UNSUPPORTED',)),
    ErrorRule('unauthorized', ('UNAUTHORIZED',)),
    ErrorRule('denied', ('DENIED',)),
)

# What any endpoint can report, besides its own problems.
EVERYWHERE: tuple[Problem, ...] = (
    *error_responses.PROBLEMS,
    *dict.fromkeys(rule.problem for rule in RULES if rule.problem),
    encryption.USER_IDENTITY_INACTIVE,
    encryption.SYSTEM_IDENTITY_INACTIVE,
)


def rule_for(error: RegistryError) -> ErrorRule | None:
    """Return the first rule that an error matches; None for a code without an explanation."""
    return next((rule for rule in RULES if _matches(rule, error)), None)


def _matches(rule: ErrorRule, error: RegistryError) -> bool:
    if rule.codes and error.code.strip().upper() not in rule.codes:
        return False
    return rule.message is None or bool(
        re.search(rule.message, error.message[:_SEARCHED], re.IGNORECASE)
    )


_RULE_NAME = lazy_pattern(r"""cache rule ['"]?([A-Za-z0-9][A-Za-z0-9-]{0,49})""", re.ASCII)
_SOURCE_NAME = lazy_pattern(r"""source ['"]([A-Za-z0-9][A-Za-z0-9./_:-]{0,254})['"]""", re.ASCII)


def upstream_of(error: RegistryError) -> tuple[str | None, str | None]:
    """Return the cache rule and the source that a message names; None for what it doesn't name."""
    text = error.message[:_SEARCHED]
    rule, source = _RULE_NAME.search(text), _SOURCE_NAME.search(text)
    return rule[1] if rule else None, source[1] if source else None
