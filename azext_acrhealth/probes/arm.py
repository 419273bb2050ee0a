# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read resources through Azure Resource Manager, as raw JSON, in a bounded time and without the SDK's own retries."""

from __future__ import annotations

import re
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence
from urllib.parse import urljoin

from azext_acrhealth.model import Target
from azext_acrhealth.probes import bounded, limits
from azext_acrhealth.probes.cli import Cli
from azext_acrhealth.probes.raw import list_of, object_of
from azext_acrhealth.probes.cuttable import origin
from azext_acrhealth.probes.similar_names import similar_to
from azext_acrhealth.probes.trouble import Trouble, innermost

# A token never goes across a redirect, so none is followed.
_BOUNDED: Mapping[str, Any] = {'connection_timeout': limits.CONNECT_EACH, 'read_timeout': limits.ARM, 'retry_total': 0,
                               'permit_redirects': False}
# Such an id comes from a server and goes into a URL: each segment must be a plain name, and none a step up.
_ID = re.compile(r'(?!.*/\.{1,2}(/|$))/subscriptions/(?P<subscription>[0-9a-zA-Z-]{1,64})/resourceGroups/[\w.()-]{1,90}'
                 r'/providers/[\w.]{1,100}(/[\w.-]{1,100}){2,6}', re.IGNORECASE)
_PAGES = 5
# The SDK's models take an answer of another shape for granted and fail with one of these.
# A page of registries with all their rules; more is not worth the memory that the SDK makes of it.
_OBJECTS = 100_000
_SHAPE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


@dataclass(frozen=True)
class Read:
    """What ARM answered.

    `trouble.kind` is NotLoggedIn, Forbidden, NotFound or Unavailable; `resource` is the raw JSON otherwise. `at` is the
    local time (UTC) at which the last answer came or was given up, `date` the server's own (RFC 9110, section 6.6.1).
    `similar` are names, among those that were read, for which the one that was not found may have been mistaken.
    """

    resource: Mapping[str, Any] | None = None
    trouble: Trouble | None = None
    status: int | None = None
    correlation_id: str | None = None
    at: str = ''
    date: str | None = None
    similar: tuple[str, ...] = ()


def find_registry(cli: Cli, target: Target, deadline: float, meanwhile: Callable[[], object] = lambda: None) -> Read:
    """Find a registry by its name or login server, where the target says or in the subscription in force.

    `meanwhile` is called when all is ready to ask, and only the answer has to be awaited.
    """
    subscription = target.subscription or cli.subscription()
    if isinstance(subscription, Trouble):
        return Read(trouble=subscription)

    def ask(answers: list[Any]) -> Read:
        page: Mapping[str, Any] = {}
        similar: tuple[str, ...] = ()

        def hook(seen: Any) -> None:
            nonlocal page
            answers[:] = [seen.http_response]
            page = _content(answers[0], 'properties' if one else 'value')
        one = target.in_group_only and target.resource_group and not target.host
        options = {**_BOUNDED, 'raw_response_hook': hook}
        registries = cli.registries_client(subscription)
        meanwhile()
        if one:
            registries.get(target.resource_group, target.name, **options)
            return Read(page, **_support(answers[0]))
        group = target.resource_group if target.in_group_only else None
        listed = registries.list_by_resource_group(group, **options) if group else registries.list(**options)
        for _ in listed.by_page():
            items = list_of(page.get('value'))
            found = next(filter(lambda item: is_target(item, target), items), None)
            if found:
                return Read(found, **_support(answers[0]))
            similar = similar_to(target.name, [*similar, *items])
        trouble = Trouble('NotFound', f'not among the registries of the subscription {subscription}')
        return Read(trouble=trouble, similar=similar, **_support(answers[0] if answers else None))
    return _read(cli, subscription, ask, deadline, unknown='NotFound')


def read_resource(cli: Cli, resource_id: str, api_version: str, deadline: float, part: str = '') -> Read:
    """Read one resource by its id, or what it lists under a part of its own: the first pages, `more` if there are."""
    match = _ID.fullmatch(resource_id or '')
    if not match:
        return Read(trouble=Trouble('Unavailable', 'the registry names it by something that is no resource id'))

    def ask(answers: list[Any]) -> Read:
        from azure.core.rest import HttpRequest
        client, items = cli.arm_client(match['subscription']), list[Any]()
        url = client.format_url(f'{resource_id}{part}?api-version={api_version}')
        for _ in range(_PAGES):
            request = HttpRequest('GET', url)
            answers[:] = [client.send_request(request, connection_timeout=limits.CONNECT_EACH, read_timeout=limits.ARM)]
            page = _content(answers[0], 'value' if part else 'properties')
            if not part:
                return Read(page, **_support(answers[0]))
            items += list_of(page['value'])
            if not page.get('nextLink'):
                break
            url = urljoin(url, str(page['nextLink']))
        return Read({'value': items, 'more': bool(page.get('nextLink'))}, **_support(answers[0]))
    return _read(cli, match['subscription'], ask, deadline)


