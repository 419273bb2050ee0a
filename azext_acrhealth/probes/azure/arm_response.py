# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read responses of Azure Resource Manager: a resource's JSON, or a failure."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urljoin

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.bounded_adapter import origin
from azext_acrhealth.probes.failure import INVALID_PROXY_TEXT, Failure, innermost_message
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


class ArmError(Exception):
    """Azure Resource Manager returned no response, or an error response: `ArmSession.last`."""


def content(response: Response, url: str, part: str) -> dict[str, Any]:
    """Return the JSON of the response to a request of a URL.

    `part` is what must be there: a resource's `properties`, a list's `value`. Raises ArmError
    without a success, ValueError for anything but such an object, and for a next page on another
    host, where a token would go along.
    """
    if response.failure or not response.complete or (response.status or 0) >= 300:
        raise ArmError
    small = response.body.count(b'{') <= _MOST_OBJECTS
    found = response.json() if small else None
    if not isinstance(found, dict) or not isinstance(found.get(part), (dict, list)):
        raise ValueError(f'no JSON object with {part}')
    next_link = str(found.get('nextLink') or '')
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


def failure_of(
    error: Exception, response: Response | None, seconds: float = 0.0
) -> Failure[ArmKind]:
    """Return the failure that an error amounts to, given the response it is about.

    `seconds` have passed since the first request.
    """
    from knack.util import CLIError

    if isinstance(error, CLIError):
        text = str(error) or type(error).__name__
    elif response is None:
        text = f"Azure Resource Manager isn't reachable: {innermost_message(error)}"
    elif response.failure and response.failure.kind == 'Timeout' and response.at:
        text = f'Azure Resource Manager timed out after {seconds:.0f} s'
    elif response.failure and response.failure.kind == 'InvalidProxy':
        text = f'{INVALID_PROXY_TEXT}: {response.failure.text}'
    elif response.failure:
        text = f"Azure Resource Manager isn't reachable: {response.failure.text}"
    elif (response.status or 0) >= 300:
        return _refusal(response)
    elif not response.complete:
        text = f'Azure Resource Manager: the response exceeded {len(response.body) / 2**20:g} MiB'
    else:
        text = 'Azure Resource Manager returned an unreadable response'
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
