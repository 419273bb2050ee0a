# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Manifests and indexes of every kind, and answers that are none."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import (
    IMAGES,
    INDEXES,
    Descriptor,
    Manifest,
    UnreadableManifest,
    digest_of,
    is_digest,
    parse_manifest,
)

A, B, C = ('sha256:' + letter * 64 for letter in 'abc')
LONG = 'sha512:' + 'd' * 128
AMD, ARM = (
    {'os': 'linux', 'architecture': 'amd64'},
    {'os': 'linux', 'architecture': 'arm64', 'variant': 'v8'},
)
CONFIG, LAYER = (
    {'digest': A, 'size': 2, 'mediaType': 'config'},
    {'digest': B, 'size': 7, 'mediaType': 'layer'},
)
IMAGE = {'schemaVersion': 2, 'mediaType': IMAGES[0], 'config': CONFIG, 'layers': [LAYER]}
PARTS = (Descriptor(A, 2, 'config'), Descriptor(B, 7, 'layer'))


def response(content: Any, kind: str = '') -> Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(200, (('Content-Type', kind),) if kind else (), body)


def index(*entries: Any, **more: Any) -> dict[str, Any]:
    return {'schemaVersion': 2, 'mediaType': INDEXES[0], 'manifests': list(entries), **more}


def entry(platform: Any, digest: str = A) -> dict[str, Any]:
    return {'digest': digest, 'size': 1, **({} if platform is None else {'platform': platform})}


@pytest.mark.parametrize(
    'content, kind, is_index, media_type, descriptors',
    [
        (IMAGE, '', False, IMAGES[0], PARTS),
        ({**IMAGE, 'mediaType': IMAGES[1]}, 'text/plain', False, IMAGES[1], PARTS),
        # The media type may stand in the header alone
        ({**IMAGE, 'mediaType': None}, f'{IMAGES[1]}; charset=utf-8', False, IMAGES[1], PARTS),
        ({**IMAGE, 'mediaType': 7}, IMAGES[0], False, IMAGES[0], PARTS),
        ({**IMAGE, 'mediaType': None}, '', False, '', PARTS),
        ({**IMAGE, 'layers': []}, '', False, IMAGES[0], PARTS[:1]),
        ({**IMAGE, 'layers': None}, '', False, IMAGES[0], PARTS[:1]),
        (
            {**IMAGE, 'layers': [{**LAYER, 'urls': ['https://mcr.test/']}]},
            '',
            False,
            IMAGES[0],
            (PARTS[0], Descriptor(B, 7, 'layer', foreign=True)),
        ),
        (
            {**IMAGE, 'layers': [{**LAYER, 'urls': [], 'platform': AMD}]},
            '',
            False,
            IMAGES[0],
            PARTS,
        ),
        (
            {**IMAGE, 'config': {'digest': LONG, 'size': 0}, 'layers': None},
            '',
            False,
            IMAGES[0],
            (Descriptor(LONG, 0),),
        ),
        (
            {**IMAGE, 'config': {'digest': A, 'size': 2**63 - 1}, 'layers': None},
            '',
            False,
            IMAGES[0],
            (Descriptor(A, 2**63 - 1),),
        ),
        (
            {**IMAGE, 'config': {**CONFIG, 'mediaType': ['x']}, 'layers': None},
            '',
            False,
            IMAGES[0],
            (Descriptor(A, 2),),
        ),
        (
            index(entry(AMD), entry(ARM, B)),
            '',
            True,
            INDEXES[0],
            (
                Descriptor(A, 1, '', Platform('linux', 'amd64')),
                Descriptor(B, 1, '', Platform('linux', 'arm64', 'v8')),
            ),
        ),
        (index(mediaType=INDEXES[1]), '', True, INDEXES[1], ()),
        ({'schemaVersion': 2, 'manifests': []}, '', True, '', ()),
        ({'schemaVersion': 2, 'manifests': {}}, INDEXES[1], True, INDEXES[1], ()),
        # An attestation is no image; an entry without a platform may be one
        (
            index(
                entry({'os': 'unknown', 'architecture': 'unknown'}),
                entry(None, B),
                entry({}, B),
                {**entry(None), 'artifactType': 'application/spdx+json'},
                {**entry(None), 'mediaType': 'application/vnd.cncf.helm.config.v1+json'},
                {**entry(None), 'mediaType': INDEXES[0]},
            ),
            '',
            True,
            INDEXES[0],
            (
                Descriptor(A, 1),
                Descriptor(B, 1, unstated=True),
                Descriptor(B, 1, unstated=True),
                Descriptor(A, 1),
                Descriptor(A, 1, 'application/vnd.cncf.helm.config.v1+json'),
                Descriptor(A, 1, INDEXES[0], unstated=True),
            ),
        ),
    ],
)
def test_manifests(
    content: Any, kind: str, is_index: bool, media_type: str, descriptors: tuple[Descriptor, ...]
) -> None:
    given_answer = response(content, kind)
    assert parse_manifest(given_answer) == Manifest(
        digest_of(given_answer.body), media_type, is_index, descriptors
    )


