# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the user asked for: frozen records of the standard library only, shared by every layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from azext_acrhealth.grammar import CLUSTER_ID, REGISTRY_ID

# The values of --cluster-pull.
KUBECTL, RUN_COMMAND = 'kubectl', 'run-command'
# The permissions on a repository that --need takes.
NEEDS = ('pull', 'push', 'delete', 'metadata-read', 'metadata-write')


class Cluster(NamedTuple):
    """A cluster as the user named it: by a name, perhaps with a resource group, or by an ID.

    `subscription` is set with an ID only. `label` stands in the rows where the name alone doesn't
    tell the cluster from another one. With `is_context`, the name is that of a context of kubectl,
    for any Kubernetes cluster, and Azure has no resource by which it is known.
    """

    name: str
    resource_group: str | None = None
    subscription: str | None = None
    label: str = ''
    is_context: bool = False

    @property
    def full_name(self) -> str:
        """Return the resource ID, or the plain name where that isn't known."""
        if self.subscription:
            return (
                f'/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}'
                f'/providers/Microsoft.ContainerService/managedClusters/{self.name}'
            )
        return self.name

    @property
    def shown(self) -> str:
        """Return the name by which results show the cluster."""
        return self.label or self.name


class Target(NamedTuple):
    """A registry as the user named it, or one together with a cluster that pulls from it.

    `host` is set when a host was typed; it is then never rewritten. `label` stands in the rows
    where the name alone doesn't tell the registry from another one.
    """

    name: str
    host: str | None = None
    resource_group: str | None = None
    subscription: str | None = None
    in_group_only: bool = False
    label: str = ''
    cluster: Cluster | None = None

    @property
    def registry(self) -> Target:
        """Return the registry alone."""
        return self._replace(cluster=None) if self.cluster else self

    @property
    def shown(self) -> str:
        """Return the name by which results show the registry."""
        return self.label or self.name

    @property
    def full_name(self) -> str:
        """Return the most specific name known: the host, the resource ID, or the plain name."""
        if self.host:
            return self.host.lower()
        if self.subscription:
            return (
                f'/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}'
                f'/providers/Microsoft.ContainerRegistry/registries/{self.name}'
            )
        return self.name


def scopes(target: Target | None) -> Sequence[Target | None]:
    """Return where prerequisites of a target's checks are: with it, its registry, this machine."""
    if target is None:
        return (None,)
    return (target, target.registry, None) if target.cluster else (target, None)


def target_of(resource_id: str) -> Target | None:
    """Return the target that a registry's resource ID names; None for anything else."""
    match = REGISTRY_ID.fullmatch(resource_id)
    return match and Target(
        match['name'].lower(), None, match['group'], match['subscription'].lower(), True
    )


def cluster_of(resource_id: str) -> Cluster | None:
    """Return the cluster that a resource ID names; None for anything else."""
    match = CLUSTER_ID.fullmatch(resource_id)
    return match and Cluster(match['name'], match['group'], match['subscription'].lower())


def disambiguate(targets: Iterable[Target]) -> list[Target]:
    """Return the targets; those that share a name are labelled by their full names."""
    listed = list(targets)
    counts = Counter(target.name for target in listed)
    return [
        target._replace(label=target.full_name) if counts[target.name] > 1 else target
        for target in listed
    ]


class Image(NamedTuple):
    """An image as the user named it.

    `host` is set when the reference began with one; `digest` goes before `tag`.
    """

    repository: str
    tag: str | None = None
    digest: str | None = None
    host: str | None = None

    @property
    def reference(self) -> str:
        """Return the tag or digest that its manifest is requested by."""
        return self.digest or self.tag or 'latest'

    @property
    def name(self) -> str:
        """Return the image's name, with its tag or digest."""
        return f'{self.repository}{"@" if self.digest else ":"}{self.reference}'


class Identity(NamedTuple):
    """The identity that is checked in place of the Azure CLI's.

    `kind` is system, client, resource, workload or environment; `value` is the client ID or
    resource ID of kinds client and resource.
    """

    kind: str
    value: str | None = None


class Selection(NamedTuple):
    """Registries that are selected without a name: of the current subscription, or of all.

    `locations` are spelled as in `westeurope`, and any of them matches. Each of `tags` is a key
    with a value or None, and all of them must match.
    """

    everywhere: bool = False
    resource_group: str | None = None
    locations: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()


class Options(NamedTuple):
    """All that the user asked of a run.

    `timeout` is in seconds, for each registry from its first check; `wait` in seconds, or None
    for a single attempt. `repository` is also the image's; `platform` is written as in
    `linux/amd64`. `push_size` is in bytes, None for a few. `only` and `skip` hold IDs of
    checks and categories. `clusters` are those that pull from every registry. `cluster_pull` is the
    way in which their nodes are to pull the image, None if they aren't to; the options after it
    choose the node pool, the pod's namespace and service account, kubectl's context for a cluster
    that is named otherwise, and the platform of the nodes, None for Linux on any processor.
    `report_files` are the paths of --report.
    """

    targets: tuple[Target, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    cluster_pull: str | None = None
    node_pool: str | None = None
    namespace: str | None = None
    service_account: str | None = None
    kube_context: str | None = None
    node_platform: str | None = None
    selection: Selection | None = None
    repository: str | None = None
    need: tuple[str, ...] = ()
    vnet: str | None = None
    pull_sample: bool = False
    timeout: float = 60.0
    image: Image | None = None
    platform: str = ''
    username: str | None = None
    password: str | None = None
    push: bool = False
    push_size: int | None = None
    identity: Identity | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    ignore_errors: bool = False
    report_files: tuple[str, ...] = ()
    wait: float | None = None

    def __repr__(self) -> str:  # without the password
        return f'Options({self.targets!r}, …)'

    @property
    def with_registry(self) -> bool:
        """Return whether registries are checked, not this machine alone."""
        return bool(self.targets or self.selection)
