# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse manifests and indexes (OCI image specification, Docker's schema 2)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.grammar import is_digest
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import list_of, object_of, text_of

INDEXES = (
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
)
IMAGES = (
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
)
_SAFE_WORD = re.compile(r'[\w.-]{1,40}', re.ASCII)
# More than any image has; a made-up manifest can have any number.
_MOST_DESCRIPTORS = 1000
_SIZE_LIMIT = 2**63  # sizes are int64 (OCI image specification, descriptors)
_UNKNOWN = 'unknown'


class UnreadableManifest(Exception):
    """A response is no manifest that current clients accept; the text says why."""


@dataclass(frozen=True)
class Platform:
    """What an image runs on, as Go spells it: `linux`, `amd64`; a variant such as `v8`."""

    os: str
    architecture: str
    variant: str = ''

    def __str__(self) -> str:
        return '/'.join(filter(None, (self.os, self.architecture, self.variant)))

    def fits(self, wanted: Platform) -> bool:
        """Return whether this runs on `wanted`; a variant counts where both name one.

        An ARM processor also runs what was built for earlier variants, and clients take that.
        """
        if (self.os, self.architecture) != (wanted.os, wanted.architecture):
            return False
        if not self.variant or not wanted.variant or self.variant == wanted.variant:
            return True
        return self.architecture == 'arm' and self.variant < wanted.variant


@dataclass(frozen=True)
class Descriptor:
    """A descriptor of a manifest (OCI image specification, descriptors).

    `size` is in bytes; `platform` is set in an index only; `foreign`: another server keeps it.
    """

    digest: str
    size: int
    media_type: str = ''
    platform: Platform | None = None
    foreign: bool = False


@dataclass(frozen=True)
class Manifest:
    """A manifest; `descriptors` are an index's manifests, or an image's config and layers."""

    digest: str
    media_type: str
    is_index: bool
    descriptors: tuple[Descriptor, ...]

    def platforms(self) -> tuple[Platform, ...]:
        """Return the platforms of an index; entries that are no image (attestations) have none."""
        return tuple(descriptor.platform for descriptor in self.descriptors if descriptor.platform)

    def entry_for(self, platform: Platform) -> Descriptor | None:
        """Return the entry of an index for a platform: the exact one, else the newest that fits."""
        fitting = [
            descriptor
            for descriptor in self.descriptors
            if descriptor.platform and descriptor.platform.fits(platform)
        ]
        return max(
            fitting,
            key=lambda descriptor: (descriptor.platform == platform, str(descriptor.platform)),
            default=None,
        )


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
    return Descriptor(
        digest,
        size,
        (text_of(entry.get('mediaType')) or '')[:100],
        parse_platform(entry.get('platform')) if of_index else None,
        bool(list_of(entry.get('urls'))),
    )


def parse_platform(entry: Any) -> Platform | None:
    """Parse the platform of an index's entry or of an image's config; None if it has none."""
    words = [object_of(entry).get(name) or '' for name in ('os', 'architecture', 'variant')]
    if not all(
        isinstance(word, str) and (_SAFE_WORD.fullmatch(word) or not word) for word in words
    ):
        return None
    return Platform(*words) if words[0] and words[1] and words[0] != _UNKNOWN else None
