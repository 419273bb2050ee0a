# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether networks are connected: peerings in both directions, hubs, gateways, unread networks."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.network_paths import (
    NetworkPath,
    path_between,
    peerings_of,
    unread_peers,
)
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    NETWORK_ID,
    OPTIONS,
    TARGET,
    failure,
    network,
    peering,
)
from tests.checks.fake_probes import FakeProbes

OTHER = NETWORK_ID.replace('aks-vnet-12345678', 'endpoints')
HUB = NETWORK_ID.replace('aks-vnet-12345678', 'hub')
TO_OTHER, BACK = peering(OTHER), peering(NETWORK_ID)
GATEWAY = {'name': 'GatewaySubnet', 'properties': {}}


def path(
    *peerings: Any, back: Any = (), subnets: Any = (), other: ArmResult | None = None
) -> NetworkPath:
    """Return the path from the nodes' network with these peerings to the other one."""
    remote = other or network(virtualNetworkPeerings=list(back))
    ctx = Context(TARGET, OPTIONS, FakeProbes(resources={OTHER: remote}), 1e9)
    properties = {'virtualNetworkPeerings': list(peerings), 'subnets': list(subnets)}
    return path_between(ctx, NETWORK_ID, properties, OTHER)


@pytest.mark.parametrize(
    'peerings, back, subnets, kind, text',
    [
        ((TO_OTHER,), (BACK,), (), 'open', ''),
        ((peering(HUB), TO_OTHER), (peering(HUB), BACK), (), 'open', ''),
        ((), (), (), 'closed', "aks-vnet-12345678 isn't peered with endpoints"),
        (
            (peering(OTHER, 'Initiated'),),
            (),
            (),
            'closed',
            'the peering of aks-vnet-12345678 with endpoints is Initiated',
        ),
        ((peering(OTHER, 'Disconnected'),), (BACK,), (), 'closed', 'is Disconnected'),
        ((TO_OTHER,), (), (), 'closed', "endpoints isn't peered with aks-vnet-12345678"),
        ((TO_OTHER,), (peering(NETWORK_ID, 'Disconnected'),), (), 'closed', 'is Disconnected'),
        ((peering(HUB),), (), (), 'unknown', "isn't peered"),
        ((peering(HUB, 'Initiated'),), (), (), 'closed', "isn't peered"),
        ((), (), (GATEWAY,), 'unknown', "isn't peered"),
        (
            (peering(HUB), TO_OTHER),
            (),
            (),
            'unknown',
            "endpoints isn't peered with aks-vnet-12345678",
        ),
        (
            (peering(OTHER, access=False),),
            (BACK,),
            (),
            'unknown',
            'the peering of aks-vnet-12345678 and endpoints blocks access',
        ),
        ((TO_OTHER,), (peering(NETWORK_ID, access=False),), (), 'unknown', 'blocks access'),
    ],
)
def test_paths(peerings: Any, back: Any, subnets: Any, kind: str, text: str) -> None:
    found = path(*peerings, back=back, subnets=subnets)
    assert found.kind == kind and text in found.text and found.unread is None


def test_the_same_network() -> None:
    ctx = Context(TARGET, OPTIONS, FakeProbes(), 1e9)
    assert path_between(ctx, NETWORK_ID, {}, NETWORK_ID.upper()) == NetworkPath('open')


def test_a_network_that_is_not_read() -> None:
    forbidden = failure('Forbidden', 'no', 403)
    found = path(TO_OTHER, other=forbidden)
    assert found.kind == 'unread' and found.unread is not None
    assert (found.unread.scope, found.unread.result) == (OTHER, forbidden)
    assert found.unread.action == 'Microsoft.Network/virtualNetworks/read'


def test_peers_that_are_not_read() -> None:
    resources = {OTHER: network(), HUB: failure('Forbidden', 'no', 403)}
    ctx = Context(TARGET, OPTIONS, FakeProbes(resources=resources), 1e9)
    peers = {'virtualNetworkPeerings': [TO_OTHER, peering(HUB), peering(HUB), {}, 7]}
    assert [part.scope for part in unread_peers(ctx, peers)] == [HUB]
    assert unread_peers(ctx, {}) == []
    # As many spokes as a small hub has.
    spokes = [peering(f'{HUB}{number}') for number in range(20)]
    assert len(unread_peers(ctx, {'virtualNetworkPeerings': spokes})) == 20


def test_peerings_of_odd_properties() -> None:
    odd = {'virtualNetworkPeerings': [7, {'properties': {'peeringState': 7}}]}
    assert [entry.connected for entry in peerings_of(odd)] == [False, False]
    assert peerings_of({'virtualNetworkPeerings': 'x'}) == []
