# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's resource: its login server, what Resource Manager tells, its encryption."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

LOGIN_SERVER = Family(
    'LOGIN_SERVER_ERROR',
    'The login server of the registry is not known for certain.',
    (
        'Check the spelling, the subscription (`az account show`) and the cloud (`az cloud show --query name`).',
        'Give the login server itself, as the portal shows it: `--name NAME{suffix}`.',
    ),
    links.documented('LOGIN_SERVER_ERROR'),
)

ARM_READ = Family(
    'ARM_READ_ERROR',
    'Azure Resource Manager did not let this login read something that the check has to know.',
    ('Ask for the role Reader on what the row names, or run the check as somebody who has it.',),
    links.HEALTH,
)

CMK = Family(
    'CMK_ERROR',
    'The registry is encrypted with a key of your own, but cannot use the managed identity that opens the key vault. '
    'Without it the registry will stop serving.',
    (
        (
            'Give the registry a working identity and rotate the key: `az acr encryption rotate-key --name {registry} '
            '--identity IDENTITY --key-encryption-key KEY_ID`.'
        ),
        'Look at the state of the encryption: `az acr encryption show --name {registry}`.',
    ),
    links.documented('CMK_ERROR'),
)

NOT_LOGGED_IN = LOGIN_SERVER.problem(
    'NotLoggedIn',
    'The Azure CLI has no login that works, or Resource Manager does not take it; the login server was put together '
    'from the name.',
    'Run `az login`.',
)
ARM_FORBIDDEN = LOGIN_SERVER.problem(
    'ArmForbidden',
    'Resource Manager does not let this login read the registry; the login server was put together from '
    'the name. Pulling and pushing do not need that right.',
    'Nothing has to be done if the checks below pass.',
    'For a fuller diagnosis ask for the role Reader on the registry.',
)
ARM_UNAVAILABLE = LOGIN_SERVER.problem(
    'ArmUnavailable',
    'Resource Manager could not be asked; the login server was put together from the name.',
    'Try again later; if it persists, check that this network lets you reach Resource Manager: `az account'
    ' list-locations`.',
    heals=True,
)
NOT_IN_ARM = LOGIN_SERVER.problem(
    'NotFoundInArm',
    'Resource Manager shows this login no such registry in the subscription; the login server was put '
    'together from the name. The registry may be in another subscription, or this login may have no right to see it.',
    'Check the spelling, and the subscription: `az account show`, or name another with `--subscription`.',
    'Give the registry\'s resource id, or its login server, as `--name`.',
)
NO_SUBSCRIPTION = LOGIN_SERVER.problem(
    'NoSubscription',
    'Resource Manager was not asked, since no subscription is named and the Azure CLI is not logged in to any; the'
    ' login server was put together from the name. Pulling and pushing do not need Resource Manager.',
    'Nothing has to be done if the checks below pass.',
    'For a fuller diagnosis give the registry\'s resource id as `--name`.',
)
NO_SUFFIX = LOGIN_SERVER.problem(
    'NoSuffix',
    'Resource Manager did not tell the login server, and the current cloud has no suffix for registries, so '
    'that it cannot be put together from the name.',
    'Give the login server itself as `--name`.',
    'Set the suffix: `az cloud update --name CLOUD --suffix-acr-login-server-endpoint SUFFIX`.',
)
OTHER_CLOUD = LOGIN_SERVER.problem(
    'OtherCloud',
    'The host belongs to another cloud than the one that the Azure CLI is set to. No token of this cloud is '
    'sent to it.',
    'Switch the Azure CLI to the registry\'s cloud: `az cloud set --name {cloud}`, then `az login`.',
)
PRIVATE_LINK_HOST = LOGIN_SERVER.problem(
    'PrivateLinkHost',
    'The host is the name of a private DNS zone\'s record, and never a login server. No token is sent to it.',
    'Use the login server\'s own name, which leads to the private endpoint too: `az acrhealth check --name {meant}`.',
)
UNKNOWN_SUFFIX = LOGIN_SERVER.problem(
    'UnknownSuffix',
    'The host does not end with the current cloud\'s suffix for registries, and Resource Manager does not '
    'name it as a login server. No token is sent to it.',
    'Check the spelling of the host: login servers of this cloud end with `{suffix}`, this one perhaps '
    '`{here}`.',
    'If the registry has a host of its own, log in as somebody who can read the registry\'s resource.',
)

