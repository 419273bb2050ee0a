# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The record of a rule, and of what it found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from azext_acrhealth.explain.hosts import Mention, Role
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.model import Problem

Confidence = Literal['certain', 'likely', 'possible']
CONFIDENCES: tuple[Confidence, ...] = ('certain', 'likely', 'possible')
# In patterns, a blank stands for any white space, and an ellipsis for a part of any text.
_GAP = r'(?s:.{0,300}?)'


@dataclass(frozen=True)
class Rule:
    """A pattern of error messages, and what a match means.

    `words` are in every text that matches: at least one of them. They and the patterns are in
    lowercase. Named groups of `pattern` fill the placeholders of the problem; `host` is the host
    that the message is about. `problem` is None for symptoms and for messages of other registries,
    whose name is `registry`. `elsewhere` has the problems of hosts that aren't a login server; a
    message about a host of a role that isn't there doesn't count. `candidates` are further problems
    that the text doesn't exclude. The rule's findings remove those of the kinds and IDs in
    `outranks`. `needs` and `unless` are patterns that must, or must not, be somewhere in the text.
    A rule that isn't `specific` counts only in texts about registries or images.
    """

    id: str
    words: tuple[str, ...]
    pattern: str
    kind: Kind
    problem: Problem | None = None
    confidence: Confidence = 'certain'
    candidates: tuple[Problem, ...] = ()
    outranks: tuple[str, ...] = ()
    elsewhere: Mapping[Role, Problem] = field(default_factory=dict)
    needs: str = ''
    unless: str = ''
    specific: bool = True
    registry: str = ''
    # Whether the message is about the registry, whatever host stands near.
    anywhere: bool = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return every problem that the rule can raise."""
        first = (self.problem,) if self.problem else ()
        return tuple(dict.fromkeys((*first, *self.candidates, *self.elsewhere.values())))


class Finding(NamedTuple):
    """A rule that matches, where, the host that the message is about, and its problem."""

    rule: Rule
    match: re.Match[str]
    mention: Mention | None
    problem: Problem | None

    @property
    def is_foreign(self) -> bool:
        """Return whether the message is about a registry that isn't in Azure."""
        return bool(self.rule.registry) or (
            self.mention is not None and self.mention.role == 'foreign' and not self.rule.anywhere
        )


@lru_cache(maxsize=None)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a rule's pattern."""
    return re.compile(pattern.replace('…', _GAP).replace(' ', r'\s'), re.MULTILINE)
