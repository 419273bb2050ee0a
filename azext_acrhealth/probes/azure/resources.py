# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read resources through Azure Resource Manager, as raw JSON, in a bounded time and without the SDK's own retries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from azext_acrhealth.options import Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.arm_client import ResourceManager
from azext_acrhealth.probes.azure.arm_response import (
    SHAPE,
    ArmKind,
    content,
    failure_of,
    response_of,
    support,
)
from azext_acrhealth.probes.azure.sign_in import SignInKind, Token
from azext_acrhealth.probes.azure.similar_names import similar_to
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of

# A token never goes across a redirect, so none is followed.
_BOUNDED: Mapping[str, Any] = {
    'connection_timeout': deadlines.CONNECT_EACH,
    'read_timeout': deadlines.ARM,
    'retry_total': 0,
    'permit_redirects': False,
}
# Such an id comes from a server and goes into a URL: each segment must be a plain name, and none a
# step up.
_ID = re.compile(
    r'(?!.*/\.{1,2}(/|$))/subscriptions/(?P<subscription>[0-9a-zA-Z-]{1,64})/resourceGroups/[\w.()'
    r'-]{1,90}'
    r'/providers/[\w.]{1,100}(/[\w.-]{1,100}){2,6}',
    re.IGNORECASE,
)
_PAGES = 5
_UNREACHABLE: tuple[SignInKind, ...] = ('Unavailable', 'Unstored', 'Timeout', 'NoEndpoint')


@dataclass(frozen=True)
class ArmResult:
    """What ARM answered.

    `failure.kind` is NotLoggedIn, Forbidden, NotFound or Unavailable; `resource` is the raw JSON
    otherwise. `at` is the local time (UTC) at which the last answer came or was given up, `date`
    the server's own (RFC 9110, section 6.6.1). `aadsts` is the code of a sign-in that failed before
    Resource Manager was asked: then the other fields are Entra's. `similar` are names, among those
    that were read, for which the one that was not found may have been mistaken.
    """

    resource: Mapping[str, Any] | None = None
    failure: Failure[ArmKind] | None = None
    status: int | None = None
    correlation_id: str | None = None
    at: str = ''
    date: str | None = None
    aadsts: str | None = None
    similar: tuple[str, ...] = ()


def find_registry(
    manager: ResourceManager,
    target: Target,
    deadline: float,
    meanwhile: Callable[[], object] = lambda: None,
) -> ArmResult:
    """Find a registry by its name or login server, where the target says or in the subscription in force.

    `meanwhile` is called when all is ready to ask, and only the answer has to be awaited.
    """
    subscription = target.subscription or manager.subscription()
    if isinstance(subscription, Failure):
        return ArmResult(failure=subscription)

    def put(responses: list[Any], token: Token) -> ArmResult:
        page: Mapping[str, Any] = {}
        similar: tuple[str, ...] = ()

        def hook(seen: Any) -> None:
            nonlocal page
            responses[:] = [seen.http_response]
            page = content(responses[0], 'properties' if one else 'value')

        one = target.in_group_only and target.resource_group and not target.host
        options = {**_BOUNDED, 'raw_response_hook': hook}
        registries = manager.registries(subscription, token.value)
        meanwhile()
        if one:
            registries.get(target.resource_group, target.name, **options)
            return ArmResult(page, **support(response_of(responses[0])))
        group = target.resource_group if target.in_group_only else None
        listed = (
            registries.list_by_resource_group(group, **options)
            if group
            else registries.list(**options)
        )
        for _ in listed.by_page():
            items = list_of(page.get('value'))
            found = next(filter(lambda item: is_target(item, target), items), None)
            if found:
                return ArmResult(found, **support(response_of(responses[0])))
            similar = similar_to(target.name, [*similar, *items])
        failure: Failure[ArmKind] = Failure(
            'NotFound', f'not among the registries of the subscription {subscription}'
        )
        return ArmResult(
            failure=failure, similar=similar, **support(response_of(next(iter(responses), None)))
        )

    return ask(manager, subscription, put, deadline, unknown='NotFound')


