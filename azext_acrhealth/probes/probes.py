# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Everything a check may do in the world, bound to one Azure CLI.

Unit tests of checks give another in its place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import partial
from typing import Any

from azext_acrhealth.options import Identity, Selection, Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import resource_graph, resources
from azext_acrhealth.probes.azure.arm_client import ResourceManager
from azext_acrhealth.probes.azure.cli import REGISTRY_AUDIENCE, Cli
from azext_acrhealth.probes.azure.credentials import CliLogin, Credentials
from azext_acrhealth.probes.azure.managed_identity import OtherIdentity
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution, resolve
from azext_acrhealth.probes.http.proxy_and_trust import Route, route_to
from azext_acrhealth.probes.http.proxy_settings import ProxySettings, proxy_settings
from azext_acrhealth.probes.http.reachability import Reachability, ReferenceHost
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress, endpoint
from azext_acrhealth.probes.local.env_secrets import environment_secrets
from azext_acrhealth.probes.local.stored_login import StoredLogin, stored_logins
from azext_acrhealth.probes.registry.client import DataPlane

# The registry of public images in the clouds that have one of their own.
_PUBLIC_IMAGES = {'USSec': 'mcr.microsoft.scloud', 'USNat': 'mcr.microsoft.eaglex.ic.gov'}


