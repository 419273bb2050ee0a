# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull by a node of a cluster, as the message of its kubelet shows them."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.authentication.access_token import ACCESS
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.cluster.pull_solutions import DELETE, DESCRIBE_NODES, in_cluster
from azext_acrhealth.catalogue.connectivity.challenge import CHALLENGE
from azext_acrhealth.catalogue.connectivity.dns import DNS
from azext_acrhealth.catalogue.connectivity.error_responses import FORBIDDEN
from azext_acrhealth.catalogue.connectivity.tls import SSL
from azext_acrhealth.catalogue.data.pull import PULL
from azext_acrhealth.model import Problem

OTHER_NODES = (
    Variant('Let a node of another node pool pull with `--node-pool`.', filled='cluster'),
    Variant(
        'Choose other nodes by their platform with `--platform`, such as linux/arm64.',
        unfilled='cluster',
    ),
)
NETWORK = (
    Variant(
        'Compare the network of the nodes with that of this machine: the subnet of the node pool, '
        'its route table, its network security group, and its DNS servers: `az aks show '
        f'{ARGUMENTS} --query "agentPoolProfiles[].[name, vnetSubnetID]"`.',
        filled='cluster',
    ),
    Variant(
        'Compare the network of the nodes with that of this machine: its routes, its firewalls, '
        'its proxy, and its DNS servers.',
        unfilled='cluster',
    ),
)

