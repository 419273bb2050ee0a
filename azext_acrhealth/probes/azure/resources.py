# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read resources through Azure Resource Manager: raw JSON, bounded, without retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin

from azext_acrhealth.grammar import GROUP_ID, RESOURCE_ID
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.arm_response import (
    SHAPE_ERRORS,
    ArmError,
    ArmKind,
    content,
    failure_of,
    support_facts,
)
from azext_acrhealth.probes.azure.arm_session import ArmSession
from azext_acrhealth.probes.azure.sign_in import SignInKind, Token
from azext_acrhealth.probes.azure.similar_names import similar_to
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import (
    list_of,
    object_of,
    objects_of,
    properties_of,
    text_of,
)
from azext_acrhealth.probes.registry.tokens import claims

# The version that the Azure CLI itself uses (2.91).
_REGISTRIES_VERSION = 'api-version=2026-09-01-preview'
_UNKNOWN_VERSION = ('NoRegisteredProviderFound', 'InvalidApiVersionParameter')
_VERSION_QUERY = lazy_pattern(r'api-version=[\w-]+')
_VERSION = lazy_pattern(r'\b20\d\d-\d\d-\d\d(?:-preview)?\b')
_REGISTRIES = 'Microsoft.ContainerRegistry/registries'
_PAGES = 5
# Azure Resource Manager's pages of registries are far larger than one.
_LIST_PAGES = 100
_UNAVAILABLE: tuple[SignInKind, ...] = ('Unavailable', 'Unstored', 'Timeout', 'NoEndpoint')


class ArmResult(NamedTuple):
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
    claims: Mapping[str, Any] | None = None

    def __repr__(self) -> str:  # the claims name people
        return f'ArmResult(status={self.status}, failure={self.failure!r})'

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """Return the objects of the list that was read; none if no list was."""
        return objects_of(object_of(self.resource).get('value'))

    @property
    def is_gone(self) -> bool:
        """Return whether the resource doesn't exist, in a subscription that does."""
        if self.failure is None or self.failure.kind != 'NotFound':
            return False
        return not self.failure.text.startswith('(SubscriptionNotFound)')


class ArmRead(NamedTuple):
    """A resource to read by its ID, or the list of a part of it, or of a resource group.

    `condition` is the `$filter` of a list. With a `query` of Azure Resource Graph, its records are
    read as a list, in all subscriptions of the tenant that the resource is in, without a version.
    """

    resource_id: str
    api_version: str = ''
    part: str = ''
    condition: str = ''
    query: str = ''


# What asks a question, by requests over a session.
Ask = Callable[[ArmSession], ArmResult]


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

    in_group = target.in_group_only and target.resource_group
    group = f'/resourceGroups/{quote(target.resource_group or "")}' if in_group else ''
    registries = f'/subscriptions/{quote(subscription)}{group}/providers/{_REGISTRIES}'

    def ask(session: ArmSession) -> ArmResult:
        meanwhile()
        if in_group and not target.host:
            url = session.url(f'{registries}/{target.name}?{_REGISTRIES_VERSION}')
            return ArmResult(_get(session, url, 'properties'), **support_facts(session.last))
        url = session.url(f'{registries}?{_REGISTRIES_VERSION}')
        return _search(session, url, target, subscription)

    return send(client, subscription, ask, deadline, unknown_subscription='NotFound')


def _search(session: ArmSession, url: str, target: Target, subscription: str) -> ArmResult:
    """Return the target's registry among the pages of a list. Raises what `_get` raises."""
    similar: tuple[str, ...] = ()
    seen = set[str]()
    while True:
        page = _get(session, url, 'value')
        items = list_of(page.get('value'))
        facts = support_facts(session.last)
        found = next((item for item in items if is_target(item, target)), None)
        if found:
            return ArmResult(found, **facts)
        similar = similar_to(target.name, [*similar, *items])
        if not page.get('nextLink'):
            text = f'not found in subscription {subscription}'
            return ArmResult(failure=Failure('NotFound', text), similar=similar, **facts)
        url = urljoin(url, str(page['nextLink']))
        if url in seen or len(seen) >= _LIST_PAGES:
            text = 'Azure Resource Manager returned too many pages of registries'
            return ArmResult(failure=Failure('Unavailable', text), **facts)
        seen.add(url)


def _get(session: ArmSession, url: str, part: str) -> Mapping[str, Any]:
    """Send a GET request and return the response's JSON.

    A cloud that doesn't have the version names those it has, and is asked again with the newest.
    Raises what `content` raises.
    """
    response = session.send('GET', url)
    known = _known_version(response, url)
    if known:
        url = _VERSION_QUERY.sub(f'api-version={known}', url)
        response = session.send('GET', url)
    return content(response, url, part)


def _known_version(response: Response, url: str) -> str | None:
    """Return the newest version that a response names, if it is about an unknown version."""
    if response.status != 400:
        return None
    error = object_of(object_of(response.json()).get('error'))
    if error.get('code') not in _UNKNOWN_VERSION:
        return None
    versions = set(_VERSION.findall(text_of(error.get('message')) or ''))
    return max(versions - set(_VERSION.findall(url)), default=None)


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

    def ask(session: ArmSession) -> ArmResult:
        items = list[Any]()
        selected = f'&$filter={quote(condition, safe="()")}' if condition else ''
        url = session.url(f'{resource_id}{part}?api-version={api_version}{selected}')
        for _ in range(_PAGES):
            page = _get(session, url, 'value' if part else 'properties')
            if not part:
                return ArmResult(page, **support_facts(session.last))
            items += list_of(page['value'])
            if not page.get('nextLink'):
                break
            url = urljoin(url, str(page['nextLink']))
        more = bool(page.get('nextLink'))
        return ArmResult({'value': items, 'more': more}, **support_facts(session.last))

    return send(client, match['subscription'], ask, deadline)


def is_target(item: Any, target: Target) -> bool:
    """Return whether a registry's resource is the target's: by login server, else by name."""
    if not isinstance(item, dict):
        return False
    if not target.host:
        return str(item.get('name', '')).lower() == target.name
    properties = properties_of(item)
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
    return _send(client, ask, token, deadline)._replace(claims=claims(token.value))


def _send(client: ArmClient, ask: Ask, token: Token, deadline: float) -> ArmResult:
    from knack.util import CLIError

    session = ArmSession(client, token, min(deadline, time.monotonic() + deadlines.ARM))
    try:
        return ask(session)
    except (ArmError, CLIError, *SHAPE_ERRORS) as error:
        failure = failure_of(error, session.last, session.seconds)
        return ArmResult(failure=failure, **support_facts(session.last))


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
