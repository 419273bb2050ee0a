# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--image: what was deleted, wholly or in part, and how it can be had again."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
from typing import Any

import pytest

from tests.acceptance.pulls import PULL, verdicts
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

NO_PULL = ('yes', 'no', 'unknown')


def check_image(sandbox: Sandbox, image: str, *arguments: str) -> Run:
    return check(sandbox, '-n', 'contoso', '--image', image, *arguments)


def digest_of(sandbox: Sandbox, platform: str = '') -> str:
    """Return the digest of hello:v1, or of samples/multi:v1's manifest for a platform."""
    image = ('samples/multi:v1', '--platform', platform) if platform else ('hello:v1',)
    facts = check_image(sandbox, *image).has('manifest', 'Passed')['facts']
    return str(facts['platformDigest'] if platform else facts['digest'])


def set_policies(sandbox: Sandbox, **policies: Any) -> None:
    sandbox.patch_registry('contoso', {'properties': {'policies': policies}})


def keep_deleted(sandbox: Sandbox) -> None:
    set_policies(sandbox, softDeletePolicy={'status': 'enabled', 'retentionDays': 9})


def restore(sandbox: Sandbox, solutions: list[str]) -> None:
    """Run the command that restores, as it was suggested."""
    command = re.findall('`az (acr manifest restore [^`]+)`', ' '.join(solutions))
    finished = sandbox.az(*shlex.split(command[0]), '-o', 'json')
    assert finished.code == 0, finished.stderr
    assert json.loads(finished.stdout)['digest']


def test_a_child_of_an_index_that_was_deleted(sandbox: Sandbox) -> None:
    child = digest_of(sandbox, 'linux/arm64')
    sandbox.delete_image('contoso', 'samples/multi', child)
    run = check_image(sandbox, 'samples/multi:v1', '--platform', 'linux/arm64')
    row = run.has('manifest', 'Failed', PULL, 'ChildManifestMissing')
    index = row['facts']['indexDigest']
    assert row['detail'] == (
        f'index {index[:19]}… of samples/multi:v1 lists {child[:19]}… for linux/arm64, but the '
        "registry doesn't have that manifest"
    )
    assert '--untagged-only' in ' '.join(row['solutions']) and verdicts(run) == NO_PULL
    # The other platform of the same tag can still be pulled
    run = check_image(sandbox, 'samples/multi:v1', '--platform', 'linux/amd64')
    assert verdicts(run) == ('yes', 'yes', 'unknown')
    run = check_image(sandbox, f'samples/multi@{index}', '--platform', 'linux/arm64')
    run.has('manifest', 'Failed', PULL, 'ChildManifestMissing')


def test_an_inner_index_that_was_deleted(sandbox: Sandbox) -> None:
    sandbox.put_image('contoso', 'app', 'v1', platforms=['linux/amd64'], nested=True)
    run = check_image(sandbox, 'app:v1', '--platform', 'linux/amd64')
    nested = run.has('manifest', 'Warning', PULL, 'NestedIndex')['facts']['nestedDigest']
    sandbox.delete_image('contoso', 'app', nested)
    run = check_image(sandbox, 'app:v1', '--platform', 'linux/amd64')
    facts = run.has('manifest', 'Failed', PULL, 'ChildManifestMissing')['facts']
    assert facts['platformDigest'] == nested and facts['indexDigest'] == facts['digest']


def test_a_tag_whose_manifest_is_gone(sandbox: Sandbox) -> None:
    digest = digest_of(sandbox)
    sandbox.delete_image('contoso', 'hello', digest, keep_tags=True)
    run = check_image(sandbox, 'hello:v1')
    row = run.has('manifest', 'Failed', PULL, 'DanglingTag')
    assert row['detail'] == (
        f"hello:v1 names manifest {digest[:19]}…, which the registry doesn't have"
    )
    assert row['facts']['missingDigest'] == digest and verdicts(run) == NO_PULL
    assert 'replica' not in ' '.join((row['cause'], *row['solutions']))


