# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private endpoint connections in valid and invalid JSON."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.registry.endpoint_connections import EndpointConnection, connections_of


def told(status: Any = 'Approved', endpoint: Any = '/x/pe1', **more: Any) -> dict[str, Any]:
    return {
        **more,
        'properties': {
            'privateEndpoint': {'id': endpoint},
            'provisioningState': 'Succeeded',
            'privateLinkServiceConnectionState': {
                'status': status,
                'description': 'd',
                'actionsRequired': 'None',
            },
        },
    }


@pytest.mark.parametrize(
    'raw, connection, approved',
    [
        (
            told(name='c1'),
            EndpointConnection('c1', '/x/pe1', 'Approved', 'd', 'Succeeded', 'None'),
            True,
        ),
        (told(), EndpointConnection('pe1', '/x/pe1', 'Approved', 'd', 'Succeeded', 'None'), True),
        (
            told('APPROVED'),
            EndpointConnection('pe1', '/x/pe1', 'APPROVED', 'd', 'Succeeded', 'None'),
            True,
        ),
        (
            told('Pending', None),
            EndpointConnection('(unnamed)', None, 'Pending', 'd', 'Succeeded', 'None'),
            False,
        ),
        *(
            (value, EndpointConnection('(unnamed)', None, None), False)
            for value in (
                None,
                7,
                'x',
                {},
                {'properties': ['x']},
                {'name': ['x'], 'properties': {'privateEndpoint': 'pe1'}},
            )
        ),
    ],
)
def test_connection(raw: Any, connection: EndpointConnection, approved: bool) -> None:
    assert connections_of({'privateEndpointConnections': [raw]}) == [connection]
    assert connection.approved is approved


@pytest.mark.parametrize('value', [None, 'x', {}, 7])
def test_no_list(value: Any) -> None:
    assert connections_of({'privateEndpointConnections': value}) == []
