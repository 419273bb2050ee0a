# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pull verdict equals skopeo's, with a real registry: faults, permissions, kinds of images."""

from __future__ import annotations

import pathlib
from typing import Any, Optional

import pytest

from tests.acceptance.clients import client_credentials
from tests.acceptance.components import need
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.host import engines

CONTOSO, BLOBS = 'contoso.azurecr.test', 'eusmanaged1.blob.sandbox.test'
BOTH = (CONTOSO, BLOBS)
# The fault that is on while both pull; None: both succeed.
FAULTS: tuple[Optional[tuple[str, str]], ...] = (
    None,
    *((f'dns@{host}', spec) for host in BOTH for spec in ('nxdomain', 'nodata', 'servfail')),
    *(
        (f'tcp@{host}', spec)
        for host in BOTH
        for spec in ('refuse', 'unreachable', 'reset', 'close')
    ),
    # Not `old`: this skopeo still speaks TLS 1.1, which no registry of Azure does.
    *(
        (f'tls@{host}', spec)
        for host in BOTH
        for spec in (
            'cert:foreign',
            'cert:expired',
            'cert:wronghost',
            'cert:selfsigned',
            'plain',
            'reset',
        )
    ),
    ('token@contoso', 'status:401'),
    ('token@contoso', 'denied'),
    ('token@contoso', 'grant:push'),
    ('token@contoso', 'noaccess'),
    ('token@contoso', 'capitals'),
    ('token@contoso', 'notjson'),
    ('manifest@contoso', 'denied'),
    ('manifest@contoso', 'status:404'),
    ('manifest@contoso', 'status:500'),
    ('manifest@contoso', 'quarantined'),
    ('manifest@contoso', 'quarantined:always'),
    ('manifest@contoso', 'corrupt'),
    ('manifest@contoso', 'truncated'),
    ('manifest@contoso', 'notjson'),
    ('manifest@contoso', 'slow:1'),
    ('blob@contoso', 'status:404'),
    ('blob@contoso', 'status:401'),
    ('blob@contoso', 'denied'),
    ('blob@contoso', 'expired'),
    ('blob@contoso', 'direct'),
    ('blob@contoso', 'location:'),
    ('blob@contoso', 'location:https://nowhere.example.test/x'),
    ('blob@contoso', 'reset'),
    ('data@contoso', 'corrupt'),
    ('data@contoso', 'truncated'),
    ('data@contoso', 'expired'),
    ('data@contoso', 'policy'),
    ('data@contoso', 'storage:409:PublicAccessNotPermitted'),
    ('data@contoso', 'forbidden'),
    ('data@contoso', 'status:404'),
    ('data@contoso', 'status:503'),
    ('data@contoso', 'reset'),
    ('data@contoso', 'notjson'),
    ('data@contoso', 'empty'),
    ('data@contoso', 'garbage'),
    ('data@contoso', 'huge'),
    ('data@contoso', 'slow:1'),
)


def verdict(sandbox: Sandbox, *arguments: str) -> str:
    """Return whether the image can be pulled according to the report."""
    run = check(sandbox, '--image', f'{CONTOSO}/team/app:v1', '--timeout', '30', *arguments)
    assert (run.report['registries'][0]['canPull'] == 'yes') is (
        run.row('blob')['status'] == 'Passed'
    ), run.report
    return str(run.report['registries'][0]['canPull'])


def pull_with_skopeo(sandbox: Sandbox, folder: pathlib.Path) -> Finished:
    """Pull the same image with skopeo."""
    return sandbox.run(
        [
            need('skopeo'),
            '--insecure-policy',
            'copy',
            '--retry-times=0',
            *client_credentials(sandbox, '--src-creds'),
            f'docker://{CONTOSO}/team/app:v1',
            f'dir:{folder}/out',
        ],
        timeout=60,
    )


