# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The records that every layer shares: frozen, without behavior but construction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from azext_acrhealth.advice import Solution
from azext_acrhealth.options import Cluster, Options, Selection, Target

if TYPE_CHECKING:  # the records that probes return; nothing is imported from them at run time
    from azext_acrhealth import protocols
    from azext_acrhealth.probes.azure.cluster_search import ClusterSearch
    from azext_acrhealth.probes.azure.resource_graph import RegistrySearch
    from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
    from azext_acrhealth.probes.azure.sign_in import Token
    from azext_acrhealth.probes.http.dns import Resolution
    from azext_acrhealth.probes.http.dns_query import DnsServers
    from azext_acrhealth.probes.http.proxy_and_trust import Route
    from azext_acrhealth.probes.http.proxy_settings import ProxySettings
    from azext_acrhealth.probes.http.reachability import Reachability
    from azext_acrhealth.probes.http.response import Response
    from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
    from azext_acrhealth.probes.local.process import CompletedCommand
    from azext_acrhealth.probes.local.stored_login import StoredLogin
    from azext_acrhealth.probes.registry.pull import RedirectTarget


class Status(str, Enum):
    """The four ends of a check, as the output spells them."""

    PASSED = 'Passed'
    WARNING = 'Warning'
    FAILED = 'Failed'
    SKIPPED = 'Skipped'


class Family(NamedTuple):
    """A documented error code: what it means in general, and the page that explains it."""

    code: str
    cause: str
    solutions: tuple[Solution, ...]
    link: str

    def problem(
        self,
        reason: str,
        cause: str,
        *solutions: Solution,
        transient: bool = False,
        link: str | None = None,
    ) -> Problem:
        """Construct a problem of this family, with the family's solutions and link by default."""
        return Problem(
            self.code, reason, cause, solutions or self.solutions, link or self.link, transient
        )


class Problem(NamedTuple):
    """A cause: `code` names the family, `reason` the cause.

    `{registry}` and other placeholders are filled in by the row. A transient problem can pass
    without any action.
    """

    code: str
    reason: str
    cause: str
    solutions: tuple[Solution, ...]
    link: str
    transient: bool = False


class Outcome(NamedTuple):
    """What a check found. `value` goes to dependents and is never rendered; `facts` are."""

    status: Status
    detail: str
    problem: Problem | None = None
    facts: Mapping[str, Any] = MappingProxyType({})
    placeholders: Mapping[str, str] = MappingProxyType({})
    value: Any = None


class Probes(Protocol):  # pylint: disable=too-many-public-methods
    """All that checks and attempts may do outside: implemented by probes.probes.AzureProbes.

    Every deadline is an instant of `time.monotonic()`.
    """

    @property
    def suffix(self) -> str | None: ...
    @property
    def storage_suffix(self) -> str | None: ...
    def other_clouds(self) -> Mapping[str, str]: ...
    def in_cloud_shell(self) -> bool: ...
    def describe_client(self) -> dict[str, Any]: ...
    def workers(self, default: int) -> int: ...
    def now(self) -> datetime: ...
    def environment_secrets(self) -> tuple[str, ...]: ...

    def engine_command(self) -> str | None: ...
    def engine_address(self, engine: str, text: str) -> EngineAddress: ...
    def sample_image(self) -> str: ...
    def find(self, command: str) -> str | None: ...
    def find_unexecutable(self, command: str) -> str | None: ...
    def run(self, command: Sequence[str], deadline: float) -> CompletedCommand: ...
    def pull(self, command: Sequence[str], deadline: float) -> CompletedCommand: ...
    def stored_logins(
        self, host: str, repository: str | None, deadline: float
    ) -> list[StoredLogin]: ...

    def host_connections(self) -> protocols.HostConnections: ...
    def resolve_all(self, hosts: Sequence[str], deadline: float) -> list[Resolution]: ...
    def route(self, host: str) -> Route: ...
    def proxy_settings(self) -> ProxySettings: ...
    def reachable(self, deadline: float) -> Reachability: ...
    def query_dns_servers(self, host: str, deadline: float) -> DnsServers: ...
    def find_registry(self, target: Target, deadline: float) -> ArmResult: ...
    def find_registries(self, selection: Selection, deadline: float) -> RegistrySearch: ...
    def find_clusters(self, cluster: Cluster, deadline: float) -> ClusterSearch: ...
    def read_resource(self, resource_id: str, api_version: str, deadline: float) -> ArmResult: ...
    def read_list(
        self, resource_id: str, part: str, api_version: str, deadline: float
    ) -> ArmResult: ...
    def read_all(self, reads: Sequence[ArmRead], deadline: float) -> list[ArmResult]: ...

    def audiences(self) -> tuple[str, str]: ...
    def sign_in(self, audience: str, deadline: float, subscription: str | None = None) -> Token: ...
    def expect_sign_in(self) -> None: ...
    def registry_client(
        self, connection: protocols.HostConnection, service: str, token_path: str
    ) -> protocols.RegistryApi: ...
    def stored_blob(
        self, connection: protocols.HostConnection, target: RedirectTarget, size: int
    ) -> Response: ...
    def cluster_api(self) -> protocols.ClusterApi: ...
    def command_api(self) -> protocols.CommandApi: ...
    def forget_failures(self) -> None: ...
    def close(self) -> None: ...
    def unfinished_uploads(self) -> list[str]: ...
    def unfinished_pulls(self) -> list[str]: ...


