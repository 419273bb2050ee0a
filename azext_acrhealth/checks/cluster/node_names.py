# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's names, and what a private DNS zone has for each beside what it should have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from azext_acrhealth.checks.cluster.private_zones import ZoneRecords
from azext_acrhealth.checks.private_link.endpoint_records import (
    EndpointReading,
    PrivateEndpoint,
    is_in_network,
)
from azext_acrhealth.checks.registry.login_server import MAX_HOSTS, LoginServer


class NodeName(NamedTuple):
    """A name of the registry as the nodes resolve it by a private DNS zone.

    `found` are the addresses of its record, and `expected` those that private endpoints have for
    it, empty where none lists it. `required`: pulls from the login server that is checked need it.
    """

    host: str
    record: str
    required: bool
    found: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()

    def resolves_to(self, endpoint: PrivateEndpoint) -> bool:
        """Return whether an address of the record is the endpoint's."""
        return not endpoint.addresses.isdisjoint(self.found)

    def matches(self, addresses: frozenset[str]) -> bool:
        """Return whether the record has no other address than expected.

        `addresses` are those of all endpoints, for a name that no endpoint lists.
        """
        return set(self.found) <= (set(self.expected) or addresses)

    def facts(self) -> dict[str, object]:
        """Return the facts of the name."""
        return {
            'name': self.host,
            'record': self.record,
            'expected': list(self.expected),
            'found': list(self.found),
        }


def hosts_of(login: LoginServer) -> list[str]:
    """Return the names that pulls need: the login server that is checked, and data endpoints."""
    return _distinct([login.host.lower(), *login.listed('dataEndpointHostNames')])


def node_names(
    login: LoginServer, suffix: str, records: ZoneRecords, reading: EndpointReading
) -> list[NodeName]:
    """Return the registry's names with their records, the login server that is checked first.

    Private endpoints can list data endpoints that the registry's resource doesn't.
    """
    listed = [record.name for record in reading.records]
    required = _distinct([*hosts_of(login), *(host for host in listed if '.data.' in host)])
    others = [*login.audiences, *login.listed('regionalEndpointHostNames'), *listed]
    expected = {record.name: tuple(sorted(record.addresses)) for record in reading.records}
    return [
        NodeName(host, record, host in required, records.find(record), expected.get(host, ()))
        for host in _distinct([*required, *sorted(others)])
        if (record := host.removesuffix(suffix)) != host
    ]


def serving_endpoint(
    endpoints: Sequence[PrivateEndpoint], names: Sequence[NodeName], network_id: str
) -> PrivateEndpoint | None:
    """Return the endpoint that the nodes use or should use; None if none was read.

    It is the one that records resolve to, else the one in the nodes' network, else the first.
    """
    used = [endpoint for endpoint in endpoints if any(name.resolves_to(endpoint) for name in names)]
    near = [endpoint for endpoint in endpoints if is_in_network(endpoint.subnet, network_id)]
    return next(iter([*used, *near, *endpoints]), None)


def _distinct(hosts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(hosts))[:MAX_HOSTS]
