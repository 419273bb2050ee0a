# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What users type for an image, and what it is rejected for."""

from __future__ import annotations

import platform
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.arguments.image_references import (
    own_platform,
    parse_image,
    parse_platform,
)
from azext_acrhealth.grammar import is_repository
from azext_acrhealth.options import Image

SHA256, SHA512 = 'sha256:' + '0a' * 32, 'sha512:' + '0a' * 64
HOST = 'myregistry.azurecr.io'


@pytest.mark.parametrize(
    'text', ['app', '1', 'team/app', 'a/b/c', 'a.b', 'a_b', 'a__b', 'a---b', 'a' * 255]
)
def test_repositories(text: str) -> None:
    assert is_repository(text)


@pytest.mark.parametrize(
    'text',
    [
        '',
        ' ',
        'App',
        '/app',
        'app/',
        'a//b',
        'a..b',
        'a___b',
        'a._b',
        '.a',
        'a-',
        'a b',
        'a:b',
        'a@b',
        'a\n',
        '\u0430pp',
        '\u0661',
        'a' * 256,
        '../etc',
        'a/../b',
        'a?b',
        'a&scope=x',
        'a%2fb',
        'a' * 100000 + '!',
    ],
)
def test_no_repositories(text: str) -> None:
    assert not is_repository(text)


@pytest.mark.parametrize(
    'text, expected',
    [
        ('app', Image('app')),
        ('app:v1', Image('app', 'v1')),
        ('team/app:v1.2_x-3', Image('team/app', 'v1.2_x-3')),
        (f'app@{SHA256}', Image('app', None, SHA256)),
        (f'app@{SHA512}', Image('app', None, SHA512)),
        (f'app:v1@{SHA256}', Image('app', 'v1', SHA256)),
        (f'{HOST}/app', Image('app', None, None, HOST)),
        (f'{HOST}/team/app:V1@{SHA256}', Image('team/app', 'V1', SHA256, HOST)),
        ('MyRegistry.AzureCR.io/app', Image('app', None, None, 'MyRegistry.AzureCR.io')),
        # As kubectl, podman, crictl and a browser's address bar show them
        (f'docker-pullable://{HOST}/app@{SHA256}', Image('app', None, SHA256, HOST)),
        (f'docker://{HOST}/app:v1', Image('app', 'v1', None, HOST)),
        (f'oci://{HOST}/chart:1', Image('chart', '1', None, HOST)),
        (f'https://{HOST}/app', Image('app', None, None, HOST)),
        (f'HTTPS://{HOST}/app', Image('app', None, None, HOST)),
        (f' {HOST}/app:v1\n', Image('app', 'v1', None, HOST)),
        # What is before the first slash is a host only when it looks like one, as with docker
        ('team/app', Image('team/app')),
        ('localhost/app', Image('app', None, None, 'localhost')),
        ('myregistry:5000/app', Image('app', None, None, 'myregistry:5000')),
        ('app:v1/x', Image('x', None, None, 'app:v1')),
        ('../x', Image('x', None, None, '..')),
        ('127.0.0.1:5000/app:v1', Image('app', 'v1', None, '127.0.0.1:5000')),
        ('a.b', Image('a.b')),
        ('app:' + 'a' * 128, Image('app', 'a' * 128)),
        ('app:_', Image('app', '_')),
        (f'sha256/app@{SHA256}', Image('sha256/app', None, SHA256)),
        ('sha256:latest', Image('sha256', 'latest')),
    ],
)
def test_images(text: str, expected: Image) -> None:
    assert parse_image(text) == expected


@pytest.mark.parametrize(
    'text, why',
    [
        ('', "doesn't name a repository"),
        (':v1', "doesn't name a repository"),
        ('@', "doesn't name a repository"),
        (f'@{SHA256}', "doesn't name a repository"),
        (f'{HOST}/', "doesn't name a repository"),
        (f'{HOST}/:v1', "doesn't name a repository"),
        ('docker://', "doesn't name a repository"),
        (SHA256, "doesn't name a repository"),
        (f'docker-pullable://{SHA256}', "doesn't name a repository"),
        ('App', "'App' isn't a repository name: repository names are lowercase"),
        (
            f'{HOST}/Team/App:v1',
            "'Team/App' isn't a repository name: repository names are lowercase",
        ),
        ('\u0130', "isn't a repository name."),
        ('\u212a', "isn't a repository name."),
        ('A b', "isn't a repository name."),
        ('/app', "'/app' isn't a repository name"),
        (f'{HOST}//app', "'/app' isn't a repository name"),
        ('a b', "isn't a repository name"),
        ('app\\', "isn't a repository name"),
        ('app$(id)', "isn't a repository name"),
        (f'{HOST}/../x', "isn't a repository name"),
        ('a' * 256, "isn't a repository name"),
        ('--privileged', "isn't a repository name"),
        ('team/docker://app', "'//app' isn't a tag"),
        ('docker://oci://app', "'/app' isn't a repository name"),
        ('ftp://x/app', "isn't a"),
        ('app:', "'' isn't a tag"),
        ('app:.v1', "'.v1' isn't a tag"),
        ('app:-v', "'-v' isn't a tag"),
        ('app:v1:v2', "'v1:v2' isn't a tag"),
        ('app:v 1', "'v 1' isn't a tag"),
        ('app:' + 'a' * 129, "isn't a tag"),
        ('app:\u0661', "isn't a tag"),
        ('app:v1\nx', "isn't a tag"),
        ('app@', "'' isn't a digest"),
        ('app@sha256:abc', "'sha256:abc' isn't a digest"),
        (f'app@{SHA256}0', "isn't a digest"),
        (f'app@{SHA256.upper()}', 'lowercase'),
        ('app@v1', "'v1' isn't a digest"),
        ('app@md5:' + 'a' * 32, "isn't a digest"),
        (f'app@{SHA256}@{SHA256}', "isn't a digest"),
        (f'app@{SHA256}\nx', "isn't a digest"),
        ('user:pw@host.test/app', "isn't a"),
    ],
)
def test_no_images(text: str, why: str) -> None:
    assert why in str(parse_image(text)) and isinstance(parse_image(text), str)


