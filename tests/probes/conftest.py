# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fixtures of the probes' tests: an environment without settings, certificates, servers, a CLI."""

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

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.http import connection
from azext_acrhealth.probes.probes import AzureProbes
from tests.probes.azure_cli import MANAGED_IDENTITY, SERVICE_PRINCIPAL, Azure
from tests.probes.clock import soon
from tests.probes.servers import Server, answering, http, silent

# A slow machine must not fail a property test.
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
    """Remove this machine's own settings from the environment."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Certificates:
    """A CA, and TLS contexts for servers with valid and invalid certificates for localhost."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA(organization_name='Contoso CA')
        self.untrusted_ca = trustme.CA()
        self.bundle = folder / 'ca.pem'
        self.ca.cert_pem.write_to_path(str(self.bundle))

    def server(self, kind: str = 'good') -> ssl.SSLContext:
        """Return a server's TLS context; `kind` is the fault of its certificate."""
        now, day = datetime.now(timezone.utc), timedelta(days=1)
        issue: dict[str, Callable[[], trustme.LeafCert]] = {
            'expired': lambda: self.ca.issue_cert(
                'localhost', not_before=now - 9 * day, not_after=now - day
            ),
            'not yet valid': lambda: self.ca.issue_cert(
                'localhost', not_before=now + day, not_after=now + 9 * day
            ),
            'wrong host': lambda: self.ca.issue_cert('contoso.example'),
            'wrong address': lambda: self.ca.issue_cert('127.0.0.9'),
            'unknown CA': lambda: self.untrusted_ca.issue_cert('localhost'),
            'unknown CA shown': lambda: self.untrusted_ca.issue_cert('localhost'),
        }
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = issue.get(kind, lambda: self.ca.issue_cert('localhost', '127.0.0.1'))()
        if kind == 'unknown CA shown':
            leaf.cert_chain_pems.append(self.untrusted_ca.cert_pem)
        leaf.configure_cert(context)
        return context


@pytest.fixture(scope='session')
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the session's CA."""
    return Certificates(tmp_path_factory.mktemp('ca'))


@pytest.fixture
def trusting(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Make the probes trust the session's CA."""
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificates.bundle))
    return certificates


@pytest.fixture
def serve(
    trusting: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Server]]:
    """Return a function that starts servers, which stop with the test.

    The port of the last server with `tls` replaces 443 in the probes.
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
    """Start a server without TLS that sends a greeting after the first byte, like a TLS server."""

    def greet(sock: Any, server: Server) -> None:
        sock.recv(1)
        sock.sendall(b'hello')
        silent(sock, server)

    return serve(greet, tls=None)


@pytest.fixture
def ask(
    serve: Callable[..., Server],
) -> Iterator[Callable[..., tuple[Server, connection.Connection]]]:
    """Return a function that starts a server with these responses and connects to it."""
    connections: list[connection.Connection] = []

    def start(*responses: bytes | None) -> tuple[Server, connection.Connection]:
        server = serve(answering(*responses))
        connections.append(connection.Connection('localhost', soon(), 'acrhealth-test'))
        return server, connections[-1]

    yield start
    for opened in connections:
        opened.close()


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Azure:
    """Return the configuration of a CLI that is not signed in."""
    for name in [
        name for name in os.environ if name.startswith(('AZURE_', 'ACC_', 'MSI_', 'IDENTITY_'))
    ]:
        monkeypatch.delenv(name)
    (tmp_path / 'azure').mkdir()
    return Azure(tmp_path / 'azure', monkeypatch)


@pytest.fixture
def probes(azure: Azure) -> Iterator[AzureProbes]:
    """Return the probes of a CLI that is signed in as a service principal."""
    azure.sign_in(SERVICE_PRINCIPAL)
    azure_probes = AzureProbes(azure.cli())
    yield azure_probes
    azure_probes.close()


@pytest.fixture
def arm(
    azure: Azure, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Any, ...]]:
    """Return a function that starts an Azure Resource Manager.

    It returns the client, the server, and the login: a managed identity.
    """

    def start(talk: Any) -> tuple[ArmClient, Server, CliLogin]:
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
        cli = Cli(context)
        login = CliLogin(cli)
        return ArmClient(cli, login), server, login

    return start
