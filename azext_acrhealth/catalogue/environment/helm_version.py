# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of Helm's version."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

_INSTALL = 'Install Helm 3.8 or later if you store charts in the registry.'

HELM_VERSION = Family(
    'HELM_VERSION_ERROR',
    'The version of the Helm client is unknown, or too old to work with the registry.',
    (
        'Run the command yourself, and check its output: `helm version --short`.',
        _INSTALL,
    ),
    links.documented('HELM_VERSION_ERROR'),
)

HELM_FAILED = HELM_VERSION.problem('VersionCommandFailed', "Helm's version command fails.")

HELM_HUNG = HELM_VERSION.problem(
    'VersionCommandTimeout',
    "Helm's version command doesn't finish in time.",
    transient=True,
)

HELM_UNREADABLE = HELM_VERSION.problem(
    'VersionUnreadable', "Helm's output doesn't contain a version."
)

HELM_OBSOLETE = HELM_VERSION.problem(
    'HelmObsolete',
    "Helm 2 is no longer supported, and can't store charts in an OCI registry.",
    _INSTALL,
)

HELM_TOO_OLD = HELM_VERSION.problem(
    'VersionTooOld',
    'The Helm version is earlier than 3.8, the first version that supports OCI registries without '
    'an experimental setting.',
    _INSTALL,
)

FAMILIES = (HELM_VERSION,)
PROBLEMS = (
    HELM_FAILED,
    HELM_HUNG,
    HELM_UNREADABLE,
    HELM_OBSOLETE,
    HELM_TOO_OLD,
)
