# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who needs a role in which registry: what a cluster's nodes pull as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.by_account import APPLICATION, MANAGED_IDENTITY
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, cluster_placeholders
from azext_acrhealth.checks.cluster.node_identity import NodeIdentity
from azext_acrhealth.checks.cluster.role_assignments import API, PART, Assignment, Registry
from azext_acrhealth.checks.registry.login_server import LoginServer, support_facts
from azext_acrhealth.checks.registry.resource import id_of
from azext_acrhealth.checks.registry.roles import (
    grant_placeholders,
    uses_repository_permissions,
)
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult

_SHOWN = 20


class RoleSubject(NamedTuple):
    """What the row is about: the registry, the cluster, and what its nodes pull as."""

    ctx: Context
    login: LoginServer
    resource: ClusterResource
    identity: NodeIdentity

    @property
    def registry(self) -> Registry:
        """Return what of the registry decides which roles allow pulls."""
        repository = self.ctx.options.repository
        return Registry(uses_repository_permissions(self.login), repository)

    @property
    def name(self) -> str:
        """Return how texts name what the nodes pull as."""
        if self.identity.object_id:
            return f'the kubelet identity of {self.resource.cluster.name}'
        return f'service principal {self.identity.client_id}'

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of solutions that give it a role."""
        account = Account(MANAGED_IDENTITY, self.identity.object_id)
        if not self.identity.object_id:
            account = Account(APPLICATION, name=self.identity.client_id)
        repository = self.ctx.options.repository
        return {
            **cluster_placeholders(self.resource.cluster),
            **grant_placeholders(self.login, account, ['pull'], repository),
            'attachable': '' if self.registry.abac or not id_of(self.login) else 'yes',
        }

    def facts(self, result: ArmResult, assignments: Sequence[Assignment]) -> dict[str, Any]:
        """Return the facts of the row."""
        return {
            'principalId': self.identity.object_id or None,
            'clientId': self.identity.client_id,
            'abacRepositoryPermissions': self.registry.abac,
            'repository': self.registry.repository,
            'assignments': [entry.facts(self.registry) for entry in assignments[:_SHOWN]],
            'assignmentCount': len(assignments),
            **support_facts(result),
        }


def assignments_read(login: LoginServer, principal: str | None) -> ArmRead:
    """Return how the assignments at a registry and above are read, also those of groups."""
    condition = f"atScope() and assignedTo('{principal}')" if principal else 'atScope()'
    return ArmRead(id_of(login), API, PART, condition)
