# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read resources through Azure Resource Manager, as raw JSON, in a bounded time and without the SDK's own retries."""

from __future__ import annotations

import re
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass
from typing import Any, Callable, Mapping
from urllib.parse import urlsplit

from azext_acrhealth.model import Target
from azext_acrhealth.probes import limits
from azext_acrhealth.probes.cli import Cli
from azext_acrhealth.probes.trouble import Trouble, innermost

# A token never goes across a redirect, so none is followed.
_BOUNDED: Mapping[str, Any] = {'connection_timeout': limits.CONNECT_EACH, 'read_timeout': limits.ARM, 'retry_total': 0,
                               'permit_redirects': False}
# Such an id comes from a server and goes into a URL: each segment must be a plain name, and none a step up.
_ID = re.compile(r'(?!.*/\.{1,2}(/|$))/subscriptions/(?P<subscription>[0-9a-zA-Z-]{1,64})/resourceGroups/[\w.()-]{1,90}'
                 r'/providers/[\w.]{1,100}(/[\w.-]{1,100}){2,6}', re.IGNORECASE)
# The SDK's models take an answer of another shape for granted and fail with one of these.
_SHAPE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


@dataclass(frozen=True)
class Read:
    """What ARM answered.

    `trouble.kind` is NotLoggedIn, Forbidden, NotFound or Unavailable; `resource` is the raw JSON otherwise. `at` is the
    local time (UTC) at which the answer came, `date` the server's own (RFC 9110, section 6.6.1).
    """

    resource: Mapping[str, Any] | None = None
    trouble: Trouble | None = None
    status: int | None = None
    correlation_id: str | None = None
    at: str = ''
    date: str | None = None


def find_registry(cli: Cli, target: Target, deadline: float) -> Read:
    """Find a registry by its name or login server, where the target says or in the subscription in force."""
    subscription = target.subscription or cli.subscription()
    if isinstance(subscription, Trouble):
        return Read(trouble=subscription)

    def ask() -> Read:
        pages: list[Any] = []
        options = {**_BOUNDED, 'raw_response_hook': lambda seen: pages.append(_content(seen.http_response))}
        registries = cli.registries_client(subscription)
        if target.in_group_only and target.resource_group and not target.host:
            registries.get(target.resource_group, target.name, **options)
            return Read(pages[-1])
        group = target.resource_group if target.in_group_only else None
        listed = registries.list_by_resource_group(group, **options) if group else registries.list(**options)
        for _ in listed.by_page():
            found = next(filter(lambda item: is_target(item, target), list_of(pages[-1].get('value'))), None)
            if found:
                return Read(found)
        return Read(trouble=Trouble('NotFound', f'not among the registries of the subscription {subscription}'))
    return _read(cli, subscription, ask, deadline, unknown='NotFound')


def read_resource(cli: Cli, resource_id: str, api_version: str, deadline: float) -> Read:
    """Read one resource by its id."""
    match = _ID.fullmatch(resource_id or '')
    if not match:
        return Read(trouble=Trouble('Unavailable', 'the registry names it by something that is no resource id'))

    def ask() -> Read:
        from azure.core.rest import HttpRequest
        client = cli.arm_client(match['subscription'])
        request = HttpRequest('GET', client.format_url(resource_id), params={'api-version': api_version})
        response = client.send_request(request, connection_timeout=limits.CONNECT_EACH, read_timeout=limits.ARM)
        return Read(_content(response))
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


def object_of(value: Any) -> Mapping[str, Any]:
    """Take raw JSON for an object; every property is optional, so anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Take raw JSON for a list; anything else is an empty one."""
    return value if isinstance(value, list) else []


def _content(response: Any) -> dict[str, Any]:
    """Give an answer's raw JSON, judged before the SDK's models meet it: they log tracebacks for what they cannot read.

    Raises HttpResponseError for a status that is no success, ValueError for an answer that is no JSON object, or that
    sends us on to another host (a token would go along).
    """
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.core.exceptions import ARMErrorFormat
    if response.status_code >= 300:
        raise HttpResponseError(response=response, error_format=ARMErrorFormat)
    content = response.json()
    if not isinstance(content, dict):
        raise ValueError('no JSON object')
    onward = str(content.get('nextLink') or '')
    if urlsplit(onward).netloc and _origin(onward) != _origin(response.request.url):
        raise ValueError('the next page is on another host')
    return content


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    # Some services of Azure spell the port out in their next links.
    return parts.scheme, parts.hostname, parts.port or {'https': 443, 'http': 80}.get(parts.scheme)


def _read(cli: Cli, subscription: str, ask: Callable[[], Read], deadline: float, unknown: str = 'Forbidden') -> Read:
    token = cli.token(cli.arm_audience(), deadline, subscription)
    if token.trouble:
        kinds = {'Unavailable': 'Unavailable', 'Timeout': 'Unavailable', 'UnknownSubscription': unknown}
        return Read(trouble=Trouble(kinds.get(token.trouble.kind, 'NotLoggedIn'), token.trouble.text))
    seconds = limits.left(deadline, limits.ARM)
    try:
        return limits.background(ask, 'ARM').result(seconds)
    except StillBusy:
        return Read(trouble=Trouble('Unavailable', f'Resource Manager gave no answer within {seconds:.0f} s'))
    except _troubles() as error:
        return _failure(error)


def _troubles() -> tuple[type[Exception], ...]:
    from azure.core.exceptions import AzureError
    return (AzureError, _cli_error(), OSError, *_SHAPE)


def _failure(error: Exception) -> Read:
    response = getattr(error, 'response', None)
    status = getattr(error, 'status_code', None) or getattr(response, 'status_code', None)
    headers = getattr(response, 'headers', None) or {}
    kind = {401: 'Forbidden', 403: 'Forbidden', 404: 'NotFound'}.get(status or 0, 'Unavailable')
    if isinstance(error, _SHAPE) or (status is not None and status < 300):
        text = 'what Resource Manager answered makes no sense'
    elif response is not None and not getattr(error, 'error', None):
        text = f'Resource Manager answered with {status}'
    elif response is not None or isinstance(error, _cli_error()):
        text = str(getattr(error, 'message', None) or error or type(error).__name__)
    else:
        text = f'Resource Manager could not be reached: {innermost(error)}'
    return Read(trouble=Trouble(kind, text.strip().partition('\n')[0]), status=status,
                correlation_id=headers.get('x-ms-correlation-request-id'))


def _cli_error() -> type[Exception]:
    from knack.util import CLIError
    return CLIError  # type: ignore[no-any-return]  # the CLI has no types
