# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The words with which a cluster's admission refuses a pod.

Sources: kubernetes, plugin/pkg/admission and pod-security-admission; Azure Policy for Kubernetes,
whose webhook is Gatekeeper's.
"""

from __future__ import annotations

from collections.abc import Mapping

# What admission refuses a pod with: status, reason and message.
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    'pod security': (
        403,
        'Forbidden',
        'pods "{name}" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "pull" must set '
        'securityContext.allowPrivilegeEscalation=false)',
    ),
    'policy': (
        403,
        'Forbidden',
        'admission webhook "validation.gatekeeper.sh" denied the request: '
        '[azurepolicy-k8sazurev2containerallowedimag-1] Container image {image} for container pull '
        'has not been allowed.\n[azurepolicy-k8sazurev1blockdefault-2] Creating pods in namespace '
        'default is not allowed.',
    ),
    'webhook': (400, '', 'admission webhook "images.contoso.com" denied the request: no'),
    'quota': (
        403,
        'Forbidden',
        'pods "{name}" is forbidden: exceeded quota: small, requested: pods=1, used: pods=5, '
        'limited: pods=5',
    ),
    'broken webhook': (
        500,
        'InternalError',
        'Internal error occurred: failed calling webhook "validation.gatekeeper.sh": failed to call'
        ' webhook: Post "https://gatekeeper-webhook-service.gatekeeper-system.svc:443/v1/admit": '
        'context deadline exceeded',
    ),
}
