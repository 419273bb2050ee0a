# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of clients that send no login at all, which only their error messages show."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.authentication.access_token import ACCESS
from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH
from azext_acrhealth.catalogue.authentication.stored_credentials import LOGIN_AGAIN, STORED
from azext_acrhealth.catalogue.cluster.pull_solutions import ATTACH, CHECK_ACCESS, in_context
from azext_acrhealth.catalogue.shell import by_shell

_WITH_TOKEN = (
    'with a registry token, whose password others can read in the shell history, and '
    'add it to the service account of the pod: `kubectl create secret docker-registry NAME '
    '--namespace {namespace} --docker-server {login_server} --docker-username USERNAME '
    '--docker-password PASSWORD'
)
_LIST_SECRETS = (
    'Check the namespace of the pull secret, and the host in it, if the pod names one: `kubectl '
    'get secrets --namespace {namespace}'
)
NO_CREDENTIALS = ACCESS.problem(
    'NoCredentialsSent',
    "The client sent no login, and the registry doesn't allow anonymous pulls. A cluster does so "
    'if it has no pull secret for the registry, and its credential provider got no token.',
    Variant(
        f'Create a pull secret {_WITH_TOKEN} --context {{kube_context}}`.', filled='any_cluster'
    ),
    *ATTACH,
    CHECK_ACCESS,
    Variant(
        'Log in with the client if it runs on this machine: `az acr login --name {registry}`.',
        unfilled='namespace',
    ),
    *in_context(_LIST_SECRETS),
    Variant(
        f'Create a pull secret, if another cluster pulls, {_WITH_TOKEN}`.', unfilled='namespace'
    ),
    transient=True,
)
NO_LOGIN = STORED.problem(
    'NoStoredLogin',
    'The credential helper works, but stores no login for the registry.',
    *LOGIN_AGAIN,
)

PROVIDER_FAILED = STORED.problem(
    'CredentialProviderFailed',
    'The kubelet gets the login for the registry from a program on the node, its credential '
    "provider, and that program can't start, ended with an error, or wrote no valid response. Its "
    "own message is in the kubelet's log, and the kubelet pulls without a login.",
    "Read what the program wrote, in the kubelet's log on the node.",
    'Check that the program is in the folder that the kubelet gets by its argument '
    '--image-credential-provider-bin-dir, and that it is executable.',
    'Upgrade the node image if AKS manages the node, which replaces its nodes: `az aks nodepool '
    'upgrade --resource-group GROUP --cluster-name CLUSTER --name POOL --node-image-only`.',
    CHECK_ACCESS,
)
ANNOTATION_MISSING = REFRESH.problem(
    'ServiceAccountAnnotationMissing',
    'The nodes of the cluster pull with the identity of the pod, and the service account of the '
    "pod doesn't name that identity: an annotation with its client ID or tenant ID is missing or "
    'empty.',
    'Add the annotations kubernetes.azure.com/acr-client-id and '
    'kubernetes.azure.com/acr-tenant-id to the service account of the pod, with the client ID and '
    'the tenant ID of the identity.',
    'Get the client ID and the tenant ID of the identity: `az identity show --resource-group GROUP '
    '--name IDENTITY --query "[clientId, tenantId]"`.',
)
NO_PASSWORD = REFRESH.problem(
    'NoPassword',
    'The client got no password for the login, and has no terminal to ask for one: the variable '
    'or the secret of the pipeline that holds it is empty, or not available to this job.',
    'Check that the secret of the pipeline has a value, and that the job can read it. Jobs of pull '
    "requests from forks can't.",
    *by_shell(
        'Pipe the password to the client',
        'echo "$PASSWORD" | docker login {login_server} --username USERNAME --password-stdin',
        '$env:PASSWORD | docker login {login_server} --username USERNAME --password-stdin',
    ),
    'Log in with the account of the Azure CLI instead: `az acr login --name {registry}`.',
)

PROBLEMS = (NO_CREDENTIALS, NO_LOGIN, PROVIDER_FAILED, ANNOTATION_MISSING, NO_PASSWORD)
