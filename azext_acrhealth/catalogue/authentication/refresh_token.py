# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of signing in, and of exchanging the Entra token for a refresh token."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.shell import CHANGED_RESPONSE, CLOCK_FIRST
from azext_acrhealth.model import Family

REFRESH = Family(
    'CONNECTIVITY_REFRESH_TOKEN_ERROR',
    "The login to the registry with the Azure CLI's account failed.",
    (
        'Sign in again: `az login`.',
        (
            'Make sure that the account has a role on the registry, such as AcrPull, or Container '
            'Registry Repository Reader if the registry uses ABAC repository permissions.'
        ),
    ),
    links.documented('CONNECTIVITY_REFRESH_TOKEN_ERROR'),
)

_REACH_ENTRA = (
    'Check whether this network can reach Microsoft Entra ID: `curl -sSI https://{login_host}`.'
)
_CONFIGURE_CLI = (
    'Set HTTPS_PROXY or REQUESTS_CA_BUNDLE for the Azure CLI if this network requires a proxy or '
    'a root certificate of its own.'
)
_ALLOW_ARM_AUDIENCE = (
    'Allow tokens for the Azure Resource Manager audience, which the registry then accepts from '
    'all accounts: `az acr config authentication-as-arm update --registry {registry} --status '
    'enabled`.'
)
_SIGN_IN_WITH_SECRET = (
    '`az login --service-principal --username {application} --password SECRET --tenant {tenant}`.'
)

