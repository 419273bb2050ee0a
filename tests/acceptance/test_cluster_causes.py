# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""This machine pulls the image, and the cluster can't: a cause for each row."""

from __future__ import annotations

import pathlib
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.acceptance import cluster_egress as egress
from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud, cluster_networks

READER = 'Container Registry Repository Reader'
CONTOSO, FABRIKAM = (
    cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, name) for name in ('contoso', 'fabrikam')
)
PRIVREG = cloud.resource_id('rg-network', cloud.REGISTRY_TYPE, 'privreg')
# The network of a private endpoint of privreg, and the records that clients of it need.
VNET1 = cloud.resource_id('rg-network', cluster_networks.NETWORKS, 'vnet1')
RECORDS = {'privreg': ['10.1.0.5'], 'privreg.eastus.data': ['10.1.0.4']}
REPOSITORIES = 'Microsoft.ContainerRegistry/registries/repositories'
ONLY_OTHERS = (
    f"((!(ActionMatches{{'{REPOSITORIES}/content/read'}})) OR "
    f"(@Request[{REPOSITORIES}:name] StringStartsWithIgnoreCase 'samples/'))"
)
SetUp = Callable[[Sandbox, dict[str, str]], Any]


class Cause(NamedTuple):
    """What is wrong with a cluster, and the row and the reason that say so."""

    name: str
    set_up: SetUp
    row: str
    reason: str
    registry: str = 'contoso'
    # Whether the nodes have a role that allows pulls.
    role: bool = True


def patched(**properties: Any) -> SetUp:
    """Return a set-up that changes properties of the cluster."""
    return lambda sandbox, made: sandbox.patch_resource(made['id'], {'properties': properties})


def detach(sandbox: Sandbox, _: dict[str, str]) -> None:
    """Take the identity from the scale sets."""
    for identifier in sandbox.call('GET', 'resources'):
        if 'virtualmachinescalesets' in identifier:
            patch: dict[str, Any] = {'identity': {'userAssignedIdentities': None}}
            sandbox.patch_resource(identifier, patch)


def replace_identity(sandbox: Sandbox, made: dict[str, str]) -> None:
    """Give the identity another object ID."""
    patch = {'properties': {'principalId': cloud.guid('another')}}
    sandbox.patch_resource(made['identity'], patch)


def of_a_custom_role(sandbox: Sandbox, made: dict[str, str]) -> None:
    """Assign a role whose exclusions take pulls away."""
    not_actions = ['Microsoft.ContainerRegistry/registries/pull/read']
    role = sandbox.put_role_definition('Most', actions=['*'], not_actions=not_actions)
    sandbox.assign_role(made['objectId'], role)


def with_records(**records: Any) -> SetUp:
    """Return a set-up of a zone, linked to the nodes' network, and of a peering; None: no record.

    The names of records are written with `_` instead of a dot.
    """
    changed = {name.replace('_', '.'): addresses for name, addresses in records.items()}
    found = {name: addresses for name, addresses in {**RECORDS, **changed}.items() if addresses}

    def set_up(sandbox: Sandbox, made: dict[str, str]) -> None:
        sandbox.put_dns_zone({made['network']: {}}, found)
        sandbox.peer_networks(made['network'], VNET1)

    return set_up


def without_a_link(sandbox: Sandbox, made: dict[str, str]) -> None:
    """Put a zone with all records, and peer the networks."""
    sandbox.put_dns_zone({}, RECORDS)
    sandbox.peer_networks(made['network'], VNET1)


def peered_on_one_side(sandbox: Sandbox, made: dict[str, str]) -> None:
    """Link a zone with all records, and let the peering be disconnected."""
    sandbox.put_dns_zone({made['network']: {}}, RECORDS)
    sandbox.peer_networks(made['network'], VNET1, 'Disconnected', None)


