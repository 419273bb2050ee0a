# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which tool wrote a message, by words that no other tool uses."""

from __future__ import annotations

from azext_acrhealth.explain.rule import compiled

# The first that matches counts: a tool that calls another one comes before it.
_TOOLS = (
    ('argo-cd', r'argocd|argo cd|could not get tags from registry|\brpc error: [^\n]{0,200}helm'),
    ('flux', r'source-controller|fluxcd|\bhelmrepository\b|ocirepository|image-reflector|\bflux\b'),
    ('terraform', r'\bterraform\b|azurerm_|with (?:module|azurerm|docker)_?[\w.]{1,80},'),
    (
        'container-apps',
        r'containerapp|template\.containers|container ?apps?\b|containerappsystemlogs',
    ),
    ('container-instances', r'inaccessibleimage|in container group|container instances?\b'),
    (
        'app-service',
        r'imagepullfailure|docker api responded|dockerapiexception|app service'
        r'|pulling from custom registry|site: \S{1,60} - |azurewebsites',
    ),
    (
        'kubelet',
        r'failed to pull image|back-off pulling|imagepullbackoff|errimagepull|\bkubelet\b'
        r'|failedtoretrieveimagepullsecret|errimageneverpull|invalidimagename',
    ),
    ('kaniko', r'\bkaniko\b|checking push permission|error checking push permissions'),
    ('jib', r'\bjib\b|com\.google\.cloud\.tools'),
    ('dotnet', r'containerize:|container10\d\d|microsoft\.net\.build\.containers|dotnet publish'),
    (
        'acr-task',
        r'\bacb_|failed during run|run id: \w{2,8} (?:was|failed)|tasksoperationsnotallowed'
        r'|queued a (?:run|build) with id',
    ),
    ('azure-pipelines', r'##\[(?:error|section|warning|command)\]|\[command\]|azure pipelines'),
    (
        'azure-cli',
        r'connectivity_\w{3,20}_error|\baz acr\b|unable to get aad authorization|\baz login\b'
        r'|cli\.azure|acr check-health|docker_command_error|registry login server',
    ),
    (
        'azure-identity',
        r'defaultazurecredential|managedidentitycredential|workloadidentitycredential',
    ),
    ('github-actions', r'::error|run azure/|actions/|docker/(?:login|build-push)-action'),
    ('buildkit', r'buildx|buildkit|failed to solve|load metadata for'),
    ('helm', r'\bhelm\b|chart '),
    ('oras', r'\boras\b'),
    ('crane', r'\bcrane\b'),
    ('skopeo', r'\bskopeo\b'),
    ('buildah', r'\bbuildah\b'),
    ('podman', r'\bpodman\b|trying to pull|initializing source|pinging container registry'),
    ('cri-o', r'\bcri-?o\b'),
    (
        'containerd',
        r'failed to pull and unpack|failed to resolve reference|containerd|httpreadseeker',
    ),
    ('docker', r'error response from daemon|\bdocker\b|the push refers to repository'),
    ('msal', r'\bmsal\b|aadsts\d'),
)


def tool_of(folded: str) -> str | None:
    """Return the tool that wrote a text in lowercase; None for an unknown one."""
    return next((tool for tool, pattern in _TOOLS if compiled(pattern).search(folded)), None)
