# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The verdict on how the traffic of a cluster's nodes reaches a registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.cluster import cluster_egress as problems
from azext_acrhealth.checks.cluster.bootstrap_registry import BootstrapRegistry
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, cluster_placeholders
from azext_acrhealth.checks.cluster.node_networks import UnreadPart, id_for_command, unread_network
from azext_acrhealth.checks.cluster.node_proxy import NodeProxy
from azext_acrhealth.checks.cluster.outbound_addresses import OutboundAddress
from azext_acrhealth.checks.cluster.outbound_paths import (
    OutboundPath,
    PathKind,
    outbound_type_of,
)
from azext_acrhealth.checks.cluster.registry_access import RegistryAccess
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of
from azext_acrhealth.model import Context, Outcome, Problem, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import name_of

# The value of the check where the nodes can't use the registry's public address.
PRIVATE_ENDPOINT_ONLY = 'private endpoint only'
_SHOWN, _NAMED = 50, 3
_NAMES: Mapping[PathKind, str] = {
    'NatGateway': 'NAT gateway',
    'NodePublicIp': "the nodes' own addresses",
    'LoadBalancer': 'load balancer',
    'VirtualAppliance': 'appliance',
    'VirtualNetworkGateway': 'a virtual network gateway',
}
_WITHOUT_ADDRESS: Mapping[PathKind, str] = {
    'NodePublicIp': 'each node has an address of its own',
    'DefaultOutboundAccess': 'it is one of the default outbound access of Azure, if any',
}


