# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the registry allows the addresses by which the traffic of a cluster's nodes leaves."""

from __future__ import annotations

from azext_acrhealth.catalogue.cluster import cluster_egress as problems
from azext_acrhealth.catalogue.cluster import cluster_network
from azext_acrhealth.catalogue.registry import cache_rules, network_rules
from azext_acrhealth.checks.cluster.azure_firewalls import with_firewalls
from azext_acrhealth.checks.cluster.bootstrap_registry import (
    CACHE_RULE,
    bootstrap_registry,
    missing_parts,
)
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.egress_verdict import Egress, judge
from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, read_node_networks
from azext_acrhealth.checks.cluster.node_proxy import NodeProxy, node_proxy
from azext_acrhealth.checks.cluster.outbound_addresses import read_addresses
from azext_acrhealth.checks.cluster.outbound_paths import find_paths
from azext_acrhealth.checks.cluster.registry_access import RegistryAccess, registry_access
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, id_of
from azext_acrhealth.model import Context, Outcome, Status, check, failed, not_applicable, warned


@check(
    'cluster-egress',
    'Outbound traffic of nodes',
    'cluster',
    per='cluster',
    needs=(cluster, login_server),
    verifies='The network rules of the registry allow every public address by which the traffic of '
    'the nodes leaves, and nothing in their virtual network keeps it from the registry.',
    problems=(
        *problems.PROBLEMS,
        *cluster_network.PROBLEMS,
        network_rules.NO_INBOUND_ACCESS,
        cache_rules.FORBIDDEN,
        cache_rules.UNAVAILABLE,
    ),
)
def cluster_egress(ctx: Context, resource: ClusterResource, login: LoginServer) -> Outcome:
    access = registry_access(login)
    if access is None or not id_of(login):
        return warned(cluster_network.REGISTRY_UNREAD, RESOURCE_NOT_READ)
    proxy = node_proxy(resource, _hosts(ctx, login, access))
    egress = Egress(ctx, resource, login, access, proxy, bootstrap_registry(resource, login))
    if access.kind == 'closed':
        outcome = _judge_closed(egress)
    else:
        outcome = judge(_with_paths(egress))
    if egress.bootstrap and egress.bootstrap.is_checked:
        return _judge_bootstrap(egress, outcome)
    return outcome


def _hosts(ctx: Context, login: LoginServer, access: RegistryAccess) -> list[str]:
    """Return the hosts that a pull requests: the login server, and those of layers."""
    data = login.listed('dataEndpointHostNames')
    if not data and not access.endpoints:
        data = [f'*.blob.{ctx.probes.storage_suffix or "core.windows.net"}']
    return list(dict.fromkeys([login.host.lower(), *data]))


def _judge_closed(egress: Egress) -> Outcome:
    """Judge the network of a registry that only private endpoints reach: addresses don't matter."""
    endpoints = egress.access.endpoints
    facts, placeholders = egress.facts, egress.placeholders
    if not endpoints:
        text = (
            f'public network access is disabled, and no private endpoint is approved{egress.note}'
        )
        return failed(network_rules.NO_INBOUND_ACCESS, text, None, placeholders, **facts)
    if egress.proxy and egress.proxy.hosts:
        return egress.behind_proxy()
    approved = 'the private endpoint' if endpoints == 1 else f'one of {endpoints} private endpoints'
    return not_applicable(
        f'public network access is disabled, so the nodes must use {approved}: the DNS servers of '
        f'the nodes decide, see `cluster-dns`{egress.note}',
        **facts,
    )


def _with_paths(egress: Egress) -> Egress:
    """Read how the traffic leaves, as far as it doesn't leave through a proxy."""
    ctx, resource, proxy = egress.ctx, egress.resource, egress.proxy
    direct = _pools_without(proxy, egress)
    if direct is not None and not direct:
        return egress
    networks: NodeNetworks = read_node_networks(ctx, resource)
    found = find_paths(ctx, resource, egress.login, networks)
    wanted = [path for path in found.paths if direct is None or set(path.node_pools) & direct]
    paths = with_firewalls(ctx, networks, wanted)
    addresses, unread = read_addresses(ctx, paths)
    return egress._replace(
        paths=paths,
        addresses=tuple(addresses),
        unread=(*networks.unread, *found.unread, *unread),
        denials=found.denials,
    )


def _pools_without(proxy: NodeProxy | None, egress: Egress) -> set[str] | None:
    """Return the node pools that don't request the login server through the proxy; None for all."""
    if proxy is None or egress.login.host.lower() in proxy.exempt:
        return None
    return {pool.name for pool in egress.resource.active_pools if pool.is_windows}


def _judge_bootstrap(egress: Egress, outcome: Outcome) -> Outcome:
    """Return the outcome, or, if that is no problem, what the bootstrap registry lacks."""
    if outcome.status not in (Status.PASSED, Status.SKIPPED):
        return outcome
    missing, unread = missing_parts(egress.ctx, egress.login, egress.access.endpoints)
    if not missing:
        return unread or outcome
    text = f'the cluster gets the images of AKS from this registry, which lacks {missing[0]}'
    text += f' and {missing[1]}' if len(missing) == 2 else ''
    text += f', {missing[1]}, and {missing[2]}' if len(missing) > 2 else ''
    placeholders = {**egress.placeholders, 'cache_rule': 'yes' if CACHE_RULE in missing else ''}
    return warned(problems.BOOTSTRAP_INCOMPLETE, text, None, placeholders, **outcome.facts)
