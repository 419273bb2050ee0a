# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse manifests and indexes (OCI image specification, Docker's schema 2)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.grammar import is_digest
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import list_of, object_of, text_of
from azext_acrhealth.probes.registry.image_platform import (
    Platform,
    compatible_platforms,
    parse_platform,
)
from azext_acrhealth.probes.strict_json import decode, type_error

INDEXES = (
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
)
IMAGES = (
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
)
# The media types that clients take for an image's config (moby, distribution/registry.go): some
# registries have stored images under the last four.
_IMAGE_CONFIGS = (
    'application/vnd.oci.image.config.v1+json',
    'application/vnd.docker.container.image.v1+json',
    'application/octet-stream',
    'application/json',
    'text/html',
    '',
)
# Whatever has another media type is read as schema version 1, or not at all (containers/image,
# NormalizedMIMEType; moby, distribution/registry.go).
_MEDIA_TYPES = (*INDEXES, *IMAGES)
_SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+'
# A media type with its parameters; with an invalid one it isn't read (Go, mime/mediatype.go).
_CONTENT_TYPE = lazy_pattern(
    r"""([\w./+-]+)(?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*(?:[\w!#$%&'*+.^`|~-]+|"[^"\\]*"))*\s*;?""",
    re.ASCII,
)
# The types of the fields that clients read (image-spec, specs-go/v1; distribution, descriptor.go).
# What Go's decoder rejects in one of them, a client doesn't pull.
_PLATFORM_FIELDS = {
    'architecture': str,
    'os': str,
    'os.version': str,
    'os.features': [str],
    'variant': str,
    'features': [str],
}
_DESCRIPTOR_FIELDS = {
    'mediaType': str,
    'digest': str,
    'size': int,
    'urls': [str],
    'annotations': {'*': str},
    'data': bytes,
    'platform': _PLATFORM_FIELDS,
    'artifactType': str,
}
_FIELDS = {
    'schemaVersion': int,
    'mediaType': str,
    'config': _DESCRIPTOR_FIELDS,
    'layers': [_DESCRIPTOR_FIELDS],
    'manifests': [_DESCRIPTOR_FIELDS],
    'annotations': {'*': str},
    'subject': _DESCRIPTOR_FIELDS,
    'artifactType': str,
}
# Fields of another kind of manifest: with one of them it is ambiguous, and clients reject it
# (containerd, core/images/image.go; containers/image, manifest/manifest.go).
_FOREIGN_FIELDS = {
    True: ('config', 'layers', 'fslayers', 'history'),
    False: ('manifests', 'fslayers', 'history'),
}
# More than any image has; a made-up manifest can have any number.
_MOST_DESCRIPTORS = 1000


class UnreadableManifest(Exception):
    """A response is no manifest that current clients accept; the text says why."""


class Descriptor(NamedTuple):
    """A descriptor of a manifest (OCI image specification, descriptors).

    `size` is in bytes; `platform` is set in an index only; `unstated`: an index lists it without a
    platform, so only its config tells; `foreign`: another server keeps it.
    """

    digest: str
    size: int
    media_type: str = ''
    platform: Platform | None = None
    foreign: bool = False
    unstated: bool = False


class Manifest(NamedTuple):
    """A manifest; `descriptors` are an index's manifests, or an image's config and layers."""

    digest: str
    media_type: str
    is_index: bool
    descriptors: tuple[Descriptor, ...]

    @property
    def config(self) -> Descriptor:
        """Return the config of an image or artifact."""
        return self.descriptors[0]

    @property
    def is_image(self) -> bool:
        """Return whether this is a container image, not an index, and not another artifact."""
        return not self.is_index and self.config.media_type.lower() in _IMAGE_CONFIGS

    def platforms(self) -> tuple[Platform, ...]:
        """Return the platforms of an index; entries that are no image (attestations) have none."""
        return tuple(descriptor.platform for descriptor in self.descriptors if descriptor.platform)

    def entry_for(self, platform: Platform) -> Descriptor | None:
        """Return the entry of an index for a platform: the same, else the best that it runs.

        Of several versions of Windows, the latest is returned. An entry without a platform counts
        only where no other fits.
        """
        for candidate in compatible_platforms(platform):
            builds = {
                descriptor: descriptor.platform.windows_build
                for descriptor in self.descriptors
                if descriptor.platform and descriptor.platform.normalized() == candidate
            }
            if builds:
                return max(builds, key=lambda descriptor: builds[descriptor])
        return next((descriptor for descriptor in self.descriptors if descriptor.unstated), None)


def digest_of(content: bytes, like: str = 'sha256:') -> str:
    """Return the digest of some bytes, by the algorithm of another digest."""
    name = 'sha512' if like.startswith('sha512:') else 'sha256'
    return f'{name}:{hashlib.new(name, content).hexdigest()}'


def parse_manifest(response: Response, like: str = 'sha256:') -> Manifest:
    """Parse the manifest in a response, as strictly as clients do. Raises UnreadableManifest."""
    if not response.complete:
        raise UnreadableManifest('exceeds the size limit of manifests')
    try:
        content = decode(response.body)
    except ValueError:
        raise UnreadableManifest('not valid JSON') from None
    error = type_error(content, _FIELDS)
    if error or not isinstance(content, dict):
        raise UnreadableManifest(error or 'not a JSON object')
    media_type = _media_type_of(response, content)
    is_index = media_type in INDEXES
    foreign = [name for name in _FOREIGN_FIELDS[is_index] if content.get(name) is not None]
    if foreign:
        raise UnreadableManifest(f"the field {foreign[0]} isn't allowed in {media_type}")
    entries = (
        list_of(content.get('manifests'))
        if is_index
        else [content.get('config'), *list_of(content.get('layers'))]
    )
    if len(entries) > _MOST_DESCRIPTORS:
        raise UnreadableManifest(f'more than {_MOST_DESCRIPTORS} entries')
    descriptors = tuple(_descriptor(object_of(entry), is_index) for entry in entries)
    return Manifest(digest_of(response.body, like), media_type, is_index, descriptors)


def _media_type_of(response: Response, content: Mapping[str, Any]) -> str:
    """Return the Content-Type, by which clients parse a manifest, without its parameters.

    Clients ignore the schema version, which is 2 for all media types that they accept.
    """
    header = (response.header('Content-Type') or '').strip()
    match = _CONTENT_TYPE.fullmatch(header)
    stated = match[1].lower() if match else header
    if stated.startswith(_SCHEMA_1):
        raise UnreadableManifest('schema version 1, which current clients reject')
    if stated not in _MEDIA_TYPES:
        raise UnreadableManifest(
            f'Content-Type {stated[:100]}, not that of a manifest' if stated else 'no Content-Type'
        )
    own = content.get('mediatype')
    if own and own != stated:
        raise UnreadableManifest(f'mediaType {own[:100]} contradicts Content-Type {stated}')
    return stated


def _descriptor(entry: Any, of_index: bool) -> Descriptor:
    digest, size = entry.get('digest'), entry.get('size')
    if not is_digest(digest) or not isinstance(size, int) or size < 0:
        raise UnreadableManifest('an entry without a valid digest or size')
    media_type = (text_of(entry.get('mediatype')) or '')[:100]
    return Descriptor(
        digest,
        size,
        media_type,
        parse_platform(entry.get('platform')) if of_index else None,
        bool(list_of(entry.get('urls'))),
        of_index
        and not entry.get('platform')
        and not entry.get('artifacttype')
        and media_type in ('', *IMAGES, *INDEXES),
    )
