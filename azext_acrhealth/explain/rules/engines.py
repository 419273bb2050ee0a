# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Container engines that don't run or can't be used: Docker, Docker Desktop, Podman."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import engine_client, engine_daemon, helm_version
from azext_acrhealth.explain.rule import Rule

_NOISE = ('anonymous', 'unclear', 'connection', 'name')
_ENGINE = r'docker|podman|/var/run/|containerd|buildkit'

RULES = (
    Rule(
        'socket-denied',
        ('permission denied', 'access is denied', 'dial unix', 'eacces'),
        r'permission denied while trying to connect to the docker (?:daemon socket|api)'
        r'|connect eacces \S{0,60}docker\.sock|dial unix [^\n]{1,120}(?:docker|podman'
        r'|containerd)[\w.-]{0,20}\.sock: connect: permission denied'
        r'|docker_engine[^\n]{0,80}access is denied'
        r'|got permission denied while trying to connect to the docker',
        'engine',
        engine_daemon.DAEMON_DENIED,
        outranks=('daemon', 'credentials', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'desktop-stopped',
        ('docker desktop', 'dockerdesktop', 'docker_engine', 'pipe', '.docker/'),
        r'docker desktop is (?:not running|unable to start|paused|manually paused|starting)'
        r'|pipe[/\\]{1,4}docker\w{1,30}[^\n]{0,80}(?:cannot find the file'
        r'|the system cannot find)|error during connect[^\n]{0,300}docker_engine'
        r'|is the docker daemon running\?[^\n]{0,200}\.docker/run/docker\.sock'
        r'|\.docker/(?:run|desktop)/docker\.sock[^\n]{0,120}is the docker daemon',
        'engine',
        engine_daemon.DESKTOP_STOPPED,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'desktop-sign-in',
        ('sign in', 'sign-in', 'signing in'),
        r'docker desktop[^\n]{0,160}(?:sign-?in enforcement|sign(?:ing)?[ -]in (?:is )?required'
        r'|must (?:be signed|sign) in)|sign-?in enforcement is enabled'
        r'|sign in to continue using docker desktop',
        'engine',
        engine_daemon.DESKTOP_SIGN_IN,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'api-version',
        ('api version',),
        r'client (?:api )?version (?P<api_version>[\d.]{1,10}) is too (?:old|new)'
        r'|client is newer than server|server api version is too (?:old|new)'
        r'|requires api version [^\n]{1,80} daemon api version',
        'engine',
        engine_daemon.API_VERSION,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'wsl',
        ('could not be found in this wsl',),
        r'could not be found in this wsl',
        'engine',
        engine_daemon.WSL_INTEGRATION_OFF,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    # docker/cli: cli/context/store and cli/command/cli.go.
    Rule(
        'context-missing',
        ('context not found', 'not found on the file system', 'no such context'),
        r'context "[^"\n]{1,120}"(?: is not found on the file system|: context not found)'
        r'|context not found: open [^\n]{0,200}meta\.json|no such context: ',
        'engine',
        engine_daemon.CONTEXT_MISSING,
        outranks=('daemon', 'credentials', *_NOISE),
        anywhere=True,
    ),
    # moby: client/request.go, for an engine at a TCP address: DOCKER_HOST, or a context.
    Rule(
        'engine-tls',
        ('error during connect', 'http request to an https server', 'docker_tls_verify'),
        r'error during connect: [^\n]{1,300}(?:x509: |tls: |http response to https client)'
        r'|client sent an http request to an https server',
        'engine',
        engine_daemon.DAEMON_TLS,
        outranks=('daemon', 'tls', 'engine-host', *_NOISE),
        unless=r'azurecr\.\w{2,3}/v2/"?: http: server gave',
        anywhere=True,
    ),
    Rule(
        'engine-host',
        ('error during connect', 'docker daemon at tcp', 'docker daemon at ssh', 'at http://'),
        r'error during connect: [^\n]{0,60}"?https?://(?!%2f)[^\s"]{1,300}"?: dial tcp'
        r'|error during connect: [^\n]{0,300}(?:ssh|permission denied \(publickey)'
        r'|cannot connect to the docker daemon at (?:tcp|ssh|http)s?:',
        'engine',
        engine_daemon.HOST_UNREACHABLE,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    # docker/cli and moby: client.ParseHostURL.
    Rule(
        'engine-address',
        ('unable to parse docker host', 'invalid docker_host', 'invalid bind address'),
        r'unable to parse docker host|invalid docker_host|invalid bind address format',
        'engine',
        engine_daemon.ENGINE_ADDRESS_INVALID,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'podman-stopped',
        ('cannot connect to podman', 'unable to connect to podman'),
        r'(?:cannot|unable to) connect to podman',
        'engine',
        engine_daemon.PODMAN_STOPPED,
        outranks=('daemon', *_NOISE),
        anywhere=True,
    ),
    Rule(
        'daemon',
        (
            'containerd.sock',
            'docker daemon',
            'containerd.sock',
            'docker.sock',
            'docker_daemon_error',
            'verify if docker daemon',
        ),
        r'(?:cannot|can\'t|failed to|unable to) connect to the docker daemon'
        r'|verify if docker daemon is running'
        r'|is the docker daemon running|dial unix [^\n]{0,100}containerd[\w.-]{0,10}\.sock:'
        r' connect: (?:no such file|connection refused)|docker_daemon_error'
        r'|dial unix [^\n]{0,100}docker\.sock: connect: (?:no such file|connection refused)',
        'engine',
        engine_daemon.NO_DAEMON,
        outranks=_NOISE,
        # Scanners ask the engines of the machine first, and then the registry.
        unless=r'unable to inspect the image|error occurred while pulling a sample image',
        anywhere=True,
    ),
    Rule(
        'no-engine',
        (
            'docker_command_error',
            'docker: command not found',
            'docker: not found',
            "'docker' is not recognized",
            '"docker": executable file not found',
            'verify if docker client is installed',
            "command 'docker' not found",
        ),
        r'docker_command_error|\bdocker: (?:command )?not found'
        r'|"?docker"?: executable file not found|\'docker\' is not recognized'
        r'|verify if docker client is installed|command \'docker\' not found',
        'engine',
        engine_client.NOT_FOUND,
        outranks=_NOISE,
        unless=r'runc create failed|container process|oci runtime|emulate docker cli using podman',
        anywhere=True,
    ),
    Rule(
        'helm-too-old',
        (
            'this feature has been marked as experimental',
            'helm_experimental_oci',
            'scheme "oci" not supported',
            'could not find protocol handler for: oci',
        ),
        r'this feature has been marked as experimental|scheme "oci" not supported'
        r'|could not find protocol handler for: oci',
        'engine',
        helm_version.HELM_TOO_OLD,
        anywhere=True,
    ),
)
