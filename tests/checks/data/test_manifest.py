# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The image's manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.scope import Access, Login
from azext_acrhealth.checks.data.manifest import VerifiedImage, manifest, smallest_descriptor
from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache
from azext_acrhealth.model import Context
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.manifest import digest_of
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_manifest_not_found import (
    MANIFEST_UNKNOWN,
    NAME_UNKNOWN,
    NEW,
    WITH_QUARANTINE,
    deleted,
    tag_list,
    unknown,
)
from tests.checks.data.test_pull_response import PULL, from_registry
from tests.checks.fake_probes import UNAUTHORIZED, USER, FakeProbes, response
from tests.checks.table import Row, assert_no_secrets, run, verify

IMAGE_KIND, INDEX_KIND = (
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
)
SCHEMA2 = 'application/vnd.docker.distribution.manifest.v2+json'
OTHER = 'sha256:' + 'b' * 64
ACCESS = Access('s3cret-token', 'team/app', ('pull', 'metadata_read'), USER)


def descriptor(size: int, **more: Any) -> dict[str, Any]:
    return {'mediaType': 'layer', 'digest': digest_of(str(size).encode()), 'size': size, **more}


def image_manifest(*sizes: int, **more: Any) -> bytes:
    """Return an image's manifest whose config has the first of these sizes."""
    config, *layers = map(descriptor, sizes or (200, 5000))
    return json.dumps(
        {'schemaVersion': 2, 'mediaType': IMAGE_KIND, 'config': config, 'layers': layers, **more}
    ).encode()


def index(*platforms: str) -> bytes:
    """Return an index in which each platform has the manifest that `image_manifest` returns."""
    entries = []
    for text in platforms:
        system, architecture, variant = (*text.split('/'), '')[:3]
        entries.append(
            {
                'digest': digest_of(image_manifest()),
                'size': 7,
                'platform': {
                    'os': system,
                    'architecture': architecture,
                    **({'variant': variant} if variant else {}),
                },
            }
        )
    return json.dumps({'schemaVersion': 2, 'mediaType': INDEX_KIND, 'manifests': entries}).encode()


def manifest_response(body: bytes, kind: str = IMAGE_KIND, **headers: str) -> Response:
    """Return a response with a manifest and its digest."""
    return response(
        200, body, Content_Type=kind, **{'Docker_Content_Digest': digest_of(body), **headers}
    )


BY_TAG = Image('team/app', 'v1')
IMAGE_RESPONSE = manifest_response(image_manifest())
ONE_TAG = tag_list('v1')


def pulled(
    name: str,
    status: str,
    problem: str = '',
    first: Response = IMAGE_RESPONSE,
    image: Image = BY_TAG,
    by_digest: Mapping[str, Response] | None = None,
    tags: Response = ONE_TAG,
    platform: str = 'linux/amd64',
    access: Access | None = ACCESS,
    anonymous: Access | None = None,
    at: Any = AT,
    pages: Mapping[str, Response] | None = None,
    **more: Any,
) -> Row:
    """Return a row of manifest. `first`: the response for the image's reference."""
    manifests = {
        f'manifest {image.repository} {reference}': page
        for reference, page in {image.reference: first, **(by_digest or {})}.items()
    }
    for part in ('tags', 'manifests'):
        manifests[f'deleted {part} {image.repository}'] = response(404, NAME_UNKNOWN)
    return Row(
        name,
        manifest,
        status,
        problem,
        probes=FakeProbes(pages={**manifests, f'tags {image.repository}': tags, **(pages or {})}),
        needs=(
            at,
            CHALLENGED,
            access,
            anonymous,
            Login(CHALLENGED, 'refresh', None),
            ArtifactCache(),
        ),
        options=Options(
            repository=image.repository, need=('pull',), image=image, platform=platform
        ),
        **more,
    )


BY_DIGEST_RESPONSES = {digest_of(image_manifest()): manifest_response(image_manifest())}
BY_DIGEST = Image('team/app', None, digest_of(image_manifest()))
INDEX_RESPONSE = manifest_response(
    index('linux/amd64', 'linux/arm64/v8', 'unknown/unknown'), INDEX_KIND
)


def nesting(inner: Response, **entry: Any) -> Response:
    """Return an index whose only entry is another index."""
    listed = {'digest': digest_of(inner.body), 'size': 7, 'mediaType': INDEX_KIND, **entry}
    content = {'schemaVersion': 2, 'mediaType': INDEX_KIND, 'manifests': [listed]}
    return manifest_response(json.dumps(content).encode(), INDEX_KIND)


OUTER_RESPONSE = nesting(INDEX_RESPONSE)
WINDOWS = [
    {
        'digest': digest_of(image_manifest()),
        'size': 7,
        'platform': {'os': 'windows', 'architecture': 'amd64', 'os.version': version},
    }
    for version in ('10.0.17763.9', '10.0.20348.1')
]
WINDOWS_RESPONSE = manifest_response(
    json.dumps({'schemaVersion': 2, 'mediaType': INDEX_KIND, 'manifests': WINDOWS}).encode(),
    INDEX_KIND,
)

