# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the kubelet and Kubernetes say besides the container engine's message."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import access_token, identity, refresh_token
from azext_acrhealth.catalogue.connectivity import connection
from azext_acrhealth.catalogue.data import pull, references
from azext_acrhealth.explain.rule import Rule

RULES = (
    # kubernetes: pkg/kubelet/kubelet_pods.go. Pods that pull with another login have this event,
    # too.
    Rule(
        'pull-secret-missing',
        (
            'failedtoretrieveimagepullsecret',
            'unable to retrieve some image pull secrets',
            "couldn't find registry secret",
            'image pull secret',
        ),
        r'failedtoretrieveimagepullsecret|unable to retrieve some image pull secrets?(?:'
        r' \([^)\n]{1,200}\))?',
        'credentials',
        references.PULL_SECRET_MISSING,
        'likely',
        outranks=('anonymous', 'unauthorized', 'unclear'),
        anywhere=True,
    ),
    # cloud-provider-azure: pkg/credentialprovider/azure_credentials.go, in the kubelet's log.
    Rule(
        'provider-no-login',
        ('error getting credentials from acr', 'acr-credential-provider', 'azure_credentials.go'),
        r'error getting credentials from acr(?: for \S{1,253})?'
        r'|(?:acr-credential-provider|azure_credentials\.go)[^\n]{0,300}(?:error|failed)',
        'sign-in',
        identity.UNAVAILABLE,
        'possible',
        (refresh_token.EXCHANGE_REFUSED, identity.NOT_ASSIGNED),
        ('anonymous',),
    ),
    # The container runtime gave up: no progress, or its own limit of time.
    Rule(
        'canceled',
        ('context canceled',),
        r'context canceled',
        'unclear',
        pull.TIMEOUT,
        'possible',
        (connection.CONNECT_TIMEOUT, pull.CUT),
        elsewhere={'data': pull.TIMEOUT},
        specific=False,
    ),
    # kubernetes: pkg/kubelet/images/types.go.
    Rule(
        'registry-unavailable',
        ('registryunavailable', 'the registry is unavailable'),
        r'registryunavailable|image pull failed for \S{1,300} because the registry is unavailable',
        'unclear',
        connection.CONNECT_FAILED,
        'likely',
        (connection.CONNECT_TIMEOUT, pull.SERVER_ERROR, access_token.TOKEN_SERVER_ERROR),
    ),
)
