# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The command of a pull: its line, its files, its Jobs, and the script with real shells."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
from datetime import datetime, timezone

import kubernetes_validate
import pytest

from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.command_output import END, may_remain, pull_of, sections_of
from azext_acrhealth.probes.cluster.pod import LABELS, NAME, PodRequest, manifest
from azext_acrhealth.probes.cluster.pull_command import PullCommand, job, pull_command
from tests.layer_binaries import PACKAGES
from tests.probes.cluster.conftest import IMAGE, LocalCluster
from tests.probes.cluster.script_runs import run_script, shell_folder, unpack
from tests.probes.local.test_process import posix

NOW = datetime(2026, 11, 30, 22, 0, tzinfo=timezone.utc)
ALL = PodRequest(IMAGE, 'team', 'linux', 'arm64', 'builder', ('regcred',), 'nodepool1')
REQUESTS = (PodRequest(IMAGE), ALL, PodRequest(IMAGE, os='windows'))
shells = pytest.mark.parametrize('shell', ['dash', 'bash'])
versions = pytest.mark.parametrize('kubectl_version', PACKAGES['kubectl'])


def command_for(*requests: PodRequest, seconds: int = 20) -> PullCommand:
    return pull_command(requests or [PodRequest(IMAGE)], seconds, datetime.now(timezone.utc))


def pull_by_script(
    cluster: LocalCluster, folder: pathlib.Path, shell: str = 'dash', seconds: int = 20
) -> ClusterPull:
    """Return the pull by a script that ended well, and that left no Job."""
    request = PodRequest(IMAGE, arch='amd64')
    command = command_for(request, seconds=seconds)
    code, output = run_script(command, folder, shell)
    sections = sections_of(output, command.mark)
    assert code == 0 and END in sections, output
    assert cluster.api.pods == cluster.api.jobs == []
    assert not may_remain(sections, command.names[0])
    return pull_of(sections, command.names[0], request)


def test_the_line_needs_no_quotes() -> None:
    command = pull_command([PodRequest(IMAGE, 'team'), ALL], 30, NOW)
    words = shlex.split(command.line)
    assert words == ['sh', 'pull.sh', command.mark, '30', 'team', '1796075100', *command.names]
    assert all(re.fullmatch(r'[a-z0-9.-]+', word) for word in words)
    assert all(NAME.fullmatch(name) for name in command.names) and len(set(command.names)) == 2
    assert command.mark != pull_command([ALL], 30, NOW).mark


def test_a_script_is_of_one_namespace() -> None:
    with pytest.raises(ValueError, match='too many values'):
        pull_command([PodRequest(IMAGE), ALL], 30, NOW)


def test_the_files(tmp_path: pathlib.Path) -> None:
    command = pull_command([ALL], 30, NOW)
    unpack(command, tmp_path)
    (name,) = command.names
    assert sorted(path.name for path in tmp_path.iterdir()) == [f'{name}.json', 'pull.sh']
    assert json.loads((tmp_path / f'{name}.json').read_text()) == job(ALL, name, NOW)
    assert b'\r' not in (tmp_path / 'pull.sh').read_bytes()


@pytest.mark.parametrize('request_', REQUESTS)
@pytest.mark.parametrize('version', ['1.25', '1.30', '1.35'])
def test_kubernetes_takes_the_job(request_: PodRequest, version: str) -> None:
    kubernetes_validate.validate(job(request_, 'acrhealth-pull-1', NOW), version, strict=True)


@pytest.mark.parametrize('request_', REQUESTS)
def test_the_job_cleans_up_by_itself_and_has_the_pod_of_kubectl(request_: PodRequest) -> None:
    made = job(request_, 'acrhealth-pull-1', NOW)
    spec, pod = made['spec'], manifest(request_, 'acrhealth-pull-1')
    assert (spec['backoffLimit'], spec['activeDeadlineSeconds']) == (0, 120)
    assert spec['ttlSecondsAfterFinished'] == 60
    assert spec['template']['spec'] == pod['spec']
    for key in ('labels', 'annotations'):
        assert spec['template']['metadata'][key] == pod['metadata'][key]
    assert made['metadata']['labels'] == {**LABELS, 'acrhealth-created': '1796076000'}


