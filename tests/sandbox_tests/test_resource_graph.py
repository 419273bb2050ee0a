# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Resource Graph without a network: scope, pages, quota, the forms of its errors."""

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


class Asker:
    """Sends queries as the server would."""

    def __init__(self, state: State) -> None:
        self.state, self.arm = state, Arm(state)

    def ask(
        self,
        query: str = REGISTRIES,
        target: str = TARGET,
        tenant: str = cloud.TENANT,
        fault: str = '',
        body: Any = ...,
        **options: Any,
    ) -> Response:
        """Return the answer to a query.

        `subscriptions` and `managementGroups` stand beside the options.
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
            twisted = response_faults.twisted(fault, request, route.handler, route.family)
            assert twisted is not None
            return twisted
        return route.handler(request)

    def page(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Return the body of a good answer."""
        answer = self.ask(*arguments, **options)
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))


def names(page: dict[str, Any]) -> list[str]:
    return [str(one['name']) for one in page['data']]


def failed(answer: Response) -> tuple[int, str, list[str]]:
    error = json.loads(answer.body)['error']
    assert error['message'].startswith(
        'Please provide below info when asking for support: timestamp = '
    )
    return answer.status, error['code'], [one['code'] for one in error['details']]


def accept(monkeypatch: pytest.MonkeyPatch, projected: str, *filters: str) -> str:
    """Accept another query for registries and return its text without the filters."""
    added = AcceptedQuery('microsoft.containerregistry/registries', projected, filters)
    monkeypatch.setattr(resource_graph_queries, 'QUERIES', (*resource_graph_queries.QUERIES, added))
    return f"resources | where type =~ '{added.type}' | project {projected} | order by id asc"


@pytest.fixture
def asker(tmp_path: pathlib.Path) -> Asker:
    found = Asker(State(tmp_path))
    found.state.settings['graphQuota'] = 100
    return found


def test_the_whole_tenant_is_meant_unless_told(asker: Asker) -> None:
    page = asker.page()
    assert list(page) == ['totalRecords', 'count', 'data', 'facets', 'resultTruncated']
    assert (page['totalRecords'], page['count'], page['facets'], page['resultTruncated']) == (
        8,
        8,
        [],
        'false',
    )
    assert (
        names(page)[0] == 'basicreg'
        and names(page)[-1] == 'northwind'
        and 'tailspin' not in names(page)
    )
    assert names(asker.page(tenant=cloud.OTHER_TENANT)) == ['tailspin']
    assert names(asker.page(subscriptions=[cloud.SECOND_SUBSCRIPTION])) == ['northwind']
    assert names(asker.page(managementGroups=[cloud.TENANT])) == names(page)


def test_rows_have_the_columns_of_the_table(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    projected = 'name, type, resourceGroup, subscriptionId, tenantId, properties, zones, systemData'
    text = accept(monkeypatch, projected, '[name =~ {text}]')
    row = asker.page(text.replace(' | project', " | where name =~ 'privreg' | project"))['data'][0]
    assert row['type'] == 'microsoft.containerregistry/registries'
    assert row['resourceGroup'] == 'rg-network'
    assert row['subscriptionId'] == cloud.SUBSCRIPTION and row['tenantId'] == cloud.TENANT
    assert row['properties']['loginServer'] == 'privreg.azurecr.test' and row['zones'] is None
    assert row['systemData'] is None


def test_only_what_may_be_read_is_found(asker: Asker) -> None:
    asker.state.settings['unreadable'] = ['contoso']
    asker.state.settings['unreadableSubscriptions'] = [cloud.SECOND_SUBSCRIPTION]
    assert not {'contoso', 'northwind'} & set(names(asker.page()))
    both = [cloud.SUBSCRIPTION, cloud.SECOND_SUBSCRIPTION]
    assert 'northwind' not in names(asker.page(subscriptions=both)) and 'fabrikam' in names(
        asker.page()
    )
    for scope in ([cloud.SECOND_SUBSCRIPTION], [cloud.OTHER_SUBSCRIPTION]):
        assert failed(asker.ask(subscriptions=scope)) == (403, 'AccessDenied', ['AccessDenied'])
    unknown = asker.ask(subscriptions=[cloud.guid('nowhere')])
    assert failed(unknown) == (400, 'BadRequest', ['NoValidSubscriptionsInQueryRequest'])
    assert failed(asker.ask(managementGroups=['other']))[0] == 403


@pytest.mark.parametrize('by', ['top', 'setting'])
def test_pages_lead_to_each_other(asker: Asker, by: str) -> None:
    options = {'$top': 3} if by == 'top' else {}
    asker.state.settings['pageSize'] = 0 if by == 'top' else 3
    seen, page = [], asker.page(**options)
    while True:
        assert page['totalRecords'] == 8 and page['count'] == len(page['data']) <= 3
        assert page['resultTruncated'] == 'false'
        seen += names(page)
        if '$skipToken' not in page:
            break
        page = asker.page(**{**options, '$skipToken': page['$skipToken']})
    asker.state.settings['pageSize'] = 0
    assert seen == names(asker.page())


def test_without_an_id_there_is_no_second_page(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = asker.page(accept(monkeypatch, 'name'), **{'$top': 2})
    assert page['resultTruncated'] == 'true' and '$skipToken' not in page


def test_queries_are_counted_for_each_user(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr('time.monotonic', lambda: now[0])
    asker.state.settings['graphQuota'] = 2
    seen = []
    for seconds in (0.0, 1.5, 0.0, 3.5):
        now[0] += seconds
        answer = asker.ask()
        headers = dict(answer.headers)
        seen.append(
            (
                answer.status,
                headers['x-ms-user-quota-remaining'],
                headers['x-ms-user-quota-resets-after'],
            )
        )
    assert seen == [
        (200, '1', '00:00:05'),
        (200, '0', '00:00:04'),
        (429, '0', '00:00:04'),
        (200, '1', '00:00:05'),
    ]


def test_a_fault_throttles_in_the_services_own_words(asker: Asker) -> None:
    answer = asker.ask(fault='throttled:8')
    headers = dict(answer.headers)
    assert failed(answer) == (429, 'RateLimiting', ['RateLimiting'])
    assert (
        headers['x-ms-user-quota-remaining'] == '0'
        and headers['x-ms-user-quota-resets-after'] == '00:00:08'
    )
    assert 'Retry-After' not in headers
    assert failed(asker.ask(fault='status:503'))[:2] == (503, 'ServiceUnavailable')


def test_any_other_query_is_refused(asker: Asker) -> None:
    response = asker.ask(REGISTRIES + ' | take 5')
    assert failed(response) == (400, 'BadRequest', ['InvalidQuery', 'ParserFailure'])


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
def test_requests_of_a_wrong_form_are_refused(asker: Asker, change: dict[str, Any]) -> None:
    assert failed(asker.ask(**change)) == (400, 'BadRequest', ['InvalidRequest'])


def test_the_version_is_asked_for(asker: Asker) -> None:
    assert asker.ask(target=TARGET.partition('?')[0]).status == 400
    assert asker.ask(target=TARGET.replace('2021-03-01', '2022-10-01')).status == 200
