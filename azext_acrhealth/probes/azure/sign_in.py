# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Classify sign-ins: a token, or the failure that a refusal of Microsoft Entra ID amounts to."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from azext_acrhealth.entra_errors import EntraKind, kind_of, number_in, policy_of
from azext_acrhealth.grammar import GUID, is_guid
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import (
    INVALID_PROXY_TEXT,
    PROXY_ERRORS,
    Failure,
    innermost_message,
)
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

SignInKind = Literal[
    EntraKind,
    'NotLoggedIn',
    'UnknownSubscription',
    'InvalidProfile',
    'Unstored',
    'Refused',
    'Timeout',
    'NoEndpoint',
    'NotAssigned',
    'SeveralAssigned',
]
# What a service principal signs in with.
CredentialKind = Literal['secret', 'certificate', 'federated']

_LOOP = (50196,)  # a client that repeats one request too often
# For some seconds MSAL repeats the last error instead of the request.
_REPEATED = lazy_pattern(r'HTTP Error: ([45]\d\d)')
_TAIL = lazy_pattern(r'(?:Trace ID|Correlation ID|Timestamp):?\s')
_LONGEST = 8192
_CORRELATION = lazy_pattern(rf'Correlation ID:\s*({GUID.pattern})')
_DISK = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EINVAL,
    errno.ELOOP,
    errno.ENXIO,
    errno.ESPIPE,
)
# Errors without a number, by their name (RFC 6749, section 5.2, RFC 8707, section 2, and Cloud
# Shell, which issues tokens for a fixed list of audiences only: Azure/CloudShell#484).
_BY_NAME: dict[str, EntraKind] = {
    'AudienceNotSupported': 'AudienceRefused',
    'invalid_resource': 'AudienceRefused',
    'invalid_target': 'AudienceRefused',
    'consent_required': 'AudienceRefused',
    'interaction_required': 'InteractionNeeded',
}
_NO_SUCH_AUDIENCE = 'is not a supported MSI token audience'
_NO_RESULT = "Can't find token from MSAL cache"  # MSAL had neither a token nor an error


class Token(NamedTuple):
    """A token of Microsoft Entra ID, or the reason why there is none.

    `aadsts` is Entra's own code, `at` the time in UTC, `status` that of its last response.
    `policy` is what a refusal by a policy is about, `application` a service principal's ID and
    `credential` what it signs in with, `token_file` a pod's token, `host` the sign-in host; they
    come with a failure only.
    """

    value: str = ''
    tenant: str | None = None
    audience: str = ''
    failure: Failure[SignInKind] | None = None
    aadsts: str | None = None
    correlation_id: str | None = None
    status: int | None = None
    at: str = ''
    policy: str | None = None
    application: str | None = None
    credential: CredentialKind | None = None
    token_file: str | None = None
    host: str | None = None

    def __repr__(self) -> str:  # without the token
        return f'Token(tenant={self.tenant!r}, aadsts={self.aadsts!r}, failure={self.failure!r})'

    @property
    def number(self) -> str | None:
        """Return the number of Entra's own code."""
        return self.aadsts.removeprefix('AADSTS') if self.aadsts else None