@posix
@versions
@shells
def test_a_pull_that_works(
    cluster: LocalCluster, tmp_path: pathlib.Path, shell: str, kubectl_version: str
) -> None:
    cluster.api.service_accounts['default', 'default'] = ['regcred']
    pulled = pull_by_script(cluster, tmp_path, shell)
    assert (pulled.end, pulled.seconds, pulled.pull_secrets) == ('Pulled', 0.412, ('regcred',))
    assert pulled.pod.startswith(f'{pulled.job}-') and pulled.failure is None
    (made,) = cluster.api.created_jobs
    assert made['metadata']['name'] == pulled.job


@posix
@pytest.mark.parametrize(
    'case, end, text',
    [
        ('failed: 1.6 login refused', 'PullFailed', 'oauth token: unexpected status: 401'),
        ('failed: 2.3 firewall at manifest', 'PullFailed', "client with IP '20.1.2.3'"),
        ('missing secret', 'PullFailed', 'anonymous token'),
        ('already present', 'AlreadyPresent', 'already present on machine'),
        ('rejected', 'NotStarted', 'Evicted'),
    ],
)
def test_a_pull_that_does_not(
    cluster: LocalCluster,
    tmp_path: pathlib.Path,
    case: str,
    end: str,
    text: str,
) -> None:
    cluster.api.case = case
    pulled = pull_by_script(cluster, tmp_path)
    assert pulled.end == end and text in pulled.message


@posix
@pytest.mark.parametrize('minor', [31, 35])
def test_the_message_of_a_state_is_read_whole(
    cluster: LocalCluster, tmp_path: pathlib.Path, minor: int
) -> None:
    cluster.api.case, cluster.api.minor = 'failed: 2.3 firewall at manifest', minor
    assert "client with IP '20.1.2.3'" in pull_by_script(cluster, tmp_path).message


@posix
@pytest.mark.parametrize(
    'case, end',
    [('slow', 'StillPulling'), ('no sandbox', 'NotStarted'), ('unschedulable', 'Unschedulable')],
)
@shells
def test_a_pull_whose_time_is_up(
    cluster: LocalCluster, tmp_path: pathlib.Path, case: str, end: str, shell: str
) -> None:
    cluster.api.case = case
    assert pull_by_script(cluster, tmp_path, shell, seconds=3).end == end


@posix
@versions
@pytest.mark.parametrize(
    'faults, kind, text',
    [
        ({'forbidden': ('create jobs',)}, 'Forbidden', 'cannot create resource "jobs"'),
        ({'forbidden': ('list pods',)}, 'Forbidden', 'cannot list resource "pods"'),
        ({'refusal': 'pod security'}, 'Refused', 'violates PodSecurity'),
        ({'refusal': 'quota'}, 'Refused', 'exceeded quota'),
        ({'refusal': 'policy'}, 'Refused', 'denied the request'),
        ({'broken': ('POST',)}, 'ServerError', 'Internal error'),
        ({'garbage': True}, 'Unexpected', "isn't JSON"),
    ],
)
def test_what_shows_nothing(
    cluster: LocalCluster,
    tmp_path: pathlib.Path,
    kubectl_version: str,
    faults: dict[str, object],
    kind: str,
    text: str,
) -> None:
    for name, value in faults.items():
        setattr(cluster.api.faults, name, value)
    pulled = pull_by_script(cluster, tmp_path)
    assert pulled.failure and pulled.failure.kind == kind and text in pulled.failure.text
    assert pulled.end is None


