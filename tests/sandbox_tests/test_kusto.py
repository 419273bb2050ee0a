# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the Resource Graph's language makes of a table, and where it stops reading."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.services.kusto import Query
from tests.sandbox.services.kustoterms import Unresolved
from tests.sandbox.services.kustotokens import Unparsed

COLUMNS = ('id', 'name', 'location', 'tags', 'properties')
ROWS: list[dict[str, Any]] = [
    {
        'id': '/b',
        'name': 'Beta',
        'location': 'eastus',
        'tags': {'Team': "O'Neil", 'a.b': '1'},
        'properties': {'n': 2},
    },
    {
        'id': '/a',
        'name': 'alpha',
        'location': 'westeurope',
        'tags': None,
        'properties': {'login': {'server': 'a.test'}},
    },
    {'id': '/c', 'name': 'gamma', 'location': 'eastus2', 'tags': {'Team': ''}, 'properties': {}},
]


def names(condition: str) -> list[str]:
    return [str(one['name']) for one in Query(f'Resources | where {condition}', COLUMNS).run(ROWS)]


@pytest.mark.parametrize(
    'condition, expected',
    [
        ("name =~ 'BETA'", ['Beta']),
        ("name == 'beta'", []),
        ("name=='Beta'", ['Beta']),
        ("location in~ ('EastUS', 'westeurope')", ['Beta', 'alpha']),
        ("location in ('EastUS')", []),
        ("location !in~ ('EASTUS')", ['alpha', 'gamma']),
        ("name !~ 'beta' and location != 'eastus2'", ['alpha']),
        ("name =~ 'beta' or name =~ 'gamma'", ['Beta', 'gamma']),
        ("name =~ 'alpha' or name =~ 'beta' and location =~ 'nowhere'", ['alpha']),
        ("(name =~ 'alpha' or name =~ 'beta') and location =~ 'nowhere'", []),
        ("not(location startswith 'east')", ['alpha']),
        ("location contains 'ast'", ['Beta', 'gamma']),
        (r"tags['Team'] =~ 'o\'neil'", ['Beta']),
        ('tags["Team"] =~ "O\'Neil"', ['Beta']),
        ("tags['Team'] =~ @'O''Neil'", ['Beta']),
        ("tags['team'] =~ 'o'", []),
        ("tags['a.b'] == '1'", ['Beta']),
        ("isnotnull(tags['Team'])", ['Beta', 'gamma']),
        ("isnull(tags['Team'])", ['alpha']),
        ("isnotempty(tags['Team'])", ['Beta']),
        ('isempty(tags.Team)', ['alpha', 'gamma']),
        ("tostring(properties.n) == '2'", ['Beta']),
        ("tolower(name) == 'beta'", ['Beta']),
        ("properties.login.server == 'a.test'", ['alpha']),
    ],
)
def test_conditions(condition: str, expected: list[str]) -> None:
    assert names(condition) == expected


def test_columns_order_and_number() -> None:
    query = Query(
        'resources\n| project id, name, server = properties.login.server, tags.Team\n| order by id '
        'asc\n'
        '| take 2',
        COLUMNS,
    )
    assert query.columns == ['id', 'name', 'server', 'tags_Team']
    assert query.run(ROWS) == [
        {'id': '/a', 'name': 'alpha', 'server': 'a.test', 'tags_Team': None},
        {'id': '/b', 'name': 'Beta', 'server': None, 'tags_Team': "O'Neil"},
    ]


def test_order_goes_downwards_unless_told() -> None:
    assert [one['id'] for one in Query('Resources | order by id', COLUMNS).run(ROWS)] == [
        '/c',
        '/b',
        '/a',
    ]
    ordered = Query('Resources | sort by location desc, name asc', COLUMNS).run(ROWS)
    assert [one['name'] for one in ordered] == ['alpha', 'gamma', 'Beta']
    assert Query('Resources', COLUMNS).columns is None


@pytest.mark.parametrize(
    'text, token, position',
    [
        ('Resources | summarize count() by location', 'summarize', 12),
        ('ResourceContainers', 'ResourceContainers', 0),
        ("Resources | where name =~ 'a' b", 'b', 30),
        ("Resources | where name =~ 'a'b'", "'", 30),
        ('Resources | where name =~ 5', '5', 26),
        ("Resources | where name has 'a'", 'has', 23),
        ('Resources | where', '<EOF>', 17),
        ('Resources |', '<EOF>', 11),
        ("Resources | where location in~ ('a'", '<EOF>', 35),
        ('Resources | project-away id', 'project-away', 12),
        ('Resources ; Resources', ';', 10),
    ],
)
def test_what_it_does_not_know_is_refused(text: str, token: str, position: int) -> None:
    with pytest.raises(Unparsed) as refused:
        Query(text, COLUMNS)
    assert (refused.value.token, refused.value.position) == (token, position)


@pytest.mark.parametrize(
    'text',
    [
        "Resources | where Name =~ 'x'",
        'Resources | project id | where name == "x"',
        'Resources | project colour',
        'Resources | order by nothing',
    ],
)
def test_a_column_that_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(Unresolved):
        Query(text, COLUMNS)
