# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of running kubectl: real ones, the oldest and the newest, against a local API server."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

from azext_acrhealth.probes.cluster.kubectl import Kubectl, find_kubectl
from azext_acrhealth.probes.local.process import CommandRunner
from tests.layer_binaries import PACKAGES
from tests.probes.clock import PROMPT, Watch, soon
from tests.probes.cluster.conftest import TOKEN, LocalCluster
from tests.probes.local.test_process import tool

CONTEXT = 'pat@aks1'
PODS = '/api/v1/namespaces/default/pods'
POD = {
    'apiVersion': 'v1',
    'kind': 'Pod',
    'metadata': {'name': 'a'},
    'spec': {
        'containers': [{'name': 'pull', 'image': 'a.azurecr.io/a:1', 'imagePullPolicy': 'Always'}]
    },
}
versions = pytest.mark.parametrize('kubectl_version', PACKAGES['kubectl'])


@versions
def test_a_context_names_its_server(cluster: LocalCluster) -> None:
    found = cluster.kubectl().context(None, soon())
    assert (found.name, found.host, found.namespace, found.failure) == (
        CONTEXT,
        'localhost',
        None,
        None,
    )
    team = cluster.kubectl().context('team', soon())
    assert (team.name, team.host, team.namespace) == ('team', 'localhost', 'team')
    assert cluster.api.requests == []


@versions
def test_the_verbs(cluster: LocalCluster) -> None:
    kubectl = cluster.kubectl()
    created = kubectl.create(CONTEXT, f'{PODS}?fieldManager=acrhealth', POD, soon())
    assert created.failure is None and created.object['metadata']['uid']
    assert kubectl.get(CONTEXT, f'{PODS}/a', soon()).object['kind'] == 'Pod'
    assert kubectl.get(CONTEXT, PODS, soon()).object['items'][0]['metadata']['name'] == 'a'
    deleted = kubectl.delete(CONTEXT, f'{PODS}/a?gracePeriodSeconds=0', soon())
    assert deleted.failure is None and cluster.api.pods == []
    failure = kubectl.get(CONTEXT, f'{PODS}/a', soon()).failure
    assert failure and failure.kind == 'NotFound'
    # One request for each command: no discovery. The last part is the time that the server has.
    sent = [(method, target.replace('timeout=9s', '')) for method, target in cluster.api.requests]
    assert sent == [
        ('POST', f'{PODS}?fieldManager=acrhealth&'),
        ('GET', f'{PODS}/a?'),
        ('GET', f'{PODS}?'),
        ('DELETE', f'{PODS}/a?gracePeriodSeconds=0&'),
        ('GET', f'{PODS}/a?'),
    ]


@versions
@pytest.mark.parametrize(
    'context, kind',
    [('nope', 'NoContext'), ('team\n', 'InvalidContext'), ('a$b', 'InvalidContext')],
)
def test_a_context_that_can_not_be_used(cluster: LocalCluster, context: str, kind: str) -> None:
    found = cluster.kubectl().context(context, soon())
    assert found.failure and found.failure.kind == kind and found.host == ''


@versions
@pytest.mark.parametrize('content', [None, '{"apiVersion": "v1", "kind": "Config"}'])
def test_no_context(cluster: LocalCluster, tmp_path: pathlib.Path, content: str | None) -> None:
    (tmp_path / 'config').unlink()
    if content:
        (tmp_path / 'config').write_text(content)
    found = cluster.kubectl().context(None, soon())
    assert found.failure and found.failure.kind == 'NoContext'


@versions
@pytest.mark.parametrize(
    'changes',
    [
        {'server': 'http://localhost:8080'},
        {'server': 'https://[::1'},
        {'server': 'localhost:6443'},
        {'context': 'pat@aks1;id'},
        {'context': '-pat'},
    ],
)
def test_what_a_kubeconfig_says_is_validated(
    cluster: LocalCluster, changes: dict[str, str]
) -> None:
    cluster.configure(**changes)  # type: ignore[arg-type]
    found = cluster.kubectl().context(None, soon())
    assert found.failure and found.failure.kind == 'InvalidContext'


@versions
def test_a_kubeconfig_that_is_no_yaml_is_not_quoted(
    cluster: LocalCluster, tmp_path: pathlib.Path
) -> None:
    (tmp_path / 'config').write_text(f'users: [{TOKEN}\n')
    found = cluster.kubectl().context(None, soon())
    assert found.failure and found.failure.kind == 'InvalidContext'
    assert TOKEN not in repr(found) and str(tmp_path) not in found.failure.text