@posix
def test_a_service_account_that_is_not_there(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    request = PodRequest(IMAGE, service_account='nosuch')
    command = command_for(request)
    _, output = run_script(command, tmp_path)
    pulled = pull_of(sections_of(output, command.mark), command.names[0], request)
    assert pulled.failure and pulled.failure.kind == 'Refused'
    assert 'serviceaccount "nosuch" not found' in pulled.failure.text


@posix
def test_a_namespace_that_is_not_there(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    request = PodRequest(IMAGE, 'nosuch')
    command = command_for(request)
    _, output = run_script(command, tmp_path)
    pulled = pull_of(sections_of(output, command.mark), command.names[0], request)
    assert pulled.failure and pulled.failure.kind == 'NoNamespace'


@posix
def test_an_image_that_a_webhook_replaces(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    cluster.api.faults.replaced = 'mirror.contoso.com/team/app:v1'
    pulled = pull_by_script(cluster, tmp_path)
    assert (pulled.end, pulled.message) == ('Replaced', 'mirror.contoso.com/team/app:v1')


@posix
def test_another_container_decides_nothing(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    cluster.api.faults.added = 'mesh.contoso.com/proxy:1'
    assert pull_by_script(cluster, tmp_path).end == 'Pulled'


@posix
def test_without_permission_to_list_events(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    cluster.api.faults.forbidden = ('list events',)
    pulled = pull_by_script(cluster, tmp_path)
    assert pulled.end == 'Pulled' and pulled.events_failure
    assert pulled.events_failure.kind == 'Forbidden'


@posix
@shells
def test_several_pulls_at_once(cluster: LocalCluster, tmp_path: pathlib.Path, shell: str) -> None:
    requests = [PodRequest(IMAGE, arch=arch) for arch in ('amd64', 'arm64')]
    command = command_for(*requests)
    _, output = run_script(command, tmp_path, shell)
    sections = sections_of(output, command.mark)
    pulls = [pull_of(sections, name, each) for name, each in zip(command.names, requests)]
    assert [pull.end for pull in pulls] == ['Pulled', 'Pulled'] and cluster.api.jobs == []


@posix
@shells
def test_a_command_that_is_ended_deletes_its_jobs(
    cluster: LocalCluster, tmp_path: pathlib.Path, shell: str
) -> None:
    cluster.api.case = 'slow'
    command = command_for()
    code, output = run_script(command, tmp_path, shell, lambda: bool(cluster.api.pods))
    sections = sections_of(output, command.mark)
    assert code == 143 and cluster.api.pods == cluster.api.jobs == [] and END in sections
    assert not may_remain(sections, command.names[0]) and len(cluster.api.created) == 1


@posix
def test_a_job_that_can_not_be_deleted(cluster: LocalCluster, tmp_path: pathlib.Path) -> None:
    cluster.api.faults.undeletable = True
    command = command_for()
    _, output = run_script(command, tmp_path)
    sections = sections_of(output, command.mark)
    assert may_remain(sections, command.names[0]) and list(command.names) == cluster.api.jobs
    assert pull_of(sections, command.names[0], PodRequest(IMAGE)).end == 'Pulled'


@posix
@versions
def test_jobs_of_earlier_runs_are_deleted(
    cluster: LocalCluster, tmp_path: pathlib.Path, kubectl_version: str
) -> None:
    now = int(datetime.now(timezone.utc).timestamp())
    old, new = ({**LABELS, 'acrhealth-created': str(now - age)} for age in (1000, 100))
    cluster.api.add_job('acrhealth-pull-old', old)
    cluster.api.add_job('acrhealth-pull-new', new)
    cluster.api.add_job('of-others', {'acrhealth-created': '1'})
    _, output = run_script(command_for(), tmp_path)
    assert cluster.api.jobs == ['acrhealth-pull-new', 'of-others'], output


@posix
def test_no_kubectl(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / 'tools'
    tools.mkdir()
    for name in ('date', 'sleep'):
        (tools / name).symlink_to(str(shutil.which(name)))
    shells = shell_folder('dash', tmp_path / 'shells')
    monkeypatch.setenv('PATH', f'{shells}{os.pathsep}{tools}')
    command = command_for(seconds=5)
    unpack(command, tmp_path)
    run = subprocess.run(
        [str(shells / 'sh'), '-c', command.line],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    output = run.stdout
    pulled = pull_of(sections_of(output, command.mark), command.names[0], PodRequest(IMAGE))
    assert pulled.failure and pulled.failure.kind == 'Unexpected'
