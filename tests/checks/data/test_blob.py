# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A layer of the image, from the target of the registry's redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.catalogue.data import blob as problems
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.data.blob import blob
from azext_acrhealth.checks.data.manifest import VerifiedImage
from azext_acrhealth.checks.registry.artifact_cache import ArtifactCache
from azext_acrhealth.model import Context
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.http.dns_query import DnsServers
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import Descriptor, Manifest, digest_of
from azext_acrhealth.probes.registry.pull import MAX_VERIFIED_SIZE, RANGE_SIZE
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_data_host import DATA, STORAGE, UNKNOWN, hidden_rows, rows
from tests.checks.data.test_manifest import pulled
from tests.checks.data.test_pull_response import PULL, from_registry, from_storage, storage_error
from tests.checks.fake_probes import (
    DENIED,
    HOST,
    UNAUTHORIZED,
    USER,
    FakeConnection,
    FakeProbes,
    response,
)
from tests.checks.table import Row, assert_no_secrets, run, verify

CONTENT = json.dumps({'os': 'linux', 'architecture': 'amd64'}).encode()
SIGNED = f'https://{STORAGE}/7c3e-om//docker/data?se=2026-01-02&sig=s3cret%2Fsignature'
REDIRECT = response(307, b'<a href="">', Location=SIGNED)
OPTIONS = Options(
    repository='team/app', need=('pull',), image=Image('team/app', 'v1'), platform='linux/amd64'
)


# What the `manifest` check leaves for solutions.
PLACEHOLDERS: dict[str, str] = {**run(pulled('an image', 'Passed')).value.placeholders}


CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'


def image_of(
    content: bytes,
    *layers: Descriptor,
    size: int | None = None,
    kind: str = CONFIG_TYPE,
    stated: Platform | None = None,
) -> VerifiedImage:
    """Return an image whose config has this content; `stated` is its platform in an index."""
    config = Descriptor(digest_of(content), len(content) if size is None else size, kind)
    return VerifiedImage(
        Manifest('sha256:' + 'c' * 64, 'image', False, (config, *layers)),
        Access('s3cret-token', 'team/app', None, USER),
        TokenEndpoint(AT.connection, '/oauth2/token', HOST),
        Platform('linux', 'amd64'),
        PLACEHOLDERS,
        stated,
    )


IMAGE = image_of(CONTENT)
IMAGE_BLOB = f'blob {IMAGE.manifest.descriptors[0].digest}'
COMPLETE = response(200, CONTENT)


def redirected(
    name: str,
    status: str,
    problem: str = '',
    storage_response: Response = COMPLETE,
    registry_response: Response = REDIRECT,
    image: VerifiedImage = IMAGE,
    at: Any = AT,
    host: str = STORAGE,
    connection: FakeConnection | None = None,
    dns_responses: DnsServers = UNKNOWN,
    pages: Mapping[str, Response] | None = None,
    fetched: str = '',
    **more: Any,
) -> Row:
    """Return a row of blob in which the registry redirects to `host`.

    `fetched` is the digest of the only blob that may be requested.
    """
    blobs = {
        f'blob {descriptor.digest}': registry_response
        for descriptor in image.manifest.descriptors
        if fetched in ('', descriptor.digest)
    }
    probes = FakeProbes(
        pages={
            **blobs,
            f'stored {host}': storage_response,
            f'stored {DATA}': storage_response,
            **(pages or {}),
        },
        hosts={host: connection} if connection else {},
        dns_responses=dns_responses,
    )
    return Row(
        name,
        blob,
        status,
        problem,
        probes=probes,
        needs=(at, image, ArtifactCache()),
        options=OPTIONS,
        **more,
    )


def at_registry(
    name: str, status: str, problem: str, registry_response: Response, **more: Any
) -> Row:
    """Return a row of a response of the registry itself."""
    return redirected(
        f'registry: {name}', status, problem, registry_response=registry_response, **more
    )


def at_storage(
    name: str, status: str, problem: str, storage_response: Response, **more: Any
) -> Row:
    """Return a row of a response of the host that the registry redirects to."""
    return redirected(f'storage: {name}', status, problem, storage_response, **more)


def unreachable(
    name: str, status: str, problem: str, connection: FakeConnection, **more: Any
) -> Row:
    return redirected(name, status, problem, connection=connection, **more)


# A layer of another artifact, so that no platform matters.
LARGE = image_of(b'', Descriptor('sha256:' + 'd' * 64, 5_000_000), size=6_000_000, kind='chart')
FIRST = b'x' * 1024
FOREIGN = json.dumps({'os': 'linux', 'architecture': 's390x'}).encode()
PADDED = FOREIGN + b' ' * 300_000
WINDOWS = json.dumps(
    {'os': 'windows', 'architecture': 'amd64', 'os.version': '10.0.20348.1'}
).encode()
SMALL_LAYER = Descriptor(digest_of(b'x'), 1, 'layer')

