# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a sign-in gives: a token, or the kind of refusal that the words of Microsoft Entra ID amount to."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import PROXY_SETTINGS, UNREADABLE_PROXY, Failure, innermost
from azext_acrhealth.probes.http.response import GUID, Response
from azext_acrhealth.probes.json_access import object_of


SignInKind = Literal[
    'NotLoggedIn',
    'UnknownSubscription',
    'Expired',
    'InteractionNeeded',
    'WrongTenant',
    'SecretRefused',
    'SecretExpired',
    'Unstored',
    'AudienceRefused',
    'Refused',
    'Unavailable',
    'Timeout',
    'NoEndpoint',
    'NotAssigned',
    'SeveralAssigned',
    'FederationRefused',
]

# Entra's own numbers (its reference of AADSTS error codes), by what the user has to do about them.
_KINDS: dict[SignInKind, tuple[int, ...]] = {
    'Expired': (
        50078,
        50089,
        50132,
        50133,
        50173,
        54005,
        70008,
        70043,
        70044,
        700081,
        700082,
        700084,
    ),
    'InteractionNeeded': (
        50072,
        50074,
        50076,
        50079,
        50158,
        53000,
        53001,
        53002,
        53003,
        53004,
        53009,
        530031,
        530032,
    ),
    'WrongTenant': (16000, 50020, 50034, 90002, 90019, 90072, 700016, 900021, 900023),
    'SecretRefused': (7000112, 7000215, 700024, 700027, 700030),
    'SecretExpired': (7000222,),
    'AudienceRefused': (50001, 65001, 500011, 650052, 650057),
    'Unavailable': (50196, 90024, 90033),
}
_BY_NUMBER: dict[int, SignInKind] = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
_LOOP = (50196,)  # the same was asked for too often
_AADSTS = re.compile(r'AADSTS(\d{4,8})')
# For some seconds MSAL repeats an error instead of the request.
_KEPT = re.compile(r'HTTP Error: ([45]\d\d)')
_TAIL = re.compile(r'(?:Trace ID|Correlation ID|Timestamp):?\s')
_LONGEST = 8192
_CORRELATION = re.compile(rf'Correlation ID:\s*({GUID.pattern})')
_DISK = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
)
# Cloud Shell gives tokens for a fixed list of audiences only (azure-cli-facts, section 7).
_NO_SUCH_AUDIENCE = 'AudienceNotSupported'


@dataclass(frozen=True)
class Token:
    """An Entra token, or the reason why there is none.

    `failure.kind` is NotLoggedIn, UnknownSubscription, Expired, InteractionNeeded, WrongTenant,
    SecretRefused, SecretExpired, Unstored, AudienceRefused, Refused, Unavailable or Timeout;
    `aadsts` is Entra's own code, `at` the time in UTC, `status` that of its last answer.
    `application` is a service principal's id, `host` what signs it in; they come with trouble only.
    """

    value: str = field(default='', repr=False)
    tenant: str | None = None
    audience: str = ''
    failure: Failure[SignInKind] | None = None
    aadsts: str | None = None
    correlation_id: str | None = None
    status: int | None = None
    at: str = ''
    application: str | None = None
    host: str | None = None


def refused(error: Exception, audience: str, last: Response | None = None) -> Token:
    """Judge what a sign-in raised: the CLI's errors, MSAL's, or whatever lies under them.

    `last` is the last answer that came, if the last request got one; the libraries keep little of
    it.
    """
    import requests
    from knack.util import CLIError

    # MSAL words every trouble with a tenant's address alike; what Entra said is in the error that
    # it replaced.
    chain, last = list(_chain(error)), _of(error, last)
    text, whole = (
        (str(error) or type(error).__name__)[:_LONGEST],
        ' '.join(str(one)[:_LONGEST] for one in chain),
    )
    number, correlation = _AADSTS.search(whole), _CORRELATION.search(whole)
    if number:
        kind = _BY_NUMBER.get(int(number[1]), 'Refused')
        text = whole[number.start() :] if number[0] not in text else text
    elif _NO_SUCH_AUDIENCE in whole:
        kind = 'AudienceRefused'
    elif isinstance(error, CLIError) and 'az login' in text:
        kind = 'NotLoggedIn'
    elif (
        isinstance(error, OSError)
        and error.errno in _DISK
        and not isinstance(error, requests.RequestException)
    ):
        kind, text = 'Unstored', f'the login cannot be stored: {error.strerror}'
    else:
        kind = 'Refused' if isinstance(error, CLIError) else 'Unavailable'
    text = _TAIL.split(text, maxsplit=1)[0].strip()
    if last and last.status == 429 or number and int(number[1]) in _LOOP:
        kind, text = 'Unavailable', _throttled(last, text if number else '')
    elif kind == 'Unavailable' and not number:
        # MSAL fails with KeyError and its like on an answer that it does not expect; their words
        # tell nobody anything.
        unreadable = any(type(one).__name__ in PROXY_SETTINGS for one in chain)
        text = f'Microsoft Entra ID: {UNREADABLE_PROXY}' if unreadable else _odd(error, last)
    content = object_of(last.json()) if last else {}
    told = content.get('correlation_id') if not correlation else correlation[1]
    return Token(
        audience=audience,
        failure=Failure(kind, last.redact(text or kind) if last else text or kind),
        at=last.at if last else deadlines.utc(),
        status=last.status if last else None,
        aadsts=number[0] if number else None,
        correlation_id=told if isinstance(told, str) and GUID.fullmatch(told) else None,
    )


def _of(error: Exception, last: Response | None) -> Response | None:
    """Return the answer that an error is about.

    What broke on the way, or on the disk, is about none.
    """
    sdk_response, kept = getattr(error, 'response', None), _KEPT.fullmatch(str(error)[:_LONGEST])
    status = int(kept[1]) if kept else getattr(sdk_response, 'status_code', None)
    if last is None and status:
        return Response(status, at=deadlines.utc())
    broke = (
        isinstance(error, OSError) and not isinstance(error, ValueError) and sdk_response is None
    )
    return None if broke else last


def _throttled(last: Response | None, said: str) -> str:
    wait = f', try again in {last.retry_after} s' if last and last.retry_after is not None else ''
    who = (
        'Microsoft Entra ID'
        if last is None or said or _is_own(last)
        else 'something before Microsoft Entra ID'
    )
    number = ' (429)' if last and last.status == 429 else ''
    return (
        f'{who} turns requests away, too many requests{number}{wait}{": " + said if said else ""}'
    )


def _odd(error: Exception, last: Response | None) -> str:
    """Tell of an answer that holds neither a token nor a number, or of a request that got none."""
    if last is None:
        shapeless = isinstance(error, ValueError) or not isinstance(error, OSError)
        return (
            'what Microsoft Entra ID answered makes no sense'
            if shapeless
            else (f'Microsoft Entra ID: {innermost(error)}')
        )
    by = f' ({last.writer})' if last.writer else ''
    status = last.status or 0
    if status < 300:
        return f'what Microsoft Entra ID answered ({status}) makes no sense{by}'
    # Its own machines too fail without a word; but it sends nowhere, and explains a 4xx.
    who = (
        'Microsoft Entra ID'
        if status >= 500 or _is_own(last)
        else 'something other than Microsoft Entra ID'
    )
    return f'{who} answered with {status}{by}'


def _is_own(last: Response) -> bool:
    return isinstance(object_of(last.json()).get('error'), (str, dict))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    below: BaseException | None = error
    while below is not None and below not in seen:
        seen.append(below)
        yield below
        below = below.__cause__ or below.__context__
