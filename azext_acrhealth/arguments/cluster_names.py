# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What users type for clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.errors import invalid_value, missing_argument, reject_empty
from azext_acrhealth.grammar import CLUSTER_NAME, RESOURCE_GROUP
from azext_acrhealth.options import Cluster, Selection, Target, cluster_of

_HOW_TO_NAME = (
    'Specify the name or the resource ID of an AKS cluster. List the IDs: `az aks list --query '
    '"[].id" --output tsv`.'
)


def parse_clusters(
    arguments: CheckArguments, targets: Sequence[Target], selection: Selection | None
) -> tuple[Cluster, ...]:
    """Return the clusters of --cluster, each once, labelled where they share a name.

    Without --cluster, those of the contexts of --kube-context. Raises for what names none, and for
    clusters without a registry.
    """
    group = arguments.cluster_group
    reject_empty('--cluster-group', group)
    if not arguments.cluster:
        if group:
            raise missing_argument(
                '--cluster-group requires --cluster.', 'Specify the cluster with --cluster.'
            )
        return _clusters_of_contexts(arguments, targets, selection)
    # The query for a cluster takes ASCII only.
    if group and not (group.isascii() and RESOURCE_GROUP.fullmatch(group)):
        raise invalid_value(
            f"'{group}' isn't the name of a resource group.",
            'List them: `az group list --query "[].name" --output tsv`.',
        )
    _require_registry('--cluster', targets, selection)
    unique: dict[str, Cluster] = {}
    for text in arguments.cluster:
        cluster = _parse_cluster(text, group)
        unique.setdefault(cluster.full_name.lower(), cluster)
    counts = Counter(cluster.name.lower() for cluster in unique.values())
    return tuple(
        cluster._replace(label=cluster.full_name) if counts[cluster.name.lower()] > 1 else cluster
        for cluster in unique.values()
    )


def _clusters_of_contexts(
    arguments: CheckArguments, targets: Sequence[Target], selection: Selection | None
) -> tuple[Cluster, ...]:
    """Return a cluster for each context of --kube-context, whose names are valid."""
    if not arguments.kube_context:
        return ()
    _require_registry('--kube-context', targets, selection)
    if not arguments.image:
        raise missing_argument(
            '--kube-context requires --image if --cluster is omitted.',
            'Specify the image that a node of the cluster is to pull with --image.',
        )
    return tuple(Cluster(name, is_context=True) for name in dict.fromkeys(arguments.kube_context))


def _require_registry(option: str, targets: Sequence[Target], selection: Selection | None) -> None:
    if not targets and not selection:
        raise missing_argument(
            f'{option} requires a registry, but none is specified.',
            'Specify the registry with --name, or an image of it with --image.',
        )


def _parse_cluster(text: str, group: str | None) -> Cluster:
    if not text.strip():
        raise invalid_value(
            'A cluster name is empty. A variable might be unset.',
            'Specify a value for --cluster, or omit it.',
        )
    if not text.startswith('/'):
        if not CLUSTER_NAME.fullmatch(text):
            raise invalid_value(f"'{text}' isn't the name of an AKS cluster.", _HOW_TO_NAME)
        return Cluster(text, group)
    cluster = cluster_of(text.removesuffix('/'))
    if cluster is None:
        raise invalid_value(f"'{text}' isn't the resource ID of an AKS cluster.", _HOW_TO_NAME)
    if group and group.lower() != (cluster.resource_group or '').lower():
        raise invalid_value(
            f"'{text}' is in the resource group {cluster.resource_group}, but --cluster-group is "
            f'{group}.',
            'Omit --cluster-group: a resource ID needs none.',
        )
    return cluster