@pytest.mark.parametrize(
    'content, why',
    [
        (b'', 'not a JSON object'),
        (b'<html>', 'not a JSON object'),
        (b'[]', 'not a JSON object'),
        (b'"x"', 'not a JSON object'),
        (b'null', 'not a JSON object'),
        (b'\xff\xfe', 'not a JSON object'),
        (b'{', 'not a JSON object'),
        (b'[' * 90000, 'not a JSON object'),
        (b'{"mediaType":' * 90000, 'not a JSON object'),
        ({}, 'no schema version'),
        ({**IMAGE, 'schemaVersion': '2'}, 'no schema version'),
        ({**IMAGE, 'schemaVersion': 3}, 'no schema version'),
        ({**IMAGE, 'schemaVersion': None}, 'no schema version'),
        ({'schemaVersion': 1, 'fsLayers': []}, 'schema version 1, which current clients reject'),
        *(
            ({**IMAGE, 'config': config}, 'an entry without a valid digest or size')
            for config in (
                None,
                [],
                'x',
                {},
                {'digest': A},
                {'size': 1},
                {'digest': 'sha256:x', 'size': 1},
                {'digest': A.upper(), 'size': 1},
                {'digest': 7, 'size': 1},
                {'digest': f'{A}\n', 'size': 1},
                {'digest': f'{A}/../x', 'size': 1},
                {'digest': A, 'size': '1'},
                {'digest': A, 'size': -1},
                {'digest': A, 'size': 1.5},
                {'digest': A, 'size': True},
                {'digest': A, 'size': None},
                {'digest': A, 'size': 2**63},
                {'digest': A, 'size': 10**4000},
                {'digest': 'sha1:' + 'a' * 40, 'size': 1},
            )
        ),
        ({**IMAGE, 'layers': [LAYER, None]}, 'an entry without a valid digest or size'),
        (index({}), 'an entry without a valid digest or size'),
        # An image's kind counts before what it holds
        (
            {'schemaVersion': 2, 'mediaType': IMAGES[0], 'manifests': []},
            'an entry without a valid digest or size',
        ),
        (index(*[entry(AMD)] * 1001), 'more than 1000 entries'),
        ({**IMAGE, 'layers': [LAYER] * 1000}, 'more than 1000 entries'),
    ],
)
def test_what_is_no_manifest(content: Any, why: str) -> None:
    with pytest.raises(UnreadableManifest, match=why):
        parse_manifest(response(content))


def test_what_was_cut_at_the_bound() -> None:
    with pytest.raises(UnreadableManifest, match='exceeds the size limit of manifests'):
        parse_manifest(Response(200, body=json.dumps(IMAGE).encode(), complete=False))


def test_the_digest_is_of_the_bytes_that_came() -> None:
    spaced = json.dumps(IMAGE, indent=3).encode()
    assert parse_manifest(response(spaced)).digest == 'sha256:' + hashlib.sha256(spaced).hexdigest()
    assert (
        parse_manifest(response(spaced), LONG).digest
        == 'sha512:' + hashlib.sha512(spaced).hexdigest()
    )
    assert parse_manifest(response(spaced), '').digest.startswith('sha256:')


@pytest.mark.parametrize(
    'text, expected',
    [
        (A, True),
        (LONG, True),
        *(
            (text, False)
            for text in (
                '',
                A[:-1],
                A + 'a',
                f'{A}\n',
                f' {A}',
                A.upper(),
                'sha512:' + 'a' * 64,
                'md5:' + 'a' * 32,
                'sha256:' + 'g' * 64,
                'sha256:' + '\u0661' * 64,
                None,
                7,
                [A],
                {A: A},
            )
        ),
    ],
)
def test_digests(text: object, expected: bool) -> None:
    assert is_digest(text) is expected


def platform(text: str) -> Platform:
    return Platform(*text.split('/'))


