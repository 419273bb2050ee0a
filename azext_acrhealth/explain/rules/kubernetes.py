# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the kubelet and Kubernetes say besides the container engine's message."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import (
    access_token,
    audience,
    identity,
    missing_logins,
    refresh_token,
)
from azext_acrhealth.catalogue.connectivity import challenge, connection
from azext_acrhealth.catalogue.connectivity import error_responses as forbidden
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
        specific=False,
    ),
    # virtual-kubelet/azure-aci: pkg/provider/aci.go, makeRegistryCredential.
    Rule(
        'pull-secret-invalid',
        ('auth for server', 'auth config for server', 'image pull secret type', 'dockerconfigjson'),
        r'no username present in auth config for server|malformed auth for server'
        r'|error decoding the auth for server|image pull secret type is not one of'
        r'|no dockerconfigjson present in secret|no dockercfg present in secret',
        'credentials',
        references.SECRET_INVALID,
        outranks=('anonymous', 'unauthorized', 'unclear'),
    ),
    # kubernetes: pkg/kubelet/images/image_manager.go, with KubeletEnsureSecretPulledImages.
    Rule(
        'present-not-authorized',
        (
            'errimagenotensured',
            'does not have the proper auth',
        ),
        r'errimagenotensured|does not have the proper auth \(image secret\)',
        'credentials',
        references.PRESENT_NOT_AUTHORIZED,
        outranks=('anonymous', 'unauthorized', 'unclear'),
    ),
    # kubernetes: pkg/credentialprovider/plugin/plugin.go; the words after the image are Go's.
    Rule(
        'provider-failed',
        ('credential provider plugin', 'external registry credential provider'),
        r'error execing credential provider plugin(?: [\w./-]{1,80} for image [^\s:]{1,300})?'
        r'(?:: [^\n]{1,200})?|(?:decoding|response from|invalid) credential provider plugin'
        r'|failed getting credential from external registry credential provider',
        'credentials',
        missing_logins.PROVIDER_FAILED,
        'likely',
        (identity.UNAVAILABLE, refresh_token.EXCHANGE_REFUSED),
        ('anonymous', 'unauthorized', 'unclear', 'provider-no-login', 'response-timeout'),
        unless=r'annotation \S{1,80} is not found or the value is empty',
    ),
    # cloud-provider-azure: pkg/credentialprovider/azure_credentials.go and azure_acr_helper.go, and
    # the helpers that share its code: ACR Tasks, Flux, Argo CD, acr-docker-credential-helper.
    Rule(
        'annotation-missing',
        ('is not found or the value is empty',),
        r'(?:client|tenant) id annotation \S{1,80} is not found or the value is empty',
        'sign-in',
        missing_logins.ANNOTATION_MISSING,
        outranks=('anonymous', 'unauthorized', 'unclear', 'provider-no-login'),
        anywhere=True,
    ),
    Rule(
        'challenge-403',
        ('valid aad challenge',),
        r'did not issue a valid aad challenge, status: 403',
        'firewall',
        forbidden.DENIED,
        candidates=(forbidden.CLIENT_IP, forbidden.PUBLIC_ACCESS_OFF),
        outranks=('anonymous', 'unauthorized', 'unclear', 'provider-no-login'),
        anywhere=True,
    ),
    Rule(
        'challenge-429',
        ('valid aad challenge',),
        r'did not issue a valid aad challenge, status: 429',
        'throttled',
        forbidden.TOO_MANY_REQUESTS,
        outranks=('anonymous', 'unauthorized', 'unclear', 'provider-no-login'),
        anywhere=True,
    ),
    Rule(
        'no-valid-challenge',
        ('valid aad challenge', "header 'www-authenticate'", 'www-authenticate: '),
        r'did not issue a valid (?:aad )?challenge'
        r'|challenge response does not contain header \'www-authenticate\'',
        'login',
        challenge.NO_CHALLENGE,
        'likely',
        (challenge.NOT_A_REGISTRY, challenge.SERVER_ERROR),
        ('anonymous', 'unauthorized', 'unclear', 'provider-no-login'),
        unless=r'valid aad challenge, status: (?:403|429)',
        anywhere=True,
    ),
    Rule(
        'challenge-incomplete',
        ('www-authenticate: ', 'contents of www-authenticate'),
        r'www-authenticate: (?:missing header|expected realm|realm not specified|service not'
        r' specified)|unable to understand the contents of www-authenticate',
        'login',
        challenge.INCOMPLETE,
        'likely',
        (challenge.NO_BEARER,),
        ('anonymous', 'unauthorized', 'unclear', 'provider-no-login'),
        anywhere=True,
    ),
    Rule(
        'auth-url-401',
        ('responded with status code 401',),
        r'auth url \S{3,300} responded with status code 401',
        'login',
        refresh_token.EXCHANGE_REFUSED,
        candidates=(audience.ARM_AUDIENCE_DISABLED,),
        outranks=('anonymous', 'unauthorized', 'unclear', 'provider-no-login', 'exchange-401'),
        anywhere=True,
    ),
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
    # The container runtime canceled the pull: no progress, or its own time limit.
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
