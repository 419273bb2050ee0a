# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Registries found by Resource Graph, which is a local TLS server here.

The sandbox has the rest of its ways.
"""

from __future__ import annotations

import json

import pytest

from azext_acrhealth.options import Selection, Target
from azext_acrhealth.probes.azure import resource_graph
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.azure.resource_graph import find_registries, query, read_records
from tests.probes import servers
from tests.probes.azure_cli import OTHER_SUBSCRIPTION, SUBSCRIPTION, TENANT
from tests.probes.clock import PROMPT, Watch, soon

TOKEN_USER = '00000000-0000-0000-0000-00000000dead'


def record(name, subscription=SUBSCRIPTION, **more):
    return {
        'id': f'/subscriptions/{subscription}/resourceGroups/g/providers/'
        'Microsoft.ContainerRegistry/registries/'
        f'{name}',
        'name': name,
        **more,
    }


def page(*records, status='200 OK', headers=(), **more):
    return servers.http(
        json.dumps({'data': list(records), **more}).encode(),
        status,
        'Content-Type: application/json',
        *headers,
    )


@pytest.fixture
def graph(arm):
    """Start a Resource Graph that gives these answers; `ask` asks it, and `server` has heard it."""

    def start(*responses, talk=None):
        client, server, login = arm(talk or servers.answering(*responses))

        def ask(selection=None, deadline=20.0):
            return find_registries(client, login, selection or Selection(), soon(deadline))

        ask.server, ask.login = server, login
        return ask

    return start


def bodies(server):
    return [json.loads(heard.partition(b'\r\n\r\n')[2]) for heard in server.heard]


def test_the_query():
    assert query(Selection()) == (
        "resources | where type =~ 'microsoft.containerregistry/registries' "
        '| project id, name, tags | order by id asc'
    )
    assert query(Selection(False, 'My.Group', ('eastus', 'westus'))).split(' | ')[2:4] == [
        "where resourceGroup =~ 'My.Group'",
        "where location in~ ('eastus', 'westus')",
    ]


def test_pages_of_a_subscription(graph):
    ask = graph(
        page(record('zwei1'), record('Eins1'), **{'$skipToken': 'further'}), page(record('drei1'))
    )
    found = ask()
    assert found.targets == tuple(
        Target(name, None, 'g', SUBSCRIPTION, True) for name in ('drei1', 'eins1', 'zwei1')
    )
    assert (found.missing, found.asked, found.last.status) == ((), 2, 200)
    first, second = bodies(ask.server)
    assert first['subscriptions'] == [SUBSCRIPTION] and first['query'] == query(Selection())
    assert '$skipToken' not in first['options'] and second['options']['$skipToken'] == 'further'
    assert b'Authorization: Bearer e.y.J' in ask.server.heard[0]


def test_every_subscription_of_a_tenant(graph):
    found = (ask := graph(page(record('eins1', TOKEN_USER), record('zwei1', OTHER_SUBSCRIPTION))))(
        Selection(True)
    )
    assert [one.subscription for one in found.targets] == [
        TOKEN_USER,
        OTHER_SUBSCRIPTION,
    ] and found.missing == ()
    assert 'subscriptions' not in bodies(ask.server)[0]
    assert ask.login.token('x', soon(), TOKEN_USER).tenant == TENANT, (
        'a subscription that the CLI does not list'
    )


def test_tags(graph):
    records = [
        record('eins1', tags={'Team': 'a', 'prod': ''}),
        record('zwei1', tags={'team': 'A'}),
        record('drei1', tags=None),
        record('vier1', tags={'team': 'a'}),
    ]
    ask = graph(page(*records))
    for tags, names in (
        ((('team', 'a'),), ['eins1', 'vier1']),
        ((('TEAM', None),), ['eins1', 'vier1', 'zwei1']),
        ((('team', 'a'), ('prod', '')), ['eins1']),
    ):
        assert [one.name for one in ask(Selection(tags=tags)).targets] == names


def test_registries_that_share_a_name_are_called_by_their_ids(graph):
    found = graph(
        page(record('eins1'), record('eins1', TOKEN_USER), record('EINS1'), record('zwei1'))
    )()
    assert [one.label for one in found.targets] == [
        record('eins1')['id'],
        record('eins1', TOKEN_USER)['id'],
        '',
    ]


@pytest.mark.parametrize(
    'odd',
    [
        {},
        {'id': None},
        {'id': 7},
        {'id': '/subscriptions/x'},
        {'id': record('eins1')['id'] + '/../x'},
        {'id': record('e' * 60)['id']},
    ],
)
def test_what_has_no_id_of_a_registry_is_told(graph, odd):
    found = graph(page(odd, record('eins1')))()
    assert [one.name for one in found.targets] == ['eins1']
    assert len(found.missing) == 1 and "isn't a registry's resource ID" in found.missing[0]


def test_the_records_of_another_query(arm):
    pages = (page({'id': 'a'}, **{'$skipToken': 'further'}), page({'id': 'b'}))
    client, server, _ = arm(servers.answering(*pages))
    result = read_records(client, SUBSCRIPTION, 'resources', soon(20.0))
    assert result.resource == {'value': [{'id': 'a'}, {'id': 'b'}], 'more': False}
    asked = bodies(server)
    assert [body['query'] for body in asked] == ['resources'] * 2
    assert 'subscriptions' not in asked[0], 'all subscriptions of the tenant'


def test_a_query_that_fails(arm):
    body = b'{"error":{"code":"Forbidden","message":"no"}}'
    refusal = servers.http(body, '403 Forbidden', 'Content-Type: application/json')
    client, _, _ = arm(servers.answering(refusal))
    result = read_records(client, SUBSCRIPTION, 'resources', soon(20.0))
    assert result.failure.kind == 'Forbidden' and result.status == 403


def test_a_spent_quota_is_waited_for(graph, monkeypatch):
    reset = ('x-ms-user-quota-remaining: 0', 'x-ms-user-quota-resets-after: 00:00:01')
    ask = graph(
        page(record('eins1'), headers=reset, **{'$skipToken': 'further'}),
        page(status='429 Too Many Requests', headers=reset),
        page(record('zwei1'), headers=reset),
    )
    slept: list[float] = []
    monkeypatch.setattr(resource_graph.time, 'sleep', slept.append)
    found = ask()
    assert [one.name for one in found.targets] == ['eins1', 'zwei1'] and found.missing == ()
    assert (found.asked, slept) == (3, [1, 1]), 'the last page leaves nothing to wait for'


def test_a_quota_that_the_time_does_not_reach(graph):
    ask = graph(
        page(record('eins1'), **{'$skipToken': 'further'}),
        page(status='429 Too Many Requests', headers=('x-ms-user-quota-resets-after: 01:00:00',)),
    )
    with Watch() as watch:
        found = ask()
    assert [one.name for one in found.targets] == ['eins1'] and watch.took < PROMPT
    assert found.last.failure.kind == 'Unavailable' and 'retry after 3600 s' in found.missing[0]
    assert found.last.status == 429


@pytest.mark.parametrize(
    'response, kind',
    [
        (
            servers.http(b'{"error":{"code":"AccessDenied","message":"no"}}', '403 Forbidden'),
            'Forbidden',
        ),
        (
            servers.http(b'{"error":{"code":"InternalServerError","message":"no"}}', '500 Oh'),
            'Unavailable',
        ),
        (servers.http(b'[]'), 'Unavailable'),
        (servers.http(b'{"data":7}'), 'Unavailable'),
        (None, 'Unavailable'),
        (servers.http(b'', '302 Found', 'Location: https://elsewhere.example/'), 'Unavailable'),
        (
            page(status='429 Too Many Requests', headers=('x-ms-user-quota-resets-after: soon',)),
            'Unavailable',
        ),
    ],
)
def test_troubles(graph, response, kind):
    found = graph(response)(deadline=4.0)
    assert (found.targets, found.last.failure.kind) == ((), kind) and found.missing == (
        found.last.failure.text,
    )


def test_pages_without_an_end(graph):
    found = graph(page(record('eins1'), **{'$skipToken': 'same'}))()
    assert [one.name for one in found.targets] == ['eins1'] and 'too many pages' in found.missing[0]


def test_pages_that_repeat_in_turn(graph):
    pages = [page(record('eins1'), **{'$skipToken': token}) for token in 'ababab']
    found = graph(*pages)()
    assert found.asked == 3 and 'too many pages' in found.missing[0]


@pytest.mark.parametrize('everywhere', [True, False])
def test_not_logged_in(azure, everywhere):
    held = Cli(azure.cli())
    login = CliLogin(held)
    found = find_registries(ArmClient(held, login), login, Selection(everywhere), soon())
    assert found.targets == () and found.last.failure.kind == 'NotLoggedIn' and found.missing


def test_a_silent_graph_ends_in_time(graph):
    with Watch() as watch:
        found = graph(talk=servers.silent)(deadline=0.5)
    assert found.last.failure.kind == 'Unavailable' and watch.took < PROMPT
