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
# What belongs to one connection only (RFC 9110, section 7.6.1), and what is counted anew.
OF_THE_HOP = (
    'connection',
    'keep-alive',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'content-length',
)
PLACE = 'docker/registry/v2'
# It starts the processes: they are to die with the thread that started them, and this one lives as
# long as we do.
KEEPER = concurrent.futures.ThreadPoolExecutor(1)
Lines = Iterable[tuple[str, str]]


class Distribution:
    """A running docker-registry; `folder` is its storage."""

    def __init__(self, place: pathlib.Path, service: str, certificate: bytes) -> None:
        program = shutil.which('docker-registry')
        if not program:
            raise ValueError('docker-registry is not installed')
        self.folder = place / 'storage'
        self.folder.mkdir(parents=True)
        (place / 'tokens.pem').write_bytes(certificate)
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port: int = free.getsockname()[1]
        (place / 'config.yml').write_text(
            json.dumps(self._configuration(place, service)), encoding='ascii'
        )  # is YAML
        with (place / 'log').open('wb') as log:
            self._process = KEEPER.submit(
                subprocess.Popen,
                [program, 'serve', str(place / 'config.yml')],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=namespaces.die_with_parent,
                cwd=place,
            ).result()
        self._await(place / 'log')

    def _configuration(self, place: pathlib.Path, service: str) -> dict[str, Any]:
        return {
            'version': 0.1,
            'log': {'level': 'warn', 'accesslog': {'disabled': True}},
            'storage': {
                'filesystem': {'rootdirectory': str(self.folder)},
                'delete': {'enabled': True},
                'maintenance': {'uploadpurging': {'enabled': False}},
            },
            # Relative places keep the client at the login server; no part of it knows this port.
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
                    'rootcertbundle': str(place / 'tokens.pem'),
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
            if name.lower() not in OF_THE_HOP and not (token and name.lower() == 'authorization')
        ]
        if token:
            lines.append(('Authorization', f'Bearer {token}'))
        return self.ask(method or request.method, request.target, lines, request.body)

    def ask(self, method: str, target: str, lines: Lines, body: bytes = b'') -> Response:
        """Send a request to the registry itself."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in lines:
                connection.putheader(name, value)
            connection.putheader('Content-Length', str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            kept = tuple(
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in OF_THE_HOP
                or (method == 'HEAD' and name.lower() == 'content-length')
            )
            return Response(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def push(self, name: str, reference: str, one: images.Image, token: str) -> str:
        """Store an image as a client does, and return its digest."""
        bearer = [('Host', 'localhost'), ('Authorization', f'Bearer {token}')]
        for child in one.children:
            self.push(name, images.digest(child.manifest), child, token)
        for blob in one.blobs:
            begun = self.ask('POST', f'/v2/{name}/blobs/uploads/', bearer)
            place = dict(begun.headers).get('Location', '')
            self._stored(self.ask('PUT', f'{place}&digest={images.digest(blob)}', bearer, blob))
        self._stored(
            self.ask(
                'PUT',
                f'/v2/{name}/manifests/{reference}',
                [*bearer, ('Content-Type', one.media_type)],
                one.manifest,
            )
        )
        return images.digest(one.manifest)

    @staticmethod
    def _stored(answer: Response) -> None:
        if answer.status != 201:
            raise ValueError(f'docker-registry refused: {answer.status} {answer.body!r}')

    def blob(self, digest: str) -> Optional[bytes]:
        """Return a blob from the storage, as the blob host serves it; None if unknown."""
        path = self.folder / PLACE / 'blobs/sha256' / digest[7:9] / digest[7:] / 'data'
        return path.read_bytes() if path.is_file() else None

    def uploads(self) -> list[dict[str, Any]]:
        """Return the open sessions.

        A cancelled one leaves `hashstates` behind, but no `startedat`.
        """
        root = self.folder / PLACE / 'repositories'
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
        root = self.folder / PLACE / 'repositories'
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
