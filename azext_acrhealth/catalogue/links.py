# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Links to the documentation of codes: the error reference, or a Learn page for other codes."""

_ERRORS = 'https://aka.ms/acr/errors#'
_LEARN = 'https://learn.microsoft.com/'
_REGISTRY = _LEARN + 'azure/container-registry/'
_SUPPORT = _LEARN + 'troubleshoot/azure/azure-container-registry/'

AKS = _LEARN + 'azure/aks/start-stop-cluster'
AKS_EGRESS = _LEARN + 'azure/aks/egress-outboundtype'
AKS_HTTP_PROXY = _LEARN + 'azure/aks/http-proxy'
AKS_IDENTITY = _LEARN + 'azure/aks/use-managed-identity'
AKS_ISOLATED = _LEARN + 'azure/aks/concepts-network-isolated'
AKS_REGISTRY = _LEARN + 'azure/aks/cluster-container-registry-integration'
AKS_RUN_COMMAND = _LEARN + 'azure/aks/access-private-cluster'
ARM_AUDIENCE = _REGISTRY + 'container-registry-disable-authentication-as-arm'
ARTIFACT_CACHE = _REGISTRY + 'troubleshoot-artifact-cache'
CLOCK = _LEARN + 'azure/virtual-machines/linux/time-sync'
CONTENT_TRUST = _REGISTRY + 'container-registry-content-trust-deprecation'
DATA_ENDPOINTS = _REGISTRY + 'container-registry-dedicated-data-endpoints'
EXPORT_POLICY = _REGISTRY + 'data-loss-prevention'
FAQ = _REGISTRY + 'container-registry-faq'
GEO_REPLICATION = _REGISTRY + 'container-registry-geo-replication'
HEALTH = _REGISTRY + 'container-registry-check-health'
IMAGE_LOCK = _REGISTRY + 'container-registry-image-lock'
IMPORT = _REGISTRY + 'container-registry-import-images'
KEY = _REGISTRY + 'tutorial-troubleshoot-customer-managed-keys'
MISSING_TAG = _SUPPORT + 'manifest-tag-not-found'
PRIVATE_LINK = _REGISTRY + 'container-registry-private-endpoints'
PROXY = _LEARN + 'cli/azure/use-azure-cli-successfully-troubleshooting#work-behind-a-proxy'
PULL = _SUPPORT + 'troubleshoot-issues-pull-container-registry'
PULL_SECRET = _REGISTRY + 'container-registry-auth-kubernetes'
PUSH = _SUPPORT + 'troubleshoot-push-error-operation-disallowed-timeout'
ROLES = _REGISTRY + 'container-registry-rbac-built-in-roles-overview'
STORAGE = _REGISTRY + 'container-registry-storage'
TASKS = _REGISTRY + 'container-registry-tasks-overview'
TIERS = _REGISTRY + 'container-registry-skus'
TROUBLESHOOT_LOGIN = _REGISTRY + 'container-registry-troubleshoot-login-authn-authz'


def documented(code: str) -> str:
    """Return the link to a documented code in the error reference."""
    return _ERRORS + code.lower()
