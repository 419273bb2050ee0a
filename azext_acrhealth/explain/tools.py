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
    ('kaniko', r'\bkaniko\b|checking push permission|error checking push permissions'),
    (
        'azure-pipelines',
        r'##\[(?:error|section|warning|command|debug)\]|##vso\[|azure pipelines|\bdocker@[012]\b'
        r'|\\_work\\|vsts[-_/]agent',
    ),
    (
        'container-apps',
        r'containerapp|template\.containers|container ?apps?\b|containerappsystemlogs'
        r'|failed to construct registry secret',
    ),
    (
        'container-instances',
        r'inaccessibleimage|in container group|container instances?\b|registryerrorresponse'
        r'|containergroup',
    ),
    (
        'app-service',
        r'imagepull\w{0,20}failure|docker api responded|dockerapiexception|app service'
        r'|pulling from custom registry|site: \S{1,60} - |azurewebsites|\bwebapp\b',
    ),
    (
        'cri-o',
        r'\bcri-?o\b|unable to pull image or oci artifact'
        r'|failed to pull image [^\n]{1,300}(?:initializing source|reading manifest)',
    ),
    (
        'kubelet',
        r'failed to pull image|back-off pulling|imagepullbackoff|errimagepull|\bkubelet\b'
        r'|failedtoretrieveimagepullsecret|errimageneverpull|invalidimagename|registryunavailable'
        r'|image pull failed for',
    ),
    ('jib', r'\bjib\b|com\.google\.cloud\.tools'),
    ('dotnet', r'containerize:|container10\d\d|microsoft\.net\.build\.containers|dotnet publish'),
    (
        'azure-cli',
        r'connectivity_\w{3,20}_error|\baz acr\b|unable to get aad authorization|\baz login\b'
        r'|cli\.azure|acr check-health|docker_command_error|registry login server|knack[\\/]cli'
        r'|\(authorizationfailed\)|\.azure[\\/]|the command failed with an unexpected error'
        r'|docker daemon status:|azure cli version:',
    ),
    (
        'acr-task',
        r'\bacb_|failed during run|run id: \w{2,8} (?:was|failed)|tasksoperationsnotallowed'
        r'|queued a (?:run|build) with id|acr tasks requests',
    ),
    (
        'azure-identity',
        r'defaultazurecredential|managedidentitycredential|workloadidentitycredential'
        r'|\w{2,20}credential authentication (?:failed|unavailable)',
    ),
    (
        'github-actions',
        r'::error|run azure/|actions/|docker/(?:login|build-push)-action',
    ),
    ('buildkit', r'buildx|buildkit|failed to solve|load metadata for|pushing with docker'),
    ('oras', r'\boras\b'),
    ('helm', r'\bhelm\b|chart '),
    ('crane', r'\bcrane\b|go-containerregistry'),
    ('skopeo', r'\bskopeo\b'),
    ('buildah', r'\bbuildah\b'),
    ('podman', r'\bpodman\b|trying to pull|initializing source|pinging container registry'),
    (
        'docker',
        r'error response from daemon|\bdocker (?:login|pull|push|run|compose|build)\b'
        r'|the push refers to repository|docker-credential-|\bdockerd\b|error saving credentials'
        r'|client\.timeout exceeded while awaiting|sha256:[0-9a-f]{12}: pulling',
    ),
    (
        'containerd',
        r'failed to pull and unpack|failed to resolve reference|containerd|httpreadseeker'
        r'|\bcrictl\b|\bctr: ',
    ),
    ('docker', r'\bdocker\b|\b(?:get|head) "https://[^"\s]{4,260}/v2/": '),
    ('msal', r'\bmsal\b|aadsts\d'),
)


def tool_of(folded: str) -> str | None:
    """Return the tool that wrote a text in lowercase; None for an unknown one."""
    return next((tool for tool, pattern in _TOOLS if compiled(pattern).search(folded)), None)
