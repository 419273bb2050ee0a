# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the container engine on this machine: docker, podman or nerdctl."""

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

DAEMON = Family(
    'DOCKER_DAEMON_ERROR',
    'The engine\'s client is here, but the engine behind it does not answer, so that `login`, `pull` and `push` cannot'
    ' work.',
    (
        'Start the engine (`sudo systemctl start docker`, or Docker Desktop), then run `{engine} info`.',
        'Look at DOCKER_HOST and `docker context ls`: the client may be looking for the engine in another place.',
    ),
    links.documented('DOCKER_DAEMON_ERROR'),
)

PULL = Family(
    'DOCKER_PULL_ERROR',
    'The engine could not pull a small public image, so that it is unlikely to pull any.',
    (
        'Run `{engine} pull {image}` by hand and look at what it says.',
        'Make sure that the engine (not only this shell) has the proxy and the certificates that the network wants.',
    ),
    links.documented('DOCKER_PULL_ERROR'),
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

NO_DAEMON = DAEMON.problem('DaemonUnreachable', 'The client could not reach the engine behind it.', heals=True)
DAEMON_HUNG = DAEMON.problem(
    'DaemonHung',
    'The engine accepted the client\'s call but did not answer in time.',
    'Restart the engine (`sudo systemctl restart docker`, or Docker Desktop).',
    heals=True,
)
DAEMON_DENIED = DAEMON.problem(
    'PermissionDenied',
    'The engine is there, but this user may not talk to it.',
    'Add the user to the engine\'s group (`sudo usermod -aG docker $USER`, then sign in again), or use rootless mode.',
)

PULL_FAILED = PULL.problem('PullFailed', 'The engine ended the pull of the sample image with an error.', heals=True)
PULL_HUNG = PULL.problem(
    'PullHung',
    'The pull of the sample image did not end in time.',
    'Try `{engine} pull {image}` by hand; a pull that stands still is mostly a proxy or a firewall that swallows'
    ' packets.',
    'Give the run more time with --timeout.',
    heals=True,
)

FAMILIES = (COMMAND, VERSION, DAEMON, PULL)
PROBLEMS = (
    NOT_FOUND,
    NOT_EXECUTABLE,
    NO_VERSION,
    VERSION_FAILED,
    VERSION_HUNG,
    NO_DAEMON,
    DAEMON_HUNG,
    DAEMON_DENIED,
    PULL_FAILED,
    PULL_HUNG,
)
