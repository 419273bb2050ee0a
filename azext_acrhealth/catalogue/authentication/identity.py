# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of getting a token for an identity other than the Azure CLI's account."""

from azext_acrhealth.advice import POSIX, WINDOWS, Variant
from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH
from azext_acrhealth.catalogue.authentication.sign_in import LOOK_UP, NEW_SECRET
from azext_acrhealth.catalogue.shell import CLOCK_WRONG

NO_ENDPOINT = REFRESH.problem(
    'NoIdentityEndpoint',
    "This machine has no managed identity endpoint: it isn't an Azure resource, or access to the "
    'endpoint (http://169.254.169.254) is blocked, for example by a network policy of a cluster.',
    'Run the check where the identity is used: on the virtual machine, in the web app, or on the '
    'cluster node.',
    'Use `--identity workload` in a pod, or `--identity environment` elsewhere with the '
    'environment variables of a service principal.',
)
NOT_ASSIGNED = REFRESH.problem(
    'IdentityNotAssigned',
    "The managed identity isn't assigned to this machine, or no longer exists.",
    'Assign the identity, which gives every process on the machine its permissions: `az vm '
    'identity assign --resource-group GROUP --name VM --identities IDENTITY`. Without '
    '--identities, the command enables the system-assigned identity. The command groups az vmss, '
    'az webapp, and az functionapp have the same subcommand.',
    'List the identities: `az identity list --query "[].[name, clientId, id]" --output table`.',
    transient=True,
)
MULTIPLE_IDENTITIES = REFRESH.problem(
    'MultipleIdentities',
    'Several user-assigned identities are assigned to this machine, and none of them was '
    'specified.',
    'Specify the identity by its client ID: `az acrhealth check --name {registry} --identity '
    'CLIENT_ID`.',
    "Get the client ID of the identity of a cluster's nodes: `az aks show --resource-group GROUP "
    '--name CLUSTER --query identityProfile.kubeletidentity.clientId`.',
)
FEDERATION_REFUSED = REFRESH.problem(
    'FederationRefused',
    "Microsoft Entra ID rejects the pod's token for this identity: no federated credential "
    "matches the token's issuer, subject, and audience.",
    'Create a federated credential, which allows pods of the service account to sign in as the '
    'identity: `az identity federated-credential create --resource-group GROUP --identity-name '
    'IDENTITY --name NAME --issuer ISSUER --subject system:serviceaccount:NAMESPACE:ACCOUNT '
    '--audiences api://AzureADTokenExchange`. The change can take several minutes to take effect.',
    'Get the issuer of the cluster: `az aks show --resource-group GROUP --name CLUSTER --query '
    'oidcIssuerProfile.issuerUrl`.',
    transient=True,
)
SECRET_REFUSED = REFRESH.problem(
    'EnvironmentSecretRefused',
    'Microsoft Entra ID rejects the secret of the service principal in the environment variables: '
    "it's incorrect, or was deleted.",
    'Set AZURE_CLIENT_SECRET to a valid secret: the value of the secret, not its ID.',
    NEW_SECRET,
)
SECRET_EXPIRED = REFRESH.problem(
    'EnvironmentSecretExpired',
    'The secret of the service principal in the environment variables has expired.',
    NEW_SECRET,
    'Set AZURE_CLIENT_SECRET to the new secret.',
)
CERTIFICATE_REFUSED = REFRESH.problem(
    'EnvironmentCertificateRefused',
    'Microsoft Entra ID rejects the certificate of the service principal in the environment '
    "variables: it isn't registered on the application, has expired or was revoked, or this "
    "machine's clock is wrong, which dates the request.",
    'Compare the certificate in AZURE_CLIENT_CERTIFICATE_PATH, by thumbprint and validity, with '
    'those of the application: `az ad app credential list --id {application} --cert`.',
    'Ask an owner of the application to add the certificate: `az ad app credential reset '
    '--id {application} --cert @certificate.pem --append`. Without --append, the command deletes '
    'all other certificates and secrets.',
    CLOCK_WRONG,
)
UNKNOWN = REFRESH.problem(
    'IdentityUnknown',
    "Microsoft Entra ID can't find the tenant, or the identity in the tenant.",
    'Compare AZURE_CLIENT_ID and AZURE_TENANT_ID with the application: `az ad sp show --id '
    '{application} --query appOwnerOrganizationId`.',
)
DISABLED = REFRESH.problem(
    'IdentityDisabled',
    'The identity, or its service principal in the tenant, is disabled, so Microsoft Entra ID '
    'issues no tokens for it.',
    'Ask your Microsoft Entra administrator why the identity was disabled, and to enable it '
    'again: `az ad sp update --id {application} --set accountEnabled=true`.',
    LOOK_UP,
)
REFUSED = REFRESH.problem(
    'IdentityRefused',
    'Microsoft Entra ID refuses to issue a token for this identity. The message states the reason.',
    'Ask your Microsoft Entra administrator, and include the message and the time {at}.',
    LOOK_UP,
)
UNAVAILABLE = REFRESH.problem(
    'IdentityUnavailable',
    "The token service for this identity can't be reached, failed, or didn't respond in time.",
    'Try again in a few minutes.',
    Variant(
        'Check whether this network can reach Microsoft Entra ID, which issues the token: `curl '
        '-sSI https://{login_host}`.',
        platforms=POSIX,
        filled='application',
    ),
    Variant(
        'Check whether this network can reach Microsoft Entra ID, which issues the token: '
        '`curl.exe -sSI https://{login_host}`.',
        platforms=WINDOWS,
        filled='application',
    ),
    transient=True,
)

PROBLEMS = (
    NO_ENDPOINT,
    NOT_ASSIGNED,
    MULTIPLE_IDENTITIES,
    FEDERATION_REFUSED,
    SECRET_REFUSED,
    SECRET_EXPIRED,
    CERTIFICATE_REFUSED,
    UNKNOWN,
    DISABLED,
    REFUSED,
    UNAVAILABLE,
)
