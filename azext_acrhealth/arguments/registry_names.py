# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What users type for a registry, and the target that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from azext_acrhealth.grammar import HOST, LABELLED_NAME, REGISTRY_NAME, is_host
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import Target, disambiguate, target_of

_SCHEME = lazy_pattern(r'(?:https?|oci|docker)://', re.IGNORECASE)
_PORT_OR_TAG = lazy_pattern(r':[\w.-]*\Z')
_NOT_A_NAME = "isn't a registry name (5 to 50 letters and digits)"
_NOT_A_HOST = "isn't a host name"


def parse_registry(
    text: str, suffix: str | None, resource_group: str | None = None
) -> Target | str:
    """Parse a registry name, a host or a resource ID; return the reason for what is neither.

    A host is never rewritten. `suffix` is the current cloud's registry suffix with its dot.
    """
    if not text.strip():
        return 'A registry name is empty. A variable might be unset.'
    if text.startswith('/'):
        target = target_of(text.removesuffix('/'))
        if target is None:
            return f"'{text}' isn't the resource ID of a container registry."
        group = target.resource_group or ''
        if resource_group and resource_group.lower() != group.lower():
            return (
                f"'{text}' is in the resource group {group}, but --resource-group is "
                f'{resource_group}.'
            )
        return target
    if '.' in text:
        if not is_host(text):
            return f"'{text}' {_extra_parts(text) or _NOT_A_HOST}."
        return _target(text.split('.')[0].split('-')[0].lower(), text, resource_group)
    lowered = text.lower()
    if REGISTRY_NAME.fullmatch(text):
        return _target(lowered, None, resource_group)
    if LABELLED_NAME.fullmatch(text) and suffix:
        return _target(lowered.split('-')[0], f'{lowered}{suffix}', resource_group)
    return f"'{text}' {_extra_parts(text) or _NOT_A_NAME}."


def _target(name: str, host: str | None, resource_group: str | None) -> Target:
    return Target(name, host, resource_group, in_group_only=bool(resource_group))


def strip_to_name(text: str) -> str:
    """Return a name or host without scheme, port, tag, path and final dot."""
    return _PORT_OR_TAG.sub('', _SCHEME.sub('', text.strip()).partition('/')[0]).rstrip('.')


def _extra_parts(text: str) -> str:
    """Return what stands around a name or host; '' where that isn't all that is wrong."""
    name = strip_to_name(text)
    if text != text.strip() or not (HOST if '.' in name else REGISTRY_NAME).fullmatch(name):
        return ''
    rest = _SCHEME.sub('', text)
    host, slash, _ = rest.partition('/')
    _, colon, port = host.partition(':')
    parts = (
        ('a scheme', rest != text),
        ('a port' if port.isdigit() else 'a tag', bool(colon)),
        ('a path', slash),
        ('a trailing dot', host[-1] == '.'),
    )
    return f'includes {" and ".join(part for part, present in parts if present)}'


def deduplicate(targets: Iterable[Target]) -> list[Target]:
    """Return the targets without duplicates in any case, labelled where they share a name."""
    unique: dict[tuple[str, ...], Target] = {}
    for target in targets:
        parts = (target.name, target.host, target.resource_group, target.subscription)
        unique.setdefault(tuple((part or '').lower() for part in parts), target)
    return disambiguate(unique.values())
