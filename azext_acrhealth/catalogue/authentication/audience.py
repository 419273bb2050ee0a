# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the audience that tokens for registries are requested for."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue.authentication.refresh_token import REFRESH
from azext_acrhealth.catalogue.authentication.sign_in import LOOK_UP

# The setting acr.audience_resource is read since Azure CLI 2.87. Before 2.82, `az acr login`
# requests tokens for Azure Resource Manager unless the registry doesn't accept them; 2.82 to 2.86
# know only the registries' audience. Source: _docker_utils.py of these versions.
_SETTING, _ONE_AUDIENCE = '2.87', '2.82'
_SERVICE_PRINCIPAL = '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26'  # Azure Container Registry, any tenant
_ALLOW_ARM_AUDIENCE = (
    'Allow tokens for the Azure Resource Manager audience, which the registry then accepts from '
    'all accounts: `az acr config authentication-as-arm update --registry {registry} --status '
    'enabled`.'
)

AUDIENCE_REFUSED = REFRESH.problem(
    'AudienceRefused',
    "Microsoft Entra ID doesn't issue a token for the registry's audience here, and the login "
    'with the other audience failed, too. The audience belongs to the service principal of Azure '
    'Container Registry, which must exist in the tenant and be enabled.',
    'Check whether the service principal of Azure Container Registry is enabled in the tenant: '
    f'`az ad sp show --id {_SERVICE_PRINCIPAL} --query accountEnabled`.',
    'Ask your Microsoft Entra administrator to enable it if it is disabled, which allows all '
    f'accounts to get tokens for registries: `az ad sp update --id {_SERVICE_PRINCIPAL} --set '
    'accountEnabled=true`.',
    "Ask your Microsoft Entra administrator to create it if it doesn't exist: `az ad sp create "
    f'--id {_SERVICE_PRINCIPAL}`. If the message names another application, create the service '
    'principal of that application.',
    Variant(
        'Set the audience of registries if this cloud has another one, as Azure Local can have: '
        '`az config set acr.audience_resource=AUDIENCE`.',
        since=_SETTING,
        filled='audience',
    ),
    LOOK_UP,
)
ARM_AUDIENCE_DISABLED = REFRESH.problem(
    'ArmAudienceDisabled',
    'Your account can get a token only for the Azure Resource Manager audience, which the '
    "registry's policy azureADAuthenticationAsArmPolicy doesn't accept.",
    _ALLOW_ARM_AUDIENCE,
    "Sign in with an account that can get a token for the registry's own audience.",
)
OTHER_AUDIENCE_WORKS = REFRESH.problem(
    'OtherAudienceWorks',
    'The login works, but not with the audience that tokens for registries are usually requested '
    "for: no token is issued for it here, or the registry doesn't accept it. Azure Cloud Shell, "
    "for example, issues tokens for a fixed list of audiences, which lacks the registries' own. "
    'Azure CLI 2.82 and later use no other audience unless it is configured, so commands such as '
    '`az acr login` fail.',
    Variant(
        'Configure the Azure CLI to use the audience that works: `az config set '
        'acr.audience_resource={audience}`.',
        since=_SETTING,
        filled='audience',
    ),
    Variant(
        'Upgrade to Azure CLI 2.87 or later, which can use another audience: `az upgrade`.',
        since=_ONE_AUDIENCE,
        before=_SETTING,
        filled='audience',
    ),
    Variant(
        'Configure the audience after the upgrade: `az config set '
        'acr.audience_resource={audience}`.',
        since=_ONE_AUDIENCE,
        before=_SETTING,
        filled='audience',
    ),
    Variant(
        'Log in as usual, because this version of the Azure CLI uses the audience that works: '
        '`az acr login --name {registry}`.',
        before=_ONE_AUDIENCE,
        filled='audience',
    ),
    Variant(
        'Upgrade the Azure CLI to 2.87 or later only, and then configure the audience: `az config '
        'set acr.audience_resource={audience}`. From 2.82 to 2.86, it has no such setting.',
        before=_ONE_AUDIENCE,
        filled='audience',
    ),
    Variant(
        'Remove the setting that selects the audience {configured}: `az config unset '
        'acr.audience_resource`.',
        filled='configured',
    ),
    Variant(
        'Unset the environment variable AZURE_ACR_AUDIENCE_RESOURCE if it is set, because it '
        'overrides that setting.',
        filled='configured',
    ),
    Variant(
        'Configure the clients that use this identity to request tokens for the audience '
        '{client_audience}.',
        filled='client_audience',
    ),
    "Use an account that gets tokens for the registries' own audience where the audience can't be "
    'changed.',
)

PROBLEMS = (AUDIENCE_REFUSED, ARM_AUDIENCE_DISABLED, OTHER_AUDIENCE_WORKS)