class Egress(NamedTuple):
    """What is known of how the traffic of a cluster's nodes reaches a registry."""

    ctx: Context
    resource: ClusterResource
    login: LoginServer
    access: RegistryAccess
    proxy: NodeProxy | None = None
    bootstrap: BootstrapRegistry | None = None
    paths: tuple[OutboundPath, ...] = ()
    addresses: tuple[OutboundAddress, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    denials: tuple[tuple[str, str], ...] = ()

    @property
    def note(self) -> str:
        """Return what a detail says of another bootstrap registry, if there is one."""
        return self.bootstrap.note if self.bootstrap else ''

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of solutions."""
        hosts = (self.login.host, *self.login.listed('dataEndpointHostNames'))
        return {
            **cluster_placeholders(self.resource.cluster),
            'registry_id': id_of(self.login),
            'hosts': ', '.join(dict.fromkeys(hosts[:_SHOWN])),
        }

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts of the row."""
        addresses = [
            address.facts(self.access.allowed_by(address.network)) for address in self.addresses
        ]
        return {
            'outboundType': outbound_type_of(self.resource),
            **self.access.facts(),
            'paths': [path.facts() for path in self.paths[:_SHOWN]],
            'addresses': addresses[:_SHOWN],
            'proxy': self.proxy.facts() if self.proxy else None,
            'bootstrapRegistry': self.bootstrap.facts() if self.bootstrap else None,
        }

    def of_kind(self, *kinds: PathKind) -> list[OutboundPath]:
        """Return the paths of some kinds."""
        return [path for path in self.paths if path.kind in kinds]

    def warned(self, problem: Problem, detail: str, **placeholders: str) -> Outcome:
        """Return a warning with the facts."""
        return warned(problem, detail, None, {**self.placeholders, **placeholders}, **self.facts)

    def failed(self, problem: Problem, detail: str, **placeholders: str) -> Outcome:
        """Return a failure; with a private endpoint, what leaves it to the nodes' DNS servers."""
        if self.access.endpoints:
            text = f'{detail}; see `cluster-dns` for whether they use the private endpoint'
            return not_applicable(text, PRIVATE_ENDPOINT_ONLY, **self.facts)
        given = {**self.placeholders, **placeholders}
        return failed(problem, f'{detail}{self.note}', None, given, **self.facts)

    def behind_proxy(self) -> Outcome:
        """Return the warning for hosts that the nodes request through a proxy."""
        assert self.proxy is not None
        shown = self.proxy.hosts[0] + (', …' if len(self.proxy.hosts) > 1 else '')
        private = self.access.endpoints > 0
        problem = problems.PROXY_NOT_BYPASSED if private else problems.BEHIND_PROXY
        text = (
            f'could not be determined behind proxy {self.proxy.address}, through which the nodes '
        )
        return self.warned(problem, f'{text}request {shown}', hosts=', '.join(self.proxy.hosts))


def judge(egress: Egress) -> Outcome:
    """Judge the paths: what keeps nodes from the registry first, then what isn't known."""
    for find in (
        _without_path,
        _with_denied_addresses,
        _with_denied_subnet,
        _unread,
        _denied_by_security_group,
        _undetermined,
    ):
        outcome = find(egress)
        if outcome:
            return outcome
    return passed(_summary(egress), **egress.facts)


def _without_path(egress: Egress) -> Outcome | None:
    closed = egress.of_kind('None', 'Dropped')
    if not closed:
        return None
    subnet = closed[0].subnet if closed[0].kind == 'Dropped' else ''
    reason = f'outbound type {outbound_type_of(egress.resource)}'
    if subnet:
        reason = f'a route of subnet {name_of(subnet)} drops the traffic'
    return egress.failed(
        problems.NO_PATH,
        f'no path to the registry for {_pools(egress, closed)}: {reason}',
        subnet_id=subnet,
    )


def _with_denied_addresses(egress: Egress) -> Outcome | None:
    if egress.access.kind != 'rules':
        return None
    allowed_by = egress.access.allowed_by
    # Whether traffic leaves by the addresses of a firewall isn't known.
    known = [entry for entry in egress.addresses if entry.path.kind != 'VirtualAppliance']
    denied = [entry for entry in known if not allowed_by(entry.network)]
    if not denied:
        return None
    texts = list(dict.fromkeys(entry.shown for entry in denied))
    total = len({entry.shown for entry in known})
    some = len(texts) < total
    named = f'{", ".join(texts[:_NAMED])}{", …" if len(texts) > _NAMED else ""}'
    role = f'by which traffic of {_pools(egress, [entry.path for entry in denied])} leaves'
    if some:
        role = f'{len(texts)} of {total} addresses by which traffic of the nodes leaves'
    return egress.failed(
        problems.SOME_ADDRESSES_NOT_ALLOWED if some else problems.ADDRESS_NOT_ALLOWED,
        f'no IP rule allows {named}, {role} ({_NAMES[denied[0].path.kind]})',
        address=texts[0],
        addresses=', '.join(texts[1:_SHOWN]),
    )


def _with_denied_subnet(egress: Egress) -> Outcome | None:
    for path in egress.of_kind('ServiceEndpoint'):
        if egress.access.allows_subnet(path.subnet) is False:
            text = f'no rule allows subnet {name_of(path.subnet)}, which has the service endpoint '
            text += 'Microsoft.ContainerRegistry; IP rules have no effect'
            return egress.failed(
                problems.SUBNET_NOT_ALLOWED, text, subnet_id=id_for_command(path.subnet)
            )
    return None


def _unread(egress: Egress) -> Outcome | None:
    for part in egress.unread:
        return unread_network(egress.ctx, egress.resource, part, egress.facts)
    return None


def _denied_by_security_group(egress: Egress) -> Outcome | None:
    for group, rule in egress.denials:
        text = f'rule {rule} of network security group {name_of(group)} denies HTTPS of the nodes'
        return egress.warned(
            problems.DENIED_BY_SECURITY_GROUP, text, network_resource_id=id_for_command(group)
        )
    return None


def _undetermined(egress: Egress) -> Outcome | None:
    """Return the warning for the first path of which something isn't known."""
    if egress.access.kind == 'unknown':
        rules = egress.access.rules
        setting = f'public network access is {rules.public}'
        if rules.public in ('Enabled', None):
            setting = f"the firewall's default action is {rules.default}"
        text = f'{setting}, which could not be evaluated'
        return egress.warned(problems.RULES_NOT_EVALUATED, text)
    if egress.proxy and egress.proxy.hosts:
        return egress.behind_proxy()
    if not egress.paths:
        return egress.warned(problems.ADDRESSES_UNKNOWN, 'no path of the nodes is reported')
    known = {address.path for address in egress.addresses}
    for path in egress.paths:
        outcome = _undetermined_path(egress, path, path in known)
        if outcome:
            return outcome
    return None


def _undetermined_path(egress: Egress, path: OutboundPath, has_addresses: bool) -> Outcome | None:
    pools, unknown = _pools(egress, [path]), 'could not be determined'
    if path.kind in ('VirtualAppliance', 'VirtualNetworkGateway'):
        return _behind_appliance(egress, path)
    if path.kind == 'ServiceEndpoint':
        if egress.access.allows_subnet(path.subnet) is not None:
            return None
        text = f'whether the registry allows subnet {name_of(path.subnet)}, which has the service '
        return egress.warned(problems.RULES_NOT_EVALUATED, f'{text}endpoint, {unknown}')
    # Whatever the address, a registry that is open to all networks allows it.
    if has_addresses or (path.kind == 'NodePublicIp' and egress.access.kind == 'open'):
        return None
    reason = _WITHOUT_ADDRESS.get(path.kind, 'no public IPv4 address of them is reported')
    if path.kind == 'Unknown':
        reason = f'no path for outbound type {outbound_type_of(egress.resource)} is reported'
        reason = f'a route has the next hop {path.via}' if path.via else reason
    text = f'the public address by which traffic of {pools} leaves {unknown}: {reason}'
    return egress.warned(problems.ADDRESSES_UNKNOWN, text)


def _behind_appliance(egress: Egress, path: OutboundPath) -> Outcome:
    addresses = [entry for entry in egress.addresses if entry.path == path]
    denied = [entry.shown for entry in addresses if not egress.access.allowed_by(entry.network)]
    name = f'{_NAMES[path.kind]}{f" {path.via}" if path.via else ""}'
    if path.via.startswith('/'):
        listed = ', '.join(entry.shown for entry in addresses[:_NAMED]) or 'no public address'
        name = f'Azure Firewall {name_of(path.via)} ({listed}{", not allowed" if denied else ""})'
    text = f'could not be determined behind {name}, to which a route sends traffic of '
    return egress.warned(
        problems.BEHIND_APPLIANCE,
        f'{text}{_pools(egress, [path])}',
        address=denied[0] if denied else '',
    )


def _pools(egress: Egress, paths: Iterable[OutboundPath]) -> str:
    """Return the node pools of paths for a sentence, or all nodes where these are all."""
    names = list(dict.fromkeys(name for path in paths for name in path.node_pools))
    if not names or len(names) == len(egress.resource.active_pools):
        return 'the nodes'
    more = f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''
    return f'node pool{"s" if len(names) > 1 else ""} {", ".join(names[:_NAMED])}{more}'


def _summary(egress: Egress) -> str:
    """Return how the nodes leave and what allows that, for a row that passed."""
    shown = [_allowed_address(egress, address) for address in _distinct(egress.addresses)]
    shown += [
        f'subnet {name_of(path.subnet)} (service endpoint)'
        for path in egress.of_kind('ServiceEndpoint')
    ]
    shown += [
        'their own addresses' for path in egress.of_kind('NodePublicIp') if not path.address_ids
    ]
    more = f' and {len(shown) - _NAMED} more' if len(shown) > _NAMED else ''
    allowed = 'the registry allows all networks' if egress.access.kind == 'open' else 'all allowed'
    return f'traffic leaves by {", ".join(dict.fromkeys(shown[:_NAMED]))}{more}; {allowed}'


def _distinct(addresses: Sequence[OutboundAddress]) -> list[OutboundAddress]:
    return list({address.shown: address for address in addresses}.values())


def _allowed_address(egress: Egress, address: OutboundAddress) -> str:
    source = _NAMES[address.path.kind]
    rule = egress.access.allowed_by(address.network) if egress.access.kind == 'rules' else None
    return f'{address.shown} ({source}{f", rule {rule}" if rule else ""})'
