# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Responses to a pull without content: rows for the registry's endpoints and for storage hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from azext_acrhealth.checks.data.pull_response import content_failure, storage_failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import (
    AT,
    CACHE,
    denial_rows,
    error_of,
    own_code_rows,
    silent,
)
from tests.checks.fake_probes import DENIED, response
from tests.checks.table import Row

PULL = 'IMAGE_PULL_ERROR'
QUARANTINED = b'{"errors":[{"code":"DENIED","message":"the image is quarantined"}]}'
XML = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{}</'
    'Code><Message>{}\nRequestId:1</Message></Error>'
)
DIGEST = 'sha256:' + 'd' * 64
NO_LOCK = {'deleteEnabled': True, 'writeEnabled': True, 'readEnabled': True, 'listEnabled': True}
DISALLOWED = error_of(
    405,
    'REGISTRY_DISALLOWED_OPERATION',
    'The operation is disallowed on this registry, repository or image. View troubleshooting steps '
    'at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation',
)
STALE = 'Signature not valid in the specified time frame'


def attributes(
    repository: Mapping[str, Any] | None = None,
    tag: Mapping[str, Any] | None = None,
    manifest: Mapping[str, Any] | None = None,
    name: str = 'team/app',
) -> dict[str, Response]:
    """Return the pages of the attributes of a repository, its tag v1, and the tag's manifest."""

    def page(changes: Mapping[str, Any] | None) -> dict[str, Any]:
        return {'changeableAttributes': {**NO_LOCK, **(changes or {})}}

    contents = {
        f'attributes {name}': {'imageName': name, **page(repository)},
        f'attributes {name} _tags/v1': {'tag': {'name': 'v1', 'digest': DIGEST, **page(tag)}},
        f'attributes {name} _manifests/{DIGEST}': {
            'manifest': {'digest': DIGEST, **page(manifest)}
        },
    }
    return {name: response(200, json.dumps(content).encode()) for name, content in contents.items()}


READ_LOCK = {'readEnabled': False}


def denied_by_locks(row: Any) -> tuple[Row, ...]:
    """Return the rows of a pull that the registry disallows."""
    return (
        row(
            'a locked repository',
            'Failed',
            f'{PULL} RepositoryLocked',
            DISALLOWED,
            pages=attributes(repository=READ_LOCK),
            detail='repository team/app is locked against reads: The operation is disallowed',
            solution='--repository team/app --read-enabled true',
            facts={'errorCode': 'REGISTRY_DISALLOWED_OPERATION'},
        ),
        row(
            'a locked tag',
            'Failed',
            f'{PULL} ImageLocked',
            DISALLOWED,
            pages=attributes(tag=READ_LOCK),
            detail='team/app:v1 is locked against reads: ',
            solution='--image team/app:v1 --read-enabled true',
        ),
        row(
            'a locked manifest, and another status and message',
            'Failed',
            f'{PULL} ImageLocked',
            error_of(403, 'UNKNOWN', 'The operation is disallowed.'),
            pages=attributes(manifest=READ_LOCK),
            solution=f'--image team/app@{DIGEST} --read-enabled true',
        ),
        row(
            'a lock behind a plain denial',
            'Failed',
            f'{PULL} RepositoryLocked',
            response(403, DENIED),
            pages=attributes(repository=READ_LOCK),
            detail='is locked against reads: public access is off (403)',
        ),
        row(
            'a write lock is no cause',
            'Failed',
            f'{PULL} OperationDisallowed',
            DISALLOWED,
            pages=attributes(repository={'writeEnabled': False}),
            detail="; not locked against reads, the quarantine policy couldn't be read",
            solution='az acr repository show --name myregistry --repository team/app ',
        ),
        row(
            'an image whose scan failed',
            'Failed',
            f'{PULL} Quarantined',
            DISALLOWED,
            pages=attributes(manifest={'quarantineState': 'Failed'}),
        ),
        row(
            'an image that was scanned',
            'Failed',
            f'{PULL} OperationDisallowed',
            DISALLOWED,
            pages=attributes(manifest={'quarantineState': 'Passed'}),
            at=with_quarantine('disabled'),
            detail='; not locked against reads, quarantine is off',
        ),
        row(
            'quarantine is on',
            'Failed',
            f'{PULL} Quarantined',
            DISALLOWED,
            at=with_quarantine('enabled'),
            facts={'quarantinePolicy': True},
        ),
        row(
            'locks that cannot be read',
            'Failed',
            f'{PULL} OperationDisallowed',
            DISALLOWED,
            detail="; locks couldn't be read (the token has no metadata_read permission)",
            facts={'locks': {}},
        ),
    )


def with_quarantine(status: str) -> Any:
    """Return a registry with this status of the quarantine policy."""
    policies = {'quarantinePolicy': {'status': status}}
    return AT._replace(resource={**(AT.resource or {}), 'properties': {'policies': policies}})


def storage_error(status: int, code: str, message: str = 'no') -> Response:
    """Return an error of Azure Storage."""
    return response(status, XML.format(code, message).encode(), x_ms_request_id='r-1')


def no_response(row: Any) -> tuple[Row, ...]:
    """Return the rows of responses that did not arrive, or not completely."""
    late = silent('Timeout')
    assert late.failure
    return (
        row('timed out', 'Failed', f'{PULL} ResponseTimeout', late, detail=late.failure.text),
        *(
            row(f'cut off: {kind}', 'Failed', f'{PULL} ResponseIncomplete', silent(kind))
            for kind in ('Cut', 'Refused', 'Expired')
        ),
        row('reset', 'Failed', f'{PULL} ResponseReset', silent('Reset')),
        row('not HTTP', 'Failed', f'{PULL} UnreadableResponse', silent('NotHttp')),
    )


