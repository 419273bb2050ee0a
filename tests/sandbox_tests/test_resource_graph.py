# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Resource Graph without a network: scope, pages, quota, the form of its errors."""

from __future__ import annotations

import json
import pathlib
from email.message import Message
from typing import Any

import pytest

from azext_acrhealth.options import Selection
from azext_acrhealth.probes.azure.resource_graph import query
from tests.sandbox.control.state import State
from tests.sandbox.faults import response_faults
from tests.sandbox.services import cloud, resource_graph_queries, tokens
from tests.sandbox.services.arm import Arm
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.resource_graph_queries import AcceptedQuery

REGISTRIES = query(Selection())
TARGET = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01'


class GraphCaller:
    """Sends queries as the server would."""

    def __init__(self, state: State) -> None:
        self.state, self.arm = state, Arm(state)

    def send(
        self,
        query: str = REGISTRIES,
        target: str = TARGET,
        tenant: str = cloud.TENANT,
        fault: str = '',
        body: Any = ...,
        **options: Any,
    ) -> Response:
        """Return the response to a query.

        `subscriptions` and `managementGroups` are beside the options in the body.
        """
        message = Message()
        claims = tokens.entra_claims(f'https://{cloud.ARM_HOST}', tenant, cloud.APP, 'me')
        message['Authorization'] = f'Bearer {self.state.entra.issue(claims)}'
        scope = {
            name: options.pop(name)
            for name in ('subscriptions', 'managementGroups')
            if name in options
        }
        sent = {'query': query, **scope, 'options': options} if body is ... else body
        request = Request('POST', target, message, json.dumps(sent).encode(), cloud.ARM_HOST)
        route = self.arm.route(request)
        assert route.stage == 'arm-graph'
        if fault:
            response = response_faults.apply_response_fault(
                fault, request, route.handler, route.family
            )
            assert response is not None
            return response
        return route.handler(request)

    def page(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Return the body of a successful response."""
        response = self.send(*arguments, **options)
        assert response.status == 200, response.body
        return dict(json.loads(response.body))


def names_in(page: dict[str, Any]) -> list[str]:
    return [str(row['name']) for row in page['data']]


def error_of(response: Response) -> tuple[int, str, list[str]]:
    error = json.loads(response.body)['error']
    assert error['message'].startswith(
        'Please provide below info when asking for support: timestamp = '
    )
    return response.status, error['code'], [detail['code'] for detail in error['details']]


def accept(monkeypatch: pytest.MonkeyPatch, projected: str, *filters: str) -> str:
    """Accept another query for registries and return its text without the filters."""
    added = AcceptedQuery('microsoft.containerregistry/registries', projected, filters)
    monkeypatch.setattr(resource_graph_queries, 'QUERIES', (*resource_graph_queries.QUERIES, added))
    return f"resources | where type =~ '{added.type}' | project {projected} | order by id asc"


@pytest.fixture
def caller(tmp_path: pathlib.Path) -> GraphCaller:
    found = GraphCaller(State(tmp_path))
    found.state.settings['graphQuota'] = 100
    return found


def test_the_scope_is_the_tenant_by_default(caller: GraphCaller) -> None:
    page = caller.page()
    assert list(page) == ['totalRecords', 'count', 'data', 'facets', 'resultTruncated']
    assert (page['totalRecords'], page['count'], page['facets'], page['resultTruncated']) == (
        8,
        8,
        [],
        'false',
    )
    assert (
        names_in(page)[0] == 'basicreg'
        and names_in(page)[-1] == 'northwind'
        and 'tailspin' not in names_in(page)
    )
    assert names_in(caller.page(tenant=cloud.OTHER_TENANT)) == ['tailspin']
    assert names_in(caller.page(subscriptions=[cloud.SECOND_SUBSCRIPTION])) == ['northwind']
    assert names_in(caller.page(managementGroups=[cloud.TENANT])) == names_in(page)


def test_rows_have_the_columns_of_the_table(
    caller: GraphCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    projected = 'name, type, resourceGroup, subscriptionId, tenantId, properties, zones, systemData'
    text = accept(monkeypatch, projected, '[name =~ {text}]')
    row = caller.page(text.replace(' | project', " | where name =~ 'privreg' | project"))['data'][0]
    assert row['type'] == 'microsoft.containerregistry/registries'
    assert row['resourceGroup'] == 'rg-network'
    assert row['subscriptionId'] == cloud.SUBSCRIPTION and row['tenantId'] == cloud.TENANT
    assert row['properties']['loginServer'] == 'privreg.azurecr.test' and row['zones'] is None
    assert row['systemData'] is None


def test_only_readable_resources_are_found(caller: GraphCaller) -> None:
    caller.state.settings['unreadable'] = ['contoso']
    caller.state.settings['unreadableSubscriptions'] = [cloud.SECOND_SUBSCRIPTION]
    assert not {'contoso', 'northwind'} & set(names_in(caller.page()))
    both = [cloud.SUBSCRIPTION, cloud.SECOND_SUBSCRIPTION]
    assert 'northwind' not in names_in(caller.page(subscriptions=both)) and 'fabrikam' in names_in(
        caller.page()
    )
    for scope in ([cloud.SECOND_SUBSCRIPTION], [cloud.OTHER_SUBSCRIPTION]):
        assert error_of(caller.send(subscriptions=scope)) == (403, 'AccessDenied', ['AccessDenied'])
    unknown = caller.send(subscriptions=[cloud.guid('nowhere')])
    assert error_of(unknown) == (400, 'BadRequest', ['NoValidSubscriptionsInQueryRequest'])
    assert error_of(caller.send(managementGroups=['other']))[0] == 403


@pytest.mark.parametrize('by', ['top', 'setting'])
def test_pages_follow_by_skip_token(caller: GraphCaller, by: str) -> None:
    options = {'$top': 3} if by == 'top' else {}
    caller.state.settings['pageSize'] = 0 if by == 'top' else 3
    found, page = [], caller.page(**options)
    while True:
        assert page['totalRecords'] == 8 and page['count'] == len(page['data']) <= 3
        assert page['resultTruncated'] == 'false'
        found += names_in(page)
        if '$skipToken' not in page:
            break
        page = caller.page(**{**options, '$skipToken': page['$skipToken']})
    caller.state.settings['pageSize'] = 0
    assert found == names_in(caller.page())


def test_without_an_id_there_is_no_second_page(
    caller: GraphCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = caller.page(accept(monkeypatch, 'name'), **{'$top': 2})
    assert page['resultTruncated'] == 'true' and '$skipToken' not in page


def test_queries_are_counted_for_each_user(
    caller: GraphCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr('time.monotonic', lambda: now[0])
    caller.state.settings['graphQuota'] = 2
    responses = []
    for seconds in (0.0, 1.5, 0.0, 3.5):
        now[0] += seconds
        response = caller.send()
        headers = dict(response.headers)
        responses.append(
            (
                response.status,
                headers['x-ms-user-quota-remaining'],
                headers['x-ms-user-quota-resets-after'],
            )
        )
    assert responses == [
        (200, '1', '00:00:05'),
        (200, '0', '00:00:04'),
        (429, '0', '00:00:04'),
        (200, '1', '00:00:05'),
    ]


def test_a_fault_throttles_as_the_service_does(caller: GraphCaller) -> None:
    response = caller.send(fault='throttled:8')
    headers = dict(response.headers)
    assert error_of(response) == (429, 'RateLimiting', ['RateLimiting'])
    assert (
        headers['x-ms-user-quota-remaining'] == '0'
        and headers['x-ms-user-quota-resets-after'] == '00:00:08'
    )
    assert 'Retry-After' not in headers
    assert error_of(caller.send(fault='status:503'))[:2] == (503, 'ServiceUnavailable')


def test_any_other_query_is_refused(caller: GraphCaller) -> None:
    response = caller.send(REGISTRIES + ' | take 5')
    assert error_of(response) == (400, 'BadRequest', ['InvalidQuery', 'ParserFailure'])


@pytest.mark.parametrize(
    'change',
    [
        {'body': []},
        {'body': {}},
        {'body': 'text'},
        {'$top': 1001},
        {'$top': 0},
        {'$top': '5'},
        {'resultFormat': 'table'},
        {'$skipToken': 'no token'},
    ],
)
def test_malformed_requests_are_refused(caller: GraphCaller, change: dict[str, Any]) -> None:
    assert error_of(caller.send(**change)) == (400, 'BadRequest', ['InvalidRequest'])


def test_the_api_version_is_required(caller: GraphCaller) -> None:
    assert caller.send(target=TARGET.partition('?')[0]).status == 400
    assert caller.send(target=TARGET.replace('2021-03-01', '2022-10-01')).status == 200