def read_resource(
    manager: ResourceManager, resource_id: str, api_version: str, deadline: float, part: str = ''
) -> ArmResult:
    """Read one resource by its id, or what it lists under a part of its own: the first pages, `more` if there are."""
    match = _ID.fullmatch(resource_id or '')
    if not match:
        return ArmResult(
            failure=Failure(
                'Unavailable', 'the registry names it by something that is no resource id'
            )
        )

    def put(responses: list[Any], token: Token) -> ArmResult:
        from azure.core.rest import HttpRequest

        client, items = manager.client(token.value), list[Any]()
        url = client.format_url(f'{resource_id}{part}?api-version={api_version}')
        for _ in range(_PAGES):
            request = HttpRequest('GET', url)
            responses[:] = [
                client.send_request(
                    request, connection_timeout=deadlines.CONNECT_EACH, read_timeout=deadlines.ARM
                )
            ]
            page = content(responses[0], 'value' if part else 'properties')
            if not part:
                return ArmResult(page, **support(response_of(responses[0])))
            items += list_of(page['value'])
            if not page.get('nextLink'):
                break
            url = urljoin(url, str(page['nextLink']))
        return ArmResult(
            {'value': items, 'more': bool(page.get('nextLink'))},
            **support(response_of(responses[0])),
        )

    return ask(manager, match['subscription'], put, deadline)


def is_target(item: Any, target: Target) -> bool:
    """Tell whether a registry's resource is the one that a target names: by its login server or host, else by name."""
    if not isinstance(item, dict):
        return False
    if not target.host:
        return str(item.get('name', '')).lower() == target.name
    properties = object_of(item.get('properties'))
    hosts = [properties.get('loginServer'), *list_of(properties.get('regionalEndpointHostNames'))]
    return target.host.lower() in [host.lower() for host in hosts if isinstance(host, str)]


def ask(
    manager: ResourceManager,
    subscription: str | None,
    put: Callable[[list[Any], Token], ArmResult],
    deadline: float,
    unknown: ArmKind = 'Forbidden',
) -> ArmResult:
    """Put a question within bounds, by a token of the account that has a subscription.

    Its troubles become a Read.

    `put` gets a list to leave its answers in, and the token. `unknown` is what a subscription of
    nobody amounts to.
    """
    from azure.core.exceptions import AzureError
    from knack.util import CLIError

    token = manager.token(deadline, subscription)
    if token.failure:
        kinds: dict[SignInKind, ArmKind] = {'UnknownSubscription': unknown}
        for kind in _UNREACHABLE:
            kinds[kind] = 'Unavailable'
        return ArmResult(
            failure=Failure(kinds.get(token.failure.kind, 'NotLoggedIn'), token.failure.text),
            at=token.at,
            status=token.status,
            correlation_id=token.correlation_id,
            aadsts=token.aadsts,
        )
    seconds, responses = deadlines.left(deadline, deadlines.ARM), list[Any]()

    def within_bounds() -> ArmResult:
        with bounded_requests.reading(bounded_requests.ARM, seconds, manager.adapter_pool):
            return put(responses, token)

    try:
        return deadlines.background(within_bounds, 'ARM').result(seconds)
    except StillBusy:
        return ArmResult(
            failure=Failure(
                'Unavailable', f'Resource Manager gave no answer within {seconds:.0f} s'
            ),
            at=deadlines.utc(),
        )
    except (AzureError, CLIError, OSError, *SHAPE) as error:
        # A shape that the SDK fails on is that of the last answer; other errors bring theirs with
        # them.
        sdk_response = getattr(error, 'response', None) or (
            next(iter(responses), None) if isinstance(error, SHAPE) else None
        )
        response = response_of(sdk_response, token.value)
        return ArmResult(failure=failure_of(error, response), **support(response))
