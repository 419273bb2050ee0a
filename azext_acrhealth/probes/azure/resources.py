# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read resources through Azure Resource Manager: raw JSON, bounded, without the SDK's retries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urljoin

from azext_acrhealth.grammar import GROUP_ID, RESOURCE_ID
from azext_acrhealth.options import Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.arm_response import (
    SHAPE_ERRORS,
    ArmKind,
    content,
    failure_of,
    response_of,
    support_facts,
)
from azext_acrhealth.probes.azure.bounded_requests import ARM_SIZE, bounded
from azext_acrhealth.probes.azure.sign_in import SignInKind, Token
from azext_acrhealth.probes.azure.similar_names import similar_to
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of
from azext_acrhealth.probes.registry.tokens import claims

# A token never goes across a redirect, so none is followed. With --debug the CLI would log bodies,
# and a server may repeat the token in one.
_REQUEST: Mapping[str, Any] = {
    'logging_enable': False,
    'connection_timeout': deadlines.CONNECT_EACH,
    'read_timeout': deadlines.ARM,
    'retry_total': 0,
    'permit_redirects': False,
}
_PAGES = 5
# Azure Resource Manager's pages of registries are far larger than one.
_LIST_PAGES = 100
_UNAVAILABLE: tuple[SignInKind, ...] = ('Unavailable', 'Unstored', 'Timeout', 'NoEndpoint')


@dataclass(frozen=True)
class ArmResult:
    """What Azure Resource Manager returned.

    `failure.kind` is NotLoggedIn, NoSubscription, Forbidden, NotFound or Unavailable; otherwise
    `resource` is the raw JSON. `at` is the local time (UTC) at which the last response came or was
    given up, `date` the server's own (RFC 9110, section 6.6.1). `aadsts` is the code of a sign-in
    that failed before Azure Resource Manager was asked: then the other fields are Microsoft Entra
    ID's. `similar` are registry names that were read and resemble one that was not found. `claims`
    are those of the token that was sent, None if none was.
    """

    resource: Mapping[str, Any] | None = None
    failure: Failure[ArmKind] | None = None
    status: int | None = None
    correlation_id: str | None = None
    at: str = ''
    date: str | None = None
    aadsts: str | None = None
    similar: tuple[str, ...] = ()
    claims: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def is_gone(self) -> bool:
        """Return whether the resource doesn't exist, in a subscription that does."""
        if self.failure is None or self.failure.kind != 'NotFound':
            return False
        return not self.failure.text.startswith('(SubscriptionNotFound)')


@dataclass(frozen=True)
class ArmRead:
    """A resource to read by its ID, or the list of a part of it, or of a resource group.

    `condition` is the `$filter` of a list.
    """

    resource_id: str
    api_version: str
    part: str = ''
    condition: str = ''


# What sends the requests of a question: it gets a list to leave its last response in, and a token.
Ask = Callable[[list[Any], Token], ArmResult]


def find_registry(
    client: ArmClient,
    target: Target,
    deadline: float,
    meanwhile: Callable[[], object] = lambda: None,
) -> ArmResult:
    """Find a registry by name or login server, in the target's or the current subscription.

    `meanwhile` is called when all is ready to ask, and only the response has to be awaited.
    """
    subscription = target.subscription or client.subscription()
    if isinstance(subscription, Failure):
        return ArmResult(failure=subscription)

    def ask(responses: list[Any], token: Token) -> ArmResult:
        page: Mapping[str, Any] = {}
        similar: tuple[str, ...] = ()

        def hook(pipeline_response: Any) -> None:
            nonlocal page
            responses[:] = [pipeline_response.http_response]
            page = content(responses[0], 'properties' if by_group_and_name else 'value')

        by_group_and_name = target.in_group_only and target.resource_group and not target.host
        options = {**_REQUEST, 'raw_response_hook': hook}
        registries = client.registries(subscription, token.value)
        meanwhile()
        if by_group_and_name:
            registries.get(target.resource_group, target.name, **options)
            return ArmResult(page, **support_facts(response_of(responses[0])))
        group = target.resource_group if target.in_group_only else None
        listed = (
            registries.list_by_resource_group(group, **options)
            if group
            else registries.list(**options)
        )
        seen = set[str]()
        for _ in listed.by_page():
            items = list_of(page.get('value'))
            found = next((item for item in items if is_target(item, target)), None)
            if found:
                return ArmResult(found, **support_facts(response_of(responses[0])))
            similar = similar_to(target.name, [*similar, *items])
            following = str(page.get('nextLink'))
            if following in seen or len(seen) >= _LIST_PAGES:
                text = 'Azure Resource Manager returned too many pages of registries'
                failed = Failure[ArmKind]('Unavailable', text)
                return ArmResult(failure=failed, **support_facts(response_of(responses[0])))
            seen.add(following)
        text = f'not found in subscription {subscription}'
        last = response_of(next(iter(responses), None))
        return ArmResult(failure=Failure('NotFound', text), similar=similar, **support_facts(last))

    return send(client, subscription, ask, deadline, unknown_subscription='NotFound')


