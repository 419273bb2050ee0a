# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's policies."""

from azext_acrhealth.catalogue.registry.registry_state import STATE

QUARANTINE_ENABLED = STATE.problem(
    'QuarantineEnabled',
    'The registry quarantines what is pushed: such an image cannot be pulled, and is not listed, '
    'before a scanner or a'
    ' person with the role AcrQuarantineWriter has released it.',
    'If a scanner is meant to release images, see whether it works: new tags that stay away are '
    'waiting for it.',
    'If nothing releases images, switch quarantine off: `az resource update --ids {registry_id} '
    '--set'
    ' properties.policies.quarantinePolicy.status=disabled`.',
)

EXPORT_DISABLED_BUT_PUBLIC = STATE.problem(
    'ExportDisabledButPublic',
    'Exporting images to other registries is switched off, which is meant for registries without '
    'public access, but'
    ' public access is on: anybody who may pull can carry images away, and changes of the registry '
    'can be refused.',
    'Switch public access off, too: `az acr update --name {registry} --public-network-enabled '
    'false` (clients then need'
    ' a private endpoint).',
    'Or allow exports: `az acr update --name {registry} --allow-exports true`.',
)

CONTENT_TRUST_DEPRECATED = STATE.problem(
    'ContentTrustDeprecated',
    'Content trust (Docker Notary) is switched on. It is being retired: it cannot be switched on '
    'anew, and stops'
    ' working for all registries on 31 March 2028.',
    'Sign with Notary Project tools (`notation`) or another signer, then switch it off: `az acr '
    'config content-trust'
    ' update --registry {registry} --status disabled`.',
)

PROBLEMS = (
    QUARANTINE_ENABLED,
    EXPORT_DISABLED_BUT_PUBLIC,
    CONTENT_TRUST_DEPRECATED,
)
