# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Answers to a pull without content: rows that the registry's endpoints, and storage hosts, have in common."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.data.pull_response import content_failure, storage_failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT, denials, silent
from tests.checks.fake_probes import DENIED, UNAUTHORIZED, response
from tests.checks.table import Row

PULL = 'IMAGE_PULL_ERROR'
QUARANTINED = b'{"errors":[{"code":"DENIED","message":"the image is quarantined"}]}'
XML = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{}</'
    'Code><Message>{}\nRequestId:1</Message></Error>'
)
STALE = 'Signature not valid in the specified time frame'


def xml(status: int, code: str, message: str = 'no') -> Response:
    """Return an answer of a storage account."""
    return response(status, XML.format(code, message).encode(), x_ms_request_id='r-1')


def lost(row: Any) -> tuple[Row, ...]:
    """Return the rows of answers that did not come, or not whole."""
    return (
        row('late', 'Failed', f'{PULL} ResponseTimeout', silent('Timeout'), detail='it said so'),
        *(
            row(f'lost: {kind}', 'Failed', f'{PULL} ResponseIncomplete', silent(kind))
            for kind in ('Cut', 'Refused', 'Expired')
        ),
        row('reset', 'Failed', f'{PULL} ResponseReset', silent('Reset')),
        row('no HTTP', 'Failed', f'{PULL} UnreadableResponse', silent('NotHttp')),
    )


def from_registry(row: Any) -> tuple[Row, ...]:
    """Return the rows of both requests that go to the registry."""
    return (
        row(
            'unauthorized',
            'Failed',
            f'{PULL} Unauthorized',
            response(401, UNAUTHORIZED),
            facts={'status': 401},
        ),
        row(
            'locked',
            'Failed',
            f'{PULL} Denied',
            response(403, DENIED),
            detail='public access is off (403)',
        ),
        row(
            'in quarantine',
            'Failed',
            f'{PULL} Quarantined',
            response(403, QUARANTINED),
            detail='in quarantine',
        ),
        row(
            'blocked on the way',
            'Failed',
            f'{PULL} BlockedByIntermediary',
            response(403, b'blocked', Server='squid'),
            detail='403 from squid: blocked',
        ),
        *(
            row(
                f'status {status}',
                'Failed',
                f'{PULL} ServerError',
                response(status),
                detail=f'{status} came for',
            )
            for status in (500, 503)
        ),
        *(
            row(f'status {status}', 'Failed', f'{PULL} UnexpectedStatus', response(status))
            for status in (201, 302, 400)
        ),
        *lost(row),
        *denials(row),
    )


def from_storage(row: Any) -> tuple[Row, ...]:
    """Return the rows of what a storage host answers."""
    return (
        row(
            'a policy of the subnet',
            'Failed',
            f'{PULL} StorageDenied',
            xml(403, 'AuthorizationFailure'),
            detail='AuthorizationFailure (403)',
            facts={'storageCode': 'AuthorizationFailure', 'requestId': 'r-1'},
        ),
        row(
            'no public access',
            'Failed',
            f'{PULL} StorageDenied',
            xml(409, 'PublicAccessNotPermitted'),
        ),
        row(
            'another signature',
            'Failed',
            f'{PULL} StorageDenied',
            xml(403, 'AuthenticationFailed', 'Bad signature'),
        ),
        row(
            'an old signature',
            'Failed',
            f'{PULL} SignatureExpired',
            xml(403, 'AuthenticationFailed', STALE),
            solution='row `clock`',
            detail='out of date',
        ),
        row('a blob that is gone', 'Failed', f'{PULL} BlobMissing', xml(404, 'BlobNotFound')),
        row(
            'storage is busy',
            'Failed',
            f'{PULL} ServerError',
            xml(503, 'ServerBusy'),
            detail='ServerBusy (503)',
        ),
        row('storage throttles', 'Failed', f'{PULL} ServerError', response(429)),
        row(
            'a page of a proxy',
            'Failed',
            f'{PULL} BlockedByIntermediary',
            response(403, b'<html>', Server='CorpProxy'),
            detail='403 from CorpProxy, not from storage',
        ),
        row('an odd status', 'Failed', f'{PULL} UnexpectedStatus', response(418)),
        *lost(row),
    )


@pytest.mark.parametrize(
    'given', [response(200), response(206), response(307, b'', Location='https://x.test/')]
)
def test_content_and_redirects_are_no_refusal(given: Response) -> None:
    assert content_failure(given, 'it', AT, {}, {}) is None
    assert storage_failure(given, 'h', {}, {}) is None


@pytest.mark.parametrize(
    'body', [b'', b'<Code></Code>', b'<Code>1<2</Code>', b'\xff' * 9000, b'<Code>' * 9000]
)
def test_xml_that_is_none(body: bytes) -> None:
    found = storage_failure(response(403, body), 'h', {}, {})
    assert found and found.facts['storageCode'] is None
