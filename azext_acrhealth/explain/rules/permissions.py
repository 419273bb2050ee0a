# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens and permissions that the registry refuses, and what a bare 401 leaves open."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import (
    access_token,
    missing_logins,
    password,
    service_principal,
    stored_credentials,
)
from azext_acrhealth.catalogue.data import manifest, pull, push
from azext_acrhealth.explain.rule import Rule

_WEAKER = ('anonymous', 'unclear')
# A push, by the command, by its progress, or by the scope of the token.
PUSHES = (
    r'\bpush(?:ing|es)? (?!and )|\bpush refers to|pushing manifest|pushing layer|/blobs/uploads/'
    r'|apull,push|push,pull|%2cpush|push permission|failed to push|helm push|\bpush:|copying blob'
    r'|uploading layer|image-push|containerpublish|/t:publishcontainer|exporting to image'
    r'|initiating layer upload|writing blob|\bput "?https?://|pushing layers|layer already exists'
    r'|: pushed\b|[0-9a-f]{12}: retrying in'
)
_HINT = r'(?:, visit https://aka\.ms/acr/authorization)?'

RULES = (
    # RFC 6750; the registry's answer to a token whose actions don't include the request's
    # (containerd: core/remotes/docker/authorizer.go and errcode).
    Rule(
        'scope-too-small-push',
        ('insufficient_scope', 'insufficient scope'),
        r'insufficient[_ ]scopes?',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, access_token.ABAC_ROLE_NEEDED),
        _WEAKER,
        needs=PUSHES,
    ),
    Rule(
        'scope-too-small',
        ('insufficient_scope', 'insufficient scope'),
        r'insufficient[_ ]scopes?',
        'unauthorized',
        access_token.NO_PERMISSIONS,
        'likely',
        (manifest.NO_SUCH_REPOSITORY, access_token.ABAC_ROLE_NEEDED, pull.UNAUTHORIZED),
        _WEAKER,
    ),
    # containerd: core/remotes/docker/auth/fetch.go. The URL is there since 1.7.
    Rule(
        'oauth-token-401',
        ('failed to fetch oauth token', 'failed to authorize'),
        r'failed to fetch oauth token: unexpected status(?: code)?(?: from \w{3,6} request to'
        r' \S{1,600})?:? 40[14]',
        'unauthorized',
        access_token.TOKEN_REFUSED,
        'likely',
        (password.PASSWORD_REFUSED, access_token.NO_PERMISSIONS, stored_credentials.EXPIRED),
        _WEAKER,
    ),
    # A request that the token service can't read: without a scope (nerdctl login), or with a token
    # that isn't one.
    Rule(
        'oauth-token-400',
        ('failed to fetch oauth token',),
        r'failed to fetch oauth token: unexpected status(?: code)?(?: from \w{3,6} request to'
        r' \S{1,600})?:? 400',
        'login',
        access_token.TOKEN_STATUS,
        'likely',
        (password.PASSWORD_REFUSED, stored_credentials.EXPIRED),
        ('unauthorized', *_WEAKER),
    ),
    Rule(
        'anonymous-token-401',
        (
            'anonymous token',
            'falling back on anonymous',
            'no basic auth credentials',
            'basic credential not found',
        ),
        r'failed to fetch anonymous token: unexpected status(?: code)?(?: from \w{3,6} request to'
        r' \S{1,600})?:? 40[014]'
        r'|failed to fetch anonymous token(?!: unable to decode)|falling back on anonymous'
        # oras-go: registry/remote/auth/client.go, ErrBasicCredentialNotFound.
        r'|no basic auth credentials|basic credential not found',
        'anonymous',
        missing_logins.NO_CREDENTIALS,
        outranks=(
            'unclear',
            'token-url-401',
            'unauthorized-pull',
            'pull-access-denied',
            'push-access-denied',
            'unauthorized-push',
        ),
    ),
    # A page where the token service's JSON was expected (containerd: core/remotes/docker/auth/
    # fetch.go; oras-go: registry/remote/auth/client.go; moby: registry/auth.go).
    Rule(
        'token-unreadable',
        ('token response', 'failed to decode response', 'error parsing auth token'),
        r'unable to decode token response|error parsing auth token|failed to decode response: '
        r'invalid character|token response had neither token nor access_token'
        r'|could not deserialize token from json',
        'unclear',
        access_token.TOKEN_UNREADABLE,
        'likely',
        (access_token.TOKEN_BLOCKED_BY_INTERMEDIARY,),
        ('anonymous',),
    ),
    Rule(
        'login-attempt',
        ('login attempt to', 'incorrect username or password', 'invalid username/password'),
        r'login attempt to \S{1,300} failed with status: 40[13]|incorrect username or password'
        r'|invalid username/password|error logging into [^\n]{1,200}invalid username',
        'login',
        password.PASSWORD_REFUSED,
        'likely',
        (service_principal.SECRET_REFUSED, password.ADMIN_USER_DISABLED),
        ('unauthorized', *_WEAKER),
    ),
    # The first request of a login, `/v2/`, or the login's own words around it.
    Rule(
        'login-401',
        ('unauthorized', 'authentication required', '401'),
        r'https?://[^\s"/]{3,253}/v2/?"?: unauthorized(?:: authentication required)?'
        r'|(?:docker|podman|registry) login…(?:\bunauthorized\b|\b401\b)'
        r'|logging in(?:to)?…(?:\bunauthorized\b|\b401\b)'
        r'|authenticating creds for[^\n]{1,300}unauthorized',
        'unauthorized',
        password.PASSWORD_REFUSED,
        'likely',
        (password.ADMIN_USER_DISABLED, service_principal.SECRET_REFUSED, password.WRONG_USER_NAME),
        _WEAKER,
        unless=PUSHES,
    ),
    # go-containerregistry (crane, kaniko, Tekton, Container Apps), and oras, name the token's URL.
    Rule(
        'token-url-push',
        ('unauthorized', '401'),
        r'(?:/oauth2/token|\bscope=repository)[^\s"]{0,400}"?:?…\b(?:unauthorized|401)\b',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (access_token.NO_PERMISSIONS, access_token.TOKEN_REFUSED, password.PASSWORD_REFUSED),
        _WEAKER,
        needs=PUSHES,
    ),
    Rule(
        'token-url-401',
        ('unauthorized', '401'),
        r'(?:/oauth2/token|\bscope=repository)[^\s"]{0,400}"?:?…\b(?:unauthorized|401)\b',
        'unauthorized',
        access_token.TOKEN_REFUSED,
        'likely',
        (missing_logins.NO_CREDENTIALS, password.PASSWORD_REFUSED, access_token.NO_PERMISSIONS),
        _WEAKER,
    ),
    Rule(
        'unauthorized-push',
        ('unauthorized', 'authentication required', '401', 'access denied', 'resource is denied'),
        rf'unauthorized: authentication required{_HINT}|\bunauthorized\b|authentication required'
        rf'|\b401\b'
        r'|push access denied|request(?:ed|ing) access to (?:the )?resource is denied',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (password.PASSWORD_REFUSED, stored_credentials.EXPIRED, access_token.NO_PERMISSIONS),
        _WEAKER,
        needs=PUSHES,
        specific=False,
        unless=r'"?code"?:? ?"?unauthorizedaccess|www-authenticate'
        r'|docker pull [^\n]{1,200}\n[^\n]{0,200}\n?[^\n]{0,80}unauthorized',
    ),
    # moby: distribution/errors.go. What Docker says when the registry denies a token's scope.
    Rule(
        'pull-access-denied',
        ('access denied for', 'requested access to the resource is denied', 'pull access denied'),
        r'pull access denied(?: for \S{1,300})?,? repository does not exist or may require'
        r'|pull access denied|requested access to the resource is denied',
        'unauthorized',
        access_token.NO_PERMISSIONS,
        'likely',
        (manifest.NO_SUCH_REPOSITORY, missing_logins.NO_CREDENTIALS, pull.UNAUTHORIZED),
        _WEAKER,
    ),
    Rule(
        'unauthorized-pull',
        ('unauthorized', 'authentication required', '401', 'authorization failed'),
        rf'unauthorized: authentication required{_HINT}|\bunauthorized\b|authentication required'
        r'|(?:status|code|http|:)[ :=]{1,2}401\b|\b401 \(?unauthorized|authorization failed',
        'unauthorized',
        pull.UNAUTHORIZED,
        'likely',
        (
            missing_logins.NO_CREDENTIALS,
            password.PASSWORD_REFUSED,
            access_token.NO_PERMISSIONS,
            stored_credentials.EXPIRED,
        ),
        ('unclear',),
        specific=False,
        unless=r'www-authenticate',
    ),
    # containerd: core/remotes/docker/fetcher.go, with the registry's own error, which decides.
    Rule(
        'server-message-denied',
        ('server message: denied',),
        r'403 forbidden - server message: denied: (?!client|requested access|this request)'
        r'[^\n]{0,120}',
        'denied',
        pull.DENIED,
        'likely',
        (access_token.NO_PERMISSIONS,),
        ('unclear', 'denied', 'manifest-403'),
    ),
    # errors[0].code DENIED without a reason (distribution: registry/api/errcode).
    Rule(
        'denied',
        ('denied',),
        r'(?:^|(?<!access)[\s:\[{",])denied: (?!client|requested access|this request)[^\n]{0,120}'
        r'|"denied"|(?:daemon|error): denied$',
        'denied',
        pull.DENIED,
        'possible',
        (push.DENIED, access_token.NO_PERMISSIONS),
        ('unclear',),
        specific=False,
        unless=r'permission denied: |access denied for user',
    ),
)
