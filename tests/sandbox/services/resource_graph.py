# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Graph: one table of resources over all subscriptions, queried in pages."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import errors, resource_graph_queries
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.resource_graph_errors import resource_graph as graph_error

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
REFUSED_QUERY = {
    'code': 'ParserFailure',
    'message': 'the sandbox accepts only the queries of '
    'tests/sandbox/services/resource_graph_queries.py',
}
Resource = dict[str, Any]


class QueryError(Exception):
    """A query that is answered by an error response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class ResourceGraph:
    """Queries over the resources that the bearer of a token can read.

    Every user has a quota of queries in a window.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def handle(self, request: Request, claims: Resource) -> Response:
        """Handle POST /providers/Microsoft.ResourceGraph/resources."""
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
                raise QueryError(graph_error(429))
            response = json_response(
                200, self._page(json.loads(request.body), claims), *_common_headers()
            )
        except QueryError as error:
            response = error.response
        except (ValueError, KeyError, TypeError, AttributeError):
            response = graph_error(
                400, 'InvalidRequest', 'The request content was invalid and could not be read.'
            )
        replaced = {name for name, _ in quota}
        kept = tuple(line for line in response.headers if line[0] not in replaced)
        return response.replace(headers=kept + quota)

    def _page(self, body: Resource, claims: Resource) -> Resource:
        options: Resource = body.get('options') or {}
        top = options.get('$top', LARGEST_PAGE)
        if (
            not isinstance(top, int)
            or not 1 <= top <= LARGEST_PAGE
            or options.get('resultFormat', 'objectArray') != 'objectArray'
        ):
            raise ValueError('options')
        accepted = resource_graph_queries.find(str(body['query']))
        if accepted is None:
            raise QueryError(graph_error(400, 'InvalidQuery', '', REFUSED_QUERY))
        query, filters = accepted
        rows = query.run(self._table(self._scope(body, claims)), filters)
        size = min(top, int(self._state.settings['pageSize']) or LARGEST_PAGE)
        start = _rows_to_skip(options.get('$skipToken'))
        page: Resource = {
            'totalRecords': len(rows),
            'count': len(rows[start : start + size]),
            'data': rows[start : start + size],
            'facets': [],
            'resultTruncated': 'false',
        }
        if start + size < len(rows):
            # Without an id in every record there is no next page (work-with-data, "Paging
            # results").
            if 'id' in query.columns:
                page['$skipToken'] = _skip_token(size, start + size)
            else:
                page['resultTruncated'] = 'true'
        return page

    def _scope(self, body: Resource, claims: Resource) -> set[str]:
        """Return the subscriptions that are in scope and readable."""
        readable = set(self._state.readable(claims['tid']))
        groups, subscriptions = body.get('managementGroups'), body.get('subscriptions')
        if groups:
            # There is one management group: the tenant's root.
            if subscriptions or groups != [claims['tid']]:
                raise QueryError(graph_error(403 if not subscriptions else 400))
            return readable
        if not subscriptions:
            return readable
        scope = {str(subscription).lower() for subscription in subscriptions}
        if not scope & set(self._state.subscriptions):
            message = (
                'There must be at least one subscription that is eligible to contain resources. '
                f"Given: '{','.join(sorted(scope))}'."
            )
            raise QueryError(graph_error(400, 'NoValidSubscriptionsInQueryRequest', message))
        if not scope & readable:
            raise QueryError(graph_error(403))
        return readable & scope

    def _table(self, subscriptions: set[str]) -> list[Resource]:
        unreadable = {str(name).lower() for name in self._state.settings['unreadable']}
        with self._state.lock:
            return [
                self._row(resource)
                for resource in self._state.resources.values()
                if resource['id'].split('/')[2] in subscriptions
                and resource['name'].lower() not in unreadable
            ]

    def _row(self, resource: Resource) -> Resource:
        """Return a resource as the table has it: type and group in lower case, every column."""
        parts = resource['id'].split('/')
        return {
            **dict.fromkeys(COLUMNS, None),
            'kind': '',
            'managedBy': '',
            **{key: value for key, value in resource.items() if key in COLUMNS},
            'type': resource['type'].lower(),
            'resourceGroup': parts[4].lower(),
            'subscriptionId': parts[2],
            'tenantId': self._state.subscriptions[parts[2]][0],
        }


def _skip_token(size: int, rows: int) -> str:
    token = {'$id': '1', 'maxRows': size, 'rowsToSkip': rows}
    return base64.b64encode(json.dumps(token, indent=2).encode()).decode()


def _rows_to_skip(token: Optional[str]) -> int:
    return int(json.loads(base64.b64decode(token))['rowsToSkip']) if token else 0


def _common_headers() -> tuple[tuple[str, str], ...]:
    return (
        ('Cache-Control', 'no-cache'),
        ('x-ms-correlation-request-id', str(uuid.uuid4())),
        ('x-ms-ratelimit-remaining-tenant-resource-requests', '14'),
        ('x-ms-request-id', str(uuid.uuid4())),
        ('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
    )
