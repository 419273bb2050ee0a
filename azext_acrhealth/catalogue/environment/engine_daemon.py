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

_START = 'Start the engine: `{start}`.'
_CHECK_ENGINE = 'Check that the engine responds: `{engine} info`.'
_CHECK_ADDRESS = (
    'Check which engine Docker uses: the environment variable DOCKER_HOST, and `docker context ls`.'
)
_USE_DEFAULT_CONTEXT = 'Switch to the default Docker context: `docker context use default`.'

DAEMON = Family(
    'DOCKER_DAEMON_ERROR',
    "The container engine's client is installed, but the engine behind it doesn't respond, so "
    "`login`, `pull`, and `push` can't work.",
    (_START, _CHECK_ENGINE, _CHECK_ADDRESS),
    links.documented('DOCKER_DAEMON_ERROR'),
)

NO_DAEMON = DAEMON.problem(
    'DaemonUnreachable', "The client can't reach the engine behind it.", transient=True
)
DAEMON_HUNG = DAEMON.problem(
    'DaemonTimeout',
    "The client doesn't get a response from the engine in time. The engine might hang, or the "
    'network to a remote engine might drop packets.',
    'Restart the engine, which can stop running containers. For Docker on Linux: `sudo systemctl '
    'restart docker`.',
    'Check the network to the engine if it runs on another machine. `docker context ls` shows its '
    'address.',
    transient=True,
)
DAEMON_DENIED = DAEMON.problem(
    'PermissionDenied',
    "The engine's socket or pipe exists, but this user doesn't have permission to use it.",
    'Add yourself to the docker group, which grants root-level access to this machine, and then '
    'sign out and back in: `sudo usermod -aG docker $USER`.',
    "Run the engine in rootless mode if you don't want to grant root-level access.",
    'Compare the group of the socket with your groups: `ls -l /var/run/docker.sock; id`.',
)
SOCKET_MISSING = DAEMON.problem(
    'SocketMissing',
    "The socket or pipe that the client uses to connect to the engine doesn't exist. The engine "
    "isn't running, or it listens at another address.",
    _START,
    _CHECK_ENGINE,
    _CHECK_ADDRESS,
    transient=True,
)
DAEMON_REFUSED = DAEMON.problem(
    'DaemonRefused',
    "The engine's socket exists, but nothing listens on it. The engine stopped and left the "
    'socket behind.',
    _START,
    _CHECK_ENGINE,
    "Check the engine's log to find out why it stopped: `sudo journalctl -u docker -n 50` (for "
    'nerdctl, `-u containerd`).',
    transient=True,
)
HOST_UNREACHABLE = DAEMON.problem(
    'HostUnreachable',
    "The client is configured to use an engine on a remote host that can't be reached or that "
    'denies the connection.',
    'Remove the environment variables DOCKER_HOST and DOCKER_CONTEXT to use the engine on this '
    'machine.',
    _USE_DEFAULT_CONTEXT,
    'Check the connection to the remote host with `ssh` or `curl`. DOCKER_HOST or `docker context '
    'ls` shows its address.',
    transient=True,
)
CONTEXT_MISSING = DAEMON.problem(
    'ContextMissing',
    "The client is configured to use a Docker context that doesn't exist.",
    'List the contexts that exist: `docker context ls`.',
    'Remove the environment variable DOCKER_CONTEXT if it names the missing context.',
    _USE_DEFAULT_CONTEXT,
)
ENGINE_ADDRESS_INVALID = DAEMON.problem(
    'InvalidEngineAddress',
    "The address of the engine that the client is configured to use isn't valid.",
    'Correct the environment variable DOCKER_HOST. Valid forms are `unix:///var/run/docker.sock`, '
    '`tcp://host:2376`, and `ssh://user@host` without a password.',
    'Remove the environment variable DOCKER_HOST to use the engine on this machine.',
)
DAEMON_TLS = DAEMON.problem(
    'DaemonTls',
    "The TLS settings of the client and the engine don't match. A certificate isn't trusted or is "
    'missing, or only one side uses TLS.',
    'Check the environment variables DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. The folder in '
    'DOCKER_CERT_PATH must contain ca.pem, cert.pem, and key.pem for the engine.',
    'Use the port on which the engine accepts TLS, which is 2376 by default.',
)
DESKTOP_STOPPED = DAEMON.problem(
    'DockerDesktopStopped',
    "Docker Desktop isn't running, is paused, or can't start.",
    'Start Docker Desktop, and wait until its engine is running: `docker desktop start`.',
    "Start it on macOS if that command isn't available: `open -a Docker`.",
    "Update WSL on Windows if Docker Desktop can't start: `wsl --update`.",
    transient=True,
)
WSL_INTEGRATION_OFF = DAEMON.problem(
    'WslIntegrationDisabled',
    "Docker Desktop isn't integrated with this WSL distribution.",
    'Turn on the integration in Docker Desktop under Settings > Resources > WSL integration, and '
    'then open a new shell.',
)
PODMAN_STOPPED = DAEMON.problem(
    'PodmanNotRunning',
    "The Podman machine (macOS and Windows) or the Podman service (Linux) isn't running.",
    'Start Podman: `{start}`.',
    'Create the Podman machine if it has never been started: `podman machine init`.',
    'Check which address the client uses: the environment variable CONTAINER_HOST, and `podman '
    'system connection list`.',
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
