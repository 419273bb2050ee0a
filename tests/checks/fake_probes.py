# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A world of frozen answers, in place of the probes. What a test did not plan for fails it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

import jwt

from azext_acrhealth.probes.azure.resource_graph import Found
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.proxy_and_trust import Route, Trust
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.reachability import Reachability
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection
from azext_acrhealth.probes.http.tls import Handshake, UnverifiedPeer
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand
from azext_acrhealth.probes.local.stored_login import StoredLogin
from azext_acrhealth.probes.registry.pull import RedirectTarget
from azext_acrhealth.probes.registry.tokens import TokenResponse
from azext_acrhealth.probes.registry.upload import Step

HOST = 'myregistry.azurecr.io'
ACCOUNT = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e70'
REGISTRY_ID = (
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09501/resourceGroups/g/providers'
    '/Microsoft.ContainerRegistry/registries/myregistry'
)
BEARER = f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}"'
DENIED_ADDRESS = b"""{"errors":[{"code":"DENIED","message":"client with IP '203.0.113.7' is not allowed access."}]}"""
DENIED = b'{"errors":[{"code":"DENIED","message":"public access is off"}]}'
TOO_MANY = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'
UNAUTHORIZED = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'


def response(
    status: int | None = None,
    body: bytes = b'',
    *challenges: str,
    failure: Failure | None = None,
    **headers: str,
) -> Response:
    """Return an answer of the registry; each `challenges` is a line of WWW-Authenticate."""
    named = ((name.replace('_', '-'), text) for name, text in headers.items())
    lines = [
        *named,
        ('x-ms-correlation-request-id', 'c0ffee'),
        *(('WWW-Authenticate', text) for text in challenges),
    ]
    return Response(
        status, () if failure else tuple(lines), body, failure, '2026-01-02T03:04:05Z', 0.25
    )


def signed(**claims: Any) -> str:
    """Return a token with these claims; nobody has signed it."""
    return jwt.encode(claims, '', algorithm='none')


def token_response(token: str | None = None, given: Response | None = None) -> TokenResponse:
    """Return what a token endpoint answers: a token with status 200, unless another answer is given."""
    return TokenResponse(given or response(200), token)


@dataclass
class FakeConnection:
    """One connection whose phases have ended already."""

    host: str = HOST
    way: Route = Route()
    resolved: Resolution = Resolution(HOST, ('203.0.113.10',), HOST, seconds=0.002)
    dialling: TcpConnection = TcpConnection(
        address='203.0.113.10', tried=(Attempt('203.0.113.10', 'Connected'),), seconds=0.01
    )
    hands: Handshake = Handshake(
        protocol='TLSv1.3',
        certificate=Certificate(issuer='Test CA, Tests'),
        trust=Trust(True, 'bundle.pem', 'certifi'),
        seconds=0.02,
    )
    looked: UnverifiedPeer = UnverifiedPeer(
        failure=Failure('NotInspected', 'no certificate failed')
    )
    first: Response = response(401, b'', BEARER, Server='AzureContainerRegistry')
    closed: bool = False

    def resolving(self, *addresses: str) -> FakeConnection:
        return replace(self, resolved=Resolution(self.host, addresses))

    def route(self) -> Route:
        return self.way

    def resolution(self) -> Resolution:
        return self.resolved

    def tcp(self) -> TcpConnection:
        return self.dialling

    def handshake(self) -> Handshake:
        return self.hands

    def unverified_peer(self) -> UnverifiedPeer:
        return self.looked

    def challenge(self) -> Response:
        return self.first

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeUpload:
    """An upload whose steps have been answered already.

    The steps of its cancel tell whether it remains.
    """

    begun: Step
    appended: Step
    cancelled: tuple[Step, ...] = ()
    remains: bool | None = False
    ended: bool = False

    def begin(self) -> Step:
        return self.begun

    def append(self) -> Step:
        return self.appended

    def cancel(self, end: float) -> list[Step]:
        assert end > 1e9, 'its cancel has its own time, beyond the deadline'
        self.ended = True
        return list(self.cancelled)


