# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the source registry behind an artifact cache rule."""

from azext_acrhealth.catalogue.connectivity.error_responses import THROTTLED
from azext_acrhealth.catalogue.data.pull import PULL

_SHOW_RULE = (
    'Check the source and the credential set of the cache rule: `az acr cache show --registry '
    '{registry} --name {cache_rule}`.'
)

THROTTLED_BY_SOURCE = THROTTLED.problem(
    'UpstreamThrottled',
    'The registry pulls this image from the source registry of an artifact cache rule, and the '
    'source registry throttles it. The limits of your registry and its service tier are not '
    'involved.',
    'Wait, and try again: images that are already in the cache can still be pulled.',
    'Attach a credential set to the cache rule if it has none, because most source registries '
    'allow authenticated clients more pulls: `az acr cache update --registry {registry} --name '
    '{cache_rule} --cred-set CREDENTIAL_SET`.',
    _SHOW_RULE,
    transient=True,
)
SOURCE_FAILED = PULL.problem(
    'UpstreamFailed',
    'The registry pulls this image from the source registry of an artifact cache rule, and that '
    "request failed. The error isn't between this machine and the registry.",
    'Try again in a few minutes.',
    'Pull the image directly from the source that the detail names, to see whether it works there.',
    _SHOW_RULE,
    transient=True,
)
SOURCE_UNAUTHORIZED = PULL.problem(
    'UpstreamUnauthorized',
    'The registry pulls this image from the source registry of an artifact cache rule, and the '
    'source registry rejects the credentials of the rule, or requires credentials that the rule '
    "doesn't have. Permissions on your registry don't change that.",
    _SHOW_RULE,
    'Check the health of the credential sets: `az acr credential-set list --registry {registry}`.',
    'Check the name of the image at the source: for Docker Hub, official images are under '
    '`docker.io/library`.',
)

PROBLEMS = (THROTTLED_BY_SOURCE, SOURCE_FAILED, SOURCE_UNAUTHORIZED)
