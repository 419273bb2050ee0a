# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The queries that the sandbox's Resource Graph accepts: one line for each query of the product.

A query is matched as text, with its variable parts; a query of any other text is refused.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Optional

Resource = dict[str, Any]
# A value of a query: a text in quotes; names and ids need no escapes.
_QUOTED = r"'[^'\\]*'"
_PLACEHOLDERS = {'{text}': _QUOTED, '{texts}': f'{_QUOTED}(?:, {_QUOTED})*'}


class AcceptedQuery(NamedTuple):
    """A query for resources of a type: its filters, its projected columns, ordered by id.

    A filter is written as in the query, with {text} or {texts} for its values, in brackets when the
    query can go without it: `name =~ {text}`, `[location in~ ({texts})]`. Both operators ignore
    case. Filters and projected columns can be paths into a column, as properties.loginServer.
    """

    type: str
    projected: str
    filters: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Return the columns of the result: a path's dots become underscores."""
        return [path.replace('.', '_') for path in self.projected.split(', ')]

    def match(self, text: str) -> Optional[dict[str, set[str]]]:
        """Return a query's values by filter path, in lower case; None for another query."""
        match = re.fullmatch(self._pattern(), text)
        if match is None:
            return None
        values = (match[f'values{number}'] for number in range(len(self.filters)))
        return {
            written.strip('[').split()[0]: {
                value.lower() for value in re.findall(r"'(.*?)'", found)
            }
            for written, found in zip(self.filters, values)
            if found is not None
        }

    def run(self, resources: list[Resource], filters: dict[str, set[str]]) -> list[Resource]:
        """Return what the query finds in a table of resources."""
        found = [
            resource
            for resource in resources
            if resource['type'].lower() == self.type
            and all(_lower(resource, path) in values for path, values in filters.items())
        ]
        found.sort(key=lambda resource: str(resource['id']))
        paths = self.projected.split(', ')
        return [dict(zip(self.columns, (_value(row, path) for path in paths))) for row in found]

    def _pattern(self) -> str:
        steps = [re.escape(f"resources | where type =~ '{self.type}'")]
        for number, written in enumerate(self.filters):
            step = re.escape(' | where ' + written.strip('[]'))
            for placeholder, values in _PLACEHOLDERS.items():
                step = step.replace(re.escape(placeholder), f'(?P<values{number}>{values})')
            steps.append(f'(?:{step})?' if written.startswith('[') else step)
        return ''.join([*steps, re.escape(f' | project {self.projected} | order by id asc')])


QUERIES = (
    AcceptedQuery(
        'microsoft.containerregistry/registries',
        'id, name, tags',
        ('[resourceGroup =~ {text}]', '[location in~ ({texts})]'),
    ),
    AcceptedQuery(
        'microsoft.containerservice/managedclusters',
        'id',
        ('name =~ {text}', '[resourceGroup =~ {text}]'),
    ),
    AcceptedQuery('microsoft.network/privatednszones', 'id', ('name =~ {text}',)),
    AcceptedQuery('microsoft.network/azurefirewalls', 'id, properties.ipConfigurations'),
)


def find(text: str) -> Optional[tuple[AcceptedQuery, dict[str, set[str]]]]:
    """Return the accepted query of a text and the values of its filters; None for others."""
    for query in QUERIES:
        filters = query.match(text)
        if filters is not None:
            return query, filters
    return None


def _value(resource: Resource, path: str) -> Any:
    value: Any = resource
    for name in path.split('.'):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _lower(resource: Resource, path: str) -> str:
    return str(_value(resource, path) or '').lower()
