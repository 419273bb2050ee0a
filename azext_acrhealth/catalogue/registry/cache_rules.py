# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of artifact cache: its rules, their credential sets, and their source registries."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry import arm_read
from azext_acrhealth.model import Family

CACHE = Family(
    'CACHE_RULE_ERROR',
    'An artifact cache rule, its credential set, or its source registry has a problem. Images that '
    "are already in the cache can be pulled, but others can't.",
    ('Check the cache rules: `az acr cache list --registry {registry}`.',),
    links.ARTIFACT_CACHE,
)

_SHOW_RULE = 'Check the cache rule: `az acr cache show --registry {registry} --name {cache_rule}`.'
_ATTACH = (
    'Attach a credential set of the source registry to the rule: `az acr cache update --registry '
    '{registry} --name {cache_rule} --cred-set CREDENTIAL_SET`.'
)

_ALLOW_READING = (
    'Ask an administrator of the key vault to allow the identity of the credential set to read '
    'the secrets{condition}: `az keyvault set-policy --name {vault} --object-id {principal} '
    '--secret-permissions get`. For a key vault that uses Azure RBAC, the identity needs the Key '
    'Vault Secrets User role instead.'
)

CREDENTIALS_UNHEALTHY = CACHE.problem(
    'CredentialSetUnhealthy',
    "The registry can't use the credential set of a cache rule to log in to the source registry. A "
    'secret in the key vault is missing, disabled, or expired, the identity of the credential set '
    "isn't allowed to read it, or the source registry rejects the user name or password.",
    # Only the first solution of a failure is shown without --output json.
    Variant(_ALLOW_READING.replace('{condition}', ''), filled='access_denied'),
    'Check that the secrets {username_secret} and {password_secret} exist, are enabled, and '
    "haven't expired: `az keyvault secret show --id {password_secret} --query attributes`.",
    Variant(
        _ALLOW_READING.replace('{condition}', ' if the error is about access'),
        unfilled='access_denied',
    ),
    'Update the credential set after a secret has changed, so that the registry reads it again: '
    '`az acr credential-set update --registry {registry} --name {credential_set} --username-id '
    '{username_secret} --password-id {password_secret}`.',
    'Check the health of the credential set: `az acr credential-set show --registry {registry} '
    '--name {credential_set}`.',
)
CREDENTIALS_MISSING = CACHE.problem(
    'CredentialSetMissing',
    "A cache rule names a credential set that doesn't exist, so the registry can't log in to the "
    'source registry.',
    'List the credential sets: `az acr credential-set list --registry {registry} --query '
    '"[].[name, loginServer]"`.',
    _ATTACH,
    'Detach the missing credential set if the source registry allows pulls without a login, which '
    'then have a lower rate limit: `az acr cache update --registry {registry} --name {cache_rule} '
    '--remove-cred-set`.',
)
RULE_FAILED = CACHE.problem(
    'CacheRuleFailed',
    'The last operation on a cache rule, or on its credential set, failed or was canceled.',
    _SHOW_RULE,
    'Repeat the operation that failed. Open an Azure support request if it fails again.',
)
RULE_NOT_READY = CACHE.problem(
    'CacheRuleNotReady',
    'A cache rule, or its credential set, is being created, updated, or deleted.',
    'Wait until the operation finishes: `az acr cache show --registry {registry} --name '
    '{cache_rule} --query provisioningState`.',
    transient=True,
)
FORBIDDEN = arm_read.ARM_READ.problem(
    'CacheRulesForbidden',
    "Your account doesn't have permission to read the registry's cache rules or credential sets.",
    *arm_read.READ_REGISTRY.general,
    'Verify that you can read the cache rules: `az acr cache list --registry {registry}`.',
)
UNAVAILABLE = arm_read.ARM_READ.problem(
    'CacheRulesUnavailable',
    "Azure Resource Manager didn't return the registry's cache rules or credential sets.",
    'Try again later: `az acr cache list --registry {registry}`.',
    transient=True,
)

CREDENTIALS = (CREDENTIALS_UNHEALTHY, CREDENTIALS_MISSING)
FAMILIES = (CACHE,)
PROBLEMS = (
    *CREDENTIALS,
    RULE_FAILED,
    RULE_NOT_READY,
    FORBIDDEN,
    UNAVAILABLE,
)
