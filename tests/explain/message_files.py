# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The messages of the data files: what people posted, and what the answer to each must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / 'messages'


@dataclass(frozen=True)
class Entry:
    """A message with its source and tool, and what it says.

    `reasons` are all right as the first match; the first of them is the best. `decisive` is False
    where the text leaves several causes open.
    """

    id: str
    source: str
    tool: str
    text: str
    verdict: str
    registry: str | None
    image: str | None
    code: str | None
    reason: str | None
    also: tuple[str, ...]
    decisive: bool

    def __str__(self) -> str:
        return self.id


@lru_cache(maxsize=None)
def entries() -> tuple[Entry, ...]:
    """Return the messages of all files."""
    return tuple(_entries())


def _entries() -> Iterator[Entry]:
    for path in sorted(FOLDER.glob('*.yaml')):
        for item in yaml.safe_load(path.read_text(encoding='utf-8')):
            yield _entry(item)


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        item['id'],
        item['source'],
        item.get('tool') or 'unknown',
        item['text'],
        item['verdict'],
        item.get('registry'),
        item.get('image'),
        item.get('code'),
        item.get('reason'),
        tuple(item.get('also', ())),
        bool(item.get('decisive')),
    )
