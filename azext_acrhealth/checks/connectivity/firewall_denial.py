# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge a denial by the registry's firewall, by its rules and by the resolved addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.checks.private_link.zone_names import zone_placeholders
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.ip_rules import (
    NetworkRules,
    routed_outside_private_link,
    rules_of,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, failed
from azext_acrhealth.probes.http.dns import is_private


def judge_firewall_denial(
    client_ip: str, login: LoginServer, placeholders: Mapping[str, str], facts: dict[str, Any]
) -> Outcome:
    """Judge the denial of a client IP address that the registry reported."""
    rules, resolved = rules_of(login.properties), login.connection.resolution().addresses
    nearest = rules.nearest(client_ip) if rules else None
    facts.update(clientIp=client_ip, resolved=list(resolved), **_rule_facts(rules, nearest))
    placeholders = {**placeholders, 'client_ip': client_ip}
    if routed_outside_private_link(client_ip, resolved):
        return failed(
            error_responses.ROUTED_OUTSIDE_PRIVATE_LINK,
            f'{login.host} resolves to {resolved[0]}, but the registry denies client IP '
            f'{client_ip}: the requests bypass the private endpoint',
            placeholders=placeholders,
            **facts,
        )
    denial = f"the registry's firewall denies client IP {client_ip}"
    if login.closed:
        return failed(
            error_responses.PUBLIC_ACCESS_OFF,
            f'public access is disabled; the registry denies client IP {client_ip}',
            placeholders=placeholders,
            **facts,
        )
    if is_private(client_ip):
        return failed(
            error_responses.PRIVATE_CLIENT,
            f'{denial}, a private address',
            placeholders=placeholders,
            **facts,
        )
    covering = rules.covering(client_ip) if rules else None
    if rules and (covering or rules.default == 'Allow'):
        allowed_by = f'rule {covering} allows it' if covering else 'the default action is Allow'
        return failed(
            error_responses.RULE_NOT_YET_EFFECTIVE,
            f'{denial}, although {allowed_by}',
            placeholders={**placeholders, 'rule': str(covering or client_ip)},
            **facts,
            matchingRule=str(covering) if covering else None,
        )
    approved = sum(endpoint.approved for endpoint in connections_of(login.properties))
    if approved and resolved and not any(map(is_private, resolved)):
        # A registry with a private endpoint is seldom meant to be reached over the internet.
        return failed(
            error_responses.ENDPOINT_NOT_USED,
            f"{denial}; the private endpoint isn't used because {login.host} resolves to "
            f'{resolved[0]}',
            placeholders={**placeholders, **zone_placeholders(login.host)},
            **facts,
            privateEndpoints=approved,
        )
    note = (
        f'; the nearest rule is {nearest}'
        if nearest
        else ''
        if rules
        else "; its rules couldn't be read"
    )
    return failed(
        error_responses.CLIENT_IP,
        f'{denial}{note}',
        placeholders=placeholders,
        **facts,
    )


def _rule_facts(rules: NetworkRules | None, nearest: Any) -> dict[str, Any]:
    if rules is None:
        return {}
    return {
        'publicNetworkAccess': rules.public,
        'defaultAction': rules.default,
        'ipRules': len(rules.allowed),
        'nearestRule': str(nearest) if nearest else None,
    }
