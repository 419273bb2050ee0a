# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What soft delete keeps: the lists of deleted tags and manifests, and their restoration.

Documented: the policy and what it keeps (Learn, container-registry-soft-delete-policy). Paths,
scopes, query and body are those that the CLI sends, and the properties of an entry are those that
its unit tests have as answers (Azure/azure-cli, acr/manifest.py and test_acr_commands_mock.py); a
repository is listed as long as something of it is kept. Inferred: the codes of its errors, and
that a manifest can be restored without a tag, which the CLI then sends as null.
"""

from __future__ import annotations

import json
import time
from typing import Any

from tests.sandbox.services import errors
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.registry_storage import Repository, Storage


def is_kept(registry: dict[str, Any]) -> bool:
    """Return whether the registry's policy keeps what is deleted."""
    policy = registry['properties'].get('policies', {}).get('softDeletePolicy', {})
    return str(policy.get('status')).lower() == 'enabled'


def handle(
    storage: Storage, request: Request, registry: dict[str, Any], parts: dict[str, str]
) -> Response:
    """Respond to a request for a list of deleted artifacts, or to restore a manifest."""
    repository, name = storage.repository(parts['name']), parts['name']
    if request.method == 'POST' and parts['listing'] == 'manifests' and 'item' in parts:
        return _restore(repository, request, parts['item'])
    if request.method != 'GET' or 'item' in parts:
        return errors.registry(405)
    tags = [
        {
            'tag': kept.tag,
            'digest': kept.digest,
            'createdAt': format_time(kept.created_at),
            'deletedAt': format_time(kept.deleted_at),
        }
        for kept in repository.deleted_tags
    ]
    manifests = [
        {
            'digest': digest,
            'createdAt': format_time(repository.pushed.get(digest, 0)),
            'deletedAt': format_time(deleted_at),
        }
        for digest, (_, _, deleted_at) in repository.deleted_manifests.items()
    ]
    if name not in storage.repositories:
        return errors.registry(
            404, 'NAME_UNKNOWN', f'repository "{name}" is not found', {'name': name}
        )
    listed = {'tags': tags} if parts['listing'] == 'tags' else {'manifests': manifests}
    host = registry['properties']['loginServer']
    return json_response(200, {'registry': host, 'imageName': name, **listed})


def _restore(repository: Repository, request: Request, digest: str) -> Response:
    try:
        tag = json.loads(request.body or b'{}').get('tag')
    except (ValueError, AttributeError):
        return errors.registry(400, 'BAD_REQUEST', 'the body is not valid')
    if tag in repository.tags and request.query.get('force', [''])[0].lower() != 'true':
        return errors.registry(409, 'TAG_ALREADY_EXISTS', f'tag {tag} already exists')
    if not repository.restore(digest, tag):
        return errors.registry(404, 'MANIFEST_UNKNOWN', f'manifest {digest} is not found')
    return json_response(200, {'digest': digest, 'tag': tag})


def format_time(seconds: float) -> str:
    """Return a time as the registry writes it."""
    return time.strftime('%Y-%m-%dT%H:%M:%S.0000000Z', time.gmtime(seconds))