NOT_LOGGED_IN = REFRESH.problem(
    'NotLoggedIn', 'No account is signed in to the Azure CLI.', 'Sign in: `az login`.'
)
LOGIN_EXPIRED = REFRESH.problem(
    'LoginExpired',
    "The Azure CLI's sign-in has expired or was revoked: it wasn't used for too long, a policy "
    'limits its lifetime, or the password was changed.',
    'Sign in again: `az login --tenant {tenant}`.',
    'Sign in at the start of each job in a pipeline, with a service principal or a managed '
    'identity.',
)
INTERACTION_NEEDED = REFRESH.problem(
    'InteractionRequired',
    "A Conditional Access policy of your organization requires more than the Azure CLI's current "
    'sign-in: multifactor authentication, a managed device, or another network.',
    "Sign in for the registry's audience in a browser: `az login --tenant {tenant} --scope "
    '{audience}/.default`.',
    'Ask your Microsoft Entra administrator if the sign-in is still blocked, and include the '
    'AADSTS code and the correlation ID in `facts`.',
)
WRONG_TENANT = REFRESH.problem(
    'WrongTenant',
    "Microsoft Entra ID can't find the tenant, or the account or application in the tenant.",
    "Sign in to the tenant of the registry's subscription: `az login --tenant TENANT`.",
    'List the tenants of the subscriptions that your account can access: `az account list --query '
    '"[].[name, tenantId]"`.',
    'Ask an administrator of the tenant if the tenant is correct: the account or application was '
    "deleted, or the account is a guest that hasn't accepted its invitation.",
)
SECRET_REFUSED = REFRESH.problem(
    'ApplicationSecretRefused',
    'Microsoft Entra ID rejects the secret or certificate of the service principal that is signed '
    "in to the Azure CLI: it's incorrect, or the application is disabled.",
    'Sign in with the correct secret, which leaves it in the shell history: '
    + _SIGN_IN_WITH_SECRET,
)
SECRET_EXPIRED = REFRESH.problem(
    'ApplicationSecretExpired',
    'The secret of the service principal that is signed in to the Azure CLI has expired.',
    'Ask an owner of the application to add a new secret: `az ad sp credential reset --id '
    '{application} --append`. Without --append, the command deletes all other secrets.',
    'Sign in with the new secret, which leaves it in the shell history: ' + _SIGN_IN_WITH_SECRET,
)
LOGIN_STORE_UNUSABLE = REFRESH.problem(
    'LoginStoreUnusable',
    "The Azure CLI can't read or write the files that store its sign-in: the disk is full, or "
    'another user owns the files.',
    'Check the free disk space: `df -h`.',
    'Set AZURE_CONFIG_DIR to a folder that you can write to.',
)
AUDIENCE_REFUSED = REFRESH.problem(
    'AudienceRefused',
    "Microsoft Entra ID doesn't issue a token for the registry's audience here, and the login "
    'with the Azure Resource Manager audience failed, too.',
    'Set an audience that your account can get a token for: `az config set '
    'acr.audience_resource=AUDIENCE`.',
    _ALLOW_ARM_AUDIENCE,
)
ARM_AUDIENCE_DISABLED = REFRESH.problem(
    'ArmAudienceDisabled',
    'Your account can get a token only for the Azure Resource Manager audience, which the '
    "registry's policy azureADAuthenticationAsArmPolicy doesn't accept.",
    _ALLOW_ARM_AUDIENCE,
    "Sign in with an account that can get a token for the registry's own audience.",
)
OTHER_AUDIENCE_WORKS = REFRESH.problem(
    'OtherAudienceWorks',
    'The login fails with the audience that the Azure CLI uses for registries, but works with '
    'another one. Commands such as `az acr login` fail until the Azure CLI uses that audience.',
    'Configure the Azure CLI to use the audience that works: `az config set '
    'acr.audience_resource={audience}`.',
    'Unset AZURE_ACR_AUDIENCE_RESOURCE if it is set, because it overrides that setting: `unset '
    'AZURE_ACR_AUDIENCE_RESOURCE`.',
)
SIGN_IN_REFUSED = REFRESH.problem(
    'SignInRefused',
    "Microsoft Entra ID refuses to issue a token for the Azure CLI's account.",
    'Sign in again: `az login`.',
    'Look up the AADSTS code in `facts`: https://login.microsoftonline.com/error.',
)
SIGN_IN_UNAVAILABLE = REFRESH.problem(
    'SignInUnavailable',
    "Microsoft Entra ID can't be reached, throttles the requests, or returned an invalid response.",
    _REACH_ENTRA,
    _CONFIGURE_CLI,
    transient=True,
)
SIGN_IN_TIMEOUT = REFRESH.problem(
    'SignInTimeout',
    "The sign-in to Microsoft Entra ID didn't complete in time.",
    _REACH_ENTRA,
    _CONFIGURE_CLI,
    transient=True,
)
EXCHANGE_REFUSED = REFRESH.problem(
    'Unauthorized',
    "The registry rejects the account's token: the account has no role on the registry, or the "
    'registry belongs to another tenant.',
    *GRANT.general,
    "Sign in to the registry's tenant if it's another one: `az login --tenant TENANT`.",
    transient=True,
)
EXCHANGE_BLOCKED_BY_INTERMEDIARY = REFRESH.problem(
    'BlockedByIntermediary',
    "An intermediary, such as a proxy or firewall, denied the request: the response didn't come "
    'from the registry.',
    'Ask your network administrator to allow `https://{host}/oauth2/` through the proxy or web '
    'filter.',
)
EXCHANGE_SERVER_ERROR = REFRESH.problem(
    'ServerError',
    "The registry's token service returned an internal error.",
    'Try again in a few minutes.',
    'Open a support request if the problem persists, with the correlation ID {correlation_id} and '
    'the time {at}.',
    transient=True,
)
EXCHANGE_STATUS = REFRESH.problem(
    'UnexpectedStatus',
    "The registry's token service returned an unexpected status.",
    'Try again in a few minutes.',
    *CHANGED_RESPONSE,
)
EXCHANGE_UNREADABLE = REFRESH.problem(
    'UnreadableResponse',
    "The response of the registry's token service has no refresh token.",
    *CHANGED_RESPONSE,
)
REFRESH_TOKEN_NOT_VALID_NOW = REFRESH.problem(
    'TokenNotValidNow',
    "The registry issued a token that isn't valid now according to this machine's clock, so it "
    "can't be used.",
    *CLOCK_FIRST,
    *CHANGED_RESPONSE,
)
EXCHANGE_TIMEOUT = REFRESH.problem(
    'ResponseTimeout',
    "The registry's token service didn't send a complete response in time.",
    'Try again in a few minutes.',
    transient=True,
)
EXCHANGE_RESET = REFRESH.problem(
    'ResponseReset',
    "The connection was reset before the registry's token service responded. Firewalls that "
    'inspect requests do this.',
    'Ask your network administrator to allow `https://{host}/oauth2/` through the firewall or '
    'proxy.',
    transient=True,
)
EXCHANGE_INCOMPLETE = REFRESH.problem(
    'ResponseIncomplete',
    "The connection closed before the registry's token service sent a complete response.",
    'Try again in a few minutes.',
    'Ask your network administrator to check the firewall and proxy if the problem persists.',
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