@pytest.mark.parametrize(
    'there, wanted, chosen',
    [
        ('linux/amd64 linux/arm64', 'linux/arm64', 'linux/arm64'),
        ('linux/amd64', 'linux/arm64', None),
        ('windows/amd64', 'linux/amd64', None),
        ('', 'linux/amd64', None),
        ('linux/arm64/v8', 'linux/arm64', 'linux/arm64/v8'),
        ('linux/arm64', 'linux/arm64/v8', 'linux/arm64'),
        ('linux/aarch64', 'linux/arm64', 'linux/aarch64'),
        # The same platform comes first, wherever it stands
        ('linux/amd64/v3 linux/amd64', 'linux/amd64', 'linux/amd64'),
        ('linux/amd64 linux/amd64/v3', 'linux/amd64/v3', 'linux/amd64/v3'),
        ('linux/amd64 linux/amd64/v2', 'linux/amd64/v3', 'linux/amd64/v2'),
        ('linux/amd64/v3', 'linux/amd64/v2', None),
        ('linux/amd64/v3', 'linux/amd64', None),
        ('linux/386', 'linux/amd64', 'linux/386'),
        # An arm processor takes what is older than itself, the newest of that
        ('linux/arm/v5 linux/arm/v6', 'linux/arm/v7', 'linux/arm/v6'),
        ('linux/arm/v5 linux/arm/v7', 'linux/arm64', 'linux/arm/v7'),
        ('linux/arm/v7', 'linux/arm/v6', None),
        ('linux/arm/v6 linux/arm/v7', 'linux/arm', 'linux/arm/v7'),
        ('linux/arm/v7 linux/arm/v6', 'linux/arm/v6', 'linux/arm/v6'),
        # Of Windows, the latest version
        (
            'windows/amd64//10.0.17763.99 windows/amd64//10.0.20348.5 windows/amd64//10.0.9999.1',
            'windows/amd64',
            'windows/amd64//10.0.20348.5',
        ),
    ],
)
def test_the_entry_for_a_platform(there: str, wanted: str, chosen: str | None) -> None:
    entries = [
        Descriptor(A, number, platform=platform(text)) for number, text in enumerate(there.split())
    ]
    found = Manifest(A, '', True, (Descriptor(B, 9), *entries))
    descriptor = found.entry_for(platform(wanted))
    assert (descriptor.platform if descriptor else None) == (chosen and platform(chosen))
    assert found.platforms() == tuple(map(platform, there.split()))


def test_an_entry_without_a_platform_counts_where_no_other_fits() -> None:
    arm = Descriptor(A, 1, platform=platform('linux/arm64'))
    unstated, attestation = Descriptor(B, 2, unstated=True), Descriptor(C, 3)
    found = Manifest(A, '', True, (attestation, unstated, arm))
    assert found.entry_for(platform('linux/arm64')) == arm
    assert found.entry_for(platform('linux/amd64')) == unstated


@pytest.mark.parametrize(
    'media_type, is_image',
    [
        ('application/vnd.oci.image.config.v1+json', True),
        ('application/vnd.docker.container.image.v1+json', True),
        ('application/octet-stream', True),
        ('', True),
        ('application/vnd.cncf.helm.config.v1+json', False),
        ('application/vnd.docker.plugin.v1+json', False),
        ('application/vnd.oci.empty.v1+json', False),
    ],
)
def test_the_config_tells_an_image_from_another_artifact(media_type: str, is_image: bool) -> None:
    config = Descriptor(A, 2, media_type)
    assert Manifest(A, IMAGES[0], False, (config,)).is_image is is_image
    assert not Manifest(A, INDEXES[0], True, ()).is_image


KEYS = st.sampled_from(
    [
        'schemaVersion',
        'mediaType',
        'manifests',
        'config',
        'layers',
        'digest',
        'size',
        'platform',
        'os',
        'architecture',
        'variant',
        'urls',
    ]
) | st.text(max_size=3)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([2, A, LONG, 'linux', 'amd64', *INDEXES, *IMAGES])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
DESCRIPTORS = st.fixed_dictionaries(
    {'digest': st.just(A) | JSON, 'size': st.integers(0, 9) | JSON},
    optional={'platform': JSON, 'mediaType': JSON, 'urls': JSON},
)
MANIFESTS = st.fixed_dictionaries(
    {'schemaVersion': st.just(2)},
    optional={
        'mediaType': JSON,
        'manifests': st.lists(DESCRIPTORS) | JSON,
        'config': DESCRIPTORS | JSON,
        'layers': st.lists(DESCRIPTORS) | JSON,
    },
)


@given(
    st.binary() | st.builds(lambda content: json.dumps(content).encode(), MANIFESTS | JSON),
    st.text(),
)
def test_whatever_comes_is_a_manifest_or_none(body: bytes, kind: str) -> None:
    try:
        found = parse_manifest(Response(200, (('Content-Type', kind),), body))
    except UnreadableManifest as error:
        assert 0 < len(str(error)) < 80
        return
    assert found.digest == 'sha256:' + hashlib.sha256(body).hexdigest()
    assert all(
        is_digest(descriptor.digest) and 0 <= descriptor.size < 2**63
        for descriptor in found.descriptors
    )
    assert all(str(one).isascii() and str(one).isprintable() for one in found.platforms())
    assert len(found.media_type) <= 100


@pytest.mark.parametrize('depth', [100, 300, 900, 2000, 100000])
@pytest.mark.parametrize('name', ['mediaType', 'manifests', 'config', 'platform', 'schemaVersion'])
def test_what_nests_too_deep_to_be_shown(name: str, depth: int) -> None:
    deep = '[' * depth + ']' * depth
    body = (
        f'{{"schemaVersion":2,"config":{{"digest":"{A}","size":1,"{name}":{deep}}},'
        f'"{name}":{deep}}}'
    ).encode()
    try:
        assert parse_manifest(Response(200, body=body)).descriptors
    except UnreadableManifest:
        assert depth > 900 or name in ('schemaVersion', 'config', 'manifests')
