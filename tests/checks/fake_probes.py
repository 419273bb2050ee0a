# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Probes with fixed results. What a test did not plan for fails it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Literal

import jwt

from azext_acrhealth.catalogue.by_account import USER as USER_KIND
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.model import Probes
from azext_acrhealth.options import Cluster, Selection, Target
from azext_acrhealth.probes.azure.cluster_search import ClusterSearch
from azext_acrhealth.probes.azure.resource_graph import RegistrySearch
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.command_pulls import CommandPulls
from azext_acrhealth.probes.cluster.kubectl import KubeContext
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.dns import Resolution, ResolveKind
from azext_acrhealth.probes.http.dns_query import DnsServers
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.proxy_and_trust import Route, Trust
from azext_acrhealth.probes.http.proxy_settings import ProxySettings
from azext_acrhealth.probes.http.reachability import Reachability
from azext_acrhealth.probes.http.response import Response, ResponseKind
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection
from azext_acrhealth.probes.http.tls import Handshake, UnverifiedPeer
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand
from azext_acrhealth.probes.local.stored_login import StoredLogin
from azext_acrhealth.probes.registry.pull import RedirectTarget
from azext_acrhealth.probes.registry.tokens import TokenResponse
from azext_acrhealth.probes.registry.upload import Step
from azext_acrhealth.protocols import HostConnection, RegistryApi

HOST = 'myregistry.azurecr.io'
ACCOUNT = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e70'
USER = Account(USER_KIND, ACCOUNT)
USER_CLAIMS = {'oid': ACCOUNT, 'scp': 'user_impersonation'}
REGISTRY_ID = (
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09501/resourceGroups/g/providers'
    '/Microsoft.ContainerRegistry/registries/myregistry'
)
BEARER = f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}"'
DENIED_ADDRESS = (
    b'{"errors":[{"code":"DENIED",'
    b'"message":"client with IP \'203.0.113.7\' is not allowed access."}]}'
)
DENIED = b'{"errors":[{"code":"DENIED","message":"public access is off"}]}'
TOO_MANY = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'
UNAUTHORIZED = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'


