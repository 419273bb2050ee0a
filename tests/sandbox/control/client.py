# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The client of the control API: a method for all that a running sandbox can change or report."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.control.cluster_client import ClusterClient
from tests.sandbox.control.connection import ControlConnection
from tests.sandbox.faults.fault_matrix import GROUPS
from tests.sandbox.services import cloud
from tests.sandbox.services.principals import CLUSTER_ISSUER, EXCHANGE_AUDIENCE

PRIVATE_SUFFIX = '.privatelink' + cloud.SUFFIX
SERVICE_ACCOUNT = 'system:serviceaccount:apps:builder'


class ControlClient(ClusterClient):
    """Changes and observes a sandbox: each method is a request to the control endpoint."""

    def __init__(self, path: str) -> None:
        self._connection = ControlConnection(path)

    def call(self, method: str, topic: str, name: str = '', value: Any = None) -> Any:
        """Send a request to the control endpoint and return its JSON; ValueError with its error."""
        return self._connection.call(method, topic, name, value)

    # The whole sandbox: faults, DNS, addresses, settings

    def set_fault(self, place: str, spec: str, times: Optional[int] = None) -> None:
        """Switch a fault on at `stage` or `stage@registry-or-host`.

        It stays for so many times, or until cleared.
        """
        self.call('PUT', 'faults', place, {'spec': spec, 'times': times})

    def clear_faults(self, place: str = '') -> None:
        """Switch one fault off, or all."""
        self.call('DELETE', 'faults', place)

    def faults(self) -> dict[str, dict[str, Any]]:
        """Return the faults that are on: `spec` and `times` (left, or None) by place."""
        return dict(self.call('GET', 'faults'))

    def reset(self) -> None:
        """Restore the default cloud, switch all faults off and clear the requests."""
        self.call('POST', 'reset')

    def set_dns(
        self,
        name: str,
        a: Sequence[str] = (),
        aaaa: Sequence[str] = (),
        cname: Sequence[str] = (),
        answer: Optional[str] = None,
        slow: float = 0,
        bare: bool = False,
        primary: Optional[str] = None,
        slow_type: Optional[str] = None,
    ) -> None:
        """Set the response for a name: records, or nxdomain, nodata, servfail, refused, silent.

        It is `slow` seconds late, or only that to queries of the type `slow_type`. With `bare` a
        negative response leaves the canonical names out. `primary`: the primary server of the zone
        that it comes from.
        """
        value = {'a': list(a), 'aaaa': list(aaaa), 'cname': list(cname), 'answer': answer}
        value.update(slow=slow, slowType=slow_type, bare=bare, primary=primary)
        self.call('PUT', 'dns', name, value)

    def hide_names(
        self, *hosts: str, answer: str = 'nxdomain', bare: bool = False, **options: Any
    ) -> None:
        """Link a private DNS zone to the machine's network that has no record for these hosts.

        Each has a private endpoint elsewhere, so the public DNS has an alias of it, which the zone
        decides. Documented: Learn, "Fallback to internet for Azure Private DNS zones". `options`
        are further ones of `set_dns`.
        """
        for host in hosts:
            alias = host.replace(cloud.SUFFIX, PRIVATE_SUFFIX)
            self.set_dns(host, cname=[alias], answer=answer, bare=bare, **options)
            self.set_dns(alias, answer=answer)

    def set_address(self, address: str, answer: str = 'serve') -> None:
        """Add an address to the machine and set its behavior: serve, refuse or silent."""
        self.call('PUT', 'addresses', address, {'answer': answer})

    def use_private_addresses(self, addresses: Mapping[str, str]) -> None:
        """Move the machine into a private network: hosts have these addresses, which serve."""
        for host, address in addresses.items():
            self.set_dns(host, a=[address], cname=[host.replace(cloud.SUFFIX, PRIVATE_SUFFIX)])
            self.set_address(address)

    def update_settings(self, **values: Any) -> None:
        """Change settings.

        They are pageSize, unreadable (names), unreadableSubscriptions, graphQuota, graphWindow,
        deniedActions (such as Microsoft.Compute/virtualMachineScaleSets/read), imds, and runCommand
        (where commands in clusters run, see cluster_commands.Environment).
        """
        self.call('PATCH', 'settings', '', values)

    # What the sandbox recorded

    def requests(
        self, stage: Optional[str] = None, host: Optional[str] = None
    ) -> list[dict[str, Any]]:
        """Return the recorded requests, oldest first.

        The name of a group of stages, as `upload`, selects all its stages.
        """
        stages = (stage, *GROUPS.get(stage, ())) if stage else ()
        return [
            request
            for request in self.call('GET', 'requests')
            if (not stages or request['stage'] in stages) and host in (None, request['host'])
        ]

    def clear_requests(self) -> None:
        """Clear the recorded requests, connections and DNS queries."""
        self.call('DELETE', 'requests')

    def connections(self) -> dict[str, Any]:
        """Return `accepted`, `handshakes`, `failedHandshakes` by host and `addresses`."""
        return dict(self.call('GET', 'connections'))

    def dns_queries(self) -> list[dict[str, Any]]:
        """Return the DNS queries, oldest first."""
        return list(self.call('GET', 'dns-queries'))

    def secrets(self) -> list[str]:
        """Return every token, password and signature issued so far."""
        return list(self.call('GET', 'secrets'))

    # Registries

    def add_registries(
        self,
        count: int,
        subscriptions: int | Sequence[str] | None = None,
        locations: Sequence[str] = (),
        groups: Sequence[str] = (),
        tags: Optional[Mapping[str, str]] = None,
        prefix: str = 'fleet',
        sku: str = 'Premium',
        **properties: Any,
    ) -> list[dict[str, str]]:
        """Add registries `fleet000`, `fleet001`, … each with its own host, and return them.

        Each has `name`, `loginServer`, `id`, `subscription`, `group`, `location`. Subscriptions (a
        number of new ones, or ids), groups and locations are assigned in turn. To make one
        unreachable: set_fault(f'tcp@{name}', 'silent').
        """
        value = {
            'count': count,
            'subscriptions': subscriptions,
            'locations': list(locations),
            'groups': list(groups),
            'tags': dict(tags or {}),
            'prefix': prefix,
            'sku': sku,
            'properties': properties,
        }
        return list(self.call('POST', 'registries', '', value))

    def patch_registry(self, name: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change a registry's ARM resource by a merge patch (RFC 7396) and return it."""
        return dict(self.call('PATCH', 'registries', name, patch))

    def put_resource(self, identifier: str, value: Mapping[str, Any]) -> None:
        """Add or replace an ARM resource."""
        self.call('PUT', 'resources', identifier, value)

    def delete_resource(self, identifier: str) -> None:
        """Delete an ARM resource; a registry's data plane stays."""
        self.call('DELETE', 'resources', identifier)

    def set_grants(
        self,
        registry: str,
        permissions: Optional[Sequence[str]] = None,
        repositories: Optional[Mapping[str, Sequence[str]]] = None,
        catalog: Optional[bool] = None,
        login: bool = True,
        application: str = '',
    ) -> None:
        """Set permissions in a registry: the registry's own, or actions by repository.

        The registry's are `read`, `write`, … (legacy mode). They are those of one application (its
        client id), or of every identity without grants of its own.
        """
        value = {'permissions': permissions, 'repositories': repositories, 'catalog': catalog}
        self.call('PUT', 'grants', registry, {**value, 'login': login, 'application': application})

    def set_users(self, registry: str, **passwords: str) -> None:
        """Add users with passwords to a registry, as its own tokens are."""
        self.call('PUT', 'users', registry, passwords)

    def put_token(
        self,
        registry: str,
        name: str,
        password: str,
        repositories: Mapping[str, Sequence[str]],
        scope_map: str = 'pullers',
        status: str = 'enabled',
        expiry: Optional[str] = None,
    ) -> None:
        """Add a token with a password to a registry, and its scope map.

        `repositories` maps names, or `*`, to permissions such as `content/read`.
        """
        value = {
            'name': name,
            'password': password,
            'repositories': {key: list(actions) for key, actions in repositories.items()},
            'scope_map': scope_map,
            'status': status,
            'expiry': expiry,
        }
        self.call('PUT', 'tokens', registry, value)

    def set_admin_user(self, registry: str, enabled: bool = True) -> tuple[str, str]:
        """Switch a registry's admin user on or off, and return its name and password."""
        patch = {'properties': {'adminUserEnabled': enabled}}
        name = str(self.patch_registry(registry, patch)['name'])
        return name, str(self.call('GET', 'users', registry)[name])

    def set_anonymous_pull(self, registry: str, enabled: bool = True) -> None:
        """Switch a registry's anonymous pull on or off."""
        self.patch_registry(registry, {'properties': {'anonymousPullEnabled': enabled}})

    def put_image(self, registry: str, name: str, tag: str, **properties: Any) -> str:
        """Store an image, an index or an artifact, and return its digest.

        The properties are those of images.build_image.
        """
        value = {'name': name, 'tag': tag, **properties}
        return str(self.call('PUT', 'images', registry, value)['digest'])

    def lock(self, registry: str, name: str, reference: str = '', **attributes: Any) -> None:
        """Change attributes of a repository, or of a tag or manifest: `writeEnabled=False`."""
        value = {'name': name, 'reference': reference, **attributes}
        self.call('PUT', 'attributes', registry, value)

    def delete_image(
        self, registry: str, name: str, reference: str, keep_tags: bool = False
    ) -> None:
        """Delete a tag, or a manifest with its tags; with `keep_tags` its tags are left dangling.

        The registry's soft delete policy keeps what is deleted.
        """
        value = {'name': name, 'reference': reference, 'keepTags': keep_tags}
        self.call('PUT', 'deletions', registry, value)

    @contextlib.contextmanager
    def real_registry(self, registry: str) -> Iterator[pathlib.Path]:
        """Serve a registry from a real one, empty at first, for a `with` block or until the reset.

        Yield the folder of its storage. Challenge and tokens stay the sandbox's, so do the redirect
        of a blob and the host that it leads to, which serves what that folder holds; all faults
        apply as before.
        """
        folder = pathlib.Path(self.call('PUT', 'backends', registry)['folder'])
        try:
            yield folder
        finally:
            self.call('DELETE', 'backends', registry)

    def uploads(self, registry: str) -> list[dict[str, Any]]:
        """Return the open upload sessions: `session`, `repository`, `bytes`."""
        return list(self.call('GET', 'uploads', registry))

    def set_usage(
        self, registry: str, name: str, current: int, limit: int, unit: str = 'Count'
    ) -> None:
        """Set a usage that ARM reports: Size (Bytes), Webhooks, PrivateEndpoints, ScopeMaps."""
        usage = {'currentValue': current, 'limit': limit, 'unit': unit}
        self.call('PUT', 'usages', registry, {name: usage})

    def put_replication(self, registry: str, region: str, **properties: Any) -> dict[str, Any]:
        """Put a replication and return it; ready and routed to by default.

        Properties: `provisioningState`, `regionEndpointEnabled`, `status`. The home region's
        replaces the built-in one. Its data endpoint is added where the registry has any.
        """
        value = {'region': region, 'properties': properties}
        return dict(self.call('PUT', 'replications', registry, value))

    def put_cache_rule(
        self,
        registry: str,
        name: str,
        source: str,
        target: str,
        credential_set: Optional[str] = None,
        **properties: Any,
    ) -> None:
        """Put a cache rule, which pulls a repository, or `prefix/*`, from another registry."""
        value = {'name': name, 'source': source, 'target': target}
        more = {'credential_set': credential_set, 'properties': properties}
        self.call('PUT', 'cache-rules', registry, {**value, **more})

    def put_credential_set(
        self, registry: str, name: str, host: str = 'docker.io', healthy: bool = True, **more: Any
    ) -> None:
        """Put a credential set of a source registry; `more` are other properties."""
        value = {'name': name, 'host': host, 'healthy': healthy, 'properties': more}
        self.call('PUT', 'credential-sets', registry, value)

    def set_cache_source(
        self, registry: str, rule: str, kind: str, times: Optional[int] = None
    ) -> None:
        """Let the source of a rule fail: throttled, failed, unauthorized, denied."""
        self.call('PUT', 'cache-sources', registry, {'rule': rule, 'kind': kind, 'times': times})

    def put_private_endpoint(
        self,
        registry: str,
        name: str,
        addresses: Mapping[str, str],
        state: str = 'Approved',
        interfaces: int = 1,
        vnet: str = 'vnet1',
        listed: Optional[Sequence[str]] = None,
    ) -> str:
        """Add a private endpoint to a registry and return the id of its connection.

        `addresses` maps the registry's hosts to their private addresses, which are spread over so
        many network interfaces. `state` is that of the connection: Approved, Pending, Rejected,
        Disconnected. `listed` are the hosts for which the interface lists an fqdn, default all.
        DNS is not changed: see use_private_addresses().
        """
        value = {
            'name': name,
            'addresses': dict(addresses),
            'state': state,
            'interfaces': interfaces,
            'vnet': vnet,
            'listed': None if listed is None else list(listed),
        }
        return str(self.call('PUT', 'private-endpoints', registry, value)['connection'])

    # Identities

    def assign_identities(
        self, system: bool = False, users: Sequence[str] = (), imds: str = 'serve'
    ) -> list[dict[str, Any]]:
        """Make the machine an Azure VM with managed identities, user-assigned ones by name.

        `imds` is the behavior of http://169.254.169.254: serve, refuse, silent, absent (as without
        this call). Return `clientId`, `principalId`, `tenantId`, `resourceId` of each, the
        system-assigned first.
        """
        value = {'system': system, 'users': list(users), 'imds': imds}
        return list(self.call('PUT', 'identities', '', value))

    def add_application(
        self, name: str, tenant: str = cloud.TENANT, secret: bool = True
    ) -> dict[str, Any]:
        """Register an application; return `clientId`, `principalId`, `tenantId`, `secret`."""
        return dict(self.call('PUT', 'applications', name, {'tenant': tenant, 'secret': secret}))

    def add_user(self) -> dict[str, Any]:
        """Add a user of Entra; return `name`, `password` and `principalId`.

        Its grants are those of the application with the ID of the Azure CLI.
        """
        return dict(self.call('PUT', 'people', ''))

    def set_federated_credential(
        self,
        client_id: str,
        subject: str = SERVICE_ACCOUNT,
        issuer: str = CLUSTER_ISSUER,
        audience: str = EXCHANGE_AUDIENCE,
    ) -> None:
        """Let an application or a managed identity trust a service account."""
        credential = {'subject': subject, 'issuer': issuer, 'audience': audience}
        self.call('PUT', 'federated-credentials', client_id, [credential])

    def issue_service_account_token(
        self,
        subject: str = SERVICE_ACCOUNT,
        issuer: str = CLUSTER_ISSUER,
        audience: str = EXCHANGE_AUDIENCE,
        seconds: int = 3600,
    ) -> str:
        """Return a token as the cluster writes it into a pod; expired with seconds below zero."""
        value = {'subject': subject, 'issuer': issuer, 'audience': audience, 'seconds': seconds}
        return str(self.call('POST', 'service-account-tokens', '', value)['token'])
