# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arguments of `check` for clusters."""

from __future__ import annotations

from typing import Any


def declare_cluster_arguments(c: Any) -> None:
    """Declare the arguments in the loader's context of `check`."""
    from azure.cli.core.commands.parameters import (
        get_resource_group_completion_list,
        get_resource_name_completion_list,
    )

    c.extra(
        'cluster',
        nargs='+',
        action='extend',
        completer=get_resource_name_completion_list('Microsoft.ContainerService/managedClusters'),
        help='AKS clusters that pull from the registry: names or resource IDs. The command finds '
        "out from Azure Resource Manager why their nodes can't pull, and accesses the clusters "
        'themselves only with --cluster-pull. A name is looked up in all subscriptions of the '
        'current tenant.',
    )
    c.extra(
        'cluster_group',
        options_list=['--cluster-group'],
        completer=get_resource_group_completion_list,
        help='Resource group of the clusters that are specified by name.',
    )
    c.extra(
        'cluster_pull',
        options_list=['--cluster-pull'],
        nargs='?',
        const='kubectl',
        help='Let a node of the cluster pull the image of --image: create a pod in the cluster, '
        'and delete it. The pod runs nothing of the image. An autoscaler might add a node for it, '
        'which costs money. Without this option no pod is created. With kubectl, the default, '
        'kubectl on this machine creates it, which requires the permissions to create, get, '
        'delete, and list pods and to list events in the namespace. With run-command (preview), '
        'for a private cluster or without kubectl, Azure Resource Manager runs a command in the '
        'cluster, which takes up to two minutes (--timeout 180) and requires the permissions '
        'runcommand/action and commandResults/read of Microsoft.ContainerService/managedClusters '
        'on the cluster, and in the namespace those to create and delete jobs, to list pods, and '
        'to list events. In a cluster that uses Microsoft Entra ID, the command acts as you: your '
        'token for the cluster is sent to Azure Resource Manager, and nowhere else.',
    )
    c.extra(
        'node_pool',
        options_list=['--node-pool'],
        help='Node pool whose node pulls with --cluster-pull. Default: a node for each operating '
        'system and processor of the node pools that run, except Windows. Without --cluster, '
        'the node pool or node group of AKS, EKS, GKE, or Karpenter, by the label of its nodes; '
        'default: any Linux node, or one for --platform.',
    )
    c.extra(
        'namespace',
        options_list=['--namespace'],
        help='Namespace of the pod of --cluster-pull, which should be that of the workload. '
        "Default: the namespace of kubectl's context, or default.",
    )
    c.extra(
        'service_account',
        options_list=['--service-account'],
        help='Service account of the pod of --cluster-pull, which should be that of the workload: '
        'the node then also uses its pull secrets. Default: default.',
    )
    c.extra(
        'kube_context',
        options_list=['--kube-context'],
        nargs='+',
        action='extend',
        help="Context of kubectl's kubeconfig for --cluster-pull. With --cluster, it must be one "
        'of that cluster; default: the current context. Without --cluster, each context names a '
        'cluster to pull in, which can be any Kubernetes cluster; nothing is read from Azure '
        'Resource Manager, and --image is required.',
    )
