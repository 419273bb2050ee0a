# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Solutions that problems of a pull by a node share."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS

LONGER = 'Increase the time limit of the run with `--timeout`.'
DELETE_JOB = Variant(
    'Delete the Job of the pull, which the cluster otherwise deletes after three minutes: '
    f'`az aks command invoke {ARGUMENTS} --command "kubectl delete job {{job}} --namespace '
    '{namespace} --ignore-not-found"`.',
    filled='job',
)
DELETE = (
    Variant(
        "Delete the pod of the pull, which couldn't be deleted: `kubectl delete pod {pod} "
        '--namespace {namespace} --context {kube_context}`.',
        filled='pod',
    ),
    DELETE_JOB,
)


def in_cluster(lead: str, command: str) -> tuple[Variant, Variant]:
    """Return a solution by kubectl on this machine, and by a command that Azure runs."""
    return (
        Variant(f'{lead}: `kubectl {command} --context {{kube_context}}`.', unfilled='run_command'),
        Variant(
            f'{lead}: `az aks command invoke {ARGUMENTS} --command "kubectl {command}"`.',
            filled='run_command',
        ),
    )


TRY_KUBECTL = in_cluster(
    'Check whether kubectl works in the cluster', 'get pods --namespace {namespace}'
)
DESCRIBE_NODES = in_cluster('Check the conditions of the nodes', 'describe nodes')

PROBLEMS = ()
