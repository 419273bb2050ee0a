# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a user can call a registry, and the target that it means."""

from __future__ import annotations

import re

from azext_acrhealth.options import Target, disambiguate, target_of

# Names: the registry naming rules of Resource Manager; a domain-name label adds a hash after a
# hyphen.
_NAME = re.compile(r'[a-z0-9]{5,50}')
_LABEL = re.compile(r'[a-z0-9]{5,50}-[a-z0-9]{1,30}')
_HOST = re.compile(
    r'(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])',
    re.IGNORECASE | re.ASCII,
)
_SCHEME = re.compile(r'(?:https?|oci|docker)://', re.IGNORECASE)
_PORT_OR_TAG = re.compile(r':[\w.-]*\Z')


def parse(text: str, suffix: str | None, resource_group: str | None = None) -> Target | str:
    """Read a registry name, a host or a resource id; a string says what is wrong.

    A host is never rewritten.
    """
    if not text.strip():
        return 'An empty value does not name a registry; a variable may be unset.'
    if text.startswith('/'):
        target = target_of(text.removesuffix('/'))
        if target is None:
            return f"'{text}' is not the resource id of a container registry."
        group = target.resource_group or ''
        if resource_group and resource_group.lower() != group.lower():
            return (
                f"'{text}' lies in the resource group {group}, but --resource-group says "
                f'{resource_group}.'
            )
        return target
    if '.' in text:
        if not _HOST.fullmatch(text):
            return f"'{text}' {_surplus(text) or 'is not a host name'}."
        return Target(
            text.split('.')[0].split('-')[0].lower(),
            text,
            resource_group,
            in_group_only=bool(resource_group),
        )
    # Some letters outside ASCII have their lower case within it.
    lowered = text.lower() if text.isascii() else text
    if _NAME.fullmatch(lowered):
        return Target(lowered, None, resource_group, in_group_only=bool(resource_group))
    if _LABEL.fullmatch(lowered) and suffix:
        return Target(
            lowered.split('-')[0],
            f'{lowered}{suffix}',
            resource_group,
            in_group_only=bool(resource_group),
        )
    return f"'{text}' {_surplus(text) or 'is not a registry name: 5 to 50 letters and digits'}."


def without_surplus(text: str) -> str:
    """Take scheme, port, tag, path and last dot off a name or a host."""
    return _PORT_OR_TAG.sub('', _SCHEME.sub('', text.strip()).partition('/')[0]).rstrip('.')


def _surplus(text: str) -> str:
    """Say what stands around a name or a host; nothing where that is not all that is wrong."""
    inner = without_surplus(text)
    if (
        not inner.isascii()
        or text != text.strip()
        or not (_HOST if '.' in inner else _NAME).fullmatch(inner.lower())
    ):
        return ''
    rest = _SCHEME.sub('', text)
    host, slash, _ = rest.partition('/')
    there = (
        ('a scheme', rest != text),
        ('a port', ':' in host),
        ('a path', slash),
        ('a dot at its end', host[-1] == '.'),
    )
    return f'holds {" and ".join(words for words, is_there in there if is_there)} beside the name'


def unambiguous(targets: list[Target]) -> list[Target]:
    """Drop duplicates, whatever their case, and label those that would share a name by their hosts or resource ids."""
    seen: dict[tuple[str, ...], Target] = {}
    for target in targets:
        parts = (target.name, target.host, target.resource_group, target.subscription)
        seen.setdefault(tuple((part or '').lower() for part in parts), target)
    return disambiguate(seen.values())