def refusal(error: Exception, audience: str, last: Response | None = None) -> Token:
    """Return the token record for what a sign-in raised: an error of the CLI, MSAL or below.

    `last` is the last response, if the last request got one; the libraries keep little of it.
    """
    # MSAL reports all failures at a tenant's address alike; Entra's text is in the error that it
    # replaced.
    chain, last = list(_chain(error)), _response_of(error, last)
    text = (str(error) or type(error).__name__)[:_LONGEST]
    whole = ' '.join(str(link)[:_LONGEST] for link in chain)
    codes = _details(error).get('error_codes')
    number = number_in(whole, codes if isinstance(codes, list) else ())
    kind, text = (
        _judge_number(number, text, whole, last)
        if number
        else _judge_error(error, text, whole, last)
    )
    text = _TAIL.split(text, maxsplit=1)[0].strip()
    if last and last.status == 429 or number in _LOOP:
        kind, text = 'Unavailable', _throttled(last, text if number else '')
    elif kind == 'Unavailable' and not number:
        # MSAL fails with KeyError and the like on a response that it doesn't expect.
        unreadable = any(type(link).__name__ in PROXY_ERRORS for link in chain)
        text = (
            f'Microsoft Entra ID: {INVALID_PROXY_TEXT}' if unreadable else _unexpected(error, last)
        )
    correlation = _CORRELATION.search(whole)
    answered = object_of(last.json()).get('correlation_id') if last else None
    stated = correlation[1] if correlation else answered
    return Token(
        audience=audience,
        failure=Failure(kind, last.redact(text or kind) if last else text or kind),
        at=last.at if last else deadlines.utc(),
        status=last.status if last else None,
        aadsts=f'AADSTS{number}' if number else None,
        policy=policy_of(number) if number and kind == 'ConditionalAccess' else None,
        correlation_id=stated if is_guid(stated) else None,
    )


def _judge_number(
    number: int, text: str, whole: str, last: Response | None
) -> tuple[SignInKind, str]:
    """Return the kind of a refusal with a number, and its text from the number on."""
    code = f'AADSTS{number}'
    failing = last is not None and (last.status or 0) >= 500
    text = whole[whole.index(code) :] if code in whole and code not in text else text
    return kind_of(number, whole) or ('Unavailable' if failing else 'Refused'), text


def _judge_error(
    error: Exception, text: str, whole: str, last: Response | None
) -> tuple[SignInKind, str]:
    """Return the kind of a failure without a number, and its text."""
    import requests
    from knack.util import CLIError

    details = _details(error)
    named = _kind_by_name(details, object_of(last.json()) if last else {}, whole)
    if named:
        return named, text
    if _NO_RESULT in text:
        return 'Unavailable' if last else 'Expired', text
    if isinstance(error, CLIError):
        return 'NotLoggedIn' if 'az login' in text and not details else 'Refused', text
    if (
        isinstance(error, OSError)
        and error.errno in _DISK
        and not isinstance(error, requests.RequestException)
    ):
        return 'Unstored', f"the sign-in can't be read or stored: {error.strerror}"
    return 'Unavailable', text


def refine(token: Token, credential: CredentialKind | None) -> Token:
    """Return a refusal with the kind that fits what the service principal signs in with.

    A certificate and a federated token sign in by an assertion, and some numbers are about either.
    """
    by_credential: dict[tuple[str, CredentialKind | None], SignInKind] = {
        # MSAL dates what a certificate signs by this machine's clock.
        ('FederatedTokenExpired', 'certificate'): 'CertificateRefused',
        ('CertificateRefused', 'federated'): 'FederationRefused',
    }
    failure = token.failure
    kind = by_credential.get((failure.kind, credential)) if failure else None
    if failure and kind:
        failure = replace(failure, kind=kind)
    return token._replace(failure=failure, credential=credential)


def _details(error: Exception) -> Mapping[str, Any]:
    """Return the error of MSAL that the CLI attached to an AuthenticationError; {} without one."""
    return object_of(getattr(error, 'msal_error', None))


def _kind_by_name(
    details: Mapping[str, Any], content: Mapping[str, Any], whole: str
) -> EntraKind | None:
    """Return the kind of a refusal without a number, by the names of its error."""
    answered = content.get('error')
    names = (
        details.get('suberror'),
        details.get('error'),
        answered if isinstance(answered, str) else object_of(answered).get('code'),
    )
    known = (_BY_NAME[name] for name in names if isinstance(name, str) and name in _BY_NAME)
    stated = _NO_SUCH_AUDIENCE in whole or 'AudienceNotSupported' in whole
    return 'AudienceRefused' if stated else next(known, None)


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
