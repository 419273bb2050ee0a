# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The probes of a run, bound to one Azure CLI: the implementation of the protocol model.Probes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from azext_acrhealth import machine_limits
from azext_acrhealth.interruption import abandonable
from azext_acrhealth.options import Cluster, Identity, Selection, Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import cluster_search, resource_graph, resources
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import REGISTRY_AUDIENCE, Cli
from azext_acrhealth.probes.azure.credentials import CliLogin, Credentials
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.connections import Connections
from azext_acrhealth.probes.http.dns import Resolution, resolve
from azext_acrhealth.probes.http.proxy_and_trust import Route, route_to
from azext_acrhealth.probes.http.proxy_settings import ProxySettings, proxy_settings
from azext_acrhealth.probes.http.reachability import Reachability, ReferenceHost
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress, engine_address
from azext_acrhealth.probes.local.env_secrets import environment_secrets
from azext_acrhealth.probes.local.stored_login import StoredLogin, stored_logins
from azext_acrhealth.probes.node_pulls import NodePulls
from azext_acrhealth.probes.registry import pull
from azext_acrhealth.probes.registry.client import RegistryClient
from azext_acrhealth.probes.registry.pull import RedirectTarget
from azext_acrhealth.probes.registry.upload import Uploads
from azext_acrhealth.protocols import ClusterApi, CommandApi, HostConnection

if TYPE_CHECKING:  # its module is imported where it is needed, in few runs
    from azext_acrhealth.probes.http.dns_query import DnsServers

# The registry of public images in the clouds that have one of their own.
_PUBLIC_IMAGES = {'USSec': 'mcr.microsoft.scloud', 'USNat': 'mcr.microsoft.eaglex.ic.gov'}


