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
from azext_acrhealth.catalogue.connectivity import challenge
from azext_acrhealth.catalogue.data import pull
from azext_acrhealth.catalogue.registry import arm_actions, login_server
from azext_acrhealth.explain.rule import Rule

_WEAKER = ('anonymous', 'unclear')

RULES = (
    # docker: cli and moby's registry/auth.go. A server that isn't a registry answers so.
    Rule(
        'login-attempt-404',
        ('login attempt to',),
        r'login attempt to \S{1,300} failed with status: 404',
        'login',
        challenge.NOT_A_REGISTRY,
        'likely',
        outranks=_WEAKER,
    ),
    # distribution: registry/client/auth/session.go.
    Rule(
        'no-realm',
        ('no realm specified',),
        r'no realm specified for token auth challenge',
        'login',
        challenge.INCOMPLETE,
        'likely',
        outranks=_WEAKER,
    ),
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
    # The exchange couldn't read the account's permissions.
    Rule(
        'permissions-unreadable',
        ('retrieving permissions failed',),
        r'retrieving permissions failed',
        'login',
        refresh_token.EXCHANGE_REFUSED,
        outranks=('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    # kubelet's credential provider and canipull (`az aks check-acr`).
    Rule(
        'exchange-401',
        ('/oauth2/exchange', 'token exchange', 'exchange request'),
        r'(?:/oauth2/exchange|token exchange endpoint)…(?:(?:code|status|:) ?:? ?401\b'
        r'|\b401 \(?unauth)|status code 401 from exchange request',
        'login',
        refresh_token.EXCHANGE_REFUSED,
        'likely',
        (audience.ARM_AUDIENCE_DISABLED,),
        ('unauthorized', 'no-credential-chain', *_WEAKER),
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
    # docker/cli: cli/command/registry.go, for a login without a password.
    Rule(
        'no-password',
        (
            'non tty device',
            'password is empty',
            'must provide --username',
            'username and password required',
            'not supplied: username',
            'not supplied: password',
        ),
        r'username and password required|input required and not supplied: (?:username|password)'
        r'|cannot perform an interactive login from a non tty device'
        r'|must provide --username with --password-stdin|password is empty',
        'login',
        missing_logins.NO_PASSWORD,
        outranks=('unauthorized', 'engine', *_WEAKER),
        unless=r'ran out of retries: failed to set docker credentials',
    ),
    # azure-pipelines-tasks: docker-common/acrauthenticationtokenprovider.ts, the exchange.
    Rule(
        'pipelines-exchange',
        ('couldnotfetchaccesstokenfor', 'could not fetch access token for'),
        r'couldnotfetchaccesstokenformsiduetoacrnotconfiguredproperlystatuscode'
        r'|couldnotfetchaccesstokenforacr|could not fetch access token for (?:acr|azure container)',
        'login',
        refresh_token.EXCHANGE_REFUSED,
        'likely',
        (access_token.NO_PERMISSIONS, audience.ARM_AUDIENCE_DISABLED),
        ('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    # azure-pipelines-tasks: Tasks/DockerV2/task.json, NotPushingAsNoLoginFound.
    Rule(
        'pipelines-no-login',
        ('no login information was found',),
        r'not pushing to any registry as no login information was found',
        'login',
        missing_logins.NO_CREDENTIALS,
        outranks=('unauthorized', *_WEAKER),
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
        r'connectivity_access_token_error(?:…you have [\w, ]{1,80} permissions)?',
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
            'with admin enabled',
        ),
        r'admin user (?:is )?disabled|admin user is not enabled|enable admin user'
        # microsoft/vscode-docker: deployImageToAzure.
        r'|container registr(?:y|ies) with admin enabled'
        r'|adminuserenabled[^\n]{0,40}false|unauthorizedforcredentialoperations',
        'login',
        password.ADMIN_USER_DISABLED,
        'likely',
        outranks=('unauthorized', *_WEAKER),
        unless=r'unable to get aad authorization tokens with message',
    ),
    # azure-cli: appservice/custom.py, _get_acr_cred, and the extension containerapp. They look up
    # the password of the admin user.
    Rule(
        'admin-user-lookup',
        ('credentials for container registry', 'container registry credentials'),
        r'failed to retrieve (?:credentials for container registry|container registry credentials)',
        'login',
        password.ADMIN_USER_DISABLED,
        'likely',
        (login_server.NOT_IN_ARM, arm_actions.ACTION_FORBIDDEN),
        ('unauthorized', *_WEAKER),
        anywhere=True,
    ),
    # Azure Machine Learning: its own login to the registry of an environment or a job.
    Rule(
        'machine-learning-login',
        ('authentication failed for container registry',),
        r'authentication failed for container registry \S{1,253}',
        'unauthorized',
        pull.UNAUTHORIZED,
        'likely',
        (password.PASSWORD_REFUSED, password.ADMIN_USER_DISABLED, access_token.NO_PERMISSIONS),
        _WEAKER,
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
)
