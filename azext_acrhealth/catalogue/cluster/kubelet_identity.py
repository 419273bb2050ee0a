# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the identity by which the nodes of a cluster pull."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_IDENTITY, READ_NODES
from azext_acrhealth.model import Family

_SHOW_IDENTITY = (
    f'Show the identity of the nodes: `az aks show {ARGUMENTS} --query '
    'identityProfile.kubeletidentity`.'
)
_RECONCILE = f'`az aks update {ARGUMENTS}`'
_RESTORE = (
    Variant(
        'Apply the settings of the cluster again, which restores an identity that AKS manages and '
        f'can restart nodes: {_RECONCILE}.',
        unfilled='own_identity',
    ),
    Variant(
        'Let the nodes use an identity that exists, which creates all nodes of the cluster again: '
        f'`az aks update {ARGUMENTS} --enable-managed-identity --assign-identity '
        'CONTROL_PLANE_IDENTITY --assign-kubelet-identity NEW_IDENTITY`.',
        filled='own_identity',
    ),
    'Run the check again afterward, because the new identity requires a role assignment of its '
    'own in the registry.',
)

KUBELET_IDENTITY = Family(
    'KUBELET_IDENTITY_ERROR',
    'The nodes of the cluster have no identity by which they can log in to the registry, so they '
    'pull anonymously.',
    (_SHOW_IDENTITY,),
    links.AKS_IDENTITY,
)

DELETED = KUBELET_IDENTITY.problem(
    'IdentityDeleted',
    'The kubelet identity of the cluster no longer exists. The nodes get no token for it, and log '
    'in to no registry.',
    *_RESTORE,
)
REPLACED = KUBELET_IDENTITY.problem(
    'IdentityReplaced',
    'An identity with the name of the kubelet identity exists, but it has another object ID than '
    'the cluster reports. It was deleted and created again: the cluster and the role assignments '
    'still refer to the deleted identity.',
    *_RESTORE,
)
NOT_ATTACHED = KUBELET_IDENTITY.problem(
    'IdentityNotAttached',
    "The kubelet identity isn't assigned to the nodes of a node pool, so these nodes get no token "
    'for it and pull anonymously.',
    'Apply the settings of the cluster again, which assigns the identity and can restart nodes: '
    f'{_RECONCILE}.',
    'Upgrade the node image of the node pool if that is not enough, which replaces its nodes one '
    'after the other: `az aks nodepool upgrade --resource-group {cluster_group} --cluster-name '
    '{cluster} --subscription {cluster_subscription} --name {node_pool} --node-image-only`.',
)
NODES_NOT_FOUND = KUBELET_IDENTITY.problem(
    'NodesNotFound',
    'Azure Resource Manager lists no scale set and no virtual machine in the node resource group, '
    "so the check can't verify that the nodes have the kubelet identity.",
    f'Show the node pools of the cluster: `az aks show {ARGUMENTS} --query '
    '"agentPoolProfiles[].[name, count, powerState.code]"`.',
)
SERVICE_PRINCIPAL = KUBELET_IDENTITY.problem(
    'ServicePrincipal',
    'The cluster uses a service principal instead of managed identities, and its nodes pull as '
    "that service principal. Azure Resource Manager doesn't report whether the service principal "
    'exists, or whether its secret has expired.',
    'Check that the service principal exists: `az ad sp show --id {application} --query id`.',
    'Check that its secret has not expired: `az ad app credential list --id {application} '
    '--query "[].endDateTime"`.',
    'Move the cluster to managed identities, which its nodes use after their next upgrade: `az '
    f'aks update {ARGUMENTS} --enable-managed-identity`.',
)
NOT_REPORTED = KUBELET_IDENTITY.problem(
    'IdentityNotReported',
    'Azure Resource Manager reports neither a kubelet identity nor a service principal of the '
    "cluster, so the check can't determine how its nodes log in.",
    _SHOW_IDENTITY,
)
FORBIDDEN = ARM_READ.problem(
    'KubeletIdentityForbidden',
    "Your account doesn't have the permission "
    'Microsoft.ManagedIdentity/userAssignedIdentities/read on the kubelet identity of the '
    "cluster, so the check can't verify that it exists.",
    *READ_IDENTITY.general,
)
UNAVAILABLE = ARM_READ.problem(
    'KubeletIdentityUnavailable',
    "Azure Resource Manager didn't return the kubelet identity of the cluster.",
    'Try again later: `az identity show --ids {identity_id}`.',
    transient=True,
)
NODES_FORBIDDEN = ARM_READ.problem(
    'NodesForbidden',
    "Your account doesn't have permission to read the scale sets or the virtual machines in the "
    "node resource group, so the check can't verify that they have the kubelet identity.",
    *READ_NODES.general,
)
NODES_UNAVAILABLE = ARM_READ.problem(
    'NodesUnavailable',
    "Azure Resource Manager didn't return the scale sets or the virtual machines of the nodes.",
    f'Try again later: `az aks show {ARGUMENTS} --query nodeResourceGroup`.',
    transient=True,
)

FAMILIES = (KUBELET_IDENTITY,)
PROBLEMS = (
    DELETED,
    REPLACED,
    NOT_ATTACHED,
    NODES_NOT_FOUND,
    SERVICE_PRINCIPAL,
    NOT_REPORTED,
    FORBIDDEN,
    UNAVAILABLE,
    NODES_FORBIDDEN,
    NODES_UNAVAILABLE,
)