# one for each thing that a check may ask
class AzureProbes(DataPlane):  # pylint: disable=too-many-public-methods
    """The probes, bound to the CLI. Every deadline is an instant of `time.monotonic()`."""

    def __init__(self, cli_ctx: Any, identity: Identity | None = None) -> None:
        self.cli = Cli(cli_ctx)
        super().__init__(self.cli.user_agent())
        self.credentials: Credentials = (
            OtherIdentity(self.cli, identity) if identity else CliLogin(self.cli)
        )
        self._manager = ResourceManager(self.cli, self.credentials)
        self.signs_in = False  # whether a token for the registries' audience will be wanted
        self.suffix = self.cli.suffix
        self.storage_suffix = self.cli.storage_suffix
        self._closed = False
        self._read = deadlines.OnceEach[resources.ArmResult]()
        self._public = _PUBLIC_IMAGES.get(self.cli.cloud, 'mcr.microsoft.com')
        self._reference_host = ReferenceHost(self._public)

    def other_clouds(self) -> dict[str, str]:
        """Return the registry suffixes of the other clouds."""
        return self.cli.other_clouds()

    def workers(self, usual: int) -> int:
        """Return how many checks may run side by side: the setting acrhealth.max_workers, else the usual number."""
        return int(self.cli.setting('acrhealth', 'max_workers') or usual)

    def engine_command(self) -> str | None:
        """Return DOCKER_COMMAND, by which the CLI lets the user name the engine's client."""
        return os.environ.get('DOCKER_COMMAND') or None

    def endpoint(self, engine: str, words: str) -> EngineAddress:
        """Find out where an engine's client looked for its engine when it failed with these words."""
        return endpoint(engine, words)

    def sample_image(self) -> str:
        """Return the image of the sample pull: the setting acrhealth.sample_image, else this cloud's public sample."""
        return (
            self.cli.setting('acrhealth', 'sample_image')
            or f'{self._public}/mcr/hello-world:latest'
        )

    def find(self, command: str) -> str | None:
        """Find a tool's file."""
        return process.find(command)

    def unexecutable(self, command: str) -> str | None:
        """Find a tool's file that the system would not execute."""
        return process.unexecutable(command)

    def run(
        self,
        command: Sequence[str],
        deadline: float,
        limit: float = deadlines.TOOL,
        given: str | None = None,
    ) -> process.CompletedCommand:
        """Run a tool."""
        if self._closed:
            return process.CompletedCommand(
                None, failure=Failure('Timeout', 'the run was broken off')
            )
        return process.run(command, deadline, limit, given)

    def pull(self, command: Sequence[str], deadline: float) -> process.CompletedCommand:
        """Run a tool that pulls an image, which may take longer."""
        return self.run(command, deadline, deadlines.PULL)

    def resolve_all(self, hosts: Sequence[str], deadline: float) -> list[Resolution]:
        """Resolve names side by side."""
        pending = [
            deadlines.background(partial(resolve, host, deadline), 'names') for host in hosts
        ]
        return [future.result() for future in pending]

    def stored_logins(
        self, host: str, repository: str | None, deadline: float
    ) -> list[StoredLogin]:
        """Look for the logins that container clients keep for a host."""
        return stored_logins(host, repository, deadline, self.run)

    def route(self, host: str) -> Route:
        """Find the proxy for a host."""
        return route_to(host)

    def proxy_settings(self) -> ProxySettings:
        """Read the proxy settings in force."""
        return proxy_settings()

    def environment_secrets(self) -> tuple[str, ...]:
        """Return the logins of this machine's settings, which nothing may show."""
        return environment_secrets()

    def now(self) -> datetime:
        """Return this machine's time."""
        return datetime.now(timezone.utc)

    def reachable(self, deadline: float) -> Reachability:
        """Return whether the registry of public images can be reached from here.

        It is tried once in a run.
        """
        return self._reference_host.reachable(deadline)

    def find_registry(self, target: Target, deadline: float) -> resources.ArmResult:
        """Find a registry through ARM, which informs and must not use up a short run: it gets half of it at most."""

        def sign_in() -> None:
            # This needs nothing of what Resource Manager answers, so that it runs while that is
            # awaited.
            if self.signs_in and self.trusts(target.host or self.suffix or ''):
                self.credentials.begin(self.cli.registry_audience(), target.subscription)

        return resources.find_registry(self._manager, target, deadlines.half(deadline), sign_in)

    def trusts(self, host: str) -> bool:
        """Return whether a host ends, at a label boundary, with the registry suffix of the current cloud."""
        return bool(self.suffix) and host.lower().endswith(str(self.suffix))

    def find_registries(self, selection: Selection, deadline: float) -> resource_graph.Found:
        """Find the registries of a selection, through Resource Graph."""
        return resource_graph.find_registries(self._manager, self.credentials, selection, deadline)

    def read_resource(
        self, resource_id: str, api_version: str, deadline: float
    ) -> resources.ArmResult:
        """Read a resource through ARM.

        Checks that ask for the same one in a run share the answer.
        """
        return self._read(
            (resource_id, api_version, deadline),
            lambda: resources.read_resource(self._manager, resource_id, api_version, deadline),
        )

    def read_list(
        self, resource_id: str, part: str, api_version: str, deadline: float
    ) -> resources.ArmResult:
        """Read what a resource lists under a part of its own through ARM: `resource` has `value`, and `more`."""
        return resources.read_resource(
            self._manager, resource_id, api_version, deadline, f'/{part}'
        )

    def audiences(self) -> tuple[str, str]:
        """Return the audience of a registry login, and the one that registries may take as well."""
        first = self.cli.registry_audience()
        return first, REGISTRY_AUDIENCE if first != REGISTRY_AUDIENCE else self.cli.arm_audience()

    def sign_in(self, audience: str, deadline: float, subscription: str | None = None) -> Token:
        """Get an Entra token for an audience, of the account that the CLI uses for a subscription."""
        token = self.credentials.token(audience, deadline, subscription)
        # The account in force may have rights in a registry whose subscription the CLI does not
        # list.
        unknown = token.failure and token.failure.kind == 'UnknownSubscription'
        return self.credentials.token(audience, deadline) if unknown else token

    def again(self) -> None:
        """Forget what failed, before another attempt."""
        self.credentials.forget()
        self._reference_host = ReferenceHost(self._public)

    def close(self) -> list[str]:
        """End what was started and still runs.

        Give the repositories in which an upload may remain unfinished.
        """
        self._closed = True  # a check whose tool was killed may be about to try the next one
        process.kill_all()
        return self.cleanup()
