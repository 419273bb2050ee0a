# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of all probes together, bound to a CLI and its settings."""

from __future__ import annotations

import sys
import threading

import pytest

from azext_acrhealth.options import Cluster, Target
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import cluster_search, resource_graph, resources
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http import dns
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.probes import AzureProbes
from azext_acrhealth.probes.registry.upload import TrialUpload
from tests.probes.azure_cli import GROUP, asked, recorded
from tests.probes.clock import PROMPT, Watch, eventually, soon

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
def test_the_engine_command(probes, monkeypatch, value, expected):
    if value is not None:
        monkeypatch.setenv('DOCKER_COMMAND', value)
    assert probes.engine_command() == expected


def test_tools(probes, tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    file = tmp_path / 'helm'
    file.write_text('#!/bin/sh\n')
    assert probes.find('helm') is None and probes.find_unexecutable('helm') == str(file)
    file.chmod(0o755)
    assert probes.find('helm') == str(file)
    assert probes.run((sys.executable, '-c', 'print(1)'), soon()).stdout == '1\n'
    assert probes.pull((sys.executable, '-c', 'print(2)'), soon()).stdout == '2\n'


def test_closing_kills_running_tools_and_starts_no_more(probes):
    results = []
    command = (sys.executable, '-c', 'import time; time.sleep(60)')
    thread = threading.Thread(target=lambda: results.append(probes.pull(command, soon())))
    thread.start()
    assert eventually(lambda: bool(probes._commands._running))
    with Watch() as watch:
        probes.close()
        thread.join(5)
    assert watch.took < PROMPT and results and probes.run(command, soon()).failure.kind == 'Timeout'


def test_names(probes):
    assert probes.resolve_all(['127.0.0.1'], soon())[0].addresses == ('127.0.0.1',)
    found = probes.resolve_all(['localhost', 'no-such-name.invalid', '192.0.2.1'], soon())
    assert [resolution.host for resolution in found] == [
        'localhost',
        'no-such-name.invalid',
        '192.0.2.1',
    ]
    assert [bool(resolution.failure) for resolution in found] == [False, True, False]
    assert probes.resolve_all([], soon()) == []


def test_names_are_resolved_concurrently(probes, monkeypatch):
    barrier = threading.Barrier(4)

    def slow(_):  # each call waits for all others, so sequential calls would time out
        barrier.wait(5)
        return []

    monkeypatch.setattr(dns, '_get_addresses', slow)
    found = probes.resolve_all([f'{name}.example' for name in 'abcd'], soon())
    assert [resolution.failure for resolution in found] == [None] * 4


def test_many_names_that_time_out_take_the_time_of_a_single_name(probes, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(deadlines, 'RESOLVE', 0.3)
    monkeypatch.setattr(dns, '_get_addresses', lambda _: ended.wait(20))
    with Watch() as watch:
        hosts = [f'{number}.example' for number in range(2 * deadlines.IN_PARALLEL + 1)]
        found = probes.resolve_all(hosts, soon())
    ended.set()
    assert [resolution.failure.kind for resolution in found] == ['Timeout'] * len(hosts)
    assert watch.took < PROMPT and all(resolution.seconds >= 0.3 for resolution in found)


def test_an_unfinished_upload_is_canceled_when_the_probes_close(probes, monkeypatch):
    canceled = []

    def abandon(self, end):
        canceled.append(self.repository)
        self.remains = False if self.repository == 'a' else None

    monkeypatch.setattr(TrialUpload, 'abandon', abandon)
    client = probes.registry_client(Connection('localhost', soon()), '', '').with_token('token')
    first, second, third = (client.upload(name) for name in 'abc')
    assert isinstance(first, TrialUpload) and isinstance(third, TrialUpload)
    second.cancel(soon())
    probes.close()
    assert probes.unfinished_uploads() == ['c'] and canceled == ['a', 'c']


def test_everything_is_closed_whatever_fails(probes, monkeypatch):
    closed = []

    def fail(name):
        closed.append(name)
        raise KeyboardInterrupt

    connections = probes.host_connections()
    monkeypatch.setattr(probes.cluster_api(), 'cleanup', lambda: fail('pods'))
    monkeypatch.setattr(probes._uploads, 'cleanup', lambda: fail('uploads'))
    monkeypatch.setattr(connections, 'close', lambda: closed.append('connections'))
    with pytest.raises(KeyboardInterrupt):
        probes.close()
    assert closed == ['pods', 'uploads', 'connections']
    monkeypatch.undo()


def test_the_cluster_api(probes, monkeypatch):
    monkeypatch.setenv('PATH', '/nowhere')
    api = probes.cluster_api()
    assert api is probes.cluster_api() and probes.unfinished_pulls() == []
    assert api.context(None, soon()).failure.kind == 'Missing'


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


def test_a_resource_is_read_once_in_a_run(probes):
    deadline = soon()
    with recorded('identity') as cassette:
        first, second = (probes.read_resource(IDENTITY, '2023-01-31', deadline) for _ in range(2))
        assert (
            first is second
            and len(asked(cassette)) == cassette.play_counts[len(cassette.requests) - 1] == 1
        )
        probes.forget_failures()
        assert probes.read_resource(IDENTITY, '2023-01-31', deadline) is not first, (
            'another attempt reads it again'
        )


CLUSTER = Cluster('aks1')


def test_a_cluster_is_found_and_its_group_read_once_in_an_attempt(probes, monkeypatch):
    asked_for = []
    monkeypatch.setattr(cluster_search, 'find_clusters', lambda *asked: asked_for.append(asked[2]))
    monkeypatch.setattr(resources, 'read_resource', lambda *asked: asked_for.append(asked[1:3]))
    for _ in range(2):
        probes.find_clusters(CLUSTER, soon())
        probes.read_all([resources.ArmRead('/G', '1', 'list')], soon())
        probes.read_all([resources.ArmRead('/g', '1', 'list')], soon() + 1)
        probes.read_resource('/G', '1', soon())
    assert asked_for == [CLUSTER, ('/G', '1'), ('/G', '1')]
    probes.forget_failures()
    probes.find_clusters(CLUSTER, soon())
    assert asked_for[3:] == [CLUSTER]


def test_the_records_of_a_query_are_read_once_in_an_attempt(probes, monkeypatch):
    asked_for = []
    monkeypatch.setattr(resource_graph, 'read_records', lambda *asked: asked_for.append(asked[1:3]))
    read = resources.ArmRead('/subscriptions/S', '1', query='resources')
    for _ in range(2):
        probes.read_all([read, read._replace(query='others')], soon())
    assert sorted(asked_for) == [('S', 'others'), ('S', 'resources')]
    probes.forget_failures()
    probes.read_all([read], soon())
    assert len(asked_for) == 3


def test_resources_are_read_in_parallel(probes, monkeypatch):
    both = threading.Barrier(2, timeout=PROMPT)

    def read(arm, resource_id, *more):
        both.wait()
        return resource_id, more[-2:]

    monkeypatch.setattr(resources, 'read_resource', read)
    reads = [resources.ArmRead('/a', '1'), resources.ArmRead('/b', '1', 'list', 'filter')]
    assert probes.read_all(reads, soon()) == [('/a', ('', '')), ('/b', ('/list', 'filter'))]


def test_a_list(probes):
    with recorded('usages') as cassette:
        result = probes.read_list(REGISTRY, 'listUsages', '2023-07-01', soon())
    assert [usage['name'] for usage in result.resource['value']][:2] == [
        'Size',
        'Webhooks',
    ] and len(asked(cassette)) == 1


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
    assert probes._is_registry_host(host) is trusted


@pytest.mark.parametrize(
    'wanted, target, audiences',
    [
        (True, Target('contoso'), 2),
        (False, Target('contoso'), 1),
        (True, Target('contoso', 'contoso.example'), 1),
    ],
)
def test_the_registry_sign_in_starts_during_the_request_to_resource_manager(
    probes, monkeypatch, wanted, target, audiences
):
    audiences_used = []
    monkeypatch.setattr(
        probes.credentials,
        '_sign_in',
        lambda audience, *_: audiences_used.append(audience) or Token('x'),
    )
    if wanted:
        probes.expect_sign_in()
    with recorded('registries'):
        probes.find_registry(target, soon())
    assert eventually(lambda: len(audiences_used) >= audiences) and len(audiences_used) == audiences
    assert audiences_used[0] == probes.cli.arm_audience(), 'the one that is waited for comes first'
