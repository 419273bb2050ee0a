# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A part of the image, from wherever the registry sends clients."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.data.blob import blob
from azext_acrhealth.checks.data.manifest import Found
from azext_acrhealth.model import Context
from azext_acrhealth.options import Image, Options
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.manifest import Descriptor, Manifest, Platform, digest_of
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_data_host import DATA, STORAGE, rows
from tests.checks.data.test_manifest import pulled
from tests.checks.data.test_pull_response import PULL, from_registry, from_storage, xml
from tests.checks.fake_probes import ACCOUNT, DENIED, FakeConnection, FakeProbes, response
from tests.checks.table import Row, run, tells_nothing_of, verify

CONTENT = json.dumps({'os': 'linux', 'architecture': 'amd64'}).encode()
SIGNED = f'https://{STORAGE}/7c3e-om//docker/data?se=2026-01-02&sig=s3cret%2Fsignature'
REDIRECT = response(307, b'<a href="">', Location=SIGNED)
OPTIONS = Options(
    repository='team/app', need=('pull',), image=Image('team/app', 'v1'), platform='linux/amd64'
)


# What row `manifest` leaves for solutions.
FILL: dict[str, str] = {**run(pulled('an image', 'Passed')).value.placeholders}


def found(content: bytes = CONTENT, size: int | None = None, *others: Descriptor) -> Found:
    """Return a manifest whose smallest part is this content."""
    one = Descriptor(digest_of(content), len(content) if size is None else size, 'config')
    return Found(
        Manifest('sha256:' + 'c' * 64, 'image', False, (one, *others)),
        Access('s3cret-token', 'team/app', None, ACCOUNT),
        AT.connection,
        Platform('linux', 'amd64'),
        FILL,
    )


def sent_on(
    name: str,
    status: str,
    problem: str = '',
    given: Response = response(200, CONTENT),
    first: Response = REDIRECT,
    image: Found = found(),
    at: Any = AT,
    host: str = STORAGE,
    connection: FakeConnection | None = None,
    **more: Any,
) -> Row:
    """Return a row of blob: `first` is the registry's answer, `given` that of the host where it leads."""
    descriptor = min(
        image.manifest.descriptors, key=lambda one: one.size, default=Descriptor('none', 0)
    )
    probes = FakeProbes(
        pages={
            f'blob {descriptor.digest}': first,
            f'stored {host}': given,
            f'stored {DATA}': given,
        },
        hosts={host: connection} if connection else {},
    )
    return Row(
        name, blob, status, problem, probes=probes, needs=(at, image), options=OPTIONS, **more
    )


def direct(name: str, status: str, problem: str, given: Response, **more: Any) -> Row:
    """Return a row of what the registry itself answers."""
    return sent_on(f'registry: {name}', status, problem, first=given, **more)


def at_storage(name: str, status: str, problem: str, given: Response, **more: Any) -> Row:
    return sent_on(f'storage: {name}', status, problem, given, **more)


def away(name: str, status: str, problem: str, connection: FakeConnection, **more: Any) -> Row:
    return sent_on(name, status, problem, connection=connection, **more)


LARGE = found(b'x' * 50_000)
FIRST = b'x' * 1024
FOREIGN = json.dumps({'os': 'linux', 'architecture': 's390x'}).encode()

