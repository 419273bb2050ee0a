# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the cluster's resource."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.options import Cluster
from azext_acrhealth.probes.azure.cluster_search import ClusterSearch
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    AKS,
    CLUSTER_ID,
    OPTIONS,
    SUBSCRIPTION,
    TARGET,
    failure,
    pool,
    resource,
)
from tests.checks.fake_probes import ACCOUNT, USER_CLAIMS, FakeProbes
from tests.checks.table import Row, run, shown, verify

BY_NAME = TARGET._replace(cluster=Cluster('aks1'))
IN_GROUP = TARGET._replace(cluster=Cluster('aks1', 'rg-aks'))
OTHER = Cluster('aks1', 'rg-other', SUBSCRIPTION)
NONE_FOUND = ClusterSearch()
FORBIDDEN = failure('Forbidden', '(AuthorizationFailed) not allowed', 403)
SHOW = f'az aks show --resource-group rg-aks --name aks1 --subscription {SUBSCRIPTION}'


def row(
    name: str,
    status: str,
    problem: str = '',
    read: ArmResult | None = None,
    found: ClusterSearch = NONE_FOUND,
    properties: Any = (),
    **more: Any,
) -> Row:
    """Return a row for a cluster with these properties, or for another result of reading it."""
    read = read or ArmResult(resource(**dict(properties)), status=200)
    probes = FakeProbes(resources={CLUSTER_ID: read}, found_clusters=found)
    return Row(
        name,
        cluster,
        status,
        problem and (problem if ' ' in problem else f'CLUSTER_ERROR {problem}'),
        **{'probes': probes, 'options': OPTIONS, 'target': TARGET, **more},
    )


TABLE = (
    row(
        'running',
        'Passed',
        detail='aks1 is running in eastus, Kubernetes 1.33.5, 1 node pool',
        facts={
            'clusterId': CLUSTER_ID,
            'powerState': 'Running',
            'provisioningState': 'Succeeded',
            'nodeResourceGroup': 'MC_rg-aks_aks1_eastus',
            'outboundType': 'loadBalancer',
            'artifactSource': 'Direct',
            'nodePools': [
                {
                    'name': 'nodepool1',
                    'osType': 'Linux',
                    'vmSize': 'Standard_D4ds_v5',
                    'count': 3,
                    'powerState': 'Running',
                }
            ],
        },
    ),
    row(
        'being updated',
        'Passed',
        properties={'provisioningState': 'Updating', 'agentPoolProfiles': [pool(), pool('two')]},
        detail='2 node pools, provisioning state Updating',
    ),
    row('by name', 'Passed', found=ClusterSearch((AKS,)), target=BY_NAME),
    row('by name and group', 'Passed', found=ClusterSearch((AKS,)), target=IN_GROUP),
    row(
        'a name that is not listed',
        'Warning',
        'ClusterNotListed',
        target=BY_NAME,
        detail='no cluster aks1 among those that this account can read',
        solution='Specify the resource ID',
    ),
    row(
        'a name in a group that is not listed',
        'Warning',
        'ClusterNotListed',
        found=ClusterSearch(last=FORBIDDEN),
        target=IN_GROUP,
        detail='no cluster aks1 in resource group rg-aks',
        facts={'status': 403},
    ),
    row(
        'a name of several',
        'Warning',
        'ClusterNameAmbiguous',
        found=ClusterSearch((AKS, OTHER)),
        target=BY_NAME,
        detail='2 clusters have the name aks1',
        facts={'clusters': [AKS.full_name, OTHER.full_name]},
        solution=AKS.full_name,
    ),
    row(
        'a search that fails',
        'Warning',
        'ARM_READ_ERROR ClusterUnavailable',
        found=ClusterSearch(last=failure('Unavailable', 'throttled')),
        target=BY_NAME,
        detail='throttled',
    ),
    row(
        'a search without a sign-in',
        'Warning',
        'NotSignedIn',
        found=ClusterSearch(last=failure('NotLoggedIn')),
        target=BY_NAME,
        solution='az login',
    ),
    row(
        'deleted',
        'Failed',
        'ClusterNotFound',
        failure('NotFound', "(ResourceNotFound) The Resource 'x' was not found.", 404),
        detail='ResourceNotFound',
        solution='az aks list',
    ),
    row(
        'a subscription that this account does not see',
        'Warning',
        'ARM_READ_ERROR ClusterForbidden',
        failure('NotFound', "(SubscriptionNotFound) The subscription 'x' could not be found.", 404),
        unfilled_placeholders=['object_id'],
    ),
    row(
        'forbidden',
        'Warning',
        'ARM_READ_ERROR ClusterForbidden',
        FORBIDDEN._replace(claims=USER_CLAIMS),
        detail='Microsoft.ContainerService/managedClusters/read is required: (AuthorizationFailed',
        facts={
            'status': 403,
            'requiredPermission': 'Microsoft.ContainerService/managedClusters/read',
        },
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader '
        f'--scope {CLUSTER_ID}',
    ),
    row(
        'unavailable',
        'Warning',
        'ARM_READ_ERROR ClusterUnavailable',
        failure('Unavailable', 'timed out'),
        detail='timed out',
    ),
    row('not logged in', 'Warning', 'NotSignedIn', failure('NotLoggedIn')),
    row('an invalid azureProfile.json', 'Warning', 'InvalidProfile', failure('InvalidProfile')),
    row(
        'stopped',
        'Failed',
        'ClusterStopped',
        properties={'powerState': {'code': 'Stopped'}},
        detail='aks1 is stopped',
        solution=SHOW.replace('show', 'start'),
        has_value=True,
    ),
    row(
        'being deleted',
        'Failed',
        'ClusterBeingDeleted',
        properties={'provisioningState': 'Deleting'},
        has_value=True,
    ),
    *(
        row(
            f'{state} and {power}',
            'Warning',
            'ClusterNotReady',
            properties={'provisioningState': state, 'powerState': power},
            detail=f'provisioning state {state}',
            solution=SHOW,
            has_value=True,
        )
        for state, power in (
            ('Creating', {'code': 'Running'}),
            ('Starting', {'code': 'Running'}),
            ('Stopping', {'code': 'Running'}),
            ('Succeeded', None),
            ('Succeeded', {'code': 'Odd'}),
        )
    ),
    *(
        row(
            state,
            'Warning',
            'ClusterOperationFailed',
            properties={'provisioningState': state},
            detail=f'aks1 is running, but its provisioning state is {state}',
            has_value=True,
        )
        for state in ('Failed', 'Canceled')
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_the_value() -> None:
    claims = {'tid': 'tenant'}
    value = run(row('value', '', read=ArmResult(resource(), claims=claims))).value
    assert isinstance(value, ClusterResource)
    assert (value.cluster, value.tenant, value.properties['nodeResourceGroup']) == (
        AKS,
        'tenant',
        'MC_rg-aks_aks1_eastus',
    )


KEYS = ['properties', 'powerState', 'code', 'provisioningState', 'agentPoolProfiles', 'name']
KEYS += ['networkProfile', 'outboundType', 'bootstrapProfile', 'location']
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(['Running', 'Failed', 'x']),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_json_makes_a_row(read: Any) -> None:
    outcome = run(row('any JSON', '', read=ArmResult(read)))
    assert shown(cluster, outcome, TARGET)['status'] in ('Passed', 'Warning', 'Failed')
