# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The state of a running sandbox: all that can change, and the reset to the default cloud."""

from __future__ import annotations

import pathlib
import re
import secrets
import threading
from typing import Any, Optional

from tests.sandbox.control.recorder import Recorder
from tests.sandbox.faults.fault_matrix import Faults
from tests.sandbox.host.dns_server import Zone
from tests.sandbox.services import cloud, registry_tokens
from tests.sandbox.services.grants import Grants
from tests.sandbox.services.principals import Principals
from tests.sandbox.services.registry_backends import RegistryBackends
from tests.sandbox.services.registry_storage import Storage
from tests.sandbox.services.resource_graph_quota import Quota
from tests.sandbox.services.role_based_access import RoleBasedAccess
from tests.sandbox.services.tokens import Signer

Resource = dict[str, Any]
# What follows the registry's label in its hosts: global, regional and data endpoint, private zone.
REGISTRY_HOST = re.compile(r'(\.privatelink|\.[a-z0-9]+\.(geo|data))?' + re.escape(cloud.SUFFIX))


class State:
    """The resources, the faults, the grants, the DNS zone and the recorder."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.lock = threading.RLock()
        self.faults, self.recorder = Faults(), Recorder()
        self.zone = Zone(self.faults, self.recorder, self.chain_of, self.aliases)
        self.entra, self.registry_signer = Signer(self.recorder), Signer(self.recorder)
        self.principals = Principals(self.recorder)
        self.app_secret, self.other_secret = (
            self.principals.secret(application) for application in (cloud.APP, cloud.OTHER_APP)
        )
        self.signing_key = secrets.token_bytes(32)
        self.backends = RegistryBackends(directory / 'real', self.registry_signer)
        self.reset()

    def reset(self) -> None:
        """Restore the default cloud; tokens already issued stay valid."""
        with self.lock:
            self.faults.clear()
            self.zone.clear()
            self.settings: dict[str, Any] = {
                'pageSize': 0,
                'unreadable': [],
                'unreadableSubscriptions': [],
                'deniedActions': [],
                'graphQuota': 15,
                'graphWindow': 5,
                'imds': 'absent',
                'runCommand': None,  # see cluster_commands.Environment
            }
            self.subscriptions: dict[str, tuple[str, str]] = dict(cloud.SUBSCRIPTIONS)
            self.quota = Quota()
            self.principals.reset()
            self.access = RoleBasedAccess()
            self.resources: dict[str, Resource] = {}
            self.known: dict[str, Resource] = {}
            self._grants: dict[tuple[str, str], Grants] = {}
            self._storages: dict[str, Storage] = {}
            self._passwords: dict[str, dict[str, str]] = {}
            self.backends.stop_all()
            self.usages: dict[str, dict[str, Optional[dict[str, Any]]]] = {}
            self._sources: dict[str, dict[str, Any]] = {}
            for resource in cloud.default_resources():
                self.put(resource)
        self.recorder.clear()

    def put(self, resource: Resource) -> None:
        """Add or replace an ARM resource.

        A registry gets a data plane, which outlives the resource.
        """
        with self.lock:
            self.resources[resource['id'].lower()] = resource
            if resource.get('type', '').lower() == cloud.REGISTRY_TYPE.lower():
                self.known[resource['name'].lower()] = resource

    def delete(self, identifier: str) -> bool:
        """Delete a resource from ARM; return whether it existed."""
        with self.lock:
            return self.resources.pop(identifier.lower(), None) is not None

    def children(self, registry: Resource, kind: str) -> list[Resource]:
        """Return the child resources of a registry, such as its replications."""
        prefix = f'{registry["id"]}/{kind}/'.lower()
        with self.lock:
            return [
                resource
                for identifier, resource in self.resources.items()
                if identifier.startswith(prefix)
            ]

    def set_source_behavior(self, rule: str, kind: str, times: Optional[int] = None) -> None:
        """Set how the source registry of a cache rule behaves, so many times or until the reset."""
        self._sources[rule.lower()] = {'kind': kind, 'times': times}

    def source_behavior(self, rule: str) -> Optional[str]:
        """Return how the source registry of a cache rule misbehaves, and count it; None: not."""
        with self.lock:
            behavior = self._sources.get(rule.lower())
            if not behavior or behavior['times'] == 0:
                return None
            if behavior['times'] is not None:
                behavior['times'] -= 1
            return str(behavior['kind'])

    def registry_of(self, host: str) -> Optional[Resource]:
        """Return the registry of a host (login server, regional, data endpoint), or None."""
        with self.lock:
            label, dot, rest = host.partition('.')
            usual = REGISTRY_HOST.fullmatch(dot + rest)
            for name, resource in self.known.items():
                login = str(resource.get('properties', {}).get('loginServer') or '').lower()
                if host == login or usual and label == (login or name).partition('.')[0]:
                    return resource
        return None

    def aliases(self, host: str) -> tuple[str, ...]:
        """Return the names of a host's registry, so that faults can name either."""
        resource = self.registry_of(host)
        return (resource['name'],) if resource else ()

    def grants(self, registry: Resource, application: str = '') -> Grants:
        """Return the grants of an application in a registry: its own, else everyone's.

        The admin user has all permissions, a token those of its scope map.
        """
        name = registry['name'].lower()
        token = registry_tokens.token_of(self.resources, registry, application)
        if token:
            grants = registry_tokens.grants_of(self.resources, token)
        elif application.lower() == name:
            grants = Grants()
        else:
            grants = self._grants.get((name, application)) or self._grants.get((name, ''), Grants())
        grants.abac = (
            registry['properties'].get('roleAssignmentMode') == 'AbacRepositoryPermissions'
        )
        return grants

    def set_grants(self, name: str, grants: Grants, application: str = '') -> None:
        """Replace the grants in a registry: of all identities, or of one application."""
        self._grants[name.lower(), application] = grants

    def readable(self, tenant: str) -> list[str]:
        """Return the subscriptions of a tenant that its callers can read."""
        return [
            subscription
            for subscription, (owner, _) in self.subscriptions.items()
            if owner == tenant and subscription not in self.settings['unreadableSubscriptions']
        ]

    def storage(self, name: str) -> Storage:
        """Return the contents of a registry."""
        with self.lock:
            if name not in self._storages:
                self._storages[name] = Storage()
            return self._storages[name]

    def password_of(self, name: str) -> str:
        """Return the admin user's password of a registry."""
        with self.lock:
            users = self._passwords.setdefault(name, {})
            if name not in users:
                users[name] = self.recorder.add_secret(secrets.token_urlsafe(30))
            return users[name]

    def users(self, name: str) -> dict[str, str]:
        """Return the users of a registry with their passwords, apart from Entra."""
        return self._passwords.setdefault(name, {})

    def chain_of(self, host: str) -> Optional[tuple[list[str], list[str]]]:
        """Return canonical names and addresses of a default host, or None (wire-formats 2.2)."""
        if host in (
            cloud.ARM_HOST,
            cloud.LOGIN_HOST,
            cloud.CONTROL_HOST,
            cloud.SAMPLE_HOST,
            cloud.EVIL_HOST,
            cloud.BLOB_HOST,
            cloud.FOREIGN_REGISTRY,
            cloud.PROXY_HOST,
            cloud.WORLDWIDE_LOGIN_HOST,
        ):
            return [], ['127.0.0.1']
        resource = self.registry_of(host) if host.endswith(cloud.SUFFIX) else None
        if resource is None:
            return None
        return _chain(host, resource)


def _chain(host: str, resource: Resource) -> tuple[list[str], list[str]]:
    label = host.split('.')[0]
    linked = '.privatelink.' in host
    if resource['name'] == 'privreg':
        # The default machine is inside vnet1, where the private zone is resolved.
        return (
            [] if linked else [host.replace(cloud.SUFFIX, '.privatelink' + cloud.SUFFIX)],
            ['10.1.0.4' if '.data.' in host else '10.1.0.5'],
        )
    if '.data.' in host:
        return ['d1029eus-2-az.eastus.cloudapp.azure.test'], ['127.0.0.1']
    private = (
        [f'{label}.privatelink{cloud.SUFFIX}']
        if resource['properties'].get('privateEndpointConnections')
        else []
    )
    return private + [
        'eus.fe.azcr.test',
        'eus-acr-reg.trafficmanager.test',
        'r1007eus-3.eastus.cloudapp.azure.test',
    ], ['127.0.0.1']
