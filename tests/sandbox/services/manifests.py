# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Manifests by tag and by digest: read, written, deleted (OCI distribution 1.1)."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.services import errors, images, known_errors
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.registry_storage import Repository


def handle(
    repository: Repository, request: Request, name: str, reference: str, keep: bool = False
) -> Response:
    """Respond to a request for a manifest; `keep`: soft delete keeps what is deleted.

    A lock is enforced here, not at the uploads of layers (recorded: "Layer already exists", and
    then the error, in Azure/acr#84 and in the documentation of locks).
    """
    digest = repository.tags.get(reference, reference)
    access = 'writeEnabled' if request.method == 'PUT' else 'readEnabled'
    if request.method != 'DELETE' and repository.forbids(access, reference, digest):
        return known_errors.known('disallowed')
    if request.method in ('GET', 'HEAD'):
        return _get(repository, name, reference)
    if request.method == 'PUT':
        return _put(repository, request, name, reference)
    if request.method == 'DELETE':
        return _delete(repository, name, reference, keep)
    return errors.registry(405)


def unknown_manifest(name: str, reference: str) -> Response:
    """Return the registry's error for a manifest that it does not have, in any repository.

    Both messages were recorded. By digest: Azure/azure-cli#29974, for a tag whose manifest is gone,
    and Azure/acr-cli#342, for an index's child; by tag: MicrosoftDocs/azure-docs#90060 and the
    support article on image pulls. Of the details, `Tag` was recorded (azure-docs#90060); that for
    a digest is inferred from distribution.
    """
    if ':' in reference:
        return errors.registry(
            404,
            'MANIFEST_UNKNOWN',
            f'manifest {reference} is not found',
            {'Name': name, 'Revision': reference},
        )
    return errors.registry(
        404,
        'MANIFEST_UNKNOWN',
        f'manifest tagged by "{reference}" is not found',
        {'Tag': reference},
    )


def _get(repository: Repository, name: str, reference: str) -> Response:
    found = repository.find(reference)
    if found is None:
        # A tag that names a missing manifest is resolved first, so that the digest is reported.
        return unknown_manifest(name, repository.tags.get(reference, reference))
    digest, kind, body = found
    return Response(
        200,
        body,
        (('Content-Type', kind), ('Docker-Content-Digest', digest), ('ETag', f'"{digest}"')),
    )


def _put(repository: Repository, request: Request, name: str, reference: str) -> Response:
    try:
        manifest: Any = json.loads(request.body)
        kind = request.headers.get_content_type()
        references = _references(manifest)
    except (ValueError, KeyError, TypeError, AttributeError):
        return errors.registry(400, 'MANIFEST_INVALID', 'manifest invalid')
    digest = images.digest(request.body)
    if ':' in reference and reference != digest:
        return errors.registry(
            400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'
        )
    missing = [
        digest
        for digest in references
        if repository.blob(digest) is None and digest not in repository.manifests
    ]
    if missing:
        return errors.registry(
            404, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', {'Digest': missing[0]}
        )
    repository.put(kind, request.body, None if ':' in reference else reference)
    return Response(
        201,
        b'',
        (('Location', f'/v2/{name}/manifests/{digest}'), ('Docker-Content-Digest', digest)),
    )


def _references(manifest: dict[str, Any]) -> list[str]:
    """Return the digests that a manifest or an index refers to."""
    if 'manifests' in manifest:
        return [str(entry['digest']) for entry in manifest['manifests']]
    layers = [
        entry for entry in manifest.get('layers', []) if not entry.get('urls')
    ]  # those lie elsewhere
    return [str(entry['digest']) for entry in [manifest['config'], *layers]]


def _delete(repository: Repository, name: str, reference: str, keep: bool) -> Response:
    delete = repository.delete_manifest if ':' in reference else repository.delete_tag
    return Response(202) if delete(reference, keep) else unknown_manifest(name, reference)
