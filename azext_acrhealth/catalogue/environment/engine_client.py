# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the client of a container engine: docker, podman or nerdctl."""

from azext_acrhealth.advice import POSIX, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

COMMAND = Family(
    'DOCKER_COMMAND_ERROR',
    "No container engine client can start on this machine, so the checks that depend on it can't "
    'run.',
    (
        'Install Docker, Podman, or nerdctl, and add its folder to PATH.',
        "Set the environment variable DOCKER_COMMAND to the client's path if it isn't on PATH.",
    ),
    links.documented('DOCKER_COMMAND_ERROR'),
)

NOT_FOUND = COMMAND.problem(
    'NotFound',
    "None of docker, podman, and nerdctl is on PATH, or DOCKER_COMMAND names a file that doesn't "
    'exist.',
)

NOT_EXECUTABLE = COMMAND.problem(
    'NotExecutable',
    "The client's file exists, but the operating system can't execute it. It might lack execute "
    'permission or be built for another processor architecture.',
    Variant('Make the file executable: `chmod +x {path}`.', platforms=POSIX),
    'Reinstall the client for the processor architecture of this machine.',
)

FAMILIES = (COMMAND,)
PROBLEMS = (
    NOT_FOUND,
    NOT_EXECUTABLE,
)
