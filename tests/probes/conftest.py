# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the probes' tests share: an environment without proxies or CA settings, and certificates of their own CA."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import settings

from azext_acrhealth.probes.azure.arm_client import ResourceManager
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.http import connection
from azext_acrhealth.probes.probes import AzureProbes
from tests.probes.azure_cli import MANAGED_IDENTITY, SERVICE_PRINCIPAL, Azure
from tests.probes.clock import soon
from tests.probes.servers import Server, answering, http, silent

# A busy machine is no bug of what is tested.
settings.register_profile('acrhealth', deadline=None)
settings.load_profile('acrhealth')

_SETTINGS = (
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'ACC_CLOUD',
    'IDENTITY_ENDPOINT',
    'IDENTITY_HEADER',
    'DOCKER_COMMAND',
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's own settings out of the tests."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Certificates:
    """A CA, certificates of every kind for localhost, and the server side of TLS with them."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA(organization_name='Contoso CA')
        self.stranger = trustme.CA()
        self.bundle = folder / 'ca.pem'
        self.ca.cert_pem.write_to_path(str(self.bundle))

    def server(self, kind: str = 'good') -> ssl.SSLContext:
        """Make a server's settings; `kind` names what is wrong with its certificate."""
        now, day = datetime.now(timezone.utc), timedelta(days=1)
        make: dict[str, Callable[[], trustme.LeafCert]] = {
            'expired': lambda: self.ca.issue_cert(
                'localhost', not_before=now - 9 * day, not_after=now - day
            ),
            'not yet valid': lambda: self.ca.issue_cert(
                'localhost', not_before=now + day, not_after=now + 9 * day
            ),
            'wrong host': lambda: self.ca.issue_cert('contoso.example'),
            'wrong address': lambda: self.ca.issue_cert('127.0.0.9'),
            'unknown CA': lambda: self.stranger.issue_cert('localhost'),
            'unknown CA shown': lambda: self.stranger.issue_cert('localhost'),
        }
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = make.get(kind, lambda: self.ca.issue_cert('localhost', '127.0.0.1'))()
        if kind == 'unknown CA shown':
            leaf.cert_chain_pems.append(self.stranger.cert_pem)
        leaf.configure_cert(context)
        return context


@pytest.fixture(scope='session')
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the session's CA."""
    return Certificates(tmp_path_factory.mktemp('ca'))


@pytest.fixture
def trusting(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Let the probes trust the session's CA."""
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificates.bundle))
    return certificates


@pytest.fixture
def serve(
    trusting: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test.

    The probes' port 443 is that of the last one made with `tls`.
    """
    running: list[Server] = []

    def start(talk: Any, tls: str | None = 'good') -> Server:
        server = Server(talk, trusting.server(tls) if tls else None)
        running.append(server)
        if tls:
            monkeypatch.setattr(connection, 'PORT', server.port)
        return server

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture
def echo(serve: Callable[..., Server]) -> Server:
    """Start a server that greets whoever comes, without TLS."""

    def greet(sock: Any, server: Server) -> None:
        sock.sendall(b'hello')
        silent(sock, server)

    return serve(greet, tls=None)


@pytest.fixture
def ask(
    serve: Callable[..., Server],
) -> Iterator[Callable[..., tuple[Server, connection.Connection]]]:
    """Start servers that answer requests in turn, and give each with a connection to it."""
    connections: list[connection.Connection] = []

    def make(*responses: bytes | None) -> tuple[Server, connection.Connection]:
        server = serve(answering(*responses))
        connections.append(connection.Connection('localhost', soon(), 'acrhealth-test'))
        return server, connections[-1]

    yield make
    for each in connections:
        each.close()


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Azure:
    """Return the configuration of a CLI that nobody has signed in to."""
    for name in [
        name for name in os.environ if name.startswith(('AZURE_', 'ACC_', 'MSI_', 'IDENTITY_'))
    ]:
        monkeypatch.delenv(name)
    (tmp_path / 'azure').mkdir()
    return Azure(tmp_path / 'azure', monkeypatch)


@pytest.fixture
def probes(azure: Azure) -> Iterator[AzureProbes]:
    """Return all probes, bound to a CLI that a service principal is signed in to."""
    azure.sign_in(SERVICE_PRINCIPAL)
    made = AzureProbes(azure.cli())
    yield made
    made.close()


@pytest.fixture
def arm(
    azure: Azure, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Any, ...]]:
    """Start a Resource Manager that talks so, and give the way to it, the server, and the login: a managed identity."""

    def start(talk: Any) -> tuple[ResourceManager, Server, CliLogin]:
        token = {
            'access_token': 'e.y.J',
            'expires_on': str(int(time.time()) + 3600),
            'resource': 'x',
            'token_type': 'Bearer',
        }
        entra = serve(answering(http(json.dumps(token).encode())), tls=None)
        monkeypatch.setenv('IDENTITY_ENDPOINT', f'http://127.0.0.1:{entra.port}/msi/token')
        monkeypatch.setenv('IDENTITY_HEADER', 'a-header')
        azure.sign_in(MANAGED_IDENTITY)
        context, server = azure.cli(), serve(talk)
        context.cloud.endpoints.resource_manager = f'https://localhost:{server.port}/'
        held = Cli(context)
        login = CliLogin(held)
        return ResourceManager(held, login), server, login

    return start
