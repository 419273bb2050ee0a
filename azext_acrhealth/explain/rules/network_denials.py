# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's firewall, in the words of the registry, its clients, and the Azure CLI."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.catalogue.connectivity import error_responses as forbidden
from azext_acrhealth.catalogue.connectivity import proxy
from azext_acrhealth.catalogue.data import blob, pull
from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.explain.rule import Rule

_LOGIN_NOISE = ('anonymous', 'unauthorized', 'login', 'unclear', 'denied')
_WHY = (forbidden.CLIENT_IP, forbidden.PUBLIC_ACCESS_OFF)
_PRIVATE = (
    r'(?:10|127)\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254'
    r'|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])'
)

RULES = (
    # The registry's own words, at every endpoint (azure-docs: container-registry-access-selected-
    # networks; Azure/acr#633). The address in them is the one that the registry saw.
    Rule(
        'client-ip-private',
        ('is not allowed access', 'is not allowed to access'),
        rf'client with ip[ :]["\'`]?(?P<client_ip>(?:{_PRIVATE})\.\d{{1,3}}(?:\.\d{{1,3}})?)["\'`]?'
        r' is not allowed (?:to )?access',
        'firewall',
        forbidden.PRIVATE_CLIENT,
        outranks=(*_LOGIN_NOISE, 'client-ip'),
        anywhere=True,
    ),
    Rule(
        'client-ip',
        ('is not allowed access', 'is not allowed to access'),
        r'client with ip(?:[ :]["\'`]?(?P<client_ip>[^\n"\'`]{1,60}?)["\'`]?)? is not allowed'
        r' access',
        'firewall',
        forbidden.CLIENT_IP,
        candidates=(forbidden.PUBLIC_ACCESS_OFF, forbidden.ROUTED_OUTSIDE_PRIVATE_LINK),
        outranks=_LOGIN_NOISE,
        anywhere=True,
    ),
    # azure-cli: acr/_errors.py, CONNECTIVITY_FORBIDDEN_ERROR, and acr/_docker_utils.py, which
    # prints the same sentence when `/v2/` responds with 403.
    Rule(
        'cli-forbidden',
        ('see configured firewall rules', 'connectivity_forbidden_error'),
        r'looks like you don\'?t have access to registry|connectivity_forbidden_error',
        'firewall',
        forbidden.DENIED,
        candidates=_WHY,
        outranks=_LOGIN_NOISE,
        anywhere=True,
    ),
    # The CLI reports every response of the exchange but 200 and 429 by this code; 403 is the
    # firewall's or an encryption key's, and no new sign-in helps.
    Rule(
        'cli-refresh-token-403',
        ('response code: 403',),
        r'(?:connectivity_refresh_token_error|connectivity_access_token_error'
        r'|access to registry)…response code: 403',
        'firewall',
        forbidden.DENIED,
        'likely',
        (*_WHY, encryption.KEY_FORBIDDEN),
        (*_LOGIN_NOISE, 'action-forbidden'),
        anywhere=True,
    ),
    # ACR Tasks (acb), the kubelet's credential provider (cloud-provider-azure:
    # pkg/credentialprovider), Flux and Argo CD exchange tokens in the same way.
    Rule(
        'exchange-403',
        (
            '/oauth2/exchange',
            'exchange api response code',
            'token exchange',
            'exchange token',
            'exchange acr',
            'exchange arm',
            'exchange aad',
            'exchange request',
        ),
        r'(?:/oauth2/exchange|exchange api response code|token exchange|exchange (?:acr |arm '
        r'|aad )?(?:access )?token)…(?:(?:code|status|:) ?:? ?403\b(?: forbidden)?'
        r'|\b403 \(?forbidden)|status code 403 from exchange request',
        'firewall',
        forbidden.DENIED,
        'likely',
        (*_WHY, encryption.KEY_FORBIDDEN),
        (*_LOGIN_NOISE, 'no-credential-chain'),
        anywhere=True,
    ),
    # containerd: core/remotes/docker/auth/fetch.go. Without a login, the registry denied the
    # credential provider, too.
    Rule(
        'token-403',
        ('token: unexpected status',),
        r'failed to fetch (?:oauth|anonymous) token: unexpected status(?: code)?(?: from \w{3,6}'
        r' request to \S{1,600})?:? 403(?: forbidden)?',
        'firewall',
        forbidden.DENIED,
        'likely',
        (*_WHY, encryption.KEY_FORBIDDEN),
        _LOGIN_NOISE,
    ),
    # Storage, for layers: a service endpoint policy or a firewall of the subnet (Azure/AKS#1383).
    Rule(
        'layer-403',
        ('403', 'authorizationfailure', 'not authorized to perform this operation'),
        r'(?P<host>[\w-]{1,80}\.blob\.core\.[\w.]{5,40})…(?:\b403\b(?: forbidden)?'
        r'|authorizationfailure|not authorized to perform this operation)',
        'firewall',
        None,
        elsewhere={'data': blob.STORAGE_DENIED},
        outranks=('unclear', 'anonymous'),
        unless=r'http/1\.1" 200',
    ),
    # moby: distribution/pull_v2.go. The image's configuration comes from storage, whose answer is
    # XML.
    Rule(
        'configuration-403',
        ('error pulling image configuration', 'httpreadseeker'),
        r'(?:error pulling image configuration|httpreadseeker: failed open)…(?:\b403\b'
        r'|authorizationfailure|authorizationpermissionmismatch)',
        'firewall',
        blob.STORAGE_DENIED,
        candidates=(pull.BLOCKED_BY_INTERMEDIARY,),
        outranks=('denied', 'unclear', 'anonymous', 'unauthorized', 'manifest-403'),
        elsewhere={'data': blob.STORAGE_DENIED},
        unless=r'403 forbidden - server message: denied',
    ),
    Rule(
        'storage-authentication',
        ('server failed to authenticate the request',),
        r'403[^\n]{0,40}server failed to authenticate the request',
        'firewall',
        blob.STORAGE_DENIED,
        'likely',
        (blob.SIGNATURE_EXPIRED,),
        ('denied', 'unclear', 'anonymous', 'unauthorized'),
        elsewhere={'data': blob.STORAGE_DENIED},
        unless=r'signature not valid in the specified',
    ),
    Rule(
        'manifest-403',
        ('403',),
        r'(?:(?:get|head)(?: request to)? "?)https?://[^\s"]{3,700}"?:? (?:(?:unexpected'
        r'|response) status(?: code)?:? )?403(?: forbidden)?|unexpected status(?: code)?:? 403'
        r'|\b403 \(?forbidden',
        'firewall',
        forbidden.DENIED,
        'likely',
        (forbidden.CLIENT_IP, pull.DENIED, pull.QUARANTINED),
        ('anonymous', 'unclear'),
        unless=r'token: unexpected status[^\n]{0,400}403',
        specific=False,
    ),
    Rule(
        'host-403',
        ('failed with status code',),
        r'(?:pulling from host|pushing to host|from host) (?P<host>\S{1,253}) failed with status'
        r' code \[[^\]\n]{1,80}\]: 403 forbidden',
        'firewall',
        forbidden.DENIED,
        'likely',
        (forbidden.CLIENT_IP, pull.DENIED, pull.QUARANTINED),
        ('anonymous', 'unclear'),
    ),
    # containers/image: docker/docker_client.go, the answer to the first request.
    Rule(
        'ping-403',
        ('invalid status code from registry 403', 'received unexpected http status: 403'),
        r'(?:invalid status code from registry|received unexpected http status:) 403',
        'firewall',
        forbidden.DENIED,
        'likely',
        (*_WHY, proxy.PRIVATE_THROUGH_PROXY),
        ('anonymous', 'unclear'),
    ),
    # A page of a gateway where the registry's JSON was expected (moby: registry/errors.go).
    Rule(
        'blocked-page',
        ('error parsing http 40', 'looking for beginning of value'),
        r'error parsing http 40[0-9] response body: invalid character \'<\'',
        'denied',
        refresh_token.EXCHANGE_BLOCKED_BY_INTERMEDIARY,
        'likely',
        (pull.BLOCKED_BY_INTERMEDIARY,),
        ('unauthorized', 'unclear', 'manifest-403'),
    ),
    # The same place in moby, for a response without a body.
    Rule(
        'empty-403',
        ('error parsing http 403',),
        r'error parsing http 403 response body: (?:unexpected end of json input|no error details)',
        'firewall',
        forbidden.DENIED,
        'likely',
        (forbidden.CLIENT_IP, pull.DENIED, pull.BLOCKED_BY_INTERMEDIARY),
        ('unauthorized', 'unclear', 'anonymous'),
    ),
)
