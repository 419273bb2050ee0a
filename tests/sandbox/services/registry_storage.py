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
class Repository:
    """Manifests by digest, tags by name; `blobs` is the registry's own dictionary."""

    blobs: dict[str, bytes]
    manifests: dict[str, tuple[str, bytes]] = dataclasses.field(default_factory=dict)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    pushed: dict[str, float] = dataclasses.field(default_factory=dict)
    linked: set[str] = dataclasses.field(default_factory=set)
    # Changed attributes of the repository (''), of tags and of manifests.
    changed: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

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
