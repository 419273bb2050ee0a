# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The stage that a path of ARM belongs to, where faults can be set."""

from __future__ import annotations

from tests.sandbox.services.resource_graph import PATH

STAGES = {
    'microsoft.containerregistry/registries': 'arm-get',
    'microsoft.network/privateendpoints': 'arm-private-endpoint',
    'microsoft.network/networkinterfaces': 'arm-nic',
    'microsoft.network/virtualnetworks': 'arm-network',
    'microsoft.network/publicipaddresses': 'arm-public-address',
    'microsoft.network/publicipprefixes': 'arm-public-prefix',
    'microsoft.network/natgateways': 'arm-nat-gateway',
    'microsoft.network/routetables': 'arm-route-table',
    'microsoft.network/networksecuritygroups': 'arm-security-group',
    'microsoft.network/privatednszones': 'arm-dns-zone',
    'microsoft.managedidentity/userassignedidentities': 'arm-identity',
    'microsoft.containerservice/managedclusters': 'arm-cluster',
    'microsoft.compute/virtualmachinescalesets': 'arm-scale-sets',
    'microsoft.authorization/roleassignments': 'arm-role-assignments',
    'microsoft.authorization/roledefinitions': 'arm-role-definitions',
}
CHILDREN = {
    'replications': 'arm-replications',
    'listusages': 'arm-usages',
    'cacherules': 'arm-cache-rules',
    'credentialsets': 'arm-credential-sets',
    'runcommand': 'arm-run-command',
    'commandresults': 'arm-command-results',
    'virtualnetworklinks': 'arm-dns-links',
    'a': 'arm-dns-records',
    'privatednszonegroups': 'arm-dns-zone-groups',
}


def stage_of(lower: list[str]) -> str:
    """Return the stage of a path, given as its parts in lower case."""
    if lower[:1] == ['tenants']:
        return 'arm-tenants'
    if lower == PATH:
        return 'arm-graph'
    if len(lower) <= 2:
        return 'arm-subscriptions'
    if lower[2:] == ['resources'] or lower[-2:] == ['microsoft.containerregistry', 'registries']:
        return 'arm-list'
    if 'providers' not in lower:
        return 'arm-other'
    rest = lower[lower.index('providers') + 1 :]
    if rest[3:4] == ['providers']:
        return STAGES.get('/'.join(rest[4:6]), 'arm-other')
    if len(rest) > 3:
        return CHILDREN.get(rest[3], 'arm-other')
    return STAGES.get('/'.join(rest[:2]), 'arm-other')
