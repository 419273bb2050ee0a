# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Lists of repositories, tags and manifests, in the OCI form and the registry's (/acr/v1)."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from tests.sandbox.services import deleted_artifacts, errors
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.registry_storage import Repository, Storage


def handle(
    storage: Storage, request: Request, registry: dict[str, Any], parts: dict[str, str]
) -> Response:
    """Respond to a request for a list."""
    if request.method == 'DELETE' and parts.get('listing') == 'tags' and 'item' in parts:
        return _untag(storage, registry, parts['name'], parts['item'])
    if request.method not in ('GET', 'PATCH'):
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
    if parts.get('attributes') or parts.get('item'):
        return _item(request, repository, host, name, parts)
    if request.method == 'PATCH':
        return errors.registry(405)
    if parts.get('listing') == 'tags':
        return _tags(request, repository, host, name)
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


def _tags(request: Request, repository: Repository, host: str, name: str) -> Response:
    entries = [_tag(repository, tag) for tag in sorted(repository.tags)]
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


def _tag(repository: Repository, tag: str) -> dict[str, Any]:
    digest = repository.tags[tag]
    return {
        'name': tag,
        'digest': digest,
        'createdTime': _time(repository, digest),
        'lastUpdateTime': _time(repository, digest),
        'signed': False,
        'changeableAttributes': repository.attributes(tag),
    }


def _item(
    request: Request, repository: Repository, host: str, name: str, parts: dict[str, str]
) -> Response:
    """Show or change the attributes of a repository, a tag or a manifest.

    The forms are recorded (Azure/azure-sdk-for-js, container-registry, recordings of 2021); the
    CLI's `az acr repository update` sends the PATCH.
    """
    listing, item = parts.get('listing', ''), parts.get('item', '')
    known = {'': {'': name}, 'tags': repository.tags, 'manifests': repository.manifests}[listing]
    if item not in known:
        if listing == 'tags':
            return errors.registry(404, 'TAG_UNKNOWN', 'the specified tag does not exist')
        return errors.registry(404, 'MANIFEST_UNKNOWN', f'manifest {item} is not found')
    if request.method == 'PATCH':
        repository.changed.setdefault(item, {}).update(json.loads(request.body))
    shown: dict[str, Any] = {'registry': host, 'imageName': name}
    if listing == 'tags':
        shown['tag'] = _tag(repository, item)
    elif listing == 'manifests':
        shown['manifest'] = _manifest(repository, item)
    else:
        times = sorted(repository.pushed.values()) or [0]
        shown |= {
            'createdTime': deleted_artifacts.format_time(times[0]),
            'lastUpdateTime': deleted_artifacts.format_time(times[-1]),
            'manifestCount': len(repository.manifests),
            'tagCount': len(repository.tags),
            'changeableAttributes': repository.attributes(),
        }
    return json_response(200, shown)


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
        'changeableAttributes': repository.attributes(digest),
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