@pytest.mark.parametrize('fault', FAULTS, ids=lambda fault: ' '.join(fault) if fault else 'none')
def test_of_a_fault(
    sandbox: Sandbox, tmp_path: pathlib.Path, fault: Optional[tuple[str, str]]
) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso'):
        sandbox.put_image('contoso', 'team/app', 'v1', layers=2)
        if fault:
            sandbox.set_fault(*fault)
        client = pull_with_skopeo(sandbox, tmp_path)
        if not fault or fault[1] in ('capitals', 'direct', 'slow:1'):
            assert client.code == 0, client.stderr
        assert verdict(sandbox) == ('yes' if client.code == 0 else 'no'), client.stderr


@pytest.mark.parametrize(
    'rights, right',
    [
        ({'permissions': ['read']}, True),
        ({'permissions': ['write']}, False),
        ({'permissions': []}, False),
        ({'repositories': {'team/*': ['pull']}}, True),
        ({'repositories': {'other': ['pull']}}, False),
        ({'repositories': {'team/app': ['metadata_read']}}, False),
    ],
    ids=str,
)
def test_of_permissions(
    sandbox: Sandbox, tmp_path: pathlib.Path, rights: dict[str, Any], right: bool
) -> None:
    need('docker-registry')
    mode = 'AbacRepositoryPermissions' if 'repositories' in rights else 'LegacyRegistryPermissions'
    sandbox.patch_registry('contoso', {'properties': {'roleAssignmentMode': mode}})
    with sandbox.real_registry('contoso'):
        sandbox.put_image('contoso', 'team/app', 'v1')
        sandbox.set_grants('contoso', **rights)
        assert (pull_with_skopeo(sandbox, tmp_path).code == 0) is right
        assert verdict(sandbox) == ('yes' if right else 'no')


@pytest.mark.parametrize(
    'kind, right',
    [
        (
            {'platforms': ['linux/amd64', 'linux/arm64', 'windows/amd64'], 'attestations': True},
            True,
        ),
        ({'platforms': ['windows/amd64', 'linux/s390x'], 'attestations': True}, False),
        ({'docker': True}, True),
        ({'size': 100_000, 'configSize': 50_000}, True),
    ],
    ids=str,
)
def test_of_an_image(
    sandbox: Sandbox, tmp_path: pathlib.Path, kind: dict[str, Any], right: bool
) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso'):
        sandbox.put_image('contoso', 'team/app', 'v1', **kind)
        assert (pull_with_skopeo(sandbox, tmp_path).code == 0) is right
        assert verdict(sandbox) == ('yes' if right else 'no')


@pytest.mark.parametrize('tag', ['v1', 'v9'])
def test_of_what_is_not_there(sandbox: Sandbox, tmp_path: pathlib.Path, tag: str) -> None:
    need('docker-registry')
    with sandbox.real_registry('contoso'):
        if tag == 'v9':
            sandbox.put_image('contoso', 'team/app', tag)
        assert pull_with_skopeo(sandbox, tmp_path).code != 0 and verdict(sandbox) == 'no'


def test_docker_holds_a_manifest_against_its_digest(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    need('docker-registry')
    need('dockerd')
    with sandbox.real_registry('contoso'), engines.dockerd(sandbox) as variables:
        sandbox.put_image('contoso', 'team/app', 'v1')
        docker = {**variables, 'DOCKER_CONFIG': str(tmp_path)}
        login = sandbox.run(
            ['docker', 'login', '-u', sandbox.info['app'], '--password-stdin', CONTOSO],
            env=docker,
            stdin=sandbox.info['secret'],
        )
        assert login.code == 0, login.stderr
        for spec, right in (('corrupt', False), ('', True)):
            if spec:
                sandbox.set_fault('manifest@contoso', spec)
            else:
                sandbox.clear_faults()
            finished = sandbox.run(
                ['docker', 'pull', f'{CONTOSO}/team/app:v1'], env=docker, timeout=60
            )
            assert (finished.code == 0) is right, finished.stderr
            assert verdict(sandbox) == ('yes' if right else 'no')
