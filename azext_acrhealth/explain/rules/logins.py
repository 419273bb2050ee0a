# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Logins and permissions that the registry refuses, and what a bare 401 leaves open."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import (
    access_token,
    audience,
    missing_logins,
    password,
    refresh_token,
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
    r'|uploading layer|image-push|containerpublish|/t:publishcontainer'
)
_LOGIN = (
    r'docker login|podman login|helm registry login|registry login|login attempt|az acr login'
    r'|logging in(?:to)?\b|login to|login failed|authenticating creds|login-action|docker-login'
    r'|loginserver|\bget "?https?://[^\s"/]{3,200}/v2/"?: '
)
_HINT = r'(?:, visit https://aka\.ms/acr/authorization)?'

RULES = (
    # What the registry's token service says about a service principal's login (Azure/acr: docs/
    # AAD-OAuth.md; fluxcd/flux#3114, microsoft/vscode-docker#3780).
    Rule(
        'client-secret',
        ('invalid clientid or client secret', 'invalid client id or client secret'),
        r'invalid client ?id or client secret',
        'login',
        service_principal.SECRET_REFUSED,
        candidates=(service_principal.UNKNOWN, password.PASSWORD_REFUSED),
        outranks=('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    Rule(
        'client-id-no-guid',
        ('client id must be guid', 'clientid must be guid'),
        r'client ?id must be guid',
        'login',
        password.WRONG_USER_NAME,
        candidates=(password.PASSWORD_REFUSED,),
        outranks=('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    Rule(
        'application-unknown',
        ('application not registered with aad',),
        r'application not registered with aad',
        'login',
        service_principal.UNKNOWN,
        outranks=('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    # The username of the CLI's own refresh tokens.
    Rule(
        'token-user-name',
        ('00000000-0000-0000-0000-000000000000',),
        r'(?:username|user name|-u) 00000000-0000-0000-0000-000000000000…(?:unauthorized|denied)',
        'login',
        stored_credentials.EXPIRED,
        'likely',
        (password.PASSWORD_REFUSED,),
        ('unauthorized', *_WEAKER),
        unless=r'aadsts',
    ),
    Rule(
        'arm-audience',
        ('authentication-as-arm', 'azureadauthenticationasarmpolicy', 'arm audience'),
        r'azureadauthenticationasarmpolicy|authentication-as-arm'
        r'|arm audience token[^\n]{0,80}(?:disabled|not (?:allowed|accepted))',
        'login',
        audience.ARM_AUDIENCE_DISABLED,
        'likely',
        outranks=_WEAKER,
        anywhere=True,
    ),
    # azure-cli: acr/_docker_utils.py. "Admin user is disabled" is only the CLI's last resort.
    Rule(
        'cli-refresh-token-401',
        ('response code: 401', 'connectivity_refresh_token_error'),
        r'connectivity_refresh_token_error(?:…response code: 401)?'
        r'|access to registry…response code: 401',
        'login',
        refresh_token.EXCHANGE_REFUSED,
        candidates=(audience.ARM_AUDIENCE_DISABLED,),
        outranks=('unauthorized', 'admin-user-disabled', 'action-forbidden', *_WEAKER),
        unless=r'response code: (?:403|429|5\d\d|404)|connectivity_access_token_error',
        anywhere=True,
    ),
    Rule(
        'cli-refresh-token-5xx',
        ('response code: 5',),
        r'connectivity_refresh_token_error…response code: 5\d\d',
        'server',
        refresh_token.EXCHANGE_SERVER_ERROR,
        outranks=('unauthorized', 'admin-user-disabled', *_WEAKER),
        anywhere=True,
    ),
    Rule(
        'cli-access-token',
        ('connectivity_access_token_error',),
        r'connectivity_access_token_error(?:…you have (?P<actions>[\w, ]{1,80}) permissions)?',
        'login',
        access_token.NO_PERMISSIONS,
        'likely',
        (access_token.ABAC_ROLE_NEEDED, access_token.TOKEN_REFUSED, access_token.ACTIONS_MISSING),
        ('unauthorized', 'admin-user-disabled', *_WEAKER),
        unless=r'response code: (?:403|429|5\d\d)',
        anywhere=True,
    ),
    Rule(
        'admin-user-disabled',
        (
            'admin user is disabled',
            'adminuserenabled',
            'admin user disabled',
            'unauthorizedforcred',
        ),
        r'admin user (?:is )?disabled|admin user is not enabled|enable admin user'
        r'|adminuserenabled[^\n]{0,40}false|unauthorizedforcredentialoperations',
        'login',
        password.ADMIN_USER_DISABLED,
        'likely',
        outranks=('unauthorized', *_WEAKER),
        unless=r'unable to get aad authorization tokens with message',
    ),
    Rule(
        'admin-user-fallback',
        ('unable to get admin user credentials',),
        r'unable to get admin user credentials with message: admin user is disabled',
        'unclear',
        refresh_token.EXCHANGE_REFUSED,
        'possible',
        (password.ADMIN_USER_DISABLED,),
        anywhere=True,
    ),
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
        r' \S{1,600})?:? 40[014]',
        'unauthorized',
        access_token.TOKEN_REFUSED,
        'likely',
        (password.PASSWORD_REFUSED, access_token.NO_PERMISSIONS, stored_credentials.EXPIRED),
        _WEAKER,
    ),
    Rule(
        'anonymous-token-401',
        ('anonymous token', 'falling back on anonymous', 'no basic auth credentials'),
        r'failed to fetch anonymous token: unexpected status(?: code)?(?: from \w{3,6} request to'
        r' \S{1,600})?:? 40[014]|failed to fetch anonymous token|falling back on anonymous'
        r'|no basic auth credentials',
        'anonymous',
        missing_logins.NO_CREDENTIALS,
        outranks=('unclear', 'token-url-401', 'unauthorized-pull', 'pull-access-denied'),
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
        r'|push access denied|requested access to the resource is denied',
        'unauthorized',
        push.UNAUTHORIZED,
        'likely',
        (password.PASSWORD_REFUSED, stored_credentials.EXPIRED, access_token.NO_PERMISSIONS),
        _WEAKER,
        needs=PUSHES,
        specific=False,
        unless=r'"?code"?:? ?"?unauthorizedaccess|www-authenticate',
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
    # errors[0].code DENIED without a reason (distribution: registry/api/errcode).
    Rule(
        'denied',
        ('denied',),
        r'(?:^|[\s:\[{",])denied: (?!client|requested access|this request)[^\n]{0,120}|"denied"',
        'denied',
        pull.DENIED,
        'possible',
        (push.DENIED, access_token.NO_PERMISSIONS),
        ('unclear',),
        specific=False,
        unless=r'permission denied: |access denied for user',
    ),
)
