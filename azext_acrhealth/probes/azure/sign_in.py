# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Classify sign-ins: a token, or the failure that a refusal of Microsoft Entra ID amounts to."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.grammar import GUID, is_guid
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import (
    INVALID_PROXY_TEXT,
    PROXY_ERRORS,
    Failure,
    innermost_message,
)
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

# Entra's own numbers (its reference of AADSTS error codes), by what the user has to do about them.
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
_BY_NUMBER: dict[int, SignInKind] = {
    number: kind for kind, numbers in _KINDS.items() for number in numbers
}
_LOOP = (50196,)  # a client that repeats one request too often
_AADSTS = re.compile(r'AADSTS(\d{4,8})')
# For some seconds MSAL repeats the last error instead of the request.
_REPEATED = re.compile(r'HTTP Error: ([45]\d\d)')
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
    """A token of Microsoft Entra ID, or the reason why there is none.

    `failure.kind` is NotLoggedIn, UnknownSubscription, Expired, InteractionNeeded, WrongTenant,
    SecretRefused, SecretExpired, Unstored, AudienceRefused, Refused, Unavailable or Timeout;
    `aadsts` is Entra's own code, `at` the time in UTC, `status` that of its last response.
    `application` is a service principal's ID, `host` the sign-in host; they come with a failure
    only.
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


def refusal(error: Exception, audience: str, last: Response | None = None) -> Token:
    """Return the token record for what a sign-in raised: an error of the CLI, MSAL or below.

    `last` is the last response, if the last request got one; the libraries keep little of it.
    """
    import requests
    from knack.util import CLIError

    # MSAL reports all failures at a tenant's address alike; Entra's text is in the error that it
    # replaced.
    chain, last = list(_chain(error)), _response_of(error, last)
    text, whole = (
        (str(error) or type(error).__name__)[:_LONGEST],
        ' '.join(str(link)[:_LONGEST] for link in chain),
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
        kind, text = 'Unstored', f"the sign-in can't be stored: {error.strerror}"
    else:
        kind = 'Refused' if isinstance(error, CLIError) else 'Unavailable'
    text = _TAIL.split(text, maxsplit=1)[0].strip()
    if last and last.status == 429 or number and int(number[1]) in _LOOP:
        kind, text = 'Unavailable', _throttled(last, text if number else '')
    elif kind == 'Unavailable' and not number:
        # MSAL fails with KeyError and the like on a response that it doesn't expect.
        unreadable = any(type(link).__name__ in PROXY_ERRORS for link in chain)
        text = (
            f'Microsoft Entra ID: {INVALID_PROXY_TEXT}' if unreadable else _unexpected(error, last)
        )
    content = object_of(last.json()) if last else {}
    stated = content.get('correlation_id') if not correlation else correlation[1]
    return Token(
        audience=audience,
        failure=Failure(kind, last.redact(text or kind) if last else text or kind),
        at=last.at if last else deadlines.utc(),
        status=last.status if last else None,
        aadsts=number[0] if number else None,
        correlation_id=stated if is_guid(stated) else None,
    )


def _response_of(error: Exception, last: Response | None) -> Response | None:
    """Return the response that an error is about; None for failures of network or disk."""
    sdk_response, repeated = (
        getattr(error, 'response', None),
        _REPEATED.fullmatch(str(error)[:_LONGEST]),
    )
    status = int(repeated[1]) if repeated else getattr(sdk_response, 'status_code', None)
    if last is None and status:
        return Response(status, at=deadlines.utc())
    network_failure = (
        isinstance(error, OSError) and not isinstance(error, ValueError) and sdk_response is None
    )
    return None if network_failure else last


def _throttled(last: Response | None, text: str) -> str:
    """Return the text for a throttled request; `text` is Entra's own, if any."""
    retry = f', retry after {last.retry_after} s' if last and last.retry_after is not None else ''
    own = last is None or bool(text) or _is_own(last)
    sender = 'Microsoft Entra ID' if own else 'an intermediary'
    status = ' (429)' if last and last.status == 429 else ''
    return f'{sender} throttles requests{status}{retry}{": " + text if text else ""}'


def _unexpected(error: Exception, last: Response | None) -> str:
    """Return the text for a response with neither a token nor a number, or for no response."""
    if last is None:
        if isinstance(error, ValueError) or not isinstance(error, OSError):
            return 'Microsoft Entra ID returned an unreadable response'
        return f'Microsoft Entra ID: {innermost_message(error)}'
    writer = f' ({last.writer})' if last.writer else ''
    status = last.status or 0
    if status < 300:
        return f'Microsoft Entra ID returned an unreadable response ({status}){writer}'
    # Its own machines too fail without a message; but it never redirects, and explains a 4xx.
    own = status >= 500 or _is_own(last)
    sender = 'Microsoft Entra ID' if own else 'an intermediary'
    return f'{sender} returned {status}{writer}'


def _is_own(last: Response) -> bool:
    return isinstance(object_of(last.json()).get('error'), (str, dict))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, each once."""
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen:
        seen.append(link)
        yield link
        link = link.__cause__ or link.__context__
