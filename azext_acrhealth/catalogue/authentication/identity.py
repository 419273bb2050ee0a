# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of getting a token for an identity other than the Azure CLI's account."""

from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH

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
    'az webapp and az functionapp have the same subcommand.',
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
    "matches the token's issuer, subject and audience, or the token has expired.",
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
    'Microsoft Entra ID rejects the secret or certificate of the service principal in the '
    "environment variables: it's incorrect or expired, or the application is disabled.",
    'Set AZURE_CLIENT_SECRET to a valid secret: the value of the secret, not its ID.',
    'Ask an owner of the application to create a new secret: `az ad sp credential reset --id '
    'CLIENT_ID --append`. Without --append, the command deletes all other secrets.',
)
UNKNOWN = REFRESH.problem(
    'IdentityUnknown',
    "Microsoft Entra ID can't find the tenant, or the identity in the tenant.",
    'Compare AZURE_CLIENT_ID and AZURE_TENANT_ID with the application: `az ad sp show --id '
    'CLIENT_ID --query appOwnerOrganizationId`.',
)
REFUSED = REFRESH.problem(
    'IdentityRefused',
    "Microsoft Entra ID didn't issue a token for this identity and the registry's audience.",
    'Look up the AADSTS code in `facts`, and ask your Microsoft Entra administrator whether a '
    'policy blocks the identity.',
)
UNAVAILABLE = REFRESH.problem(
    'IdentityUnavailable',
    "The token service for this identity can't be reached, failed, or didn't respond in time.",
    'Try again in a few minutes.',
    'Check whether this network can reach Microsoft Entra ID if it issues the token: `curl -sSI '
    'https://login.microsoftonline.com`.',
    transient=True,
)

PROBLEMS = (
    NO_ENDPOINT,
    NOT_ASSIGNED,
    MULTIPLE_IDENTITIES,
    FEDERATION_REFUSED,
    SECRET_REFUSED,
    UNKNOWN,
    REFUSED,
    UNAVAILABLE,
)
