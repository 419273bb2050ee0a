# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Manifests and indexes of every kind, and answers that are none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
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
    """Return a response with the Content-Type that the content names, where none is given."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    own = content.get('mediaType') if isinstance(content, dict) else None
    kind = kind or (own if isinstance(own, str) else IMAGES[0])
    return Response(200, (('Content-Type', kind),) if kind != 'none' else (), body)


def index(*entries: Any, **more: Any) -> dict[str, Any]:
    return {'schemaVersion': 2, 'mediaType': INDEXES[0], 'manifests': list(entries), **more}


def entry(platform: Any, digest: str = A) -> dict[str, Any]:
    return {'digest': digest, 'size': 1, **({} if platform is None else {'platform': platform})}


@pytest.mark.parametrize(
    'content, kind, is_index, media_type, descriptors',
    [
        (IMAGE, '', False, IMAGES[0], PARTS),
        ({**IMAGE, 'mediaType': IMAGES[1]}, '', False, IMAGES[1], PARTS),
        # The media type may stand in the header alone
        ({**IMAGE, 'mediaType': None}, f'{IMAGES[1]}; charset=utf-8', False, IMAGES[1], PARTS),
        ({**IMAGE, 'mediaType': ''}, IMAGES[1].upper(), False, IMAGES[1], PARTS),
        (IMAGE, f'{IMAGES[0]};a=b ; c="d;e";', False, IMAGES[0], PARTS),
        ({**IMAGE, 'schemaVersion': None}, '', False, IMAGES[0], PARTS),
        ({**IMAGE, 'schemaVersion': 3}, '', False, IMAGES[0], PARTS),
        ({**IMAGE, 'unknown': {'layers': 7, 'size': 2.5}}, '', False, IMAGES[0], PARTS),
        # The case of keys is ignored, and the last value of a key counts that isn't null
        (
            json.dumps(IMAGE).replace('layers', 'LayerS').encode(),
            IMAGES[0],
            False,
            IMAGES[0],
            PARTS,
        ),
        (
            b'{"config": {}, "layer\xc5\xbf": null,'
            + json.dumps(IMAGE)[1:-1].encode()
            + b', "layers": null}',
            IMAGES[0],
            False,
            IMAGES[0],
            PARTS,
        ),
        (json.dumps(IMAGE).encode()[:-1] + b', "x": "\xff"}', IMAGES[0], False, IMAGES[0], PARTS),
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
        ({'schemaVersion': 2, 'manifests': None}, INDEXES[1], True, INDEXES[1], ()),
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
        (b'', 'not valid JSON'),
        (b'<html>', 'not valid JSON'),
        (b'[]', 'not a JSON object'),
        (b'"x"', 'not a JSON object'),
        (b'null', 'not a JSON object'),
        (b'\xff\xfe', 'not valid JSON'),
        (b'\xef\xbb\xbf' + json.dumps(IMAGE).encode(), 'not valid JSON'),
        (json.dumps(IMAGE).encode('utf-16'), 'not valid JSON'),
        (json.dumps(IMAGE).encode() + b' {}', 'not valid JSON'),
        *(
            (json.dumps({**IMAGE, 'x': number}).encode(), 'not valid JSON')
            for number in (float('nan'), float('inf'))
        ),
        (b'{', 'not valid JSON'),
        (b'[' * 90000, 'not valid JSON'),
        (b'{"mediaType":' * 90000, 'not valid JSON'),
        ({}, 'an entry without a valid digest or size'),
        ({**IMAGE, 'schemaVersion': '2'}, "schemaVersion isn't an integer"),
        ({**IMAGE, 'schemaVersion': 2.0}, "schemaVersion isn't an integer"),
        ({**IMAGE, 'schemaVersion': True}, "schemaVersion isn't an integer"),
        ({**IMAGE, 'mediaType': 7}, "mediaType isn't a string"),
        ({**IMAGE, 'layers': {}}, "layers isn't an array"),
        ({**IMAGE, 'layers': 'x'}, "layers isn't an array"),
        ({**IMAGE, 'layers': [{**LAYER, 'urls': 'x'}]}, "layers.urls isn't an array"),
        ({**IMAGE, 'layers': [{**LAYER, 'urls': [7]}]}, "layers.urls isn't a string"),
        ({**IMAGE, 'layers': [LAYER, 'x']}, "layers isn't an object"),
        (
            {**IMAGE, 'layers': [{**LAYER, 'annotations': {'a': 7}}]},
            "layers.annotations isn't a str",
        ),
        ({**IMAGE, 'annotations': []}, "annotations isn't an object"),
        ({**IMAGE, 'subject': 'x'}, "subject isn't an object"),
        ({**IMAGE, 'config': {**CONFIG, 'mediaType': ['x']}}, "config.mediaType isn't a string"),
        ({**IMAGE, 'config': {**CONFIG, 'data': '%'}}, "config.data isn't base64"),
        (index(entry('x')), "manifests.platform isn't an object"),
        (
            index(entry({**AMD, 'os.features': 'x'})),
            "manifests.platform.os.features isn't an array",
        ),
        (index(entry({**AMD, 'variant': 8})), "manifests.platform.variant isn't a string"),
        # Fields of another kind of manifest
        ({**IMAGE, 'manifests': []}, "the field manifests isn't allowed in"),
        ({**IMAGE, 'fsLayers': []}, "the field fslayers isn't allowed in"),
        ({**IMAGE, 'HISTORY': []}, "the field history isn't allowed in"),
        ({**index(), 'config': CONFIG}, "the field config isn't allowed in"),
        ({**index(), 'layers': []}, "the field layers isn't allowed in"),
        *(
            ({**IMAGE, 'config': config}, 'an entry without a valid digest or size')
            for config in (
                None,
                {},
                {'digest': A},
                {'size': 1},
                {'digest': 'sha256:x', 'size': 1},
                {'digest': A.upper(), 'size': 1},
                {'digest': f'{A}\n', 'size': 1},
                {'digest': f'{A}/../x', 'size': 1},
                {'digest': A, 'size': -1},
                {'digest': A, 'size': None},
                {'digest': 'sha1:' + 'a' * 40, 'size': 1},
            )
        ),
        ({**IMAGE, 'config': []}, "config isn't an object"),
        ({**IMAGE, 'config': 'x'}, "config isn't an object"),
        ({**IMAGE, 'config': {'digest': 7, 'size': 1}}, "config.digest isn't a string"),
        *(
            ({**IMAGE, 'config': {'digest': A, 'size': size}}, "config.size isn't an integer")
            for size in ('1', 1.0, 1.5, True, 2**63, 10**4000)
        ),
        ({**IMAGE, 'layers': [LAYER, None]}, 'an entry without a valid digest or size'),
        (index({}), 'an entry without a valid digest or size'),
        (index(*[entry(AMD)] * 1001), 'more than 1000 entries'),
        ({**IMAGE, 'layers': [LAYER] * 1000}, 'more than 1000 entries'),
    ],
)
def test_what_is_no_manifest(content: Any, why: str) -> None:
    with pytest.raises(UnreadableManifest, match=why):
        parse_manifest(response(content))


@pytest.mark.parametrize(
    'content, kind, why',
    [
        *(
            (IMAGE, kind, f'Content-Type {kind}, not that of a manifest')
            for kind in ('application/json', 'text/plain', 'text/html', 'application/octet-stream')
        ),
        (IMAGE, 'none', 'no Content-Type'),
        *(
            (IMAGE, kind, f'Content-Type {kind}, not that of a manifest')
            for kind in (
                '; charset=utf-8',
                f'{IMAGES[0]}; charset',
                f'{IMAGES[0]};;',
                f'{IMAGES[0]} x',
                f'{IMAGES[0]}, {IMAGES[0]}',
                f'{IMAGES[0]}; a="b',
            )
        ),
        *(
            (
                {'schemaVersion': 1, 'fsLayers': []},
                f'application/vnd.docker.distribution.manifest.v1+{kind}',
                'schema version 1, which current clients reject',
            )
            for kind in ('json', 'prettyjws')
        ),
        (IMAGE, IMAGES[1], f'mediaType {IMAGES[0]} contradicts Content-Type {IMAGES[1]}'),
        (IMAGE, INDEXES[0], f'mediaType {IMAGES[0]} contradicts Content-Type {INDEXES[0]}'),
        ({**IMAGE, 'mediaType': None}, INDEXES[0], "the field config isn't allowed in"),
        ({**index(), 'mediaType': None}, IMAGES[0], "the field manifests isn't allowed in"),
    ],
)
def test_the_content_type_decides(content: Any, kind: str, why: str) -> None:
    with pytest.raises(UnreadableManifest) as caught:
        parse_manifest(response(content, kind))
    assert why in str(caught.value)


def test_what_was_cut_at_the_bound() -> None:
    with pytest.raises(UnreadableManifest, match='exceeds the size limit of manifests'):
        parse_manifest(replace(response(IMAGE), complete=False))


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
    st.sampled_from([*IMAGES, *INDEXES]) | st.text(),
)
def test_whatever_comes_is_a_manifest_or_none(body: bytes, kind: str) -> None:
    try:
        found = parse_manifest(Response(200, (('Content-Type', kind),), body))
    except UnreadableManifest as error:
        assert 0 < len(str(error)) < 300
        return
    assert found.digest == 'sha256:' + hashlib.sha256(body).hexdigest()
    assert all(
        is_digest(descriptor.digest) and 0 <= descriptor.size < 2**63
        for descriptor in found.descriptors
    )
    assert all(str(one).isascii() and str(one).isprintable() for one in found.platforms())


@pytest.mark.parametrize('depth', [100, 300, 900, 2000, 100000])
@pytest.mark.parametrize('name', ['mediaType', 'manifests', 'config', 'platform', 'unknown'])
def test_what_nests_too_deep_to_be_shown(name: str, depth: int) -> None:
    deep = '[' * depth + ']' * depth
    body = f'{{"schemaVersion":2,"config":{{"digest":"{A}","size":1,"{name}":{deep}}}}}'.encode()
    try:
        assert parse_manifest(response(body)).descriptors
    except UnreadableManifest:
        assert depth > 900 or name in ('mediaType', 'platform')
