# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""All probes bound to one CLI: each does what its module does, with the settings of that CLI."""

from __future__ import annotations

import sys
import threading

import pytest

from azext_acrhealth.options import Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http import dns
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.probes import AzureProbes
from azext_acrhealth.probes.registry.upload import Upload
from tests.probes.azure_cli import GROUP, asked, recorded
from tests.probes.clock import Watch, eventually, soon

IDENTITY = f'{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contoso-identity'
REGISTRY = f'{GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso'


def test_the_cloud(probes):
    assert (
        probes.suffix == '.azurecr.io' and probes.other_clouds()['AzureChinaCloud'] == '.azurecr.cn'
    )


@pytest.mark.parametrize(
    'cloud, setting, image',
    [
        ('AzureCloud', None, 'mcr.microsoft.com/mcr/hello-world:latest'),
        ('AzureChinaCloud', None, 'mcr.microsoft.com/mcr/hello-world:latest'),
        ('AzureCloud', 'contoso.example/hello:1', 'contoso.example/hello:1'),
        ('USSec', None, 'mcr.microsoft.scloud/mcr/hello-world:latest'),
        ('USNat', None, 'mcr.microsoft.eaglex.ic.gov/mcr/hello-world:latest'),
    ],
)
def test_the_sample_image(azure, cloud, setting, image):
    sections = {'cloud': {'name': cloud}}
    if setting:
        sections['acrhealth'] = {'sample_image': setting}
    azure.clouds(
        USSec={'endpoint_management': 'https://a.example'},
        USNat={'endpoint_management': 'https://b.example'},
    )
    azure.configure(**sections)
    assert AzureProbes(azure.cli()).sample_image() == image


@pytest.mark.parametrize('value, expected', [(None, None), ('', None), ('podman', 'podman')])
def test_the_engine_s_command(probes, monkeypatch, value, expected):
    if value is not None:
        monkeypatch.setenv('DOCKER_COMMAND', value)
    assert probes.engine_command() == expected