def response(
    status: int | None = None,
    body: bytes = b'',
    *challenges: str,
    failure: Failure[ResponseKind] | None = None,
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
    return str(jwt.encode(claims, '', algorithm='none'))


def token_response(token: str | None = None, given: Response | None = None) -> TokenResponse:
    """Return the response of a token endpoint: a token with status 200, unless one is given."""
    return TokenResponse(given or response(200), token)


@dataclass
class FakeConnection:
    """One connection whose phases have ended already."""

    host: str = HOST
    route_result: Route = Route()
    resolution_result: Resolution = Resolution(HOST, ('203.0.113.10',), HOST, seconds=0.002)
    tcp_result: TcpConnection = TcpConnection(
        address='203.0.113.10', tried=(Attempt('203.0.113.10', 'Connected'),), seconds=0.01
    )
    other_results: tuple[Attempt, ...] = ()
    handshake_result: Handshake = Handshake(
        protocol='TLSv1.3',
        certificate=Certificate(issuer='Test CA, Tests'),
        trust=Trust(True, 'bundle.pem', 'certifi'),
        seconds=0.02,
    )
    peer_result: UnverifiedPeer = UnverifiedPeer(
        failure=Failure('NotInspected', 'no certificate failed')
    )
    first: Response = response(401, b'', BEARER, Server='AzureContainerRegistry')
    closed: bool = False
    deadline: float = 1e9
    secrets: tuple[str, ...] = ()

    def resolving(self, *addresses: str) -> FakeConnection:
        return replace(self, resolution_result=Resolution(self.host, addresses))

    def route(self) -> Route:
        return self.route_result

    def resolution(self) -> Resolution:
        return self.resolution_result

    def tcp(self) -> TcpConnection:
        return self.tcp_result

    def other_addresses(self) -> tuple[Attempt, ...]:
        return self.other_results

    def handshake(self) -> Handshake:
        return self.handshake_result

    def unverified_peer(self) -> UnverifiedPeer:
        return self.peer_result

    def challenge(self) -> Response:
        return self.first

    def request(self, request: Request, until: float | None = None) -> Response:
        raise AssertionError('checks send requests through a client')

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeUpload:
    """An upload whose steps have been answered already.

    The steps of its cancel tell whether it remains.
    """

    begun: Step
    appended: Step
    canceled: tuple[Step, ...] = ()
    remains: bool | None = False
    ended: bool = False
    size: int | None = None

    def begin(self) -> Step:
        return self.begun

    def append(self, size: int | None = None) -> Step:
        self.size = size
        return self.appended

    def cancel(self, end: float) -> list[Step]:
        assert end > 1e9, 'its cancel has its own time, beyond the deadline'
        self.ended = True
        return list(self.canceled)


@dataclass
class FakeProbes:
    """What the probes would answer. Commands are looked up without their folder: `docker info`."""

    suffix: str | None = '.azurecr.io'
    clouds: Mapping[str, str] = field(default_factory=lambda: {'AzureChinaCloud': '.azurecr.cn'})
    docker_command: str | None = None
    files: tuple[str, ...] = ()
    unexecutables: tuple[str, ...] = ()
    address: EngineAddress = EngineAddress()
    image: str = 'mcr.test/hello:latest'
    tools: Mapping[str, CompletedCommand] = field(default_factory=dict)
    found: RegistrySearch = RegistrySearch()
    found_clusters: ClusterSearch = ClusterSearch()
    registry: ArmResult = ArmResult(failure=Failure('NotLoggedIn', 'nobody is logged in'))
    resources: Mapping[str, ArmResult] = field(default_factory=dict)
    lists: Mapping[str, ArmResult] = field(default_factory=dict)  # by the part, or its ID
    graph: ArmResult = ArmResult({'value': [], 'more': False}, status=200)  # of any query
    names: Mapping[str, Resolution] = field(default_factory=dict)
    token: Token = Token(
        signed(**USER_CLAIMS),
        'tenant-id',
        'https://containerregistry.azure.net',
    )
    exchanged: TokenResponse = TokenResponse(response(200), 'refresh')
    # What the other audience leads to; asked only when the usual one was refused.
    other_token: Token = Token(failure=Failure('AudienceRefused', 'AADSTS500011: no'))
    other_exchanged: TokenResponse = TokenResponse(response(401, UNAUTHORIZED))
    access: TokenResponse = TokenResponse(response(200), None)
    settings: ProxySettings = ProxySettings()
    routes: Mapping[str, Route] = field(default_factory=dict)
    time: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    reachability: Reachability = Reachability('mcr.test', True)
    dns_responses: DnsServers = DnsServers()
    platform: str = 'Tests'
    storage_suffix: str | None = 'core.windows.net'
    by_password: tuple[TokenResponse, ...] = ()  # one after the other
    anonymous: TokenResponse = TokenResponse(response(401, UNAUTHORIZED))
    # What a registry and its storage answer: manifests and tags by what is asked for, storage by
    # its host.
    pages: Mapping[str, Response] = field(default_factory=dict)
    hosts: Mapping[str, FakeConnection] = field(default_factory=dict)
    stored: tuple[StoredLogin, ...] = ()
    trial_upload: FakeUpload | None = None
    connections: list[FakeConnection] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    cloud_shell: bool = False
    sign_in_expected: bool = False
    unfinished: tuple[str, ...] = ()
    unfinished_commands: tuple[str, ...] = ()
    kube_context: KubeContext = KubeContext('aks1', 'aks1.hcp.westeurope.azmk8s.io')
    cluster_pulls: Sequence[ClusterPull] = ()
    command_pulls: CommandPulls | None = None
    closed: int = 0

    def other_clouds(self) -> Mapping[str, str]:
        return self.clouds

    def in_cloud_shell(self) -> bool:
        return self.cloud_shell

    def describe_client(self) -> dict[str, Any]:
        return {
            'azureCli': '2.91.0',
            'python': '3.11.0',
            'platform': self.platform,
            'cloud': 'AzureCloud',
            'cloudShell': self.cloud_shell,
        }

    def workers(self, default: int) -> int:
        return default

    def now(self) -> datetime:
        return self.time

    def environment_secrets(self) -> tuple[str, ...]:
        return ()

    def engine_command(self) -> str | None:
        return self.docker_command

    def engine_address(self, engine: str, text: str) -> EngineAddress:
        return self.address._replace(message=text)

    def sample_image(self) -> str:
        return self.image

    def find(self, command: str) -> str | None:
        return f'/bin/{command}' if command in self.files else None

    def find_unexecutable(self, command: str) -> str | None:
        return f'/bin/{command}' if command in self.unexecutables else None

    def run(self, command: Sequence[str], deadline: float) -> CompletedCommand:
        assert deadline > 0, 'without its deadline a probe would have no end'
        name = ' '.join((command[0].rsplit('/', 1)[-1], *command[1:]))
        self.requests.append(name)
        return self.tools[name]

    def pull(self, command: Sequence[str], deadline: float) -> CompletedCommand:
        return self.run(command, deadline)

    def stored_logins(
        self, host: str, repository: str | None, deadline: float
    ) -> list[StoredLogin]:
        assert host and deadline > 0
        return list(self.stored)

    def host_connections(self) -> FakeConnections:
        return FakeConnections(self)

    def resolve_all(self, hosts: Sequence[str], deadline: float) -> list[Resolution]:
        unknown: Failure[ResolveKind] = Failure('NotFound', 'no such name')
        return [self.names.get(host, Resolution(host, failure=unknown)) for host in hosts]

    def route(self, host: str) -> Route:
        return self.routes.get(host, Route())

    def proxy_settings(self) -> ProxySettings:
        return self.settings

    def reachable(self, deadline: float) -> Reachability:
        assert deadline > 0, 'without its deadline a probe would have no end'
        return self.reachability

    def query_dns_servers(self, host: str, deadline: float) -> DnsServers:
        assert host and deadline > 0
        return self.dns_responses

    def find_registries(self, selection: Selection, deadline: float) -> RegistrySearch:
        return self.found

    def find_clusters(self, cluster: Cluster, deadline: float) -> ClusterSearch:
        assert cluster and deadline > 0
        self.requests.append(f'find {cluster.name}')
        return self.found_clusters

    def find_registry(self, target: Target, deadline: float) -> ArmResult:
        return self.registry

    def read_resource(self, resource_id: str, api_version: str, deadline: float) -> ArmResult:
        self.requests.append(resource_id)
        return self.resources.get(
            resource_id, ArmResult(failure=Failure('NotFound', 'no such resource'), status=404)
        )

    def read_list(
        self, resource_id: str, part: str, api_version: str, deadline: float
    ) -> ArmResult:
        assert resource_id, 'a list belongs to a resource'
        self.requests.append(part)
        identifier = f'{resource_id}/{part}'
        return self.lists[identifier if identifier in self.lists else part]

    def read_all(self, reads: Sequence[ArmRead], deadline: float) -> list[ArmResult]:
        return [self._read(read, deadline) for read in reads]

    def _read(self, read: ArmRead, deadline: float) -> ArmResult:
        if read.query:
            self.requests.append(read.query)
            return self.graph
        if not read.part:
            return self.read_resource(read.resource_id, read.api_version, deadline)
        part = f'{read.part} {read.condition}'.strip()
        return self.read_list(read.resource_id, part, read.api_version, deadline)

    def audiences(self) -> tuple[str, str]:
        return 'https://containerregistry.azure.net', 'https://management.core.windows.net/'

    def sign_in(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        given = self.token if audience == self.audiences()[0] else self.other_token
        return given._replace(audience=audience)

    def expect_sign_in(self) -> None:
        self.sign_in_expected = True

    def registry_client(
        self, connection: HostConnection, service: str, token_path: str
    ) -> FakeRegistryClient:
        return FakeRegistryClient(self, connection, service, token_path)

    def stored_blob(
        self, connection: HostConnection, target: RedirectTarget, size: int
    ) -> Response:
        return self.page(f'stored {connection.host}', target.path)

    def page(self, name: str, secret: str) -> Response:
        assert secret
        self.requests.append(name)
        return self.pages[name]

    def cluster_api(self) -> FakeClusterApi:
        return FakeClusterApi(self)

    def command_api(self) -> FakeCommandApi:
        return FakeCommandApi(self)

    def forget_failures(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    def unfinished_uploads(self) -> list[str]:
        return list(self.unfinished)

    def unfinished_pulls(self) -> list[str]:
        return list(self.unfinished_commands)


@dataclass(frozen=True)
class FakeClusterApi:
    """Clusters whose nodes end their pulls as the probes say that made it, in their order."""

    probes: FakeProbes

    def context(self, name: str | None, deadline: float) -> KubeContext:
        self.probes.requests.append(('context', name))
        return self.probes.kube_context

    def pull(
        self, context: KubeContext, requests: Sequence[PodRequest], deadline: float
    ) -> list[ClusterPull]:
        assert deadline > 0 and self.probes.cluster_pulls, 'a pull in a cluster was not planned'
        self.probes.requests += [(context.name, request) for request in requests]
        return list(self.probes.cluster_pulls)


@dataclass(frozen=True)
class FakeCommandApi:
    """Commands in clusters that end as the probes say that made it."""

    probes: FakeProbes

    def pull(
        self, cluster_id: str, uses_entra: bool, requests: Sequence[PodRequest], deadline: float
    ) -> CommandPulls:
        assert deadline > 0 and self.probes.command_pulls, 'a command was not planned'
        self.probes.requests += [(cluster_id, uses_entra, request) for request in requests]
        return self.probes.command_pulls


@dataclass(frozen=True)
class FakeConnections:
    """Connections to the hosts of the probes that made it; none is ever open."""

    probes: FakeProbes

    def connect(self, host: str, deadline: float) -> FakeConnection:
        self.probes.connections.append(FakeConnection(host))
        return self.probes.connections[-1]

    def reach(self, host: str, deadline: float) -> FakeConnection:
        assert deadline > 0, 'without its deadline a probe would have no end'
        return self.probes.hosts.get(host) or FakeConnection(host)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class FakeRegistryClient:
    """A registry whose responses are those of the probes that made this client."""

    probes: FakeProbes
    connection: HostConnection
    service: str
    token_path: str
    token: str = ''

    def with_token(self, token: str) -> FakeRegistryClient:
        return replace(self, token=token)

    def exchange(self, entra_token: Token, retry_unauthorized: bool = True) -> TokenResponse:
        probes = self.probes
        probes.requests.append(('exchange', self.connection.host, self.service))
        first = entra_token.audience == probes.audiences()[0]
        return probes.exchanged if first else probes.other_exchanged

    def access_token(self, scopes: Sequence[str], refresh_token: str) -> TokenResponse:
        self.probes.requests.append((self.connection.host, self.token_path, self.service, *scopes))
        return self.probes.access

    def access_token_by_password(
        self, scopes: Sequence[str], username: str, password: str
    ) -> TokenResponse:
        assert password, 'a user name comes with a password'
        self.probes.requests.append(
            (self.connection.host, self.token_path, self.service, username, *scopes)
        )
        first, *rest = self.probes.by_password
        self.probes.by_password = (*rest,)
        return first

    def anonymous_token(self, scope: str) -> TokenResponse:
        self.probes.requests.append(
            (self.connection.host, self.token_path, self.service, 'nobody', scope)
        )
        return self.probes.anonymous

    def manifest(self, repository: str, reference: str) -> Response:
        return self.probes.page(f'manifest {repository} {reference}', self.token)

    def tags(self, repository: str) -> Response:
        return self.probes.page(f'tags {repository}', self.token)

    def attributes(self, repository: str, path: str) -> Response:
        name = f'attributes {repository} {path}'.strip()
        unread = response(401, UNAUTHORIZED)
        return self.probes.page(name, self.token) if name in self.probes.pages else unread

    def deleted(self, repository: str, part: Literal['tags', 'manifests']) -> Response:
        return self.probes.page(f'deleted {part} {repository}', self.token)

    def blob(self, repository: str, digest: str, size: int) -> Response:
        return self.probes.page(f'blob {digest}', self.token)

    def upload(self, repository: str) -> FakeUpload:
        assert self.token and self.probes.trial_upload, 'an upload was not planned'
        self.probes.requests.append(f'upload {repository}')
        return self.probes.trial_upload


# mypy --strict proves here that the fakes implement the protocols.
_PROBES: Probes = FakeProbes()
_CONNECTION: HostConnection = FakeConnection()
_CLIENT: RegistryApi = _PROBES.registry_client(_CONNECTION, '', '')
