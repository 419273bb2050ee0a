# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The control of what belongs to a company: many registries, managed identities, applications, service accounts."""

from __future__ import annotations

from typing import Any

from tests.sandbox.control.registry_topics import Depot
from tests.sandbox.services import cloud
from tests.sandbox.services.http_messages import Request

IMDS = ('absent', 'serve', 'refuse', 'silent')


class Estate(Depot):
    """A part of the control endpoint (control.py)."""

    def put_estate(
        self, _rest: str, value: dict[str, Any], _request: Request
    ) -> list[dict[str, str]]:
        """Add `count` registries, dealt out over subscriptions (a number, or ids), groups and locations in turn."""
        prefix, wanted = value.get('prefix', 'fleet'), value.get('subscriptions') or 1
        ids = (
            [cloud.guid(f'subscription {number}') for number in range(wanted)]
            if isinstance(wanted, int)
            else wanted
        )
        groups, locations = (
            value.get('groups') or [f'rg-{prefix}'],
            value.get('locations') or [cloud.REGION],
        )
        with self._state.lock:
            for number, one in enumerate(ids):
                self._state.subscriptions.setdefault(one, (cloud.TENANT, f'Team {number + 1:02}'))
            made = []
            for number in range(int(value['count'])):
                where = ids[number % len(ids)]
                one = cloud.registry(
                    f'{prefix}{number:03}',
                    groups[number % len(groups)],
                    where,
                    value.get('sku') or 'Premium',
                    **value.get('properties') or {},
                )
                one |= {
                    'location': locations[number % len(locations)],
                    'tags': dict(value.get('tags') or {}),
                }
                self._state.put(one)
                made.append(
                    {
                        'name': one['name'],
                        'loginServer': one['properties']['loginServer'],
                        'id': one['id'],
                        'subscription': where,
                        'group': one['id'].split('/')[4],
                        'location': one['location'],
                    }
                )
        return made

    def put_identities(
        self, _rest: str, value: dict[str, Any], _request: Request
    ) -> list[dict[str, Any]]:
        """Say which managed identities the machine has, and what its metadata service does: absent, serve, …"""
        imds = value.get('imds', 'serve')
        if imds not in IMDS:
            raise ValueError(f'no answer {imds!r}; there are {", ".join(IMDS)}')
        self._state.settings['imds'] = imds
        for name in value.get('users', []):
            self._state.put(cloud.identity(name))
        return [
            one.shown()
            for one in self._state.principals.assign(
                bool(value.get('system')), value.get('users', [])
            )
        ]

    def put_applications(
        self, rest: str, value: dict[str, Any], _request: Request
    ) -> dict[str, Any]:
        """Register an application."""
        return self._state.principals.add(rest, **value).shown()

    def put_federation(self, rest: str, value: list[dict[str, str]], _request: Request) -> None:
        """Set the federated credentials of an application or a managed identity, by its client id."""
        self._state.principals.trust(rest.lower(), value)

    def post_assertions(
        self, _rest: str, value: dict[str, Any], _request: Request
    ) -> dict[str, str]:
        """Return a service account's token."""
        return {'token': self._state.principals.service_account_token(**value)}
