# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry from which the nodes of a network-isolated cluster get the images of AKS."""

from __future__ import annotations

from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.registry.artifact_cache import read_cache
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of, tier_of
from azext_acrhealth.model import Context, Outcome
from azext_acrhealth.probes.json_access import name_of, object_of, text_of

CACHE_RULE = 'the cache rule aks-managed-mcr'
_SOURCE, _TARGET = 'mcr.microsoft.com/*', 'aks-managed-repository/*'


class BootstrapRegistry(NamedTuple):
    """The bootstrap registry of a cluster; its ID is empty if AKS manages it."""

    resource_id: str
    is_checked: bool

    @property
    def note(self) -> str:
        """Return the text that names it where it is another one than is checked, else none."""
        if self.is_checked:
            return ''
        name = name_of(self.resource_id) if self.resource_id else 'a registry that AKS manages'
        return f'; the cluster gets the images of AKS from {name}, not from this registry'

    def facts(self) -> dict[str, Any]:
        """Return the facts of it."""
        return {'resourceId': self.resource_id or None, 'isChecked': self.is_checked}


def bootstrap_registry(resource: ClusterResource, login: LoginServer) -> BootstrapRegistry | None:
    """Return the bootstrap registry of a cluster, None if the cluster isn't network isolated."""
    profile = object_of(resource.properties.get('bootstrapProfile'))
    if profile.get('artifactSource') != 'Cache':
        return None
    identifier = text_of(profile.get('containerRegistryId')) or ''
    checked = id_of(login).lower()
    return BootstrapRegistry(identifier, bool(checked) and identifier.lower() == checked)


def missing_parts(
    ctx: Context, login: LoginServer, endpoints: int
) -> tuple[list[str], Outcome | None]:
    """Return what a bootstrap registry lacks, and the outcome if its cache rules weren't read.

    CACHE_RULE is among the parts if it is missing.
    """
    tier = tier_of(login)
    missing = [f'the Premium tier (it has {tier})'] if tier not in ('Premium', None) else []
    missing += [] if endpoints else ['an approved private endpoint']
    cache, _, unread = read_cache(ctx, login)
    found = [
        rule for rule in cache.rules if (rule.source.lower(), rule.target) == (_SOURCE, _TARGET)
    ]
    if not found and cache.complete:
        missing.append(CACHE_RULE)
    return missing, unread if not cache.complete else None
