# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Texts that are like what a rule recognizes, and the rules that they must not fire."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import cast

import yaml

from azext_acrhealth.explain.engine import find
from azext_acrhealth.explain.message import Message, message_of
from azext_acrhealth.explain.rule import Rule
from azext_acrhealth.explain.rules import RULES, WORDS


@lru_cache(maxsize=None)
def near_misses() -> Mapping[str, str]:
    """Return a text for each rule by its ID."""
    path = Path(__file__).with_suffix('.yaml')
    return cast('Mapping[str, str]', yaml.safe_load(path.read_text(encoding='utf-8')))


def rules_of(module: ModuleType) -> tuple[Rule, ...]:
    """Return the rules of a module."""
    return cast('tuple[Rule, ...]', module.RULES)


def fires(rule: Rule, text: str) -> bool:
    """Return whether a rule finds something of ours in a text, whatever other rules find."""
    return any(not found.is_foreign or found.rule.registry for found in find(message(text), [rule]))


def message(text: str) -> Message:
    """Return a text as rules search it."""
    return message_of(text, WORDS)


def ids(text: str) -> list[str]:
    """Return the IDs of the rules that find something in a text, the best first."""
    return [finding.rule.id for finding in find(message(text), RULES)]
