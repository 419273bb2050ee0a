# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Small images to have and to pull: one layer with one file, nothing is downloaded."""
from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import tarfile
from typing import Any, NamedTuple

MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
INDEX = 'application/vnd.oci.image.index.v1+json'
CONFIG = 'application/vnd.oci.image.config.v1+json'
LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'


class Image(NamedTuple):
    """A manifest, its media type and the blobs it needs."""

    manifest: bytes
    media_type: str
    blobs: tuple[bytes, ...]


def digest(data: bytes) -> str:
    """Return the digest of some bytes."""
    return 'sha256:' + hashlib.sha256(data).hexdigest()


@functools.lru_cache(maxsize=None)
def image(text: str = 'hello', architecture: str = 'amd64', size: int = 0) -> Image:
    """Return an image with one text file in one layer; `size` adds a file of so many bytes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode='w') as layer:
        for name, content in (('hello.txt', text.encode()), *((('padding', bytes(size)),) if size else ())):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            layer.addfile(entry, io.BytesIO(content))
    tar = archive.getvalue()
    packed = gzip.compress(tar, mtime=0)
    config = _dump({'architecture': architecture, 'os': 'linux', 'created': '2026-02-03T09:12:44Z',
                    'config': {'Cmd': ['/hello']}, 'rootfs': {'type': 'layers', 'diff_ids': [digest(tar)]},
                    'history': [{'created': '2026-02-03T09:12:44Z', 'created_by': 'acrhealth sandbox'}]})
    manifest = _dump({'schemaVersion': 2, 'mediaType': MANIFEST, 'config': _descriptor(CONFIG, config),
                      'layers': [_descriptor(LAYER, packed)]})
    return Image(manifest, MANIFEST, (config, packed))


@functools.lru_cache(maxsize=None)
def index(text: str = 'hello') -> tuple[bytes, tuple[Image, ...]]:
    """Return an index for two platforms, and their images."""
    images = {architecture: image(text, architecture) for architecture in ('amd64', 'arm64')}
    entries = [{**_descriptor(one.media_type, one.manifest), 'platform': {'architecture': name, 'os': 'linux'}}
               for name, one in images.items()]
    return _dump({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': entries}), tuple(images.values())


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {'mediaType': kind, 'digest': digest(data), 'size': len(data)}


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(',', ':')).encode()
