# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of getting a token for an identity other than the Azure CLI's account."""

from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH

NO_ENDPOINT = REFRESH.problem(
    'NoIdentityEndpoint',
    'This machine has no endpoint that gives out tokens of managed identities: it is none of '
    "Azure's, or something"
    ' keeps the endpoint (http://169.254.169.254) away from here, as network policies of a cluster '
    'do.',
    'Run this where the identity is used: on the virtual machine, in the web app, on the node of '
    'the cluster.',
    'In a pod use `--identity workload`; elsewhere `--identity environment`, with the service '
    "principal's variables.",
)
NOT_ASSIGNED = REFRESH.problem(
    'IdentityNotAssigned',
    'The managed identity is not assigned to this machine, or does not exist (any more).',
    'Assign it: `az vm identity assign --resource-group GROUP --name VM --identities IDENTITY` '
    '(`az vmss`, `az webapp`'
    ' and `az functionapp` have the same); without --identities that switches the system-assigned '
    'one on.',
    'See which there are: `az identity list --query "[].[name, clientId, id]" --output table`.',
    transient=True,
)
MULTIPLE_IDENTITIES = REFRESH.problem(
    'MultipleIdentities',
    'Several user-assigned identities are assigned to this machine, so that the one that is meant '
    'has to be named.',
    "Name it by its client id: `--identity CLIENT_ID`. That of a cluster's nodes: `az aks show "
    '--resource-group GROUP'
    ' --name CLUSTER --query identityProfile.kubeletidentity.clientId`.',
)
FEDERATION_REFUSED = REFRESH.problem(
    'FederationRefused',
    "Microsoft Entra ID does not take the pod's token for this identity: no federated credential "
    'of it has the'
    " token's issuer, subject and audience, or the token has run out.",
    'Let the identity trust the service account: `az identity federated-credential create '
    '--resource-group GROUP'
    ' --identity-name IDENTITY --name NAME --issuer ISSUER --subject '
    'system:serviceaccount:NAMESPACE:ACCOUNT'
    ' --audiences api://AzureADTokenExchange` (takes some minutes to work).',
    'The issuer is that of the cluster: `az aks show --resource-group GROUP --name CLUSTER --query'
    ' oidcIssuerProfile.issuerUrl`.',
    transient=True,
)
SECRET_REFUSED = REFRESH.problem(
    'EnvironmentSecretRefused',
    "Microsoft Entra ID does not take the secret or certificate of the environment's service "
    'principal: it is not the'
    ' right one, or has expired, or the application is disabled.',
    'Put a valid secret into AZURE_CLIENT_SECRET: the value of a secret, not its id.',
    'A new one: `az ad sp credential reset --id CLIENT_ID --append` (without --append all others '
    'are deleted).',
)
UNKNOWN = REFRESH.problem(
    'IdentityUnknown',
    'Microsoft Entra ID does not know the tenant, or does not know the identity in it.',
    'Look at AZURE_CLIENT_ID and AZURE_TENANT_ID: `az ad sp show --id CLIENT_ID --query '
    'appOwnerOrganizationId`.',
)
REFUSED = REFRESH.problem(
    'IdentityRefused',
    "No token was given for this identity, for the registry's audience.",
    'The AADSTS code in the row tells the cause; a policy of the organisation may keep the '
    'identity out.',
)
UNAVAILABLE = REFRESH.problem(
    'IdentityUnavailable',
    'What gives out tokens for this identity could not be reached, failed, or did not answer in '
    'time.',
    'Try again in a while.',
    'If it is Microsoft Entra ID: see what this network makes of it, `curl -sSI '
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
