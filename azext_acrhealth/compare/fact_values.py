# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the values of facts, so that they compare: known, sorted, without duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from azext_acrhealth.probes.json_access import list_of, object_of, objects_of, text_of
from azext_acrhealth.redaction import sanitize

YES, NO = 'yes', 'no'
# None where a result doesn't have the fact.
Values = tuple[str, ...] | None


def values_at(facts: Mapping[str, Any], path: str) -> Values:
    """Return the texts at a path, such as `addresses[].address`.

    A step with `[]` leads to all items of an array. Null is no value, but in the place of an array
    it isn't known.
    """
    if not _has(facts, path):
        return None
    found: list[Any] = [facts]
    for step in path.split('.'):
        found = [object_of(value).get(step.removesuffix('[]')) for value in found]
        if step.endswith('[]'):
            found = [item for value in found for item in list_of(value)]
    return _normalized(found)


def _has(facts: Mapping[str, Any], path: str) -> bool:
    step = path.split('.', maxsplit=1)[0]
    name = step.removesuffix('[]')
    return name in facts and (step == name or isinstance(facts[name], list))


def _normalized(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({text for value in values for text in _texts(value)}))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield YES if value else NO
    elif isinstance(value, (str, int, float)) and value != '':
        yield str(sanitize(value))


def _ca_bundle(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the CA bundle with its source; of certifi only the name, whose path differs anyway."""
    source, bundle = text_of(facts.get('caSource')), text_of(facts.get('caBundle'))
    if source == 'certifi' or not bundle:
        yield source or ''
    else:
        yield f'{bundle} ({source})'


def _proxy_settings(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in object_of(facts.get('settings')).items():
        yield f'{name}={value}'


def _stored_logins(facts: Mapping[str, Any]) -> Iterator[str]:
    for stored in objects_of(facts.get('stored')):
        kept = text_of(stored.get('kept'))
        if kept:
            yield f'{text_of(stored.get("client")) or "a client"}: {kept}'


def _endpoint_names(facts: Mapping[str, Any]) -> Iterator[str]:
    for name in objects_of(facts.get('names')):
        for address in list_of(name.get('addresses')):
            yield f'{text_of(name.get("name")) or "a name"}: {address}'


# Facts that no path leads to.
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    'tls.caBundle': _ca_bundle,
    'proxy.settings': _proxy_settings,
    'stored-credentials.stored': _stored_logins,
    'private-endpoints.names': _endpoint_names,
}


def values_of(source: str, path: str, facts: Mapping[str, Any]) -> Values:
    """Return the values of a fact of a check, or of another part of a result."""
    read = _READERS.get(f'{source}.{path}')
    if read is None:
        return values_at(facts, path)
    return _normalized(read(facts)) if _has(facts, path) else None
