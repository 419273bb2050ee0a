# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull by the engine, whose network settings can differ from the CLI's."""

from azext_acrhealth.advice import POSIX, WINDOWS, Platform, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.shell import INSPECT_CERTIFICATE
from azext_acrhealth.model import Family

PULL = Family(
    'DOCKER_PULL_ERROR',
    "The engine can't pull a small public image, so it probably can't pull other images.",
    (
        'Pull the image yourself, and check the error message: `{engine} pull {image}`.',
        'Check that the engine (not only this shell) uses the proxy and the certificates that '
        'your network requires.',
    ),
    links.documented('DOCKER_PULL_ERROR'),
)

_PULL_AGAIN = 'Pull the image again: `{engine} pull {image}`.'
_DESKTOP: tuple[Platform, ...] = (
    'macos',
    'windows',
)  # where Docker is Docker Desktop, and Podman has a machine
_RESTART = (
    Variant(
        'Restart Docker to apply the change, which can stop running containers: `sudo systemctl '
        'restart docker`.',
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        'Restart Docker Desktop to apply the change, which stops running containers: `docker '
        'desktop restart`.',
        platforms=_DESKTOP,
        engines=('docker',),
    ),
    Variant(
        'Restart the Podman machine to apply the change, which stops its running containers: '
        '`podman machine stop; podman machine start`.',
        platforms=_DESKTOP,
        engines=('podman',),
    ),
    Variant(
        "Restart Finch's virtual machine to apply the change, which stops its running containers: "
        '`finch vm stop; finch vm start`.',
        platforms=_DESKTOP,
        engines=('finch',),
    ),
)
_SET_PROXY = (
    Variant(
        'Configure the proxy of Docker with `sudo systemctl edit docker`: add the line '
        '`Environment=HTTPS_PROXY=http://{proxy}` under `[Service]`.',
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        'Configure the proxy of Docker Desktop under Settings > Resources > Proxies.',
        platforms=_DESKTOP,
        engines=('docker',),
    ),
    # These clients pull by themselves, or pass the proxy of their environment on.
    Variant(
        'Set the proxy in the environment of the client: `export HTTPS_PROXY=http://{proxy}`.',
        platforms=POSIX,
        engines=('podman', 'nerdctl', 'finch'),
    ),
    Variant(
        "Set the proxy in the environment of the client: `$env:HTTPS_PROXY = 'http://{proxy}'`.",
        platforms=WINDOWS,
        engines=('podman', 'nerdctl', 'finch'),
    ),
    *_RESTART,
)

