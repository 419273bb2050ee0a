# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the engine behind the client: its daemon, socket, machine or remote host."""

from azext_acrhealth.advice import WINDOWS, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

# The command that starts an engine: by the kind of its client and a folder in the path of its
# socket or of the client itself, else by that kind and the operating system.
STARTS_BY_PATH = (
    ('docker', '/.colima/', 'colima start'),
    ('docker', '/.orbstack/', 'orb start'),
    ('docker', '/.rd/', 'rdctl start'),
    ('nerdctl', '/.rd/', 'rdctl start'),
    ('docker', '/.docker/desktop/', 'systemctl --user start docker-desktop'),
    ('docker', '/run/user/', 'systemctl --user start docker'),
    ('podman', '/run/podman/', 'sudo systemctl start podman.socket'),
)
STARTS = {
    ('docker', 'darwin'): 'open -a Docker',
    ('docker', 'windows'): 'docker desktop start',
    ('docker', 'linux'): 'sudo systemctl start docker',
    ('podman', 'darwin'): 'podman machine start',
    ('podman', 'windows'): 'podman machine start',
    ('podman', 'linux'): 'systemctl --user start podman.socket',
    ('nerdctl', 'darwin'): 'limactl start',
    ('nerdctl', 'windows'): 'rdctl start',
    ('nerdctl', 'linux'): 'sudo systemctl start containerd',
    ('finch', 'darwin'): 'finch vm start',
    ('finch', 'windows'): 'finch vm start',
    ('finch', 'linux'): 'sudo systemctl start containerd',
}
# The command that restarts an engine, by the one that starts it, where it is a single one.
RESTARTS = {
    'open -a Docker': 'docker desktop restart',
    **{
        start: start.replace(' start', ' restart')
        for start in (*STARTS.values(), *(start for _, _, start in STARTS_BY_PATH))
        if start.startswith(('sudo systemctl', 'systemctl', 'colima', 'docker desktop'))
    },
}

_START = 'Start the engine: `{start}`.'
_RESTART = (
    Variant(
        'Restart the engine, which can stop running containers: `{restart}`.', filled='restart'
    ),
    Variant(
        'Restart the Podman machine, which stops its running containers: `podman machine stop; '
        'podman machine start`.',
        platforms=('macos', 'windows'),
        engines=('podman',),
    ),
    Variant(
        "Restart Finch's virtual machine, which stops its running containers: `finch vm stop; "
        'finch vm start`.',
        platforms=('macos', 'windows'),
        engines=('finch',),
    ),
)
_CHECK_ENGINE = 'Check that the engine responds: `{engine} info`.'
_CHECK_ADDRESS = (
    Variant(
        'Check which engine Docker uses: the environment variable DOCKER_HOST, and `docker context '
        'ls`.',
        engines=('docker',),
    ),
    Variant(
        'Check which address Podman uses: the environment variable CONTAINER_HOST, and `podman '
        'system connection list`.',
        engines=('podman',),
    ),
    Variant(
        'Check which address nerdctl uses: the environment variable CONTAINERD_ADDRESS.',
        engines=('nerdctl',),
    ),
)
_USE_DEFAULT_CONTEXT = Variant(
    'Switch to the default Docker context: `docker context use default`.', engines=('docker',)
)
_REMOVE_VARIABLE = Variant(
    'Remove the environment variable {variable} to use the engine on this machine.',
    filled='variable',
)
_LOG = (
    Variant(
        "Check the engine's log: `sudo journalctl -u docker -n 50`.",
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        "Check the engine's log: `sudo journalctl -u containerd -n 50`.",
        platforms=('linux',),
        engines=('nerdctl', 'finch'),
    ),
)

DAEMON = Family(
    'DOCKER_DAEMON_ERROR',
    "The container engine's client is installed, but the engine behind it doesn't respond or "
    "returns an error, so `login`, `pull`, and `push` can't work.",
    (_START, _CHECK_ENGINE, *_CHECK_ADDRESS),
    links.documented('DOCKER_DAEMON_ERROR'),
)

