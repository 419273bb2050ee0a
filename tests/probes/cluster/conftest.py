# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fixtures of the tests of pulls in a cluster: a real kubectl, and an API server over HTTPS."""

from __future__ import annotations

import json
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull, ClusterPulls
from azext_acrhealth.probes.cluster.kubectl import Kubectl
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.local.process import CommandRunner
from tests.layer_binaries import NEWEST_KUBECTL, path_of, unsupported_reason
from tests.probes.clock import soon
from tests.probes.servers import Server
from tests.sandbox.services.http_messages import read_request
from tests.sandbox.services.kubernetes_api import KubernetesApi

IMAGE = 'contoso.azurecr.io/team/app:v1'
TOKEN = 'the-secret-token-of-pat'


def binary(version: str) -> pathlib.Path:
    """Return the path of a kubectl, or skip the test; in CI there has to be one."""
    path = path_of('kubectl', version)
    if not path.exists():
        why = unsupported_reason() or 'run python -m tests.layer_binaries .venv/kubectl'
        if os.environ.get('CI') and not unsupported_reason():
            pytest.fail(f'no kubectl {version}: {why}')
        pytest.skip(f'no kubectl {version}: {why}')
    return path


class LocalCluster:
    """A cluster's API server, and the kubeconfig of a user who is signed in to it."""

    def __init__(self, folder: pathlib.Path, port: int, bundle: str, api: KubernetesApi) -> None:
        self.api, self.host = api, f'localhost:{port}'
        self._folder, self._bundle = folder, bundle
        self.runner = CommandRunner()
        self.pulls = ClusterPulls(self.runner.run)
        self.configure()

    def configure(
        self,
        user: Mapping[str, Any] | None = None,
        server: str = '',
        context: str = 'pat@aks1',
        **cluster: Any,
    ) -> None:
        """Write the kubeconfig."""
        trusted = {'certificate-authority': self._bundle}
        address = {'server': server or f'https://{self.host}', **(cluster or trusted)}
        config = {
            'apiVersion': 'v1',
            'kind': 'Config',
            'clusters': [{'name': 'aks1', 'cluster': address}],
            'users': [{'name': 'pat', 'user': user or {'token': TOKEN}}],
            'contexts': [
                {'name': context, 'context': {'cluster': 'aks1', 'user': 'pat'}},
                {
                    'name': 'team',
                    'context': {'cluster': 'aks1', 'user': 'pat', 'namespace': 'team'},
                },
            ],
            'current-context': context,
        }
        (self._folder / 'config').write_text(json.dumps(config))

    def kubectl(self) -> Kubectl:
        """Return the kubectl on PATH."""
        path = os.path.join(os.environ['PATH'].split(os.pathsep)[0], 'kubectl')
        return Kubectl(path, self.runner.run)

    def pull(self, seconds: float = 30.0, **request: Any) -> ClusterPull:
        """Pull by a node of the cluster."""
        context = self.kubectl().context(None, soon())
        assert context.failure is None
        deadline = time.monotonic() + seconds
        requests = [PodRequest(**{'image': IMAGE, **request})]
        return self.pulls.pull(context, requests, deadline)[0]


@pytest.fixture
def kubectl_version() -> str:
    """Return the version of kubectl; tests that need several parametrize it."""
    return NEWEST_KUBECTL


@pytest.fixture
def cluster(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    certificates: Any,
    kubectl_version: str,
) -> Iterator[LocalCluster]:
    """Yield a cluster, with a kubectl on PATH that can reach it."""
    folder = binary(kubectl_version).parent
    monkeypatch.setenv('PATH', f'{folder}{os.pathsep}{os.defpath}')
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('KUBECONFIG', str(tmp_path / 'config'))
    api = KubernetesApi(TOKEN)
    with Server(_talk(api), certificates.server()) as server:
        yield LocalCluster(tmp_path, server.port, str(certificates.bundle), api)
        api.released.set()


def _talk(api: KubernetesApi) -> Callable[[Any, Server], None]:
    def talk(sock: Any, _: Server) -> None:
        with sock.makefile('rb') as stream:
            while request := read_request(stream, sock.sendall):
                response = api.handle(request)
                sock.sendall(response.head() + response.payload())

    return talk
