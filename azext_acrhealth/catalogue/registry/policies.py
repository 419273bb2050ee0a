# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the registry's policies."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.registry.registry_state import STATE

ALLOW_ARM_AUDIENCE = (
    'Allow tokens for the Azure Resource Manager audience, which the registry then accepts from '
    'all accounts: `az acr config authentication-as-arm update --registry {registry} --status '
    'enabled`.'
)

QUARANTINE_ENABLED = STATE.problem(
    'QuarantineEnabled',
    "The registry quarantines pushed images. They can't be pulled and aren't listed until a "
    'scanner or an account with the AcrQuarantineWriter role releases them.',
    "Check the scanner that releases images. Tags that don't appear are waiting for it.",
    'Disable quarantine if nothing releases images, which makes new images available without a '
    'scan: `az resource update --ids {registry_id} --set '
    'properties.policies.quarantinePolicy.status=disabled`.',
)

EXPORT_DISABLED_BUT_PUBLIC = STATE.problem(
    'ExportDisabledButPublic',
    'Exporting images is disabled, which is intended for registries without public network '
    'access, but public network access is enabled. Clients that can pull can copy images '
    'elsewhere, and Azure might reject updates to the registry.',
    'Disable public network access, which blocks clients without a private endpoint: `az acr '
    'update --name {registry} --public-network-enabled false`.',
    'Allow exporting images to other registries instead: `az acr update --name {registry} '
    '--allow-exports true`.',
    link=links.EXPORT_POLICY,
)

ARM_AUDIENCE_REJECTED = STATE.problem(
    'ArmAudienceRejected',
    'The registry accepts Microsoft Entra tokens for its own audience only, and rejects those for '
    'Azure Resource Manager. These clients use such tokens, so that they fail to log in with a '
    'Microsoft Entra account or a managed identity: Azure Container Apps, Azure App Service and '
    'Azure Functions, Azure Machine Learning, agents of Microsoft Foundry, older nodes of Azure '
    'Kubernetes Service, and Azure CLI older than 2.40. The admin user, tokens of the registry, '
    "and anonymous pulls aren't affected.",
    'Keep the setting if none of these clients uses the registry, because it limits what a stolen '
    'token can do.',
    f'{ALLOW_ARM_AUDIENCE} An Azure Policy assignment can disable the setting again.',
    'Upgrade the clients if newer versions request tokens for the registry: the node pools of '
    'Azure Kubernetes Service, or the Azure CLI.',
    link=links.ARM_AUDIENCE,
)

CONTENT_TRUST_DEPRECATED = STATE.problem(
    'ContentTrustDeprecated',
    "Content trust (Docker Notary) is enabled, but is being retired. Once disabled, it can't be "
    'enabled again, and it stops working for all registries on March 31, 2028.',
    'Sign images with the Notary Project tools (`notation`) or another signer.',
    "Turn off content trust when you no longer need it, which you can't undo: `az acr config "
    'content-trust update --registry {registry} --status disabled`.',
    link=links.CONTENT_TRUST,
)

PROBLEMS = (
    QUARANTINE_ENABLED,
    EXPORT_DISABLED_BUT_PUBLIC,
    ARM_AUDIENCE_REJECTED,
    CONTENT_TRUST_DEPRECATED,
)
