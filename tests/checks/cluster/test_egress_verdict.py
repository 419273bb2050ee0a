# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The words of the verdict on outbound traffic."""

from __future__ import annotations

from ipaddress import IPv4Network

from azext_acrhealth.checks.cluster.egress_verdict import Egress, judge
from azext_acrhealth.checks.cluster.outbound_addresses import OutboundAddress
from azext_acrhealth.checks.cluster.outbound_paths import OutboundPath
from azext_acrhealth.checks.cluster.registry_access import registry_access
from azext_acrhealth.model import Context, Status
from tests.checks.cluster.fixtures import (
    OPTIONS,
    SUBNET_ID,
    TARGET,
    cluster_resource,
    login_server,
    pool,
    rule_set,
)
from tests.checks.fake_probes import FakeProbes

POOLS = [pool(name) for name in ('one', 'two', 'three', 'four', 'five')]


def egress(*addresses: str, pools: tuple[str, ...] = ('one',), rules: str = '192.0.2.1') -> Egress:
    login = login_server(networkRuleSet=rule_set(rules))
    access = registry_access(login)
    assert access
    path = OutboundPath('NatGateway', SUBNET_ID, pools, address_ids=('/a',))
    ctx = Context(TARGET, OPTIONS, FakeProbes(), 1e9)
    return Egress(
        ctx,
        cluster_resource(agentPoolProfiles=POOLS),
        login,
        access,
        paths=(path,),
        addresses=tuple(OutboundAddress(IPv4Network(text), '/a', path) for text in addresses),
    )


def test_many_addresses() -> None:
    outcome = judge(egress(*(f'198.51.100.{number}' for number in range(5))))
    assert outcome.detail == (
        'no IP rule allows 198.51.100.0, 198.51.100.1, 198.51.100.2, …, by which traffic of node '
        'pool one leaves (NAT gateway)'
    )
    assert outcome.placeholders['addresses'].count(',') == 3
    outcome = judge(egress(*(f'198.51.100.{number}' for number in range(5)), rules='0.0.0.0/0'))
    assert outcome.status is Status.PASSED and 'and 2 more; all allowed' in outcome.detail


def test_node_pools() -> None:
    some = judge(egress('198.51.100.1', pools=('one', 'two', 'three', 'four'))).detail
    assert 'by which traffic of node pools one, two, three and 1 more leaves' in some
    everything = tuple(entry['name'] for entry in POOLS)
    assert (
        'by which traffic of the nodes leaves'
        in judge(egress('198.51.100.1', pools=everything)).detail
    )
    assert 'by which traffic of the nodes leaves' in judge(egress('198.51.100.1', pools=())).detail


def test_nothing_is_no_success() -> None:
    outcome = judge(egress()._replace(paths=()))
    assert outcome.problem and outcome.problem.reason == 'NodeAddressesUnknown'
