# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the nodes resolve the registry's names to, as far as Azure Resource Manager reports it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_acrhealth.catalogue.cluster import cluster_dns as problems
from azext_acrhealth.catalogue.cluster import cluster_network as network_problems
from azext_acrhealth.catalogue.private_link import private_dns as endpoint_problems
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_egress import cluster_egress
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.dns_subject import DnsSubject, NodeNetwork, networks_of
from azext_acrhealth.checks.cluster.egress_verdict import PRIVATE_ENDPOINT_ONLY
from azext_acrhealth.checks.cluster.endpoint_zones import (
    GROUPS_ACTION,
    with_endpoint_zones,
    zone_with_registry,
)
from azext_acrhealth.checks.cluster.network_paths import unread_peers
from azext_acrhealth.checks.cluster.node_names import hosts_of
from azext_acrhealth.checks.cluster.node_networks import (
    UnreadPart,
    first_reads,
    id_for_command,
    read_node_networks,
    unread_network,
)
from azext_acrhealth.checks.cluster.node_proxy import node_proxy
from azext_acrhealth.checks.cluster.private_zones import (
    ZONE_ACTION,
    PrivateZones,
    ZoneLink,
    read_records,
    read_zones,
    records_read,
    zones_read,
)
from azext_acrhealth.checks.cluster.zone_verdict import judge_records
from azext_acrhealth.checks.private_link.endpoint_records import (
    endpoint_read,
    is_in_network,
    read_endpoint_records,
)
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import (
    Context,
    Outcome,
    Status,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.probes.json_access import list_of, name_of

_SEVERITY = (Status.PASSED, Status.WARNING, Status.FAILED)
_SHOWN, _AT_ONCE = 20, 20


@check(
    'cluster-dns',
    'Cluster DNS',
    'cluster',
    per='cluster',
    needs=(cluster, login_server),
    after=(cluster_egress,),
    verifies="The private DNS zone that is linked to the virtual network of the cluster's nodes "
    "has the addresses of the registry's private endpoint for the login server and every data "
    'endpoint, or the registry is public and no such zone is linked.',
    problems=(
        *problems.PROBLEMS,
        *network_problems.PROBLEMS,
        endpoint_problems.ENDPOINT_FORBIDDEN,
        endpoint_problems.ENDPOINT_UNAVAILABLE,
    ),
)
def cluster_dns(
    ctx: Context, resource: ClusterResource, login: LoginServer, egress: object = None
) -> Outcome:
    subject = DnsSubject(ctx, login, resource, egress == PRIVATE_ENDPOINT_ONLY)
    if not is_host(subject.zone):
        return not_applicable(f'{login.host} is in no zone of a registry')
    ctx.probes.read_all(
        [zones_read(subject.zone, subject.subscription), *first_reads(resource)], ctx.deadline
    )
    networks = read_node_networks(ctx, resource)
    outcomes = [_judge(subject, network) for network in networks_of(networks)]
    outcomes += [unread_network(ctx, resource, part, {}) for part in networks.unread]
    worst = max(outcomes, key=lambda outcome: _SEVERITY.index(outcome.status))
    shown = [entry for outcome in outcomes for entry in list_of(outcome.facts.get('networks'))]
    return worst._replace(facts={**subject.facts(), **worst.facts, 'networks': shown[:_SHOWN]})


def _judge(subject: DnsSubject, network: NodeNetwork) -> Outcome:
    """Return the outcome for a network of nodes."""
    login = subject.login
    facts = network.facts()
    placeholders = subject.placeholders(network)
    if network.custom_servers:
        servers = ', '.join(network.custom_servers)
        text = f'could not be determined: {network.name} uses the DNS servers {servers}'
        return warned(problems.CUSTOM_DNS_SERVERS, text, None, placeholders, networks=[facts])
    if login.closed and not subject.connected:
        text = 'public network access is disabled, and no private endpoint is approved'
        return failed(problems.NO_ENDPOINT, text, None, placeholders, networks=[facts])
    proxy = node_proxy(subject.resource, hosts_of(login))
    if proxy and proxy.hosts:
        text = f'could not be determined: the proxy {proxy.address} resolves {proxy.hosts[0]}'
        return warned(problems.PROXY, text, None, placeholders, networks=[facts])
    zones = read_zones(subject.ctx, subject.zone, subject.subscription)
    link = zones.link_to(network.network_id)
    if link is None and subject.connected:
        zones = with_endpoint_zones(subject, zones)
        link = zones.link_to(network.network_id)
    if link is None:
        return _judge_unlinked(subject, network, zones)
    return _judge_linked(subject, network, link)


def _judge_linked(subject: DnsSubject, network: NodeNetwork, link: ZoneLink) -> Outcome:
    """Return the outcome for a network that a zone is linked to."""
    facts = {**network.facts(), **link.facts()}
    placeholders = subject.placeholders(network, link)
    if not link.completed:
        text = f'the link of {subject.zone} to {network.name} is in state {link.state}'
        return warned(problems.LINK_NOT_COMPLETED, text, None, placeholders, networks=[facts])
    aliased = True if subject.connected else _has_alias(subject)
    if aliased is None:
        text = f'could not be determined: {subject.zone} is linked to {network.name}'
        return warned(problems.ALIAS_UNKNOWN, text, None, placeholders, networks=[facts])
    if not aliased:
        return passed(_not_aliased(subject), networks=[facts])
    # The endpoints are read at the same time; the judgment shares the results.
    endpoints = map(endpoint_read, subject.endpoints[:_AT_ONCE])
    subject.ctx.probes.read_all([records_read(link.zone_id), *endpoints], subject.ctx.deadline)
    records = read_records(subject.ctx, link.zone_id)
    if isinstance(records, UnreadPart):
        return _unread_zone(subject, records, facts)
    return judge_records(subject, network, link, records, facts)


def _judge_unlinked(subject: DnsSubject, network: NodeNetwork, zones: PrivateZones) -> Outcome:
    """Return the outcome for a network that no zone is linked to, as far as it can be seen."""
    login, facts = subject.login, network.facts()
    if zones.unread:
        if not subject.connected and _has_alias(subject) is False:
            return passed(_not_aliased(subject), networks=[facts])
        return _unread_zone(subject, zones.unread[0], facts)
    if login.resource is None:
        return warned(network_problems.REGISTRY_UNREAD, RESOURCE_NOT_READ, networks=[facts])
    text = (
        f'{login.host} resolves publicly: no zone {subject.zone} that this account can read is '
        f'linked to {network.name}'
    )
    if not subject.connected:
        return passed(text, networks=[facts])
    hidden = unread_peers(subject.ctx, network.properties)
    if hidden:
        return _judge_peered(subject, network, hidden[0])
    placeholders = subject.placeholders(network, zone_id=zone_with_registry(subject, zones))
    if subject.blocked:
        text = f'{text}; {subject.blocked}'
        return failed(problems.NOT_LINKED, text, None, placeholders, networks=[facts])
    near = read_endpoint_records(
        subject.ctx, subject.endpoints, lambda subnet: is_in_network(subnet, network.network_id)
    )
    if near.endpoints:
        text = f'{text}, which has private endpoint {name_of(near.endpoints[0].resource_id)}'
        return warned(problems.NOT_LINKED, text, None, placeholders, networks=[facts])
    return passed(text, networks=[facts])


def _judge_peered(subject: DnsSubject, network: NodeNetwork, peer: UnreadPart) -> Outcome:
    """Return the warning for a network that is peered with one that could not be read."""
    text = (
        f'could not be determined: {network.name} is peered with {name_of(peer.scope)}, which this '
        f"account can't read; a zone there requires {ZONE_ACTION}"
    )
    return warned(
        problems.ZONE_NOT_VISIBLE,
        text,
        None,
        subject.placeholders(network),
        requiredPermission=ZONE_ACTION,
        resourceId=peer.scope,
        networks=[network.facts()],
    )


def _not_aliased(subject: DnsSubject) -> str:
    host = subject.login.host
    return f"{host} resolves publicly: it isn't an alias in a zone {subject.zone}"


def _unread_zone(subject: DnsSubject, part: UnreadPart, facts: dict[str, Any]) -> Outcome:
    if part.action == GROUPS_ACTION:
        outcome = subject.unread_endpoint(part)
    else:
        outcome = subject.unread(
            part,
            problems.ZONE_FORBIDDEN,
            problems.ZONE_UNAVAILABLE,
            network_resource_id=id_for_command(part.scope),
        )
    return outcome._replace(facts={**outcome.facts, 'networks': [facts]})


def _has_alias(subject: DnsSubject) -> bool | None:
    """Return whether the DNS servers of this machine report an alias in the zone; None: unknown.

    The alias is in the public DNS, and servers that use a private DNS zone return it, too.
    """
    responses = subject.ctx.probes.query_dns_servers(subject.login.host, subject.ctx.deadline)
    chains: Sequence[Sequence[str]] = [server.aliases for server in responses.servers]
    aliases = [alias.lower().rstrip('.') for chain in chains for alias in chain]
    if not aliases:
        return None
    return any(alias.endswith(f'.{subject.zone}') for alias in aliases)
