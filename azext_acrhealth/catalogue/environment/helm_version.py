# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of Helm's version."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

HELM_VERSION = Family(
    'HELM_VERSION_ERROR',
    'The version of the Helm client could not be told, or is too old to work with the registry.',
    ('Run `helm version --short` by hand and look at what it says.', 'Install Helm 3 or newer.'),
    links.documented('HELM_VERSION_ERROR'),
)

HELM_FAILED = HELM_VERSION.problem(
    'VersionCommandFailed', 'Helm ended with an error when it was asked for its version.'
)

HELM_HUNG = HELM_VERSION.problem(
    'VersionCommandHung',
    'Helm did not answer in time when it was asked for its version.',
    transient=True,
)

HELM_UNREADABLE = HELM_VERSION.problem('VersionUnreadable', 'What Helm printed holds no version.')

HELM_TOO_OLD = HELM_VERSION.problem(
    'VersionTooOld',
    'This Helm is older than 2.11.0, the first that works with the registry.',
    'Install Helm 3 or newer.',
)

FAMILIES = (HELM_VERSION,)
PROBLEMS = (
    HELM_FAILED,
    HELM_HUNG,
    HELM_UNREADABLE,
    HELM_TOO_OLD,
)
