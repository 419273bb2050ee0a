# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The API server of a cluster inside the sandbox's network, and the user's kubectl for it.

Usage, inside: python -m tests.acceptance.kubernetes FOLDER
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import trustme

from tests.acceptance.components import need, need_binary
from tests.build import PROJECT
from tests.layer_binaries import NEWEST_KUBECTL
from tests.probes.servers import Server
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services.http_messages import read_request
from tests.sandbox.services.kubernetes_api import Faults, KubernetesApi

HOST = 'aks1-rg-aks-0b1f64-abcd1234.hcp.eastus.azmk8s.test'
OTHER = 'aks2-rg-aks-0b1f64-abcd1234.hcp.eastus.azmk8s.test'
# Contexts whose clusters Azure doesn't know, with names as other tools and people make them.
EKS = 'arn:aws:eks:eu-west-1:123456789012:cluster/shop'
OPENSHIFT = 'default/api-shop-test:6443/kube:admin'
BLANK, K3S = 'the shop', 'k3s'
TOKEN = 'the-secret-token-of-pat'
_SECONDS = 30.0


class Kubernetes:
    """A running API server, which writes what it has to a file after each request."""

    def __init__(self, folder: pathlib.Path, version: str) -> None:
        self._folder = folder
        self.path = need_binary('kubectl', version).parent

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which `az` finds kubectl and its kubeconfig."""
        path = f'{self.path}{os.pathsep}{os.environ["PATH"]}'
        return {'PATH': path, 'KUBECONFIG': str(self._folder / 'config')}

    def run_commands(self, sandbox: Sandbox, shell: str = 'dash', **more: Any) -> None:
        """Let Azure Resource Manager run commands in the cluster, with a shell.

        `more` are other values of cluster_commands.Environment.
        """
        shells = self._folder / 'shells'
        shells.mkdir(exist_ok=True)
        (shells / 'sh').unlink(missing_ok=True)
        (shells / 'sh').symlink_to(need(shell))
        path = f'{shells}{os.pathsep}{self.path}'
        settings = {'path': path, 'kubeconfig': str(self._folder / 'config'), **more}
        sandbox.update_settings(runCommand=settings)

    def state(self) -> dict[str, Any]:
        """Return `pods` and `jobs`, the names of those that there are, and all manifests.

        Those are `created`, of pods, and `createdJobs`.
        """
        with contextlib.suppress(FileNotFoundError):
            return dict(json.loads((self._folder / 'state').read_text('utf-8')))
        return {'pods': [], 'jobs': [], 'created': [], 'createdJobs': []}


@contextlib.contextmanager
def running(
    sandbox: Sandbox,
    folder: pathlib.Path,
    case: str = 'pulled',
    version: str = NEWEST_KUBECTL,
    **faults: Any,
) -> Iterator[Kubernetes]:
    """Run an API server whose nodes play a case of `kubelet.steps`; `version` is kubectl's."""
    kubernetes = Kubernetes(folder, version)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / 'ca.pem')
    authority.issue_cert(HOST, OTHER).private_key_and_cert_chain_pem.write_to_path(
        folder / 'server.pem'
    )
    (folder / 'settings').write_text(json.dumps({'case': case, 'faults': faults}))
    for host in (HOST, OTHER):
        sandbox.set_dns(host, a=['127.0.0.1'])
    command = (sys.executable, '-m', 'tests.acceptance.kubernetes', str(folder))
    with subprocess.Popen(
        [*sandbox.info['enter'], 'sh', '-c', 'cd "$0" && exec "$@"', str(PROJECT), *command],
        stdin=subprocess.PIPE,
    ) as process:
        try:
            _write_config(folder, _port(folder))
            yield kubernetes
        finally:
            assert process.stdin
            process.stdin.close()  # ends it
            process.wait(_SECONDS)


def _port(folder: pathlib.Path) -> int:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((folder / 'port').read_text('ascii'))
        time.sleep(0.05)
    pytest.fail("the API server didn't start")


def _write_config(folder: pathlib.Path, port: int) -> None:
    """Write a kubeconfig whose current context is aks1, with all the other contexts."""
    config = {
        'apiVersion': 'v1',
        'kind': 'Config',
        'clusters': [
            {
                'name': name,
                'cluster': {
                    'server': f'https://{host}:{port}',
                    'certificate-authority': str(folder / 'ca.pem'),
                },
            }
            for name, host in (('aks1', HOST), ('aks2', OTHER))
        ],
        'users': [{'name': 'pat', 'user': {'token': TOKEN}}],
        'contexts': [
            {'name': name, 'context': {'cluster': cluster, 'user': 'pat'}}
            for name, cluster in (
                *(('aks1', 'aks1'), ('aks2', 'aks2')),
                *((name, 'aks2') for name in (EKS, OPENSHIFT, BLANK, K3S)),
            )
        ],
        'current-context': 'aks1',
    }
    (folder / 'config').write_text(json.dumps(config))


def main(argv: Sequence[str]) -> int:
    """Serve until standard input ends."""
    folder = pathlib.Path(argv[0])
    settings = json.loads((folder / 'settings').read_text('utf-8'))
    api = KubernetesApi(TOKEN, settings['case'])
    api.faults = dataclasses.replace(Faults(), **settings['faults'])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / 'server.pem')
    with Server(_talk(api, folder), context) as server:
        _write(folder / 'port', str(server.port))
        sys.stdin.read()
        api.released.set()
    return 0


def _talk(api: KubernetesApi, folder: pathlib.Path) -> Callable[[Any, Server], None]:
    lock = threading.Lock()

    def talk(sock: Any, _: Server) -> None:
        with sock.makefile('rb') as stream:
            while request := read_request(stream, sock.sendall):
                response = api.handle(request)
                with lock:
                    state = {
                        'pods': api.pods,
                        'jobs': api.jobs,
                        'created': api.created,
                        'createdJobs': api.created_jobs,
                    }
                    _write(folder / 'state', json.dumps(state))
                sock.sendall(response.head() + response.payload())

    return talk


def _write(path: pathlib.Path, text: str) -> None:
    """Write a file at once, so that no reader sees a part of it."""
    written = path.with_suffix('.new')
    written.write_text(text, encoding='utf-8')
    written.replace(path)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
