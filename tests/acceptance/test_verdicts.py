# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real client pulls the same image in the same surroundings: what it can do, the report says, and nothing else."""
from __future__ import annotations

import pathlib
from typing import Optional

import pytest

from tests.sandbox import engines, world
from tests.sandbox.client import Sandbox

from .components import need
from .runs import check
from .test_peers import NOBODY

CONTOSO, STORAGE = 'contoso.azurecr.test', world.BLOB_HOST
# A client that is still trying after so many seconds has not pulled.
PATIENCE = 25.0
SURROUNDINGS = (
    (None, ''),
    (f'dns@{STORAGE}', 'nxdomain'), (f'dns@{STORAGE}', 'nodata'), (f'dns@{STORAGE}', 'slow:0.5'),
    (f'tcp@{STORAGE}', 'refuse'), (f'tcp@{STORAGE}', 'unreachable'), (f'tcp@{STORAGE}', 'reset'),
    (f'tls@{STORAGE}', 'cert:foreign'), (f'tls@{STORAGE}', 'cert:expired'), (f'tls@{STORAGE}', 'cert:wronghost'),
    (f'tls@{STORAGE}', 'cert:selfsigned'), (f'tls@{STORAGE}', 'plain'), (f'tls@{STORAGE}', 'close'),
    ('data', 'policy'), ('data', 'forbidden'), ('data', 'status:404'), ('data', 'status:500'), ('data', 'truncated'),
    ('data', 'notjson'), ('data', 'empty'), ('data', 'garbage'), ('data', 'slow:0.5'), ('data', 'header:Server: x'),
    ('data', 'huge'), ('data', 'corrupt'), ('data', 'storage:409:PublicAccessNotPermitted'), ('blob', 'direct'),
    ('blob', 'location:'), ('blob', 'expired'), ('blob', 'status:404'), ('blob', 'status:401'), ('blob', 'denied'),
    ('blob', f'redirect:https://{world.EVIL_HOST}/x'), ('manifest', 'status:401'), ('manifest', 'status:403'),
    ('manifest', 'status:404'), ('manifest', 'denied'), ('manifest', 'notjson'), ('manifest', '{}'),
    ('manifest', 'truncated'), ('manifest', 'slow:0.5'), ('manifest', 'forbidden'),
    (f'dns@{CONTOSO}', 'nxdomain'), (f'tcp@{CONTOSO}', 'refuse'), (f'tls@{CONTOSO}', 'cert:expired'),
    ('challenge', 'denied'), ('challenge', 'status:404'), ('token', 'status:401'), ('token', 'denied'),
    ('token', 'grant:push'), ('token', 'noaccess'),
)
IMAGES = (('hello:v1', None), ('samples/multi:v1', None), ('samples/multi:v1', 'linux/arm64'),
          ('samples/multi:v1', 'linux/s390x'), ('hello:v9', None), ('nosuch:v1', None))


@pytest.fixture
def credentials(sandbox: Sandbox) -> str:
    """Return user and password as `docker login` takes them, from before anything was wrong."""
    exposed = sandbox.az('acr', 'login', '-n', 'contoso', '--expose-token', '-o', 'json')
    assert exposed.code == 0, exposed.stderr
    return f'{NOBODY}:{exposed.json["refreshToken"]}'


def pulls(sandbox: Sandbox, credentials: str, image: str, platform: Optional[str], place: pathlib.Path) -> bool:
    """Tell whether skopeo can copy an image out of the registry."""
    chosen = ('--override-os', platform.split('/')[0], '--override-arch', platform.split('/')[1]) if platform else ()
    done = sandbox.run([need('skopeo'), '--insecure-policy', *chosen, 'copy', '--retry-times', '0', '--src-creds',
                        credentials, f'docker://{CONTOSO}/{image}', f'dir:{place}'], timeout=PATIENCE)
    return done.code == 0


def agree(sandbox: Sandbox, credentials: str, place: pathlib.Path, image: str = 'hello:v1',
          platform: Optional[str] = None) -> str:
    """Assert that skopeo and the report agree, and return the report's word."""
    options = ('--platform', platform) if platform else ()
    run = check(sandbox, '-n', 'contoso', '--image', image, *options)
    said = str(run.report['registries'][0]['canPull'])
    assert said == ('yes' if pulls(sandbox, credentials, image, platform, place / 'image') else 'no'), run.report['checks']
    assert run.report['healthy'] is (said == 'yes')
    return said


@pytest.mark.parametrize('place, spec', SURROUNDINGS, ids=[f'{place} {spec}' for place, spec in SURROUNDINGS])
def test_faults(sandbox: Sandbox, credentials: str, tmp_path: pathlib.Path, place: Optional[str], spec: str) -> None:
    if place:
        sandbox.fault(place, spec)
    harmless = place is None or spec.startswith(('slow', 'header', 'direct'))
    assert agree(sandbox, credentials, tmp_path) == ('yes' if harmless else 'no')


@pytest.mark.parametrize('image, platform', IMAGES)
def test_images(sandbox: Sandbox, credentials: str, tmp_path: pathlib.Path, image: str, platform: Optional[str]) -> None:
    agree(sandbox, credentials, tmp_path, image, platform)


def test_docker_holds_a_manifest_against_its_digest(sandbox: Sandbox, credentials: str) -> None:
    need('dockerd')
    user, _, password = credentials.partition(':')
    with engines.dockerd(sandbox) as variables:
        login = sandbox.run(['docker', 'login', '-u', user, '--password-stdin', CONTOSO], env=variables, stdin=password)
        assert login.code == 0, login.stderr
        for spec in (None, 'corrupt'):
            if spec:
                sandbox.run(['docker', 'rmi', f'{CONTOSO}/hello:v1'], env=variables)
                sandbox.fault('manifest', spec)
            done = sandbox.run(['docker', 'pull', f'{CONTOSO}/hello:v1'], env=variables, timeout=60)
            said = check(sandbox, '-n', 'contoso', '--image', 'hello:v1').report['registries'][0]['canPull']
            assert said == ('yes' if done.code == 0 else 'no') == ('no' if spec else 'yes'), done.stderr
