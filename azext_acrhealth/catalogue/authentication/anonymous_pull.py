# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of anonymous pull."""

from azext_acrhealth.catalogue.authentication.access_token import ACCESS

ANONYMOUS_REFUSED = ACCESS.problem(
    'AnonymousPullRefused',
    'Azure Resource Manager reports that the registry allows anonymous pulls, but the registry '
    "didn't issue a token for one. A change of the setting can take several minutes to take "
    'effect.',
    'Wait several minutes and try again.',
    'Log in instead of pulling anonymously: `az acr login --name {registry}`.',
    'Check the setting: `az acr show --name {registry} --query anonymousPullEnabled`.',
    'Disable the setting if the problem persists, which stops all anonymous pulls until you '
    'enable it again: `az acr update --name {registry} --anonymous-pull-enabled false`.',
    'Enable the setting again (Standard and Premium tiers), which allows anyone who can reach the '
    'registry to pull all of its images: `az acr update --name {registry} '
    '--anonymous-pull-enabled true`.',
    transient=True,
)

PROBLEMS = (ANONYMOUS_REFUSED,)
