# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--image: each way in which a pull can fail after a login that works, by its real cause."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import pytest

from tests.acceptance.codes import LIMIT, SHORT, SLACK
from tests.acceptance.pulls import (
    CONTOSO,
    DATA,
    FORBIDDEN,
    PULL,
    STORAGE,
    THROTTLED,
    assert_no_token_at_storage,
    verdicts,
)
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

SECONDS = 60.0


class Case(NamedTuple):
    """A fault, and the row that must report it."""

    place: str
    spec: str
    row: str
    code: str
    reason: str
    text: str = ''


CASES = (
    Case(f'dns@{STORAGE}', 'nxdomain', 'blob', DATA, 'NameNotFound', STORAGE),
    Case(f'dns@{STORAGE}', 'servfail', 'blob', DATA, 'ResolverFailed', STORAGE),
    Case(f'dns@{STORAGE}', 'nodata', 'blob', DATA, 'NoAddress', STORAGE),
    Case(f'tcp@{STORAGE}', 'refuse', 'blob', DATA, 'ConnectionRefused', STORAGE),
    Case(f'tcp@{STORAGE}', 'unreachable', 'blob', DATA, 'Unreachable', STORAGE),
    Case(f'tcp@{STORAGE}', 'silent', 'blob', DATA, 'ConnectTimeout', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:foreign', 'blob', DATA, 'TlsIntercepted', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:expired', 'blob', DATA, 'CertificateExpired', STORAGE),
    Case(f'tls@{STORAGE}', 'cert:wronghost', 'blob', DATA, 'CertificateNameMismatch', STORAGE),
    Case(f'tls@{STORAGE}', 'reset', 'blob', DATA, 'HandshakeReset', STORAGE),
    Case('data', 'policy', 'blob', PULL, 'StorageDenied', 'AuthorizationFailure (403)'),
    Case('data', 'status:403', 'blob', PULL, 'StorageDenied'),
    Case('data', 'forbidden', 'blob', PULL, 'BlockedByIntermediary', 'CorpProxy'),
    Case('data', 'status:404', 'blob', PULL, 'BlobMissing'),
    Case('data', 'status:503', 'blob', PULL, 'ServerError', 'ServerBusy'),
    Case('data', 'truncated', 'blob', PULL, 'ResponseIncomplete'),
    Case('data', 'close', 'blob', PULL, 'ResponseIncomplete'),
    Case('data', 'garbage', 'blob', PULL, 'UnreadableResponse'),
    Case('data', 'notjson', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'empty', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'corrupt', 'blob', PULL, 'ContentDigestMismatch'),
    Case(
        'data',
        'storage:409:PublicAccessNotPermitted',
        'blob',
        PULL,
        'StorageDenied',
        'PublicAccessNotPermitted',
    ),
    Case('blob', 'location:', 'blob', PULL, 'UnexpectedStatus'),
    Case('blob', 'location:http://x.test/y', 'blob', PULL, 'UnusableRedirect'),
    Case('manifest', 'quarantined', 'manifest', PULL, 'Quarantined'),
    Case(
        'manifest',
        'quarantined:always',
        'manifest',
        PULL,
        'Quarantined',
        'The image is quarantined',
    ),
    Case('manifest', 'corrupt', 'manifest', PULL, 'ManifestDigestMismatch'),
    Case('data', 'huge', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', 'endless', 'blob', PULL, 'ContentDigestMismatch'),
    Case('data', f'redirect:http://{STORAGE}/x', 'blob', PULL, 'UnusableRedirect', 'uses http,'),
    Case(
        'data',
        f'redirect:https://{STORAGE}/again',
        'blob',
        PULL,
        'UnusableRedirect',
        'more than 9 redirects',
    ),
    Case('blob', 'expired', 'blob', PULL, 'SignatureExpired', 'the signed URL has expired'),
    Case('blob', 'status:404', 'blob', PULL, 'BlobMissing'),
    Case('blob', 'status:500', 'blob', PULL, 'ServerError'),
    Case('blob', 'status:401', 'blob', PULL, 'GrantRejected', 'although the token grants pull'),
    Case('blob', 'denied', 'blob', FORBIDDEN, 'ClientIpNotAllowed'),
    Case('blob', 'throttled:17', 'blob', THROTTLED, 'TooManyRequests'),
    Case('blob', 'frontdoor', 'blob', THROTTLED, 'ThrottledByFrontDoor'),
    Case('blob', 'redirect:http://x.test/', 'blob', PULL, 'UnusableRedirect'),
    Case('blob', 'redirect:https://user@x.test/', 'blob', PULL, 'UnusableRedirect'),
    Case('manifest', 'status:401', 'manifest', PULL, 'GrantRejected', 'the token grants pull'),
    Case('manifest', 'status:400', 'manifest', PULL, 'UnknownErrorCode', 'BAD_REQUEST: unknown'),
    Case('manifest', 'status:403', 'manifest', PULL, 'Denied'),
    Case('manifest', 'forbidden', 'manifest', PULL, 'BlockedByIntermediary'),
    Case('manifest', 'denied', 'manifest', FORBIDDEN, 'ClientIpNotAllowed'),
    Case('manifest', 'throttled:17', 'manifest', THROTTLED, 'TooManyRequests'),
    Case('manifest', 'status:500', 'manifest', PULL, 'ServerError'),
    Case('manifest', 'status:404', 'manifest', PULL, 'DanglingTag'),
    Case('manifest', 'notjson', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', '{}', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'deep', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'huge', 'manifest', PULL, 'UnreadableManifest'),
    Case('manifest', 'truncated', 'manifest', PULL, 'ResponseIncomplete'),
    Case(
        'manifest',
        'header:Docker-Content-Digest:sha256:' + 'a' * 64,
        'manifest',
        PULL,
        'ManifestDigestMismatch',
    ),
)


@pytest.mark.parametrize('case', CASES, ids=[f'{case.place} {case.spec[:40]}' for case in CASES])
def test_a_pull_that_fails(sandbox: Sandbox, case: Case) -> None:
    sandbox.set_fault(case.place, case.spec)
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
    row = run.has(case.row, 'Failed', case.code, case.reason)
    assert case.text in row['detail'] and run.finished.code == 1 and run.finished.seconds < SECONDS
    for before in ('refresh-token', 'access-token', *(('manifest',) if case.row == 'blob' else ())):
        assert run.row(before)['status'] == 'Passed'
    assert verdicts(run) == ('yes', 'no', 'unknown')
    assert_no_token_at_storage(sandbox)


@pytest.mark.parametrize(
    'image, text',
    [
        ('hello:v1', 'the digest matches'),
        (f'{CONTOSO}/hello:v1', 'the digest matches'),
        ('samples/multi:v1', 'the digest matches'),
    ],
)
def test_a_pull_that_works(sandbox: Sandbox, image: str, text: str) -> None:
    run = check(
        sandbox, *(() if image.startswith(CONTOSO) else ('-n', 'contoso')), '--image', image
    )
    assert text in run.has('blob', 'Passed')['detail'] and verdicts(run) == (
        'yes',
        'yes',
        'unknown',
    )
    facts = run.row('blob')['facts']
    assert [hop['host'] for hop in facts['hops']] == [STORAGE]
    assert facts['hops'][0]['status'] == 200
    assert facts['hops'][0]['kind'] == 'blob storage' and facts['registry']['status'] == 307
    tokens = [request['form']['scope'] for request in sandbox.requests('token')]
    repository = image.removeprefix(CONTOSO + '/').partition(':')[0]
    assert tokens == [f'repository:{repository}:pull,metadata_read']
    assert_no_token_at_storage(sandbox)
    stages = [
        request['stage'] for request in sandbox.requests() if request['host'] in (CONTOSO, STORAGE)
    ]
    assert stages == [
        'challenge',
        'exchange',
        'token',
        *(['manifest'] * (2 if 'multi' in image else 1)),
        'blob',
        'data',
    ]
    assert (
        sandbox.connections()['handshakes'][CONTOSO]
        == sandbox.connections()['handshakes'][STORAGE]
        == 1
    )


def test_a_small_part_of_a_large_image_is_fetched_whole(sandbox: Sandbox) -> None:
    # The layer is large, the config is small.
    sandbox.put_image('contoso', 'big', 'v1', text=secrets.token_hex(40_000))
    run = check(sandbox, '-n', 'contoso', '--image', 'big:v1')
    assert run.has('blob', 'Passed')['facts']['size'] < 16 * 1024
    assert all('Range' not in request['headers'] for request in sandbox.requests('data'))


@pytest.mark.parametrize(
    'image, reason, text',
    [
        ('hello:v2', 'NoSuchTag', 'hello has no tag v2; existing tags: v1'),
        ('helo:v1', 'NoSuchRepository', 'repository helo not found'),
        (
            'hello@sha256:' + 'a' * 64,
            'NoSuchManifest',
            'hello has no manifest sha256:aaaaaaaaaaaa…',
        ),
    ],
)
def test_an_image_that_is_not_there(sandbox: Sandbox, image: str, reason: str, text: str) -> None:
    run = check(sandbox, '-n', 'contoso', '--image', image)
    assert text in run.has('manifest', 'Failed', PULL, reason)['detail']
    assert run.row('blob')['detail'] == 'requires the `manifest` check, which failed'


def test_quarantine_as_a_policy(sandbox: Sandbox) -> None:
    sandbox.patch_registry(
        'contoso', {'properties': {'policies': {'quarantinePolicy': {'status': 'enabled'}}}}
    )
    sandbox.set_fault('manifest', 'quarantined')
    row = check(sandbox, '-n', 'contoso', '--image', 'hello:v1').has(
        'manifest', 'Failed', PULL, 'Quarantined'
    )
    assert 'properties.policies.quarantinePolicy.status=disabled' in ' '.join(row['solutions'])


def test_a_data_endpoint(sandbox: Sandbox) -> None:
    host = 'privreg.eastus.data.azurecr.test'
    run = check(sandbox, '-n', 'privreg', '--image', 'hello:v1')
    assert host in run.has('data-endpoints', 'Passed')['detail']
    assert run.has('blob', 'Passed')['facts']['hops'][0]['addresses'] == [
        {'address': '10.1.0.4', 'private': True}
    ]
    assert sandbox.connections()['handshakes'][host] == 1  # both checks share the connection
    sandbox.set_fault(f'dns@{host}', 'nxdomain')
    run = check(sandbox, '-n', 'privreg', '--image', 'hello:v1')
    assert [
        run.has(row, 'Failed', DATA, 'NameNotFound')['facts']['host']
        for row in ('data-endpoints', 'blob')
    ] == [
        host,
        host,
    ]


def test_a_storage_host_that_hangs_is_left_at_the_deadline(sandbox: Sandbox) -> None:
    sandbox.set_fault('data', 'hang')
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', *SHORT)
    run.has('blob', 'Failed', PULL, 'ResponseTimeout')
    assert run.finished.seconds < LIMIT + SLACK