CLUSTER, IDENTITY, ROLE = 'cluster', 'kubelet-identity', 'pull-role'
EGRESS, DNS = 'cluster-egress', 'cluster-dns'
CAUSES = (
    Cause('stopped', patched(powerState={'code': 'Stopped'}), CLUSTER, 'ClusterStopped'),
    Cause('deleting', patched(provisioningState='Deleting'), CLUSTER, 'ClusterBeingDeleted'),
    Cause(
        'deleted cluster',
        lambda sandbox, made: sandbox.delete_resource(made['id']),
        *(CLUSTER, 'ClusterNotFound'),
    ),
    Cause(
        'deleted identity',
        lambda sandbox, made: sandbox.delete_resource(made['identity']),
        *(IDENTITY, 'IdentityDeleted'),
    ),
    Cause('new identity', replace_identity, IDENTITY, 'IdentityReplaced'),
    Cause('detached identity', detach, IDENTITY, 'IdentityNotAttached'),
    Cause('no role', lambda *_: None, ROLE, 'NoPullRole', role=False),
    Cause(
        'another role',
        lambda sandbox, made: sandbox.assign_role(made['objectId'], 'AcrDelete'),
        *(ROLE, 'NoPullRole'),
        role=False,
    ),
    Cause('custom role', of_a_custom_role, ROLE, 'NoPullRole', role=False),
    Cause(
        'role at another registry',
        lambda sandbox, made: sandbox.assign_role(made['objectId'], 'AcrPull', FABRIKAM),
        *(ROLE, 'NoPullRole'),
        role=False,
    ),
    Cause(
        'role of the control plane',
        lambda sandbox, made: sandbox.assign_role(made['controlPlane'], 'AcrPull'),
        *(ROLE, 'RoleOnControlPlane'),
        role=False,
    ),
    Cause(
        'AcrPull with ABAC',
        lambda sandbox, made: sandbox.assign_role(made['objectId'], 'AcrPull', FABRIKAM),
        *(ROLE, 'RoleIgnoredByAbac', 'fabrikam'),
        role=False,
    ),
    Cause(
        'other repositories',
        lambda sandbox, made: sandbox.assign_role(
            made['objectId'], READER, FABRIKAM, condition=ONLY_OTHERS
        ),
        *(ROLE, 'ConditionExcludesRepository', 'fabrikam'),
        role=False,
    ),
    Cause(
        'address that no rule allows',
        lambda sandbox, _: egress.allow(sandbox),
        *(EGRESS, 'NodeAddressNotAllowed'),
    ),
    Cause('NAT gateway', egress.leave_by_nat_gateway, EGRESS, 'NodeAddressNotAllowed'),
    Cause('some addresses', egress.leave_by_several, EGRESS, 'SomeNodeAddressesNotAllowed'),
    Cause('service endpoint', egress.leave_by_service_endpoint, EGRESS, 'NodeSubnetNotAllowed'),
    Cause('dropped traffic', egress.drop, EGRESS, 'NoOutboundPath'),
    Cause('no outbound path', egress.leave_by_nothing, EGRESS, 'NoOutboundPath'),
    Cause(
        'no record of the login server',
        with_records(privreg=None),
        *(DNS, 'RegistryNotInZoneOfNodes', 'privreg'),
    ),
    Cause(
        'no record of the data endpoint',
        with_records(privreg_eastus_data=None),
        *(DNS, 'DataRecordMissingForNodes', 'privreg'),
    ),
    Cause(
        'outdated record',
        with_records(privreg=['10.1.0.99']),
        *(DNS, 'StaleRecordForNodes', 'privreg'),
    ),
    Cause('zone not linked', without_a_link, DNS, 'ZoneNotLinkedToNodes', 'privreg'),
    Cause('peering disconnected', peered_on_one_side, DNS, 'EndpointNotReachable', 'privreg'),
)
# The role that allows pulls from each registry, and the registry's ID.
ROLES = {
    'contoso': ('AcrPull', CONTOSO),
    'fabrikam': (READER, FABRIKAM),
    'privreg': ('AcrPull', PRIVREG),
}


