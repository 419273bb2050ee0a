# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Any bytes, any JSON and any repetition in everything that reads foreign data."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.found import FOUND
from tests.fuzz.targets import ARM, HOST, QUESTION, SECRET, TARGETS, read_pages

KIB = 1024
# Twice as long an input may take three times as long, and what is too short to be measured.
MOST_GROWTH, NOTHING = 3.0, 0.01
ATTEMPTS = 6
some_examples = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
each_target = pytest.mark.parametrize('name', TARGETS)


@st.composite
def changed(draw: Callable[..., Any], seeds: list[bytes]) -> bytes:
    """Draw a seed of which a part is replaced, doubled or cut."""
    seed = draw(st.sampled_from(seeds))
    start, end = sorted((draw(st.integers(0, len(seed))), draw(st.integers(0, len(seed)))))
    middle = draw(
        st.sampled_from(
            [b'', seed[start:end] * 2, b'\xff', b'"', b'\0', b'[', b'\\ud800', b'9' * 30]
        )
        | st.binary(max_size=20)
    )
    return bytes(seed[:start] + middle + seed[end:])


@each_target
def test_seeds(name: str) -> None:
    for seed in (
        *TARGETS[name].seeds,
        b'',
        b'null',
        b'[]',
        b'{}',
        b'7',
        b'"x"',
        b'\xff',
        b'{"a":1}',
    ):
        TARGETS[name].read(seed)


@pytest.mark.parametrize('name, data', FOUND)
def test_what_was_found_once(name: str, data: bytes) -> None:
    TARGETS[name].read(data)


@each_target
@given(data=st.data())
@some_examples
def test_any_bytes(name: str, data: Any) -> None:
    target = TARGETS[name]
    target.read(data.draw(changed(list(target.seeds)) | st.binary(max_size=200)))


# The names and the values that mean something to each reader of JSON.
NAMES = {
    'manifest': 'schemaVersion mediaType config layers manifests platform os architecture variant '
    'os.version urls size digest artifactType',
    'platform': 'os architecture variant os.version',
    'credential-files': f'auths credHelpers credsStore auth username password identitytoken '
    f'registrytoken Username Secret {HOST} AUTHS {HOST.upper()} https://{HOST}/v1/ {HOST}/team',
    'token': 'exp nbf iat aud access permissions actions type name tenant',
    'arm': 'properties value nextLink error code message id name',
    'entra': 'error error_codes suberror error_description correlation_id code',
    'profile': 'id name isDefault tenantId environmentName state user type assignedIdentityInfo',
    'response': 'errors code message detail',
    'kubectl': 'items metadata name creationTimestamp spec status phase nodeName message reason '
    'containerStatuses conditions state waiting involvedObject fieldPath imagePullSecrets type',
    'results': 'schemaVersion healthy client identity registries checks registry cluster check '
    'status code reason detail facts name loginServer canPull clusters addresses address proxy',
}
VALUES = [
    *(
        2,
        1,
        -1,
        2**63,
        2.0,
        10**30,
        1e308,
        True,
        'linux',
        'arm64',
        'AzureCloud',
        'servicePrincipal',
    ),
    *('application/vnd.oci.image.index.v1+json', 'sha256:' + '0' * 64, 'YTpi', 'one', SECRET),
    *(
        '\ud800',
        'AADSTS50173',
        'dns',
        'Failed',
        'Passed',
        'connection',
        '1.0',
        'a' * 5000,
        HOST,
        '//elsewhere.example',
        'https://[',
        '..',
        '',
    ),
]


def any_json(names: str) -> st.SearchStrategy[Any]:
    """Return a strategy of JSON with some names, of any shape."""
    keys = st.sampled_from(names.split())
    return st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(VALUES),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=8),
        max_leaves=12,
    )


@pytest.mark.parametrize('name', NAMES)
@given(data=st.data())
@some_examples
def test_any_json(name: str, data: Any) -> None:
    value = json.dumps(data.draw(any_json(NAMES[name])))
    TARGETS[name].read((('x\n' if name == 'response' else '') + value).encode())


