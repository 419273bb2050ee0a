# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of signing in, and of exchanging the Entra token for a refresh token."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

REFRESH = Family(
    'CONNECTIVITY_REFRESH_TOKEN_ERROR',
    'No login at the registry could be had for the account that the Azure CLI is logged in with.',
    (
        'Renew the login: `az login`.',
        (
            'Make sure that the account has a role on the registry, such as AcrPull (or Container '
            'Registry Repository'
            ' Reader where the registry uses repository permissions).'
        ),
    ),
    links.documented('CONNECTIVITY_REFRESH_TOKEN_ERROR'),
)

ASSIGN = (
    'Ask somebody who may assign roles on the registry to run: `az role assignment create '
    '--assignee {account}'
    ' --role "{role}" --scope {registry_id}` (takes some minutes to work).'
)

NOT_LOGGED_IN = REFRESH.problem(
    'NotLoggedIn', 'Nobody is logged in to the Azure CLI.', 'Run `az login`.'
)
LOGIN_EXPIRED = REFRESH.problem(
    'LoginExpired',
    'The login that the Azure CLI keeps has run out or was revoked: it was unused for too long, a '
    'policy limits its'
    ' age, or the password was changed.',
    'Log in again: `az logout`, then `az login --tenant {tenant}`.',
    'In a pipeline, log in at the beginning of each job, with a service principal or a managed '
    'identity.',
)
INTERACTION_NEEDED = REFRESH.problem(
    'InteractionRequired',
    'A policy of the organisation (Conditional Access) wants more than the login that the Azure '
    'CLI keeps: a second'
    ' factor, a managed device, or another network.',
    'Log in for the registry itself, from a browser: `az login --tenant {tenant} --scope '
    '{audience}/.default`.',
    'If it is blocked all the same, ask whoever runs the directory, with the AADSTS code and the '
    'correlation id of this'
    ' row.',
)
WRONG_TENANT = REFRESH.problem(
    'WrongTenant',
    'Microsoft Entra ID does not know the tenant, or does not know the account or application in '
    'it.',
    "Log in to the tenant that the registry's subscription belongs to: `az login --tenant TENANT`; "
    '`az account list'
    ' --query "[].[name, tenantId]"` shows those of the subscriptions that this login knows.',
    'If the tenant is right, the account or application was deleted or is a guest that has not '
    'accepted its'
    ' invitation.',
)
SECRET_REFUSED = REFRESH.problem(
    'ApplicationSecretRefused',
    'Microsoft Entra ID does not take the secret or certificate of the service principal that the '
    'Azure CLI is logged'
    ' in with: it is not the right one, or the application is disabled.',
    'Log in with the right secret: `az login --service-principal --username {application} '
    '--password SECRET --tenant'
    ' {tenant}`.',
)
SECRET_EXPIRED = REFRESH.problem(
    'ApplicationSecretExpired',
    'The secret of the service principal that the Azure CLI is logged in with has expired.',
    'Let somebody who may manage the application add a new secret: `az ad sp credential reset --id '
    '{application}'
    ' --append` (without --append all its other secrets are deleted), then log in with it: `az '
    'login'
    ' --service-principal --username {application} --password SECRET --tenant {tenant}`.',
)
LOGIN_STORE_UNUSABLE = REFRESH.problem(
    'LoginStoreUnusable',
    'The Azure CLI cannot read or write the files in which it keeps its login: the disk is full, '
    'or another user owns'
    ' them.',
    'Free some space (`df -h`), or point AZURE_CONFIG_DIR to a folder that this user may write.',
)
AUDIENCE_REFUSED = REFRESH.problem(
    'AudienceRefused',
    "Microsoft Entra ID gives no token for the registry's audience here, and the audience of "
    'Resource Manager did not'
    ' lead to a login either.',
    'Name an audience that this login can get: `az config set acr.audience_resource=AUDIENCE`.',
    "If the registry refused Resource Manager's audience, allow it: `az acr config "
    'authentication-as-arm update'
    ' --registry {registry} --status enabled`.',
)
ARM_AUDIENCE_DISABLED = REFRESH.problem(
    'ArmAudienceDisabled',
    "The only token that this login can get is one for Resource Manager's audience, and the "
    "registry's policy"
    ' azureADAuthenticationAsArmPolicy does not accept that.',
    'Allow it: `az acr config authentication-as-arm update --registry {registry} --status '
    'enabled`.',
    "Or log in with an account that can get a token for the registry's own audience.",
)
OTHER_AUDIENCE_WORKS = REFRESH.problem(
    'OtherAudienceWorks',
    'A login with the audience that the Azure CLI uses for registries was refused, but one with '
    'another audience works.'
    ' Commands like `az acr login` fail until the Azure CLI uses that one.',
    'Let the Azure CLI use the audience that works: `az config set '
    'acr.audience_resource={audience}`; the variable'
    ' AZURE_ACR_AUDIENCE_RESOURCE, if it is set, comes before that and must be unset.',
)
SIGN_IN_REFUSED = REFRESH.problem(
    'SignInRefused',
    'Microsoft Entra ID refused to give a token for the account that the Azure CLI is logged in '
    'with.',
    'Log in again: `az logout`, then `az login`; the AADSTS code in the row tells the cause.',
)
SIGN_IN_UNAVAILABLE = REFRESH.problem(
    'SignInUnavailable',
    'Microsoft Entra ID could not be reached, turned the request away, or gave an answer that '
    'makes no sense.',
    'Look at what this network makes of it: `curl -sSI https://{login_host}`.',
    'If it wants a proxy or a certificate of its own, set HTTPS_PROXY or REQUESTS_CA_BUNDLE for '
    'the Azure CLI, too.',
    transient=True,
)
SIGN_IN_TIMEOUT = REFRESH.problem(
    'SignInTimeout',
    'Signing in to Microsoft Entra ID did not end in time.',
    'Look at what this network makes of it: `curl -sSI https://{login_host}`.',
    'If it wants a proxy or a certificate of its own, set HTTPS_PROXY or REQUESTS_CA_BUNDLE for '
    'the Azure CLI, too.',
    transient=True,
)
EXCHANGE_REFUSED = REFRESH.problem(
    'Unauthorized',
    "The registry does not accept the account's token: the account has no role on it, or belongs "
    'to another tenant'
    ' than the registry.',
    ASSIGN,
    'If the registry is in another tenant, log in there: `az login --tenant TENANT`.',
    transient=True,
)
EXCHANGE_BLOCKED_BY_INTERMEDIARY = REFRESH.problem(
    'BlockedByIntermediary',
    'The request was denied by something that is not the registry, most likely a proxy or a '
    'filter.',
    'Ask whoever runs the proxy or filter to let `https://{host}/oauth2/` pass.',
)
EXCHANGE_SERVER_ERROR = REFRESH.problem(
    'ServerError',
    "The registry's token service answered with an error of its own.",
    'Try again in a while.',
    'If it persists, give support the correlation id {correlation_id} and the time {at}.',
    transient=True,
)
EXCHANGE_STATUS = REFRESH.problem(
    'UnexpectedStatus',
    "The registry's token service answered with a status that makes no sense here.",
    'Try again in a while; check the proxy of this network.',
)
EXCHANGE_UNREADABLE = REFRESH.problem(
    'UnreadableResponse',
    "The answer of the registry's token service holds no refresh token.",
    'Something may be changing answers on the way: check the proxy of this network.',
)
REFRESH_TOKEN_NOT_VALID_NOW = REFRESH.problem(
    'TokenNotValidNow',
    "The registry gave a token that is not valid now by this machine's clock, so that nothing can "
    'be done with it.',
    "Set this machine's clock right first (row `clock`).",
    'If the clock is right, something on the way repeats old answers: check the proxy of this '
    'network.',
)
EXCHANGE_TIMEOUT = REFRESH.problem(
    'ResponseTimeout',
    "The answer of the registry's token service did not come whole in time.",
    'Try again in a while.',
    transient=True,
)
EXCHANGE_RESET = REFRESH.problem(
    'ResponseReset',
    "The connection was reset instead of an answer of the registry's token service, as firewalls "
    'do that read the'
    ' requests.',
    'Ask whoever runs the firewall or proxy to let `https://{host}/oauth2/` pass.',
    transient=True,
)
EXCHANGE_INCOMPLETE = REFRESH.problem(
    'ResponseIncomplete',
    "The connection was cut before the answer of the registry's token service was there.",
    'Try again in a while; check the proxy or firewall of this network.',
    transient=True,
)

FAMILIES = (REFRESH,)
PROBLEMS = (
    NOT_LOGGED_IN,
    LOGIN_EXPIRED,
    INTERACTION_NEEDED,
    WRONG_TENANT,
    SECRET_REFUSED,
    SECRET_EXPIRED,
    LOGIN_STORE_UNUSABLE,
    AUDIENCE_REFUSED,
    ARM_AUDIENCE_DISABLED,
    OTHER_AUDIENCE_WORKS,
    SIGN_IN_REFUSED,
    SIGN_IN_UNAVAILABLE,
    SIGN_IN_TIMEOUT,
    EXCHANGE_REFUSED,
    EXCHANGE_BLOCKED_BY_INTERMEDIARY,
    EXCHANGE_SERVER_ERROR,
    EXCHANGE_STATUS,
    EXCHANGE_UNREADABLE,
    REFRESH_TOKEN_NOT_VALID_NOW,
    EXCHANGE_TIMEOUT,
    EXCHANGE_RESET,
    EXCHANGE_INCOMPLETE,
)
