# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which clients the registry's network rules allow, and whether they deny every client."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.registry import network_rules as problems
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.ip_rules import NetworkRules, invalid_rules, rules_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, id_of
from azext_acrhealth.model import Context, Outcome, check, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import bool_of, list_of, object_of, text_of

# A registry may have a few hundred rules.
_MAX_RULES = 400


@check(
    'network-rules',
    'Network rules',
    'registry',
    needs=(login_server,),
    verifies="The registry's network rules allow at least one client, and each IP rule is an "
    'address or a range.',
    problems=(problems.NO_INBOUND_ACCESS, problems.DENY_WITHOUT_RULES, problems.INVALID_IP_RULE),
)
def network_rules(_ctx: Context, login: LoginServer) -> Outcome:
    rules = rules_of(login.properties) if login.resource is not None else None
    if rules is None:
        return not_applicable(RESOURCE_NOT_READ)
    networks = list_of(object_of(login.properties.get('networkRuleSet')).get('virtualNetworkRules'))
    endpoints = sum(connection.approved for connection in connections_of(login.properties))
    invalid = invalid_rules(login.properties)
    facts: dict[str, Any] = {
        'publicNetworkAccess': rules.public,
        'defaultAction': rules.default,
        'ipRules': len(rules.allowed),
        'allowed': [str(network) for network in rules.allowed[:_MAX_RULES]],
        'unreadableRules': invalid[:_MAX_RULES],
        'virtualNetworkRules': len(networks),
        'approvedPrivateEndpoints': endpoints,
        'bypass': text_of(login.properties.get('networkRuleBypassOptions')),
        'bypassForTasks': bool_of(login.properties.get('networkRuleBypassAllowedForTasks')),
    }
    placeholders = {'registry_id': id_of(login)}
    if rules.public == 'Disabled' and not endpoints:
        return warned(
            problems.NO_INBOUND_ACCESS,
            'public network access is disabled, and no private endpoint is approved'
            f'{_bypass(facts)}',
            placeholders=placeholders,
            **facts,
        )
    if (
        rules.public != 'Disabled'
        and rules.default == 'Deny'
        and not (rules.allowed or networks or endpoints)
    ):
        return warned(
            problems.DENY_WITHOUT_RULES,
            'default action is Deny, no rule allows an address, and no private endpoint is approved'
            f'{_bypass(facts)}',
            placeholders=placeholders,
            **facts,
        )
    if invalid:
        more = f' (and {len(invalid) - 1} more)' if len(invalid) > 1 else ''
        return warned(
            problems.INVALID_IP_RULE,
            f'rule "{invalid[0]}"{more} isn\'t an IP address or range',
            placeholders=placeholders,
            **facts,
        )
    return passed(f'{_summary(rules, len(networks), endpoints)}{_bypass(facts)}', **facts)


def _summary(rules: NetworkRules, networks: int, endpoints: int) -> str:
    private = f'{endpoints} approved private endpoint{"s" if endpoints > 1 else ""}'
    if rules.public == 'Disabled':
        return f'public network access is disabled; {private}'
    if rules.public not in ('Enabled', None):
        return f'public network access is {rules.public}'
    if rules.default != 'Deny':
        return 'public network access is enabled for all networks'
    allowed = [
        f'{len(rules.allowed)} IP rule{"s" if len(rules.allowed) != 1 else ""}',
        *([f'{networks} virtual network rule{"s" if networks > 1 else ""}'] if networks else []),
        *([private] if endpoints else []),
    ]
    return f'access is limited to {", ".join(allowed)}'


def _bypass(facts: dict[str, Any]) -> str:
    """Return the text on who bypasses the rules; empty if the rules deny nothing."""
    if facts['publicNetworkAccess'] != 'Disabled' and facts['defaultAction'] != 'Deny':
        return ''
    trusted = {'AzureServices': '; trusted services allowed', 'None': '; trusted services denied'}
    return (
        trusted.get(facts['bypass'] or '', '')
        + {True: '; ACR Tasks allowed', False: '; ACR Tasks denied', None: ''}[
            facts['bypassForTasks']
        ]
    )
