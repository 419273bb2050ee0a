# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the engine behind the client: its daemon, socket, machine or remote host."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

# The command that starts an engine: by a folder in its socket's path, else by the client's name and
# operating system.
STARTS_BY_PATH = (
    ('/.colima/', 'colima start'),
    ('/.orbstack/', 'orb start'),
    ('/.rd/', 'rdctl start'),
    ('/.docker/desktop/', 'systemctl --user start docker-desktop'),
)
STARTS = {
    ('docker', 'darwin'): 'open -a Docker',
    ('docker', 'windows'): 'docker desktop start',
    ('docker', 'linux'): 'sudo systemctl start docker',
    ('podman', 'darwin'): 'podman machine start',
    ('podman', 'windows'): 'podman machine start',
    ('podman', 'linux'): 'systemctl --user start podman.socket',
    ('nerdctl', 'linux'): 'sudo systemctl start containerd',
}

_CHECK_ADDRESS = (
    'Look at DOCKER_HOST and `docker context ls`: the client may be looking for the engine '
    'in another place.'
)
_USE_LOCAL_ENGINE = (
    'Use the engine of this machine: `unset DOCKER_HOST DOCKER_CONTEXT`, then `docker context '
    'use default`.'
)

DAEMON = Family(
    'DOCKER_DAEMON_ERROR',
    "The engine's client is here, but the engine behind it does not answer, so that `login`, "
    '`pull` and `push` cannot'
    ' work.',
    ('Start the engine (`{start}`), then run `{engine} info`.', _CHECK_ADDRESS),
    links.documented('DOCKER_DAEMON_ERROR'),
)

NO_DAEMON = DAEMON.problem(
    'DaemonUnreachable', 'The client could not reach the engine behind it.', transient=True
)
DAEMON_HUNG = DAEMON.problem(
    'DaemonHung',
    "The engine accepted the client's call but did not answer in time.",
    'Restart the engine (`sudo systemctl restart docker`, or Docker Desktop).',
    'If the engine is on another machine, look at the network between: `docker context ls` tells '
    'where it is.',
    transient=True,
)
DAEMON_DENIED = DAEMON.problem(
    'PermissionDenied',
    'The engine is there, but this user may not talk to it.',
    "Add the user to the engine's group (`sudo usermod -aG docker $USER`, then sign in again), or "
    'use rootless mode.',
    'See who may: `ls -l /var/run/docker.sock` and `id`.',
)
SOCKET_MISSING = DAEMON.problem(
    'SocketMissing',
    'The socket or pipe by which the client talks to the engine is not there: the engine is not '
    'running, or listens in'
    ' another place.',
    'Start the engine (`{start}`), then run `{engine} info`.',
    _CHECK_ADDRESS,
    transient=True,
)
DAEMON_REFUSED = DAEMON.problem(
    'DaemonRefused',
    "The engine's socket is there, but nothing listens on it: the engine has ended and left the "
    'socket behind.',
    'Start the engine again (`{start}`), then run `{engine} info`.',
    'Read in its log why it ended: `sudo journalctl -u docker -n 50` (nerdctl: `-u containerd`).',
    transient=True,
)
HOST_UNREACHABLE = DAEMON.problem(
    'HostUnreachable',
    'The client looks for the engine on a host that could not be reached, or that let nobody in.',
    _USE_LOCAL_ENGINE,
    'Or mend the way to that host: `docker context ls` and DOCKER_HOST tell which it is; try `ssh` '
    'or `curl` to it.',
    transient=True,
)
CONTEXT_MISSING = DAEMON.problem(
    'ContextMissing',
    'The client is told to use a docker context that does not exist.',
    'Choose one that is there (`docker context ls`): `unset DOCKER_CONTEXT`, then `docker context '
    'use default`.',
)
ENGINE_ADDRESS_INVALID = DAEMON.problem(
    'EngineAddressInvalid',
    'The client does not understand the address at which it is told to find the engine.',
    'Correct DOCKER_HOST (`unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`, '
    'without a password), or'
    ' `unset DOCKER_HOST`.',
)
DAEMON_TLS = DAEMON.problem(
    'DaemonTls',
    'Client and engine do not agree on TLS: a certificate that is not trusted or not there, or '
    'only one of them uses'
    ' TLS.',
    "Look at DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, whose folder must hold the engine's ca.pem, "
    'cert.pem, key.pem.',
    'Use port 2376 with TLS, 2375 without it.',
)
DESKTOP_STOPPED = DAEMON.problem(
    'DockerDesktopStopped',
    'Docker Desktop is not running, paused, or cannot start.',
    'Start Docker Desktop (`docker desktop start`, on macOS also `open -a Docker`) and wait until '
    'its engine runs.',
    'On Windows make sure that WSL works: `wsl --update`, then `wsl --status`.',
    transient=True,
)
WSL_INTEGRATION_OFF = DAEMON.problem(
    'WslIntegrationOff',
    'Docker Desktop runs without its integration into this WSL distribution.',
    'Switch it on in Docker Desktop: Settings, Resources, WSL integration. Then open a new shell.',
)
PODMAN_STOPPED = DAEMON.problem(
    'PodmanNotRunning',
    "The machine (macOS, Windows) or the service behind Podman's remote client is not running.",
    'Start it: `podman machine start` (the first time `podman machine init`); on Linux `systemctl '
    '--user start'
    ' podman.socket`.',
    'See where the client looks: `podman system connection list`, and the variable CONTAINER_HOST.',
    transient=True,
)

FAMILIES = (DAEMON,)
PROBLEMS = (
    NO_DAEMON,
    DAEMON_HUNG,
    DAEMON_DENIED,
    SOCKET_MISSING,
    DAEMON_REFUSED,
    HOST_UNREACHABLE,
    CONTEXT_MISSING,
    ENGINE_ADDRESS_INVALID,
    DAEMON_TLS,
    DESKTOP_STOPPED,
    WSL_INTEGRATION_OFF,
    PODMAN_STOPPED,
)