@dataclass
class FakeProbes:
    """What the probes would answer. Commands are looked up without their folder: `docker info`."""

    suffix: str | None = '.azurecr.io'
    clouds: Mapping[str, str] = field(default_factory=lambda: {'AzureChinaCloud': '.azurecr.cn'})
    docker_command: str | None = None
    files: tuple[str, ...] = ()
    unexecutables: tuple[str, ...] = ()
    place: EngineAddress = EngineAddress()
    image: str = 'mcr.test/hello:latest'
    tools: Mapping[str, CompletedCommand] = field(default_factory=dict)
    found: Found = Found()
    registry: ArmResult = ArmResult(failure=Failure('NotLoggedIn', 'nobody is logged in'))
    resources: Mapping[str, ArmResult] = field(default_factory=dict)
    lists: Mapping[str, ArmResult] = field(default_factory=dict)  # by the part of the registry
    names: Mapping[str, Resolution] = field(default_factory=dict)
    token: Token = Token(signed(oid=ACCOUNT), 'tenant-id', 'https://containerregistry.azure.net')
    exchanged: TokenResponse = TokenResponse(response(200), 'refresh')
    # What the other audience leads to; asked only when the usual one was refused.
    other_token: Token = Token(failure=Failure('AudienceRefused', 'AADSTS500011: no'))
    other_exchanged: TokenResponse = TokenResponse(response(401, UNAUTHORIZED))
    access: TokenResponse = TokenResponse(response(200), None)
    settings: ProxySettings = ProxySettings()
    ways: Mapping[str, Route] = field(default_factory=dict)
    time: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    elsewhere: Reachability = Reachability('mcr.test', True)
    storage_suffix: str | None = 'core.windows.net'
    by_password: tuple[TokenResponse, ...] = ()  # one after the other
    anonymous: TokenResponse = TokenResponse(response(401, UNAUTHORIZED))
    # What a registry and its storage answer: manifests and tags by what is asked for, storage by
    # its host.
    pages: Mapping[str, Response] = field(default_factory=dict)
    hosts: Mapping[str, FakeConnection] = field(default_factory=dict)
    kept: tuple[StoredLogin, ...] = ()
    trial: FakeUpload | None = None
    connections: list[FakeConnection] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def other_clouds(self) -> Mapping[str, str]:
        return self.clouds

    def engine_command(self) -> str | None:
        return self.docker_command

    def endpoint(self, engine: str, words: str) -> EngineAddress:
        return replace(self.place, said=words)

    def sample_image(self) -> str:
        return self.image

    def find(self, command: str) -> str | None:
        return f'/bin/{command}' if command in self.files else None

    def unexecutable(self, command: str) -> str | None:
        return f'/bin/{command}' if command in self.unexecutables else None

    def run(self, command: tuple[str, ...], deadline: float) -> CompletedCommand:
        assert deadline > 0, 'without its deadline a probe would have no end'
        name = ' '.join((command[0].rsplit('/', 1)[-1], *command[1:]))
        self.asked.append(name)
        return self.tools[name]

    pull = run

    def resolve_all(self, hosts: tuple[str, ...], deadline: float) -> list[Resolution]:
        return [
            self.names.get(host, Resolution(host, failure=Failure('NotFound', 'no such name')))
            for host in hosts
        ]

    def route(self, host: str) -> Route:
        return self.ways.get(host, Route())

    def proxy_settings(self) -> ProxySettings:
        return self.settings

    def environment_secrets(self) -> tuple[str, ...]:
        return ()

    def now(self) -> datetime:
        return self.time

    def connect(self, host: str, deadline: float) -> FakeConnection:
        self.connections.append(FakeConnection(host))
        return self.connections[-1]

    def reachable(self, deadline: float) -> Reachability:
        assert deadline > 0, 'without its deadline a probe would have no end'
        return self.elsewhere

    def again(self) -> None:
        pass

    def workers(self, usual: int) -> int:
        return usual

    def find_registries(self, selection: Any, deadline: float) -> Found:
        return self.found

    def find_registry(self, target: Any, deadline: float) -> ArmResult:
        return self.registry

    def read_resource(self, resource_id: str, api_version: str, deadline: float) -> ArmResult:
        self.asked.append(resource_id)
        return self.resources.get(
            resource_id, ArmResult(failure=Failure('NotFound', 'no such resource'), status=404)
        )

    def read_list(
        self, resource_id: str, part: str, api_version: str, deadline: float
    ) -> ArmResult:
        assert resource_id, 'a list belongs to a resource'
        self.asked.append(part)
        return self.lists[part]

    def audiences(self) -> tuple[str, str]:
        return 'https://containerregistry.azure.net', 'https://management.core.windows.net/'

    def sign_in(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        given = self.token if audience == self.audiences()[0] else self.other_token
        return replace(given, audience=audience)

    def exchange(
        self, connection: FakeConnection, service: str, token: Token, again: bool = True
    ) -> TokenResponse:
        self.asked.append(('exchange', connection.host, service))
        return self.exchanged if token.audience == self.audiences()[0] else self.other_exchanged

    def access_token(
        self,
        connection: FakeConnection,
        path: str,
        service: str,
        scopes: tuple[str, ...],
        refresh_token: str,
    ) -> TokenResponse:
        self.asked.append((connection.host, path, service, *scopes))
        return self.access

    def token_by_password(
        self,
        connection: FakeConnection,
        path: str,
        service: str,
        scopes: tuple[str, ...],
        username: str,
        password: str,
    ) -> TokenResponse:
        assert password, 'whoever asks by password has one'
        self.asked.append((connection.host, path, service, username, *scopes))
        first, *rest = self.by_password
        self.by_password = (*rest,)
        return first

    def anonymous_token(
        self, connection: FakeConnection, path: str, service: str, scope: str
    ) -> TokenResponse:
        self.asked.append((connection.host, path, service, 'nobody', scope))
        return self.anonymous

    def reach(self, host: str, deadline: float) -> FakeConnection:
        assert deadline > 0, 'without its deadline a probe would have no end'
        return self.hosts.get(host) or FakeConnection(host)

    def manifest(
        self, connection: FakeConnection, repository: str, reference: str, token: str
    ) -> Response:
        return self._page(f'manifest {repository} {reference}', token)

    def tags(self, connection: FakeConnection, repository: str, token: str) -> Response:
        return self._page(f'tags {repository}', token)

    def blob(
        self, connection: FakeConnection, repository: str, digest: str, size: int, token: str
    ) -> Response:
        return self._page(f'blob {digest}', token)

    def stored(self, connection: FakeConnection, place: RedirectTarget, size: int) -> Response:
        return self._page(f'stored {connection.host}', place.path)

    def stored_logins(
        self, host: str, repository: str | None, deadline: float
    ) -> list[StoredLogin]:
        assert host and deadline > 0
        return list(self.kept)

    def upload(self, connection: FakeConnection, repository: str, token: str) -> FakeUpload:
        assert token and self.trial, 'an upload was not planned'
        self.asked.append(f'upload {repository}')
        return self.trial

    def _page(self, name: str, secret: str) -> Response:
        assert secret
        self.asked.append(name)
        return self.pages[name]
