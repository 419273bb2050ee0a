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

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.data.manifest import Found, manifest, smallest
from azext_acrhealth.model import Context
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.manifest import digest_of
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_manifest_not_found import HIDING, NO_NAME, UNKNOWN, listing
from tests.checks.data.test_pull_response import PULL, from_registry
from tests.checks.fake_probes import ACCOUNT, UNAUTHORIZED, FakeProbes, response
from tests.checks.table import Row, run, tells_nothing_of, verify

IMAGE_KIND, INDEX_KIND = (
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
)
SCHEMA2 = 'application/vnd.docker.distribution.manifest.v2+json'
OTHER = 'sha256:' + 'b' * 64
ACCESS = Access('s3cret-token', 'team/app', ('pull',), ACCOUNT)


def descriptor(size: int, **more: Any) -> dict[str, Any]:
    return {'mediaType': 'layer', 'digest': digest_of(str(size).encode()), 'size': size, **more}


def of_image(*sizes: int, **more: Any) -> bytes:
    """Return an image's manifest whose config is the first of its parts."""
    config, *layers = map(descriptor, sizes or (200, 5000))
    return json.dumps(
        {'schemaVersion': 2, 'mediaType': IMAGE_KIND, 'config': config, 'layers': layers, **more}
    ).encode()


def of_index(*platforms: str) -> bytes:
    """Return an index; each platform has the manifest that `of_image` gives."""
    entries = []
    for text in platforms:
        system, architecture, variant = (*text.split('/'), '')[:3]
        entries.append(
            {
                'digest': digest_of(of_image()),
                'size': 7,
                'platform': {
                    'os': system,
                    'architecture': architecture,
                    **({'variant': variant} if variant else {}),
                },
            }
        )
    return json.dumps({'schemaVersion': 2, 'mediaType': INDEX_KIND, 'manifests': entries}).encode()


def page(body: bytes, kind: str = IMAGE_KIND, **headers: str) -> Response:
    return response(
        200, body, Content_Type=kind, **{'Docker_Content_Digest': digest_of(body), **headers}
    )


def pulled(
    name: str,
    status: str,
    problem: str = '',
    given: Response = page(of_image()),
    image: Image = Image('team/app', 'v1'),
    later: Mapping[str, Response] | None = None,
    listed: Response = listing('v1'),
    platform: str = 'linux/amd64',
    access: Access | None = ACCESS,
    anonymous: Access | None = None,
    at: Any = AT,
    **more: Any,
) -> Row:
    """Return a row of manifest; `given` is the answer for the image, `later` those for digests."""
    pages = {
        f'manifest {image.repository} {reference}': one
        for reference, one in {image.reference: given, **(later or {})}.items()
    }
    return Row(
        name,
        manifest,
        status,
        problem,
        probes=FakeProbes(pages={**pages, f'tags {image.repository}': listed}),
        needs=(at, CHALLENGED, access, anonymous),
        options=Options(
            repository=image.repository, need=('pull',), image=image, platform=platform
        ),
        **more,
    )


CHILD = {digest_of(of_image()): page(of_image())}
BY_DIGEST = Image('team/app', None, digest_of(of_image()))
BOTH = page(of_index('linux/amd64', 'linux/arm64/v8', 'unknown/unknown'), INDEX_KIND)

