# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Graph: one table of resources over all subscriptions, asked in Kusto's language, in pages."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import errors, metadata_errors
from tests.sandbox.services.http_messages import Request, Response, as_json
from tests.sandbox.services.kusto import Query
from tests.sandbox.services.kustoterms import Unresolved
from tests.sandbox.services.kustotokens import Unparsed

PATH = ['providers', 'microsoft.resourcegraph', 'resources']
# The table's columns; systemData is not among them.
COLUMNS = (
    'id',
    'name',
    'type',
    'tenantId',
    'kind',
    'location',
    'resourceGroup',
    'subscriptionId',
    'managedBy',
    'sku',
    'plan',
    'properties',
    'tags',
    'identity',
    'zones',
    'extendedLocation',
)
LARGEST_PAGE = 1000
VERSIONS = ('2021-03-01', '2022-10-01', '2024-04-01')
Resource = dict[str, Any]


class Refused(Exception):
    """A query that gets no answer but this."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Graph:
    """Answers queries over what the bearer of a token may read.

    Every user has a quota of queries in a window.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, request: Request, claims: Resource) -> Response:
        """Answer POST /providers/Microsoft.ResourceGraph/resources."""
        if request.method != 'POST':
            return errors.arm(
                405, 'MethodNotAllowed', f"The HTTP method '{request.method}' is not supported."
            )
        if request.query.get('api-version', [''])[0] not in VERSIONS:
            return errors.arm(
                400, 'InvalidApiVersionParameter', 'The api-version is missing or not supported.'
            )
        left, resets = self._state.quota.take(claims['oid'], self._state.settings)
        quota = (
            ('x-ms-user-quota-remaining', str(max(left, 0))),
            ('x-ms-user-quota-resets-after', resets),
        )
        try:
            if left < 0:
                raise Refused(metadata_errors.graph(429))
            answered = as_json(200, self._page(json.loads(request.body), claims), *_common())
        except Refused as refused:
            answered = refused.answer
        except (ValueError, KeyError, TypeError, AttributeError):
            answered = metadata_errors.graph(
                400, 'InvalidRequest', 'The request content was invalid and could not be read.'
            )
        named = {name for name, _ in quota}
        return answered.but(
            headers=tuple(one for one in answered.headers if one[0] not in named) + quota
        )

    def _page(self, body: Resource, claims: Resource) -> Resource:
        options: Resource = body.get('options') or {}
        top = options.get('$top', LARGEST_PAGE)
        if (
            not isinstance(top, int)
            or not 1 <= top <= LARGEST_PAGE
            or options.get('resultFormat', 'objectArray') != 'objectArray'
        ):
            raise ValueError('options')
        query = _read(str(body['query']))
        found = query.run(self._table(self._scope(body, claims)))
        size = min(top, int(self._state.settings['pageSize']) or LARGEST_PAGE)
        start = _start(options.get('$skipToken'))
        page: Resource = {
            'totalRecords': len(found),
            'count': len(found[start : start + size]),
            'data': found[start : start + size],
            'facets': [],
            'resultTruncated': 'false',
        }
        if start + size < len(found):
            # Without an id in every record there is no going on (work-with-data, "Paging results").
            if query.columns is None or 'id' in query.columns:
                page['$skipToken'] = base64.b64encode(
                    json.dumps(
                        {'$id': '1', 'maxRows': size, 'rowsToSkip': start + size}, indent=2
                    ).encode()
                ).decode()
            else:
                page['resultTruncated'] = 'true'
        return page

    def _scope(self, body: Resource, claims: Resource) -> set[str]:
        """Return the subscriptions that are meant and may be read."""
        readable = set(self._state.readable(claims['tid']))
        groups, asked = body.get('managementGroups'), body.get('subscriptions')
        if groups:
            # There is one management group: the tenant's root.
            if asked or groups != [claims['tid']]:
                raise Refused(metadata_errors.graph(403 if not asked else 400))
            return readable
        if not asked:
            return readable
        asked = {str(one).lower() for one in asked}
        if not asked & set(self._state.subscriptions):
            none = (
                'There must be at least one subscription that is eligible to contain resources. '
                'Given: '
                f"'{','.join(sorted(asked))}'."
            )
            raise Refused(metadata_errors.graph(400, 'NoValidSubscriptionsInQueryRequest', none))
        if not asked & readable:
            raise Refused(metadata_errors.graph(403))
        return readable & asked

    def _table(self, subscriptions: set[str]) -> list[Resource]:
        hidden = {str(name).lower() for name in self._state.settings['unreadable']}
        with self._state.lock:
            return [
                self._record(one)
                for one in self._state.resources.values()
                if one['id'].split('/')[2] in subscriptions and one['name'].lower() not in hidden
            ]

    def _record(self, resource: Resource) -> Resource:
        """Return a resource as the table has it: type and group in lower case, every column."""
        place = resource['id'].split('/')
        return {
            **dict.fromkeys(COLUMNS, None),
            'kind': '',
            'managedBy': '',
            **{key: value for key, value in resource.items() if key in COLUMNS},
            'type': resource['type'].lower(),
            'resourceGroup': place[4].lower(),
            'subscriptionId': place[2],
            'tenantId': self._state.subscriptions[place[2]][0],
        }


def _read(text: str) -> Query:
    try:
        return Query(text, COLUMNS)
    except Unparsed as error:
        before = text[: error.position]
        detail = {
            'code': 'ParserFailure',
            'message': 'ParserFailure',
            'line': before.count('\n') + 1,
            'characterPositionInLine': len(before) - before.rfind('\n') - 1,
            'token': error.token,
        }
    except Unresolved as error:
        detail = {
            'code': 'InvalidQuery',
            'message': f"Failed to resolve column or scalar expression named '{error}'",
        }
    raise Refused(metadata_errors.graph(400, 'InvalidQuery', '', detail))


def _start(token: Optional[str]) -> int:
    return int(json.loads(base64.b64decode(token))['rowsToSkip']) if token else 0


def _common() -> tuple[tuple[str, str], ...]:
    return (
        ('Cache-Control', 'no-cache'),
        ('x-ms-correlation-request-id', str(uuid.uuid4())),
        ('x-ms-ratelimit-remaining-tenant-resource-requests', '14'),
        ('x-ms-request-id', str(uuid.uuid4())),
        ('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
    )
