# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the version of the container engine's client."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

VERSION = Family(
    'DOCKER_VERSION_ERROR',
    "The container engine's client starts but doesn't report its version.",
    (
        'Run the command yourself, and check its output: `{engine} version`.',
        'Install a supported release of the engine.',
    ),
    links.documented('DOCKER_VERSION_ERROR'),
)

NO_VERSION = VERSION.problem('VersionUnreadable', "The client's output doesn't contain a version.")

VERSION_FAILED = VERSION.problem('VersionCommandFailed', "The client's version command fails.")

VERSION_HUNG = VERSION.problem(
    'VersionCommandTimeout',
    "The client's version command doesn't finish in time.",
    transient=True,
)

FAMILIES = (VERSION,)
PROBLEMS = (
    NO_VERSION,
    VERSION_FAILED,
    VERSION_HUNG,
)
