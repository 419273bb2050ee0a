# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Platforms: how they are written, and what a platform runs besides itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.registry.image_platform import (
    Platform,
    compatible_platforms,
    parse_platform,
    platform_of_config,
)

AMD, ARM = (
    {'os': 'linux', 'architecture': 'amd64'},
    {'os': 'linux', 'architecture': 'arm64', 'variant': 'v8'},
)


@pytest.mark.parametrize(
    'content, expected',
    [
        (AMD, 'linux/amd64'),
        (ARM, 'linux/arm64/v8'),
        ({**AMD, 'os.version': '10.0', 'variant': None}, 'linux/amd64'),
        ({'architecture': 'amd64', 'os': 'windows', 'rootfs': {}}, 'windows/amd64'),
        *(
            (content, None)
            for content in (
                None,
                [],
                'linux/amd64',
                {},
                {'os': 'linux'},
                {'architecture': 'amd64'},
                {**AMD, 'os': ''},
                {**AMD, 'os': 7},
                {**AMD, 'os': ['linux']},
                {**AMD, 'variant': ['v8']},
                {**AMD, 'variant': 'v 8'},
                {**AMD, 'os': 'unknown'},
                {**AMD, 'os.version': '10.0; id'},
                {**AMD, 'architecture': '$(id)'},
                {**AMD, 'os': 'a' * 41},
                {**AMD, 'os': 'l\u0131nux'},
                {**AMD, 'os': 'linux\n'},
            )
        ),
    ],
)
def test_platforms(content: Any, expected: str | None) -> None:
    read = parse_platform(content)
    assert (str(read) if read else None) == expected


def platform(text: str) -> Platform:
    return Platform(*text.split('/'))


def test_a_windows_version_is_described_and_ordered() -> None:
    content = {'os': 'windows', 'architecture': 'amd64', 'os.version': '10.0.20348.2031'}
    parsed = parse_platform(content)
    assert parsed and parsed.description == 'windows/amd64 10.0.20348.2031'
    assert parsed.windows_build == (10, 0, 20348, 2031)
    assert parsed.windows_build > Platform('windows', 'amd64', '', '10.0.9999.1').windows_build
    assert platform('linux/amd64').windows_build == ()


@pytest.mark.parametrize(
    'written, meant',
    [
        ('linux/amd64', 'linux/amd64/v1'),
        ('linux/x86_64', 'linux/amd64/v1'),
        ('Linux/AMD64/V1', 'linux/amd64/v1'),
        ('linux/amd64/v3', 'linux/amd64/v3'),
        ('linux/i386', 'linux/386'),
        ('linux/arm64', 'linux/arm64/v8'),
        ('linux/aarch64/8', 'linux/arm64/v8'),
        ('linux/arm64/v8.0', 'linux/arm64/v8'),
        ('linux/arm64/v9.2', 'linux/arm64/v9.2'),
        ('linux/arm', 'linux/arm/v7'),
        ('linux/arm/6', 'linux/arm/v6'),
        ('linux/armhf', 'linux/arm/v7'),
        ('linux/armel', 'linux/arm/v6'),
        ('macos/arm64', 'darwin/arm64/v8'),
        ('linux/s390x', 'linux/s390x'),
        ('linux/riscv64/rva23', 'linux/riscv64/rva23'),
    ],
)
def test_a_platform_under_its_usual_name(written: str, meant: str) -> None:
    assert str(platform(written).normalized()) == meant


@pytest.mark.parametrize(
    'wanted, lesser',
    [
        ('linux/amd64', ['386']),
        ('linux/amd64/v3', ['amd64/v2', 'amd64/v1', '386']),
        ('linux/arm/v7', ['arm/v6', 'arm/v5']),
        ('linux/arm/v5', []),
        ('linux/arm64', ['arm/v8', 'arm/v7', 'arm/v6', 'arm/v5']),
        ('linux/arm64/v8.1', ['arm64/v8', 'arm/v8', 'arm/v7', 'arm/v6', 'arm/v5']),
        (
            'linux/arm64/v9.1',
            ['arm64/v9', *(f'arm64/v8.{minor}' for minor in (6, 5, 4, 3, 2, 1)), 'arm64/v8']
            + ['arm/v8', 'arm/v7', 'arm/v6', 'arm/v5'],
        ),
        ('linux/s390x', []),
    ],
)
def test_what_a_platform_also_runs(wanted: str, lesser: list[str]) -> None:
    first, *rest = map(str, compatible_platforms(platform(wanted)))
    assert first == str(platform(wanted).normalized())
    assert rest == [f'linux/{text}' for text in lesser]


@pytest.mark.parametrize(
    'config, wanted, fits',
    [
        ('linux/amd64', 'linux/amd64', True),
        ('linux/amd64', 'linux/arm64', False),
        ('linux/arm64', 'linux/amd64', False),
        ('windows/amd64', 'linux/amd64', False),
        ('linux/386', 'linux/amd64', True),
        ('linux/amd64', 'linux/386', False),
        ('linux/arm64/v8', 'linux/arm64', True),
        ('linux/arm/v7', 'linux/arm64', True),
        ('linux/arm64', 'linux/arm/v7', False),
        # A config that names no variant is compared without it
        ('linux/arm', 'linux/arm/v6', True),
        ('linux/arm/v7', 'linux/arm/v6', False),
        ('linux/armhf', 'linux/arm/v6', False),
        ('linux/amd64/v3', 'linux/amd64', False),
    ],
)
def test_what_a_config_names_fits(config: str, wanted: str, fits: bool) -> None:
    assert platform(config).fits(platform(wanted)) is fits


@given(st.lists(st.text(max_size=8), min_size=4, max_size=4))
def test_any_words_are_compared(words: list[str]) -> None:
    odd = Platform(*words)
    assert odd.fits(odd) and odd.normalized() == odd.normalized().normalized()


@pytest.mark.parametrize(
    'config, platform',
    [
        (b'{"os": "linux", "architecture": "arm64"}', Platform('linux', 'arm64')),
        (
            b'{"OS": "linux", "Architecture": "arm", "variant": "v7"}',
            Platform('linux', 'arm', 'v7'),
        ),
        (b'\xef\xbb\xbf{"os": "linux", "architecture": "arm64"}', None),
        (b'{"os": "linux"}', None),
        (b'<html>', None),
        (b'', None),
    ],
)
def test_the_platform_in_a_config(config: bytes, platform: Platform | None) -> None:
    assert platform_of_config(config) == platform
