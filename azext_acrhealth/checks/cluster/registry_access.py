# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who may reach a registry: everyone, who its rules allow, or only private endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.ip_rules import Network, NetworkRules, rules_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.json_access import object_of, objects_of, text_of

Access = Literal['open', 'rules', 'closed', 'unknown']
ALL_NETWORKS = 'all networks'
# A registry of another tier than Premium has no rules.
_BY_DEFAULT_ACTION: Mapping[str | None, Access] = {None: 'open', 'Allow': 'open', 'Deny': 'rules'}


class RegistryAccess(NamedTuple):
    """A registry's network rules.

    `subnets` are the IDs of the allowed ones, None if the resource doesn't have such rules.
    `endpoints` counts the approved private endpoints.
    """

    rules: NetworkRules
    subnets: tuple[str, ...] | None = None
    endpoints: int = 0

    @property
    def kind(self) -> Access:
        """Return who may reach the registry; unknown for a setting that isn't documented."""
        if self.rules.public == 'Disabled':
            return 'closed'
        if self.rules.public not in ('Enabled', None):
            return 'unknown'
        return _BY_DEFAULT_ACTION.get(self.rules.default, 'unknown')

    def allowed_by(self, network: Network) -> str | None:
        """Return what allows all addresses of a range: a rule, or all networks; None if nothing."""
        if self.kind == 'open':
            return ALL_NETWORKS
        rule = self.rules.covering(network) if self.kind == 'rules' else None
        return str(rule) if rule else None

    def allows_subnet(self, subnet: str) -> bool | None:
        """Return whether the registry allows a subnet (its ID), None if that isn't known."""
        if self.kind == 'open':
            return True
        if self.kind != 'rules' or self.subnets is None:
            return None
        return subnet.lower() in map(str.lower, self.subnets)

    def facts(self) -> dict[str, Any]:
        """Return the facts of the rules."""
        return {
            'publicNetworkAccess': self.rules.public,
            'defaultAction': self.rules.default,
            'approvedPrivateEndpoints': self.endpoints,
        }


def registry_access(login: LoginServer) -> RegistryAccess | None:
    """Return who may reach a registry; None if its resource wasn't read."""
    rules = rules_of(login.properties)
    if rules is None:
        return None
    listed = object_of(login.properties.get('networkRuleSet')).get('virtualNetworkRules')
    subnets = None
    if isinstance(listed, list):
        # The property has another name since the versions of 2026.
        entries = objects_of(listed)
        found = (
            text_of(rule.get('virtualNetworkSubnetResourceId')) or text_of(rule.get('id'))
            for rule in entries
            if rule.get('action', 'Allow') == 'Allow'
        )
        subnets = tuple(subnet for subnet in found if subnet)
    endpoints = sum(connection.approved for connection in connections_of(login.properties))
    return RegistryAccess(rules, subnets, endpoints)
