# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the sample pull. The error messages are those of real engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.engine_pull import engine_pull
from azext_acrhealth.options import Options
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.environment.test_engine_client import HUNG, RUNNING, engine
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, shown, verify

IMAGE = 'mcr.test/hello:latest'


def pull(
    name: str,
    status: str,
    problem: str = '',
    completed: CompletedCommand | None = None,
    image: str = IMAGE,
    **more: Any,
) -> Row:
    tools = {f'docker pull {image}': completed} if completed else {}
    return Row(
        name,
        engine_pull,
        status,
        problem,
        probes=FakeProbes(tools=tools, image=image),
        needs=engine(RUNNING),
        **{'options': Options(pull_sample=True), **more},
    )


def pull_error(name: str, reason: str, *message: str, **more: Any) -> Row:
    """Return a row for a pull whose last line is this error message."""
    completed = CompletedCommand(
        1, 'Using default tag: latest\n', 'Trying to pull...\n' + ''.join(message) + '\n'
    )
    return pull(name, 'Failed', f'DOCKER_PULL_ERROR {reason}', completed, detail=IMAGE, **more)


TABLE = (
    pull('not asked for', 'Skipped', options=Options(), detail='requires --yes'),
    pull('works', 'Passed', completed=CompletedCommand(0), facts={'image': IMAGE}),
    pull(
        'works, with an error message',
        'Passed',
        completed=CompletedCommand(0, '', 'x509: no space left on device'),
    ),
    pull(
        'an image of another platform',
        'Passed',
        completed=CompletedCommand(1, '', 'image ... cannot be used on this platform'),
        detail='another platform',
    ),
    pull('a hang', 'Failed', 'DOCKER_PULL_ERROR PullTimeout', completed=HUNG, solution='--timeout'),
    pull(
        'no message',
        'Failed',
        'DOCKER_PULL_ERROR PullFailed',
        completed=CompletedCommand(125),
        detail='exit status 125',
    ),
    pull_error(
        'docker: an error',
        'PullFailed',
        'Error response from daemon: received unexpected HTTP status: 500 Internal Server Error',
        facts={'status': 1},
        solution=f'`docker pull {IMAGE}`',
    ),
    pull_error(
        'podman: an error',
        'PullFailed',
        'Error: initializing source docker://mcr.test/hello:latest: pinging container registry '
        'mcr.test: '
        'invalid status code from registry 500 (Internal Server Error)',
    ),
    pull_error('another language', 'PullFailed', 'Fehler: das war nichts'),
    pull_error(
        'podman: a local folder',
        'PullFailed',
        'Error: creating runtime static files directory: mkdir /home/x/.local: permission denied',
    ),
    pull_error(
        'docker: no such name',
        'PullNameResolution',
        'Error response from daemon: Get "https://mcr.test/v2/": dial tcp: lookup mcr.test on '
        '127.0.0.1:53: '
        'no such host',
        solution='`nslookup mcr.test`',
        facts={'host': 'mcr.test'},
    ),
    pull_error(
        'docker: a DNS server that fails',
        'PullNameResolution',
        'Error response from daemon: Get "https://mcr.test/v2/": dial tcp: lookup mcr.test on '
        '127.0.0.1:53: '
        'server misbehaving',
    ),
    pull_error(
        'docker: a DNS server that times out',
        'PullNameResolution',
        'Error response from daemon: Get "https://mcr.test/v2/": dial tcp: lookup mcr.test on '
        '192.0.2.1:53: '
        'read udp 192.0.2.7:50415->192.0.2.1:53: i/o timeout',
    ),
    pull_error(
        'docker: refused',
        'PullConnection',
        'Error response from daemon: Get "https://mcr.test/v2/": dial tcp 192.0.2.1:443: connect: '
        'connection '
        'refused',
    ),
    pull_error(
        'docker: no route',
        'PullConnection',
        'Error response from daemon: Get "https://mcr.test/v2/": dial tcp 192.0.2.1:443: connect: '
        'network is '
        'unreachable',
    ),
    pull_error(
        'docker: timeout',
        'PullConnection',
        'Error response from daemon: Get "https://mcr.test/v2/": net/http: request canceled while '
        'waiting for'
        ' connection (Client.Timeout exceeded while awaiting headers)',
    ),
    pull_error(
        'docker: timeout in the handshake',
        'PullConnection',
        'Error response from daemon: Get "https://mcr.test/v2/": net/http: TLS handshake timeout',
    ),
    pull_error(
        'podman: reset',
        'PullConnection',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": read tcp '
        '127.0.0.1:36872->127.0.0.1:443: read: connection reset by peer',
    ),
    pull_error(
        'podman: closed',
        'PullConnection',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": EOF',
    ),
    pull_error(
        'podman: unknown issuer',
        'PullTls',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": x509: certificate '
        'signed by '
        'unknown authority',
        solution='/etc/docker/certs.d/mcr.test/ca.crt',
    ),
    pull_error(
        'podman: expired',
        'PullTls',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": x509: certificate '
        'has '
        'expired or is not yet valid: current time 2026-11-23T22:36:16Z is after '
        '2026-11-20T22:36:16Z',
    ),
    pull_error(
        'podman: no TLS',
        'PullTls',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": http: server gave '
        'HTTP '
        'response to HTTPS client',
    ),
    pull_error(
        'podman: an alert',
        'PullTls',
        'Error: pinging container registry mcr.test: Get "https://mcr.test/v2/": remote error: '
        'tls: '
        'unrecognized name',
    ),
    pull_error(
        'docker: a stopped proxy',
        'PullProxy',
        'Error response from daemon: Get "https://mcr.test/v2/": proxyconnect tcp: dial tcp '
        '192.0.2.1:3128: '
        'connect: connection refused',
    ),
    pull_error(
        'docker: a proxy that does not resolve',
        'PullProxy',
        'Error response from daemon: Get "https://mcr.test/v2/": proxyconnect tcp: dial tcp: '
        'lookup '
        'proxy.test: no such host',
    ),
    pull_error(
        'docker: a proxy that requires a login',
        'PullProxy',
        'Error response from daemon: Get "https://mcr.test/v2/": Proxy Authentication Required',
    ),
    pull_error(
        'docker: a proxy that refuses',
        'PullProxy',
        'Error response from daemon: Get "https://mcr.test/v2/": Forbidden',
    ),
    pull_error(
        'docker: 401',
        'PullUnauthorized',
        'Error response from daemon: unauthorized: authentication required, visit '
        'https://aka.ms/acr/authorization for more information.',
    ),
    pull_error(
        'docker: 403',
        'PullUnauthorized',
        'Error response from daemon: denied',
        solution='docker logout mcr.test',
    ),
    pull_error(
        'docker: a 403 page of a proxy',
        'PullUnauthorized',
        "Error response from daemon: error parsing HTTP 403 response body: invalid character '<' "
        'looking for '
        'beginning of value',
    ),
    pull_error(
        'docker: access denied',
        'PullUnauthorized',
        'Error response from daemon: pull access denied for mcr.test/hello, repository does not '
        'exist or may '
        "require 'docker login': denied: requested access to the resource is denied",
    ),
    pull_error(
        'podman: 403',
        'PullUnauthorized',
        'Error: pinging container registry mcr.test: invalid status code from registry 403 '
        '(Forbidden)',
    ),
    pull_error(
        'nerdctl: 401',
        'PullUnauthorized',
        'failed to resolve reference "mcr.test/hello:latest": unexpected status from HEAD request '
        'to '
        'https://mcr.test/v2/hello/manifests/latest: 401 Unauthorized',
    ),
    pull_error(
        'docker: no such tag',
        'PullNoSuchImage',
        'Error response from daemon: manifest for mcr.test/hello:latest not found: manifest '
        'unknown: manifest'
        ' tagged by "latest" is not found',
    ),
    pull_error(
        'podman: no such repository',
        'PullNoSuchImage',
        'Error: reading manifest latest in mcr.test/hello: name unknown: repository name not known '
        'to '
        'registry',
    ),
    pull_error(
        'nerdctl: no such tag',
        'PullNoSuchImage',
        'failed to resolve reference "mcr.test/hello:latest": mcr.test/hello:latest: not found',
    ),
    pull_error(
        'docker: no space',
        'PullDiskFull',
        'failed to register layer: Error processing tar file(exit status 1): write /usr/lib/x.so: '
        'no space '
        'left on device',
        solution='docker system prune',
    ),
    pull_error(
        'podman: no space',
        'PullDiskFull',
        'Error: writing blob: adding layer with blob "sha256:1": processing tar file(write /x: no '
        'space left '
        'on device): exit status 1',
    ),
    pull_error(
        'docker: 429',
        'PullThrottled',
        'Error response from daemon: toomanyrequests: Too many requests. Please visit '
        'https://aka.ms/acr/skus#sku-feature-matrix',
    ),
    pull_error(
        'nerdctl: 429',
        'PullThrottled',
        'unexpected status from HEAD request to https://mcr.test/v2/hello/manifests/latest: 429 '
        'Too Many '
        'Requests',
    ),
    pull_error(
        'docker: no such platform',
        'PullPlatform',
        'no matching manifest for linux/arm64/v8 in the manifest list entries: no match for '
        'platform in '
        'manifest: not found',
    ),
    pull_error(
        'podman: no such platform',
        'PullPlatform',
        'Error: choosing an image from manifest list docker://mcr.test/hello:latest: no image '
        'found in '
        'manifest list for architecture arm64, variant "v8", OS linux',
    ),
    pull(
        'an error of an earlier attempt',
        'Failed',
        'DOCKER_PULL_ERROR PullTls',
        CompletedCommand(
            1,
            '',
            'level=warning msg="retrying: connection refused"\nError: x509: unknown authority',
        ),
        detail='TLS failed (mcr.test/hello:latest): Error',
    ),
    pull(
        'an error before the last line',
        'Failed',
        'DOCKER_PULL_ERROR PullDiskFull',
        CompletedCommand(1, '', 'write /x: no space left on device\nrun it again'),
    ),
    pull(
        'an image whose name looks like an error',
        'Failed',
        'DOCKER_PULL_ERROR PullFailed',
        CompletedCommand(1, '', 'cannot pull mcr.test/denied/unauthorized:1'),
        'mcr.test/denied/unauthorized:1',
    ),
    pull(
        'an image without a host',
        'Failed',
        'DOCKER_PULL_ERROR PullConnection',
        CompletedCommand(1, '', 'i/o timeout'),
        'a;b/hello',
        facts={'host': 'registry-1.docker.io'},
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@given(st.text(), st.text(), st.sampled_from([1, 125, -9]))
def test_any_output_makes_a_row(stdout: str, stderr: str, status: int) -> None:
    row = pull('any output', '', '', CompletedCommand(status, stdout, stderr))
    assert shown(engine_pull, run(row))['status'] in ('Failed', 'Passed')


@pytest.mark.parametrize(
    'name, platform, message, wanted, unwanted',
    [
        ('nerdctl', 'Linux-6', 'no space left on device', '`nerdctl images`', 'system df'),
        ('docker', 'Windows-11', 'no space left on device', 'Get-PSDrive', 'df -h'),
        ('podman', 'Linux-6', 'proxyconnect tcp', '`export HTTPS_PROXY=', 'docker'),
        ('podman', 'Windows-11', 'proxyconnect tcp', '`$env:HTTPS_PROXY', 'docker'),
        ('docker', 'macOS-14', 'proxyconnect tcp', 'docker desktop restart', 'systemctl'),
        ('finch', 'macOS-14', 'no such host', 'finch vm stop', 'docker'),
        ('podman', 'Linux-6', 'x509: bad', '/etc/containers/certs.d/', 'docker'),
        ('docker', 'Windows-11', 'x509: bad', 'in a browser', '/dev/null'),
    ],
)
def test_advice_fits_the_engine_and_the_platform(
    name: str, platform: str, message: str, wanted: str, unwanted: str
) -> None:
    tools = {f'{name} pull {IMAGE}': CompletedCommand(1, '', message)}
    row = pull_error(name, '')
    outcome = run(
        Row(
            name,
            row.check,
            '',
            probes=FakeProbes(tools=tools, image=IMAGE),
            needs=engine(RUNNING, name),
            options=row.options,
        )
    )
    solutions = ' '.join(shown(engine_pull, outcome, platform=platform)['solutions'])
    assert wanted in solutions and unwanted not in solutions


def test_the_proxy_of_the_cli_is_suggested_without_its_credentials() -> None:
    tools = {f'docker pull {IMAGE}': CompletedCommand(1, '', 'proxyconnect tcp')}
    row = pull_error('docker', '')
    host = IMAGE.partition('/')[0]
    proxy = Proxy('http', 'proxy1', 3128, 'alice', 'secret-word')
    probes = FakeProbes(tools=tools, image=IMAGE, routes={host: Route(proxy)})
    outcome = run(replace(row, probes=probes, needs=engine(RUNNING, 'docker')))
    solutions = ' '.join(shown(engine_pull, outcome, platform='Linux-6')['solutions'])
    assert 'HTTPS_PROXY=http://proxy1:3128`' in solutions and 'secret-word' not in solutions
