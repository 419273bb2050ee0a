# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Lists of repositories, tags and manifests, in the OCI form and the registry's (/acr/v1)."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any, Optional

from tests.sandbox.services import deleted_artifacts, errors
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.registry_storage import Repository, Storage

CHANGEABLE = {'deleteEnabled': True, 'writeEnabled': True, 'readEnabled': True, 'listEnabled': True}


def handle(
    storage: Storage, request: Request, registry: dict[str, Any], parts: dict[str, str]
) -> Response:
    """Respond to a request for a list."""
    if request.method == 'DELETE' and parts.get('listing') == 'tags' and 'item' in parts:
        return _untag(storage, registry, parts['name'], parts['item'])
    if request.method != 'GET':
        return errors.registry(405)
    host = registry['properties']['loginServer']
    name = parts.get('name')
    if name is None:
        names, link = _paged(request, sorted(storage.repositories))
        value: dict[str, Any] = {
            'repositories': names or ([] if request.path.startswith('/v2/') else None)
        }
        return json_response(200, value, *link)
    if name not in storage.repositories:
        return errors.registry(
            404, 'NAME_UNKNOWN', f'repository "{name}" is not found', {'name': name}
        )
    repository = storage.repositories[name]
    if parts.get('listing') == 'tags':
        return _tags(request, repository, host, name, parts.get('item'))
    if parts.get('listing') == 'manifests':
        return json_response(
            200,
            {
                'registry': host,
                'imageName': name,
                'manifests': [_manifest(repository, digest) for digest in repository.manifests],
            },
        )
    tags, link = _paged(request, sorted(repository.tags))
    return json_response(200, {'name': name, 'tags': tags}, *link)


def _untag(storage: Storage, registry: dict[str, Any], name: str, tag: str) -> Response:
    if storage.repository(name).delete_tag(tag, deleted_artifacts.is_kept(registry)):
        return Response(202)
    return errors.registry(404, 'TAG_UNKNOWN', 'the specified tag does not exist')


def _tags(
    request: Request, repository: Repository, host: str, name: str, item: Optional[str]
) -> Response:
    entries = [
        {
            'name': tag,
            'digest': digest,
            'createdTime': _time(repository, digest),
            'lastUpdateTime': _time(repository, digest),
            'signed': False,
            'changeableAttributes': CHANGEABLE,
        }
        for tag, digest in sorted(repository.tags.items())
        if item in (None, tag)
    ]
    if item:
        return (
            json_response(200, {'registry': host, 'imageName': name, 'tag': entries[0]})
            if entries
            else errors.registry(404, 'TAG_UNKNOWN', 'the specified tag does not exist')
        )
    page, link = _paged(request, [str(entry['name']) for entry in entries])
    return json_response(
        200,
        {
            'registry': host,
            'imageName': name,
            'tags': [entry for entry in entries if entry['name'] in page],
        },
        *link,
    )


def _manifest(repository: Repository, digest: str) -> dict[str, Any]:
    kind, data = repository.manifests[digest]
    manifest = json.loads(data)
    size = len(data) + sum(layer['size'] for layer in manifest.get('layers', []))
    return {
        'digest': digest,
        'imageSize': size,
        'createdTime': _time(repository, digest),
        'lastUpdateTime': _time(repository, digest),
        'architecture': 'amd64',
        'os': 'linux',
        'mediaType': kind,
        'tags': [tag for tag, target in repository.tags.items() if target == digest],
        'changeableAttributes': CHANGEABLE,
    }


def _time(repository: Repository, digest: str) -> str:
    return deleted_artifacts.format_time(repository.pushed.get(digest, 0))


def _paged(request: Request, names: list[str]) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Return the page that `n` and `last` select, and the Link to the next."""
    query = {key: values[0] for key, values in request.query.items()}
    size = int(query['n']) if query.get('n', '').isdigit() and int(query['n']) > 0 else 100
    rest = [name for name in names if name > query.get('last', '')]
    page = rest[:size]
    if len(rest) <= size:
        return page, ()
    link = f'<{request.path}?last={urllib.parse.quote(page[-1], safe="")}&n={size}>; rel="next"'
    return page, (('Link', link),)
