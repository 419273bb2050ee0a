# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Registries that are meant without a name, found by Azure Resource Graph: one query, in pages, for each tenant."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azext_acrhealth.options import Selection, Target, disambiguate, target_of
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_client import ResourceManager
from azext_acrhealth.probes.azure.arm_response import content, response_of, support
from azext_acrhealth.probes.azure.credentials import Credentials
from azext_acrhealth.probes.azure.resources import ArmResult, ask
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of

_URL = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01'
_PAGE = 1000
_PAGES = 100
# How long until the quota of queries is whole again, as in 00:00:05 (Guidance for throttled
# requests).
_RESETS = re.compile(r'(\d{1,2}):(\d\d):(\d\d)')
_USUAL = 5


@dataclass(frozen=True)
class Found:
    """The registries of a selection, each once, by name.

    `missing` tells which may be missing, and why.

    `last` is the last answer, or the first that was none; `asked` counts the queries.
    """

    targets: tuple[Target, ...] = ()
    missing: tuple[str, ...] = ()
    last: ArmResult = ArmResult()
    asked: int = 0


def find_registries(
    manager: ResourceManager, credentials: Credentials, selection: Selection, deadline: float
) -> Found:
    """Find the registries of a selection: of the subscription in force, or in every tenant that can be asked."""
    places: Mapping[str, str | None]
    if selection.everywhere:
        places = credentials.tenants()
    else:
        in_force = manager.subscription()
        if isinstance(in_force, Failure):
            return Found(last=ArmResult(failure=in_force), missing=(in_force.text,))
        places = {'': in_force}
    if not places:
        text = 'nobody is logged in to the Azure CLI'
        return Found(last=ArmResult(failure=Failure('NotLoggedIn', text)), missing=(text,))
    targets, missing, asked = dict[str, Target](), list[str](), 0
    worst = last = ArmResult()
    for tenant, subscription in places.items():
        where = f'tenant {tenant}: ' if len(places) > 1 else ''
        scope = [str(subscription)] if not selection.everywhere else []
        records, last, count = _all_pages(manager, subscription, query(selection), scope, deadline)
        asked += count
        if last.failure:
            worst = worst if worst.failure else last
            missing.append(where + last.failure.text)
        for record in records:
            target = target_of(str(record.get('id')))
            if target is None:
                missing.append(
                    f"{where}what is listed as {str(record.get('id'))[:200]} has no registry's id"
                )
            elif _has(record.get('tags'), selection.tags):
                targets.setdefault(target.full_name.lower(), target)
                if tenant and target.subscription:
                    credentials.learn({target.subscription: tenant})
    by_name = sorted(targets.values(), key=lambda target: (target.name, target.subscription or ''))
    return Found(
        tuple(disambiguate(by_name)), tuple(missing), worst if worst.failure else last, asked
    )


def query(selection: Selection) -> str:
    """Return the query in Kusto's language.

    What was typed is in it only after it parsed as a name.
    """
    lines = ['resources', "where type =~ 'microsoft.containerregistry/registries'"]
    if selection.resource_group:
        lines.append(f"where resourceGroup =~ '{selection.resource_group}'")
    if selection.locations:
        lines.append(f'where location in~ ({", ".join(repr(one) for one in selection.locations)})')
    # Without an id in every record there are no further pages ("Work with large data sets",
    # paging).
    return ' | '.join([*lines, 'project id, name, tags', 'order by id asc'])


def _all_pages(
    manager: ResourceManager, subscription: str | None, text: str, scope: list[str], deadline: float
) -> tuple[list[Mapping[str, Any]], ArmResult, int]:
    records, token, asked = list[Mapping[str, Any]](), '', 0
    while True:
        body = {
            'query': text,
            'options': {
                '$top': _PAGE,
                'resultFormat': 'objectArray',
                **({'$skipToken': token} if token else {}),
            },
            **({'subscriptions': scope} if scope else {}),
        }
        read, asked = _page(manager, subscription, body, deadline), asked + 1
        page = object_of(read.resource)
        wait = page.get('wait', 0)
        if wait and time.monotonic() + wait < deadline and asked < _PAGES:
            time.sleep(wait)
            if read.failure:
                continue
        if read.failure:
            return records, read, asked
        records += [one for one in list_of(page.get('data')) if isinstance(one, dict)]
        following = page.get('$skipToken')
        if not isinstance(following, str) or not following:
            return records, read, asked
        if asked >= _PAGES or following == token:
            return (
                records,
                replace(read, failure=Failure('Unavailable', "Resource Graph's pages do not end")),
                asked,
            )
        token = following


def _page(
    manager: ResourceManager, subscription: str | None, body: Mapping[str, Any], deadline: float
) -> ArmResult:
    """Ask for a page. `resource` is the answer, with `wait`, the seconds that the next query has to wait."""

    def put(responses: list[Any], token: Token) -> ArmResult:
        from azure.core.rest import HttpRequest

        client = manager.client(token.value)
        responses[:] = [
            client.send_request(
                HttpRequest('POST', client.format_url(_URL), json=body),
                connection_timeout=deadlines.CONNECT_EACH,
                read_timeout=deadlines.ARM,
            )
        ]
        response = response_of(responses[0])
        assert response is not None
        wait = _wait(response.header('x-ms-user-quota-resets-after'))
        if response.status == 429:
            text = (
                'Resource Graph turns queries away, too many of this user (429), try again in '
                f'{wait} s'
            )
            return ArmResult({'wait': wait}, Failure('Unavailable', text), **support(response))
        page = content(responses[0], 'data')
        spent = response.header('x-ms-user-quota-remaining') == '0'
        return ArmResult(
            {**page, 'wait': wait if spent and page.get('$skipToken') else 0}, **support(response)
        )

    return ask(manager, subscription, put, deadline)


def _wait(resets: str | None) -> int:
    match = _RESETS.fullmatch(resets or '')
    return max(1, int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])) if match else _USUAL


def _has(tags: Any, wanted: Iterable[tuple[str, str | None]]) -> bool:
    """Return whether a resource has tags: keys in any case, as Azure takes them, values exactly."""
    held = {str(key).lower(): value for key, value in object_of(tags).items()}
    return all(key.lower() in held and value in (None, held[key.lower()]) for key, value in wanted)
