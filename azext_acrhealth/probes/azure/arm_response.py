# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read responses of Azure Resource Manager: a resource's JSON, or a failure."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urljoin

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.bounded_adapter import origin
from azext_acrhealth.probes.failure import Failure, innermost_message
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

# More than a page of registries with all their rules has; the objects would fill the memory.
_MOST_OBJECTS = 100_000
# The errors of code that expects the documented shape and gets another one.
SHAPE_ERRORS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
ArmKind = Literal[
    'NotLoggedIn', 'InvalidProfile', 'NoSubscription', 'Forbidden', 'NotFound', 'Unavailable'
]

_KINDS: dict[int, ArmKind] = {401: 'NotLoggedIn', 403: 'Forbidden', 404: 'NotFound'}
_TEXT_LENGTH = 2000


def content(sdk_response: Any, part: str) -> dict[str, Any]:
    """Return a response's JSON.

    `part` is what must be there: a resource's `properties`, a list's `value`. Raises
    HttpResponseError for a status that is no success, ValueError for anything but such an object,
    and for a next page on another host, where a token would go along.
    """
    if sdk_response.status_code >= 300:
        from azure.core.exceptions import HttpResponseError
        from azure.mgmt.core.exceptions import ARMErrorFormat

        raise HttpResponseError(response=sdk_response, error_format=ARMErrorFormat)
    small = sdk_response.text().count('{') <= _MOST_OBJECTS
    found = sdk_response.json() if small else None
    if not isinstance(found, dict) or not isinstance(found.get(part), (dict, list)):
        raise ValueError(f'no JSON object with {part}')
    next_link, url = str(found.get('nextLink') or ''), sdk_response.request.url
    if next_link and origin(urljoin(url, next_link)) != origin(url):
        raise ValueError('the next page is on another host')
    return found


def support_facts(response: Response | None) -> dict[str, Any]:
    """Return what Microsoft support asks for about a response, as fields of an ArmResult."""
    given = response or Response(None)
    return {
        'status': given.status,
        'at': deadlines.utc(),
        'date': given.header('Date'),
        'correlation_id': given.header('x-ms-correlation-request-id'),
    }


def response_of(sdk_response: Any, secret: str = '') -> Response | None:
    """Return the SDK's response as ours, with the token that was sent redacted from its texts."""
    if sdk_response is None:
        return None
    try:
        body = sdk_response.body() or b''
    except SHAPE_ERRORS:
        body = b''
    headers = tuple((str(name), str(value)) for name, value in (sdk_response.headers or {}).items())
    body = body if isinstance(body, bytes) else b''
    return Response(sdk_response.status_code, headers, body).without(secret)


def failure_of(error: Exception, response: Response | None) -> Failure[ArmKind]:
    """Return the failure that an error of the SDK amounts to, given the response it is about."""
    from knack.util import CLIError

    if response and (response.status or 0) >= 300:
        return _refusal(response)
    if isinstance(error, SHAPE_ERRORS) or response:
        text = 'Azure Resource Manager returned an unreadable response'
    elif isinstance(error, bounded_requests.ResponseTooLong):
        text = f'Azure Resource Manager: {error}'
    elif isinstance(error, CLIError):
        text = str(error) or type(error).__name__
    else:
        text = f"Azure Resource Manager isn't reachable: {innermost_message(error)}"
    return Failure('Unavailable', _first_line(text))


def _refusal(response: Response) -> Failure[ArmKind]:
    """Return the failure of a response that is no success.

    What Azure Resource Manager did not write says nothing about a sign-in or a resource.
    """
    error = object_of(object_of(response.json()).get('error'))
    code, message = error.get('code'), error.get('message')
    own = isinstance(code, str) and bool(code)
    text = ''
    if own:
        shown = f'({code}) {message}' if isinstance(message, str) else f'({code})'
        text = response.redact(shown)
    retry = f', retry after {response.retry_after} s' if response.retry_after is not None else ''
    if response.status == 429:
        sender = 'Azure Resource Manager' if own else 'an intermediary'
        text = f'{sender} throttles requests (429){retry}{": " + text if own else ""}'
        return Failure('Unavailable', _first_line(text))
    if own:
        kind = _KINDS.get(response.status or 0, 'Unavailable')
        return Failure(kind, _first_line(text) + retry)
    # Its own machines too fail without a message, but they always explain a 4xx.
    client_error = 400 <= (response.status or 0) < 500
    sender = 'an intermediary' if client_error else 'Azure Resource Manager'
    writer = f' ({response.writer})' if response.writer else ''
    text = _first_line(f'{sender} returned {response.status}{writer}')
    return Failure('Unavailable', text + retry)


def _first_line(text: str) -> str:
    return text[:_TEXT_LENGTH].strip().partition('\n')[0]
