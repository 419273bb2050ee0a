# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of logging in with the application ID and the secret of a service principal."""

from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH

_NEW_SECRET = (
    'Ask an owner of the application to add a new secret: `az ad sp credential reset --id '
    '{username} --append`. Without --append, the command deletes all other secrets.'
)

SECRET_REFUSED = REFRESH.problem(
    'ServicePrincipalSecretRefused',
    'The user name is the application ID of a service principal, whose secret the registry '
    'rejects because Microsoft Entra ID does: it is incorrect, has expired, or was deleted.',
    'Show when the secrets of the application expire: `az ad app credential list --id {username} '
    '--query "[].[displayName, hint, endDateTime]"`.',
    'Log in with the value of a secret, not with its ID.',
    _NEW_SECRET,
)
UNKNOWN = REFRESH.problem(
    'ServicePrincipalUnknown',
    "The user name looks like the application ID of a service principal, but the registry's "
    'tenant has no such application, or its ID is that of another object.',
    'Compare the user name with the application ID (appId): `az ad sp show --id {username} '
    '--query "[appId, appOwnerOrganizationId]"`.',
    "Ask an administrator of the registry's tenant to add an application of another tenant: `az "
    'ad sp create --id {username}`.',
)
DISABLED = REFRESH.problem(
    'ServicePrincipalDisabled',
    'The application whose ID is the user name is disabled, so Microsoft Entra ID issues no '
    'tokens for it.',
    'Ask your Microsoft Entra administrator why the application was disabled, and to enable it '
    'again: `az ad sp update --id {username} --set accountEnabled=true`.',
)

PROBLEMS = (SECRET_REFUSED, UNKNOWN, DISABLED)
