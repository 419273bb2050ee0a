# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What failed in a pull of a known image, for checks whose pulls run in another program."""

from __future__ import annotations

from azext_acrhealth.explain.engine import find
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.explain.message import message_of
from azext_acrhealth.explain.rules import RULES, WORDS

# The rules know the registries of public clouds; a pull can be from any other one.
STAND_IN = 'registry.azurecr.io'
_WITHOUT_CAUSE: tuple[Kind, ...] = ('symptom', 'unclear')
# The rule of last resort for other registries.
_ANY_ERROR = 'other-registry'


def message_about(text: str, host: str) -> str:
    """Return a client's message about a pull from a host as one about STAND_IN."""
    return f'pull image {STAND_IN}\n{text.replace(host, STAND_IN)}'


def failure_kind(text: str, host: str) -> Kind | None:
    """Return what failed by a client's message about an image of a host; None if unknown."""
    message = message_of(message_about(text, host), WORDS)
    kinds = (
        finding.rule.kind
        for finding in find(message, RULES)
        if finding.rule.kind not in _WITHOUT_CAUSE and finding.rule.id != _ANY_ERROR
    )
    return next(kinds, None)
