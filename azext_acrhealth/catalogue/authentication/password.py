# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of logging in with a user name and a password."""

from azext_acrhealth.catalogue.authentication import refresh_token

PASSWORD_REFUSED = refresh_token.REFRESH.problem(
    'PasswordRefused',
    'The registry rejects the user name and password: one of them is incorrect or expired, the '
    'token or application is disabled, or it has no permissions on the registry.',
    'Check whether the token is enabled if the user name is a token: `az acr token show '
    '--registry {registry} --name {username}`.',
    'Generate a new second password for the token, which replaces its current second password if '
    'it has one: `az acr token credential generate --registry {registry} --name {username} '
    '--password2`.',
    'Create a new secret if the user name is the application ID of a service principal: `az ad sp '
    'credential reset --id {username} --append`. Without --append, the command deletes all other '
    'secrets.',
    'List the role assignments of the service principal: `az role assignment list --assignee '
    '{username} --all`.',
    "Show the passwords of the admin user in plain text if the user name is the registry's name: "
    '`az acr credential show --name {registry}`.',
)
ADMIN_USER_DISABLED = refresh_token.REFRESH.problem(
    'AdminUserDisabled',
    "The user name is that of the registry's admin user, which is disabled.",
    'Log in with your own account, a token, or a service principal instead: `az acr login --name '
    '{registry}`.',
    'Enable the admin user if you need it, which gives anyone with its password full pull and '
    'push access to the registry: `az acr update --name {registry} --admin-enabled true`.',
)

PROBLEMS = (PASSWORD_REFUSED, ADMIN_USER_DISABLED)