@versions
@pytest.mark.parametrize(
    'user, kind',
    [
        ({'token': 'expired'}, 'SignInFailed'),
        (
            {
                'exec': {
                    'apiVersion': 'client.authentication.k8s.io/v1beta1',
                    'command': 'no-such-kubelogin',
                }
            },
            'SignInFailed',
        ),
    ],
)
def test_a_sign_in_that_fails(cluster: LocalCluster, user: dict[str, str], kind: str) -> None:
    cluster.configure(user)
    result = cluster.kubectl().get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == kind


@versions
def test_the_words_of_a_credential_plugin_are_not_shown(
    cluster: LocalCluster, tmp_path: pathlib.Path
) -> None:
    """It may ask the user to enter a code, and its arguments may hold a secret."""
    script = tool(tmp_path / 'kubelogin', '#!/bin/sh\necho "enter the code ABC123" >&2\nexit 1\n')
    plugin = {
        'apiVersion': 'client.authentication.k8s.io/v1beta1',
        'command': script,
        'args': ['--client-secret', 'hush'],
    }
    cluster.configure({'exec': plugin})
    kubectl = cluster.kubectl()
    context, result = kubectl.context(None, soon()), kubectl.get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'SignInFailed'
    assert 'ABC123' not in repr(result) and 'hush' not in repr((context, result))


@versions
def test_a_certificate_that_is_not_trusted(cluster: LocalCluster) -> None:
    cluster.configure(**{'tls-server-name': 'localhost'})
    result = cluster.kubectl().get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'Untrusted'


@versions
@pytest.mark.parametrize('server', ['https://127.0.0.1:1', 'https://aks1.invalid'])
def test_an_api_server_that_is_not_reachable(cluster: LocalCluster, server: str) -> None:
    cluster.configure(server=server)
    result = cluster.kubectl().get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'Unreachable'


@versions
def test_an_api_server_that_hangs(cluster: LocalCluster) -> None:
    cluster.api.faults.hanging = ('GET',)
    with Watch() as watch:
        result = cluster.kubectl().get(CONTEXT, PODS, soon(3))
    assert result.failure and result.failure.kind == 'Timeout' and watch.took < PROMPT


@pytest.mark.parametrize('hidden', [False, True])
def test_preferences_that_disable_raw_requests(
    cluster: LocalCluster, tmp_path: pathlib.Path, hidden: bool
) -> None:
    (tmp_path / '.kube').mkdir()
    preferences = {
        'apiVersion': 'kubectl.config.k8s.io/v1beta1',
        'kind': 'Preference',
        'defaults': [
            {'command': 'get', 'options': [{'name': 'output', 'default': 'yaml'}]},
        ],
    }
    (tmp_path / '.kube' / 'kuberc').write_text(json.dumps(preferences))
    kubectl = cluster.kubectl()
    if hidden:  # without the variable that hides them
        runner = CommandRunner()
        kubectl = Kubectl(kubectl.path, lambda *given, **_: runner.run(*given))
    result = kubectl.get(CONTEXT, PODS, soon())
    assert bool(result.failure) is hidden


def test_a_response_that_is_no_json(cluster: LocalCluster) -> None:
    cluster.api.faults.garbage = True
    result = cluster.kubectl().get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'Unexpected' and result.object == {}


@pytest.mark.parametrize('printed', ['[]', '[' * 100_000, '', 'null'])
def test_output_of_any_kind(tmp_path: pathlib.Path, printed: str) -> None:
    script = tool(tmp_path / 'kubectl', f'#!{sys.executable}\nprint({printed!r})\n')
    result = Kubectl(script, CommandRunner().run).get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'Unexpected'


@pytest.mark.parametrize('mode, text', [(None, 'on PATH'), (0o644, 'executable')])
def test_no_kubectl(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, mode: int | None, text: str
) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    if mode:
        tool(tmp_path / 'kubectl', '#!/bin/sh\n', mode)
    found = find_kubectl(CommandRunner().run)
    assert not isinstance(found, Kubectl)
    assert found.kind == 'Missing' and text in found.text


def test_the_kubectl_on_path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    script = tool(tmp_path / 'kubectl', '#!/bin/sh\n')
    found = find_kubectl(CommandRunner().run)
    assert isinstance(found, Kubectl) and found.path == script


def test_a_kubectl_that_can_not_be_run(tmp_path: pathlib.Path) -> None:
    script = tool(tmp_path / 'kubectl', 'this is no program')
    result = Kubectl(script, CommandRunner().run).get(CONTEXT, PODS, soon())
    assert result.failure and result.failure.kind == 'Missing'
