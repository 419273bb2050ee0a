# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of finding a cluster, and of clusters that don't run."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import sign_in
from azext_acrhealth.catalogue.registry.arm_read import (
    ARM_READ,
    REACH_ARM,
    READ_CLUSTER,
    SIGN_IN,
)
from azext_acrhealth.model import Family

# How the commands of `az aks` name a cluster.
ARGUMENTS = (
    '--resource-group {cluster_group} --name {cluster} --subscription {cluster_subscription}'
)
_SHOW = f'az aks show {ARGUMENTS}'
_LIST_IDS = (
    'List the clusters that you can read: `az aks list --subscription SUBSCRIPTION --query "[].id" '
    '--output tsv`.'
)

CLUSTER = Family(
    'CLUSTER_ERROR',
    "The cluster wasn't found, or it isn't running, so its nodes might not pull images.",
    (f'Show the cluster: `{_SHOW}`.',),
    links.AKS,
)

NOT_FOUND = CLUSTER.problem(
    'ClusterNotFound',
    'Azure Resource Manager reports that no cluster with this resource ID exists. It was deleted, '
    'or the name, the resource group, or the subscription is misspelled.',
    _LIST_IDS,
)
NOT_LISTED = CLUSTER.problem(
    'ClusterNotListed',
    'Azure Resource Graph finds no cluster with this name among those that your account can read. '
    'The name might be misspelled, the cluster might be in another tenant or might have been '
    "created in the last few minutes, or your account doesn't have the permission "
    'Microsoft.ContainerService/managedClusters/read on it.',
    'Specify the resource ID of the cluster with `--cluster`.',
    _LIST_IDS,
    'Run the check with an account that can read the cluster if the name is correct.',
)
AMBIGUOUS = CLUSTER.problem(
    'ClusterNameAmbiguous',
    'Several clusters have this name, in different resource groups or subscriptions.',
    'Specify the resource ID of the cluster with `--cluster`, such as `{cluster_id}`.',
    'Specify the resource group of the cluster with `--cluster-group` if the groups differ.',
)
STOPPED = CLUSTER.problem(
    'ClusterStopped',
    "The cluster is stopped. It has no nodes that run, so it doesn't pull any image.",
    f'Start the cluster, whose nodes then cost money again: `az aks start {ARGUMENTS}`.',
)
DELETING = CLUSTER.problem(
    'ClusterBeingDeleted', 'The cluster is being deleted, together with its nodes.', _LIST_IDS
)
NOT_READY = CLUSTER.problem(
    'ClusterNotReady',
    'The cluster is being created, started, or stopped, or Azure Resource Manager reports no '
    'state of it. Its nodes might not run.',
    f'Wait until the operation finishes: `{_SHOW} --query provisioningState`.',
    transient=True,
)
OPERATION_FAILED = CLUSTER.problem(
    'ClusterOperationFailed',
    'The last operation on the cluster failed or was canceled. Its nodes might run with the '
    'settings from before that operation.',
    f'Show the state of the cluster and of its node pools: `{_SHOW} --query "[provisioningState, '
    'agentPoolProfiles[].[name, provisioningState]]"`.',
    'Repeat the operation, or apply the current settings again, which can restart nodes: `az aks '
    f'update {ARGUMENTS}`.',
)
INVALID_PROFILE = CLUSTER.problem(
    'InvalidProfile', sign_in.INVALID_PROFILE.cause, *sign_in.INVALID_PROFILE.solutions
)
NOT_SIGNED_IN = CLUSTER.problem(
    'NotSignedIn',
    "The Azure CLI isn't signed in, or Azure Resource Manager rejects the sign-in, so the cluster "
    "can't be read.",
    Variant(
        'Follow the solutions of the `refresh-token` check, whose sign-in fails, too.',
        check='refresh-token',
        filled='number',
    ),
    *SIGN_IN,
)
FORBIDDEN = ARM_READ.problem(
    'ClusterForbidden',
    "Your account doesn't have the permission Microsoft.ContainerService/managedClusters/read on "
    "the cluster, or doesn't have access to its subscription.",
    *READ_CLUSTER.general,
    f'Verify that you can read the cluster: `{_SHOW}`.',
)
UNAVAILABLE = ARM_READ.problem(
    'ClusterUnavailable',
    "Azure Resource Manager or Azure Resource Graph didn't return the cluster.",
    *REACH_ARM,
    transient=True,
)

FAMILIES = (CLUSTER,)
PROBLEMS = (
    NOT_FOUND,
    NOT_LISTED,
    AMBIGUOUS,
    STOPPED,
    DELETING,
    NOT_READY,
    OPERATION_FAILED,
    NOT_SIGNED_IN,
    INVALID_PROFILE,
    FORBIDDEN,
    UNAVAILABLE,
)