def from_registry(row: Any) -> tuple[Row, ...]:
    """Return the rows of both requests to the registry."""
    return (
        row(
            'denied',
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
            detail='is quarantined (403)',
        ),
        row(
            'blocked by an intermediary',
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
                detail=f'{status} for ',
            )
            for status in (500, 503)
        ),
        *(
            row(f'status {status}', 'Failed', f'{PULL} UnexpectedStatus', response(status))
            for status in (201, 302, 400)
        ),
        *no_response(row),
        row(
            'the source fails',
            'Failed',
            f'{PULL} UpstreamFailed',
            error_of(
                424, 'UNKNOWN', f"request to pull from source 'docker.io/a/b' {CACHE} has failed"
            ),
            detail="source 'docker.io/a/b' for cache rule 'docker-io' has failed (424)",
            facts={'cacheRule': 'docker-io', 'source': 'docker.io/a/b'},
        ),
        row(
            'the source needs credentials',
            'Failed',
            f'{PULL} UpstreamUnauthorized',
            error_of(401, 'UNAUTHORIZED', f'authentication required with source registry {CACHE}'),
            solution='az acr credential-set list',
        ),
        *denial_rows(row),
        *own_code_rows(row, PULL),
        *denied_by_locks(row),
    )


def from_storage(row: Any) -> tuple[Row, ...]:
    """Return the rows of the responses of a storage host."""
    return (
        row(
            'a policy of the subnet',
            'Failed',
            f'{PULL} StorageDenied',
            storage_error(403, 'AuthorizationFailure'),
            detail='AuthorizationFailure (403)',
            facts={'storageCode': 'AuthorizationFailure', 'requestId': 'r-1'},
        ),
        row(
            'no public access',
            'Failed',
            f'{PULL} StorageDenied',
            storage_error(409, 'PublicAccessNotPermitted'),
        ),
        row(
            'another signature',
            'Failed',
            f'{PULL} StorageDenied',
            storage_error(403, 'AuthenticationFailed', 'Bad signature'),
        ),
        row(
            'an expired signature',
            'Failed',
            f'{PULL} SignatureExpired',
            storage_error(403, 'AuthenticationFailed', STALE),
            solution="Check this machine's clock",
            detail='the signed URL has expired',
        ),
        row(
            "a key that storage can't use",
            'Failed',
            'CMK_ERROR KeyAccessForbidden',
            storage_error(403, 'KeyVaultEncryptionKeyNotFound'),
            unfilled_placeholders=['key_id', 'vault', 'vault', 'key'],
        ),
        row('a deleted blob', 'Failed', f'{PULL} BlobMissing', storage_error(404, 'BlobNotFound')),
        row(
            'storage is busy',
            'Failed',
            f'{PULL} ServerError',
            storage_error(503, 'ServerBusy'),
            detail='ServerBusy (503)',
        ),
        row('storage throttles', 'Failed', f'{PULL} ServerError', response(429)),
        row(
            'a page of a proxy',
            'Failed',
            f'{PULL} BlockedByIntermediary',
            response(403, b'<html>', Server='CorpProxy'),
            detail='403 from CorpProxy, not from Azure Storage',
        ),
        row('an unexpected status', 'Failed', f'{PULL} UnexpectedStatus', response(418)),
        *no_response(row),
    )


@pytest.mark.parametrize(
    'content, accepted',
    [
        (response(200), (200,)),
        (response(206), (200, 206)),
        *(
            (response(status, b'', Location='https://x.test/'), (200,))
            for status in (301, 302, 303, 307, 308)
        ),
    ],
)
def test_content_and_redirects_are_no_failure(content: Response, accepted: tuple[int, ...]) -> None:
    assert content_failure(content, 'it', AT, {}, {}, accepted=accepted) is None
    assert storage_failure(content, 'h', {}, {}, accepted) is None


@pytest.mark.parametrize(
    'content',
    [
        *(response(status, b'x') for status in (201, 202, 203, 204, 206)),
        *(
            response(status, b'', Location='https://x.test/')
            for status in (300, 304, 305, 306, 309, 399)
        ),
        response(307, b''),
    ],
    ids=lambda response: response.status,
)
def test_what_clients_do_not_take_for_content(content: Response) -> None:
    for outcome in (
        content_failure(content, 'it', AT, {}, {}),
        storage_failure(content, 'h', {}, {}),
    ):
        assert outcome and outcome.problem and outcome.problem.reason == 'UnexpectedStatus'


def test_a_redirect_where_none_is_followed() -> None:
    redirect = response(307, b'', Location='https://x.test/')
    outcome = content_failure(redirect, 'it', AT, {}, {}, follows_redirects=False)
    assert outcome and outcome.problem and outcome.problem.reason == 'UnexpectedStatus'


@pytest.mark.parametrize(
    'body', [b'', b'<Code></Code>', b'<Code>1<2</Code>', b'\xff' * 9000, b'<Code>' * 9000]
)
def test_xml_without_a_code(body: bytes) -> None:
    outcome = storage_failure(response(403, body), 'h', {}, {})
    assert outcome and outcome.facts['storageCode'] is None
