# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What users type for a pull by the nodes of a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping

from azext_acrhealth.arguments.check_arguments import CheckArguments
from azext_acrhealth.arguments.errors import (
    conflicting_arguments,
    invalid_value,
    missing_argument,
    reject_empty,
)
from azext_acrhealth.arguments.image_references import parse_platform
from azext_acrhealth.grammar import KUBE_CONTEXT, LABEL_VALUE, NAMESPACE, OBJECT_NAME
from azext_acrhealth.options import KUBECTL, RUN_COMMAND
from azext_acrhealth.redaction import sanitize

_WAYS = (KUBECTL, RUN_COMMAND)
_KINDS: Mapping[str, tuple[str, re.Pattern[str], str]] = {
    'node_pool': (
        'the name of a node pool',
        LABEL_VALUE,
        'List the node pools: `az aks nodepool list --resource-group GROUP --cluster-name CLUSTER '
        '--query "[].name" --output tsv`.',
    ),
    'namespace': (
        'the name of a namespace',
        NAMESPACE,
        'List the namespaces: `kubectl get namespaces`.',
    ),
    'service_account': (
        'the name of a service account',
        OBJECT_NAME,
        'List the service accounts: `kubectl get serviceaccounts --namespace NAMESPACE`.',
    ),
    'kube_context': (
        'the name of a context that acrhealth can pass to kubectl',
        KUBE_CONTEXT,
        'List the contexts: `kubectl config get-contexts --output name`.',
    ),
}


def parse_cluster_pull(arguments: CheckArguments) -> Mapping[str, str | None]:
    """Return the options of --cluster-pull by their names, None for those that weren't specified.

    Raises for what isn't valid, and for options that miss the one that they require.
    """
    values: dict[str, str | None] = {
        'cluster_pull': arguments.cluster_pull,
        'node_pool': arguments.node_pool,
        'namespace': arguments.namespace,
        'service_account': arguments.service_account,
    }
    contexts = [('kube_context', context) for context in arguments.kube_context or ()]
    for name, value in (*values.items(), *contexts):
        reject_empty(_option(name), value)
    _validate_way(arguments)
    for name, value in (*values.items(), *contexts):
        if name in _KINDS and value is not None:
            _validate_value(name, value, arguments)
    return {
        **values,
        'kube_context': _context_of_cluster(arguments),
        'node_platform': parse_platform(arguments.platform or ''),
    }


def _validate_value(name: str, value: str, arguments: CheckArguments) -> None:
    kind, pattern, advice = _KINDS[name]
    if not arguments.cluster_pull:
        raise missing_argument(
            f'{_option(name)} requires --cluster-pull.',
            'Specify --cluster-pull, which creates a pod in the cluster and deletes it.',
        )
    # Results show a context as the name of its cluster, so it must not look like a secret.
    if not pattern.fullmatch(value) or sanitize(value) != value:
        raise invalid_value(f"'{value}' isn't {kind}.", advice)


def _context_of_cluster(arguments: CheckArguments) -> str | None:
    """Return the context of the cluster of --cluster, None if there is none of either."""
    contexts = dict.fromkeys(arguments.kube_context or ())
    if not arguments.cluster or not contexts:
        return None
    if len(arguments.cluster) > 1:
        raise conflicting_arguments(
            "--kube-context can't be used with several clusters.",
            'Specify only the cluster of the context with --cluster.',
        )
    if len(contexts) > 1:
        raise conflicting_arguments(
            '--kube-context takes only one context with --cluster, which names the cluster.',
            'Specify the context of the cluster, or omit --cluster to pull in the cluster of each '
            'context.',
        )
    return next(iter(contexts))


def _validate_way(arguments: CheckArguments) -> None:
    way = arguments.cluster_pull
    if way is None:
        return
    if way not in _WAYS:
        raise invalid_value(
            f"'{way}' isn't a value of --cluster-pull.",
            f'Use `--cluster-pull {KUBECTL}`, which is the default, or `--cluster-pull '
            f'{RUN_COMMAND}`.',
        )
    if way == RUN_COMMAND and arguments.kube_context:
        raise conflicting_arguments(
            f"--kube-context can't be used with --cluster-pull {RUN_COMMAND}.",
            "Omit --kube-context: kubectl on this machine isn't used.",
        )
    if way == RUN_COMMAND and not arguments.cluster:
        raise missing_argument(
            f'--cluster-pull {RUN_COMMAND} requires --cluster.',
            'Specify an AKS cluster with --cluster.',
        )
    if not arguments.cluster and not arguments.kube_context:
        raise missing_argument(
            '--cluster-pull requires --cluster or --kube-context.',
            'Specify an AKS cluster with --cluster, or any cluster by a context of kubectl with '
            '--kube-context.',
        )


def _option(name: str) -> str:
    return f'--{name.replace("_", "-")}'