KEY_IDENTITY_UNREADABLE = ARM_READ.problem(
    'IdentityForbidden',
    'The managed identity of the registry\'s key is attached, but this login may not read the identity '
    'itself, so that its existence was not seen.',
    'Ask for the role Reader on the identity that the row names.',
)
KEY_IDENTITY_UNAVAILABLE = ARM_READ.problem(
    'IdentityUnavailable',
    'The managed identity of the registry\'s key could not be read.',
    'Try again later.',
    heals=True,
)
ENDPOINT_FORBIDDEN = ARM_READ.problem(
    'EndpointForbidden',
    'This login may not read the registry\'s private endpoints, so that their names could not be checked.',
    'Ask for the role Reader on the private endpoints and their network interfaces (they can lie in another resource'
    ' group or subscription than the registry).',
)
ENDPOINT_UNAVAILABLE = ARM_READ.problem(
    'EndpointUnavailable',
    'The registry\'s private endpoints could not be read.',
    'Try again; if it persists, look at the endpoint: `az network private-endpoint show --ids ID`.',
    heals=True,
)
REGISTRY_UNREADABLE = ARM_READ.problem(
    'RegistryUnread',
    'The registry\'s resource could not be read, so that it is not known which private endpoints it has.',
    'Log in as somebody who can read the registry (role Reader): the row `login-server` says why it could not be read.',
)

KEY_IDENTITY_DETACHED = CMK.problem(
    'IdentityNotAttached',
    'The identity that the key settings name is not attached to the registry.',
    'Attach it: `az acr identity assign --name {registry} --identities IDENTITY`.',
    'Or rotate to another identity: `az acr encryption rotate-key --name {registry} --identity IDENTITY '
    '--key-encryption-key KEY_ID`.',
)
KEY_IDENTITY_GONE = CMK.problem(
    'IdentityDeleted', 'The user-assigned identity that the key settings name no longer exists.'
)
KEY_IDENTITY_CHANGED = CMK.problem(
    'IdentityReplaced',
    'An identity of that name exists, but it is not the one that the key settings name: its client id '
    'differs, as after a deletion and a new creation.',
)
SYSTEM_IDENTITY_OFF = CMK.problem(
    'SystemIdentityMissing',
    'The key settings name the registry\'s system-assigned identity, but the registry has none.',
    'Switch it on: `az acr identity assign --name {registry} --identities "[system]"`, and let it use the key.',
)
KEY_STALE = CMK.problem(
    'KeyRotationStale',
    'The registry follows its key\'s versions by itself, but there has been no new one for more than two years, which'
    ' is longer than Azure Key Vault recommends: the key may have no rotation policy, or the registry does not see it.',
    'See whether the key has newer versions, and when the last one was made: `az keyvault key list-versions --id'
    ' {key_id}`. If there is a newer one, the registry does not see it: its identity needs the right to read the key.',
    'Otherwise make a new version, which the registry takes within an hour: `az keyvault key rotate --id {key_id}`.',
    'Let the vault do that from now on: `az keyvault key rotation-policy update --id {key_id} --value POLICY`.',
)
VERSIONED_KEY_STALE = CMK.problem(
    'VersionedKeyStale',
    'The registry\'s key is fixed to one version, which nothing rotates, and which is older than two years: longer than'
    ' Azure Key Vault recommends. If that version is disabled or expires, the registry stops serving.',
    'Let the registry follow the key\'s versions by naming none: `az acr encryption rotate-key --name {registry}'
    ' --identity IDENTITY --key-encryption-key {key_id}`.',
)

FAMILIES = (LOGIN_SERVER, ARM_READ, CMK)
PROBLEMS = (
    NOT_LOGGED_IN,
    ARM_FORBIDDEN,
    ARM_UNAVAILABLE,
    NOT_IN_ARM,
    NO_SUBSCRIPTION,
    NO_SUFFIX,
    OTHER_CLOUD,
    PRIVATE_LINK_HOST,
    UNKNOWN_SUFFIX,
    KEY_IDENTITY_UNREADABLE,
    KEY_IDENTITY_UNAVAILABLE,
    ENDPOINT_FORBIDDEN,
    ENDPOINT_UNAVAILABLE,
    REGISTRY_UNREADABLE,
    KEY_IDENTITY_DETACHED,
    KEY_IDENTITY_GONE,
    KEY_IDENTITY_CHANGED,
    SYSTEM_IDENTITY_OFF,
    KEY_STALE,
    VERSIONED_KEY_STALE,
)
