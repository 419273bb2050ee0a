# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Topics of the control endpoint on registries: resources, grants, contents, private endpoints."""

from __future__ import annotations

import copy
from typing import Any

from tests.sandbox.control.state import State
from tests.sandbox.services import (
    artifact_cache,
    deleted_artifacts,
    images,
    private_endpoints,
    registry_tokens,
)
from tests.sandbox.services.grants import Grants

Resource = dict[str, Any]


class RegistryTopics:
    """Operations of the control endpoint (endpoint.py); the name is a registry's by default."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get_resources(self, name: str, _value: None) -> Any:
        """Return a resource by its id, or all ids."""
        return self._state.resources['/' + name.lower()] if name else sorted(self._state.resources)

    def put_resources(self, name: str, value: Resource) -> None:
        """Add or replace a resource by its id; name and type are taken from the id by default."""
        parts = name.split('/')
        kind = '/'.join([parts[5], *parts[6::2]])
        self._state.put(
            {'id': '/' + name, 'name': parts[-1], 'type': kind, 'location': 'eastus', **value}
        )

    def delete_resources(self, name: str, _value: None) -> None:
        """Delete a resource by its id from ARM; a registry's data plane stays."""
        if not self._state.delete('/' + name):
            raise KeyError(name)

    def patch_registries(self, name: str, value: Resource) -> Resource:
        """Change a registry's resource by a merge patch (RFC 7396) and return it."""
        changed: Resource = merged(self._state.known[name.lower()], value)
        if changed['id'].lower() in self._state.resources:
            self._state.put(changed)
        self._state.known[name.lower()] = changed
        return changed

    def put_grants(self, name: str, value: dict[str, Any]) -> None:
        """Replace every identity's grants in a registry, or those of one application."""
        application = value.pop('application', '')
        self._state.set_grants(name, Grants(**value), application)

    def put_users(self, name: str, value: dict[str, str]) -> None:
        """Add users with passwords to a registry, as its own tokens are."""
        self._state.users(name).update(value)
        for password in value.values():
            self._state.recorder.add_secret(password)

    def put_tokens(self, name: str, value: dict[str, Any]) -> None:
        """Add a token with a password to a registry, and its scope map, see ControlClient."""
        owner, password = self._state.known[name.lower()], value.pop('password')
        for resource in registry_tokens.resources_of(owner, **value):
            self._state.put(resource)
        self.put_users(name, {value['name']: password})

    def get_users(self, name: str, _value: None) -> dict[str, str]:
        """Return a registry's users with their passwords, including the admin user, on or off."""
        self._state.password_of(self._state.known[name.lower()]['name'])
        return self._state.users(name)

    def put_images(self, name: str, value: dict[str, Any]) -> dict[str, str]:
        """Store an image, an index or an artifact in a registry, see images.build_image."""
        repository, tag, image = value.pop('name'), value.pop('tag'), images.build_image(value)
        backend, registry = self._state.backends.get(name), self._state.known[name.lower()]
        return {
            'digest': self._state.backends.push(backend, registry, repository, tag, image)
            if backend
            else self._state.storage(registry['name']).fill(repository, tag, image)
        }

    def put_attributes(self, name: str, value: dict[str, Any]) -> None:
        """Change the attributes of a repository, or of a tag or manifest: {name, reference, …}."""
        repository, reference = value.pop('name'), value.pop('reference', '')
        stored = self._state.storage(self._state.known[name.lower()]['name'])
        stored.repository(repository, True).changed.setdefault(reference, {}).update(value)

    def put_deletions(self, name: str, value: dict[str, Any]) -> None:
        """Delete a tag, or a manifest with its tags, from a registry's own storage.

        The value is {name, reference}; with `keepTags`, the manifest's tags are left dangling. What
        is deleted is kept if the registry's soft delete policy is enabled.
        """
        registry = self._state.known[name.lower()]
        repository = self._state.storage(registry['name']).repository(value['name'])
        reference, keep = value['reference'], deleted_artifacts.is_kept(registry)
        deleted = (
            repository.delete_manifest(reference, keep, bool(value.get('keepTags')))
            if ':' in reference
            else repository.delete_tag(reference, keep)
        )
        if not deleted:
            raise KeyError(reference)

    def put_backends(self, name: str, _value: None) -> dict[str, str]:
        """Serve a registry from a real one, empty, until the reset.

        Return the folder of its storage.
        """
        return {'folder': str(self._state.backends.start(self._state.known[name.lower()]).folder)}

    def delete_backends(self, name: str, _value: None) -> None:
        """Stop the real registry and delete its storage."""
        self._state.backends.stop(name)

    def get_uploads(self, name: str, _value: None) -> list[dict[str, Any]]:
        """Return the open upload sessions of a registry."""
        backend, storage = self._state.backends.get(name), self._state.storage(name)
        if backend:
            return backend.uploads()
        with storage.lock:
            return [
                {'session': session, 'repository': upload.repository, 'bytes': len(upload.data)}
                for session, upload in storage.uploads.items()
            ]

    def put_usages(self, name: str, value: dict[str, Any]) -> None:
        """Set the usages that ARM reports; null removes one.

        The value is {name: {currentValue, limit, unit}}.
        """
        self._state.usages.setdefault(name.lower(), {}).update(value)

    def put_replications(self, name: str, value: dict[str, Any]) -> Resource:
        """Put a replication into a region, with its data endpoint: {region, properties}."""
        owner, region = self._state.known[name.lower()], value['region']
        properties = {
            'provisioningState': 'Succeeded',
            'regionEndpointEnabled': True,
            'zoneRedundancy': 'Disabled',
            'status': {'displayStatus': 'Ready', 'timestamp': '2026-02-03T09:12:44.1Z'},
            **value['properties'],
        }
        replication = {'location': region, 'tags': {}, 'properties': properties}
        self._put(f'{owner["id"]}/replications/{region}', replication)
        hosts = owner['properties']['dataEndpointHostNames']
        label, _, suffix = owner['properties']['loginServer'].partition('.')
        data_endpoint = f'{label}.{region}.data.{suffix}'
        if hosts and data_endpoint not in hosts:
            patch = {'properties': {'dataEndpointHostNames': [*hosts, data_endpoint]}}
            self.patch_registries(name, patch)
        return replication

    def put_cache_rules(self, name: str, value: dict[str, Any]) -> None:
        """Put a cache rule: {name, source, target, credential_set, properties}."""
        properties = value.pop('properties')
        rule = artifact_cache.rule(self._state.known[name.lower()], **value, **properties)
        self._state.put(rule)

    def put_credential_sets(self, name: str, value: dict[str, Any]) -> None:
        """Put a credential set: {name, host, healthy, properties}."""
        properties = value.pop('properties')
        owner = self._state.known[name.lower()]
        self._state.put(artifact_cache.credential_set(owner, **value, **properties))

    def put_cache_sources(self, name: str, value: dict[str, Any]) -> None:
        """Set how the source registry of a cache rule behaves: {rule, kind, times}."""
        rule = f'{self._state.known[name.lower()]["id"]}/cacheRules/{value["rule"]}'
        self._state.set_source_behavior(rule, value['kind'], value['times'])

    def put_private_endpoints(self, name: str, value: dict[str, Any]) -> dict[str, str]:
        """Add a private endpoint to a registry, with its network interfaces and its connection.

        The value is {name, addresses, state, interfaces, vnet, listed}, see ControlClient.
        """
        owner, state = self._state.known[name.lower()], value.pop('state')
        endpoint, resources = private_endpoints.endpoint_resources(owner, **value)
        for identifier, resource in resources.items():
            self._put(identifier, resource)
        connection = private_endpoints.connection(owner, value['name'], endpoint, state)
        others = [
            existing
            for existing in owner['properties']['privateEndpointConnections']
            if existing['id'] != connection['id']
        ]
        patch = {'properties': {'privateEndpointConnections': [*others, connection]}}
        self.patch_registries(name, patch)
        return {'connection': connection['id']}

    def _put(self, identifier: str, resource: Resource) -> None:
        self.put_resources(identifier.lstrip('/'), resource)


def merged(target: Any, patch: Any) -> Any:
    """Return a target with a JSON merge patch: null removes a key, lists are replaced whole."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
