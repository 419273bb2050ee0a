# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of encryption with a customer-managed key."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_IDENTITY
from azext_acrhealth.model import Family

CMK = Family(
    'CMK_ERROR',
    "The registry is encrypted with a customer-managed key, but it can't use the managed identity "
    'that accesses the key. Without access to the key, the registry stops serving requests.',
    (
        'Configure an identity that works, and rotate the key: `az acr encryption rotate-key '
        '--name {registry} --identity IDENTITY --key-encryption-key KEY_ID`.',
        'Check the encryption settings: `az acr encryption show --name {registry}`.',
    ),
    links.documented('CMK_ERROR'),
)

KEY_IDENTITY_UNREADABLE = ARM_READ.problem(
    'IdentityForbidden',
    "The managed identity of the registry's key is attached to the registry, but your account "
    "doesn't have permission to read the identity, so the check can't verify that it exists.",
    *READ_IDENTITY.general,
)

KEY_IDENTITY_UNAVAILABLE = ARM_READ.problem(
    'IdentityUnavailable',
    "Azure Resource Manager didn't return the managed identity of the registry's key.",
    'Try again later.',
    transient=True,
)

KEY_IDENTITY_DETACHED = CMK.problem(
    'IdentityNotAttached',
    "The managed identity in the key settings isn't attached to the registry.",
    'Attach the identity: `az acr identity assign --name {registry} --identities IDENTITY`.',
    'Switch to another identity that can access the key: `az acr encryption rotate-key --name '
    '{registry} --identity IDENTITY --key-encryption-key KEY_ID`.',
)

KEY_IDENTITY_GONE = CMK.problem(
    'IdentityDeleted', 'The user-assigned identity in the key settings no longer exists.'
)

KEY_IDENTITY_CHANGED = CMK.problem(
    'IdentityReplaced',
    'An identity with this name exists, but its client ID differs from the one in the key '
    'settings. The identity was probably deleted and created again.',
)

SYSTEM_IDENTITY_OFF = CMK.problem(
    'SystemIdentityMissing',
    "The key settings use the registry's system-assigned identity, but the registry has none.",
    'Turn on the identity: `az acr identity assign --name {registry} --identities "[system]"`.',
    'Ask the owner of the key vault to grant the identity permission to get, wrap, and unwrap the '
    'key.',
)

_ASSIGN_AGAIN = (
    'Assign the identity to the registry again: `az acr identity assign --name {registry} '
    '--identities {identity}`.'
)
_RESTORE_SYSTEM_IDENTITY = (
    "Open an Azure support request to restore the registry's system-assigned identity: you can't "
    'restore it yourself.'
)

KEY_IDENTITY_INACTIVE = CMK.problem(
    'IdentityInactive',
    'The registry reports that the managed identity of its key is inactive: the identity was '
    'removed from the registry, disabled, or deleted, or has expired after an attempt to remove '
    "it. The registry serves no requests without it, so permissions on the registry don't matter.",
    'Check which identity the key settings name: `az acr encryption show --name {registry}`.',
    _ASSIGN_AGAIN.replace('again:', 'again if it is a user-assigned identity:'),
    _RESTORE_SYSTEM_IDENTITY.replace('identity:', 'identity if the key settings name it:'),
)

USER_IDENTITY_INACTIVE = CMK.problem(
    'UserIdentityInactive',
    'The registry reports that the user-assigned identity of its key is inactive: the identity was '
    'removed from the registry, disabled, or deleted, or has expired after an attempt to remove '
    "it. The registry serves no requests without it, so permissions on the registry don't matter.",
    _ASSIGN_AGAIN,
    'Switch to another identity that can access the key if this one was deleted: `az acr '
    'encryption rotate-key --name {registry} --identity IDENTITY --key-encryption-key KEY_ID`.',
)

SYSTEM_IDENTITY_INACTIVE = CMK.problem(
    'SystemIdentityInactive',
    'The registry reports that its system-assigned identity, which accesses its key, is inactive: '
    'the identity was turned off, or has expired after an attempt to remove it. The registry '
    "serves no requests without it, so permissions on the registry don't matter.",
    _RESTORE_SYSTEM_IDENTITY,
)

KEY_FORBIDDEN = CMK.problem(
    'KeyAccessForbidden',
    "The registry can't use its customer-managed key, so it serves no requests. The managed "
    "identity of the registry might have lost its permissions on the key, the key vault's firewall "
    'might deny it, or the key might be disabled, expired, or deleted.',
    'Check whether the key is enabled and not expired: `az keyvault key show --id {key_id} --query '
    'attributes`.',
    "Ask the owner of the key vault to grant the registry's identity permission to get, wrap, and "
    'unwrap the key: the role Key Vault Crypto Service Encryption User, or an access policy.',
    'Check whether the firewall of the key vault denies the registry: `az keyvault show --name '
    '{vault} --query properties.networkAcls`. Behind a firewall that allows trusted services, '
    'the registry needs its system-assigned identity.',
    'Recover the key if it was deleted: `az keyvault key recover --vault-name {vault} --name '
    '{key}`.',
    transient=True,
)

KEY_STALE = CMK.problem(
    'KeyRotationStale',
    'The registry uses new versions of its key automatically, but has used none for more than two '
    'years, which is longer than Azure Key Vault recommends. The key might have no rotation '
    "policy, or the registry can't read its new versions.",
    'Check whether the key has a newer version: `az keyvault key list-versions --id {key_id}`.',
    "Ask the owner of the key vault to grant the registry's identity permission to get the key if "
    'it has a newer version.',
    'Create a new version of the key, which the registry uses within an hour: `az keyvault key '
    'rotate --id {key_id}`.',
    'Configure a rotation policy for the key: `az keyvault key rotation-policy update --id '
    '{key_id} --value POLICY`.',
)

VERSIONED_KEY_STALE = CMK.problem(
    'VersionedKeyStale',
    "The registry's key is pinned to a version that is more than two years old, which is longer "
    'than Azure Key Vault recommends. If that version is disabled or expires, the registry stops '
    'serving requests.',
    'Configure the key without a version, so that the registry uses new versions automatically: '
    '`az acr encryption rotate-key --name {registry} --identity IDENTITY --key-encryption-key '
    '{key_id}`.',
)

FAMILIES = (CMK,)
PROBLEMS = (
    KEY_IDENTITY_UNREADABLE,
    KEY_IDENTITY_UNAVAILABLE,
    KEY_IDENTITY_DETACHED,
    KEY_IDENTITY_GONE,
    KEY_IDENTITY_CHANGED,
    SYSTEM_IDENTITY_OFF,
    KEY_IDENTITY_INACTIVE,
    USER_IDENTITY_INACTIVE,
    SYSTEM_IDENTITY_INACTIVE,
    KEY_FORBIDDEN,
    KEY_STALE,
    VERSIONED_KEY_STALE,
)
