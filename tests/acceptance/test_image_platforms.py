# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--platform: what an index offers, and what an image for a single platform was built for."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.acceptance.pulls import PULL, verdicts
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

AMD, ARM = ('--platform', 'linux/amd64'), ('--platform', 'linux/arm64')


def check_image(sandbox: Sandbox, *arguments: str, **properties: Any) -> Run:
    """Check an image with these properties (images.build_image)."""
    sandbox.put_image('contoso', 'app', 'v1', **properties)
    return check(sandbox, '-n', 'contoso', '--image', 'app:v1', *arguments)


@pytest.mark.parametrize(
    'platform, available',
    [
        ('linux/amd64', True),
        ('linux/arm64', True),
        ('linux/aarch64', True),
        ('linux/s390x', False),
        ('windows/amd64', False),
    ],
)
def test_platforms_of_an_index(sandbox: Sandbox, platform: str, available: bool) -> None:
    run = check(sandbox, '-n', 'contoso', '--image', 'samples/multi:v1', '--platform', platform)
    if available:
        found = run.has('manifest', 'Passed')['facts']['platform']
        assert found == platform.replace('aarch', 'arm') and run.has('blob', 'Passed')
    else:
        row = run.has('manifest', 'Failed', PULL, 'NoMatchingPlatform')
        assert (
            row['detail'] == f'samples/multi:v1 has no manifest for {platform};'
            ' available: linux/amd64, linux/arm64'
        )


# The smallest blob is the config, the layer, or the config of more than 16 KiB.
@pytest.mark.parametrize(
    'properties',
    [
        {'text': secrets.token_hex(4000)},
        {},
        {'docker': True, 'layers': 3},
        {'configSize': 50_000},
        {'configSize': 600_000},
    ],
    ids=['large layer', 'small layer', 'schema 2', 'config of 50 KB', 'config of 600 KB'],
)
def test_an_image_for_another_platform(sandbox: Sandbox, properties: dict[str, Any]) -> None:
    run = check_image(sandbox, *ARM, platform='linux/amd64', **properties)
    row = run.has('blob', 'Warning', PULL, 'PlatformMismatch')
    assert row['detail'].startswith('built for linux/amd64, not for linux/arm64')
    assert '--platform linux/amd64,linux/arm64' in row['solutions'][0]
    assert verdicts(run) == ('yes', 'unknown', 'unknown')
    # One request for the config, none for a layer
    assert len(sandbox.requests('blob')) == len(sandbox.requests('data')) == 1
    run = check_image(sandbox, *AMD, platform='linux/amd64', **properties)
    assert run.has('blob', 'Passed')['facts']['platform'] == 'linux/amd64'
    assert verdicts(run) == ('yes', 'yes', 'unknown')


def test_a_config_that_is_too_large_to_be_read(sandbox: Sandbox) -> None:
    for platform in (AMD, ARM):
        run = check_image(sandbox, *platform, platform='linux/amd64', configSize=1_200_000)
        row = run.has('blob', 'Warning', PULL, 'PlatformUnverified')
        assert row['detail'].startswith('platform not verified: the config has 1')
        assert verdicts(run) == ('yes', 'unknown', 'unknown')
    assert check(sandbox, '-n', 'contoso', '--image', 'app:v1', '--strict', *AMD).finished.code == 1


def test_a_config_that_names_no_platform(sandbox: Sandbox) -> None:
    run = check_image(sandbox, platformFree=True)
    row = run.has('blob', 'Warning', PULL, 'PlatformUnverified')
    assert 'platform not verified: the config names none' in row['detail']
    assert verdicts(run) == ('yes', 'unknown', 'unknown')


def test_an_artifact_is_for_no_platform(sandbox: Sandbox) -> None:
    run = check_image(sandbox, *ARM, artifact=True)
    assert "which isn't for a platform" in run.has('blob', 'Passed')['detail']
    assert verdicts(run) == ('yes', 'yes', 'unknown')


@pytest.mark.parametrize(
    'wanted, there, fits',
    [
        ('linux/amd64', 'linux/386', True),
        ('linux/arm64', 'linux/arm/v7', True),
        ('linux/arm/v7', 'linux/arm/v6', True),
        ('linux/arm64/v8', 'linux/arm64', True),
        ('linux/arm/v6', 'linux/arm/v7', False),
        ('linux/386', 'linux/amd64', False),
        ('linux/amd64', 'linux/amd64/v3', False),
    ],
)
def test_variants_are_compared_as_clients_do(
    sandbox: Sandbox, wanted: str, there: str, fits: bool
) -> None:
    run = check_image(sandbox, '--platform', wanted, platform=there)
    assert run.row('blob')['reason'] == (None if fits else 'PlatformMismatch')
    run = check_image(sandbox, '--platform', wanted, platforms=[there])
    assert run.row('manifest')['reason'] == (None if fits else 'NoMatchingPlatform')


def test_an_index_in_an_index(sandbox: Sandbox) -> None:
    properties: dict[str, Any] = {'platforms': ['linux/amd64', 'linux/arm64'], 'nested': True}
    run = check_image(sandbox, *ARM, attestations=True, **properties)
    run.has('manifest', 'Warning', PULL, 'NestedIndex')
    assert run.row('blob')['status'] == 'Skipped' and verdicts(run) == ('yes', 'unknown', 'unknown')


def test_an_index_that_states_no_platforms(sandbox: Sandbox) -> None:
    for platform, status in ((AMD, 'Passed'), (ARM, 'Warning')):
        run = check_image(sandbox, *platform, platforms=['linux/amd64'], unstated=True)
        assert run.has('manifest', 'Passed') and run.row('blob')['status'] == status


def test_the_latest_of_several_versions_of_windows(sandbox: Sandbox) -> None:
    run = check_image(
        sandbox,
        '--platform',
        'windows/amd64',
        platforms=['windows/amd64', 'windows/amd64', 'linux/amd64'],
        osVersions=['10.0.17763.6054', '10.0.26100.1742'],
        attestations=True,
    )
    assert 'for windows/amd64 10.0.26100.1742' in run.has('manifest', 'Passed')['detail']
    run = check(sandbox, '-n', 'contoso', '--image', 'app:v1', *ARM)
    assert (
        'available: windows/amd64 10.0.17763.6054, windows/amd64 10.0.26100.1742, linux/amd64'
        in run.has('manifest', 'Failed', PULL, 'NoMatchingPlatform')['detail']
    )


def test_a_manifest_of_schema_1(sandbox: Sandbox) -> None:
    run = check_image(sandbox, schema1=True)
    row = run.has('manifest', 'Failed', PULL, 'UnreadableManifest')
    assert 'schema version 1' in row['detail'] and verdicts(run) == ('yes', 'no', 'unknown')
