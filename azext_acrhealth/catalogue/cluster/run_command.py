# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a command that Azure Resource Manager runs in the cluster, for a pull by a node."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.cluster.cluster_pull import CLUSTER_PULL
from azext_acrhealth.catalogue.cluster.pull_solutions import DELETE_JOB, LONGER
from azext_acrhealth.catalogue.registry.arm_read import REACH_ARM, SIGN_IN
from azext_acrhealth.model import Problem

_BY_KUBECTL = (
    'Let kubectl create the pod, on a machine that reaches the API server of the cluster: use '
    '`--cluster-pull kubectl`.'
)
_LATER = 'Try again in a few minutes.'
_RUN = 'Microsoft.ContainerService/managedClusters/runcommand/action'
_READ = 'Microsoft.ContainerService/managedClusters/commandResults/read'
_ASK = (
    'Ask an administrator who can assign roles on the cluster for a role that includes the actions '
    f'{_RUN} and {_READ}, which allow you to run any command in the cluster that your account has '
    'permission for.'
)
_TRY = (
    'Check whether a command runs in the cluster: `az aks command invoke '
    f'{ARGUMENTS} --command "kubectl version"`.'
)


def _untried(
    reason: str, cause: str, *solutions: str | Variant, transient: bool = False
) -> Problem:
    return CLUSTER_PULL.problem(
        reason, cause, DELETE_JOB, *solutions, transient=transient, link=links.AKS_RUN_COMMAND
    )


DISABLED = _untried(
    'RunCommandDisabled',
    'Run command is disabled for the cluster, so Azure Resource Manager runs no command in it.',
    _BY_KUBECTL,
    Variant(
        'Ask an administrator of the cluster to enable run command, by which everyone with the '
        f'permission {_RUN} can run commands in the cluster: `az aks update {ARGUMENTS} '
        '--enable-run-command`.',
        since='2.76',
    ),
)
RUN_FORBIDDEN = _untried(
    'RunCommandForbidden',
    f"Your account doesn't have the permission {_RUN} on the cluster.",
    _ASK,
    _BY_KUBECTL,
)
RESULT_FORBIDDEN = _untried(
    'RunCommandResultForbidden',
    f"Your account doesn't have the permission {_READ} on the cluster. The command ran all the "
    "same, but its result can't be read.",
    _ASK,
    _BY_KUBECTL,
)
NOT_REGISTERED = _untried(
    'RunCommandNotRegistered',
    "The subscription isn't registered for the resource provider Microsoft.ContainerService.",
    'Register the provider, which requires permissions on the subscription: `az provider register '
    '--namespace Microsoft.ContainerService --subscription {cluster_subscription} --wait`.',
)
BLOCKED = _untried(
    'RunCommandBlocked',
    'A policy or an admission webhook of the cluster refuses the pod by which Azure Resource '
    'Manager runs a command, in the namespace aks-command.',
    'Ask an administrator of the cluster to exclude the namespace aks-command from the policy that '
    'the message names.',
    _BY_KUBECTL,
)
COMMAND_NOT_STARTED = _untried(
    'RunCommandNotStarted',
    "The pod by which Azure Resource Manager runs a command didn't start. No node has room for "
    "it, or the node can't pull its image, which comes from mcr.microsoft.com. This says nothing "
    'about the registry.',
    'Ask your network administrator whether the nodes can reach mcr.microsoft.com and its data '
    'endpoints on port 443.',
    'Check whether the cluster has running Linux nodes with free memory: `az aks show '
    f'{ARGUMENTS} --query "agentPoolProfiles[].[name, osType, count, powerState.code]"`.',
    _BY_KUBECTL,
    transient=True,
)
CONFLICT = _untried(
    'RunCommandConflict',
    'Azure Resource Manager runs no command in the cluster now: the cluster is stopped, or another '
    'operation on it is in progress.',
    f'Check the state of the cluster: `az aks show {ARGUMENTS} --query "[provisioningState, '
    'powerState.code]"`.',
    _LATER,
    transient=True,
)
THROTTLED = _untried(
    'RunCommandThrottled',
    'Azure Resource Manager throttles requests to the cluster or of your account.',
    _LATER,
    transient=True,
)
NO_CLUSTER_TOKEN = _untried(
    'ClusterTokenUnavailable',
    'The cluster uses Microsoft Entra ID, which issued no token for its API server to the account '
    'of the Azure CLI. Azure Cloud Shell might issue none until you sign in yourself.',
    *SIGN_IN,
    _BY_KUBECTL,
)
NO_TIME = _untried(
    'RunCommandTimeTooShort',
    'Too little time was left to run a command in the cluster, which takes up to two minutes.',
    LONGER,
)
UNFINISHED = _untried(
    'RunCommandUnfinished',
    "The command in the cluster didn't finish in time, or Azure Resource Manager didn't return its "
    'result. The command deletes what it creates when it ends.',
    LONGER,
    _LATER,
    transient=True,
)
NO_RESULT = _untried(
    'RunCommandResultMissing',
    'Azure Resource Manager accepted the command, but returned no result that can be read. A URL '
    'on another host is never used, because the token would be sent to it.',
    _TRY,
    _BY_KUBECTL,
)
OUTPUT_INCOMPLETE = _untried(
    'RunCommandOutputIncomplete',
    'The output of the command is incomplete. Azure Resource Manager truncates it at 512 kB.',
    'Specify the node pool of the workload with `--node-pool`, which shortens the output.',
    _BY_KUBECTL,
)
COMMAND_FAILED = _untried(
    'RunCommandFailed',
    'The command in the cluster failed before it reported whether nodes can pull.',
    _TRY,
    _BY_KUBECTL,
)
ARM_UNAVAILABLE = _untried(
    'RunCommandUnavailable',
    "Azure Resource Manager didn't run the command: it isn't reachable, it returned an error, or "
    'it rejects the sign-in of the Azure CLI.',
    *REACH_ARM,
    _TRY,
    transient=True,
)
JOBS_FORBIDDEN = _untried(
    'JobPermissionMissing',
    'The account by which the command runs in the cluster has no permission to create Jobs or to '
    'list pods in the namespace. In a cluster that uses Microsoft Entra ID, this is your account.',
    'Ask an administrator of the cluster for the permissions to create and delete jobs (API group '
    'batch), to list pods, and to list events, in the namespace {namespace}.',
    'Use a namespace in which you have these permissions: specify it with `--namespace`.',
    'List your permissions in the namespace: `az aks command invoke '
    f'{ARGUMENTS} --command "kubectl auth can-i --list --namespace {{namespace}}"`.',
)

PROBLEMS = tuple(value for value in list(vars().values()) if isinstance(value, Problem))