def test_a_tag_that_is_listed_and_not_served(sandbox: Sandbox) -> None:
    hidden = 'body:404:application/json:' + json.dumps(
        {
            'errors': [
                {'code': 'MANIFEST_UNKNOWN', 'message': 'manifest tagged by "v1" is not found'}
            ]
        }
    )
    sandbox.set_fault('manifest', hidden)
    check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'DanglingTag')
    sandbox.put_replication('contoso', 'westeurope')
    row = check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'ManifestNotServed')
    assert row['detail'].endswith('the registry has replicas: westeurope')
    sandbox.set_fault('arm-replications', 'status:403')
    row = check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'ManifestNotServed')
    assert row['detail'].endswith("its replicas couldn't be read")
    sandbox.set_fault('arm-list', 'status:403')
    sandbox.set_fault('arm-get', 'status:403')
    row = check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'ManifestNotServed')
    assert row['detail'].endswith("its replicas and quarantine policy couldn't be read")


@pytest.mark.parametrize('whole', [False, True], ids=['tag', 'manifest'])
def test_a_tag_that_soft_delete_keeps(sandbox: Sandbox, whole: bool) -> None:
    keep_deleted(sandbox)
    digest = digest_of(sandbox)
    sandbox.delete_image('contoso', 'hello', digest if whole else 'v1')
    run = check_image(sandbox, 'hello:v1')
    row = run.has('manifest', 'Failed', PULL, 'SoftDeleted')
    assert row['detail'].startswith('hello:v1 was deleted at 20') and verdicts(run) == NO_PULL
    assert 'can be restored until 20' in row['detail']
    assert row['facts']['deletedDigest'] == digest
    restore(sandbox, row['solutions'])
    assert verdicts(check_image(sandbox, 'hello:v1')) == ('yes', 'yes', 'unknown')


def test_a_digest_and_a_child_that_soft_delete_keeps(sandbox: Sandbox) -> None:
    keep_deleted(sandbox)
    digest, child = digest_of(sandbox), digest_of(sandbox, 'linux/arm64')
    sandbox.delete_image('contoso', 'hello', digest)
    sandbox.delete_image('contoso', 'samples/multi', child)
    for image, start in (
        (f'hello@{digest}', f'hello@{digest} was deleted at'),
        ('samples/multi:v1', f'the manifest of samples/multi:v1 for linux/arm64 ({child[:19]}…)'),
    ):
        arguments = (image, '--platform', 'linux/arm64' if 'multi' in image else 'linux/amd64')
        row = check_image(sandbox, *arguments).has('manifest', 'Failed', PULL, 'SoftDeleted')
        assert row['detail'].startswith(start)
        restore(sandbox, row['solutions'])
        assert verdicts(check_image(sandbox, *arguments)) == ('yes', 'yes', 'unknown')


def test_soft_delete_that_this_account_cannot_read(sandbox: Sandbox) -> None:
    keep_deleted(sandbox)
    sandbox.delete_image('contoso', 'hello', 'v1')
    sandbox.set_grants('contoso', permissions=['read', 'metadata/read'])
    row = check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'NoSuchTag')
    assert row['detail'].endswith(
        "soft delete is enabled, but this account can't list what was deleted"
    )
    # A list that takes a permission of its own is no reason to guess
    sandbox.set_grants('contoso', permissions=['read'])
    row = check_image(sandbox, 'hello:v1').has('manifest', 'Failed', PULL, 'ImageNotFound')
    assert 'hello:v1 not found: manifest tagged by "v1" is not found' in row['detail']


def test_a_deletion_that_a_password_finds_and_an_anonymous_pull_does_not(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    keep_deleted(sandbox)
    sandbox.delete_image('contoso', 'hello', 'v1')
    name, password = sandbox.set_admin_user('contoso')
    run = check_image(sandbox, 'hello:v1', '--username', name, '--password', password)
    run.has('manifest', 'Failed', PULL, 'SoftDeleted')
    sandbox.set_anonymous_pull('contoso')
    config = sandbox.config_dir(tmp_path / 'config', login=False)
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', config=config)
    row = run.has('manifest', 'Failed', PULL, 'NoSuchTag')
    assert row['detail'] == 'hello has no tag v1; it has no tags'
