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
from azext_acrhealth.probes.failure import Failure, innermost
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of

ArmKind = Literal['NotLoggedIn', 'NoSubscription', 'Forbidden', 'NotFound', 'Unavailable']

# A page of registries with all their rules; more is not worth the memory that the SDK makes of it.
_OBJECTS = 100_000
# The SDK's models take an answer of another shape for granted and fail with one of these.
SHAPE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
_KINDS: dict[int, ArmKind] = {401: 'NotLoggedIn', 403: 'Forbidden', 404: 'NotFound'}
_LONGEST = 2000


def content(sdk_response: Any, part: str) -> dict[str, Any]:
    """Return a response's raw JSON before the SDK's models parse it.

    `part` is what must be there: a resource's `properties`, a list's `value`. Raises
    HttpResponseError for a status that is no success, ValueError for an answer that is no such
    object, or that sends us on to another host (a token would go along).
    """
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.core.exceptions import ARMErrorFormat

    if sdk_response.status_code >= 300:
        raise HttpResponseError(response=sdk_response, error_format=ARMErrorFormat)
    found = sdk_response.json() if sdk_response.text().count('{') <= _OBJECTS else None
    if not isinstance(found, dict) or not isinstance(found.get(part), (dict, list)):
        raise ValueError(f'no JSON object with {part}')
    onward = str(found.get('nextLink') or '')
    if onward and origin(urljoin(sdk_response.request.url, onward)) != origin(
        sdk_response.request.url
    ):
        raise ValueError('the next page is on another host')
    return found


def support(response: Response | None) -> dict[str, Any]:
    """Return what Microsoft's support asks for about an answer."""
    given = response or Response(None)
    return {
        'status': given.status,
        'at': deadlines.utc(),
        'date': given.header('Date'),
        'correlation_id': given.header('x-ms-correlation-request-id'),
    }


def response_of(sdk_response: Any, secret: str = '') -> Response | None:
    """Read the SDK's response, such that no text from it holds the token that was sent."""
    if sdk_response is None:
        return None
    try:
        body = sdk_response.body() or b''
    except SHAPE:
        body = b''
    headers = tuple((str(name), str(value)) for name, value in (sdk_response.headers or {}).items())
    return Response(
        sdk_response.status_code, headers, body if isinstance(body, bytes) else b''
    ).without(secret)


def failure_of(error: Exception, response: Response | None) -> Failure[ArmKind]:
    """Judge what the SDK raised, with the answer that it raised it for."""
    from knack.util import CLIError

    if response and (response.status or 0) >= 300:
        return _refused(response)
    if isinstance(error, SHAPE) or response:
        text = 'what Resource Manager answered makes no sense'
    elif isinstance(error, bounded_requests.TooLong):
        text = f'Resource Manager: {error}'
    elif isinstance(error, CLIError):
        text = str(error) or type(error).__name__
    else:
        text = f'Resource Manager could not be reached: {innermost(error)}'
    return Failure('Unavailable', _line(text))


def _refused(response: Response) -> Failure[ArmKind]:
    """Judge an answer that is no success.

    What Resource Manager did not write says nothing of a login or a resource.
    """
    error = object_of(object_of(response.json()).get('error'))
    code, message = error.get('code'), error.get('message')
    own = isinstance(code, str) and bool(code)
    words = (
        response.redact(f'({code}) {message}' if isinstance(message, str) else f'({code})')
        if own
        else ''
    )
    wait = f', try again in {response.retry_after} s' if response.retry_after is not None else ''
    if response.status == 429:
        who = 'Resource Manager' if own else 'something before Resource Manager'
        text = (
            f'{who} turns requests away, too many requests (429){wait}{": " + words if own else ""}'
        )
        return Failure('Unavailable', _line(text))
    if own:
        return Failure(_KINDS.get(response.status or 0, 'Unavailable'), _line(words) + wait)
    # Its own machines too fail without a word; but a 4xx they always explain.
    who = (
        'something other than Resource Manager'
        if 400 <= (response.status or 0) < 500
        else 'Resource Manager'
    )
    by = f' ({response.writer})' if response.writer else ''
    return Failure('Unavailable', _line(f'{who} answered with {response.status}{by}') + wait)


def _line(text: str) -> str:
    return text[:_LONGEST].strip().partition('\n')[0]
