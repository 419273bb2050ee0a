# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of logging in with a user name and a password."""

from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.catalogue.by_account import (
    ADMIN_USER,
    APPLICATION,
    REFRESH_TOKEN,
    TOKEN,
    USER,
    OwnSolution,
    SolutionsByAccount,
)

_ENABLE_TOKEN = (
    'Enable the token, which makes all of its passwords valid again: `az acr token update '
    '--registry {registry} --name {username} --status enabled`.'
)
_CREATE_TOKEN = (
    'Create the token if its name is spelled correctly, which shows its new passwords: `az acr '
    'token create --registry {registry} --name {username} --repository {repository} content/read`.'
)
_SHOW_TOKEN = (
    'Check whether the token exists and is enabled: `az acr token show --registry {registry} '
    '--name {username} --query status`.'
)
_COMPARE_PASSWORD = (
    'Check that the password is one of the token, and when its passwords were generated and '
    'expire: `az acr token show --registry {registry} --name {username} --query '
    'credentials.passwords`.'
)
_GENERATE_PASSWORD = (
    'Generate a new second password for the token, which replaces its current second password if '
    'it has one: `az acr token credential generate --registry {registry} --name {username} '
    '--password2`.'
)
_GENERATE_FIRST_PASSWORD = (
    'Generate a new first password for the token, which replaces no password that is '
    'valid: `az acr token credential generate --registry {registry} --name {username} --password1`.'
)
_RESET_SECRET = (
    'Create a new secret for the service principal: `az ad sp credential reset --id {username} '
    '--append`. Without --append, the command deletes all other secrets.'
)
_LIST_ROLES = (
    'List the role assignments of the service principal, because it needs one on the registry: '
    '`az role assignment list --assignee {username} --all`.'
)
_SHOW_ADMIN_PASSWORDS = (
    'Show the current passwords of the admin user in plain text: `az acr credential show --name '
    '{registry}`.'
)
_PIPE_TOKEN = (
    '`az acr login --name {registry} --expose-token --query accessToken --output tsv | docker '
    'login {host} --username 00000000-0000-0000-0000-000000000000 --password-stdin`.'
)
_NEW_REFRESH_TOKEN = (
    f'Log in with a new refresh token, which is valid for three hours: {_PIPE_TOKEN}'
)
_LOG_IN_WITH_ACCOUNT = (
    "Log in with the Azure CLI's account, because the registry doesn't accept the password of a "
    'Microsoft Entra user: `az acr login --name {registry}`.'
)

REFUSED = SolutionsByAccount(
    (_SHOW_TOKEN, _GENERATE_PASSWORD, _RESET_SECRET, _LIST_ROLES, _SHOW_ADMIN_PASSWORDS),
    {
        (TOKEN, None): (
            OwnSolution(_CREATE_TOKEN, given=('token_missing',)),
            OwnSolution(_ENABLE_TOKEN, given=('token_disabled',)),
            OwnSolution(_SHOW_TOKEN, unless=('token_missing', 'token_known')),
            OwnSolution(_COMPARE_PASSWORD, given=('token_valid',)),
            OwnSolution(_GENERATE_FIRST_PASSWORD, given=('first_password_free',)),
            OwnSolution(_GENERATE_PASSWORD, unless=('token_missing', 'first_password_free')),
        ),
        (APPLICATION, None): (OwnSolution(_RESET_SECRET), OwnSolution(_LIST_ROLES)),
        (ADMIN_USER, None): (OwnSolution(_SHOW_ADMIN_PASSWORDS),),
        (USER, None): (OwnSolution(_LOG_IN_WITH_ACCOUNT),),
        (REFRESH_TOKEN, None): (OwnSolution(_NEW_REFRESH_TOKEN),),
    },
)

PASSWORD_REFUSED = refresh_token.REFRESH.problem(
    'PasswordRefused',
    'The registry rejects the user name and password: one of them is incorrect or expired, the '
    'token or application is disabled, or it has no permissions on the registry.',
    *REFUSED.general,
)
WRONG_USER_NAME = refresh_token.REFRESH.problem(
    'WrongUserName',
    'The user name and the password are of different kinds. The only token that the registry '
    'accepts as a password is its own refresh token, and only with the user name '
    '00000000-0000-0000-0000-000000000000, which accepts no other password.',
    f'Log in with a refresh token and its user name: {_PIPE_TOKEN}',
    'Use the password that belongs to the user name instead: that of a token of the registry, the '
    'secret of a service principal, or the password of the admin user.',
)
ADMIN_USER_DISABLED = refresh_token.REFRESH.problem(
    'AdminUserDisabled',
    "The user name is that of the registry's admin user, which is disabled.",
    'Log in with your own account, a token, or a service principal instead: `az acr login --name '
    '{registry}`.',
    'Enable the admin user if you need it, which gives anyone with its shared password full pull '
    'and push access to the registry: `az acr update --name {registry} --admin-enabled true`.',
)

BY_ACCOUNT = (REFUSED,)
PROBLEMS = (PASSWORD_REFUSED, WRONG_USER_NAME, ADMIN_USER_DISABLED)
