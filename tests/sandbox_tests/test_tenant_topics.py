# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Many registries at once: where they are, their hosts, grants by identity."""

from __future__ import annotations

import json
import pathlib
import time

import pytest

from tests.sandbox.host.addresses import SILENT
from tests.sandbox.services import cloud, tokens
from tests.sandbox.services.grants import Grants
from tests.sandbox_tests.local_control import LocalControlClient
from tests.sandbox_tests.registry_caller import Caller, claims


@pytest.fixture
def control(tmp_path: pathlib.Path) -> LocalControlClient:
    return LocalControlClient(tmp_path)


def test_registries_are_assigned_in_turn(control: LocalControlClient) -> None:
    registries = control.add_registries(
        6,
        subscriptions=2,
        locations=['eastus', 'westeurope', 'uksouth'],
        groups=['a', 'b'],
        tags={'team': 'x'},
        sku='Standard',
        publicNetworkAccess='Disabled',
    )
    assert [registry['name'] for registry in registries] == [
        f'fleet00{number}' for number in range(6)
    ]
    assert [registry['location'] for registry in registries] == [
        'eastus',
        'westeurope',
        'uksouth',
    ] * 2
    assert len({registry['subscription'] for registry in registries}) == 2 and {
        registry['group'] for registry in registries
    } == {
        'a',
        'b',
    }
    stored = control.state.resources[registries[4]['id'].lower()]
    assert stored['tags'] == {'team': 'x'} and stored['sku']['name'] == 'Standard'
    assert (
        stored['properties']['publicNetworkAccess'] == 'Disabled'
        and stored['location'] == 'westeurope'
    )
    assert {registry['subscription'] for registry in registries} < set(control.state.subscriptions)
    control.state.reset()
    assert (
        set(control.state.subscriptions) == set(cloud.SUBSCRIPTIONS)
        and 'fleet000' not in control.state.known
    )


def test_each_registry_has_its_own_host_and_can_be_unreachable(control: LocalControlClient) -> None:
    registries = control.add_registries(200, subscriptions=30, prefix='many')
    assert len({registry['subscription'] for registry in registries}) == 30
    caller = Caller(control.state)
    for registry in registries[::40]:
        challenge = caller.send('GET', '/v2/', host=registry['loginServer'])
        assert (
            challenge.status == 401
            and f'service="{registry["loginServer"]}"'
            in dict(challenge.headers)['Www-Authenticate']
        )
    begun = time.perf_counter()
    assert all(
        control.state.zone.entry(registry['loginServer']).addresses == ['127.0.0.1']
        for registry in registries
    )
    assert time.perf_counter() - begun < 1
    control.state.faults.put('tcp@many007', 'silent')
    dead = [
        registry['name']
        for registry in registries
        if control.state.zone.entry(registry['loginServer']).addresses == [SILENT]
    ]
    assert dead == ['many007']


def test_an_exchange_is_for_the_tenant_of_the_subscription(control: LocalControlClient) -> None:
    host = control.add_registries(1, subscriptions=1)[0]['loginServer']
    token = control.state.entra.issue(
        tokens.entra_claims('https://containerregistry.azure.net', cloud.TENANT, cloud.APP, 'me')
    )
    response = Caller(control.state).send(
        'POST',
        '/oauth2/exchange',
        {'grant_type': 'access_token', 'service': host, 'access_token': token},
        host=host,
    )
    assert claims(response)['aud'] == host


def test_grants_differ_by_identity(control: LocalControlClient) -> None:
    kubelet = control.assign_identities(users=['kubelet'])[0]
    state, caller = control.state, Caller(control.state)
    state.set_grants(
        'contoso', Grants(permissions=[], repositories={}, catalog=False), kubelet['clientId']
    )

    def refresh(application: str) -> str:
        token = state.entra.issue(
            state.principals.known[application].claims('https://containerregistry.azure.net')
        )
        response = caller.send(
            'POST',
            '/oauth2/exchange',
            {
                'grant_type': 'access_token',
                'access_token': token,
                'service': 'contoso.azurecr.test',
            },
        )
        assert response.status == 200
        return str(json.loads(response.body)['refresh_token'])

    def access(application: str) -> int:
        return caller.send(
            'POST',
            '/oauth2/token',
            {
                'grant_type': 'refresh_token',
                'service': 'contoso.azurecr.test',
                'scope': 'repository:hello:pull',
                'refresh_token': refresh(application),
            },
        ).status

    assert (access(kubelet['clientId']), access(cloud.APP)) == (401, 200)
    state.set_grants('contoso', Grants(login=False), kubelet['clientId'])
    with pytest.raises(AssertionError):
        refresh(kubelet['clientId'])
    state.set_grants('contoso', Grants(permissions=['read']), kubelet['clientId'])
    assert access(kubelet['clientId']) == 200


def test_the_behavior_of_the_metadata_service(control: LocalControlClient) -> None:
    control.assign_identities(system=True, imds='silent')
    assert (
        control.state.settings['imds'] == 'silent' and len(control.state.principals.assigned) == 1
    )
    with pytest.raises(ValueError, match='there are'):
        control.assign_identities(imds='asleep')
    control.state.reset()
    assert control.state.settings['imds'] == 'absent' and not control.state.principals.assigned
