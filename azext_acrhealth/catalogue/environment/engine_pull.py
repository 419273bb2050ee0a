# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull by the engine, whose network settings can differ from the CLI's."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

PULL = Family(
    'DOCKER_PULL_ERROR',
    'The engine could not pull a small public image, so that it is unlikely to pull any.',
    (
        'Run `{engine} pull {image}` by hand and look at what it says.',
        'Make sure that the engine (not only this shell) has the proxy and the certificates that '
        'the network wants.',
    ),
    links.documented('DOCKER_PULL_ERROR'),
)

_SET_PROXY = (
    'Give the engine its proxy: for docker `sudo systemctl edit docker` with the line'
    ' `Environment=HTTPS_PROXY=http://proxy:port` under `[Service]`, then `sudo systemctl restart '
    'docker`; in'
    ' Docker Desktop under Settings, Resources, Proxies.'
)

PULL_FAILED = PULL.problem(
    'PullFailed', 'The engine ended the pull of the sample image with an error.', transient=True
)
PULL_HUNG = PULL.problem(
    'PullHung',
    'The pull of the sample image did not end in time.',
    'Try `{engine} pull {image}` by hand; a pull that stands still is mostly a proxy or a firewall '
    'that swallows'
    ' packets.',
    'Give the run more time with --timeout.',
    transient=True,
)
PULL_NAME = PULL.problem(
    'PullNameResolution',
    "The engine could not resolve the name of the image's registry. It may ask other name servers "
    'than this shell.',
    'See whether this machine resolves the name: `nslookup {host}`.',
    'If it does, give the engine name servers of its own: `"dns": ["<server>"]` in '
    '/etc/docker/daemon.json, then `sudo'
    ' systemctl restart docker`; or restart Docker Desktop, `colima` or the Podman machine after a '
    'change of network.',
    transient=True,
)
PULL_CONNECTION = PULL.problem(
    'PullConnection',
    "The engine could not connect to the image's registry, or was cut off: no answer, refused, no "
    'route, reset.',
    'See whether this machine reaches it: `curl -sSI https://{host}/v2/`. If so, only the engine '
    'is held back.',
    'Let the firewall pass the engine to port 443 of {host}, and of the storage that it redirects '
    'to.',
    _SET_PROXY,
    transient=True,
)
PULL_TLS = PULL.problem(
    'PullTls',
    'The engine does not trust the certificate that it was shown, or TLS failed: mostly a proxy '
    'that looks into TLS,'
    ' and whose certificate the engine does not know.',
    'See who issued the certificate: `openssl s_client -connect {host}:443 -servername {host} '
    '</dev/null`.',
    "Give the engine that issuer's certificate as /etc/docker/certs.d/{host}/ca.crt (Podman:"
    " /etc/containers/certs.d/{host}/ca.crt), or add it to the system's trust and restart the "
    'engine.',
)
PULL_PROXY = PULL.problem(
    'PullProxy',
    'The proxy that the engine uses could not be reached, wants a login, or refused to connect.',
    'See which proxy the engine uses: `{engine} info`, the lines with Proxy.',
    _SET_PROXY,
    'Let the proxy pass {host}; if it wants a login, put it into the address of the proxy.',
)
PULL_UNAUTHORIZED = PULL.problem(
    'PullUnauthorized',
    'The registry, or a gateway before it, refused the pull. A public image needs no login; an old '
    'one does harm.',
    'Drop the stored login and try again: `{engine} logout {host}`, then `{engine} pull {image}`.',
    'Behind a gateway that blocks the host, ask for {host} to be let through.',
)
PULL_NO_IMAGE = PULL.problem(
    'PullNoSuchImage',
    'The registry answered, but does not hold that image.',
    'Correct the image, if you have set one (`az config get acrhealth.sample_image`), or go back '
    'to the usual one:'
    ' `az config unset acrhealth.sample_image`.',
)
PULL_DISK = PULL.problem(
    'PullDiskFull',
    'The disk on which the engine keeps its images is full.',
    'See what fills it (`{engine} system df`) and free what no container uses: `{engine} system '
    'prune`.',
    'See the disk itself: `df -h` and, for inodes, `df -i`.',
)
PULL_THROTTLED = PULL.problem(
    'PullThrottled',
    "The image's registry answers no more for now: too many requests, from this machine or from "
    'its whole network.',
    'Wait a few minutes, then run `{engine} pull {image}`.',
    transient=True,
)
PULL_PLATFORM = PULL.problem(
    'PullPlatform',
    "The registry answered, but the image is not made for this engine's operating system and "
    'processor.',
    'Set an image that fits: `az config set acrhealth.sample_image=<image>`.',
    'On Windows switch Docker Desktop to Linux containers; elsewhere try'
    ' `{engine} pull --platform linux/amd64 {image}`.',
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
