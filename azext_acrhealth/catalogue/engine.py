# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the container engine on this machine: the client of docker, podman or nerdctl."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

COMMAND = Family(
    'DOCKER_COMMAND_ERROR',
    'The client of a container engine cannot be started here, so nothing that needs it was checked.',
    (
        'Install Docker, Podman or nerdctl, and make sure that its folder is on PATH.',
        'Point to a client elsewhere with the environment variable DOCKER_COMMAND.',
    ),
    links.documented('DOCKER_COMMAND_ERROR'),
)

VERSION = Family(
    'DOCKER_VERSION_ERROR',
    'The engine\'s client starts, but does not tell its version.',
    ('Run `{engine} version` by hand and look at what it says.', 'Install a current release of the engine.'),
    links.documented('DOCKER_VERSION_ERROR'),
)

NOT_FOUND = COMMAND.problem(
    'NotFound', 'None of docker, podman and nerdctl is on PATH, or DOCKER_COMMAND names something that is not there.'
)
NOT_EXECUTABLE = COMMAND.problem(
    'NotExecutable',
    'The client\'s file is there, but the system refuses to execute it.',
    'Make the file executable (`chmod +x {path}`), or reinstall the client for this processor.',
)

NO_VERSION = VERSION.problem('VersionUnreadable', 'What the client printed holds no version.')
VERSION_FAILED = VERSION.problem(
    'VersionCommandFailed', 'The client ended with an error when it was asked for its version.'
)
VERSION_HUNG = VERSION.problem(
    'VersionCommandHung', 'The client did not answer in time when it was asked for its version.', heals=True
)

FAMILIES = (COMMAND, VERSION)
PROBLEMS = (
    NOT_FOUND,
    NOT_EXECUTABLE,
    NO_VERSION,
    VERSION_FAILED,
    VERSION_HUNG,
)
