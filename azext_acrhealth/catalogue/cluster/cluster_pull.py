# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull by a node of the cluster that shows nothing: why it could not be tried."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.cluster.node_pulls import NETWORK, OTHER_NODES
from azext_acrhealth.catalogue.cluster.pull_solutions import (
    DELETE,
    DESCRIBE_NODES,
    LONGER,
    RUN_COMMAND,
    TRY_KUBECTL,
    in_cluster,
)
from azext_acrhealth.model import Family, Problem

_AGAIN = 'Run the check again.'
_CREDENTIALS = Variant(
    "Add the cluster to kubectl's kubeconfig file, which makes it the current context: `az aks "
    f'get-credentials {ARGUMENTS}`.',
    filled='cluster',
    unfilled='run_command',
)
_CONTEXTS = (
    "Specify the cluster's context with `--kube-context`. List the contexts: `kubectl config "
    'get-contexts`.'
)
_LIST_EVENTS = (
    'Ask an administrator of the cluster for the permission to list events in the namespace '
    '{namespace}, without which less is known.'
)

CLUSTER_PULL = Family(
    'CLUSTER_PULL_ERROR',
    "A pull by a node of the cluster couldn't be tried, or it could not be determined whether it "
    'works.',
    (_AGAIN,),
    links.AKS_REGISTRY,
)


def _untried(
    reason: str, cause: str, *solutions: str | Variant, transient: bool = False
) -> Problem:
    return CLUSTER_PULL.problem(reason, cause, *DELETE, *solutions, transient=transient)