NO_DAEMON = DAEMON.problem(
    'DaemonUnreachable', "The client can't reach the engine behind it.", transient=True
)
DAEMON_HUNG = DAEMON.problem(
    'DaemonTimeout',
    "The client doesn't get a response from the engine in time. The engine might hang, or the "
    'network to a remote engine might drop packets.',
    *_RESTART,
    _CHECK_ENGINE,
    *_CHECK_ADDRESS,
    transient=True,
)
API_VERSION = DAEMON.problem(
    'ApiVersionUnsupported',
    "The engine runs, but it doesn't support the API version that the client uses: one of the two "
    'is too old for the other.',
    Variant(
        'Remove the environment variable DOCKER_API_VERSION, which sets the version to '
        '{api_version}, so that the client and the engine agree on one.',
        filled='api_version',
        engines=('docker',),
    ),
    'Upgrade the {older} to a release that supports the API version of the other side.',
    'Check the versions of the client and of the engine: `{engine} version`.',
)
DESKTOP_SIGN_IN = DAEMON.problem(
    'DesktopSignInRequired',
    'Docker Desktop runs, but your organization requires that you sign in to it, and it rejects '
    'every command until then.',
    'Open Docker Desktop, and sign in with an account that is a member of your organization.',
    "Ask your organization's Docker administrator to add your account if the sign-in is rejected.",
)
DAEMON_ERROR = DAEMON.problem(
    'DaemonError',
    "The engine runs, but it returns an error for the client's request.",
    'Check whether other commands get the same error: `{engine} info`.',
    Variant(
        'Open Docker Desktop, and check whether it is still starting, or asks you to sign in or to '
        'accept terms.',
        platforms=('macos', 'windows'),
        engines=('docker',),
    ),
    *_RESTART,
    *_LOG,
)
DAEMON_DENIED = DAEMON.problem(
    'PermissionDenied',
    "The engine's socket or pipe exists, but this user doesn't have permission to use it.",
    Variant(
        'Add yourself to the docker group, which grants root-level access to this machine, and '
        'then sign out and back in: `sudo usermod -aG docker $USER`.',
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        'Ask an administrator to add you to the group docker-users, which grants control of this '
        'machine, and then sign out and back in.',
        platforms=WINDOWS,
        engines=('docker',),
    ),
    Variant(
        "Run the engine in rootless mode if you don't want to grant root-level access.",
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        'Remove the environment variable CONTAINER_HOST to use Podman without its service.',
        engines=('podman',),
    ),
    Variant(
        'Set up containerd in rootless mode with the script containerd-rootless-setuptool.sh.',
        platforms=('linux',),
        engines=('nerdctl', 'finch'),
    ),
    Variant(
        'Compare the group of the socket with your groups: `ls -l {path}; id`.',
        platforms=('linux', 'macos'),
        filled='path',
    ),
    _CHECK_ENGINE,
)
SOCKET_MISSING = DAEMON.problem(
    'SocketMissing',
    "The socket or pipe that the client uses to connect to the engine doesn't exist. The engine "
    "isn't running, or it listens at another address.",
    _START,
    _CHECK_ENGINE,
    *_CHECK_ADDRESS,
    transient=True,
)
DAEMON_REFUSED = DAEMON.problem(
    'DaemonRefused',
    "The engine's socket exists, but nothing listens on it. The engine stopped and left the "
    'socket behind.',
    _START,
    _CHECK_ENGINE,
    *_LOG,
    transient=True,
)
HOST_UNREACHABLE = DAEMON.problem(
    'HostUnreachable',
    "The client is configured to use an engine on a remote host that can't be reached or that "
    'denies the connection.',
    _REMOVE_VARIABLE,
    _USE_DEFAULT_CONTEXT,
    *_CHECK_ADDRESS,
    'Check the connection to the remote host with `ssh` or `curl`.',
    transient=True,
)
CONTEXT_MISSING = DAEMON.problem(
    'ContextMissing',
    "The client is configured to use a Docker context that doesn't exist.",
    'List the contexts that exist: `docker context ls`.',
    _REMOVE_VARIABLE,
    _USE_DEFAULT_CONTEXT,
)
ENGINE_ADDRESS_INVALID = DAEMON.problem(
    'InvalidEngineAddress',
    "The address of the engine that the client is configured to use isn't valid.",
    Variant(
        'Correct the environment variable {variable}. Valid forms are '
        '`unix:///var/run/docker.sock`, `ssh://user@host` without a password, and, with TLS, '
        '`tcp://host:2376`.',
        filled='variable',
        engines=('docker',),
    ),
    Variant(
        'Correct the environment variable {variable}. Valid forms are '
        '`unix:///run/podman/podman.sock` and `ssh://user@host/run/podman/podman.sock`.',
        filled='variable',
        engines=('podman',),
    ),
    _REMOVE_VARIABLE,
    *_CHECK_ADDRESS,
    _CHECK_ENGINE,
)
DAEMON_TLS = DAEMON.problem(
    'DaemonTls',
    "The TLS settings of the client and the engine don't match. A certificate isn't trusted or is "
    'missing, or only one side uses TLS.',
    Variant(
        'Check the environment variables DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. The folder in '
        'DOCKER_CERT_PATH must contain ca.pem, cert.pem, and key.pem for the engine.',
        engines=('docker',),
    ),
    'Use the port on which the engine accepts TLS, which is 2376 by default for Docker.',
)
DESKTOP_STOPPED = DAEMON.problem(
    'DockerDesktopStopped',
    "Docker Desktop isn't running, is paused, or can't start.",
    'Start Docker Desktop, and wait until its engine is running: `docker desktop start`.',
    Variant("Start it if that command isn't available: `open -a Docker`.", platforms=('macos',)),
    Variant("Update WSL if Docker Desktop can't start: `wsl --update`.", platforms=WINDOWS),
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
    Variant(
        'Create the Podman machine if it has never been started: `podman machine init`.',
        platforms=('macos', 'windows'),
    ),
    *_CHECK_ADDRESS,
    transient=True,
)

FAMILIES = (DAEMON,)
PROBLEMS = (
    NO_DAEMON,
    DAEMON_HUNG,
    API_VERSION,
    DESKTOP_SIGN_IN,
    DAEMON_ERROR,
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