LINKS = [
    *(None, '', 7, 'https://[', '?page=2', f'{ARM}/a', f'{ARM}/b', f'{ARM}:443/a', '../c'),
    *('//elsewhere.example/a', 'https://elsewhere.example/', f'{ARM}@elsewhere.example/'),
    *(
        f'{ARM}.elsewhere.example/',
        'http://management.azure.com/a',
        f'{ARM}/\\elsewhere',
        f'{ARM}/ü',
    ),
]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                'nextLink': st.sampled_from(LINKS),
                '$skipToken': st.sampled_from([None, '', 'a', 'b', 7]),
                'value': st.lists(
                    st.none() | st.fixed_dictionaries({'name': st.text()}), max_size=2
                ),
                'data': st.just([]),
                'properties': st.just({}),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
@some_examples
def test_any_order_of_pages(pages: list[dict[str, Any]]) -> None:
    read_pages([json.dumps(page).encode() for page in pages], 200)


class Endless(list[bytes]):
    """Pages of which each names another one."""

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, number: Any) -> bytes:
        page = {'value': [], 'data': [], 'properties': {}, 'nextLink': f'{ARM}/{number}'}
        return json.dumps({**page, '$skipToken': f'{number}'}).encode()


def test_pages_without_an_end() -> None:
    read_pages(Endless(), 200)


NAME_PARTS = st.sampled_from(
    [
        b'\xc0\x0c',
        b'\xc0\x00',
        b'\xc0\x20',
        b'\1a',
        b'\7contoso',
        b'\0',
        b'\x3f' + b'x' * 63,
        b'\xff',
    ]
)
RECORDS = st.tuples(
    st.lists(NAME_PARTS, max_size=3).map(b''.join),
    st.sampled_from([b'\0\5', b'\0\6', b'\0\1', b'\xff\xff']),
    st.lists(NAME_PARTS, max_size=4).map(b''.join) | st.binary(max_size=9),
).map(
    lambda parts: (
        parts[0] + parts[1] + b'\0\1\0\0\0\1' + len(parts[2]).to_bytes(2, 'big') + parts[2]
    )
)


@given(st.integers(0, 15), st.integers(0, 70), st.integers(0, 70), st.lists(RECORDS, max_size=6))
@some_examples
def test_any_records_of_dns(rcode: int, answers: int, authorities: int, records: Any) -> None:
    counts = b''.join(number.to_bytes(2, 'big') for number in (1, answers, authorities, 0))
    TARGETS['dns'].read(
        b'\0\7\x81' + bytes((0x80 | rcode,)) + counts + QUESTION + b''.join(records)
    )


def repetitions() -> list[Any]:
    """Return a piece of each target, bare and after a seed."""
    return [
        pytest.param(name, start, piece, id=f'{name}-{piece[:9]!r}{"-after" if start else ""}')
        for name, target in TARGETS.items()
        for piece in target.repeated
        for start in (b'', target.seeds[0])
    ]


def growth(read: Callable[[bytes], object], start: bytes, piece: bytes) -> str:
    """Return where twice as long an input takes over three times as long, '' if nowhere.

    The best of several runs counts.
    """

    def seconds(length: int) -> float:
        data, begun = start + piece * (length // len(piece)), time.process_time()
        read(data)
        return time.process_time() - begun

    length = 8 * KIB
    while length < 32 * KIB:
        shorter = longer = math.inf
        for _ in range(ATTEMPTS):
            shorter, longer = min(shorter, seconds(length)), min(longer, seconds(2 * length))
            if longer <= MOST_GROWTH * shorter + NOTHING:
                break
        else:
            return f'{length} bytes take {shorter:.3f} s, twice as many {longer:.3f} s'
        length *= 2
    return ''


@pytest.mark.parametrize('name, start, piece', repetitions())
def test_the_time_is_linear(name: str, start: bytes, piece: bytes) -> None:
    assert growth(TARGETS[name].read, start, piece) == ''


def test_time_that_is_not_linear_is_noticed() -> None:
    def pairs(data: bytes) -> int:
        return sum(data.count(b'ab', start) for start in range(len(data)))

    assert growth(pairs, b'', b'a') != ''
