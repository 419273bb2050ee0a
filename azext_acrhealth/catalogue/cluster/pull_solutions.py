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

# The forms for a cluster that is known, and for a message that doesn't name it.
ATTACH = (
    Variant(
        'Attach the registry to the cluster, which grants AcrPull to its kubelet identity: `az aks '
        f'update {ARGUMENTS} --attach-acr {{registry_id}}`. AcrPull has no effect on a registry '
        'with ABAC repository permissions, which requires Container Registry Repository Reader.',
        filled='cluster',
    ),
    Variant(
        'Attach the registry to the cluster if an AKS cluster pulls, which grants AcrPull to its '
        'kubelet identity: `az aks update --resource-group CLUSTER_GROUP --name CLUSTER '
        '--attach-acr {registry}`.',
        unfilled='cluster',
    ),
)
CHECK_ACCESS = Variant(
    'Check the access of the cluster to the registry if it is attached: `az aks check-acr '
    f'{ARGUMENTS} --acr {{login_server}}`.',
    unfilled='any_cluster',
)
RUN_COMMAND = Variant(
    'Let Azure Resource Manager run kubectl in the cluster instead, which also works for a private '
    'cluster: run the check with `--cluster-pull run-command --timeout 180`.',
    filled='cluster',
    unfilled='run_command',
)


def in_context(text: str) -> tuple[Variant, Variant]:
    """Return a solution that ends with a command of kubectl, for a context that is known or not."""
    return (
        Variant(f'{text} --context {{kube_context}}`.', filled='kube_context'),
        Variant(f'{text}`.', unfilled='kube_context'),
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
