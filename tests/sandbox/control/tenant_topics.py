# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Topics of the control endpoint on tenants: more registries, identities, service accounts."""

from __future__ import annotations

from typing import Any

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, entra_users

IMDS = ('absent', 'serve', 'refuse', 'silent')


class TenantTopics:
    """Operations of the control endpoint (endpoint.py)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def post_registries(self, _name: str, value: dict[str, Any]) -> list[dict[str, str]]:
        """Add `count` registries, assigned in turn to subscriptions, groups and locations.

        `subscriptions` are ids, or a number of new ones.
        """
        prefix, subscriptions = value.get('prefix', 'fleet'), value.get('subscriptions') or 1
        if isinstance(subscriptions, int):
            subscriptions = [
                cloud.guid(f'subscription {number}') for number in range(subscriptions)
            ]
        groups = value.get('groups') or [f'rg-{prefix}']
        locations = value.get('locations') or [cloud.REGION]
        added = []
        with self._state.lock:
            for number, subscription in enumerate(subscriptions, 1):
                self._state.subscriptions.setdefault(
                    subscription, (cloud.TENANT, f'Team {number:02}')
                )
            for number in range(int(value['count'])):
                registry = cloud.registry(
                    f'{prefix}{number:03}',
                    groups[number % len(groups)],
                    subscriptions[number % len(subscriptions)],
                    value.get('sku') or 'Premium',
                    **value.get('properties') or {},
                )
                registry['location'] = locations[number % len(locations)]
                registry['tags'] = dict(value.get('tags') or {})
                self._state.put(registry)
                added.append(_summary(registry))
        return added

    def put_identities(self, _name: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        """Assign managed identities to the machine, and set its metadata service's behavior."""
        imds = value.get('imds', 'serve')
        if imds not in IMDS:
            raise ValueError(f'no answer {imds!r}; there are {", ".join(IMDS)}')
        self._state.settings['imds'] = imds
        users = value.get('users', [])
        for user in users:
            self._state.put(cloud.identity(user))
        assigned = self._state.principals.assign(bool(value.get('system')), users)
        return [principal.as_dict() for principal in assigned]

    def put_applications(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Register an application."""
        return self._state.principals.add(name, **value).as_dict()

    def put_people(self, _name: str, _value: None) -> dict[str, Any]:
        """Add the user of Microsoft Entra ID who signs in with a password."""
        user = self._state.principals.add_user()
        return {
            'name': entra_users.NAME,
            'password': user.secret,
            'principalId': user.principal,
        }

    def put_federated_credentials(self, name: str, value: list[dict[str, str]]) -> None:
        """Set the federated credentials of an application or a managed identity (client id)."""
        self._state.principals.trust(name.lower(), value)

    def post_service_account_tokens(self, _name: str, value: dict[str, Any]) -> dict[str, str]:
        """Return a service account's token."""
        return {'token': self._state.principals.service_account_token(**value)}


def _summary(registry: dict[str, Any]) -> dict[str, str]:
    _, _, subscription, _, group = registry['id'].split('/')[:5]
    return {
        'name': registry['name'],
        'loginServer': registry['properties']['loginServer'],
        'id': registry['id'],
        'subscription': subscription,
        'group': group,
        'location': registry['location'],
    }
