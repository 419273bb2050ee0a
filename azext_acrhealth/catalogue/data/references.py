# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of what names an image: a reference, a local tag, or a pod's specification."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.cluster.pull_solutions import ATTACH, in_context
from azext_acrhealth.catalogue.data.pull import PULL
from azext_acrhealth.catalogue.data.push import PUSH

_LIST_SECRETS = in_context(
    'Check the names of the secrets in the namespace of the pod: `kubectl get secrets --namespace '
    '{namespace} --field-selector type=kubernetes.io/dockerconfigjson'
)

INVALID_REFERENCE = PULL.problem(
    'InvalidImageReference',
    "The text that names the image isn't a valid reference, so no registry is asked: it contains "
    'uppercase letters, blanks, a scheme such as https://, or a variable that is empty.',
    'Write the reference in the form {login_server}/REPOSITORY:TAG, with a lowercase repository '
    'and without a scheme.',
    'Check whether a variable in the reference is empty, which leaves two colons or slashes in a '
    'row, or a colon at the end.',
)
NEVER_PULLED = PULL.problem(
    'PullPolicyNever',
    "The pod's pull policy is Never, and the node doesn't have the image.",
    'Change the pull policy (imagePullPolicy) of the container to IfNotPresent, or remove it.',
)
PULL_SECRET_MISSING = PULL.problem(
    'PullSecretMissing',
    "The pod or its service account names a pull secret that doesn't exist in the pod's namespace, "
    'so the kubelet pulls without it. Pods can pull all the same with another login, such as the '
    'identity of the cluster.',
    *_LIST_SECRETS,
    *in_context(
        'Create the secret in the namespace of the pod with a registry token, whose password '
        'others can read in the shell history: `kubectl create secret docker-registry NAME '
        '--namespace {namespace} --docker-server {login_server} --docker-username USERNAME '
        '--docker-password PASSWORD'
    ),
    'Remove the secret from the pod and its service account if the cluster pulls with its '
    'identity.',
    link=links.PULL_SECRET,
)
LOCAL_IMAGE_MISSING = PUSH.problem(
    'LocalImageMissing',
    'The engine has no image with this name and tag, so nothing was sent to the registry. The '
    'image was built under another name, or by a builder that keeps its result to itself.',
    'List the images of the engine: `docker images`.',
    'Add the name to the image: `docker tag IMAGE {login_server}/{image}`.',
    'Load the result of a buildx builder into the engine, or push it from the builder: `docker '
    'buildx build --load --tag {login_server}/{image} .`.',
)

SECRET_INVALID = PULL.problem(
    'PullSecretInvalid',
    "The pod's pull secret exists, but has no usable login for the registry: its type is wrong, or "
    "its user name or password is missing or isn't encoded as Kubernetes requires.",
    *in_context(
        'Check that the type of the secret is kubernetes.io/dockerconfigjson: `kubectl get secrets '
        '--namespace {namespace}'
    ),
    *in_context(
        'Create the secret again under another name with a registry token, whose password others '
        'can read in the shell history: `kubectl create secret docker-registry NAME --namespace '
        '{namespace} --docker-server {login_server} --docker-username USERNAME --docker-password '
        'PASSWORD'
    ),
    link=links.PULL_SECRET,
)
PRESENT_NOT_AUTHORIZED = PULL.problem(
    'ImagePresentButNotAuthorized',
    'The node has the image, which another pod pulled with its own login. The kubelet lets a pod '
    'use such an image only after it verified a login of that pod, and this pod has none, or one '
    "that the registry doesn't accept.",
    'Add the pull secret to the pod or to its service account, in its namespace, also for images '
    'that are already on the node.',
    *_LIST_SECRETS,
    *ATTACH,
    link=links.PULL_SECRET,
)
SIGNATURE_POLICY = PULL.problem(
    'SignaturePolicyRejects',
    "The signature policy of the client or the node rejects the image: it doesn't allow the "
    'registry, or it requires a signature that the image lacks, or whose key it does not trust. '
    'The registry is not involved.',
    'Check which requirement applies to the registry in the policy, which is '
    '/etc/containers/policy.json or, for one user, ~/.config/containers/policy.json.',
    'Sign the image with a key that the policy trusts, and push the signature to the registry.',
    'Ask the administrator of the machine or of the cluster to allow `{login_server}` in the '
    'policy, after which its images run without a signature if the entry requires none.',
)
REGISTRY_BLOCKED = PULL.problem(
    'RegistryBlockedByConfig',
    'The configuration of the client blocks the registry, so no request was sent to it.',
    'Check the entry of the registry in /etc/containers/registries.conf, and in the files under '
    '/etc/containers/registries.conf.d, for the setting blocked.',
    'Ask the administrator of the machine or of the cluster to allow `{login_server}`.',
)
NOT_A_CHART = PULL.problem(
    'NotAChart',
    "The artifact exists, but it isn't a Helm chart: it is a container image, or another kind of "
    'artifact.',
    'Check the kind of the artifact: `az acr manifest show --registry {registry} --name {image} '
    '--query "[mediaType, config.mediaType]"`.',
    'Pull a repository that holds the chart, and not the one of its image: `helm pull '
    'oci://{login_server}/CHART --version VERSION`.',
)
NOT_AN_IMAGE = PULL.problem(
    'NotAnImage',
    "The artifact exists, but it isn't a container image: it is a Helm chart, or another kind of "
    "artifact, which a container runtime can't unpack.",
    'Check the kind of the artifact: `az acr manifest show --registry {registry} --name {image} '
    '--query "[mediaType, config.mediaType]"`.',
    'Use the repository that holds the image, and not the one of its chart.',
)
NOT_A_CHART_REPOSITORY = PULL.problem(
    'NotAChartRepository',
    'The client looks for the index of a chart repository (index.yaml), which a container registry '
    'in Azure no longer has: charts are OCI artifacts, like images.',
    'Use the chart by its OCI reference, with Helm 3.8 or later, and without adding a repository: '
    '`helm pull oci://{login_server}/helm/CHART --version VERSION`.',
    'Log in with Helm: `az acr login --name {registry} --expose-token --query accessToken --output '
    'tsv | helm registry login {login_server} --username 00000000-0000-0000-0000-000000000000 '
    '--password-stdin`.',
)

USER_NAMESPACE = PULL.problem(
    'UserNamespaceIdTooHigh',
    'The image was downloaded, but a file in it belongs to a user or group whose ID is larger than '
    "the host of the container supports, so the image can't be unpacked.",
    'Change the owner of such files to the root user, in the step of the Dockerfile that adds '
    'them, and push the image again.',
)
STREAMING_FAILED = PULL.problem(
    'ArtifactStreamingFailed',
    "The node can't mount the image by artifact streaming, which reads layers while the container "
    'runs.',
    'Create the streaming artifact again: `az acr artifact-streaming create --name {registry} '
    '--image {image}`.',
    'Use a node pool without artifact streaming if the problem persists.',
)

PROBLEMS = (
    INVALID_REFERENCE,
    NEVER_PULLED,
    PULL_SECRET_MISSING,
    SECRET_INVALID,
    PRESENT_NOT_AUTHORIZED,
    SIGNATURE_POLICY,
    REGISTRY_BLOCKED,
    NOT_A_CHART,
    NOT_AN_IMAGE,
    NOT_A_CHART_REPOSITORY,
    USER_NAMESPACE,
    STREAMING_FAILED,
    LOCAL_IMAGE_MISSING,
)
