# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox as a whole: services, port, DNS, proxy and control endpoint put together."""

from __future__ import annotations

import os
import pathlib
import socket
import threading
from typing import Any, Optional

from tests.sandbox.control.endpoint import ControlEndpoint
from tests.sandbox.control.state import State
from tests.sandbox.host import addresses, azure_cli, dns_server, forward_proxy, namespaces
from tests.sandbox.host.certificates import Authority
from tests.sandbox.host.identity_endpoints import IdentityEndpoints
from tests.sandbox.host.tls_server import TlsServer
from tests.sandbox.services import cloud, metadata_service
from tests.sandbox.services.arm import Arm
from tests.sandbox.services.blob_storage import BlobHost
from tests.sandbox.services.entra import Entra
from tests.sandbox.services.http_messages import Request
from tests.sandbox.services.registry import Registry
from tests.sandbox.services.routes import Route, not_found
from tests.sandbox.services.third_party_hosts import ThirdPartyHosts

PORT = 443


class SandboxServer:
    """A running sandbox; `kind` is root or user (namespaces), or wrapper (nss_wrapper)."""

    def __init__(self, directory: pathlib.Path, kind: str) -> None:
        self._directory, self._kind = directory, kind
        self.state = State(directory)
        authority = Authority(directory)
        self.info = self._information(authority)
        blobs = BlobHost(self.state)
        self._entra, self._arm, self._registry = (
            Entra(self.state),
            Arm(self.state),
            Registry(self.state, blobs),
        )
        self._blobs, self._third_party_hosts = blobs, ThirdPartyHosts()
        self._control = ControlEndpoint(self.state, self.info, self.address, self._changed)
        self._server = TlsServer(
            authority, self.state.faults, self.state.recorder, self._route, self.state.aliases
        )
        self._listeners = addresses.Listeners(PORT, self._server.serve)
        identity_server = TlsServer(
            authority,
            self.state.faults,
            self.state.recorder,
            metadata_service.MetadataService(self.state).route,
            self.state.aliases,
        )
        self._endpoints = IdentityEndpoints(identity_server.serve_plain)
        self._proxy_listeners = addresses.Listeners(
            forward_proxy.PORT, forward_proxy.Proxy(self.state, self._server).serve
        )

    def start(self) -> None:
        """Listen on all addresses and ports."""
        self._listeners.serve('127.0.0.1')
        if self._kind != 'wrapper':
            self._listeners.serve('::1')
            self._listeners.ignore(addresses.SILENT)
            for address in cloud.PRIVATE_ADDRESSES:
                self.address(address, 'serve')
            dns_server.serve(self.state.zone)
            self._proxy_listeners.serve('127.0.0.1')
        self._changed()
        self._serve_control()

    def address(self, address: str, answer: str) -> None:
        """Add an address to the machine, and serve, refuse or ignore its connections."""
        if not address.startswith('127.') and address != '::1':
            addresses.add_to_loopback(address)
        if answer not in ('serve', 'refuse', 'silent'):
            raise ValueError(f'no answer {answer!r}; there are serve, refuse, silent')
        self._listeners.refuse(address)
        if answer != 'refuse':
            (self._listeners.serve if answer == 'serve' else self._listeners.ignore)(address)

    def _route(self, request: Request) -> Route:
        host = request.host
        if host in (cloud.CONTROL_HOST, ''):
            return self._control.route(request)
        if host == cloud.ARM_HOST:
            return self._arm.route(request)
        if host in (cloud.LOGIN_HOST, cloud.WORLDWIDE_LOGIN_HOST):
            return self._entra.route(request)
        if host == cloud.BLOB_HOST or '.data.' in host and host.endswith(cloud.SUFFIX):
            return self._blobs.route(request)
        if host in (cloud.SAMPLE_HOST, cloud.EVIL_HOST, cloud.FOREIGN_REGISTRY):
            return self._third_party_hosts.route(request)
        # A registry can have any login server, if a test sets one.
        if self.state.registry_of(host):
            return self._registry.route(request)
        return Route('foreign', not_found)

    def _serve_control(self) -> None:
        endpoint = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        endpoint.bind(self.info['socket'])
        endpoint.listen(16)

        def accept() -> None:
            while True:
                connection, _peer = endpoint.accept()
                threading.Thread(
                    target=self._server.serve_plain, args=(connection,), daemon=True
                ).start()

        threading.Thread(target=accept, daemon=True).start()

    def _information(self, authority: Authority) -> dict[str, Any]:
        home = self._directory / 'home'
        home.mkdir(exist_ok=True)
        variables = azure_cli.environment(str(authority.root), str(home))
        enter: list[str] = []
        if self._kind == 'wrapper':
            variables.update(
                LD_PRELOAD=str(namespaces.nss_wrapper()),
                NSS_WRAPPER_HOSTS=str(self._directory / 'hosts'),
            )
        else:
            enter = namespaces.enter_command(os.getpid(), self._kind == 'user')
        return {
            'pid': os.getpid(),
            'kind': self._kind,
            'directory': str(self._directory),
            'enter': enter,
            'socket': str(self._directory / 'control.sock'),
            'ca': str(authority.root),
            'bundle': str(authority.bundle),
            'environment': variables,
            'cloud': azure_cli.CLOUD,
            'proxy': f'http://{cloud.PROXY_HOST}:{forward_proxy.PORT}',
            'tenant': cloud.TENANT,
            'appService': {
                'IDENTITY_ENDPOINT': metadata_service.APP_SERVICE_ENDPOINT,
                'IDENTITY_HEADER': self.state.principals.identity_header,
            },
            'app': cloud.APP,
            'secret': self.state.app_secret,
            'otherTenant': cloud.OTHER_TENANT,
            'otherApp': cloud.OTHER_APP,
            'otherSecret': self.state.other_secret,
            'subscription': cloud.SUBSCRIPTION,
            'secondSubscription': cloud.SECOND_SUBSCRIPTION,
            'otherSubscription': cloud.OTHER_SUBSCRIPTION,
        }

    def _changed(self) -> None:
        """Update DNS after a change.

        Without namespaces the names are in a hosts file, which nss_wrapper reads when it changes.
        """
        self.state.zone.forget()
        if self._kind != 'wrapper':
            self._endpoints.follow(self.state.settings['imds'])
            return
        hosts = {host: self._address_of(host) for host in self._hosts()}
        text = ''.join(f'{address} {host}\n' for host, address in hosts.items() if address)
        (self._directory / 'hosts').write_text('127.0.0.1 localhost\n' + text, encoding='ascii')

    def _address_of(self, host: str) -> Optional[str]:
        return next(iter(self.state.zone.entry(host, counted=False).addresses), None)

    def _hosts(self) -> list[str]:
        hosts = [
            cloud.ARM_HOST,
            cloud.LOGIN_HOST,
            cloud.CONTROL_HOST,
            cloud.BLOB_HOST,
            cloud.SAMPLE_HOST,
            cloud.EVIL_HOST,
            cloud.FOREIGN_REGISTRY,
            cloud.PROXY_HOST,
            cloud.WORLDWIDE_LOGIN_HOST,
        ]
        for resource in self.state.known.values():
            hosts += [
                resource['properties']['loginServer'],
                *(resource['properties'].get('dataEndpointHostNames') or []),
            ]
        return hosts
