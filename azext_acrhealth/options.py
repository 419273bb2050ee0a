# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the user asked: records that every layer shares, frozen, of the standard library only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

_REGISTRY_ID = re.compile(
    r'/subscriptions/(?P<subscription>[0-9a-fA-F-]{36})/resourceGroups/(?P<group>[\w.()-]{1,90})'
    r'/providers/Microsoft\.ContainerRegistry/registries/(?P<name>(?a:[a-zA-Z0-9]{5,50}))',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Target:
    """A registry as the user named it.

    `host` is set when a host was typed; it is then never rewritten.

    `label` is what its rows are called by when its name alone would not tell it from another's.
    """

    name: str
    host: str | None = None
    resource_group: str | None = None
    subscription: str | None = None
    in_group_only: bool = False
    label: str = ''

    @property
    def full_name(self) -> str:
        """Return what tells it from others of its name, as far as that is known: its host, or its resource id."""
        if self.host:
            return self.host.lower()
        if self.subscription:
            return (
                f'/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}'
                f'/providers/Microsoft.ContainerRegistry/registries/{self.name}'
            )
        return self.name


def target_of(resource_id: str) -> Target | None:
    """Read a registry's resource id; None for anything else."""
    match = _REGISTRY_ID.fullmatch(resource_id)
    return match and Target(
        match['name'].lower(), None, match['group'], match['subscription'].lower(), True
    )


def disambiguate(targets: Iterable[Target]) -> list[Target]:
    """Label those that would share a name by their full names."""
    found = list(targets)
    counts = Counter(target.name for target in found)
    return [replace(one, label=one.full_name) if counts[one.name] > 1 else one for one in found]


@dataclass(frozen=True)
class Image:
    """An image as the user named it.

    `host` is set when the reference began with one; `digest` goes before `tag`.
    """

    repository: str
    tag: str | None = None
    digest: str | None = None
    host: str | None = None

    @property
    def reference(self) -> str:
        """Return what its manifest is asked for by."""
        return self.digest or self.tag or 'latest'


@dataclass(frozen=True)
class Identity:
    """Whose login is checked in the place of the Azure CLI's.

    `kind` is system, client, resource, workload or environment; `value` the client id or resource
    id that was named.
    """

    kind: str
    value: str | None = None


@dataclass(frozen=True)
class Selection:
    """Registries that are meant without a name: those of the subscription in force, or of all that can be read.

    `locations` are spelt as in `westeurope`, any of them will do; of `tags`, a key and a value or
    None, all must be there.
    """

    everywhere: bool = False
    resource_group: str | None = None
    locations: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class Options:
    """What the user asked of a run.

    `timeout` is in seconds, for each registry from its first check.

    `repository` is the image's too; `platform` is written as in `linux/amd64`.
    """

    repository: str | None = None
    need: tuple[str, ...] = ()
    vnet: str | None = None
    pull_sample: bool = False
    timeout: float = 60.0
    with_registry: bool = False
    image: Image | None = None
    platform: str = ''
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    push: bool = False
    identity: Identity | None = None
    selection: Selection | None = None