class _NotStarted:
    """The connections of a target before its first check, which nothing may ask for."""

    def connect(self, host: str, deadline: float) -> protocols.HostConnection:
        """Raise RuntimeError."""
        raise RuntimeError('no check of this target has started')

    reach = connect

    def close(self) -> None:
        """Do nothing: nothing is open."""


class Context(NamedTuple):
    """What a check may use.

    `deadline`, an instant of `time.monotonic()`, and `connections` are set when the target's first
    check starts. The connections are closed when its last one has ended.
    """

    target: Target | None
    options: Options
    probes: Probes
    deadline: float = 0.0
    connections: protocols.HostConnections = _NotStarted()


Scope = Literal['machine', 'registry', 'cluster']


@dataclass(frozen=True, eq=False)
class Check:
    """A check and its prerequisites: earlier checks, whose values `run` gets after the context.

    A check of a cluster runs for each registry, and can need checks of that registry. It runs when
    all of `needs`, and one of `either` if any, left a value; for `after` it only waits. `grace` is
    in seconds, beyond the deadline, for cleaning up. `skip_reason` says why it can't do anything.
    """

    id: str
    title: str
    verifies: str
    category: str
    per: Scope
    needs: tuple[Check, ...]
    after: tuple[Check, ...]
    problems: tuple[Problem, ...]
    run: Callable[..., Outcome]
    grace: float = 1.0
    either: tuple[Check, ...] = ()
    skip_reason: Callable[[Options], str | None] = lambda _: None


class Result(NamedTuple):
    """A check that has ended, for a target (None: this machine). `duration` is in seconds."""

    check: Check
    target: Target | None
    outcome: Outcome
    duration: float = 0.0


class Job(NamedTuple):
    """A check to run in a context; `skip` says why it must not run."""

    check: Check
    context: Context
    skip: str | None = None


CATEGORIES = (
    *('environment', 'registry', 'connectivity', 'authentication', 'private-link', 'data'),
    'cluster',
)


def check(
    id: str,  # pylint: disable=redefined-builtin
    title: str,
    category: str,
    *,
    verifies: str,
    per: Scope = 'registry',
    needs: tuple[Check, ...] = (),
    after: tuple[Check, ...] = (),
    problems: Iterable[Problem] = (),
    grace: float = 1.0,
    either: tuple[Check, ...] = (),
    skip_reason: Callable[[Options], str | None] = lambda _: None,
) -> Callable[[Callable[..., Outcome]], Check]:
    """Turn a function into a Check that declares what it needs and what it may report."""
    assert category in CATEGORIES

    def declare(run: Callable[..., Outcome]) -> Check:
        return Check(
            id,
            title,
            verifies,
            category,
            per,
            needs,
            after,
            tuple(problems),
            run,
            grace,
            either,
            skip_reason,
        )

    return declare


def passed(detail: str, value: Any = True, **facts: Any) -> Outcome:
    """Construct the outcome of a check that saw its subject work."""
    return Outcome(Status.PASSED, detail, facts=facts, value=value)


def warned(
    problem: Problem,
    detail: str,
    value: Any = None,
    placeholders: Mapping[str, str] | None = None,
    **facts: Any,
) -> Outcome:
    """Construct the outcome of a check that found what doesn't stop the user by itself."""
    return Outcome(Status.WARNING, detail, problem, facts, placeholders or {}, value)


def failed(
    problem: Problem,
    detail: str,
    value: Any = None,
    placeholders: Mapping[str, str] | None = None,
    **facts: Any,
) -> Outcome:
    """Construct the outcome of a check that found what stops the user."""
    return Outcome(Status.FAILED, detail, problem, facts, placeholders or {}, value)


def not_applicable(reason: str, value: Any = None, **facts: Any) -> Outcome:
    """Construct the outcome of a check that has nothing to check here."""
    return Outcome(Status.SKIPPED, reason, facts=facts, value=value)