PULL_FAILED = PULL.problem(
    'PullFailed', 'The engine returned an error for the pull of the sample image.', transient=True
)
PULL_HUNG = PULL.problem(
    'PullTimeout',
    "The pull of the sample image didn't finish in time. A common reason is a proxy or firewall "
    'that drops packets.',
    'Pull the image yourself to see where it stops: `{engine} pull {image}`.',
    'Ask your network administrator whether a proxy or firewall drops packets to {host}.',
    'Increase the time limit of the run with `--timeout`.',
    transient=True,
)
PULL_NAME = PULL.problem(
    'PullNameResolution',
    "The engine can't resolve the host name of the image's registry. It might use different DNS "
    'servers than this machine.',
    'Check whether this machine resolves the name: `nslookup {host}`.',
    Variant(
        'Configure DNS servers for Docker if this machine resolves the name: add `"dns": '
        '["DNS_SERVER_IP"]` to /etc/docker/daemon.json.',
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        "Restart the engine's virtual machine if the network changed after it started.",
        platforms=_DESKTOP,
    ),
    *_RESTART,
    transient=True,
)
PULL_CONNECTION = PULL.problem(
    'PullConnection',
    "The engine can't connect to the image's registry, or the connection closes: it times out, is "
    'refused or reset, or has no route.',
    Variant(
        'Check whether this machine reaches the registry, so that only the engine is blocked: '
        '`curl -sSI https://{host}/v2/`.',
        platforms=POSIX,
    ),
    Variant(
        'Check whether this machine reaches the registry, so that only the engine is blocked: '
        '`Test-NetConnection -ComputerName {host} -Port 443`.',
        platforms=WINDOWS,
    ),
    'Ask your network administrator to allow the engine to connect to port 443 of {host} and of '
    'the storage host that it redirects to.',
    *_SET_PROXY,
    transient=True,
)
PULL_TLS = PULL.problem(
    'PullTls',
    "The engine doesn't trust the certificate of the server, or the TLS handshake fails. A common "
    "reason is a proxy that performs TLS inspection with a certificate that the engine doesn't "
    'trust.',
    *INSPECT_CERTIFICATE,
    Variant(
        "Add the certificate of your organization's certificate authority, if it issued the "
        "server's certificate, as /etc/docker/certs.d/{host}/ca.crt.",
        platforms=('linux',),
        engines=('docker',),
    ),
    Variant(
        "Add the certificate of your organization's certificate authority, if it issued the "
        "server's certificate, as /etc/containers/certs.d/{host}/ca.crt.",
        engines=('podman',),
    ),
    "Add it to the system's trust store instead.",
    *_RESTART,
)
PULL_PROXY = PULL.problem(
    'PullProxy',
    "The engine's proxy can't be reached, requires authentication, or denies the connection.",
    'Check which proxy the engine uses. See the lines that contain "Proxy": `{engine} info`.',
    *_SET_PROXY,
    'Ask your network administrator to allow {host} through the proxy.',
    "Add the user name and password to the proxy's URL if it requires them, where everyone who can "
    "read the engine's configuration can read them.",
)
PULL_UNAUTHORIZED = PULL.problem(
    'PullUnauthorized',
    'The registry, or a gateway in front of it, denies the pull. A public image needs no login, '
    'but stored credentials that have expired make the pull fail.',
    'Remove the stored credentials of {host}, which you need to enter again for private images: '
    '`{engine} logout {host}`.',
    _PULL_AGAIN,
    'Ask your network administrator to allow {host} if a gateway blocks it.',
)
PULL_NO_IMAGE = PULL.problem(
    'PullNoSuchImage',
    "The registry responds but doesn't contain the image.",
    'Check the sample image if you configured one: `az config get acrhealth.sample_image`.',
    'Restore the default sample image: `az config unset acrhealth.sample_image`.',
)
PULL_DISK = PULL.problem(
    'PullDiskFull',
    'The disk that stores the images of the engine is full.',
    Variant('Check what uses the space: `{engine} system df`.', engines=('docker', 'podman')),
    Variant('Check which images use the space: `{engine} images`.', engines=('nerdctl', 'finch')),
    Variant('Check the free space of the disk: `df -h`.', platforms=POSIX),
    Variant('Check the free inodes of the disk: `df -i`.', platforms=POSIX),
    Variant(
        'Check the free space of the disk: `Get-PSDrive -PSProvider FileSystem`.',
        platforms=WINDOWS,
    ),
    'Free space, which deletes all stopped containers, unused networks, dangling images, and '
    'unused build cache: `{engine} system prune`.',
)
PULL_THROTTLED = PULL.problem(
    'PullThrottled',
    "The image's registry throttles requests from this machine or from its network.",
    'Wait a few minutes, and then pull the image again: `{engine} pull {image}`.',
    transient=True,
)
PULL_PLATFORM = PULL.problem(
    'PullPlatform',
    "The registry has the image, but not for this engine's operating system and processor "
    'architecture.',
    'Configure a sample image that supports this platform: `az config set '
    'acrhealth.sample_image=IMAGE`.',
    Variant('Switch Docker Desktop to Linux containers.', platforms=WINDOWS, engines=('docker',)),
    'Pull the image for another platform if the engine can emulate it: `{engine} pull --platform '
    'linux/amd64 {image}`.',
)

FAMILIES = (PULL,)
PROBLEMS = (
    PULL_FAILED,
    PULL_HUNG,
    PULL_NAME,
    PULL_CONNECTION,
    PULL_TLS,
    PULL_PROXY,
    PULL_UNAUTHORIZED,
    PULL_NO_IMAGE,
    PULL_DISK,
    PULL_THROTTLED,
    PULL_PLATFORM,
)
