# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the client of a container engine: docker, podman or nerdctl."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

COMMAND = Family(
    'DOCKER_COMMAND_ERROR',
    'The client of a container engine cannot be started here, so nothing that needs it was '
    'checked.',
    (
        'Install Docker, Podman or nerdctl, and make sure that its folder is on PATH.',
        'Point to a client elsewhere with the environment variable DOCKER_COMMAND.',
    ),
    links.documented('DOCKER_COMMAND_ERROR'),
)

NOT_FOUND = COMMAND.problem(
    'NotFound',
    'None of docker, podman and nerdctl is on PATH, or DOCKER_COMMAND names something that is not '
    'there.',
)

NOT_EXECUTABLE = COMMAND.problem(
    'NotExecutable',
    "The client's file is there, but the system refuses to execute it.",
    'Make the file executable (`chmod +x {path}`), or reinstall the client for this processor.',
)

FAMILIES = (COMMAND,)
PROBLEMS = (
    NOT_FOUND,
    NOT_EXECUTABLE,
)
