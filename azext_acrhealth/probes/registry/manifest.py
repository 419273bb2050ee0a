# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse manifests and indexes (OCI image specification, Docker's schema 2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.grammar import is_digest
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import list_of, object_of, text_of
from azext_acrhealth.probes.registry.image_platform import (
    Platform,
    compatible_platforms,
    parse_platform,
)

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
# More than any image has; a made-up manifest can have any number.
_MOST_DESCRIPTORS = 1000
_SIZE_LIMIT = 2**63  # sizes are int64 (OCI image specification, descriptors)


class UnreadableManifest(Exception):
    """A response is no manifest that current clients accept; the text says why."""


@dataclass(frozen=True)
class Descriptor:
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


@dataclass(frozen=True)
class Manifest:
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
    """Parse the manifest in a response. Raises UnreadableManifest."""
    content = response.json()
    if not isinstance(content, dict):
        raise UnreadableManifest(
            'not a JSON object' if response.complete else 'exceeds the size limit of manifests'
        )
    kind = (
        text_of(content.get('mediaType'))
        or (response.header('Content-Type') or '').partition(';')[0].strip()
    )
    if content.get('schemaVersion') != 2:
        raise UnreadableManifest(
            'schema version 1, which current clients reject'
            if content.get('schemaVersion') == 1
            else 'no schema version'
        )
    is_index = kind in INDEXES or (kind not in IMAGES and 'manifests' in content)
    entries = (
        list_of(content.get('manifests'))
        if is_index
        else [content.get('config'), *list_of(content.get('layers'))]
    )
    if len(entries) > _MOST_DESCRIPTORS:
        raise UnreadableManifest(f'more than {_MOST_DESCRIPTORS} entries')
    descriptors = tuple(_descriptor(object_of(entry), is_index) for entry in entries)
    return Manifest(digest_of(response.body, like), kind[:100], is_index, descriptors)


def _descriptor(entry: Any, of_index: bool) -> Descriptor:
    digest, size = entry.get('digest'), entry.get('size')
    if (
        not is_digest(digest)
        or isinstance(size, bool)
        or not isinstance(size, int)
        or not 0 <= size < _SIZE_LIMIT
    ):
        raise UnreadableManifest('an entry without a valid digest or size')
    media_type = (text_of(entry.get('mediaType')) or '')[:100]
    return Descriptor(
        digest,
        size,
        media_type,
        parse_platform(entry.get('platform')) if of_index else None,
        bool(list_of(entry.get('urls'))),
        of_index
        and not entry.get('platform')
        and not entry.get('artifactType')
        and media_type in ('', *IMAGES, *INDEXES),
    )
