# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the version of the container engine's client."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

VERSION = Family(
    'DOCKER_VERSION_ERROR',
    "The engine's client starts, but does not tell its version.",
    (
        'Run `{engine} version` by hand and look at what it says.',
        'Install a current release of the engine.',
    ),
    links.documented('DOCKER_VERSION_ERROR'),
)

NO_VERSION = VERSION.problem('VersionUnreadable', 'What the client printed holds no version.')

VERSION_FAILED = VERSION.problem(
    'VersionCommandFailed', 'The client ended with an error when it was asked for its version.'
)

VERSION_HUNG = VERSION.problem(
    'VersionCommandHung',
    'The client did not answer in time when it was asked for its version.',
    transient=True,
)

FAMILIES = (VERSION,)
PROBLEMS = (
    NO_VERSION,
    VERSION_FAILED,
    VERSION_HUNG,
)