# There is one public method for each thing that a check may ask for.
class AzureProbes:  # pylint: disable=too-many-public-methods
    """The probes of one run. Every deadline is an instant of `time.monotonic()`."""

    def __init__(self, cli_ctx: Any, identity: Identity | None = None) -> None:
        self.cli = Cli(cli_ctx)
        self.credentials: Credentials = CliLogin(self.cli)
        if identity:
            from azext_acrhealth.probes.azure.managed_identity import RequestedIdentity

            self.credentials = RequestedIdentity(self.cli, identity)
        self.suffix, self.storage_suffix = self.cli.suffix, self.cli.storage_suffix
        self._arm = ArmClient(self.cli, self.credentials)
        self._user_agent = self.cli.user_agent()
        self._uploads = Uploads(lambda host, deadline: Connection(host, deadline, self._user_agent))
        self._connections: WeakSet[Connections] = WeakSet()
        self._proxy_settings = deadlines.Once(proxy_settings)
        self._dns_queries: deadlines.OncePerKey[DnsServers] = deadlines.OncePerKey()
        self._resources = deadlines.OncePerKey[resources.ArmResult]()
        self._clusters = deadlines.OncePerKey[cluster_search.ClusterSearch]()
        self._public_images = _PUBLIC_IMAGES.get(self.cli.cloud, 'mcr.microsoft.com')
        self._reference_host = ReferenceHost(self._public_images)
        self._sign_in_expected, self._commands = False, process.CommandRunner()
        self._node_pulls = NodePulls(self._commands, self._arm, self.credentials)

    # This machine and its CLI

    def other_clouds(self) -> Mapping[str, str]:
        """Return the registry suffix of each other cloud, by its name."""
        return self.cli.other_clouds()

    def in_cloud_shell(self) -> bool:
        """Return whether this is Azure Cloud Shell."""
        return self.cli.in_cloud_shell()

    def describe_client(self) -> dict[str, Any]:
        """Return the `client` of the report, without extension and proxy."""
        return self.cli.describe()

    def workers(self, default: int) -> int:
        """Return how many checks may run at once: the setting acrhealth.max_workers, if any."""
        setting = self.cli.setting('acrhealth', 'max_workers')
        return int(setting) if setting else machine_limits.most_workers(default)

    def now(self) -> datetime:
        """Return this machine's time, in UTC."""
        return datetime.now(timezone.utc)

    def environment_secrets(self) -> tuple[str, ...]:
        """Return the logins in this machine's settings, which nothing may show."""
        return environment_secrets()

    # Tools

    def engine_command(self) -> str | None:
        """Return DOCKER_COMMAND, by which the CLI lets users name the engine's client."""
        return os.environ.get('DOCKER_COMMAND') or None

    def engine_address(self, engine: str, text: str) -> EngineAddress:
        """Return where an engine's client looked for its engine when it failed with this text."""
        return engine_address(engine, text)

    def sample_image(self) -> str:
        """Return the image of the sample pull: the setting acrhealth.sample_image, if any."""
        setting = self.cli.setting('acrhealth', 'sample_image')
        return setting or f'{self._public_images}/mcr/hello-world:latest'

    def find(self, command: str) -> str | None:
        """Return the path of a tool's file; None if it isn't on PATH."""
        return process.find(command)

    def find_unexecutable(self, command: str) -> str | None:
        """Return the path of a tool's file that the system doesn't execute, if any."""
        return process.find_unexecutable(command)

    def run(self, command: Sequence[str], deadline: float) -> process.CompletedCommand:
        """Run a tool."""
        return self._commands.run(command, deadline)

    def pull(self, command: Sequence[str], deadline: float) -> process.CompletedCommand:
        """Run a tool that pulls an image, which may take longer."""
        return self._commands.run(command, deadline, deadlines.PULL)

    def stored_logins(
        self, host: str, repository: str | None, deadline: float
    ) -> list[StoredLogin]:
        """Return the logins that container clients keep for a host."""
        return stored_logins(host, repository, deadline, self._commands.run)

    def cluster_api(self) -> ClusterApi:
        """Return the pulls by nodes of a cluster, through the kubectl on PATH."""
        return self._node_pulls.by_kubectl()

    def command_api(self) -> CommandApi:
        """Return the pulls by nodes of a cluster, through Azure Resource Manager."""
        return self._node_pulls.by_command()

    # Hosts

    def host_connections(self) -> Connections:
        """Return what opens the connections of one registry, and closes them."""
        connections = Connections(self._user_agent)
        self._connections.add(connections)
        return connections

    def resolve_all(self, hosts: Sequence[str], deadline: float) -> list[Resolution]:
        """Resolve names in parallel, all at once: waiting for others would look like a timeout."""
        pending = [deadlines.background(partial(resolve, host, deadline)) for host in hosts]
        return [future.result() for future in pending]

    def route(self, host: str) -> Route:
        """Return the route to a host: directly, or through a proxy."""
        return route_to(host)

    def proxy_settings(self) -> ProxySettings:
        """Return the proxy settings in force; they are read once in a run."""
        return self._proxy_settings()

    def reachable(self, deadline: float) -> Reachability:
        """Return whether the registry of public images is reachable; it is tried once in a run."""
        return self._reference_host.reachable(deadline)

    def query_dns_servers(self, host: str, deadline: float) -> DnsServers:
        """Return what this machine's DNS servers respond about a name that doesn't resolve."""
        from azext_acrhealth.probes.http.dns_query import query_dns_servers

        return self._dns_queries((host, deadline), lambda: query_dns_servers(host, deadline))

    # Azure Resource Manager

    def find_registry(self, target: Target, deadline: float) -> resources.ArmResult:
        """Find a registry: this takes half of a short run at most, since it only informs."""

        def sign_in() -> None:
            # This needs nothing of the response, so it runs while that is awaited.
            if self._sign_in_expected and self._is_registry_host(target.host or self.suffix or ''):
                self.credentials.begin(self.cli.registry_audience(), target.subscription)

        return resources.find_registry(self._arm, target, deadlines.half(deadline), sign_in)

    def find_registries(
        self, selection: Selection, deadline: float
    ) -> resource_graph.RegistrySearch:
        """Find the registries of a selection, by Azure Resource Graph."""
        return resource_graph.find_registries(self._arm, self.credentials, selection, deadline)

    def find_clusters(self, cluster: Cluster, deadline: float) -> cluster_search.ClusterSearch:
        """Find the clusters of a name; the checks of an attempt share the result."""
        find = partial(cluster_search.find_clusters, self._arm, self.credentials, cluster, deadline)
        return self._clusters(cluster, find)

    def read_resource(
        self, resource_id: str, api_version: str, deadline: float
    ) -> resources.ArmResult:
        """Read a resource; checks that ask for the same one in an attempt share the result."""
        return self._read(resources.ArmRead(resource_id, api_version), deadline)

    def read_list(
        self, resource_id: str, part: str, api_version: str, deadline: float
    ) -> resources.ArmResult:
        """Read the list of a part of a resource: `resource` has `value`, and `more`."""
        return resources.read_resource(self._arm, resource_id, api_version, deadline, f'/{part}')

    def read_all(
        self, reads: Sequence[resources.ArmRead], deadline: float
    ) -> list[resources.ArmResult]:
        """Read resources and lists in parallel; the checks of an attempt share the results."""
        return deadlines.run_all([partial(self._read, read, deadline) for read in reads])

    def _read(self, read: resources.ArmRead, deadline: float) -> resources.ArmResult:
        part = f'/{read.part}' if read.part else ''

        def ask() -> resources.ArmResult:
            if read.query:
                subscription = read.resource_id.split('/')[2]
                return resource_graph.read_records(self._arm, subscription, read.query, deadline)
            return resources.read_resource(
                self._arm, read.resource_id, read.api_version, deadline, part, read.condition
            )

        return self._resources(read._replace(resource_id=read.resource_id.lower()), ask)

    # Signing in, and the registry

    def audiences(self) -> tuple[str, str]:
        """Return the audience of a registry login, and the other one that registries may accept."""
        first = self.cli.registry_audience()
        return first, REGISTRY_AUDIENCE if first != REGISTRY_AUDIENCE else self.cli.arm_audience()

    def sign_in(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Return a token for an audience, of the account that the CLI uses for a subscription."""
        token = self.credentials.token(audience, deadline, subscription)
        if token.failure and token.failure.kind == 'UnknownSubscription':
            # The current account may have permissions in a subscription the CLI doesn't list.
            return self.credentials.token(audience, deadline)
        return token

    def expect_sign_in(self) -> None:
        """Begin to sign in for the registries' audience early, while other checks run."""
        self._sign_in_expected = True

    def registry_client(
        self, connection: HostConnection, service: str, token_path: str
    ) -> RegistryClient:
        """Return the client of a registry whose challenge named a service and a path."""
        return RegistryClient(connection, service, token_path, self._uploads)

    def stored_blob(
        self, connection: HostConnection, target: RedirectTarget, size: int
    ) -> Response:
        """Request a blob from the storage host that a redirect named."""
        return pull.get_stored_blob(connection, target, size)

    def _is_registry_host(self, host: str) -> bool:
        """Return whether a host ends, at a label boundary, with this cloud's registry suffix."""
        return bool(self.suffix) and host.lower().endswith(str(self.suffix))

    # The run

    def forget_failures(self) -> None:
        """Forget what failed, and what may have changed, before another attempt."""
        self.credentials.forget_failures()
        self._resources = deadlines.OncePerKey[resources.ArmResult]()
        self._clusters = deadlines.OncePerKey[cluster_search.ClusterSearch]()
        self._reference_host = ReferenceHost(self._public_images)

    def close(self) -> None:
        """End what still runs: tools, the pods of test pulls, test uploads, connections."""
        self._commands.kill_all()
        try:
            with abandonable():
                self._node_pulls.cleanup()
        finally:
            self._close_connections()

    def _close_connections(self) -> None:
        try:
            with abandonable():
                self._uploads.cleanup()
        finally:
            for connections in list(self._connections):
                connections.close()
            self._arm.close()

    def unfinished_pulls(self) -> list[str]:
        """Return the commands that delete what interrupted pulls may have left in clusters."""
        return self._node_pulls.unfinished()

    def unfinished_uploads(self) -> list[str]:
        """Return the repositories where the upload session of an interrupted run may remain."""
        return self._uploads.unfinished()
