# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of finding the registries of a selection."""

from azext_acrhealth.catalogue.registry.arm_read import ARM_READ

NOT_LOGGED_IN = ARM_READ.problem(
    'SelectionNotLoggedIn',
    'Nobody is logged in to the Azure CLI, or Azure does not take the login, so that no registries '
    'could be looked'
    ' for.',
    'Run `az login`.',
    'Or name the registries: `az acrhealth check --name NAME1 NAME2`.',
)
FORBIDDEN = ARM_READ.problem(
    'SelectionForbidden',
    'Azure Resource Graph shows this login nothing of the subscription, so that no registries '
    'could be looked for.',
    'Ask for the role Reader on the subscription, or name another with `--subscription`.',
    'Or name the registries: `az acrhealth check --name NAME1 NAME2`.',
    transient=True,
)
UNAVAILABLE = ARM_READ.problem(
    'SelectionUnavailable',
    'Azure Resource Graph could not be asked which registries there are.',
    'Try again in a while.',
    'Or name the registries: `az acrhealth check --name NAME1 NAME2`.',
    transient=True,
)
INCOMPLETE = ARM_READ.problem(
    'SelectionIncomplete',
    'Not all registries of the selection could be found: a page of the answer, or a whole tenant, '
    'is missing. Those'
    ' that were found are checked.',
    'Try again in a while; if a login has run out, renew it: `az login --tenant TENANT`.',
    transient=True,
)
NOTHING = ARM_READ.problem(
    'NoRegistriesFound',
    'There is no registry in the selection, or none that this login may read.',
    'See what there is: `az acr list --query "[].[name, resourceGroup, location]" --output table`.',
    'If there should be some, look at the subscription (`az account show`), the spelling, and the '
    'narrowing options'
    ' (--location, --tag).',
)

PROBLEMS = (NOT_LOGGED_IN, FORBIDDEN, UNAVAILABLE, INCOMPLETE, NOTHING)
