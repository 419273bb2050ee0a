# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of encryption with a customer-managed key."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ
from azext_acrhealth.model import Family

CMK = Family(
    'CMK_ERROR',
    'The registry is encrypted with a key of your own, but cannot use the managed identity that '
    'opens the key vault. '
    'Without it the registry will stop serving.',
    (
        (
            'Give the registry a working identity and rotate the key: `az acr encryption '
            'rotate-key --name {registry} '
            '--identity IDENTITY --key-encryption-key KEY_ID`.'
        ),
        'Look at the state of the encryption: `az acr encryption show --name {registry}`.',
    ),
    links.documented('CMK_ERROR'),
)

KEY_IDENTITY_UNREADABLE = ARM_READ.problem(
    'IdentityForbidden',
    "The managed identity of the registry's key is attached, but this login may not read the "
    'identity '
    'itself, so that its existence was not seen.',
    'Ask for the role Reader on the identity that the row names.',
)

KEY_IDENTITY_UNAVAILABLE = ARM_READ.problem(
    'IdentityUnavailable',
    "The managed identity of the registry's key could not be read.",
    'Try again later.',
    transient=True,
)

KEY_IDENTITY_DETACHED = CMK.problem(
    'IdentityNotAttached',
    'The identity that the key settings name is not attached to the registry.',
    'Attach it: `az acr identity assign --name {registry} --identities IDENTITY`.',
    'Or rotate to another identity: `az acr encryption rotate-key --name {registry} --identity '
    'IDENTITY '
    '--key-encryption-key KEY_ID`.',
)

KEY_IDENTITY_GONE = CMK.problem(
    'IdentityDeleted', 'The user-assigned identity that the key settings name no longer exists.'
)

KEY_IDENTITY_CHANGED = CMK.problem(
    'IdentityReplaced',
    'An identity of that name exists, but it is not the one that the key settings name: its client '
    'id '
    'differs, as after a deletion and a new creation.',
)

SYSTEM_IDENTITY_OFF = CMK.problem(
    'SystemIdentityMissing',
    "The key settings name the registry's system-assigned identity, but the registry has none.",
    'Switch it on: `az acr identity assign --name {registry} --identities "[system]"`, and let it '
    'use the key.',
)

KEY_STALE = CMK.problem(
    'KeyRotationStale',
    "The registry follows its key's versions by itself, but there has been no new one for more "
    'than two years, which'
    ' is longer than Azure Key Vault recommends: the key may have no rotation policy, or the '
    'registry does not see it.',
    'See whether the key has newer versions, and when the last one was made: `az keyvault key '
    'list-versions --id'
    ' {key_id}`. If there is a newer one, the registry does not see it: its identity needs the '
    'right to read the key.',
    'Otherwise make a new version, which the registry takes within an hour: `az keyvault key '
    'rotate --id {key_id}`.',
    'Let the vault do that from now on: `az keyvault key rotation-policy update --id {key_id} '
    '--value POLICY`.',
)

VERSIONED_KEY_STALE = CMK.problem(
    'VersionedKeyStale',
    "The registry's key is fixed to one version, which nothing rotates, and which is older than "
    'two years: longer than'
    ' Azure Key Vault recommends. If that version is disabled or expires, the registry stops '
    'serving.',
    "Let the registry follow the key's versions by naming none: `az acr encryption rotate-key "
    '--name {registry}'
    ' --identity IDENTITY --key-encryption-key {key_id}`.',
)

FAMILIES = (CMK,)
PROBLEMS = (
    KEY_IDENTITY_UNREADABLE,
    KEY_IDENTITY_UNAVAILABLE,
    KEY_IDENTITY_DETACHED,
    KEY_IDENTITY_GONE,
    KEY_IDENTITY_CHANGED,
    SYSTEM_IDENTITY_OFF,
    KEY_STALE,
    VERSIONED_KEY_STALE,
)
