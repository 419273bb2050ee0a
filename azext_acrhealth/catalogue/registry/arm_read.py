# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The code for information that Azure Resource Manager didn't return."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import (
    ASK_ADMINISTRATOR,
    ASSIGNEES,
    DELAY,
)
from azext_acrhealth.catalogue.by_account import UNKNOWN, OwnSolution, SolutionsByAccount
from azext_acrhealth.model import Family


def _allow_reading(scope: str, scope_id: str, effect: str) -> SolutionsByAccount:
    """Return the solutions that let the account of the Azure CLI read a resource."""
    texts = {
        kind: f'{ASK_ADMINISTRATOR.replace("{scope}", scope)}`az role assignment create {assignee} '
        f'--role Reader --scope {scope_id}`, which {effect}.{DELAY}'
        for kind, assignee in ASSIGNEES.items()
    }
    own: dict[tuple[str, str | None], tuple[OwnSolution, ...]] = {
        (kind, None): (OwnSolution(text),) for kind, text in texts.items()
    }
    return SolutionsByAccount((texts[UNKNOWN],), own)


READ_REGISTRY = _allow_reading(
    'the registry',
    '{registry_id}',
    'also allows the account to pull all images if the registry uses no ABAC repository '
    'permissions',
)
READ_SUBSCRIPTION = _allow_reading(
    'the subscription',
    '/subscriptions/{subscription}',
    'allows the account to read all resources in the subscription, and to pull from its registries '
    'that use no ABAC repository permissions',
)
READ_IDENTITY = _allow_reading(
    'the managed identity',
    '{identity_id}',
    'allows the account to read the properties of the identity, but not to use it',
)
READ_ENDPOINTS = _allow_reading(
    "the registry's private endpoints",
    '{endpoint_group}',
    'allows the account to read all resources in the resource group of the private endpoints and '
    'their network interfaces',
)

READ_CLUSTER = _allow_reading(
    'the cluster',
    '{cluster_id}',
    'allows the account to read the settings of the cluster in Azure Resource Manager, but not to '
    'use it',
)

READ_NODES = _allow_reading(
    'the node resource group of the cluster',
    '{node_group_id}',
    'allows the account to read all resources in that resource group, which are those of the nodes',
)

READ_NETWORK = _allow_reading(
    'the resource',
    '{network_resource_id}',
    'allows the account to read the properties of that resource',
)

ARM_READ = Family(
    'ARM_READ_ERROR',
    "Azure Resource Manager didn't return information that the check requires.",
    (
        'Ask an administrator who can assign roles on the resource to assign you the Reader role '
        'on it.',
        'Run the check with an account that has the Reader role on the resource.',
    ),
    links.ROLES,
)

# `number`: an error of Microsoft Entra ID that a new sign-in isn't known to solve.
SIGN_IN = (
    Variant('Sign in: `az login`.', unfilled='number'),
    Variant(
        'Sign in again only if the message of AADSTS{number} asks for it, because a new sign-in '
        'replaces the current one: `az login`.',
        filled='number',
    ),
)
REACH_ARM = (
    'Check whether this network can reach Azure Resource Manager: `az account list-locations`.',
    'Try again later if it can: Azure Resource Manager is overloaded or has an outage.',
)

BY_ACCOUNT = (
    READ_REGISTRY,
    READ_SUBSCRIPTION,
    READ_IDENTITY,
    READ_ENDPOINTS,
    READ_CLUSTER,
    READ_NODES,
    READ_NETWORK,
)
FAMILIES = (ARM_READ,)
PROBLEMS = ()