def read_resource(
    client: ArmClient,
    resource_id: str,
    api_version: str,
    deadline: float,
    part: str = '',
    condition: str = '',
) -> ArmResult:
    """Read a resource by its ID, or the list of a part of it: its first pages, `more` if any.

    The list's `resource` is an object of `value` (a list) and `more` (a bool). A list can also be
    of a resource group, and `condition` is its `$filter`.
    """
    match = RESOURCE_ID.fullmatch(resource_id or '')
    match = match or (GROUP_ID.fullmatch(resource_id or '') if part else None)
    if not match:
        text = "the reference to the resource isn't a resource ID"
        return ArmResult(failure=Failure('Unavailable', text))

    def ask(responses: list[Any], token: Token) -> ArmResult:
        from azure.core.rest import HttpRequest

        generic, items = client.generic(token.value), list[Any]()
        selected = f'&$filter={quote(condition, safe="()")}' if condition else ''
        url = generic.format_url(f'{resource_id}{part}?api-version={api_version}{selected}')
        for _ in range(_PAGES):
            responses[:] = [
                generic.send_request(
                    HttpRequest('GET', url),
                    connection_timeout=deadlines.CONNECT_EACH,
                    read_timeout=deadlines.ARM,
                )
            ]
            page = content(responses[0], 'value' if part else 'properties')
            if not part:
                return ArmResult(page, **support_facts(response_of(responses[0])))
            items += list_of(page['value'])
            if not page.get('nextLink'):
                break
            url = urljoin(url, str(page['nextLink']))
        return ArmResult(
            {'value': items, 'more': bool(page.get('nextLink'))},
            **support_facts(response_of(responses[0])),
        )

    return send(client, match['subscription'], ask, deadline)


def is_target(item: Any, target: Target) -> bool:
    """Return whether a registry's resource is the target's: by login server, else by name."""
    if not isinstance(item, dict):
        return False
    if not target.host:
        return str(item.get('name', '')).lower() == target.name
    properties = object_of(item.get('properties'))
    hosts = [properties.get('loginServer'), *list_of(properties.get('regionalEndpointHostNames'))]
    return target.host.lower() in [host.lower() for host in hosts if isinstance(host, str)]


def send(
    client: ArmClient,
    subscription: str | None,
    ask: Ask,
    deadline: float,
    unknown_subscription: ArmKind = 'Forbidden',
) -> ArmResult:
    """Ask within bounds, with a token of the account that has a subscription; never raises.

    `unknown_subscription` is the failure's kind for a subscription of no account.
    """
    token = client.token(deadline, subscription)
    if token.failure:
        return _without_token(token, unknown_subscription)
    return replace(_send(client, ask, token, deadline), claims=claims(token.value))


def _send(client: ArmClient, ask: Ask, token: Token, deadline: float) -> ArmResult:
    from azure.core.exceptions import AzureError
    from knack.util import CLIError

    seconds, responses = deadlines.left(deadline, deadlines.ARM), list[Any]()

    def within_bounds() -> ArmResult:
        with bounded(ARM_SIZE, seconds, client.adapter_pool):
            return ask(responses, token)

    try:
        return deadlines.background(within_bounds).result(seconds)
    except StillBusy:
        text = f'Azure Resource Manager timed out after {seconds:.0f} s'
        return ArmResult(failure=Failure('Unavailable', text), at=deadlines.utc())
    except (AzureError, CLIError, OSError, *SHAPE_ERRORS) as error:
        # A shape that the SDK fails on is the last response's; other errors bring theirs along.
        sdk_response = getattr(error, 'response', None)
        if not sdk_response and isinstance(error, SHAPE_ERRORS):
            sdk_response = next(iter(responses), None)
        response = response_of(sdk_response, token.value)
        return ArmResult(failure=failure_of(error, response), **support_facts(response))


def _without_token(token: Token, unknown_subscription: ArmKind) -> ArmResult:
    assert token.failure
    kinds: dict[SignInKind, ArmKind] = {
        'UnknownSubscription': unknown_subscription,
        'InvalidProfile': 'InvalidProfile',
    }
    for unavailable in _UNAVAILABLE:
        kinds[unavailable] = 'Unavailable'
    kind = kinds.get(token.failure.kind, 'NotLoggedIn')
    return ArmResult(
        failure=Failure(kind, token.failure.text),
        at=token.at,
        status=token.status,
        correlation_id=token.correlation_id,
        aadsts=token.aadsts,
    )
