# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which queries the sandbox's Resource Graph accepts, and what they find."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.options import Selection
from azext_acrhealth.probes.azure import resource_graph
from tests.sandbox.services.resource_graph_queries import QUERIES, AcceptedQuery, find

REGISTRIES = resource_graph.query(Selection())
CLUSTERS = AcceptedQuery(
    'microsoft.containerservice/managedclusters',
    'id, properties.agent.name',
    ('name =~ {text}', '[properties.agent.name in~ ({texts})]'),
)
CLUSTERS_TEXT = (
    "resources | where type =~ 'microsoft.containerservice/managedclusters' | where name =~ 'A'"
    ' | project id, properties.agent.name | order by id asc'
)


def resource(name: str, kind: str = 'microsoft.containerregistry/registries') -> dict[str, Any]:
    return {
        'id': f'/{name}',
        'name': name,
        'type': kind,
        'location': 'eastus' if name < 'n' else 'westus',
        'resourceGroup': f'rg-{name}',
        'tags': {'team': name},
        'properties': {'agent': {'name': f'agent-{name}'}},
    }


TABLE = [
    resource('z'),
    resource('a'),
    resource('b'),
    resource('a', 'microsoft.containerservice/managedclusters'),
    resource('z', 'microsoft.containerservice/managedclusters'),
]


@pytest.mark.parametrize(
    'selection, names',
    [
        (Selection(), ['a', 'b', 'z']),
        (Selection(resource_group='RG-a'), ['a']),
        (Selection(resource_group='rg-'), []),
        (Selection(locations=('EastUS',)), ['a', 'b']),
        (Selection(locations=('eastus', 'westus')), ['a', 'b', 'z']),
        (Selection(resource_group='rg-z', locations=('westus', 'uksouth')), ['z']),
        (Selection(resource_group='rg-z', locations=('eastus',)), []),
    ],
    ids=str,
)
def test_every_query_of_the_product_is_accepted(selection: Selection, names: list[str]) -> None:
    accepted = find(resource_graph.query(selection))
    assert accepted is not None
    query, filters = accepted
    rows = query.run(TABLE, filters)
    assert [row['name'] for row in rows] == names
    assert all(list(row) == ['id', 'name', 'tags'] == query.columns for row in rows)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'resources',
        REGISTRIES.upper(),
        REGISTRIES + ' ',
        REGISTRIES + '\n',
        REGISTRIES + ' | take 5',
        REGISTRIES.replace('order by', 'sort by'),
        REGISTRIES.replace('id, name, tags', 'id, name'),
        REGISTRIES.replace('registries', 'caches'),
        REGISTRIES.replace(' | project', " | where resourceGroup =~ 'it's' | project"),
        REGISTRIES.replace(' | project', " | where resourceGroup =~ 'a\\'' | project"),
        REGISTRIES.replace(' | project', ' | where location in~ () | project'),
        REGISTRIES.replace(
            ' | project', " | where location in~ ('a') | where resourceGroup =~ 'b' | project"
        ),
        CLUSTERS_TEXT,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    assert find(text) is None


def test_another_query_is_one_more_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        'tests.sandbox.services.resource_graph_queries.QUERIES', (*QUERIES, CLUSTERS)
    )
    accepted = find(CLUSTERS_TEXT)
    assert accepted == (CLUSTERS, {'name': {'a'}})
    assert CLUSTERS.run(TABLE, accepted[1]) == [{'id': '/a', 'properties_agent_name': 'agent-a'}]
    with_agents = CLUSTERS_TEXT.replace(
        ' | project', " | where properties.agent.name in~ ('x', 'Agent-B') | project"
    )
    accepted = find(with_agents)
    assert accepted is not None and accepted[1]['properties.agent.name'] == {'x', 'agent-b'}
    assert CLUSTERS.run(TABLE, accepted[1]) == []
    assert find(CLUSTERS_TEXT.replace(" | where name =~ 'A'", '')) is None
