# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The contents of a registry, in memory: blobs, manifests, tags, open uploads."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any, Optional

from tests.sandbox.services import images

CHANGEABLE = {'deleteEnabled': True, 'writeEnabled': True, 'readEnabled': True, 'listEnabled': True}


@dataclasses.dataclass
class DeletedTag:
    """A tag that was deleted, at a time, with the digest that it named."""

    tag: str
    digest: str
    created_at: float
    deleted_at: float


@dataclasses.dataclass
class Repository:
    """Manifests by digest, tags by name; `blobs` is the registry's own dictionary.

    What soft delete keeps: manifests with the time of their deletion, and tags, the latest last.
    """

    blobs: dict[str, bytes]
    manifests: dict[str, tuple[str, bytes]] = dataclasses.field(default_factory=dict)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    pushed: dict[str, float] = dataclasses.field(default_factory=dict)
    linked: set[str] = dataclasses.field(default_factory=set)
    # Changed attributes of the repository (''), of tags and of manifests.
    changed: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    deleted_manifests: dict[str, tuple[str, bytes, float]] = dataclasses.field(default_factory=dict)
    deleted_tags: list[DeletedTag] = dataclasses.field(default_factory=list)

    def attributes(self, reference: str = '') -> dict[str, Any]:
        """Return the changeable attributes of the repository, of a tag, or of a manifest."""
        return {**CHANGEABLE, **self.changed.get(reference, {})}

    def forbids(self, access: str, *references: str) -> bool:
        """Return whether the repository or one of its tags or manifests is locked."""
        return any(not self.attributes(reference)[access] for reference in ('', *references))

    def put(self, media_type: str, manifest: bytes, tag: Optional[str] = None) -> str:
        """Store a manifest and return its digest."""
        digest = images.digest(manifest)
        self.manifests[digest] = (media_type, manifest)
        self.pushed.setdefault(digest, time.time())
        if tag:
            self.tags[tag] = digest
        return digest

    def add(self, blob: bytes) -> str:
        """Store a blob and return its digest."""
        digest = images.digest(blob)
        self.blobs[digest] = blob
        self.linked.add(digest)
        return digest

    def add_image(self, image: images.Image, tag: Optional[str] = None) -> str:
        """Store an image with all that an index lists, and return its digest."""
        for child in image.children:
            self.add_image(child)
        for blob in image.blobs:
            self.add(blob)
        return self.put(image.media_type, image.manifest, tag)

    def find(self, reference: str) -> Optional[tuple[str, str, bytes]]:
        """Return digest, media type and bytes of a manifest by tag or digest; None if unknown."""
        digest = self.tags.get(reference, reference)
        found = self.manifests.get(digest)
        return (digest, *found) if found else None

    def delete_tag(self, tag: str, keep: bool) -> bool:
        """Delete a tag, and return whether it was there; `keep`: soft delete keeps it."""
        digest = self.tags.pop(tag, None)
        if digest and keep:
            created = self.pushed.get(digest, 0)
            self.deleted_tags.append(DeletedTag(tag, digest, created, time.time()))
        return digest is not None

    def delete_manifest(self, digest: str, keep: bool, keep_tags: bool = False) -> bool:
        """Delete a manifest with its tags, and return whether it was there.

        `keep`: soft delete keeps it. `keep_tags` leaves its tags dangling.
        """
        found = self.manifests.pop(digest, None)
        if found and keep:
            self.deleted_manifests[digest] = (*found, time.time())
        for tag in [tag for tag, target in self.tags.items() if target == digest]:
            if found and not keep_tags:
                self.delete_tag(tag, keep)
        return found is not None

    def restore(self, digest: str, tag: Optional[str]) -> bool:
        """Restore a manifest, under a tag if one is given; return whether it was kept."""
        if tag and any((kept.tag, kept.digest) == (tag, digest) for kept in self.deleted_tags):
            self.deleted_tags = [kept for kept in self.deleted_tags if kept.tag != tag]
        deleted = self.deleted_manifests.pop(digest, None)
        if deleted:
            self.manifests[digest] = deleted[:2]
        if digest not in self.manifests:
            return False
        if tag:
            self.tags[tag] = digest
        return True

    def blob(self, digest: str) -> Optional[bytes]:
        """Return a blob that this repository holds, or None."""
        return self.blobs.get(digest) if digest in self.linked else None


@dataclasses.dataclass
class Upload:
    """An upload session; its state changes with every step: a client must follow Location."""

    repository: str
    state: str
    data: bytearray = dataclasses.field(default_factory=bytearray)


class Storage:
    """One registry's contents, with the two sample repositories in it by default."""

    def __init__(self, filled: bool = True) -> None:
        self.lock = threading.RLock()
        self.blobs: dict[str, bytes] = {}
        self.repositories: dict[str, Repository] = {}
        self.uploads: dict[str, Upload] = {}
        if filled:
            self.fill('hello', 'v1', images.image())
            self.fill('samples/multi', 'v1', images.index())

    def fill(self, name: str, tag: str, image: images.Image) -> str:
        """Store an image under a tag and return its digest."""
        return self.repository(name, True).add_image(image, tag)

    def repository(self, name: str, create: bool = False) -> Repository:
        """Return a repository; an unknown one is empty, and stored only with `create`."""
        with self.lock:
            found = self.repositories.get(name) or Repository(self.blobs)
            if create:
                self.repositories[name] = found
            return found
