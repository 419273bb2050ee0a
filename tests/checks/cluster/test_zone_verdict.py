# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the records of a linked zone mean: the order of causes, with several private endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.dns_subject import DnsSubject, NodeNetwork
from azext_acrhealth.checks.cluster.private_zones import ZoneLink, ZoneRecords
from azext_acrhealth.checks.cluster.zone_verdict import judge_records
from azext_acrhealth.model import Context, Outcome
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    DATA_HOST,
    ENDPOINT_ID,
    INTERFACE_ID,
    NETWORK_ID,
    OPTIONS,
    TARGET,
    ZONE_ID,
    cluster_resource,
    endpoint_resources,
    failure,
    peering,
    private_registry,
)
from tests.checks.fake_probes import HOST, FakeProbes

OTHER_NETWORK = f'{NETWORK_ID}0'
SECOND, SECOND_INTERFACE = f'{ENDPOINT_ID}0', f'{INTERFACE_ID}0'
CONNECTIONS = [
    {
        'properties': {
            'privateEndpoint': {'id': endpoint},
            'privateLinkServiceConnectionState': {'status': 'Approved'},
        }
    }
    for endpoint in (SECOND, ENDPOINT_ID)
]
NEAR, FAR = ('10.224.0.7', '10.224.0.6'), ('10.9.0.7', '10.9.0.6')


def resources() -> dict[str, ArmResult]:
    """Return a private endpoint in the nodes' network, and another one elsewhere."""
    far = endpoint_resources(OTHER_NETWORK, {HOST: FAR[0], DATA_HOST: FAR[1]})
    interfaces = {'networkInterfaces': [{'id': SECOND_INTERFACE}]}
    subnet = {'subnet': {'id': f'{OTHER_NETWORK}/subnets/one'}}
    return {
        **endpoint_resources(),
        SECOND: ArmResult({'properties': {**subnet, **interfaces}}),
        SECOND_INTERFACE: far[INTERFACE_ID],
    }


def judge(
    login: tuple[str, ...],
    data: tuple[str, ...],
    falls_back: bool = False,
    peerings: Any = (),
    **changes: ArmResult,
) -> Outcome:
    """Return the outcome for the records of the login server and the data endpoint."""
    found = {**resources(), **({SECOND: changes['second']} if changes else {})}
    ctx = Context(TARGET, OPTIONS, FakeProbes(resources=found), 1e9)
    registry = private_registry(privateEndpointConnections=CONNECTIONS)
    records = ZoneRecords({'myregistry': login, 'myregistry.eastus.data': data})
    network = NodeNetwork(NETWORK_ID, {'virtualNetworkPeerings': list(peerings)}, ())
    link = ZoneLink(ZONE_ID, 'link1', NETWORK_ID, None, falls_back)
    subject = DnsSubject(ctx, registry, cluster_resource())
    return judge_records(subject, network, link, records, {})


def reason(outcome: Outcome) -> str:
    """Return the reason of an outcome, its status if it has none."""
    return outcome.problem.reason if outcome.problem else outcome.status.value


@pytest.mark.parametrize(
    'login, data, expected',
    [
        (NEAR[:1], NEAR[1:], 'Passed'),
        (FAR[:1], FAR[1:], 'EndpointNotReachable'),
        (NEAR[:1], FAR[1:], 'EndpointNotReachable'),
        (NEAR[:1] + FAR[:1], NEAR[1:], 'EndpointNotReachable'),
        (NEAR[:1] + ('10.0.0.1',), NEAR[1:], 'StaleRecordForNodes'),
        ((), ('10.0.0.1',), 'RegistryNotInZoneOfNodes'),
        (('10.0.0.1',), (), 'DataRecordMissingForNodes'),
    ],
)
def test_several_private_endpoints(login: Any, data: Any, expected: str) -> None:
    assert reason(judge(login, data)) == expected


def test_an_outdated_record_goes_before_a_fallback() -> None:
    assert reason(judge(('10.0.0.1',), (), falls_back=True)) == 'StaleRecordForNodes'
    assert reason(judge(NEAR[:1], (), falls_back=True)) == 'FallsBackToPublicAddress'


def test_an_unknown_path_beside_one_that_is_closed() -> None:
    hub = [peering('/hub')]
    assert reason(judge(FAR[:1], NEAR[1:], peerings=hub)) == 'EndpointPathUnknown'


def test_what_is_not_read_matters_only_for_addresses_that_no_other_has() -> None:
    forbidden = failure('Forbidden', 'no', 403)
    assert reason(judge(NEAR[:1], NEAR[1:], second=forbidden)) == 'Passed'
    assert reason(judge(FAR[:1], NEAR[1:], second=forbidden)) == 'EndpointForbidden'


def test_the_address_of_a_missing_record_is_that_of_the_endpoint_in_use() -> None:
    outcome = judge(FAR[:1], ())
    assert outcome.placeholders['address'] == FAR[1]
    assert judge((), ()).placeholders['address'] == NEAR[0]
