# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real registry for a login server: docker-registry, with the sandbox's tokens."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from typing import Any, Optional

from tests.sandbox.host import namespaces
from tests.sandbox.services import images
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.registry_storage import Storage
from tests.sandbox.services.tokens import REGISTRY_ISSUER

START_SECONDS = 10.0
# Headers of one connection only (RFC 9110, section 7.6.1), and the length, which is set again.
HOP_BY_HOP_HEADERS = (
    'connection',
    'keep-alive',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'content-length',
)
ROOT = 'docker/registry/v2'
# A registry dies with the thread that started it, so one that lives as long as this process does.
KEEPER = concurrent.futures.ThreadPoolExecutor(1)
Lines = Iterable[tuple[str, str]]


class Distribution:
    """A running docker-registry; `folder` is its storage."""

    def __init__(self, folder: pathlib.Path, service: str, certificate: bytes) -> None:
        program = shutil.which('docker-registry')
        if not program:
            raise ValueError('docker-registry is not installed')
        self.folder = folder / 'storage'
        self.folder.mkdir(parents=True)
        (folder / 'tokens.pem').write_bytes(certificate)
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port: int = free.getsockname()[1]
        (folder / 'config.yml').write_text(
            json.dumps(self._configuration(folder, service)), encoding='ascii'
        )  # is YAML
        with (folder / 'log').open('wb') as log:
            self._process = KEEPER.submit(
                subprocess.Popen,
                [program, 'serve', str(folder / 'config.yml')],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=namespaces.die_with_parent,
                cwd=folder,
            ).result()
        self._await(folder / 'log')

    def _configuration(self, folder: pathlib.Path, service: str) -> dict[str, Any]:
        return {
            'version': 0.1,
            'log': {'level': 'warn', 'accesslog': {'disabled': True}},
            'storage': {
                'filesystem': {'rootdirectory': str(self.folder)},
                'delete': {'enabled': True},
                'maintenance': {'uploadpurging': {'enabled': False}},
            },
            # Relative locations keep the client at the login server.
            'http': {
                'addr': f'127.0.0.1:{self.port}',
                'relativeurls': True,
                'secret': 'one for all steps',
            },
            'auth': {
                'token': {
                    'realm': f'https://{service}/oauth2/token',
                    'service': service,
                    'issuer': REGISTRY_ISSUER,
                    'rootcertbundle': str(folder / 'tokens.pem'),
                }
            },
            'validation': {'manifests': {'urls': {'allow': ['^https://']}}},
        }

    def _await(self, log: pathlib.Path) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise ValueError(
            'docker-registry does not run: '
            + log.read_text(encoding='utf-8', errors='replace')[-500:]
        )

    def stop(self) -> None:
        """End the process and delete its storage."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def forward(self, request: Request, token: str = '', method: str = '') -> Response:
        """Forward a request and return the response, both with every header line."""
        lines = [
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in HOP_BY_HOP_HEADERS
            and not (token and name.lower() == 'authorization')
        ]
        if token:
            lines.append(('Authorization', f'Bearer {token}'))
        return self.send(method or request.method, request.target, lines, request.body)

    def send(self, method: str, target: str, lines: Lines, body: bytes = b'') -> Response:
        """Send a request to the registry itself."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in lines:
                connection.putheader(name, value)
            connection.putheader('Content-Length', str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            kept = tuple(
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in HOP_BY_HOP_HEADERS
                or (method == 'HEAD' and name.lower() == 'content-length')
            )
            return Response(response.status, response.read(), kept)
        finally:
            connection.close()

    def push(self, name: str, reference: str, image: images.Image, token: str) -> str:
        """Store an image as a client does, and return its digest."""
        bearer = [('Host', 'localhost'), ('Authorization', f'Bearer {token}')]
        for child in image.children:
            self.push(name, images.digest(child.manifest), child, token)
        for blob in image.blobs:
            session = self.send('POST', f'/v2/{name}/blobs/uploads/', bearer)
            location = dict(session.headers).get('Location', '')
            self._check_stored(
                self.send('PUT', f'{location}&digest={images.digest(blob)}', bearer, blob)
            )
        self._check_stored(
            self.send(
                'PUT',
                f'/v2/{name}/manifests/{reference}',
                [*bearer, ('Content-Type', image.media_type)],
                image.manifest,
            )
        )
        return images.digest(image.manifest)

    @staticmethod
    def _check_stored(response: Response) -> None:
        if response.status != 201:
            raise ValueError(f'docker-registry refused: {response.status} {response.body!r}')

    def blob(self, digest: str) -> Optional[bytes]:
        """Return a blob from the storage, as the blob host serves it; None if unknown."""
        path = self.folder / ROOT / 'blobs/sha256' / digest[7:9] / digest[7:] / 'data'
        return path.read_bytes() if path.is_file() else None

    def uploads(self) -> list[dict[str, Any]]:
        """Return the open sessions.

        A canceled one leaves `hashstates` behind, but no `startedat`.
        """
        root = self.folder / ROOT / 'repositories'
        found = []
        for mark in sorted(root.glob('**/_uploads/*/startedat')):
            data = mark.with_name('data')
            found.append(
                {
                    'session': mark.parent.name,
                    'repository': str(mark.parents[2].relative_to(root)),
                    'bytes': data.stat().st_size if data.exists() else 0,
                }
            )
        return found

    def contents(self) -> Storage:
        """Return what is stored, for the lists of /acr/v1."""
        storage = Storage(filled=False)
        root = self.folder / ROOT / 'repositories'
        for folder in sorted(root.glob('**/_manifests')):
            repository = storage.repository(str(folder.parent.relative_to(root)), True)
            for link in folder.glob('revisions/sha256/*/link'):
                body = self.blob(link.read_text('ascii')) or b'{}'
                repository.put(json.loads(body).get('mediaType', images.MANIFEST), body)
            repository.tags = {
                link.parts[-3]: link.read_text('ascii')
                for link in folder.glob('tags/*/current/link')
            }
        return storage