def put_cluster(sandbox: Sandbox, registry: str = 'contoso', role: bool = True) -> dict[str, str]:
    """Put a cluster whose nodes can pull, as far as roles are concerned."""
    made = sandbox.put_cluster()
    if role:
        sandbox.assign_role(made['objectId'], *ROLES[registry])
    return made


def check_image(sandbox: Sandbox, registry: str, made: dict[str, str]) -> Run:
    """Check the pull of an image by this machine and by a cluster."""
    image = f'{registry}.azurecr.test/hello:v1'
    return check(sandbox, '--image', image, '--cluster', made['id'])


@pytest.mark.parametrize('cause', CAUSES, ids=lambda cause: cause.name)
def test_a_green_machine_and_a_red_cluster(sandbox: Sandbox, cause: Cause) -> None:
    made = put_cluster(sandbox, cause.registry, cause.role)
    cause.set_up(sandbox, made)
    run = check_image(sandbox, cause.registry, made)
    row = run.row(cause.row)
    assert (row['status'], row['reason']) == ('Failed', cause.reason), row
    (registry,) = run.report['registries']
    assert (registry['canPull'], registry['healthy']) == ('yes', True)
    assert registry['clusters'][0]['canPull'] == 'no' and not run.report['healthy']
    failing = {entry['check'] for entry in run.report['checks'] if entry['status'] == 'Failed'}
    assert failing == {cause.row}, 'one cause, one row'


@pytest.mark.parametrize('registry', ROLES)
def test_a_green_machine_and_a_green_cluster(sandbox: Sandbox, registry: str) -> None:
    made = put_cluster(sandbox, registry)
    if registry == 'privreg':
        with_records()(sandbox, made)
    run = check_image(sandbox, registry, made)
    statuses = {
        row['check']: row['status'] for row in run.report['checks'] if row['category'] == 'cluster'
    }
    assert statuses.pop('cluster-pull') == 'Skipped', 'no pod is made implicitly'
    if registry == 'privreg':
        assert statuses.pop(EGRESS) == 'Skipped', 'it is reached from the network itself'
    assert set(statuses.values()) == {'Passed'} and len(statuses) >= 5
    assert run.report['healthy'] and run.finished.code == 0
    assert run.report['registries'][0]['clusters'][0]['canPull'] == 'unknown'


def test_what_the_rows_of_a_cluster_cost(sandbox: Sandbox) -> None:
    made = put_cluster(sandbox)
    check(sandbox, '-n', 'contoso', '--cluster', made['id'], '--only', 'cluster')
    stages = [request['stage'] for request in sandbox.requests('arm')]
    of_cluster = [stage for stage in stages if stage not in ('arm-get', 'arm-list')]
    assert sorted(of_cluster) == [
        *('arm-cluster', 'arm-graph', 'arm-identity', 'arm-network', 'arm-public-address'),
        *('arm-role-assignments', 'arm-scale-sets'),
    ]


@pytest.mark.parametrize('number, code', [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_an_interrupted_check_of_a_cluster(
    sandbox: Sandbox, tmp_path: pathlib.Path, number: int, code: int
) -> None:
    made = put_cluster(sandbox)
    sandbox.set_fault('arm-cluster', 'hang')
    config = sandbox.config_dir(tmp_path / 'config')
    arguments = ('-n', 'contoso', '--cluster', made['id'], '--only', 'cluster', '-o', 'json')
    _, status, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        arguments,
        lambda: bool(sandbox.requests('arm-cluster')),
        number=number,
    )
    assert status == code and 'Traceback' not in stderr
    for name in (CLUSTER, IDENTITY, ROLE):
        assert f'"check": "{name}"' in stdout
    assert '"detail": "interrupted"' in stdout and '"healthy": false' in stdout
