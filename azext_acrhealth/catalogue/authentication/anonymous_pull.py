# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of anonymous pull."""

from azext_acrhealth.catalogue.authentication.access_token import ACCESS

ANONYMOUS_REFUSED = ACCESS.problem(
    'AnonymousPullRefused',
    'The registry allows anonymous pulls, as Resource Manager says, but gives no token for one.',
    'A change of the setting takes some minutes to work: try again. Look at it: `az acr show '
    '--name {registry} --query'
    ' anonymousPullEnabled`.',
    'Switch it off and on again: `az acr update --name {registry} --anonymous-pull-enabled true` '
    '(tiers Standard and'
    ' Premium).',
    transient=True,
)

PROBLEMS = (ANONYMOUS_REFUSED,)