def is_target(item: Any, target: Target) -> bool:
    """Tell whether a registry's resource is the one that a target names: by its login server or host, else by name."""
    if not isinstance(item, dict):
        return False
    if not target.host:
        return str(item.get('name', '')).lower() == target.name
    properties = object_of(item.get('properties'))
    hosts = [properties.get('loginServer'), *list_of(properties.get('regionalEndpointHostNames'))]
    return target.host.lower() in [host.lower() for host in hosts if isinstance(host, str)]


def _content(response: Any, part: str) -> dict[str, Any]:
    """Give an answer's raw JSON, judged before the SDK's models meet it: they log tracebacks for what they cannot read.

    `part` is what must be there: a resource's `properties`, a list's `value`. Raises HttpResponseError for a status
    that is no success, ValueError for an answer that is no such object, or that sends us on to another host (a token
    would go along).
    """
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.core.exceptions import ARMErrorFormat
    if response.status_code >= 300:
        raise HttpResponseError(response=response, error_format=ARMErrorFormat)
    content = response.json() if response.text().count('{') <= _OBJECTS else None
    if not isinstance(content, dict) or not isinstance(content.get(part), (dict, list)):
        raise ValueError(f'no JSON object with {part}')
    onward = str(content.get('nextLink') or '')
    if onward and origin(urljoin(response.request.url, onward)) != origin(response.request.url):
        raise ValueError('the next page is on another host')
    return content


def _read(cli: Cli, subscription: str, ask: Callable[[list[Any]], Read], deadline: float,
          unknown: str = 'Forbidden') -> Read:
    from azure.core.exceptions import AzureError
    token = cli.token(cli.arm_audience(), deadline, subscription)
    if token.trouble:
        kinds = {**dict.fromkeys(('Unavailable', 'Unstored', 'Timeout'), 'Unavailable'), 'UnknownSubscription': unknown}
        return Read(trouble=Trouble(kinds.get(token.trouble.kind, 'NotLoggedIn'), token.trouble.text))
    seconds, answers = limits.left(deadline, limits.ARM), list[Any]()

    def within_bounds() -> Read:
        with bounded.reading(bounded.ARM, seconds):
            return ask(answers)
    try:
        return limits.background(within_bounds, 'ARM').result(seconds)
    except StillBusy:
        return Read(trouble=Trouble('Unavailable', f'Resource Manager gave no answer within {seconds:.0f} s'),
                    at=limits.utc())
    except (AzureError, _cli_error(), OSError, *_SHAPE) as error:
        return _failure(error, answers)


def _support(response: Any) -> dict[str, Any]:
    """Give what Microsoft's support asks for about an answer."""
    headers = getattr(response, 'headers', None) or {}
    return {'status': getattr(response, 'status_code', None), 'at': limits.utc(), 'date': headers.get('Date'),
            'correlation_id': headers.get('x-ms-correlation-request-id')}


def _failure(error: Exception, answers: Sequence[Any]) -> Read:
    response = getattr(error, 'response', None)
    status = getattr(error, 'status_code', None) or getattr(response, 'status_code', None)
    kind = {401: 'Forbidden', 403: 'Forbidden', 404: 'NotFound'}.get(status or 0, 'Unavailable')
    if isinstance(error, _SHAPE) or (status is not None and status < 300):
        text = 'what Resource Manager answered makes no sense'
        response = response or next(iter(answers), None)
    elif isinstance(error, bounded.TooLong):
        text = f'Resource Manager: {error}'
    elif response is not None and not getattr(error, 'error', None):
        text = f'Resource Manager answered with {status}{_wait(response)}'
    elif response is not None or isinstance(error, _cli_error()):
        text = str(getattr(error, 'message', None) or error or type(error).__name__)[:2000] + _wait(response)
    else:
        text = f'Resource Manager could not be reached: {innermost(error)}'
    return Read(trouble=Trouble(kind, text.strip().partition('\n')[0]), **_support(response))


def _wait(response: Any) -> str:
    seconds = str((getattr(response, 'headers', None) or {}).get('Retry-After', ''))
    return f', try again in {seconds} s' if seconds.isascii() and seconds.isdigit() else ''


def _cli_error() -> type[Exception]:
    from knack.util import CLIError
    return CLIError  # type: ignore[no-any-return]  # the CLI has no types
