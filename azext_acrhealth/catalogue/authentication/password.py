# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of logging in with a user name and a password."""

from azext_acrhealth.catalogue.authentication import refresh_token

PASSWORD_REFUSED = refresh_token.REFRESH.problem(
    'PasswordRefused',
    'The registry does not take this user name and password: one of them is wrong or has expired, '
    'the token or the'
    ' application is disabled, or it has no right at all on the registry.',
    'Of a token: look whether it is enabled, `az acr token show --registry {registry} --name '
    '{username}`, and make a'
    ' new password: `az acr token credential generate --registry {registry} --name {username} '
    '--password1`.',
    'Of a service principal: the user name is its application id; make a new secret with `az ad sp '
    'credential reset'
    ' --id {username} --append`, and look at its roles: `az role assignment list --assignee '
    '{username} --all`.',
    "Of the admin user: the user name is the registry's name; its passwords: `az acr credential "
    'show --name'
    ' {registry}`.',
)
ADMIN_USER_DISABLED = refresh_token.REFRESH.problem(
    'AdminUserDisabled',
    "The user name is that of the registry's admin user, which is switched off.",
    'Log in with an account of its own (`az acr login --name {registry}`), a token or a service '
    'principal.',
    'Or switch the admin user on, whose password gives every right to whoever has it: `az acr '
    'update --name {registry}'
    ' --admin-enabled true`.',
)

PROBLEMS = (PASSWORD_REFUSED, ADMIN_USER_DISABLED)
