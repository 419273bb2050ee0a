# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the network of a cluster's nodes that several checks report."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_NETWORK
from azext_acrhealth.model import Family

SHOW_NETWORK = (
    f'Show the network settings of the cluster: `az aks show {ARGUMENTS} --query '
    '"[networkProfile, agentPoolProfiles[].[name, vnetSubnetID]]"`.'
)
PROVE = (
    'Let a node of the cluster pull the image, which shows whether it can: run the check with '
    '`--image` and `--cluster-pull`.'
)

CLUSTER_NETWORK = Family(
    'CLUSTER_NETWORK_ERROR',
    "The network of the cluster's nodes keeps them from the registry, or it could not be "
    'determined whether it does.',
    (SHOW_NETWORK, PROVE),
    links.AKS_EGRESS,
)

REGISTRY_UNREAD = ARM_READ.problem(
    'ClusterNetworkRegistryUnread',
    "The registry's resource couldn't be read, so its network rules and its private endpoints are "
    'not known.',
    'Follow the solutions of the `login-server` check.',
)
FORBIDDEN = ARM_READ.problem(
    'ClusterNetworkForbidden',
    "Your account doesn't have permission to read a resource of the network of the cluster's "
    'nodes.',
    *READ_NETWORK.general,
)
UNAVAILABLE = ARM_READ.problem(
    'ClusterNetworkUnavailable',
    "Azure Resource Manager didn't return a resource of the network of the cluster's nodes, or it "
    'lacks what the check requires.',
    SHOW_NETWORK,
    'Try again later.',
    transient=True,
)

FAMILIES = (CLUSTER_NETWORK,)
PROBLEMS = (REGISTRY_UNREAD, FORBIDDEN, UNAVAILABLE)
