# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find registries without a name by Azure Resource Graph: a paged query for each tenant."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import Selection, Target, disambiguate, target_of
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.arm_response import content, support_facts
from azext_acrhealth.probes.azure.arm_session import ArmSession
from azext_acrhealth.probes.azure.credentials import Credentials
from azext_acrhealth.probes.azure.resources import ArmResult, send
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of

_URL = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01'
_PAGE = 1000
_PAGES = 100
# When the quota of queries is reset, as in 00:00:05 (Guidance for throttled requests).
_QUOTA_RESET = lazy_pattern(r'(\d{1,2}):(\d\d):(\d\d)')
_DEFAULT_WAIT = 5


class RegistrySearch(NamedTuple):
    """The registries of a selection, each once, by name.

    `missing` says which may be missing, and why. `last` is the last response, or the first
    failure; `asked` is the number of queries.
    """

    targets: tuple[Target, ...] = ()
    missing: tuple[str, ...] = ()
    last: ArmResult = ArmResult()
    asked: int = 0


def find_registries(
    client: ArmClient, credentials: Credentials, selection: Selection, deadline: float
) -> RegistrySearch:
    """Find a selection's registries in the current subscription, or in every tenant signed in."""
    tenants: Mapping[str, str | None]
    if selection.everywhere:
        signed_in = credentials.tenants()
        if isinstance(signed_in, Failure):
            return RegistrySearch(last=ArmResult(failure=signed_in), missing=(signed_in.text,))
        tenants = signed_in
    else:
        current = client.subscription()
        if isinstance(current, Failure):
            return RegistrySearch(last=ArmResult(failure=current), missing=(current.text,))
        tenants = {'': current}
    if not tenants:
        text = "the Azure CLI isn't signed in"
        return RegistrySearch(last=ArmResult(failure=Failure('NotLoggedIn', text)), missing=(text,))
    targets, missing, asked = dict[str, Target](), list[str](), 0
    failed = last = ArmResult()
    for tenant, subscription in tenants.items():
        prefix = f'tenant {tenant}: ' if len(tenants) > 1 else ''
        scope = [str(subscription)] if not selection.everywhere else []
        records, last, count = all_pages(client, subscription, query(selection), scope, deadline)
        asked += count
        if last.failure:
            failed = failed if failed.failure else last
            missing.append(prefix + last.failure.text)
        for record in records:
            target = target_of(str(record.get('id')))
            if target is None:
                identifier = str(record.get('id'))[:200]
                missing.append(f"{prefix}{identifier} isn't a registry's resource ID")
            elif _has_tags(record.get('tags'), selection.tags):
                targets.setdefault(target.full_name.lower(), target)
                if tenant and target.subscription:
                    credentials.store_tenants({target.subscription: tenant})
    by_name = sorted(targets.values(), key=lambda target: (target.name, target.subscription or ''))
    return RegistrySearch(
        tuple(disambiguate(by_name)), tuple(missing), failed if failed.failure else last, asked
    )


def query(selection: Selection) -> str:
    """Return the query in Kusto; what was typed is in it only after it parsed as a name."""
    lines = ['resources', "where type =~ 'microsoft.containerregistry/registries'"]
    if selection.resource_group:
        lines.append(f"where resourceGroup =~ '{selection.resource_group}'")
    if selection.locations:
        locations = ', '.join(repr(location) for location in selection.locations)
        lines.append(f'where location in~ ({locations})')
    # Without an ID in every record there are no further pages ("Work with large data sets").
    return ' | '.join([*lines, 'project id, name, tags', 'order by id asc'])


def all_pages(
    client: ArmClient, subscription: str | None, text: str, scope: list[str], deadline: float
) -> tuple[list[Mapping[str, Any]], ArmResult, int]:
    """Return a query's records, the last result, and the number of requests."""
    records, skip_token, asked, seen = list[Mapping[str, Any]](), '', 0, set[str]()
    while True:
        options = {'$top': _PAGE, 'resultFormat': 'objectArray'}
        body: dict[str, Any] = {'query': text, 'options': options}
        if skip_token:
            options['$skipToken'] = skip_token
        if scope:
            body['subscriptions'] = scope
        result, asked = _page(client, subscription, body, deadline), asked + 1
        page = object_of(result.resource)
        wait = page.get('wait', 0)
        if wait and time.monotonic() + wait < deadline and asked < _PAGES:
            time.sleep(wait)
            if result.failure:
                continue
        if result.failure:
            return records, result, asked
        records += [record for record in list_of(page.get('data')) if isinstance(record, dict)]
        following = page.get('$skipToken')
        if not isinstance(following, str) or not following:
            return records, result, asked
        if asked >= _PAGES or following in seen:
            text = 'Azure Resource Graph returned too many pages'
            failed = result._replace(failure=Failure('Unavailable', text))
            return records, failed, asked
        skip_token = following
        seen.add(following)


def read_records(client: ArmClient, subscription: str, text: str, deadline: float) -> ArmResult:
    """Return a query's records, in all subscriptions of a subscription's tenant, as a list."""
    records, last, _ = all_pages(client, subscription, text, [], deadline)
    return last if last.failure else last._replace(resource={'value': records, 'more': False})


def _page(
    client: ArmClient, subscription: str | None, body: Mapping[str, Any], deadline: float
) -> ArmResult:
    """Return a page; its `resource` has `wait`, the seconds that the next query has to wait."""

    def ask(session: ArmSession) -> ArmResult:
        url = session.url(_URL)
        response = session.send('POST', url, body)
        wait = _quota_wait(response.header('x-ms-user-quota-resets-after'))
        if response.status == 429:
            text = f"Azure Resource Graph throttles this user's queries (429), retry after {wait} s"
            return ArmResult(
                {'wait': wait}, Failure('Unavailable', text), **support_facts(response)
            )
        page = content(response, url, 'data')
        exhausted = response.header('x-ms-user-quota-remaining') == '0'
        wait = wait if exhausted and page.get('$skipToken') else 0
        return ArmResult({**page, 'wait': wait}, **support_facts(response))

    return send(client, subscription, ask, deadline)


def _quota_wait(reset: str | None) -> int:
    """Return the seconds until the quota is reset, at least one."""
    match = _QUOTA_RESET.fullmatch(reset or '')
    if not match:
        return _DEFAULT_WAIT
    hours, minutes, seconds = map(int, match.groups())
    return max(1, hours * 3600 + minutes * 60 + seconds)


def _has_tags(tags: Any, required: Iterable[tuple[str, str | None]]) -> bool:
    """Return whether a resource has tags: keys in any case, as in Azure, values exactly."""
    values = {str(key).lower(): value for key, value in object_of(tags).items()}
    return all(
        key.lower() in values and value in (None, values[key.lower()]) for key, value in required
    )
