# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of what names an image: a reference, a local tag, or a pod's specification."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.data.pull import PULL
from azext_acrhealth.catalogue.data.push import PUSH

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
    'Check the names of the secrets in the namespace of the pod: `kubectl get secrets --namespace '
    'NAMESPACE --field-selector type=kubernetes.io/dockerconfigjson`.',
    'Create the secret in the namespace of the pod with a registry token, whose password others '
    'can read in the shell history: `kubectl create secret docker-registry NAME --namespace '
    'NAMESPACE --docker-server {login_server} --docker-username USERNAME --docker-password '
    'PASSWORD`.',
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
    NOT_A_CHART_REPOSITORY,
    USER_NAMESPACE,
    STREAMING_FAILED,
    LOCAL_IMAGE_MISSING,
)