TABLE = (
    sent_on(
        'from storage',
        'Passed',
        detail=f'{len(CONTENT)} bytes came from {STORAGE}, and are what their digest says',
        facts={'size': len(CONTENT)},
    ),
    sent_on(
        'from a data endpoint',
        'Passed',
        first=response(307, Location=SIGNED.replace(STORAGE, DATA)),
        host=DATA,
        detail=DATA,
    ),
    sent_on('from the registry itself', 'Passed', first=response(200, CONTENT), detail=AT.host),
    sent_on(
        'by a second redirect',
        'Failed',
        f'{PULL} UnusableRedirect',
        REDIRECT,
        detail='for the 4th time',
    ),
    sent_on(
        'a large one',
        'Passed',
        given=response(206, FIRST, Content_Range='bytes 0-1023/50000'),
        image=LARGE,
        detail='content was not verified',
    ),
    sent_on(
        'a large one, from who knows no ranges',
        'Passed',
        image=LARGE,
        given=replace(response(200, b'x' * 16384, Content_Length='50000'), complete=False),
    ),
    *(
        sent_on(
            f'a large one: {headers}',
            'Failed',
            f'{PULL} ContentDigestMismatch',
            response(status, body, **headers),
            image=LARGE,
        )
        for status, body, headers in (
            (206, FIRST, {'Content_Range': 'bytes 0-1023/49999'}),
            (206, FIRST, {}),
            (200, b'<html>', {'Content_Length': '6'}),
            (206, b'x' * 1023, {'Content_Range': 'bytes 0-1023/50000'}),
            (206, FIRST, {'Content_Range': 'bytes 0-1023/*'}),
            (200, FIRST, {'Content_Length': '9' * 400}),
        )
    ),
    sent_on('an empty one', 'Passed', given=response(200), image=found(b'')),
    sent_on(
        'other bytes',
        'Failed',
        f'{PULL} ContentDigestMismatch',
        response(200, CONTENT[::-1]),
        detail='is not sha256:',
    ),
    sent_on(
        'fewer bytes',
        'Failed',
        f'{PULL} ContentDigestMismatch',
        response(200, CONTENT[:-1]),
        detail=f'({len(CONTENT) - 1} bytes, {len(CONTENT)} were promised)',
    ),
    sent_on(
        'built for another platform',
        'Warning',
        f'{PULL} PlatformMismatch',
        response(200, FOREIGN),
        image=found(FOREIGN),
        detail='built for linux/s390x, not for linux/amd64',
        facts={'platform': 'linux/s390x'},
    ),
    sent_on(
        'a config that tells no platform', 'Passed', given=response(200, b'{}'), image=found(b'{}')
    ),
    sent_on(
        'nothing that the registry keeps',
        'Skipped',
        image=replace(
            found(), manifest=Manifest('d', 'm', False, (Descriptor('x', 1, elsewhere=True),))
        ),
    ),
    direct(
        'a lock',
        'Failed',
        f'{PULL} Denied',
        response(403, DENIED),
        solution='--image team/app:v1 --query',
    ),
    direct(
        'a part that is gone',
        'Failed',
        f'{PULL} BlobMissing',
        response(404),
        detail='which the manifest names',
    ),
    *(
        direct(
            f'an odd redirect: {location}',
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
    *from_registry(direct),
    *from_storage(at_storage),
    *rows(away, STORAGE),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_neither_token_nor_signature_is_told(one: Row) -> None:
    tells_nothing_of(one, 's3cret')


def test_a_relative_redirect_stays_at_its_host() -> None:
    probes = FakeProbes(
        pages={
            f'blob {found().manifest.descriptors[0].digest}': response(307, Location='/elsewhere'),
            f'stored {AT.host}': response(200, CONTENT),
        }
    )
    outcome = blob.run(Context(None, OPTIONS, probes, 1e9), AT, found())
    assert outcome.status.value == 'Passed' and AT.host in outcome.detail


def test_what_storage_says_stands_in_one_line() -> None:
    row = at_storage(
        'denied', 'Failed', f'{PULL} StorageDenied', xml(403, 'AuthorizationFailure', 'a\nb')
    )
    assert '\n' not in run(row).detail


@given(
    st.text(max_size=60),
    st.sampled_from([200, 206, 301, 307, 403, 404, 500]),
    st.binary(max_size=60),
)
def test_any_answer_makes_a_row(location: str, status: int, body: bytes) -> None:
    first = replace(response(307), headers=(('Location', location),))
    probes = FakeProbes(pages={f'blob {found().manifest.descriptors[0].digest}': first})
    probes.pages = _Any(probes.pages, response(status, body))
    outcome = blob.run(Context(None, OPTIONS, probes, 1e9), AT, found())
    assert outcome.status.value in ('Passed', 'Failed')


class _Any(dict[str, Response]):
    """Pages, and one for every host that is not among them."""

    def __init__(self, pages: Any, other: Response) -> None:
        super().__init__(pages)
        self._other = other

    def __missing__(self, _: str) -> Response:
        return self._other
