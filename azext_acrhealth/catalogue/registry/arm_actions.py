# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of operations in Azure Resource Manager: tasks, builds, imports, new registries."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

ARM_ACTION = Family(
    'ARM_ACTION_ERROR',
    'Azure Resource Manager rejects an operation on the registry, such as a build, a task, or an '
    'import. Pulls and pushes can work all the same.',
    (
        'Check the current subscription: `az account show`.',
        'Check the spelling of the registry name.',
    ),
    links.FAQ,
)

TASKS_NOT_PERMITTED = ARM_ACTION.problem(
    'TasksNotPermitted',
    "ACR Tasks, which runs the builds of az acr build, isn't available in this subscription. "
    'Azure has paused it for free trials and for subscriptions that use Azure free credit.',
    'Build the image on a machine with a container engine, or in a pipeline, and push it: `docker '
    'build --tag {login_server}/{image} .`.',
    'Use a subscription without free credit.',
    'Ask for the permission in an Azure support request, with the names of the registry and of the '
    'subscription.',
    link=links.TASKS,
)
TASK_IDENTITY_NEEDED = ARM_ACTION.problem(
    'TaskIdentityNeeded',
    'The build or the task has no login for its registry. A registry whose permissions mode is '
    'RBAC Registry + ABAC Repository Permissions gives a task none unless the task has an identity '
    'with a role for the repositories.',
    'Build with the permissions of your own account: `az acr build --registry {registry} --image '
    '{image} --source-acr-auth-id "[caller]" .`.',
    'Assign an identity to the task for its own registry: `az acr task update --registry '
    '{registry} --name TASK --source-acr-auth-id "[system]"`.',
    'Grant Container Registry Repository Writer on the registry to that identity, which allows it '
    'to pull and push.',
    'Check the permissions mode: `az acr show --name {registry} --query roleAssignmentMode`.',
    link=links.ROLES,
)
ACTION_FORBIDDEN = ARM_ACTION.problem(
    'ActionForbidden',
    "The account doesn't have permission for this operation in Azure Resource Manager. Roles for "
    'pulls and pushes, such as AcrPull and AcrPush, grant no such operation.',
    'Ask an administrator who can assign roles on the registry (Owner, User Access Administrator, '
    'or Role Based Access Control Administrator) for a role that includes the action in the '
    'message: Container Registry Tasks Contributor for builds and tasks, Container Registry Data '
    'Importer and Data Reader for imports.',
    'List the role assignments that apply to the registry: `az role assignment list --scope '
    '{registry_id} --include-inherited --output table`.',
    'Check the current subscription and account: `az account show`.',
    transient=True,
    link=links.ROLES,
)
TAG_EXISTS = ARM_ACTION.problem(
    'TagExists',
    "The registry already has the tag, and an import doesn't replace a tag unless it is forced to.",
    'Import to another tag.',
    'Replace the tag, after which the earlier image has no tag if it has no other one: `az acr '
    'import --name {registry} --source SOURCE_REGISTRY/{image} --image {image} --force`.',
    link=links.IMPORT,
)
IMPORT_SOURCE_UNAUTHORIZED = ARM_ACTION.problem(
    'ImportSourceUnauthorized',
    'The source registry of the import rejects the login, or requires one. The import runs in '
    "Azure, so logins that are stored on this machine aren't used.",
    'Specify a login of the source registry, for Azure Container Registry a registry token, whose '
    'password others can read in the shell history: `az acr import --name {registry} --source '
    'SOURCE_REGISTRY/{image} --username USERNAME --password PASSWORD`.',
    'Specify the resource ID of a source registry in Azure to use your own permissions: `az acr '
    'import --name {registry} --source {image} --registry SOURCE_REGISTRY_ID`.',
    link=links.IMPORT,
)
IMPORT_DENIED = ARM_ACTION.problem(
    'ImportAccessDenied',
    "The import was denied by one of the registries: its network rules don't allow the import "
    "service, or the account doesn't have permission to import.",
    'Check whether the registry allows trusted services: `az acr show --name {registry} --query '
    '"[publicNetworkAccess, networkRuleBypassOptions, networkRuleSet.defaultAction]"`.',
    'Allow trusted Azure services, which include the import service, to bypass the network rules: '
    '`az acr update --name {registry} --allow-trusted-services true`.',
    'List the role assignments that apply to the registry: `az role assignment list --scope '
    '{registry_id} --include-inherited --output table`.',
    link=links.IMPORT,
)
BUILD_SOURCE_MISSING = ARM_ACTION.problem(
    'BuildSourceMissing',
    "The source of the build isn't in the registry's storage: the upload failed, or an earlier "
    'upload was deleted.',
    'Start the build again, which uploads the source: `az acr build --registry {registry} --image '
    '{image} .`.',
    'Ask your network administrator to allow HTTPS to Azure Blob Storage, where the source is '
    'uploaded.',
    transient=True,
    link=links.TASKS,
)
PROVIDER_NOT_REGISTERED = ARM_ACTION.problem(
    'ProviderNotRegistered',
    "The subscription isn't registered for the resource provider Microsoft.ContainerRegistry.",
    'Register the provider, which requires permissions on the subscription: `az provider register '
    '--namespace Microsoft.ContainerRegistry --wait`.',
)
NAME_TAKEN = ARM_ACTION.problem(
    'NameTaken',
    'Another registry has this name. Names of registries are unique in Azure, and a deleted '
    'registry can keep its name for some time.',
    'Check the name: `az acr check-name --name {registry}`.',
    'Choose another name.',
)
DISALLOWED_BY_POLICY = ARM_ACTION.problem(
    'DisallowedByPolicy',
    'An assignment of Azure Policy forbids this operation, or this setting of the registry.',
    'Change the setting that the message names to one that the policy allows.',
    'Ask the owner of the policy, which the message names, for an exemption.',
)
TIER_TOO_LOW = ARM_ACTION.problem(
    'TierTooLow',
    "The registry's service tier doesn't have this feature. Network rules, private endpoints, "
    'replicas, customer-managed keys, and others require Premium.',
    'Check the tier: `az acr show --name {registry} --query sku.name`.',
    'Choose a higher tier, which costs more: `az acr update --name {registry} --sku Premium`.',
    link=links.TIERS,
)

FAMILIES = (ARM_ACTION,)
PROBLEMS = (
    TASKS_NOT_PERMITTED,
    TASK_IDENTITY_NEEDED,
    ACTION_FORBIDDEN,
    TAG_EXISTS,
    IMPORT_SOURCE_UNAUTHORIZED,
    IMPORT_DENIED,
    BUILD_SOURCE_MISSING,
    PROVIDER_NOT_REGISTERED,
    NAME_TAKEN,
    DISALLOWED_BY_POLICY,
    TIER_TOO_LOW,
)