TABLE = (
    pulled(
        'an image',
        'Passed',
        detail='2 parts of 5.1 KiB in all',
        facts={
            'digest': digest_of(of_image()),
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
    pulled("Docker's schema 2", 'Passed', given=page(of_image(mediaType=SCHEMA2), SCHEMA2)),
    pulled('no media type', 'Passed', given=page(of_image(mediaType=None))),
    pulled('no digest told', 'Passed', given=response(200, of_image())),
    pulled(
        'an index',
        'Passed',
        given=BOTH,
        later=CHILD,
        facts={'platform': 'linux/amd64', 'platforms': ['linux/amd64', 'linux/arm64/v8']},
    ),
    pulled(
        'an index, another platform',
        'Passed',
        given=BOTH,
        later=CHILD,
        platform='linux/arm64',
        facts={'platform': 'linux/arm64/v8'},
    ),
    pulled(
        'not for this platform',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        BOTH,
        platform='linux/s390x',
        detail='is not there for linux/s390x, but for linux/amd64, linux/arm64/v8',
        solution='--platform linux/s390x',
    ),
    pulled(
        'not for this variant',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        BOTH,
        platform='linux/arm64/v9',
    ),
    pulled(
        'for no platform',
        'Failed',
        f'{PULL} NoMatchingPlatform',
        page(of_index(), INDEX_KIND),
        detail='for none',
    ),
    pulled(
        "its platform's manifest is gone",
        'Failed',
        f'{PULL} NoSuchManifest',
        BOTH,
        later={digest_of(of_image()): response(404, UNKNOWN)},
        detail='holds no sha256:',
    ),
    pulled(
        'an index whose manifest is another',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        BOTH,
        later={digest_of(of_image()): page(of_image(1))},
    ),
    pulled(
        'another digest than the registry names',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        page(of_image(), Docker_Content_Digest=OTHER),
        facts={'expected': OTHER, 'came': digest_of(of_image())},
    ),
    pulled(
        'another digest than was asked for',
        'Failed',
        f'{PULL} ManifestDigestMismatch',
        page(of_image(1)),
        image=BY_DIGEST,
    ),
    *(
        pulled(
            f'no manifest: {body[:40]!r}',
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
        'longer than manifests are',
        'Failed',
        f'{PULL} UnreadableManifest',
        replace(page(of_image()), complete=False),
        detail='longer than manifests are',
    ),
    pulled(
        'no such tag',
        'Failed',
        f'{PULL} NoSuchTag',
        response(404, UNKNOWN),
        listed=listing('v2'),
        detail='team/app has no tag v1; there is v2',
        solution='show-tags --name myregistry --repository team/app',
    ),
    pulled(
        'listed, and not served',
        'Failed',
        f'{PULL} ManifestNotServed',
        response(404, UNKNOWN),
        solution='az acr replication list --registry myregistry',
    ),
    pulled(
        'no such repository',
        'Failed',
        f'{PULL} NoSuchRepository',
        response(404, UNKNOWN),
        listed=response(404, NO_NAME),
        solution='az acr repository list --name myregistry',
    ),
    pulled(
        'no such manifest',
        'Failed',
        f'{PULL} NoSuchManifest',
        response(404, UNKNOWN),
        image=BY_DIGEST,
    ),
    pulled(
        'not to be told',
        'Failed',
        f'{PULL} ImageNotFound',
        response(404, UNKNOWN),
        listed=response(401, UNAUTHORIZED),
    ),
    pulled(
        'hidden by a policy', 'Failed', f'{PULL} Quarantined', response(404, UNKNOWN), at=HIDING
    ),
    pulled('without a login', 'Passed', access=None, anonymous=ACCESS),
    pulled(
        'a login that may not pull, and nobody may',
        'Passed',
        access=Access('weak', 'team/app', ('push',)),
        anonymous=ACCESS,
    ),
    *from_registry(pulled),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_token_is_told(one: Row) -> None:
    tells_nothing_of(one, 's3cret')


def test_a_pull_needs_an_image() -> None:
    assert (
        manifest.skip_reason(Options()) == '--image was not given'
        and manifest.skip_reason(Options(image=Image('app'))) is None
    )


def test_nothing_is_asked_twice() -> None:
    row = pulled('an index', 'Passed', given=BOTH, later=CHILD)
    probes = FakeProbes(pages=row.probes.pages)
    manifest.run(Context(None, row.options, probes, 1e9), *row.needs)
    assert probes.asked == ['manifest team/app v1', f'manifest team/app {digest_of(of_image())}']


@pytest.mark.parametrize('sizes, least', [((200, 5000), 200), ((9, 0, 7), 0)])
def test_the_smallest_part(sizes: tuple[int, ...], least: int) -> None:
    found: Found = run(pulled('x', 'Passed', given=page(of_image(*sizes)))).value
    small = smallest(found.manifest)
    assert small and small.size == least


def test_a_part_that_other_servers_keep_is_not_asked_for() -> None:
    body = json.loads(of_image(200))
    body['layers'] = [descriptor(3, urls=['https://example.com/layer'])]
    found: Found = run(pulled('x', 'Passed', given=page(json.dumps(body).encode()))).value
    small = smallest(found.manifest)
    assert small and small.size == 200


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
    outcome = run(pulled('odd', '', given=response(200, body)))
    assert outcome.status.value in ('Passed', 'Failed')