def test_tools(probes, tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    file = tmp_path / 'helm'
    file.write_text('#!/bin/sh\n')
    assert probes.find('helm') is None and probes.unexecutable('helm') == str(file)
    file.chmod(0o755)
    assert probes.find('helm') == str(file)
    assert probes.run((sys.executable, '-c', 'print(1)'), soon()).stdout == '1\n'
    assert probes.pull((sys.executable, '-c', 'print(2)'), soon()).stdout == '2\n'


def test_a_closed_world_has_ended_its_tools_and_starts_none(probes):
    ends = []
    command = (sys.executable, '-c', 'import time; time.sleep(60)')
    thread = threading.Thread(target=lambda: ends.append(probes.run(command, soon(), 30)))
    thread.start()
    from azext_acrhealth.probes.local import process

    assert eventually(lambda: bool(process._running))
    with Watch() as watch:
        probes.close()
        thread.join(5)
    assert watch.took < 3 and ends and probes.run(command, soon()).failure.kind == 'Timeout'


def test_names(probes):
    assert probes.resolve_all(['127.0.0.1'], soon())[0].addresses == ('127.0.0.1',)
    found = probes.resolve_all(['localhost', 'no-such-name.invalid', '192.0.2.1'], soon())
    assert [one.host for one in found] == ['localhost', 'no-such-name.invalid', '192.0.2.1']
    assert [bool(one.failure) for one in found] == [False, True, False]
    assert probes.resolve_all([], soon()) == []


def test_names_are_resolved_side_by_side(probes, monkeypatch):
    meeting = threading.Barrier(4)

    def slow(_):  # each waits for all others: one after the other they would never end
        meeting.wait(5)
        return []

    monkeypatch.setattr(dns, '_ask', slow)
    found = probes.resolve_all([f'{name}.example' for name in 'abcd'], soon())
    assert [one.failure for one in found] == [None] * 4


def test_many_silent_names_take_the_time_of_one(probes, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(deadlines, 'RESOLVE', 0.3)
    monkeypatch.setattr(dns, '_ask', lambda _: ended.wait(20))
    with Watch() as watch:
        found = probes.resolve_all([f'{number}.example' for number in range(20)], soon())
    ended.set()
    assert {one.failure.kind for one in found} == {'Timeout'} and watch.took < 2


def test_an_upload_that_its_check_did_not_end_is_put_away_at_the_end(probes, monkeypatch):
    given_up = []
    monkeypatch.setattr(
        Upload,
        'give_up',
        lambda self, end: given_up.append(self.repository) or self.repository == 'a',
    )
    first, second, third = (
        probes.upload(Connection('localhost', soon()), name, 'token') for name in 'abc'
    )
    assert isinstance(first, Upload) and isinstance(third, Upload)
    second.cancel(soon())
    assert probes.close() == ['c'] and given_up == ['a', 'c']


def test_the_route(probes, monkeypatch):
    assert probes.route('contoso.azurecr.io').proxy is None
    monkeypatch.setenv('HTTPS_PROXY', 'proxy.example:3128')
    assert probes.route('contoso.azurecr.io').proxy.shown == 'http://proxy.example:3128'


def test_resource_manager(probes):
    with recorded('registries'):
        assert probes.find_registry(Target('contoso'), soon()).resource['name'] == 'contoso'
    with recorded('identity'):
        assert (
            probes.read_resource(IDENTITY, '2023-01-31', soon()).resource['name']
            == 'contoso-identity'
        )


def test_a_resource_is_read_once_for_all_who_ask_in_a_run(probes):
    deadline = soon()
    with recorded('identity') as cassette:
        first, second = (probes.read_resource(IDENTITY, '2023-01-31', deadline) for _ in range(2))
        assert (
            first is second
            and len(asked(cassette)) == cassette.play_counts[len(cassette.requests) - 1] == 1
        )
        assert probes.read_resource(IDENTITY, '2023-01-31', deadline + 1) is not first, (
            'another attempt asks anew'
        )


def test_a_list(probes):
    with recorded('usages') as cassette:
        read = probes.read_list(REGISTRY, 'listUsages', '2023-07-01', soon())
    assert [one['name'] for one in read.resource['value']][:2] == ['Size', 'Webhooks'] and len(
        asked(cassette)
    ) == 1


def test_not_logged_in(azure):
    probes = AzureProbes(azure.cli())
    token = probes.sign_in(probes.audiences()[0], soon())
    assert isinstance(token, Token) and token.failure.kind == 'NotLoggedIn'


def test_the_other_audience(azure):
    assert AzureProbes(azure.cli()).audiences() == (
        'https://containerregistry.azure.net',
        'https://management.core.windows.net/',
    )
    azure.configure(acr={'audience_resource': 'https://management.azure.com'})
    assert AzureProbes(azure.cli()).audiences() == (
        'https://management.azure.com',
        'https://containerregistry.azure.net',
    )


@pytest.mark.parametrize(
    'host, trusted',
    [
        ('contoso.azurecr.io', True),
        ('CONTOSO.AzureCR.io', True),
        ('contoso.azurecr.io.evil.example', False),
        ('contosoazurecr.io', False),
        ('contoso.azurecr.cn', False),
    ],
)
def test_hosts_of_this_cloud(probes, host, trusted):
    assert probes.trusts(host) is trusted


@pytest.mark.parametrize(
    'wanted, target, audiences',
    [
        (True, Target('contoso'), 2),
        (False, Target('contoso'), 1),
        (True, Target('contoso', 'contoso.example'), 1),
    ],
)
def test_the_registry_s_sign_in_begins_while_resource_manager_is_asked(
    probes, monkeypatch, wanted, target, audiences
):
    begun = []
    monkeypatch.setattr(
        probes.credentials, '_sign_in', lambda audience, *_: begun.append(audience) or Token('x')
    )
    probes.signs_in = wanted
    with recorded('registries'):
        probes.find_registry(target, soon())
    assert eventually(lambda: len(begun) >= audiences) and len(begun) == audiences
    assert begun[0] == probes.cli.arm_audience(), 'first what is waited for first'
