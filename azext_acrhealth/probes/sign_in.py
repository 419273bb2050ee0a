# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a sign-in gives: a token, or the kind of refusal that the words of Microsoft Entra ID amount to."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field
from typing import Iterator

from azext_acrhealth.probes import limits
from azext_acrhealth.probes.answer import GUID
from azext_acrhealth.probes.trouble import PROXY_SETTINGS, UNREADABLE_PROXY, Trouble, innermost

# Entra's own numbers (its reference of AADSTS error codes), by what the user has to do about them.
_KINDS = {
    'Expired': (50078, 50089, 50132, 50133, 50173, 54005, 70008, 70043, 70044, 700081, 700082, 700084),
    'InteractionNeeded': (50072, 50074, 50076, 50079, 50158, 53000, 53001, 53002, 53003, 53004, 53009, 530031, 530032),
    'WrongTenant': (16000, 50020, 50034, 90002, 90019, 90072, 700016, 900021, 900023),
    'SecretRefused': (7000112, 7000215, 700024, 700027, 700030),
    'SecretExpired': (7000222,),
    'AudienceRefused': (50001, 65001, 500011, 650052, 650057),
    'Unavailable': (50196, 90024, 90033),
}
_BY_NUMBER = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
_AADSTS = re.compile(r'AADSTS(\d{4,8})')
_TAIL = re.compile(r'(?:Trace ID|Correlation ID|Timestamp):?\s')
_LONGEST = 8192
_CORRELATION = re.compile(rf'Correlation ID:\s*({GUID.pattern})')
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
# Cloud Shell gives tokens for a fixed list of audiences only (azure-cli-facts, section 7).
_NO_SUCH_AUDIENCE = 'AudienceNotSupported'


@dataclass(frozen=True)
class Token:
    """An Entra token, or the reason why there is none.

    `trouble.kind` is NotLoggedIn, UnknownSubscription, Expired, InteractionNeeded, WrongTenant, SecretRefused,
    SecretExpired, Unstored, AudienceRefused, Refused, Unavailable or Timeout; `aadsts` is Entra's own code, `at` the
    time in UTC. `application` is a service principal's id, `host` what signs it in; they come with trouble only.
    """

    value: str = field(default='', repr=False)
    tenant: str | None = None
    audience: str = ''
    trouble: Trouble | None = None
    aadsts: str | None = None
    correlation_id: str | None = None
    at: str = ''
    application: str | None = None
    host: str | None = None


def refused(error: Exception, audience: str) -> Token:
    """Judge what a sign-in raised: the CLI's errors, MSAL's, or whatever lies under them."""
    import requests
    from knack.util import CLIError
    text = str(error) or type(error).__name__
    # MSAL words every trouble with a tenant's address alike; what Entra said is in the error that it replaced.
    chain = list(_chain(error))
    whole, text = ' '.join(str(one)[:_LONGEST] for one in chain), text[:_LONGEST]
    number, correlation = _AADSTS.search(whole), _CORRELATION.search(whole)
    if number:
        kind = _BY_NUMBER.get(int(number[1]), 'Refused')
        text = whole[number.start():] if number[0] not in text else text
    elif _NO_SUCH_AUDIENCE in whole:
        kind = 'AudienceRefused'
    elif isinstance(error, CLIError) and 'az login' in text:
        kind = 'NotLoggedIn'
    elif isinstance(error, OSError) and error.errno in _DISK and not isinstance(error, requests.RequestException):
        kind, text = 'Unstored', f'the login cannot be stored: {error.strerror}'
    elif isinstance(error, (requests.RequestException, OSError, ValueError)):
        kind = 'Unavailable'
    else:
        kind = 'Refused' if isinstance(error, CLIError) else 'Unavailable'
    if kind == 'Unavailable' and not number:
        status = getattr(getattr(error, 'response', None), 'status_code', None)
        text = f'Microsoft Entra ID answered with {status}' if status else f'Microsoft Entra ID: {innermost(error)}'
        # MSAL fails with KeyError and its like on an answer that it does not expect; their words tell nobody anything.
        if any(type(one).__name__ in PROXY_SETTINGS for one in chain):
            text = f'Microsoft Entra ID: {UNREADABLE_PROXY}'
        elif isinstance(error, ValueError) or not isinstance(error, OSError):
            text = 'what Microsoft Entra ID answered makes no sense'
    trouble = Trouble(kind, _TAIL.split(text, maxsplit=1)[0].strip() or kind)
    return Token(audience=audience, trouble=trouble, at=limits.utc(),
                 aadsts=number[0] if number else None, correlation_id=correlation[1] if correlation else None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    below: BaseException | None = error
    while below is not None and below not in seen:
        seen.append(below)
        yield below
        below = below.__cause__ or below.__context__
