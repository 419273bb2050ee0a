# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of finding the registries of a selection."""

from azext_acrhealth.catalogue.authentication import sign_in
from azext_acrhealth.catalogue.registry.arm_read import (
    ARM_READ,
    REACH_ARM,
    READ_SUBSCRIPTION,
    SIGN_IN,
)

_SPECIFY_NAMES = 'Specify the registries by name: `az acrhealth check --name NAME1 NAME2`.'

NOT_LOGGED_IN = ARM_READ.problem(
    'SelectionNotLoggedIn',
    "The Azure CLI isn't signed in, or Azure rejects the sign-in, so the check can't search for "
    'registries.',
    *SIGN_IN,
    _SPECIFY_NAMES,
)
INVALID_PROFILE = ARM_READ.problem(
    'SelectionInvalidProfile',
    sign_in.INVALID_PROFILE.cause,
    *sign_in.INVALID_PROFILE.solutions,
    _SPECIFY_NAMES,
)
FORBIDDEN = ARM_READ.problem(
    'SelectionForbidden',
    "Your account doesn't have permission to read the subscription in Azure Resource Graph, so "
    "the check can't search for registries.",
    *READ_SUBSCRIPTION.general,
    'Specify another subscription with `--subscription`.',
    _SPECIFY_NAMES,
    transient=True,
)
UNAVAILABLE = ARM_READ.problem(
    'SelectionUnavailable',
    "Azure Resource Graph can't be reached or doesn't return the registries.",
    *REACH_ARM,
    _SPECIFY_NAMES,
    transient=True,
)
INCOMPLETE = ARM_READ.problem(
    'SelectionIncomplete',
    'Some registries of the selection might be missing, because Azure Resource Graph returned no '
    'data for a page or a tenant. The registries that were found are checked.',
    'Try again later.',
    'Sign in again if the sign-in to a tenant has expired: `az login --tenant TENANT`.',
    transient=True,
)
NOTHING = ARM_READ.problem(
    'NoRegistriesFound',
    'The selection contains no registries, or none that your account can read.',
    'List the registries that you can read: `az acr list --query "[].[name, resourceGroup, '
    'location]" --output table`.',
    'Check the current subscription: `az account show`.',
    'Check the spelling of the resource group and of the filters (`--location` and `--tag`).',
)

PROBLEMS = (NOT_LOGGED_IN, INVALID_PROFILE, FORBIDDEN, UNAVAILABLE, INCOMPLETE, NOTHING)
