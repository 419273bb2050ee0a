# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Commands in clusters (managedClusters/runCommand): real ones, by a real shell and kubectl.

Sources: the REST reference of api-version 2025-05-01 and the SDK's recordings, for requests and
responses; issues of azure-cli for the errors; Learn for the limit of the logs. Inferred: the error
of a stopped cluster, and that the API server gets the token as it is.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import uuid
import zipfile
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, errors
from tests.sandbox.services.http_messages import JSON, Request, Response, json_response

Resource = dict[str, Any]
LIMIT = 512 * 1024
_SECONDS = 120
_NOT_STARTED = (
    'Failed to run command due to cluster perf issue, container command-{id} in aks-command '
    'namespace did not start within 30s on your cluster, retry may helps. If issue persist, you '
    'may need to tune your cluster with better performance (larger node/paid tier).'
)


@dataclasses.dataclass
class Environment:
    """Where commands of a sandbox run: folders of `sh` and kubectl, and a kubeconfig.

    `end` is how all of them end instead: `failed`, as when the image of the command's own pod can't
    be pulled, or `never`. `limit` is in bytes.
    """

    path: str
    kubeconfig: str
    end: str = ''
    limit: int = LIMIT


class ClusterCommands:
    """The commands that were started, with their results; None while one runs."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._results: dict[str, Optional[Resource]] = {}

    def start(self, cluster: Resource, request: Request) -> Response:
        """Start a command in a cluster."""
        identifier = uuid.uuid4().hex
        properties = cluster['properties']
        if properties['powerState']['code'] != 'Running':
            text = 'The operation is not allowed because the cluster is not running.'
            return errors.arm(409, 'OperationNotAllowed', text)
        settings = self._state.settings['runCommand']
        if not settings:
            text = _NOT_STARTED.replace('{id}', identifier)
            return errors.arm(400, 'KubernetesPerformanceError', text)
        environment = Environment(**settings)
        body = json.loads(request.body)
        self._results[identifier] = None
        if environment.end == 'failed':
            failed = {'provisioningState': 'failed', 'reason': 'ImagePullBackoff'}
            self._results[identifier] = failed
        elif not environment.end:
            accepted = not (properties.get('aadProfile') or {}).get('managed') or self._is_token(
                body.get('clusterToken', '')
            )
            arguments = (identifier, body, environment, accepted)
            threading.Thread(target=self._run, args=arguments, daemon=True).start()
        path = f'{cluster["id"]}/commandResults/{identifier}'.replace(
            '/managedClusters/', '/managedclusters/'
        )
        url = f'https://{cloud.ARM_HOST}{path}?api-version=2025-05-01'
        return Response(202, b'', (('Location', url), ('Content-Type', JSON)))

    def result(self, identifier: str) -> Response:
        """Return the result of a command, if it has ended."""
        if identifier not in self._results:
            return errors.arm(404, 'NotFound', f'The command {identifier} was not found.')
        result = self._results[identifier]
        if result is None:
            running = {'provisioningState': 'Running'}
            return json_response(202, {'id': identifier, 'properties': running})
        return json_response(200, {'id': identifier, 'properties': result})

    def _is_token(self, token: str) -> bool:
        claims = self._state.entra.read(token)
        return claims is not None and claims['aud'] == cloud.CLUSTER_AUDIENCE

    def _run(
        self, identifier: str, body: Resource, environment: Environment, accepted: bool
    ) -> None:
        folder = pathlib.Path(tempfile.mkdtemp(prefix='command-'))
        try:
            if body.get('context'):
                archive = io.BytesIO(base64.b64decode(body['context']))
                with zipfile.ZipFile(archive) as files:
                    files.extractall(folder)
            kubeconfig = environment.kubeconfig
            if not accepted:
                kubeconfig = _without_login(kubeconfig, folder / 'kubeconfig')
            completed = subprocess.run(
                ['sh', '-c', body['command']],
                cwd=folder,
                env={
                    'PATH': f'{environment.path}{os.pathsep}{os.defpath}',
                    'HOME': str(folder),
                    'KUBECONFIG': kubeconfig,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
            self._results[identifier] = {
                'provisioningState': 'Succeeded',
                'exitCode': completed.returncode,
                'startedAt': '2026-11-29T10:00:00Z',
                'finishedAt': '2026-11-29T10:00:04Z',
                'logs': completed.stdout[: environment.limit].decode('utf-8', 'replace'),
            }
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _without_login(kubeconfig: str, path: pathlib.Path) -> str:
    """Write a kubeconfig whose users have a token that no API server accepts, and return it."""
    config = json.loads(pathlib.Path(kubeconfig).read_text('utf-8'))
    for user in config['users']:
        user['user'] = {'token': 'none'}
    path.write_text(json.dumps(config), encoding='utf-8')
    return str(path)