REFERENCES = r'(docker://)?[a-z.:/@\-]{0,30}(:[\w.-]{0,20})?(@sha256:[0-9a-f]{64})?'


@given(st.text() | st.from_regex(REFERENCES, fullmatch=True))
def test_an_image_is_one_that_can_be_asked_for_or_none(text: str) -> None:
    image = parse_image(text)
    if isinstance(image, str):
        assert image.endswith('.')
        return
    assert is_repository(image.repository) and re.fullmatch(r'[\w.:-]+', image.reference, re.ASCII)
    host = f'{image.host}/' if image.host else ''
    tag, digest = f':{image.tag}' if image.tag else '', f'@{image.digest}' if image.digest else ''
    whole = f'{host}{image.repository}{tag}{digest}'
    assert text.strip().endswith(whole) and parse_image(whole) == image, (
        'nothing is changed but a prefix'
    )


@pytest.mark.parametrize(
    'text, expected',
    [
        ('linux/amd64', 'linux/amd64'),
        ('linux/arm64', 'linux/arm64'),
        ('linux/arm/v7', 'linux/arm/v7'),
        ('linux/arm64/v8', 'linux/arm64/v8'),
        ('windows/amd64', 'windows/amd64'),
        ('Linux/AMD64', 'linux/amd64'),
        (' linux/386 ', 'linux/386'),
        ('linux/s390x', 'linux/s390x'),
        ('linux/amd64/v2', 'linux/amd64/v2'),
        # As uname calls the machine: docker takes that, too
        ('linux/x86_64', 'linux/amd64'),
        ('linux/aarch64', 'linux/arm64'),
        ('linux/armv7l', 'linux/arm/v7'),
        ('linux/i686', 'linux/386'),
        *(
            (text, None)
            for text in (
                '',
                ' ',
                'linux',
                'amd64',
                'linux/',
                '/amd64',
                'linux//amd64',
                'linux/amd64/',
                'linux/arm/7',
                'linux/arm/v7/x',
                'linux amd64',
                'linux/amd64,linux/arm64',
                'linux/amd\u0661',
                'linux/a',
                'l/amd64',
                'linux-amd64',
                'linux/amd64\nx',
                'linux/' + 'a' * 21,
                'linux/arm64/v123',
                'linux/amd64;id',
            )
        ),
    ],
)
def test_platforms(text: str, expected: str | None) -> None:
    assert parse_platform(text) == expected


@given(
    st.text() | st.from_regex(r'[a-zA-Z0-9]{1,8}/[a-zA-Z0-9_]{1,9}(/v[0-9.]{1,3})?', fullmatch=True)
)
def test_a_platform_is_read_to_its_end(text: str) -> None:
    read = parse_platform(text)
    assert read is None or (
        read.isascii()
        and read == read.lower()
        and parse_platform(read) == read
        and 2 <= len(read.split('/')) <= 3
    )


@pytest.mark.parametrize(
    'machine, expected',
    [
        ('x86_64', 'linux/amd64'),
        ('AMD64', 'linux/amd64'),
        ('aarch64', 'linux/arm64'),
        ('ARM64', 'linux/arm64'),
        ('armv7l', 'linux/arm/v7'),
        ('i686', 'linux/386'),
        ('ppc64le', 'linux/ppc64le'),
        ('mips64', 'linux/mips64'),
        ('', 'linux/amd64'),
    ],
)
def test_this_machine_s_platform(
    monkeypatch: pytest.MonkeyPatch, machine: str, expected: str
) -> None:
    monkeypatch.setattr(platform, 'machine', lambda: machine)
    assert own_platform() == expected and parse_platform(own_platform()) == expected