NOT_DELETED = CLUSTER_PULL.problem(
    'PodNotDeleted',
    "The node pulled the image, but the pod of the pull couldn't be deleted.",
    *DELETE,
    'Ask an administrator of the cluster to delete what has the label '
    'app.kubernetes.io/name=acrhealth if you have no permission to delete it.',
)
ALREADY_PRESENT = _untried(
    'ImageAlreadyPresent',
    'The node had the image and pulled nothing, although the pod requires a pull.',
    *OTHER_NODES,
)
UNVERIFIED = _untried(
    'NodePullUnverified',
    'The node has the image, but nothing shows that it pulled it for this pod: an event is '
    'missing, or an admission webhook changed the pull policy of the pod.',
    Variant(_LIST_EVENTS, filled='events'),
    _AGAIN,
)
STILL_PULLING = _untried(
    'NodePullUnfinished',
    "The node didn't finish the pull in time. The image is large, the connection is slow, or "
    'packets are dropped.',
    LONGER,
    *NETWORK,
    transient=True,
)
UNSCHEDULABLE = _untried(
    'PodUnschedulable',
    'No node of the cluster fits the pod: no node runs, none has capacity left, or none has the '
    "labels that the pod requires. An autoscaler hasn't added a node in time.",
    *OTHER_NODES,
    *in_cluster('Check the nodes', 'get nodes --output wide'),
    LONGER,
    transient=True,
)
NOT_STARTED = _untried(
    'NodePullNotStarted',
    "The node didn't begin to pull: it rejected the pod, or it couldn't prepare the pod's network "
    'or volumes.',
    *OTHER_NODES,
    *DESCRIBE_NODES,
    transient=True,
)
REMOVED = _untried(
    'PodRemoved', 'Something in the cluster deleted the pod before the pull ended.', _AGAIN
)
REPLACED = _untried(
    'ImageReplaced',
    'An admission webhook of the cluster replaced the image of the pod, so nodes pull another one.',
    'Check whether the other image, which the detail names, can be pulled: specify it with '
    '`--image`.',
)
OTHER_CLUSTER = _untried(
    'OtherCluster',
    "The context of kubectl is that of another cluster: its API server isn't the one that Azure "
    'Resource Manager reports. No pod was created.',
    _CONTEXTS,
    _CREDENTIALS,
)
NO_POOL = _untried(
    'NodePoolNotFound',
    'The cluster has no node pool with this name. No pod was created.',
    f'List the node pools: `az aks show {ARGUMENTS} --query "agentPoolProfiles[].name"`.',
)
NO_NODES = _untried(
    'NoLinuxNodes',
    'No Linux node pool of the cluster has nodes that run. No pod was created.',
    'Specify a node pool with `--node-pool`, whose autoscaler then might add a node, which costs '
    'money.',
)
NO_KUBECTL = _untried(
    'KubectlMissing',
    "kubectl wasn't found, or it can't be executed.",
    'Install kubectl: `az aks install-cli`.',
    RUN_COMMAND,
)
TIMEOUT = _untried(
    'KubectlTimeout',
    'kubectl, or the API server of the cluster, returned no result in time.',
    LONGER,
    *TRY_KUBECTL,
    transient=True,
)
NO_CONTEXT = _untried(
    'KubeContextMissing',
    "kubectl's kubeconfig file doesn't exist, or it has no such context.",
    _CREDENTIALS,
    _CONTEXTS,
)
INVALID_CONTEXT = _untried(
    'KubeContextInvalid',
    "kubectl's kubeconfig file, or a name or URL in its context, isn't valid.",
    'Check the file: `kubectl config view`.',
    _CREDENTIALS,
)
SIGN_IN = _untried(
    'ClusterSignInFailed',
    "kubectl has no login for the cluster, or the API server doesn't accept it.",
    _CREDENTIALS,
    *TRY_KUBECTL,
)
UNREACHABLE = _untried(
    'ApiServerUnreachable',
    "kubectl can't connect to the API server of the cluster: the cluster is private, its "
    "authorized IP ranges don't include this machine, or a firewall or proxy prevents it.",
    RUN_COMMAND,
    'Run the check on a machine that reaches the API server, such as one in the network of the '
    'cluster.',
    Variant(
        f'Check who is allowed to connect: `az aks show {ARGUMENTS} --query '
        'apiServerAccessProfile`.',
        filled='cluster',
    ),
    transient=True,
)
UNTRUSTED = _untried(
    'ApiServerUntrusted',
    "kubectl doesn't trust the certificate of the API server: the kubeconfig file is outdated, or "
    'a proxy performs TLS inspection.',
    _CREDENTIALS,
    'Ask your network administrator to exempt the address of the API server from TLS inspection if '
    'the kubeconfig file is current.',
)
PODS_FORBIDDEN = _untried(
    'PodPermissionMissing',
    'The account of kubectl has no permission to create, get, delete, or list pods in the '
    'namespace.',
    'Ask an administrator of the cluster for the permissions to create, get, delete, and list '
    'pods, and to list events, in the namespace {namespace}.',
    'Use a namespace in which you have these permissions: specify it with `--namespace`.',
)
REFUSED = _untried(
    'PodRefused',
    'The cluster refuses the pod: by Pod Security, a policy, or a quota, or because the service '
    "account doesn't exist.",
    'Use the namespace and the service account of the workload: specify them with `--namespace` '
    'and `--service-account`.',
    'Ask an administrator of the cluster to allow the pod in the namespace {namespace}.',
)
NO_NAMESPACE = _untried(
    'NamespaceNotFound',
    "The cluster doesn't have the namespace.",
    'Specify an existing namespace with `--namespace`.',
    *in_cluster('List the namespaces', 'get namespaces'),
)
SERVER = _untried(
    'ApiServerError',
    'The API server of the cluster, or a webhook that it calls, failed or is overloaded.',
    'Try again in a few minutes.',
    transient=True,
)
KUBECTL_FAILED = _untried(
    'KubectlFailed',
    'kubectl failed with a message that this command has no explanation for.',
    *TRY_KUBECTL,
)

FAMILIES = (CLUSTER_PULL,)
PROBLEMS = tuple(value for value in list(vars().values()) if isinstance(value, Problem))
