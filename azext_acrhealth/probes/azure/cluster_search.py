# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find clusters by a name, by one query of Azure Resource Graph."""

from __future__ import annotations

from typing import NamedTuple

from azext_acrhealth.grammar import is_guid
from azext_acrhealth.options import Cluster, cluster_of
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.credentials import Credentials
from azext_acrhealth.probes.azure.resource_graph import all_pages
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of


class ClusterSearch(NamedTuple):
    """The clusters of a name that the account can read, in the tenant of its subscription.

    `last` is the last response, or the failure.
    """

    found: tuple[Cluster, ...] = ()
    last: ArmResult = ArmResult()


def find_clusters(
    client: ArmClient, credentials: Credentials, cluster: Cluster, deadline: float
) -> ClusterSearch:
    """Find the clusters of a name, in all subscriptions of the current tenant."""
    current = client.subscription()
    if isinstance(current, Failure) and current.kind != 'NoSubscription':
        return ClusterSearch(last=ArmResult(failure=current))
    # An identity that needs no login has no subscription, but a tenant.
    subscription = None if isinstance(current, Failure) else current
    records, last, _ = all_pages(client, subscription, query(cluster), [], deadline)
    listed = (cluster_of(str(record.get('id'))) for record in records)
    found = tuple(entry for entry in listed if entry)
    tenant = object_of(last.claims).get('tid')
    if is_guid(tenant):  # the Azure CLI may not list their subscriptions
        credentials.store_tenants({str(entry.subscription): tenant for entry in found})
    return ClusterSearch(found, last)


def query(cluster: Cluster) -> str:
    """Return the query in Kusto; what was typed is in it only after it parsed as a name."""
    lines = [
        'resources',
        "where type =~ 'microsoft.containerservice/managedclusters'",
        f"where name =~ '{cluster.name}'",
    ]
    if cluster.resource_group:
        lines.append(f"where resourceGroup =~ '{cluster.resource_group}'")
    return ' | '.join([*lines, 'project id', 'order by id asc'])