TABLE = (
    redirected(
        'from storage',
        'Passed',
        detail=f'downloaded {len(CONTENT)} bytes from {STORAGE}; the digest matches',
        facts={'size': len(CONTENT)},
    ),
    redirected(
        'from a data endpoint',
        'Passed',
        registry_response=response(307, Location=SIGNED.replace(STORAGE, DATA)),
        host=DATA,
        detail=DATA,
    ),
    redirected(
        'from the registry itself',
        'Passed',
        registry_response=response(200, CONTENT),
        detail=AT.host,
    ),
    redirected(
        'endless redirects',
        'Failed',
        f'{PULL} UnusableRedirect',
        REDIRECT,
        detail='more than 9 redirects',
    ),
    redirected(
        'a large layer',
        'Passed',
        storage_response=response(206, FIRST, Content_Range='bytes 0-1023/5000000'),
        image=LARGE,
        detail="the content wasn't verified",
    ),
    redirected(
        'a large layer, from a host that ignores ranges',
        'Passed',
        image=LARGE,
        storage_response=replace(
            response(200, b'x' * 16384, Content_Length='5000000'), complete=False
        ),
    ),
    *(
        redirected(
            f'a large layer: {headers}',
            'Failed',
            f'{PULL} ContentDigestMismatch',
            response(status, body, **headers),
            image=LARGE,
        )
        for status, body, headers in (
            (206, FIRST, {'Content_Range': 'bytes 0-1023/4999999'}),
            (206, FIRST, {}),
            (200, b'<html>', {'Content_Length': '6'}),
            (206, FIRST, {'Content_Range': 'bytes 0-1023/*'}),
            (200, FIRST, {'Content_Length': '9' * 400}),
        )
    ),
    redirected(
        'a large layer: too few bytes',
        'Failed',
        f'{PULL} ContentDigestMismatch',
        response(206, b'x' * 1023, Content_Range='bytes 0-1023/5000000'),
        image=LARGE,
        detail=f'{STORAGE} sent 1023 of the first 1024 bytes',
    ),
    redirected(
        'an empty layer',
        'Passed',
        storage_response=response(200),
        image=image_of(b'', stated=Platform('linux', 'amd64')),
    ),
    redirected(
        'other content',
        'Failed',
        f'{PULL} ContentDigestMismatch',
        response(200, CONTENT[::-1]),
        detail="doesn't match sha256:",
    ),
    redirected(
        'less content',
        'Failed',
        f'{PULL} ContentDigestMismatch',
        response(200, CONTENT[:-1]),
        detail=f'({len(CONTENT) - 1} bytes received, {len(CONTENT)} expected)',
    ),
    redirected(
        'built for another platform',
        'Warning',
        f'{PULL} PlatformMismatch',
        response(200, FOREIGN),
        image=image_of(FOREIGN),
        detail='built for linux/s390x, not for linux/amd64',
        facts={'platform': 'linux/s390x'},
    ),
    redirected(
        'built for another version of Windows',
        'Warning',
        f'{PULL} PlatformMismatch',
        response(200, WINDOWS),
        image=image_of(WINDOWS),
        detail='built for windows/amd64 10.0.20348.1, not for linux/amd64',
        solution='--platform windows/amd64,linux/amd64',
    ),
    redirected(
        'the config of a single-platform image, although a layer is smaller',
        'Warning',
        f'{PULL} PlatformMismatch',
        response(200, FOREIGN),
        image=image_of(FOREIGN, SMALL_LAYER),
        fetched=digest_of(FOREIGN),
        detail='built for linux/s390x',
    ),
    redirected(
        'a config of some hundred KiB',
        'Warning',
        f'{PULL} PlatformMismatch',
        response(200, PADDED),
        image=image_of(PADDED, SMALL_LAYER),
        detail='built for linux/s390x',
    ),
    redirected(
        'a config that is too large to be read',
        'Warning',
        f'{PULL} PlatformUnverified',
        response(200, b'x'),
        image=image_of(CONTENT, SMALL_LAYER, size=MAX_VERIFIED_SIZE + 1),
        fetched=SMALL_LAYER.digest,
        detail='platform not verified: the config has 1048577 bytes',
        solution='docker manifest inspect --verbose myregistry.azurecr.io/team/app:v1',
    ),
    redirected(
        'a smallest layer that looks like a config',
        'Warning',
        f'{PULL} PlatformUnverified',
        response(200, CONTENT),
        image=image_of(
            b'', Descriptor(digest_of(CONTENT), len(CONTENT)), size=MAX_VERIFIED_SIZE + 1
        ),
        detail='platform not verified',
    ),
    *(
        redirected(
            f'a config that names no platform: {content!r}',
            'Warning',
            f'{PULL} PlatformUnverified',
            response(200, content),
            image=image_of(content),
            detail='platform not verified: the config names none',
        )
        for content in (
            b'{}',
            b'no JSON',
            b'[]',
            b'{"os":"linux"}',
            b'{"os":"unknown","architecture":"unknown"}',
        )
    ),
    redirected(
        'a config of an image that an index states the platform of',
        'Passed',
        storage_response=response(200, b'{}'),
        image=image_of(b'{}', stated=Platform('linux', 'amd64')),
        facts={'platform': 'linux/amd64'},
    ),
    redirected(
        'a version of Windows',
        'Passed',
        storage_response=response(200, WINDOWS),
        image=replace(image_of(WINDOWS), platform=Platform('windows', 'amd64')),
        detail='the digest matches; built for windows/amd64 10.0.20348.1',
    ),
    redirected(
        'an artifact',
        'Passed',
        storage_response=response(200, b'{}'),
        image=image_of(b'{}', kind='application/vnd.cncf.helm.config.v1+json'),
        detail="an artifact (application/vnd.cncf.helm.config.v1+json), which isn't for a platform",
    ),
    redirected(
        'no layer that the registry stores',
        'Skipped',
        image=replace(
            IMAGE, manifest=Manifest('d', 'm', False, (Descriptor('x', 1, foreign=True),))
        ),
    ),
    at_registry(
        'a lock',
        'Failed',
        f'{PULL} Denied',
        response(403, DENIED),
        solution='--image team/app:v1 --query',
    ),
    at_registry(
        'a deleted layer',
        'Failed',
        f'{PULL} BlobMissing',
        response(404),
        detail='which the manifest lists, not found (404)',
    ),
    *(
        at_registry(
            f'an unusable redirect: {location}',
            'Failed',
            f'{PULL} UnusableRedirect',
            response(307, Location=location),
        )
        for location in (
            SIGNED.replace('https', 'http'),
            'https://user:pw@x.test/',
            'https://x.test:8443/',
            'https://[::1]/',
            'ftp://x.test/',
            'https://localhost/',
            'https://x.test/a b',
        )
    ),
    at_registry(
        'unauthorized',
        'Failed',
        f'{PULL} Unauthorized',
        response(401, UNAUTHORIZED),
        # The manifest's token stated the permission; this one states none.
        image=replace(IMAGE, placeholders={**PLACEHOLDERS, 'proven': ''}),
        solution='az role assignment create',
    ),
    at_registry(
        'unauthorized, although the token grants everything',
        'Failed',
        f'{PULL} GrantRejected',
        response(401, UNAUTHORIZED),
        image=replace(IMAGE, access=IMAGE.access._replace(actions=('*',))),
        detail='is denied although the token grants pull (401): ',
    ),
    *from_registry(at_registry),
    *from_storage(at_storage),
    *rows(unreachable, STORAGE),
    *hidden_rows(unreachable, STORAGE),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_neither_token_nor_signature_is_shown(case: Row) -> None:
    assert_no_secrets(case, 's3cret')


def test_a_relative_redirect_stays_at_its_host() -> None:
    probes = FakeProbes(
        pages={
            IMAGE_BLOB: response(307, Location='/elsewhere'),
            f'stored {AT.host}': COMPLETE,
        }
    )
    context = Context(None, OPTIONS, probes, 1e9, probes.host_connections())
    outcome = blob.run(context, AT, IMAGE, None)
    assert outcome.status.value == 'Passed' and AT.host in outcome.detail


def test_a_message_of_storage_is_shown_on_one_line() -> None:
    case = at_storage(
        'denied',
        'Failed',
        f'{PULL} StorageDenied',
        storage_error(403, 'AuthorizationFailure', 'a\nb'),
    )
    assert '\n' not in run(case).detail


@given(
    st.text(max_size=60),
    st.sampled_from([200, 206, 301, 307, 403, 404, 500]),
    st.binary(max_size=60),
)
def test_any_response_makes_a_row(location: str, status: int, body: bytes) -> None:
    redirect = replace(response(307), headers=(('Location', location),))
    probes = FakeProbes(pages=_Pages({IMAGE_BLOB: redirect}, response(status, body)))
    context = Context(None, OPTIONS, probes, 1e9, probes.host_connections())
    outcome = blob.run(context, AT, IMAGE, ArtifactCache())
    assert outcome.status.value in ('Passed', 'Warning', 'Failed')


@given(
    st.text(max_size=30)
    | st.builds(
        '{}{}-{}/{}'.format,
        st.sampled_from(['bytes ', 'BYTES ', 'bytes=', '']),
        st.integers(-1, 2000),
        st.integers(-1, 10**20),
        st.integers(-1, 10**20) | st.sampled_from(['*', '', MAX_VERIFIED_SIZE + 1, '²³', '9, 9']),
    )
)
def test_any_content_range_makes_a_row(content_range: str) -> None:
    size = MAX_VERIFIED_SIZE + 1
    page = response(206, b'x' * RANGE_SIZE, **{'Content-Range': content_range})
    probes = FakeProbes(pages=_Pages({IMAGE_BLOB: page}, page))
    context = Context(None, OPTIONS, probes, 1e9, probes.host_connections())
    outcome = blob.run(context, AT, image_of(CONTENT, size=size), ArtifactCache())
    states_size = content_range.rpartition('/')[2] == str(size)
    assert (outcome.problem is not problems.CONTENT_MISMATCH) is states_size


class _Pages(dict[str, Response]):
    """Responses by request, and a response for all other requests."""

    def __init__(self, pages: dict[str, Response], default: Response) -> None:
        super().__init__(pages)
        self._default = default

    def __missing__(self, _: str) -> Response:
        return self._default
