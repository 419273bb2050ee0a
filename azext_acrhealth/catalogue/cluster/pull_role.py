# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the role by which the nodes of a cluster pull."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.cluster.cluster import ARGUMENTS
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ, READ_REGISTRY
from azext_acrhealth.model import Family

_SHOW_ASSIGNMENT = (
    'Show the role assignments that have conditions: `az role assignment list --scope '
    '{registry_id} --include-inherited --query "[?condition]"`.'
)
_OWN_SECRETS = " Pods that use an image pull secret of their own aren't affected."

PULL_ROLE = Family(
    'PULL_ROLE_ERROR',
    'The identity by which the nodes of the cluster pull has no role that allows pulls from the '
    'registry, or it could not be determined whether it has one.',
    (
        'List the role assignments of the registry: `az role assignment list --scope {registry_id} '
        '--include-inherited`.',
    ),
    links.AKS_REGISTRY,
)

NO_ROLE = PULL_ROLE.problem(
    'NoPullRole',
    'The identity by which the nodes of the cluster pull has no role that allows pulls from the '
    'registry, neither at the registry nor above it, and neither itself nor through a group.'
    + _OWN_SECRETS,
    *GRANT.general,
    Variant(
        'Let AKS assign the role AcrPull instead, which requires that you can assign roles on the '
        f'registry: `az aks update {ARGUMENTS} --attach-acr {{registry_id}}`.',
        filled='attachable',
    ),
)
IGNORED_BY_ABAC = PULL_ROLE.problem(
    'RoleIgnoredByAbac',
    'The identity by which the nodes of the cluster pull has a role that allows pulls from other '
    'registries, but this registry uses ABAC repository permissions and ignores it. The option '
    '`--attach-acr` of AKS always assigns AcrPull, so it has no effect on such a registry.'
    + _OWN_SECRETS,
    *GRANT.general,
)
ON_CONTROL_PLANE = PULL_ROLE.problem(
    'RoleOnControlPlane',
    "The identity of the cluster's control plane has a role that allows pulls from the registry, "
    "but the nodes don't pull by that identity: they pull by the kubelet identity, which has no "
    'such role.' + _OWN_SECRETS,
    *GRANT.general,
    "Remove the role assignment of the control plane's identity afterward if nothing else requires "
    'it.',
)
CONDITION_EXCLUDES = PULL_ROLE.problem(
    'ConditionExcludesRepository',
    'The identity by which the nodes of the cluster pull has a role that allows pulls, but the '
    "condition of the role assignment doesn't include the repository." + _OWN_SECRETS,
    _SHOW_ASSIGNMENT,
    "Add {repository} to the condition: save the role assignment of the cluster's identity, whose "
    'object ID is {object_id}, to a file, extend `condition`, and ask an administrator who can '
    'assign roles on the registry to run `az role assignment update --role-assignment FILE`.',
)
OTHER_TENANT = PULL_ROLE.problem(
    'IdentityInOtherTenant',
    "The cluster and the registry are in different tenants. A managed identity can't have a role "
    'in another tenant, so the nodes can pull only with a service principal or with a token of the '
    'registry.' + _OWN_SECRETS,
    'Create a token of the registry that can pull, which prints its passwords, and store one of '
    'them as an image pull secret in the cluster: `az acr token create --registry {registry} '
    '--name TOKEN --repository REPOSITORY content/read metadata/read`.',
)
ANONYMOUS_ONLY = PULL_ROLE.problem(
    'AnonymousPullOnly',
    'The identity by which the nodes of the cluster pull has no role that allows pulls. The '
    'registry allows anonymous pulls, but it could not be determined whether it also allows them '
    'to nodes that log in without a role.',
    *GRANT.general,
)
NOT_YET_EFFECTIVE = PULL_ROLE.problem(
    'RoleNotYetEffective',
    'The role that allows pulls was assigned a short time ago. A role assignment can take ten '
    'minutes to take effect, and one of a group up to a day, because nodes keep their tokens, '
    'which list the groups, for so long.',
    'Wait until the role assignment takes effect, and then run the check again.',
    'Assign the role to the identity itself if it is assigned to a group.',
    transient=True,
)
REPOSITORY_NEEDED = PULL_ROLE.problem(
    'RepositoryNeeded',
    'The role that allows pulls is limited to some repositories by a condition, so the check '
    'requires a repository.',
    'Specify the image or the repository with `--image` or `--repository`.',
    _SHOW_ASSIGNMENT,
)
CONDITION_NOT_EVALUATED = PULL_ROLE.problem(
    'ConditionNotEvaluated',
    'The role that allows pulls has a condition that the check does not understand, so it could '
    'not be determined whether the condition is met.',
    _SHOW_ASSIGNMENT,
)
EFFECT_UNKNOWN = PULL_ROLE.problem(
    'RoleEffectUnknown',
    'It could not be determined whether the role allows pulls from this registry: its effect in '
    "this registry's permissions mode, or with a condition, is not documented.",
    *GRANT.general,
)
SERVICE_PRINCIPAL = PULL_ROLE.problem(
    'ServicePrincipalUnverified',
    'The nodes of the cluster pull as a service principal, of which Azure Resource Manager reports '
    'only the application ID. Role assignments name object IDs, so it could not be determined '
    'whether one of them is for this service principal, or for a group that it is in.',
    'Compare the object ID of the service principal, which this command prints, with {candidates}: '
    '`az ad sp show --id {application} --query id --output tsv`.',
)
REGISTRY_UNREAD = ARM_READ.problem(
    'PullRoleRegistryUnread',
    "The registry's resource couldn't be read, so its role assignments and its permissions mode "
    'are not known.',
    'Follow the solutions of the `login-server` check.',
)
FORBIDDEN = ARM_READ.problem(
    'RoleAssignmentsForbidden',
    "Your account doesn't have the permission Microsoft.Authorization/roleAssignments/read on the "
    'registry.',
    *READ_REGISTRY.general,
)
UNAVAILABLE = ARM_READ.problem(
    'RoleAssignmentsUnavailable',
    "Azure Resource Manager didn't return the role assignments, or not all of them.",
    'Try again later: `az role assignment list --scope {registry_id} --include-inherited`.',
    transient=True,
)
DEFINITION_FORBIDDEN = ARM_READ.problem(
    'RoleDefinitionForbidden',
    "Your account doesn't have the permission Microsoft.Authorization/roleDefinitions/read on the "
    'registry, so the check cannot determine what a custom role allows.',
    *READ_REGISTRY.general,
)
DEFINITION_UNAVAILABLE = ARM_READ.problem(
    'RoleDefinitionUnavailable',
    "Azure Resource Manager didn't return the definition of a role.",
    'Try again later: `az role definition list --name {role_id}`.',
    transient=True,
)

FAMILIES = (PULL_ROLE,)
PROBLEMS = (
    NO_ROLE,
    IGNORED_BY_ABAC,
    ON_CONTROL_PLANE,
    CONDITION_EXCLUDES,
    OTHER_TENANT,
    ANONYMOUS_ONLY,
    NOT_YET_EFFECTIVE,
    REPOSITORY_NEEDED,
    CONDITION_NOT_EVALUATED,
    EFFECT_UNKNOWN,
    SERVICE_PRINCIPAL,
    REGISTRY_UNREAD,
    FORBIDDEN,
    UNAVAILABLE,
    DEFINITION_FORBIDDEN,
    DEFINITION_UNAVAILABLE,
)