PULL_FAILED = PULL.problem(
    'NodePullFailed',
    'A node of the cluster failed to pull the image, for a reason that the message of its kubelet '
    'states.',
    *DELETE,
    Variant(
        'Show what the message means where other clients report it: `az acrhealth error show '
        '--reason {explained}`.',
        filled='explained',
    ),
    Variant(
        'Explain the message of the kubelet: `az acrhealth error explain --message "MESSAGE"`.',
        unfilled='explained',
    ),
    transient=True,
)
ADDRESS_DENIED = FORBIDDEN.problem(
    'NodeAddressDenied',
    "The registry's network rules deny the nodes of the cluster. Nodes leave their network by "
    "other addresses than this machine, or don't use the registry's private endpoint. If the "
    'message names no client IP address, the image can be locked against reads instead.',
    *DELETE,
    Variant(
        "Allow the nodes' address, and with it every machine that shares it: `az acr network-rule "
        'add --name {registry} --ip-address {client_ip}`. The change can take several minutes to '
        'take effect.',
        filled='client_ip',
    ),
    'Review the network rules: `az acr show --name {registry} --query "[publicNetworkAccess, '
    'networkRuleSet]"`.',
    'Let the nodes connect through a private endpoint of the registry: link its private DNS zone '
    'to the network of the nodes.',
    transient=True,
)
NOT_AUTHORIZED = ACCESS.problem(
    'NodeNotAuthorized',
    'The registry denies the pull to the login that the node uses: the kubelet identity, or a pull '
    'secret of the pod or its service account, which comes first. The login has no permission to '
    "read the repository, its password is wrong or expired, or the repository doesn't exist.",
    *DELETE,
    Variant('Follow the solutions of the `kubelet-identity` check.', check='kubelet-identity'),
    Variant('Follow the solutions of the `pull-role` check.', check='pull-role'),
    *in_cluster(
        'Check the pull secrets of the service account, if it has any, and the host and the '
        'password in them',
        'get serviceaccounts --namespace {namespace} --output yaml',
    ),
    Variant(
        'Create a pull secret with a registry token, whose password others can read in the shell '
        'history, and add it to the service account: `kubectl create secret docker-registry NAME '
        '--namespace {namespace} --context {kube_context} --docker-server {login_server} '
        '--docker-username USERNAME --docker-password PASSWORD`.',
        unfilled='cluster',
    ),
    transient=True,
)
PLATFORM = PULL.problem(
    'NodePlatformMismatch',
    "The image isn't for the operating system and the processor of the node.",
    *DELETE,
    Variant('Follow the solutions of the `cluster-platforms` check.', check='cluster-platforms'),
    Variant('Specify the node pool of the workload with `--node-pool`.', filled='cluster'),
    Variant(
        'Specify the platform of the nodes for which the image is meant with `--platform`. List '
        'those of the nodes: `kubectl get nodes --label-columns '
        'kubernetes.io/os,kubernetes.io/arch --context {kube_context}`.',
        unfilled='cluster',
    ),
)
NAME = DNS.problem(
    'NodeNameResolution',
    "The nodes of the cluster can't resolve a host name of the registry: their DNS servers differ "
    'from those of this machine, or a private DNS zone that is linked to their network has no '
    'record for it.',
    *DELETE,
    "Link the registry's private DNS zone to the network of the nodes, or add the missing records, "
    'if the registry has a private endpoint.',
    *NETWORK,
    transient=True,
)
CONNECTION = CHALLENGE.problem(
    'NodeConnection',
    "The nodes of the cluster can't connect to the registry or its storage, directly or through "
    'their proxy: a firewall, a route, a network security group, or the proxy prevents it.',
    *DELETE,
    'Ask your network administrator to allow the nodes to reach {login_server}, its data '
    'endpoints, and its storage on port 443.',
    Variant(
        f'Show the proxy of the nodes: `az aks show {ARGUMENTS} --query httpProxyConfig`.',
        filled='cluster',
    ),
    *NETWORK,
    transient=True,
)
TLS = SSL.problem(
    'NodeTls',
    "The nodes of the cluster don't trust the certificate that they receive, or the TLS handshake "
    'fails. A common reason is a firewall that performs TLS inspection.',
    *DELETE,
    'Ask your network administrator to exclude {login_server}, its data endpoints, and its storage '
    'from TLS inspection.',
    Variant(
        f'Show the certificates that the nodes trust: `az aks show {ARGUMENTS} --query '
        '"[httpProxyConfig.trustedCa, securityProfile.customCATrustCertificates]"`.',
        filled='cluster',
    ),
    Variant(
        'Add the certificate authority of the firewall to those that the container runtime of the '
        'nodes trusts, if the firewall must inspect the connections.',
        unfilled='cluster',
    ),
)
DISK = PULL.problem(
    'NodeDiskFull',
    'The disk of the node has no space for the image.',
    *DELETE,
    *DESCRIBE_NODES,
    *OTHER_NODES,
)
INTERMEDIARY = PULL.problem(
    'NodeBlockedByIntermediary',
    'An intermediary between the nodes and the registry, such as a proxy or a firewall, responded '
    'in place of the registry.',
    *DELETE,
    'Ask your network administrator to allow requests of the nodes to {login_server} through '
    'proxies and firewalls.',
    *NETWORK,
    transient=True,
)
CONTENT_ALTERED = PULL.problem(
    'NodeContentMismatch',
    "What the node received doesn't match its digest or size, so its container runtime rejects it. "
    'An intermediary between the nodes and the registry changes or caches responses, or the stored '
    'copy is damaged.',
    *DELETE,
    'Ask your network administrator to exclude {login_server}, its data endpoints, and its storage '
    'from caching and scanning on the proxies of the nodes, if this machine can pull the image.',
    'Push the image again, if this machine fails to pull it, too.',
)
SIGNATURE_EXPIRED = PULL.problem(
    'NodeSignatureExpired',
    'Azure Storage reports to the node that the signed URL of a layer has expired, although the '
    'registry just created it: an intermediary caches redirects, or the node waited too long.',
    *DELETE,
    'Ask your network administrator to exclude {login_server} from caching on the proxies of the '
    'nodes: redirects of a registry must not be cached.',
    transient=True,
)
STORAGE_DENIED = PULL.problem(
    'NodeStorageDenied',
    "Azure Storage denies the nodes access to the image's layers: usually, a service endpoint "
    'policy of their subnet allows only certain storage accounts, or the requests come from a '
    'network that the storage account denies.',
    *DELETE,
    'Ask your network administrator to remove the service endpoint policy for Microsoft.Storage '
    'from the subnet of the nodes, which allows the subnet to reach all storage accounts.',
    'Allow the dedicated data endpoints in every firewall, and then enable them (Premium tier), '
    'which redirects the pulls of all clients from storage to them: `az acr update --name '
    '{registry} --data-endpoint-enabled true`.',
    *NETWORK,
    transient=True,
)

PROBLEMS = tuple(value for value in list(vars().values()) if isinstance(value, Problem))