TABLE = (
    pulled(
        'an image',
        'Passed',
        detail='1 layer, 5.1 KiB in total',
        facts={
            'digest': digest_of(image_manifest()),
            'mediaType': IMAGE_KIND,
            'size': 5200,
            'image': 'team/app:v1',
        },
    ),
    pulled(
        'an image by its digest',
        'Passed',
        image=BY_DIGEST,
        facts={'image': f'team/app@{BY_DIGEST.digest}'},
    ),
    pulled(
        "Docker's schema 2",
        'Passed',
        first=manifest_response(image_manifest(mediaType=SCHEMA2), SCHEMA2),
    ),
    pulled('no media type', 'Passed', first=manifest_response(image_manifest(mediaType=None))),
    pulled(
        'no digest in the response',
        'Passed',
        first=response(200, image_manifest(), **{'Content-Type': IMAGE_KIND}),
    ),
    pulled(
        'an index',
        'Passed',
        first=INDEX_RESPONSE,
        by_digest=BY_DIGEST_RESPONSES,
        facts={'platform': 'linux/amd64', 'platforms': ['linux/amd64', 'linux/arm64/v8']},
    ),
    pulled(
        'an index, another platform',
        'Passed',
        first=INDEX_RESPONSE,
        by_digest=BY_DIGEST_RESPONSES,
        platform='linux/arm64',
        facts={'platform': 'linux/arm64/v8'},
    ),
    pulled(
        'no image for this platform',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        INDEX_RESPONSE,
        platform='linux/s390x',
        detail='has no manifest for linux/s390x; available: linux/amd64, linux/arm64/v8',
        solution='build --platform linux/s390x,linux/amd64,linux/arm64/v8 --tag ',
    ),
    pulled(
        'no image for this variant',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        manifest_response(index('linux/arm/v7'), INDEX_KIND),
        platform='linux/arm/v6',
    ),
    pulled(
        'an index without platforms',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        manifest_response(index(), INDEX_KIND),
        detail='available: none',
        unfilled_placeholders=('other_platforms',),
    ),
    pulled(
        "the platform's manifest is deleted",
        'Failed',
        f'{PULL} ChildManifestMissing',
        INDEX_RESPONSE,
        by_digest={digest_of(image_manifest()): response(404, MANIFEST_UNKNOWN)},
        detail='of team/app:v1 lists sha256:',
        solution='--platform linux/amd64,OTHER_PLATFORMS --tag myregistry.azurecr.io/team/app:v1',
        facts={'indexDigest': digest_of(INDEX_RESPONSE.body)},
    ),
    pulled(
        'an index in an index',
        'Warning',
        f'{PULL} NestedIndex',
        OUTER_RESPONSE,
        by_digest={digest_of(INDEX_RESPONSE.body): INDEX_RESPONSE, **BY_DIGEST_RESPONSES},
        detail=f'lists another index, {digest_of(INDEX_RESPONSE.body)[:19]}…, for linux/amd64',
        facts={'nestedDigest': digest_of(INDEX_RESPONSE.body)},
    ),
    pulled(
        'an index in an index that was deleted',
        'Failed',
        f'{PULL} ChildManifestMissing',
        OUTER_RESPONSE,
        by_digest={digest_of(INDEX_RESPONSE.body): response(404, MANIFEST_UNKNOWN)},
        facts={'indexDigest': digest_of(OUTER_RESPONSE.body)},
    ),
    *(
        pulled(
            f'status {status}',
            'Failed',
            f'{PULL} UnexpectedStatus',
            response(status, image_manifest(), Location='https://x.test/'),
            detail=f'{status} for team/app:v1',
        )
        for status in (201, 203, 206, 300, 304, 307)
    ),
    pulled(
        'a version of Windows',
        'Passed',
        first=WINDOWS_RESPONSE,
        by_digest=BY_DIGEST_RESPONSES,
        platform='windows/amd64',
        detail=' for windows/amd64 10.0.20348.1, 1 layer',
        facts={'platforms': ['windows/amd64 10.0.17763.9', 'windows/amd64 10.0.20348.1']},
    ),
    pulled(
        'a manifest with another digest than in the index',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        INDEX_RESPONSE,
        by_digest={digest_of(image_manifest()): manifest_response(image_manifest(1))},
    ),
    pulled(
        'another digest than in the response',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        manifest_response(image_manifest(), Docker_Content_Digest=OTHER),
        facts={'expected': OTHER, 'came': digest_of(image_manifest())},
    ),
    pulled(
        'another digest than was requested',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        manifest_response(image_manifest(1)),
        image=BY_DIGEST,
    ),
    *(
        pulled(
            f'an unreadable manifest: {body[:40]!r}',
            'Failed',
            f'{PULL} UnreadableManifest',
            response(200, body),
        )
        for body in (
            b'',
            b'<html>',
            b'[]',
            b'{}',
            b'{"schemaVersion":1}',
            b'{"schemaVersion":2}',
            b'{"schemaVersion":2,"config":{"digest":"sha256:a","size":1}}',
        )
    ),
    pulled(
        'too long',
        'Failed',
        f'{PULL} UnreadableManifest',
        replace(manifest_response(image_manifest()), complete=False),
        detail='exceeds the size limit of manifests',
    ),
    pulled(
        'no such tag',
        'Failed',
        f'{PULL} NoSuchTag',
        response(404, MANIFEST_UNKNOWN),
        tags=tag_list('v2'),
        detail='team/app has no tag v1; existing tags: v2',
        solution='show-tags --name myregistry --repository team/app',
    ),
    pulled(
        'a listed tag that is not served',
        'Failed',
        f'{PULL} ManifestNotServed',
        response(404, MANIFEST_UNKNOWN),
        solution='az acr replication list --registry myregistry',
    ),
    pulled(
        'a tag whose manifest is gone',
        'Failed',
        f'{PULL} DanglingTag',
        unknown(OTHER),
        detail='team/app:v1 names manifest sha256:bbbbbbbbbbbb…',
        solution='az acr repository untag --name myregistry --image team/app:v1',
    ),
    pulled(
        'a deleted tag that soft delete keeps',
        'Failed',
        f'{PULL} SoftDeleted',
        response(404, MANIFEST_UNKNOWN),
        tags=tag_list('v2'),
        pages={'deleted tags team/app': deleted('tags', ('v1', OTHER, NEW))},
        solution=f'restore --registry myregistry --name team/app:v1 --digest {OTHER}',
    ),
    pulled(
        'no such repository',
        'Failed',
        f'{PULL} NoSuchRepository',
        response(404, MANIFEST_UNKNOWN),
        tags=response(404, NAME_UNKNOWN),
        solution='az acr repository list --name myregistry',
    ),
    pulled(
        'no such manifest',
        'Failed',
        f'{PULL} NoSuchManifest',
        response(404, MANIFEST_UNKNOWN),
        image=BY_DIGEST,
    ),
    pulled(
        'tags that cannot be listed',
        'Failed',
        f'{PULL} ImageNotFound',
        response(404, MANIFEST_UNKNOWN),
        tags=response(401, UNAUTHORIZED),
    ),
    pulled(
        'hidden by the quarantine policy',
        'Failed',
        f'{PULL} Quarantined',
        response(404, MANIFEST_UNKNOWN),
        at=WITH_QUARANTINE,
    ),
    pulled('anonymous pull', 'Passed', access=None, anonymous=ACCESS),
    pulled(
        'an account without pull, and anonymous pull',
        'Passed',
        access=Access('weak', 'team/app', ('push',)),
        anonymous=ACCESS,
    ),
    pulled(
        'unauthorized, with an unknown permission',
        'Failed',
        f'{PULL} Unauthorized',
        response(401, UNAUTHORIZED),
        access=ACCESS._replace(actions=None),
        facts={'status': 401},
        solution='az role assignment create',
    ),
    pulled(
        'unauthorized, although the token grants pull',
        'Failed',
        f'{PULL} GrantRejected',
        response(401, UNAUTHORIZED),
        detail='team/app:v1 is denied although the token grants pull (401): authentication',
        solution='az acr cache list --registry myregistry',
    ),
    *from_registry(pulled),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_no_token_is_shown(case: Row) -> None:
    assert_no_secrets(case, 's3cret')


def test_a_pull_needs_an_image() -> None:
    assert (
        manifest.skip_reason(Options()) == "--image wasn't specified"
        and manifest.skip_reason(Options(image=Image('app'))) is None
    )


def test_no_request_is_made_twice() -> None:
    case = pulled('an index', 'Passed', first=INDEX_RESPONSE, by_digest=BY_DIGEST_RESPONSES)
    probes = FakeProbes(pages=case.probes.pages)
    manifest.run(Context(None, case.options, probes, 1e9), *case.needs)
    assert probes.requests == [
        'manifest team/app v1',
        f'manifest team/app {digest_of(image_manifest())}',
    ]


@pytest.mark.parametrize('sizes, smallest_size', [((200, 5000), 200), ((9, 0, 7), 0)])
def test_the_smallest_blob(sizes: tuple[int, ...], smallest_size: int) -> None:
    image: VerifiedImage = run(
        pulled('x', 'Passed', first=manifest_response(image_manifest(*sizes)))
    ).value
    smallest = smallest_descriptor(image.manifest)
    assert smallest and smallest.size == smallest_size


def test_a_layer_that_other_servers_store_is_not_fetched() -> None:
    body = json.loads(image_manifest(200))
    body['layers'] = [descriptor(3, urls=['https://example.com/layer'])]
    image: VerifiedImage = run(
        pulled('x', 'Passed', first=manifest_response(json.dumps(body).encode()))
    ).value
    smallest = smallest_descriptor(image.manifest)
    assert smallest and smallest.size == 200


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    'schemaVersion',
                    'manifests',
                    'config',
                    'layers',
                    'digest',
                    'size',
                    'mediaType',
                    'platform',
                    'os',
                    'urls',
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(ANY)
def test_any_json_makes_a_row(content: Any) -> None:
    body = json.dumps(content).encode()
    outcome = run(pulled('odd', '', first=response(200, body)))
    assert outcome.status.value in ('Passed', 'Failed')
