# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the nodes' virtual network is connected with the network of a private endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from azext_acrhealth.checks.cluster.node_networks import NETWORK_ACTION, UnreadPart, network_read
from azext_acrhealth.model import Context
from azext_acrhealth.probes.json_access import (
    list_of,
    name_of,
    object_of,
    objects_of,
    properties_of,
    text_of,
)

_GATEWAYS = 'gatewaysubnet'
# A network can have 500 peers; those of nodes have a hub or two, unless it is one itself.
_MOST_PEERS = 25


class Peering(NamedTuple):
    """The peering of a network with another: its state, and whether it gives access by itself."""

    remote_id: str
    state: str | None
    allows_access: bool

    @property
    def connected(self) -> bool:
        """Return whether both networks have the peering."""
        return self.state == 'Connected'


class NetworkPath(NamedTuple):
    """The path from the nodes' network to another network.

    `kind` is `open` in the same network or by peering, `closed` where the networks can't reach each
    other, `unknown` where an appliance, a gateway or a rule decides it, and `unread` where the
    other network could not be read. `text` says what was seen. `disconnected` is whether the nodes'
    network has a peering that must be deleted before a new one.
    """

    kind: Literal['open', 'closed', 'unknown', 'unread']
    text: str = ''
    unread: UnreadPart | None = None
    disconnected: bool = False


def peerings_of(network: Mapping[str, Any]) -> list[Peering]:
    """Return the peerings in the properties of a network."""
    return [
        _parse_peering(object_of(entry)) for entry in list_of(network.get('virtualNetworkPeerings'))
    ]


def path_between(
    ctx: Context, network_id: str, network: Mapping[str, Any], other_id: str
) -> NetworkPath:
    """Return the path from the nodes' network, an ID and its properties, to another network."""
    if network_id.lower() == other_id.lower():
        return NetworkPath('open')
    peerings = peerings_of(network)
    near, far = name_of(network_id), name_of(other_id)
    others = [peering for peering in peerings if peering.remote_id.lower() != other_id.lower()]
    # Over a hub, a gateway or a virtual WAN, the networks may be connected all the same.
    elsewhere = any(peering.connected for peering in others) or _has_gateway(network)
    own = _with(peerings, other_id)
    if own is None or not own.connected:
        return NetworkPath(
            'unknown' if elsewhere else 'closed',
            _missing(near, far, own),
            disconnected=own is not None and own.state == 'Disconnected',
        )
    (result,) = ctx.probes.read_all([network_read(other_id)], ctx.deadline)
    if result.failure:
        part = UnreadPart(result, NETWORK_ACTION, other_id)
        return NetworkPath('unread', result.failure.text, part)
    back = _with(peerings_of(properties_of(result.resource)), network_id)
    if back is None or not back.connected:
        return NetworkPath('unknown' if elsewhere else 'closed', _missing(far, near, back))
    if not (own.allows_access and back.allows_access):
        return NetworkPath('unknown', f'the peering of {near} and {far} blocks access')
    return NetworkPath('open')


def unread_peers(ctx: Context, network: Mapping[str, Any]) -> list[UnreadPart]:
    """Return the peered networks that the account can't read, such as a hub with its DNS zones."""
    peers = list(dict.fromkeys(p.remote_id for p in peerings_of(network) if p.remote_id))
    reads = [network_read(peer) for peer in peers[:_MOST_PEERS]]
    results = ctx.probes.read_all(reads, ctx.deadline)
    return [
        UnreadPart(result, NETWORK_ACTION, peer)
        for peer, result in zip(peers, results)
        if result.failure
    ]


def _missing(network: str, other: str, peering: Peering | None) -> str:
    """Return what is wrong with the peering of a network with another one, given their names."""
    if peering is None:
        return f"{network} isn't peered with {other}"
    return f'the peering of {network} with {other} is {peering.state}'


def _with(peerings: list[Peering], network_id: str) -> Peering | None:
    """Return the peering with a network, if there is one."""
    return next((p for p in peerings if p.remote_id.lower() == network_id.lower()), None)


def _has_gateway(network: Mapping[str, Any]) -> bool:
    subnets = objects_of(network.get('subnets'))
    return any((text_of(subnet.get('name')) or '').lower() == _GATEWAYS for subnet in subnets)


def _parse_peering(peering: Mapping[str, Any]) -> Peering:
    properties = properties_of(peering)
    return Peering(
        text_of(object_of(properties.get('remoteVirtualNetwork')).get('id')) or '',
        text_of(properties.get('peeringState')),
        properties.get('allowVirtualNetworkAccess') is not False,
    )
