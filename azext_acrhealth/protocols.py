# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What checks and probes know of a connection, a registry's API, an upload and a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # the records that probes return; nothing is imported from them at run time
    from azext_acrhealth.probes.azure.sign_in import Token
    from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
    from azext_acrhealth.probes.cluster.command_pulls import CommandPulls
    from azext_acrhealth.probes.cluster.kubectl import KubeContext
    from azext_acrhealth.probes.cluster.pod import PodRequest
    from azext_acrhealth.probes.http.dns import Resolution
    from azext_acrhealth.probes.http.exchange import Request
    from azext_acrhealth.probes.http.proxy_and_trust import Route
    from azext_acrhealth.probes.http.response import Response
    from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection
    from azext_acrhealth.probes.http.tls import Handshake, UnverifiedPeer
    from azext_acrhealth.probes.registry.tokens import TokenResponse
    from azext_acrhealth.probes.registry.upload import Step


LimitKind = Literal['TooManyOpenFiles', 'TooManyProcesses', 'OutOfMemory']


class LimitReached(Exception):
    """This machine has no open file, process or memory left, so a check could find out nothing."""

    def __init__(self, kind: LimitKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class HostConnection(Protocol):
    """A connection to a host in phases; each is done once, when it is first needed.

    `deadline` is an instant of `time.monotonic()`; `secrets` are the tokens sent or received.
    """

    host: str
    deadline: float
    secrets: tuple[str, ...]

    def route(self) -> Route: ...
    def resolution(self) -> Resolution: ...
    def tcp(self) -> TcpConnection: ...
    def other_addresses(self) -> tuple[Attempt, ...]: ...
    def handshake(self) -> Handshake: ...
    def unverified_peer(self) -> UnverifiedPeer: ...
    def challenge(self) -> Response: ...
    def request(self, request: Request, until: float | None = None) -> Response: ...
    def close(self) -> None: ...


class HostConnections(Protocol):
    """The connections of one registry in one attempt, which end together."""

    def connect(self, host: str, deadline: float) -> HostConnection: ...
    def reach(self, host: str, deadline: float) -> HostConnection: ...
    def close(self) -> None: ...


class Upload(Protocol):
    """An upload that is begun, written to and canceled; `remains` is None where unknown."""

    remains: bool | None
    ended: bool

    def begin(self) -> Step: ...
    def append(self, size: int | None = None) -> Step: ...
    def cancel(self, end: float) -> list[Step]: ...


class RegistryApi(Protocol):
    """The requests to one registry; `with_token` sets the access token of the later ones."""

    @property
    def connection(self) -> HostConnection: ...
    def with_token(self, token: str) -> RegistryApi: ...
    def exchange(self, entra_token: Token, retry_unauthorized: bool = True) -> TokenResponse: ...
    def access_token(self, scopes: Sequence[str], refresh_token: str) -> TokenResponse: ...
    def access_token_by_password(
        self, scopes: Sequence[str], username: str, password: str
    ) -> TokenResponse: ...
    def anonymous_token(self, scope: str) -> TokenResponse: ...
    def manifest(self, repository: str, reference: str) -> Response: ...
    def tags(self, repository: str) -> Response: ...
    def attributes(self, repository: str, path: str) -> Response: ...
    def deleted(self, repository: str, part: Literal['tags', 'manifests']) -> Response: ...
    def blob(self, repository: str, digest: str, size: int) -> Response: ...
    def upload(self, repository: str) -> Upload: ...


class ClusterApi(Protocol):
    """Pulls by the nodes of a cluster, through the user's kubectl.

    `context` returns a context of the kubeconfig, None for the current one.
    """

    def context(self, name: str | None, deadline: float) -> KubeContext: ...
    def pull(
        self, context: KubeContext, requests: Sequence[PodRequest], deadline: float
    ) -> list[ClusterPull]: ...


class CommandApi(Protocol):
    """Pulls by the nodes of a cluster, through a command that Azure Resource Manager runs there."""

    def pull(
        self, cluster_id: str, uses_entra: bool, requests: Sequence[PodRequest], deadline: float
    ) -> CommandPulls: ...
