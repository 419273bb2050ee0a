# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of getting a token of Microsoft Entra ID for the Azure CLI's account."""

from azext_acrhealth.advice import POSIX, WINDOWS, Variant
from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH
from azext_acrhealth.catalogue.shell import CLOCK_WRONG

_REACH_ENTRA = (
    Variant(
        'Check whether this network can reach Microsoft Entra ID: `curl -sSI '
        'https://{login_host}`.',
        platforms=POSIX,
    ),
    Variant(
        'Check whether this network can reach Microsoft Entra ID: `curl.exe -sSI '
        'https://{login_host}`.',
        platforms=WINDOWS,
    ),
)
_CONFIGURE_CLI = (
    'Set HTTPS_PROXY or REQUESTS_CA_BUNDLE for the Azure CLI if this network requires a proxy or '
    'a root certificate of its own.'
)
_SIGN_IN_WITH_SECRET = (
    '`az login --service-principal --username {application} --password SECRET --tenant {tenant}`.'
)
NEW_SECRET = (
    'Ask an owner of the application to add a new secret: `az ad sp credential reset --id '
    '{application} --append`. Without --append, the command deletes all other secrets.'
)
LOOK_UP = Variant('Look up the error: https://{login_host}/error?code={number}.', filled='number')

NOT_LOGGED_IN = REFRESH.problem(
    'NotLoggedIn', 'No account is signed in to the Azure CLI.', 'Sign in: `az login`.'
)
INVALID_PROFILE = REFRESH.problem(
    'InvalidProfile',
    'The Azure CLI stores its subscriptions in the file azureProfile.json of its configuration '
    "folder. The file holds an entry that the Azure CLI can't use.",
    'Rename the file azureProfile.json in the folder .azure of your home folder, or in the folder '
    'that AZURE_CONFIG_DIR names. The Azure CLI then has no account until you sign in.',
    'Sign in after you have renamed the file: `az login`.',
    "Find the program that wrote the file, if it wasn't the Azure CLI, so that it doesn't write "
    'such an entry again.',
)
LOGIN_EXPIRED = REFRESH.problem(
    'LoginExpired',
    "The Azure CLI's sign-in has expired or was revoked: it wasn't used for too long, a policy "
    'limits its lifetime, or the password was changed or has expired.',
    'Sign in again: `az login --tenant {tenant}`.',
    'Sign in at the start of each job in a pipeline, with a service principal or a managed '
    'identity.',
)
INTERACTION_NEEDED = REFRESH.problem(
    'InteractionRequired',
    "Microsoft Entra ID requires more than the Azure CLI's current sign-in: multifactor "
    'authentication, or a confirmation in a browser.',
    "Sign in for the registry's audience in a browser: `az login --tenant {tenant} --scope "
    '{audience}/.default`.',
    'Use a service principal or a managed identity in a pipeline, where nobody can confirm a '
    'sign-in.',
    LOOK_UP,
)
CONDITIONAL_ACCESS = REFRESH.problem(
    'ConditionalAccess',
    'A policy of the organization, such as a Conditional Access policy, blocks the sign-in from '
    "this device, network, or application, or for this account. Signing in again doesn't change "
    'that.',
    Variant(
        'Ask your Microsoft Entra administrator about the policy ({policy}), and include the '
        'error code AADSTS{number}, the correlation ID {correlation_id}, and the time {at}.',
        filled='correlation_id',
    ),
    Variant(
        'Ask your Microsoft Entra administrator about the policy ({policy}), and include the '
        'error code AADSTS{number} and the time {at}.',
        unfilled='correlation_id',
    ),
    Variant(
        'Keep the current sign-in, which other commands still use: after you sign out, the policy '
        'can prevent a new sign-in.',
        filled='audience',
    ),
    'Run the command where the policy allows it, such as on a managed device or in the '
    "organization's network.",
    LOOK_UP,
)
ACCOUNT_DISABLED = REFRESH.problem(
    'AccountDisabled',
    'The account that is signed in to the Azure CLI is disabled or locked in Microsoft Entra ID.',
    'Ask your Microsoft Entra administrator to enable or unlock the account.',
    LOOK_UP,
)
WRONG_TENANT = REFRESH.problem(
    'WrongTenant',
    "Microsoft Entra ID can't find the tenant, or the account in the tenant.",
    "Sign in to the tenant of the registry's subscription: `az login --tenant TENANT`.",
    'List the tenants of the subscriptions that your account can access: `az account list '
    '--refresh --query "[].[name, tenantId]"`.',
    'Ask an administrator of the tenant if the tenant is correct: the account was deleted, or is '
    "a guest that hasn't accepted its invitation.",
)
APPLICATION_UNKNOWN = REFRESH.problem(
    'ApplicationUnknown',
    "Microsoft Entra ID can't find the application in the tenant: it was deleted, its ID or the "
    'tenant is incorrect, or it belongs to another tenant or cloud.',
    'Compare the ID and the tenant with those of the application: `az ad sp show --id '
    '{application} --query "[appId, appOwnerOrganizationId]"`.',
    'Sign in to the tenant of the application, which leaves the secret in the shell history: `az '
    'login --service-principal --username {application} --password SECRET --tenant TENANT`.',
    'Ask an administrator of the tenant to add an application of another tenant: `az ad sp create '
    '--id {application}`.',
)
APPLICATION_DISABLED = REFRESH.problem(
    'ApplicationDisabled',
    'The application, or its service principal in the tenant, is disabled, so Microsoft Entra ID '
    'issues no tokens for it.',
    'Ask your Microsoft Entra administrator why the application was disabled, and to enable it '
    'again: `az ad sp update --id {application} --set accountEnabled=true`.',
    LOOK_UP,
)
SECRET_REFUSED = REFRESH.problem(
    'ApplicationSecretRefused',
    'Microsoft Entra ID rejects the secret of the service principal that is signed in to the '
    "Azure CLI: it's incorrect, or was deleted.",
    'Sign in with the correct secret, its value and not its ID, which leaves it in the shell '
    'history: ' + _SIGN_IN_WITH_SECRET,
    NEW_SECRET,
)
SECRET_EXPIRED = REFRESH.problem(
    'ApplicationSecretExpired',
    'The secret of the service principal that is signed in to the Azure CLI has expired.',
    NEW_SECRET,
    'Sign in with the new secret, which leaves it in the shell history: ' + _SIGN_IN_WITH_SECRET,
)
CERTIFICATE_REFUSED = REFRESH.problem(
    'ApplicationCertificateRefused',
    'Microsoft Entra ID rejects the certificate that the service principal signs in with: it '
    "isn't registered on the application, has expired or was revoked, or this machine's clock is "
    'wrong, which dates the request.',
    'Compare the certificate, by thumbprint and validity, with those of the application: `az ad '
    'app credential list --id {application} --cert`.',
    'Ask an owner of the application to add the certificate: `az ad app credential reset '
    '--id {application} --cert @certificate.pem --append`. Without --append, the command deletes '
    'all other certificates and secrets.',
    'Sign in with the registered certificate and its key: `az login --service-principal '
    '--username {application} --certificate FILE --tenant {tenant}`.',
    CLOCK_WRONG,
)
FEDERATED_TOKEN_EXPIRED = REFRESH.problem(
    'FederatedTokenExpired',
    'The federated token of the sign-in has expired. A pipeline gets one that is valid for a few '
    'minutes, and the Azure CLI sends the same one again for each further token; in a pod, the '
    'token file is renewed while the pod runs.',
    Variant(
        'Log in to the registry at the start of the job, before long steps: `az acr login --name '
        '{registry}`. The login stays valid for up to three hours.',
        unfilled='token_file',
    ),
    Variant(
        'Sign in again with a new federated token right before the step that fails: `az login '
        '--service-principal --username {application} --tenant {tenant} --federated-token '
        'TOKEN`. In GitHub Actions, repeat the azure/login step.',
        unfilled='token_file',
    ),
    Variant(
        "Read the pod's token from the mounted file, {token_file}, which the kubelet renews, "
        'instead of from a copy.',
        filled='token_file',
    ),
    Variant(
        'Recreate the pod if its file is no longer renewed, which stops its containers.',
        filled='token_file',
    ),
    CLOCK_WRONG,
)
FEDERATED_CREDENTIAL_MISSING = REFRESH.problem(
    'FederatedCredentialMissing',
    'No federated credential of the application fits the token that the service principal signed '
    'in with: issuer, subject, and audience must be identical. The subject depends on the branch, '
    'tag, or environment that a pipeline runs for.',
    'Compare the federated credentials with the issuer and subject in the message: `az ad app '
    'federated-credential list --id {application} --query "[].[issuer, subject, audiences]"`.',
    'Ask an owner of the application to add a federated credential with the issuer, subject, and '
    'audience of the pipeline. The change can take several minutes to take effect.',
    'Use az identity federated-credential instead of az ad app federated-credential if the '
    'application is a managed identity.',
    LOOK_UP,
    transient=True,
)
LOGIN_STORE_UNUSABLE = REFRESH.problem(
    'LoginStoreUnusable',
    "The Azure CLI can't read or write the files that store its sign-in: the disk is full, a limit "
    'on the size of files is too low, or another user owns the files.',
    Variant('Check the free disk space: `df -h`.', platforms=POSIX),
    Variant('Check the free disk space: `Get-PSDrive -PSProvider FileSystem`.', platforms=WINDOWS),
    Variant('Check the limit on the size of files: `ulimit -f`.', platforms=POSIX),
    'Set AZURE_CONFIG_DIR to a folder that you can write to.',
)
SIGN_IN_REFUSED = REFRESH.problem(
    'SignInRefused',
    "Microsoft Entra ID refuses to issue a token for the Azure CLI's account, and the login with "
    'the other audience that registries accept failed, too. The message states the reason.',
    LOOK_UP,
    Variant(
        'Ask your Microsoft Entra administrator, and include the correlation ID {correlation_id} '
        'and the time {at}.',
        filled='correlation_id',
    ),
    'Sign in again only if the message asks for it, because a new sign-in replaces the current '
    'one: `az login --tenant {tenant}`.',
)
SIGN_IN_UNAVAILABLE = REFRESH.problem(
    'SignInUnavailable',
    "Microsoft Entra ID can't be reached, throttles the requests, or returned an invalid response.",
    *_REACH_ENTRA,
    _CONFIGURE_CLI,
    transient=True,
)
SIGN_IN_TIMEOUT = REFRESH.problem(
    'SignInTimeout',
    "The sign-in to Microsoft Entra ID didn't complete in time.",
    *_REACH_ENTRA,
    _CONFIGURE_CLI,
    transient=True,
)

PROBLEMS = (
    NOT_LOGGED_IN,
    INVALID_PROFILE,
    LOGIN_EXPIRED,
    INTERACTION_NEEDED,
    CONDITIONAL_ACCESS,
    ACCOUNT_DISABLED,
    WRONG_TENANT,
    APPLICATION_UNKNOWN,
    APPLICATION_DISABLED,
    SECRET_REFUSED,
    SECRET_EXPIRED,
    CERTIFICATE_REFUSED,
    FEDERATED_TOKEN_EXPIRED,
    FEDERATED_CREDENTIAL_MISSING,
    LOGIN_STORE_UNUSABLE,
    SIGN_IN_REFUSED,
    SIGN_IN_UNAVAILABLE,
    SIGN_IN_TIMEOUT,
)
